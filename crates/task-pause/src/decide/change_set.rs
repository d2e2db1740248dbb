//! The change set of one batch: a proposal for each candidate that was looked
//! at. A dry run prints it, and a real run applies it. Pure.

use maintenance_core::client::ClientError;
use maintenance_core::hold::Tense;
use maintenance_core::ledger::{Finding, LedgerState, OpenHold, Phase, TenantFacts};
use maintenance_core::receipt::Action;
use maintenance_core::time::UtcTime;

use super::decision::{Case, decide};
use super::other_ledger;
use super::task_limit::{Pauses, TOO_MANY, TaskLimit};
use crate::reason::Reason;
use crate::types::{
    Candidate, Decision, DecisionStep, Look, Observation, Policy, Report, WINDOW_ENDED,
};

/// The result of looking at one candidate: nothing where it needed no look.
pub(crate) type Looked = Result<Option<Observation>, ClientError>;

/// The proposals for one batch, in the order of its candidates.
#[derive(Debug, Default)]
pub(crate) struct ChangeSet<'c> {
    pub(crate) proposals: Vec<Proposal<'c>>,
}

/// The proposal for one candidate.
#[derive(Debug)]
pub(crate) enum Proposal<'c> {
    /// It could not be looked at.
    Failed(&'c Candidate, ClientError),
    /// It was decided on.
    Decided(Decided<'c>),
}

/// A candidate that was decided on.
#[derive(Debug)]
pub(crate) struct Decided<'c> {
    pub(crate) candidate: &'c Candidate,
    pub(crate) observed: Option<Observation>,
    /// The decision on the hold that its entry had, where that is over and, as
    /// it turns out, was ended, or is about to be: its next hold is a new one
    /// then.
    pub(crate) past: Option<Decision>,
    /// The decision on its hold from now on; none where the past one must end
    /// first.
    pub(crate) decision: Option<Decision>,
}

/// The times of one batch, UTC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchTimes {
    /// When the candidates were collected, and counted.
    pub(crate) collected: UtcTime,
    /// When the batch began.
    pub(crate) began: UtcTime,
    /// When its looks were done.
    pub(crate) looked: UtcTime,
}

impl BatchTimes {
    /// One time for all, as in a dry run.
    pub(crate) fn all_at(now: UtcTime) -> Self {
        Self { collected: now, began: now, looked: now }
    }
}

/// Decides on a batch. With a limit, pauses that it does not admit fail.
pub(crate) fn propose<'c>(
    looks: impl Iterator<Item = (&'c Candidate, Looked)>,
    state: &LedgerState,
    times: BatchTimes,
    policy: Policy,
    mut limit: Option<&mut TaskLimit>,
) -> ChangeSet<'c> {
    // A finding of this batch may tell whose the next pause is.
    let mut known = state.known().clone();
    let mut held = state.open_count();
    let mut proposals = Vec::new();
    for (candidate, looked) in looks {
        let observed = match looked {
            Ok(observed) => observed,
            Err(error) => {
                proposals.push(Proposal::Failed(candidate, error));
                continue;
            }
        };
        let entry = state.open(&candidate.target);
        let mut decided = Decided { candidate, observed, past: None, decision: None };
        if let Some(open) = entry {
            decided.past = decided.past_hold(open, state, &known, times.began, policy);
        }
        if let (Some(past), Some(open)) = (decided.past, entry) {
            decided.teach(past, open, &mut known);
            held -= usize::from(past.ends_hold());
        }
        if decided.past.is_none_or(|past| past.ends_hold()) {
            let entry = entry.filter(|_| decided.past.is_none());
            let case = case(candidate, state, entry, &known);
            let decision = decided.decide(&case, times, policy);
            let decision = admitted(decision, candidate, held, limit.as_deref_mut());
            if let Some(open) = entry {
                decided.teach(decision, open, &mut known);
            }
            held += usize::from(decision.step == DecisionStep::Pause);
            held -= usize::from(decision.ends_hold());
            decided.decision = Some(decision);
        }
        proposals.push(Proposal::Decided(decided));
    }
    ChangeSet { proposals }
}

/// The case of a candidate, with this entry.
pub(crate) fn case<'a>(
    candidate: &'a Candidate,
    state: &'a LedgerState,
    entry: Option<&'a OpenHold>,
    known: &'a TenantFacts,
) -> Case<'a> {
    Case { ledger: state.id(), hold: &candidate.hold, wish: candidate.wish, entry, known }
}

