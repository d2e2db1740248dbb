//! Messages about pauses that a timetable prevents, and holds that it ends early.

use maintenance_core::cli::counted;
use maintenance_core::hold::Tense;
use maintenance_core::short_name::clip;

use crate::decide::candidates::loses_window;
use crate::session::Session;
use crate::types::{Candidate, LedgerAt, Moment, Wish};

/// The most tasks and plans that get a line each.
const LINES: usize = 20;

/// Warns of tasks that are not paused: standard input puts their runs in an active
/// window, the timetable of this call does not.
pub(crate) fn warn_of_cancelled(session: &Session<'_>, candidates: &[Candidate], moment: Moment) {
    let is_on = |candidate: &&Candidate| {
        candidate.wish == Wish::Cancelled && moment.tense(&candidate.hold) == Tense::Open
    };
    let count = candidates.iter().filter(is_on).count();
    if count > 0 {
        session.messages.warn(&format!(
            "{} not paused: in an open window by the list, but not by this call's timetable; \
             use the same timetable, --before, --after and --timezone in both tools",
            counted(count, "task or plan is", "tasks and plans are")
        ));
    }
}

/// Says which tasks and plans `sync` gives back before the end in the ledger.
pub(crate) fn note_early_ends(
    session: &Session<'_>,
    candidates: &[Candidate],
    ledger: LedgerAt<'_>,
) {
    if !session.settings.job.is_sync() {
        return;
    }
    let is_early =
        |candidate: &&Candidate| candidate.is_to_give_back() && loses_window(candidate, ledger);
    let early: Vec<_> = candidates.iter().filter(is_early).collect();
    for candidate in early.iter().take(LINES) {
        let Candidate { target, labels, .. } = candidate;
        let name =
            labels.name.as_deref().map_or(String::new(), |name| format!(" ({:?})", clip(name)));
        let end = ledger.state.active(target).and_then(|active| active.hold.end());
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
