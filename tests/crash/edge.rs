//! Killed before, at and after the start of a window that the call is there for.

use super::sweep;
use crate::support::runs::{selected, soon};
use crate::support::scene::Scene;

/// Looks and intents are made before the window opens, and the pauses after it did.
#[test]
fn a_call_killed_at_the_edge_of_a_window_is_settled_by_the_next() {
    sweep("edge", |_| {}, &["wait"], about_to_open);
}

/// The same where `sync` stays for a window that opens before the next pass.
#[test]
fn a_pass_killed_at_the_edge_of_a_window_is_settled_by_the_next() {
    let prepare = |scene: &Scene| {
        let runs = selected("t2", "a", -30, Some(30));
        scene.expect(0, &["sync"], &runs);
    };
    // One hold is over, one begins at once, and two a little later.
    let runs = || {
        let over = selected("t2", "a", -30, Some(-10));
        over + &selected("t3", "b", -5, Some(60)) + &about_to_open()
    };
    sweep("next pass", prepare, &["sync", "--every", "20s"], runs);
}

/// Two tasks in a window that opens in some seconds.
fn about_to_open() -> String {
    let runs = soon("t0", 3_500, Some(600_000));
    let same_window = runs.replace("\"t0\"", "\"t1\"");
    runs + &same_window
}
