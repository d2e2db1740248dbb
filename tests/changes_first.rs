//! A window that is open when a call begins waits for nothing but the looks at its own
//! tasks: all else is asked after the last pause.

use std::collections::BTreeSet;

use tmc_standin::Request;

use crate::support::all_at_once::all_at_once;
use crate::support::runs::{open_now, selected};
use crate::support::scene::Scene;
use crate::support::world::world;

const TASKS: usize = 30;

/// Whether a request is one that a change of a task or plan needs: the change itself, a
/// look at what is about to change, or the page that shows whether lists serve for looks.
fn is_needed(request: &Request, about_to_change: &BTreeSet<String>) -> bool {
    let list = "/orchestration/executables/tasks";
    let of_task = request.path.strip_prefix(list).and_then(|rest| rest.strip_prefix('/'));
    match (&*request.method, of_task) {
        ("PUT", Some(_)) => true,
        ("GET", Some(id)) => about_to_change.contains(id),
        ("GET", None) => request.path == list,
        _ => false,
    }
}

#[test]
fn whatever_no_pause_needs_is_asked_after_the_last_one() {
    let tasks = |numbers: std::ops::Range<usize>| numbers.map(|n| format!("t{n}"));
    let calls = [(&[][..], false), (&["sync"], false), (&["sync", "--every", "1s"], true)];
    all_at_once(calls.to_vec(), |(args, shows_details)| {
        let scene = Scene::of(world(TASKS));
        scene.standin.set_options(|options| options.pause_details_in_list = shows_details);
        // Five are held, of which `sync` gives one back.
        let held: Vec<String> = tasks(0..5).collect();
        let held: Vec<&str> = held.iter().map(String::as_str).collect();
        scene.expect(0, &[], &open_now(&held));
        let is_sync = args.first() == Some(&"sync");
        let over = if is_sync { selected("t0", "patching", -30, Some(-10)) } else { String::new() };
        let rest: Vec<String> = tasks(1..TASKS).collect();
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        let from = scene.standin.requests().len();
        let ended = scene.expect(0, args, &(over + &open_now(&rest)));
        let mut changed: BTreeSet<String> = tasks(5..TASKS).collect();
        changed.extend(is_sync.then(|| "t0".to_owned()));
        let requests = scene.standin.requests().split_off(from);
        let last = requests.iter().rposition(|request| request.method == "PUT").unwrap();
        let puts = requests.iter().filter(|request| request.method == "PUT").count();
        assert_eq!(puts, changed.len(), "{args:?} {}", scene.story());
        let others = requests[..last].iter().filter(|request| !is_needed(request, &changed));
        assert_eq!(others.map(|request| &request.path).collect::<Vec<_>>(), [""; 0], "{args:?}");
        // The guard's search, the looks at what is held, and those after the changes.
        let after = &requests[last..];
        assert!(after.iter().any(|request| request.path.ends_with("/events/search")), "{args:?}");
        for id in held.iter().skip(1) {
            assert!(after.iter().any(|request| request.path.ends_with(id)), "{args:?} {id}");
            assert_eq!(ended.action(id), "held", "{args:?}");
        }
        scene.expect(0, &["resume", "--all"], "");
        scene.end_clean();
    });
}
