//! The wait before a retry. Pure.

use std::time::Duration;

use crate::timing::FIRST_RETRY_DELAY;

/// One second first, and twice as long each time.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    /// The number of waits in a row.
    waits: u32,
}

impl Backoff {
    /// Counts and returns the next wait, at most `most`.
    pub(super) fn next(&mut self, most: Duration) -> Duration {
        // Eight doublings exceed every bound in use.
        let wait = FIRST_RETRY_DELAY * (1 << self.waits.min(8));
        self.waits = self.waits.saturating_add(1);
        wait.min(most)
    }

    /// Starts again with the first wait, after a success.
    pub(super) fn reset(&mut self) {
        self.waits = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_its_bound_and_begins_anew() {
        let mut backoff = Backoff::default();
        let most = Duration::from_secs(5);
        let waits: Vec<_> = (0..5).map(|_| backoff.next(most).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 5, 5]);
        assert_eq!(backoff.next(Duration::from_secs(30)).as_secs(), 30);
        for _ in 0..1_000 {
            backoff.next(most);
        }
        assert_eq!(backoff.next(Duration::from_secs(30)).as_secs(), 30);
        backoff.reset();
        assert_eq!(backoff.next(most).as_secs(), 1);
    }
}
