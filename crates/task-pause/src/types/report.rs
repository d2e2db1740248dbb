//! Reports: the result for one task or plan, until it is written as a receipt.

use std::sync::Arc;

use maintenance_core::change::{ChangeAnswer, PauseState, Target};
use maintenance_core::client::ClientError;
use maintenance_core::exit::{Exit, Explain};
use maintenance_core::hold::Hold;
use maintenance_core::ledger::PendingCatchUp;
use maintenance_core::run::Labels;
use maintenance_core::time::UtcTime;

use super::{Action, Candidate, Decision, DecisionStep, Failure, NOT_STARTED, PlanRef, RunsSource};

/// The result for one candidate.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) target: Target,
    pub(crate) labels: Arc<Labels>,
    pub(crate) hold: Hold,
    pub(crate) action: Action,
    pub(crate) why: Option<&'static str>,
    pub(crate) failure: Option<Box<Failure>>,
    /// The exit code that the failure alone would end with.
    pub(crate) exit: Option<Exit>,
    /// The start of our pause, if the ledger had the hold before.
    pub(crate) paused_since: Option<UtcTime>,
    /// The text that is left with the pause.
    pub(crate) reason: Option<Box<str>>,
    /// The account that the pause shows, for the journal.
    pub(crate) by: Option<Arc<str>>,
    /// The details. Most reports have none: there is one report for each task.
    pub(crate) details: Option<Box<Details>>,
}

/// The details that only some reports have.
#[derive(Clone, Debug)]
pub(crate) struct Details {
    /// The reason, in place of that of the report.
    pub(crate) why: Option<String>,
    /// The runs that were suppressed.
    pub(crate) missed: Option<MissedRuns>,
    pub(crate) warnings: Vec<String>,
    pub(crate) plans: Vec<PlanRef>,
    /// Executions that had not ended.
    pub(crate) in_flight: Vec<String>,
    /// The execution that made up for the missed runs.
    pub(crate) caught_up: Option<String>,
    /// The API's answer to a change, if the answer says that nothing changed.
    pub(crate) answer: Option<ChangeAnswer>,
    /// The foreign or unclear pause.
    pub(crate) paused_by: Option<PauseState>,
}

/// The runs that a hold suppressed.
#[derive(Clone, Debug)]
pub(crate) struct MissedRuns {
    pub(crate) runs: Vec<UtcTime>,
    pub(crate) source: RunsSource,
    /// Whether the API listed them.
    pub(crate) listed: ListOutcome,
}

/// Whether the API listed the suppressed runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListOutcome {
    /// The API listed them.
    Yes,
    /// The API could not be asked now.
    NotYet,
    /// The account is refused the list.
    Refused,
}

impl Details {
    const NOTHING: Self = Self {
        why: None,
        missed: None,
        warnings: Vec::new(),
        plans: Vec::new(),
        in_flight: Vec::new(),
        caught_up: None,
        answer: None,
        paused_by: None,
    };
}

impl Report {
    fn new(target: Target, labels: Arc<Labels>, hold: Hold, action: Action) -> Self {
        Self {
            target,
            labels,
            hold,
            action,
            why: None,
            failure: None,
            exit: None,
            paused_since: None,
            reason: None,
            by: None,
            details: None,
        }
    }

    /// The details.
    pub(crate) fn details(&self) -> &Details {
        self.details.as_deref().unwrap_or(const { &Details::NOTHING })
    }

    /// The details, to be changed.
    pub(crate) fn details_mut(&mut self) -> &mut Details {
        self.details.get_or_insert_with(|| Box::new(Details::NOTHING))
    }

    /// The report on a decision.
    pub(crate) fn of(candidate: &Candidate, decision: Decision) -> Self {
        Self::with_hold(candidate, candidate.hold.clone(), decision)
    }

    /// The report on a decision about another hold of the candidate.
    pub(crate) fn with_hold(candidate: &Candidate, hold: Hold, decision: Decision) -> Self {
        let Candidate { target, labels, .. } = candidate;
        let report = Self::new(target.clone(), labels.clone(), hold, decision.action);
        Self { why: decision.why, ..report }
    }