/// The decision, if the limit admits it.
fn admitted(
    decision: Decision,
    candidate: &Candidate,
    held: usize,
    limit: Option<&mut TaskLimit>,
) -> Decision {
    let Some(limit) = limit else { return decision };
    let is_admitted = match decision.step {
        DecisionStep::Pause => limit.admit(&candidate.target, held),
        DecisionStep::PauseAgain => limit.admit_again(held),
        _ => true,
    };
    if is_admitted { decision } else { TOO_MANY }
}

impl ChangeSet<'_> {
    /// The number of pauses in it.
    pub(crate) fn pauses(&self, state: &LedgerState) -> Pauses {
        let mut pauses = Pauses::default();
        for proposal in &self.proposals {
            if let Proposal::Decided(Decided { candidate, decision: Some(decision), .. }) = proposal
            {
                pauses.count(decision.step, state.open(&candidate.target).is_some());
            }
        }
        pauses
    }
}

impl Proposal<'_> {
    /// The reports on it: on the past hold, if that is over, and on the hold from
    /// now on. `state` is that of the decision.
    pub(crate) fn reports(&self, state: &LedgerState, reason: &Reason) -> Vec<Report> {
        match self {
            Self::Failed(candidate, error) => vec![Report::failed(candidate, error)],
            Self::Decided(decided) => decided.reports(state, reason),
        }
    }
}

impl Decided<'_> {
    /// The look at it, if it was found.
    pub(crate) fn look(&self) -> Option<&Look> {
        self.observed.as_ref().and_then(Observation::look)
    }

    /// The decision on the hold of an entry that is over and apart from the next
    /// one, where it was ended or is about to be.
    fn past_hold(
        &self,
        open: &OpenHold,
        state: &LedgerState,
        known: &TenantFacts,
        now: UtcTime,
        policy: Policy,
    ) -> Option<Decision> {
        if !open.hold.is_over(now)
            || open.hold.touches(&self.candidate.hold)
            || self.look().is_none()
        {
            return None;
        }
        let case = Case { hold: &open.hold, ..case(self.candidate, state, Some(open), known) };
        let decision = decide(&case, self.observed.as_ref(), now, policy);
        let is_ending = matches!(open.phase, Phase::Resuming { .. } | Phase::Accepted { .. })
            && decision.action == Action::Accepted;
        (is_ending || decision.ends_hold()).then_some(decision)
    }

    /// The decision on the hold from now on, in the light of the time that passed
    /// since its candidates were collected.
    fn decide(&self, case: &Case<'_>, times: BatchTimes, policy: Policy) -> Decision {
        let observed = self.observed.as_ref();
        let mut decision = decide(case, observed, times.began, policy);
        let tense = |time| case.hold.tense(time, policy.lead);
        if decision.step.is_pause() && tense(times.looked) == Tense::Over {
            // It ended while it was looked at.
            decision = decide(case, observed, times.looked, policy);
            decision.why = decision.why.or(Some(WINDOW_ENDED));
        }
        if decision.step == DecisionStep::Pause && tense(times.collected) == Tense::Pending {
            // It opened meanwhile, and was not counted before.
            decision = Decision::new(DecisionStep::Report, Action::Pending);
        }
        decision
    }

    /// Lets a decision that records a result add to the facts about the tenant,
    /// as the ledger does once it is recorded.
    fn teach(&self, decision: Decision, open: &OpenHold, known: &mut TenantFacts) {
        if let DecisionStep::Settle(result) = decision.step {
            let seen = self.look().map(|look| look.state.clone());
            open.teach(known, &Finding { result, answer: None, seen });
        }
    }

    fn reports(&self, state: &LedgerState, reason: &Reason) -> Vec<Report> {
        let entry = state.open(&self.candidate.target);
        let past = self.past.zip(entry).map(|(past, open)| {
            let report = Report::with_hold(self.candidate, open.hold.clone(), past);
            self.completed(report, Some(open), state)
        });
        let decision = self.decision.map(|decision| {
            let text = decision.step.is_pause().then(|| reason.render(&self.candidate.hold).into());
            let report = Report { reason: text, ..Report::of(self.candidate, decision) };
            self.completed(report, entry.filter(|_| self.past.is_none()), state)
        });
        past.into_iter().chain(decision).collect()
    }

    /// Adds to a report what the entry and the look say.
    fn completed(&self, report: Report, entry: Option<&OpenHold>, state: &LedgerState) -> Report {
        let mut report = Report { paused_since: entry.map(|open| open.since), ..report };
        // A pause of ours that was ended meanwhile shows no account any more.
        report.note_account(entry.and_then(OpenHold::seen));
        if let Some(look) = self.look() {
            other_ledger::tell(&mut report, state.id(), &look.state);
            report.note_account(Some(&look.state));
        }
        report
    }
}
