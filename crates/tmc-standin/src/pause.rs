//! One task's or plan's pause: what is true, what is shown, what is to come.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::clock::Time;
use crate::options::Options;
use crate::world::PauseDetails;

/// The pause state with its past.
///
/// Three things may differ. What is *true* decides about 202 or 204 and about
/// runs. What is *shown* is what reads answer, perhaps behind the truth. And
/// what has been accepted may still be *landing*, and becomes true later.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pausable {
    details: Option<PauseDetails>,
    shown: Option<PauseDetails>,
    to_show: VecDeque<(Instant, Option<PauseDetails>)>,
    landing: VecDeque<(Instant, PauseDetails)>,
    /// Spans in which no run started; the last may be open.
    past: Vec<(Time, Option<Time>)>,
}

impl Pausable {
    pub(crate) fn new(details: Option<PauseDetails>) -> Self {
        let past = details.iter().map(|details| (details.date, None)).collect();
        Self { shown: details.clone(), details, past, ..Self::default() }
    }

    /// Pauses, and says whether that changes anything. `at` is the real time, on which
    /// delays are counted.
    pub(crate) fn pause(&mut self, details: PauseDetails, options: &Options, at: Instant) -> bool {
        self.settle(Some(at));
        if self.details.is_some() {
            if options.repeated_pause_rewrites {
                self.details = Some(details);
                self.show(options, at);
            }
            return false;
        }
        if options.pause_lands_after_ms > 0 {
            let when = at + Duration::from_millis(options.pause_lands_after_ms);
            self.landing.push_back((when, details));
        } else {
            self.become_paused(details);
            self.show(options, at);
        }
        true
    }

    /// Resumes, and says whether that changes anything; `now` is the stand-in's time, `at`
    /// the real one.
    pub(crate) fn resume(&mut self, now: Time, options: &Options, at: Instant) -> bool {
        self.settle(Some(at));
        if self.details.take().is_none() {
            return false;
        }
        if let Some((_, end)) = self.past.last_mut() {
            *end = Some(now);
        }
        self.show(options, at);
        true
    }

    /// The pause that is true.
    pub(crate) fn details(&mut self, at: Instant) -> Option<&PauseDetails> {
        self.settle(Some(at));
        self.details.as_ref()
    }

    /// The pause that a read shows.
    pub(crate) fn shown(&mut self, at: Instant) -> Option<&PauseDetails> {
        self.settle(Some(at));
        self.shown.as_ref()
    }

    /// Whether a run planned for `time` was or would be suppressed.
    pub(crate) fn suppresses(&self, time: Time) -> bool {
        self.past.iter().any(|(start, end)| *start <= time && end.is_none_or(|end| time < end))
    }

    /// Makes true and shows what is due until then, or else all that is on its way; says
    /// whether a pause landed.
    pub(crate) fn settle(&mut self, until: Option<Instant>) -> bool {
        let mut landed = false;
        while let Some(details) = due(&mut self.landing, until) {
            if self.details.is_none() {
                self.become_paused(details.clone());
                self.to_show.clear();
                self.shown = Some(details);
                landed = true;
            }
        }
        while let Some(details) = due(&mut self.to_show, until) {
            self.shown = details;
        }
        landed
    }

    fn become_paused(&mut self, details: PauseDetails) {
        self.past.push((details.date, None));
        self.details = Some(details);
    }

    fn show(&mut self, options: &Options, at: Instant) {
        if options.shows_after_ms == 0 {
            self.to_show.clear();
            self.shown.clone_from(&self.details);
        } else {
            let when = at + Duration::from_millis(options.shows_after_ms);
            self.to_show.push_back((when, self.details.clone()));
        }
    }
}

/// Takes the first item of a queue if its time is before `until`; any first item
/// without `until`.
fn due<T>(queue: &mut VecDeque<(Instant, T)>, until: Option<Instant>) -> Option<T> {
    let (when, _) = queue.front()?;
    if until.is_none_or(|until| *when <= until) {
        queue.pop_front().map(|(_, item)| item)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::UserKind;

    fn details(context: &str, date: i64) -> PauseDetails {
        PauseDetails {
            context: Some(context.to_owned()),
            user: "ops".to_owned(),
            user_type: UserKind::Human,
            date: Time::from_millis(date),
        }
    }

    #[test]
    fn only_a_change_is_a_change() {
        let (options, at) = (Options::default(), Instant::now());
        let mut state = Pausable::default();
        assert!(!state.resume(Time::from_millis(1), &options, at));
        assert!(state.pause(details("first", 10), &options, at));
        assert!(!state.pause(details("second", 20), &options, at));
        assert_eq!(state.shown(at), Some(&details("first", 10)));
        assert!(state.resume(Time::from_millis(30), &options, at));
        assert_eq!(state.shown(at), None);
    }

    #[test]
    fn a_repeated_pause_may_rewrite() {
        let options = Options { repeated_pause_rewrites: true, ..Options::default() };
        let at = Instant::now();
        let mut state = Pausable::default();
        state.pause(details("first", 10), &options, at);
        assert!(!state.pause(details("second", 20), &options, at));
        assert_eq!(state.shown(at), Some(&details("second", 20)));
        assert!(state.suppresses(Time::from_millis(15)), "the pause itself began with the first");
    }

    #[test]
    fn a_pause_may_show_late_while_it_is_true_already() {
        let options = Options { shows_after_ms: 100, ..Options::default() };
        let at = Instant::now();
        let mut state = Pausable::default();
        state.pause(details("late", 10), &options, at);
        assert!(state.details(at).is_some());
        assert_eq!(state.shown(at), None);
        assert!(!state.pause(details("again", 11), &options, at));
        assert_eq!(state.shown(at + Duration::from_millis(100)), Some(&details("late", 10)));
    }

    #[test]
    fn a_pause_may_land_after_the_resume_that_should_have_ended_it() {
        let options = Options { pause_lands_after_ms: 100, ..Options::default() };
        let at = Instant::now();
        let mut state = Pausable::default();
        assert!(state.pause(details("late", 10), &options, at));
        assert!(!state.resume(Time::from_millis(20), &options, at));
        let later = at + Duration::from_millis(100);
        assert_eq!(state.details(later), Some(&details("late", 10)));
        assert_eq!(state.shown(later), Some(&details("late", 10)));
    }

    #[test]
    fn runs_are_suppressed_from_the_pause_to_the_resume() {
        let (options, at) = (Options::default(), Instant::now());
        let mut state = Pausable::new(Some(details("old", 10)));
        state.resume(Time::from_millis(20), &options, at);
        state.pause(details("new", 30), &options, at);
        let suppressed: Vec<_> = [9, 10, 19, 20, 29, 30, 99]
            .into_iter()
            .filter(|time| state.suppresses(Time::from_millis(*time)))
            .collect();
        assert_eq!(suppressed, [10, 19, 30, 99]);
    }
}