    /// The report on a candidate whose look failed.
    pub(crate) fn failed(candidate: &Candidate, error: &ClientError) -> Self {
        let mut report = Self::of(candidate, Decision::new(DecisionStep::Report, Action::Failed));
        report.fail(error);
        report
    }

    /// The report on a resume of an earlier call that wrote no receipt for it.
    pub(crate) fn of_earlier(catch_up: &PendingCatchUp) -> Self {
        let PendingCatchUp { target, labels, hold, paused, .. } = catch_up;
        Self {
            why: Some("resumed by an earlier call"),
            paused_since: Some(paused.0),
            ..Self::new(target.clone(), labels.clone(), hold.clone(), Action::Resumed)
        }
    }

    /// The report on a pause that `recover` took over into the ledger.
    pub(crate) fn of_recovery(
        target: Target,
        labels: Arc<Labels>,
        hold: Hold,
        seen: PauseState,
    ) -> Self {
        let mut report = Self::new(target, labels, hold, Action::Held);
        report.why = Some("taken over into this ledger by `task-pause recover`");
        report.add_account(Some(&seen));
        report.details_mut().paused_by = Some(seen);
        report
    }

    /// Whether the result is unfinished. With `--no-verify`, an accepted change is
    /// finished.
    pub(crate) fn is_partial(&self, no_verify: bool) -> bool {
        match self.action {
            Action::Accepted if self.why.is_none() => !no_verify,
            Action::Resumed => self.why == Some(NOT_STARTED),
            action => action.is_partial(),
        }
    }

    /// Whether a retry within seconds may succeed.
    pub(crate) fn may_work_soon(&self) -> bool {
        let is_retryable = self.failure.as_ref().is_some_and(|failure| failure.retryable);
        (self.action == Action::Failed || self.why == Some(NOT_STARTED)) && is_retryable
    }

    /// Adds the account that a pause shows, if it shows one.
    pub(crate) fn add_account(&mut self, state: Option<&PauseState>) {
        let user = state.filter(|state| state.paused).and_then(|state| state.user.as_deref());
        self.by = user.map(Arc::from).or_else(|| self.by.take());
    }

    /// Adds an error of the API.
    pub(crate) fn fail(&mut self, error: &ClientError) {
        self.failure = Some(Box::new(failure(error)));
        self.exit = Some(error.exit());
    }
}

/// An error of the API, as a receipt shows it.
pub(crate) fn failure(error: &ClientError) -> Failure {
    Failure {
        code: error.code().to_owned(),
        message: error.to_string(),
        retryable: error.retryable(),
        status: error.status(),
        request_id: error.request_id().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use maintenance_core::change::TargetKind;
    use maintenance_core::hold::HoldWindow;

    use super::*;

    #[test]
    fn a_resume_is_unfinished_only_if_its_start_failed() {
        let target = Target { kind: TargetKind::Task, id: "t".into(), environment_id: "e".into() };
        let start = UtcTime::from_millis(1_800_000_000_000).unwrap();
        let window = HoldWindow { name: "w".into(), start, end: None };
        let hold = Hold::new(vec![window], Vec::new()).unwrap();
        let mut report = Report::new(target, Arc::default(), hold, Action::Resumed);
        assert!(!report.is_partial(false) && !report.may_work_soon());
        report.why = Some(NOT_STARTED);
        for retryable in [true, false] {
            report.failure = Some(Box::new(Failure::new("status", "no".to_owned(), retryable)));
            assert_eq!((report.is_partial(false), report.may_work_soon()), (true, retryable));
        }
    }

    #[test]
    fn the_values_of_which_there_is_one_a_task_are_small() {
        assert!(size_of::<Report>() <= 152, "{}", size_of::<Report>());
        assert!(size_of::<Candidate>() <= 64, "{}", size_of::<Candidate>());
    }
}
