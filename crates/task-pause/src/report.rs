//! What became of one task or plan, until it is written as a receipt.

use std::sync::Arc;

use maintenance_core::change::{ChangeAnswer, PauseState, Target};
use maintenance_core::client::ClientError;
use maintenance_core::exit::{Exit, Explain};
use maintenance_core::hold::Hold;
use maintenance_core::ledger::PendingCatchUp;
use maintenance_core::receipt::{Action, Failure, PlanRef, RunsSource};
use maintenance_core::run::Labels;
use maintenance_core::time::UtcTime;

use crate::agenda::Item;
use crate::decide::{Decision, Step};

/// What became of one item.
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
    /// From when on we have it paused, if we had before.
    pub(crate) paused_since: Option<UtcTime>,
    /// The text left with its pause.
    pub(crate) reason: Option<Box<str>>,
    /// The account that its pause shows, for the journal.
    pub(crate) by: Option<Arc<str>>,
    /// What was found out afterwards. Most reports have none of it, and there
    /// are as many as tasks.
    pub(crate) found: Option<Box<Found>>,
}

/// What was found out about one item after what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Why, in place of the report's own words, where these are not enough.
    pub(crate) why: Option<String>,
    /// The runs that were suppressed.
    pub(crate) missed: Option<MissedRuns>,
    pub(crate) warnings: Vec<String>,
    pub(crate) plans: Vec<PlanRef>,
    /// Executions that had not ended.
    pub(crate) in_flight: Vec<String>,
    /// The execution that made up for what was missed.
    pub(crate) caught_up: Option<String>,
    /// The API's answer to a change, where it says that nothing changed.
    pub(crate) answer: Option<ChangeAnswer>,
    /// The pause that is, or may be, somebody else's.
    pub(crate) paused_by: Option<PauseState>,
}

/// The runs that a hold suppressed.
#[derive(Clone, Debug)]
pub(crate) struct MissedRuns {
    pub(crate) runs: Vec<UtcTime>,
    pub(crate) source: RunsSource,
    /// Whether the API was asked for them, and answered.
    pub(crate) listed: Listed,
}

/// Whether the API was asked for the runs that were suppressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    /// It was, and answered.
    Yes,
    /// It could not be asked now.
    NotYet,
    /// The account is refused the list.
    Refused,
}

impl Found {
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
            found: None,
        }
    }

    /// What was found out afterwards.
    pub(crate) fn found(&self) -> &Found {
        self.found.as_deref().unwrap_or(const { &Found::NOTHING })
    }

    /// The same, to add to it.
    pub(crate) fn found_mut(&mut self) -> &mut Found {
        self.found.get_or_insert_with(|| Box::new(Found::NOTHING))
    }

    /// What was decided on an item.
    pub(crate) fn of(item: &Item, decision: Decision) -> Self {
        let Item { target, labels, hold, .. } = item;
        let report = Self::new(target.clone(), labels.clone(), hold.clone(), decision.action);
        Self { why: decision.why, ..report }
    }

    /// An item that could not be decided on.
    pub(crate) fn failed(item: &Item, error: &ClientError) -> Self {
        let decision = Decision { step: Step::Report, action: Action::Failed, why: None };
        let mut report = Self::of(item, decision);
        report.fail(error);
        report
    }

    /// What an earlier call resumed, and did not come to tell of.
    pub(crate) fn of_earlier(catch_up: &PendingCatchUp) -> Self {
        let PendingCatchUp { target, labels, hold, paused, .. } = catch_up;
        Self {
            why: Some("resumed by an earlier call"),
            paused_since: Some(paused.0),
            ..Self::new(target.clone(), labels.clone(), hold.clone(), Action::Resumed)
        }
    }

    /// Notes the account that a pause shows, if it shows one.
    pub(crate) fn note_account(&mut self, state: Option<&PauseState>) {
        let user = state.filter(|state| state.paused).and_then(|state| state.user.as_deref());
        self.by = user.map(Arc::from).or_else(|| self.by.take());
    }

    /// Notes an error of the API.
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
    use super::*;

    #[test]
    fn what_there_is_of_each_task_is_small() {
        assert!(size_of::<Report>() <= 152, "{}", size_of::<Report>());
        assert!(size_of::<Item>() <= 64, "{}", size_of::<Item>());
    }
}
