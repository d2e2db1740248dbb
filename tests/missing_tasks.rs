//! A task or plan that the API does not find is gone only if neither its ID nor
//! the list of its environment finds it, twice.

use tmc_standin::{Effect, Fault, WorldAction};

use crate::support::runs::open_now;
use crate::support::scene::Scene;
use crate::support::world::PLAN;

#[test]
fn a_task_that_no_longer_exists_is_reported_as_gone() {
    let scene = Scene::new();
    let ended = scene.expect(0, &[], &open_now(&["t0", "no-such-task"]));
    assert_eq!(ended.action("no-such-task"), "gone");
    scene.standin.act(WorldAction::delete("t0")).unwrap();
    let resume = ["resume", "--all"];
    let first = scene.expect(1, &resume, "");
    assert_eq!(first.action("t0"), "failed", "once is not enough");
    assert!(first.receipt("t0")["why"].as_str().unwrap().contains("nor in the list"), "{first:?}");
    assert_eq!(scene.expect(1, &resume, "").action("t0"), "failed", "ten seconds did not go by");
    scene.an_hour_later();
    assert_eq!(scene.expect(0, &resume, "").action("t0"), "gone");
    assert_eq!(scene.status().len(), 0);
    scene.end_clean();
}

/// By ID and in the list, at one time or another.
#[test]
fn a_task_that_is_not_found_once_is_still_held() {
    let path = "/orchestration/executables";
    for (id, collection) in [("t0", "tasks"), (PLAN, "plans")] {
        let scene = Scene::new();
        scene.expect(0, &[], &open_now(&[id]));
        let hidden =
            Fault::new(Effect::status(404)).on("GET", &format!("{path}/{collection}/{id}"));
        let nothing = Effect::Body { text: "{\"items\":[],\"total\":0}".to_owned() };
        let unlisted = Fault::new(nothing).on("GET", &format!("{path}/{collection}"));
        let refused = Fault::new(Effect::status(403)).on("GET", &format!("{path}/{collection}"));
        let with = |faults: &[&Fault], args: &[&str]| {
            scene.standin.clear_faults();
            scene.standin.add_faults(faults.iter().copied().cloned().collect()).unwrap();
            scene.an_hour_later();
            scene.run(args, &open_now(&[id]))
        };
        for args in [&["sync"][..], &["resume", "--all"]] {
            // The list has it, or cannot be had, or has it the next time.
            for faults in [&[&hidden][..], &[&hidden, &refused], &[&hidden, &unlisted], &[&hidden]]
            {
                let ended = with(faults, args);
                assert_eq!((ended.code, ended.action(id).as_str()), (1, "failed"), "{ended:?}");
                assert_eq!(scene.status().len(), 1);
            }
            // Found in between, it was not missing twice in a row. (What `resume --all`
            // was to give back is only held on if that is asked for.)
            let looks = [&["sync"][..], &["sync", "--reassert"]];
            let looks = looks[usize::from(args != ["sync"])];
            assert_eq!(with(&[], looks).action(id), "held");
            assert_eq!(with(&[&hidden, &unlisted], args).action(id), "failed");
            assert_eq!(with(&[], looks).action(id), "held");
        }
        // A request that meets it is refused, and nothing else.
        let put = Fault::new(Effect::status(404)).on("PUT", "/**/pause");
        let later = Fault::new(Effect::status(404)).on("GET", &format!("{path}/*/{id}")).skip(1);
        let ended = with(&[&put, &later, &unlisted], &["resume", "--all"]);
        assert_eq!((ended.code, ended.action(id).as_str()), (1, "failed"), "{ended:?}");
        assert_eq!(scene.status().len(), 1);
        scene.standin.clear_faults();
        scene.end_clean();
    }
}

#[test]
fn what_is_wanted_and_not_found_once_is_reported() {
    let scene = Scene::new();
    let hidden = Fault::new(Effect::status(404)).on("GET", "/**/tasks/t0").times(1);
    scene.standin.add_faults(vec![hidden]).unwrap();
    let ended = scene.expect(1, &[], &open_now(&["t0", "t1"]));
    assert_eq!((ended.action("t0"), ended.action("t1")), ("failed".into(), "paused".into()));
    assert_eq!(scene.expect(0, &["sync"], &open_now(&["t0", "t1"])).action("t0"), "paused");
    scene.end_clean();
}
