//! The ending of a call: the exit code and the sentence for what it left
//! unfinished. Every job that changes something makes its ending here.

use std::borrow::Cow;

use maintenance_core::cli::{Ending, counted};
use maintenance_core::clock;
use maintenance_core::exit::Exit;
use maintenance_core::ledger::LedgerError;

use crate::session::Session;
use crate::timing::TAKES_EFFECT;
use crate::types::{Action, GIVEN_BACK_EARLY, PassOutcome, Report, WINDOW_ENDED};

/// With `--drain`: it did not end, or its result is unknown.
pub(crate) const NOT_DRAINED: &str = "runs are in flight still, or may be";

/// With `--catch-up once`.
pub(crate) const NOT_CAUGHT_UP: &str = "a run that was missed is not made up for";

/// With `--with-plans`.
pub(crate) const NO_PLANS: &str = "the plans of the tasks are not known, and so not paused";

/// A clock that is behind the ledger.
pub(crate) const NO_CLOCK: &str =
    "this computer's clock is behind the ledger, so nothing was given back";

/// With `--environment`.
pub(crate) const NO_ENVIRONMENT: &str =
    "which environment was named is not known, so its holds were left";

/// With `wait --resume`: so many tasks and plans are held by a window without an end.
pub(crate) fn endless(count: usize) -> String {
    let stay = counted(count, "task or plan stays", "tasks and plans stay");
    format!(
        "{stay} paused after this call, since the window has no end: `task-pause resume --window \
         NAME` gives back what a window holds, and `task-pause resume --all` everything"
    )
}

/// The unfinished parts of a call.
#[derive(Debug, Default)]
pub(crate) struct Unfinished {
    /// The number of tasks and plans that were decided on.
    all: usize,
    failed: usize,
    /// The number of changes that the API accepted but did not show yet.
    unverified: usize,
    unsupported: usize,
    /// The message of the first failure.
    first: Option<String>,
    /// Whether the same call may succeed later.
    retryable: bool,
    /// The exit code of the failures, as long as all have the same.
    exit: Option<Exit>,
    /// The parts that concern no single task or plan, each as a sentence.
    others: Vec<Cow<'static, str>>,
}

impl Unfinished {
    /// Nothing yet but the executables of the input that cannot be paused.
    pub(crate) fn new(unsupported: usize) -> Self {
        Self { unsupported, ..Self::default() }
    }

    /// Adds the report on one task or plan.
    pub(crate) fn add_report(&mut self, report: &Report, is_partial: bool) {
        let is_first = self.all == 0;
        self.add_action(report.action, is_partial);
        self.exit = report.exit.filter(|exit| is_first || self.exit == Some(*exit));
        if !is_partial {
            return;
        }
        match report.failure.as_deref() {
            Some(failure) => {
                self.retryable |= failure.retryable;
                let message = &failure.message;
                self.first.get_or_insert_with(|| format!("{}: {message}", report.target));
            }
            None => self.retryable = true,
        }
    }

    /// Adds a task or plan by its action alone.
    pub(crate) fn add_action(&mut self, action: Action, is_partial: bool) {
        self.all += 1;
        match action {
            _ if !is_partial => {}
            Action::Accepted => self.unverified += 1,
            _ => self.failed += 1,
        }
    }

    /// Adds the reports of a pass.
    pub(crate) fn add_reports(&mut self, reports: &[Report], no_verify: bool) {
        for report in reports {
            self.add_report(report, report.is_partial(no_verify));
        }
    }

    /// Adds what a later part of the same call left.
    pub(crate) fn add(&mut self, later: Self) {
        self.all += later.all;
        self.failed += later.failed;
        self.unverified += later.unverified;
        self.retryable |= later.retryable;
        for sentence in later.others {
            self.add_if(true, sentence);
        }
    }

    /// The ending of a call with one pass. An error outranks the unfinished parts.
    pub(crate) fn of_pass(
        mut self,
        session: &Session<'_>,
        outcome: PassOutcome,
    ) -> anyhow::Result<Ending> {
        let PassOutcome { reports, cut_short, doubt, refusal, follow_up, drained, .. } = outcome;
        let errors = [cut_short, doubt.map(Into::into), refusal];
        if let Some(exit) = session.stop.exit() {
            warn_of(session, errors.into_iter().flatten());
            return Ok(stopped(exit));
        }
        first_of(session, errors)?;
        follow_up?;
        drained?;
        self.add_reports(&reports, session.settings.change.no_verify);
        Ok(self.ending())
    }

    /// Adds a sentence if it is true.
    pub(crate) fn add_if(&mut self, is_so: bool, sentence: impl Into<Cow<'static, str>>) {
        if is_so {
            let sentence = sentence.into();
            self.others.retain(|other| *other != sentence);
            self.others.push(sentence);
            self.retryable = true;
        }
    }

    /// Adds what `wait --resume` leaves paused for ever, as the same call would again.
    pub(crate) fn add_endless(&mut self, count: usize) {
        self.others.extend((count > 0).then(|| endless(count).into()));
    }

