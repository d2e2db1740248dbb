//! On a terminal, whoever has to wait for the API sees why, and how long still.

use tmc_standin::{Effect, Fault};

use crate::support::all_at_once::all_at_once;
use crate::support::runs::open_now;
use crate::support::scene::Scene;
use crate::support::skip::skip_without;
use crate::support::terminal::{left_over, on_a_terminal, shown, shown_until, tool_on_a_terminal};

/// The API refuses one request, and perhaps says how long to wait.
fn refuses_once(scene: &Scene, status: u16, retry_after: Option<&str>) {
    let retry_after = retry_after.map(str::to_owned);
    let effect = Effect::Status { status, retry_after, body: None, processed: false };
    scene.standin.add_faults(vec![Fault::new(effect).times(1)]).unwrap();
}

#[test]
fn each_tool_shows_on_a_terminal_why_it_waits_and_how_long_still() {
    if skip_without("script") {
        return;
    }
    let cases = [
        (
            "runs-fetch --all-environments --to +7d",
            429,
            Some("1"),
            "the API asks to wait (429): 1s left",
        ),
        ("runs-fetch --all-environments --to +7d", 429, None, "the API refused a request (429): "),
        (
            "runs-fetch tasks --all-environments",
            503,
            Some("1"),
            "the API asks to wait (503): 1s left",
        ),
        ("runs-fetch check", 503, Some("1"), "the API asks to wait (503): 1s left"),
        ("task-pause", 429, Some("1"), "the API asks to wait (429): 1s left"),
        ("task-pause resume --all", 503, Some("1"), "the API asks to wait (503): 1s left"),
        ("task-pause --dry-run", 429, Some("1"), "the API asks to wait (429): 1s left"),
        ("task-pause check", 503, Some("1"), "the API asks to wait (503): 1s left"),
        ("task-pause coverage", 429, Some("1"), "the API asks to wait (429): 1s left"),
        (
            "task-pause recover --environment Production",
            429,
            Some("1"),
            "the API asks to wait (429): 1s left",
        ),
    ];
    all_at_once(cases.into(), |(call, status, retry_after, expected)| {
        let scene = Scene::new();
        scene.expect(0, &[], &open_now(&["t1"]));
        refuses_once(&scene, status, retry_after);
        let shown = shown(&mut tool_on_a_terminal(&scene, call, &open_now(&["t0"])));
        assert!(shown.contains(expected), "{call}: {shown:?}");
        let left = left_over(&shown);
        assert!(!left.contains("wait ("), "{call}: it is gone in the end: {shown:?}");
        scene.end_clean();
    });
}

#[test]
fn an_allowance_that_is_used_up_is_reported_beside_the_work() {
    if skip_without("script") {
        return;
    }
    let scene = Scene::new();
    let runs = open_now(&["t0", "t1", "t2"]);
    let mut terminal = on_a_terminal(&scene, "--rate 2", &runs);
    let until = "the 2 requests a minute are used up: ";
    let (shown, code) = shown_until(&scene, &mut terminal, (until, "INT"));
    assert_eq!(code, Some(130), "{shown:?}");
    assert!(shown.contains("s left; looking at "), "{shown:?}");
    let summary = "task-pause: nothing was decided; ledger: ";
    assert!(left_over(&shown).contains(summary), "{shown:?}");
    scene.end_clean();
}

#[test]
fn no_wait_is_reported_where_nobody_watches() {
    let scene = Scene::new();
    refuses_once(&scene, 429, Some("1"));
    let ended = scene.expect(0, &["--dry-run"], &open_now(&["t0"]));
    assert!(!ended.stderr.contains("asks to wait"), "{}", ended.stderr);
    scene.end_clean();
}
