//! Lists without an end: they end at a bound, in every tool, and nothing is
//! paused or given back by a part of one.

use tmc_standin::{Effect, Fault, PagingLie, Standin};

use crate::support::ended::Ended;
use crate::support::runs::open_now;
use crate::support::scene::Scene;
use crate::support::tool::{api_tool, run};
use crate::support::world::{ENVIRONMENT, TOKEN, world};

/// The ways in which a list has no end.
fn lies() -> [PagingLie; 2] {
    [
        PagingLie::WithoutEnd { total: None },
        PagingLie::WithoutEnd { total: Some(1_000_000_000_000_000_000) },
    ]
}

fn fetch(standin: &Standin, args: &[&str]) -> Ended {
    let mut tool = api_tool("runs-fetch", standin);
    tool.env("TALEND_TOKEN", TOKEN);
    run(tool.args(args).args(["-e", ENVIRONMENT]))
}

fn refused(ended: &Ended, list: &str) {
    assert_eq!(ended.code, 69, "{ended:?}");
    let error = &ended.stderr;
    assert!(error.contains(&format!("the list of {list}")), "{error}");
    assert!(error.contains("250 items (--max-items)"), "{error}");
    assert!(!ended.stdout.contains("\"end\""), "{}", ended.stdout);
}

#[test]
fn runs_tasks_plans_and_executions_end_at_the_bound() {
    let standin = Standin::start(world(3)).unwrap();
    for lie in lies() {
        for method in ["GET", "POST"] {
            let fault = Fault::new(Effect::Paging(lie.clone())).on(method, "/**");
            standin.add_faults(vec![fault]).unwrap();
        }
        let few = ["--max-items", "250"];
        let runs = [&["--to", "+1d", "--end-record"], &few[..]].concat();
        refused(&fetch(&standin, &runs), "scheduled runs");
        for of in ["tasks", "plans"] {
            refused(&fetch(&standin, &[&[of], &few[..]].concat()), of);
        }
        let with_durations = [&["--durations"], &runs[..]].concat();
        refused(&fetch(&standin, &with_durations), "executions");
        let asked = standin.requests().len();
        assert!(asked < 200, "{asked} requests");
        standin.clear_faults();
    }
    // A total that nobody has is refused at once, also without the flag.
    let fault = Fault::new(Effect::Paging(lies()[1].clone())).on("POST", "/**/search");
    standin.add_faults(vec![fault]).unwrap();
    let before = standin.requests().len();
    let ended = fetch(&standin, &["--to", "+1d"]);
    assert_eq!((ended.code, &*ended.stdout), (69, ""));
    assert!(ended.stderr.contains("says that it has 1000000000000000000 items, more than 1000000"));
    let searches = standin.requests().into_iter().skip(before);
    assert_eq!(searches.filter(|one| one.path.ends_with("/search")).count(), 1);
}

#[test]
fn a_list_as_long_as_the_bound_is_whole() {
    let standin = Standin::start(world(3)).unwrap();
    let list = |most: usize| fetch(&standin, &["tasks", "--max-items", &most.to_string()]);
    let whole = list(1000).stdout.lines().count();
    assert!(whole >= 3);
    assert_eq!((list(whole).code, list(whole).stdout.lines().count()), (0, whole));
    let ended = list(whole - 1);
    assert_eq!((ended.code, &*ended.stdout), (69, ""));
    let what = format!("has {whole} items, more than {} items (--max-items)", whole - 1);
    assert!(ended.stderr.contains(&what), "{}", ended.stderr);
}

#[test]
fn task_pause_gives_up_on_a_list_without_an_end_and_changes_nothing() {
    let scene = Scene::new();
    for lie in lies() {
        let fault = Fault::new(Effect::Paging(lie.clone())).on("GET", "/**/tasks");
        scene.standin.add_faults(vec![fault]).unwrap();
        let recover = ["recover", "--environment", ENVIRONMENT, "--max-items", "250"];
        let ended = scene.expect(69, &recover, "");
        assert!(ended.stderr.contains("250 items (--max-items)"), "{}", ended.stderr);
        let ended = scene.expect(69, &["coverage", "--max-items", "250"], &open_now(&["t0"]));
        assert!(ended.stderr.contains("250 items (--max-items)"), "{}", ended.stderr);
        scene.standin.clear_faults();
    }
    assert_eq!(scene.count("PUT", ""), 0);
    scene.end_clean();
}
