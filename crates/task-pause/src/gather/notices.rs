//! Says what a timetable takes away: pauses that are not made, holds that end
//! early.

use maintenance_core::hold::Tense;
use maintenance_core::short_name::clip;

use crate::decide::candidates::loses_window;
use crate::session::Session;
use crate::types::{Candidate, LedgerAt, Moment, Wish};

/// The most tasks and plans that get a line each.
const LINES: usize = 20;

/// Says that tasks are not paused whose runs lie in an open window by standard
/// input: by the timetable of this call there is none.
pub(crate) fn tell_cancelled(session: &Session<'_>, candidates: &[Candidate], moment: Moment) {
    let is_on = |candidate: &&Candidate| {
        candidate.wish == Wish::Cancelled && moment.tense(&candidate.hold) == Tense::Open
    };
    let count = candidates.iter().filter(is_on).count();
    if count > 0 {
        session.messages.warn(&format!(
            "not paused, since the timetable of this call has no window for it: {count} of what \
             the list says is in an open one; the filter's timetable, --before, --after and \
             --timezone must be the same here"
        ));
    }
}

/// Says which tasks and plans `sync` gives back before the end that the ledger
/// has for them.
pub(crate) fn tell_early(session: &Session<'_>, candidates: &[Candidate], ledger: LedgerAt<'_>) {
    let LedgerAt { state, moment } = ledger;
    if !session.settings.job.is_sync() {
        return;
    }
    let is_early =
        |candidate: &&Candidate| candidate.is_due() && loses_window(candidate, state, moment);
    let early: Vec<_> = candidates.iter().filter(is_early).collect();
    for candidate in early.iter().take(LINES) {
        let Candidate { target, labels, .. } = candidate;
        let name =
            labels.name.as_deref().map_or(String::new(), |name| format!(" ({:?})", clip(name)));
        let end = state.open(target).and_then(|open| open.hold.end());
        let end = end.map_or("it had no end".to_owned(), |end| format!("its end was {end}"));
        session.messages.note(&format!(
            "{target}{name} is given back early, since it has no open window any more: {end}"
        ));
    }
    if early.len() > LINES {
        let more = early.len() - LINES;
        session.messages.note(&format!("given back early, for the same reason: {more} more"));
    }
}
