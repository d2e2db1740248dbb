//! Stories side by side.

use std::thread;

/// Runs several stories at once: each of them mostly waits.
pub(crate) fn all_at_once<T: Send>(cases: Vec<T>, story: impl Fn(T) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| story(case));
        }
    });
}