    /// The ending of the call. If everything failed for one reason, the exit code is
    /// that of the reason.
    pub(crate) fn ending(self) -> Ending {
        let Self { all, failed, unverified, unsupported, .. } = self;
        let mut parts = Vec::new();
        let of = if all == 1 { "task or plan" } else { "tasks and plans" };
        if failed > 0 {
            parts.push(format!("{failed} of {all} {of} failed"));
        }
        if unverified > 0 {
            parts.push(format!("{unverified} of {all} {of} not seen changed yet"));
        }
        if unsupported > 0 {
            parts.push(format!("{unsupported} of a type that cannot be paused"));
        }
        if parts.is_empty() && self.others.is_empty() {
            return Ending::DONE;
        }
        let by_receipt = !parts.is_empty();
        let is_uniform = failed == all && self.others.is_empty();
        let (exit, code) = match self.exit {
            Some(exit @ Exit::Refused) if is_uniform => (exit, "refused"),
            Some(exit @ Exit::Unavailable) if is_uniform => (exit, "unavailable"),
            _ => (Exit::Partial, "partial"),
        };
        parts.extend(self.others.into_iter().map(Cow::into_owned));
        let mut text = parts.join("; ");
        if let Some(first) = self.first {
            text = format!("{text}; the first failure: {first}");
        }
        let ending = Ending::undone(exit, code, text).retryable(self.retryable);
        if !by_receipt {
            return ending;
        }
        let hint = "the receipts on stdout say which, and why";
        if unverified == 0 {
            return ending.hint(hint);
        }
        // By then a change that the API has not shown will not take effect any more.
        let known = clock::now().saturating_add(TAKES_EFFECT);
        ending.hint(format!("{hint}; run the same command again after {known:.19}Z"))
    }
}

/// The first of these errors, the most severe one. There is a warning for each other one.
pub(super) fn first_of<const N: usize>(
    session: &Session<'_>,
    errors: [Option<anyhow::Error>; N],
) -> anyhow::Result<()> {
    let mut errors = errors.into_iter().flatten();
    let first = errors.next();
    warn_of(session, errors);
    first.map_or(Ok(()), Err)
}

fn warn_of(session: &Session<'_>, errors: impl Iterator<Item = anyhow::Error>) {
    for error in errors {
        session.messages.warn(&format!("{error:#}"));
    }
}

/// The ending of a call whose deadline passed while standard input was read.
pub(crate) fn too_late() -> Ending {
    let text = "the deadline passed before standard input ended: nothing was paused";
    let hint = "see why the command before it does not end, or raise --deadline";
    Ending::undone(Exit::Unavailable, "deadline", text).hint(hint).retryable(true)
}

/// The ending of a call that did not get the ledger: that of the signal, if a signal ended
/// the wait for the lock.
///
/// # Errors
///
/// The error, if no signal came.
pub(crate) fn without_ledger(session: &Session<'_>, error: LedgerError) -> anyhow::Result<Ending> {
    session.stop.exit().map(stopped).ok_or(error.into())
}

/// The ending of a call that a signal ended.
pub(crate) fn stopped(exit: Exit) -> Ending {
    let (code, by) = match exit {
        Exit::Interrupted => ("interrupted", "interrupted (SIGINT)"),
        Exit::HungUp => ("hung-up", "hung up (SIGHUP)"),
        _ => ("terminated", "terminated (SIGTERM)"),
    };
    let text = format!("{by}: no new request was sent, and the ledger has what was under way");
    let hint = "the same command takes up what is left; `task-pause resume --all` gives back what \
                was paused, whatever its end";
    Ending::undone(exit, code, text).hint(hint).retryable(true)
}

/// Warns of tasks that are in an open window and stay as they are, since a command gave
/// them back.
pub(crate) fn warn_of_given_back<'r>(
    session: &Session<'_>,
    reports: impl IntoIterator<Item = &'r Report>,
) {
    let is_left = |report: &&Report| report.why == Some(GIVEN_BACK_EARLY);
    let left = reports.into_iter().filter(is_left).count();
    if left > 0 {
        session.messages.warn(&format!(
            "{} before its end, and not paused: add --reassert to pause again",
            counted(
                left,
                "task or plan in an open window was given back",
                "tasks and plans in an open window were given back"
            )
        ));
    }
}

/// Warns of pauses that came too late for their window.
pub(super) fn warn_of_late_pauses(session: &Session<'_>, reports: &[Report]) {
    let late = reports.iter().filter(|report| report.why == Some(WINDOW_ENDED)).count();
    if late > 0 {
        let late = counted(late, "task or plan was", "tasks and plans were");
        let text = "not paused: the window ended first";
        session.messages.warn(&format!("{late} {text}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_with_nothing_unfinished_is_done() {
        let mut unfinished = Unfinished::new(0);
        unfinished.add_action(Action::Paused, false);
        unfinished.add_action(Action::Foreign, false);
        // As with --no-verify.
        unfinished.add_action(Action::Accepted, false);
        unfinished.add_if(false, "it did not happen");
        assert!(unfinished.ending().is_done());
    }

    #[test]
    fn what_has_no_end_is_left_paused_and_reported_with_what_gives_it_back() {
        let mut unfinished = Unfinished::new(0);
        unfinished.add_action(Action::Paused, false);
        unfinished.add_endless(0);
        assert!(unfinished.ending().is_done());
        let mut unfinished = Unfinished::new(0);
        unfinished.add_endless(2);
        let ending = unfinished.ending();
        assert_eq!(ending.exit(), Exit::Partial);
        let debug = format!("{ending:?}");
        assert!(debug.contains("2 tasks and plans stay paused"), "{debug}");
        assert!(debug.contains("resume --all") && debug.contains("retryable: false"), "{debug}");
    }

    #[test]
    fn whatever_is_unfinished_is_a_partial_result() {
        for (unsupported, action, sentence) in [
            (1, None, false),
            (0, Some(Action::Failed), false),
            (0, Some(Action::Accepted), false),
            (0, None, true),
        ] {
            let mut unfinished = Unfinished::new(unsupported);
            unfinished.add_action(Action::Paused, false);
            if let Some(action) = action {
                unfinished.add_action(action, true);
            }
            unfinished.add_if(sentence, "runs are in flight");
            assert_eq!(unfinished.ending().exit(), Exit::Partial, "{unsupported} {action:?}");
        }
    }
}
