//! The windows that were given up before their end.

use crate::hold::{Hold, HoldWindow};
use crate::time::UtcTime;

/// Windows that were given up together. They are not taken up again unless somebody
/// asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// The windows, as they were when they were given up.
    pub hold: Hold,
    /// When that was, UTC.
    pub at: UtcTime,
}

impl GivenUp {
    /// Whether this window is one of them, or what one of them was moved to. Of a window
    /// without an end, only the time until it was given up counts: a later one of that
    /// name is another.
    #[must_use]
    pub fn has(&self, window: &HoldWindow) -> bool {
        let is_in_time = |own: &HoldWindow| {
            own.end.is_some() || window.start < self.at || window.start <= own.start
        };
        let mut windows = self.hold.windows().iter();
        windows.any(|own| own.is_same(window) && is_in_time(own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> UtcTime {
        UtcTime::from_millis(day * 24 * 60 * 60 * 1000).unwrap()
    }

    #[test]
    fn of_a_window_without_an_end_that_was_given_up_a_later_one_of_its_name_is_another() {
        // The window, when it was given up, another window, and whether it counts as the same.
        for (own, given_up, (start, end), expected) in [
            ((1, None), 5, (1, None), true),
            ((1, None), 5, (1, Some(9)), true),
            ((1, None), 5, (0, Some(2)), true),
            ((1, None), 5, (4, Some(9)), true),
            ((1, None), 5, (5, Some(9)), false),
            ((1, None), 5, (5, None), false),
            ((1, None), 5, (150, Some(160)), false),
            ((1, None), 5, (0, Some(1)), false),
            // Given up before it began.
            ((7, None), 5, (7, None), true),
            ((7, None), 5, (6, None), true),
            ((7, None), 5, (9, None), false),
            // An end is known.
            ((1, Some(9)), 5, (7, Some(12)), true),
            ((1, Some(9)), 5, (9, Some(12)), false),
        ] {
            let window = |(start, end): (i64, Option<i64>)| HoldWindow {
                name: "freeze".into(),
                start: at(start),
                end: end.map(at),
            };
            let hold = Hold::new(vec![window(own)], Vec::new()).unwrap();
            let given_up = GivenUp { hold, at: at(given_up) };
            let other = window((start, end));
            assert_eq!(given_up.has(&other), expected, "{given_up:?} {other:?}");
            let renamed = HoldWindow { name: "release".into(), ..other };
            assert!(!given_up.has(&renamed));
        }
    }
}
