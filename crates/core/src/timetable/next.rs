//! The next window of a series, and its last, however far away they are.

use std::time::Duration;

use super::expand::{Capped, StepBudget};
use super::series::Series;
use crate::time::UtcTime;
use crate::window::Window;

/// More than any change of the clock moves a start.
const SLACK: Duration = Duration::from_secs(2 * 86_400);

/// The first step backwards. Each one after it is twice as long.
const STEP: Duration = Duration::from_secs(6 * 3600);

impl Series {
    /// The first window that ends after an instant. If clock changes swap two windows
    /// within hours of each other, it may be the other one. `None` if no window ends
    /// after the instant.
    ///
    /// # Errors
    ///
    /// It was not found within the budget.
    pub(super) fn next(
        &self,
        after: UtcTime,
        budget: &mut StepBudget,
    ) -> Result<Option<Window>, Capped> {
        let first = self.reach(after, after).0.max(self.start.utc.saturating_sub(SLACK));
        let ahead = |window: &Window| window.end.is_none_or(|end| end > after);
        let own = Some((self.start, None)).filter(|_| self.starts_itself && self.begins());
        let mut next = self
            .dates
            .iter()
            .copied()
            .chain(own)
            .filter(|(start, _)| !self.excludes(*start))
            .filter_map(|(start, span)| Some(self.window(start, span)?.0))
            .filter(ahead)
            .min_by_key(|window| window.start);
        for rule in &self.rules {
            let mut found = None;
            let walked = rule.starts(first, UtcTime::MAX, budget, &mut |start, budget| {
                budget.step(1)?;
                let made = (!self.excludes(start)).then(|| self.window(start, None)).flatten();
                found = made.map(|(window, _)| window).filter(ahead);
                // An error is what ends the walk.
                found.as_ref().map_or(Ok(()), |_| Err(Capped::Windows(1)))
            });
            // After so many empty periods in a row, the rule is assumed to make no more
            // windows.
            if found.is_none() && walked != Err(Capped::Empty) {
                walked?;
            }
            next = next.into_iter().chain(found).min_by_key(|window| window.start);
        }
        Ok(next)
    }

    /// The end of its last window, if one ends after `floor`. It is looked for from
    /// `bound` on backwards, which is [`Series::last_end`].
    ///
    /// # Errors
    ///
    /// It was not found within the budget.
    pub(super) fn end_after(
        &self,
        floor: UtcTime,
        bound: UtcTime,
        budget: &mut StepBudget,
    ) -> Result<Option<UtcTime>, Capped> {
        // An empty window lies behind its end.
        let mut to = bound.saturating_add(Duration::from_millis(1));
        let mut step = STEP;
        loop {
            let from = to.saturating_sub(step).max(floor);
            let mut last = None;
            self.each_window(from, to, budget, &mut |window, _| last = last.max(window.end))?;
            if last.is_some() || from <= floor {
                return Ok(last.filter(|&last| last > floor));
            }
            (to, step) = (from, step.saturating_mul(2));
        }
    }
}
