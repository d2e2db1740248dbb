//! The change set of one batch: a proposal for each candidate that was looked
//! at. A dry run prints it, and a real run applies it. Pure.

use maintenance_core::client::ClientError;
use maintenance_core::hold::HoldWindow;
use maintenance_core::hold::Tense;
use maintenance_core::ledger::{ActiveHold, Finding, LedgerState, Phase, TenantFacts};
use maintenance_core::time::UtcTime;

use super::decision::{Case, WITHOUT_PROOF, decide, needs_look};
use super::other_ledger;
use super::task_limit::{ChangeCounts, TOO_MANY, TaskLimit};
use crate::reason::Reason;
use crate::types::{
    Action, Candidate, Decision, DecisionStep, Look, Observation, Policy, Report, WINDOW_ENDED,
};

/// The result of the look at one candidate; `None` if no look was needed.
pub(crate) type Looked = Result<Option<Observation>, ClientError>;

/// The proposals for one batch, in the order of its candidates.
#[derive(Debug, Default)]
pub(crate) struct ChangeSet<'c> {
    pub(crate) proposals: Vec<Proposal<'c>>,
    /// The facts about the tenant that the decisions were made by.
    known: TenantFacts,
}

/// The proposal for one candidate.
#[derive(Debug)]
pub(crate) enum Proposal<'c> {
    /// The look at the candidate failed.
    Failed(&'c Candidate, ClientError),
    /// The candidate was decided on.
    Decided(Decided<'c>),
}

/// A candidate that was decided on.
#[derive(Debug)]
pub(crate) struct Decided<'c> {
    pub(crate) candidate: &'c Candidate,
    pub(crate) observed: Option<Observation>,
    /// The decision on the previous hold, if that hold is over and has ended or is
    /// ending. The candidate's hold is then a new hold.
    pub(crate) past: Option<Decision>,
    /// The decision on the new hold. `None` until the previous hold has ended.
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
    limit: Option<&mut TaskLimit>,
) -> ChangeSet<'c> {
    let (known, held) = (state.known().clone(), state.active_count());
    let mut proposing = Proposing { state, times, policy, limit, known, held };
    let mut proposals = Vec::new();
    for (candidate, looked) in looks {
        proposals.push(match looked {
            Ok(observed) => {
                let mut decided = Decided { candidate, observed, past: None, decision: None };
                proposing.decide(&mut decided);
                Proposal::Decided(decided)
            }
            Err(error) => Proposal::Failed(candidate, error),
        });
    }
    proposing.decide_unproven_again(&mut proposals);
    ChangeSet { proposals, known: proposing.known }
}

/// A change set that is being made.
struct Proposing<'p> {
    state: &'p LedgerState,
    times: BatchTimes,
    policy: Policy,
    limit: Option<&'p mut TaskLimit>,
    /// The facts about the tenant, with those of this batch: a finding may show who made
    /// another pause.
    known: TenantFacts,
    /// The number of holds that will be active.
    held: usize,
}

impl Proposing<'_> {
    /// Decides on one candidate that was looked at.
    fn decide(&mut self, decided: &mut Decided<'_>) {
        let Self { state, times, policy, .. } = *self;
        let candidate = decided.candidate;
        let active = state.active(&candidate.target);
        if let Some(active) = active {
            decided.past = decided.past_hold(active, state, &self.known, times.began, policy);
        }
        if let (Some(past), Some(active)) = (decided.past, active) {
            decided.teach(past, active, &mut self.known);
            self.held -= usize::from(past.ends_hold());
        }
        if decided.past.is_none_or(|past| past.ends_hold()) {
            let active = active.filter(|_| decided.past.is_none());
            let case = case(candidate, state, active, &self.known);
            let decision = decided.decide(&case, times, policy);
            let decision = admitted(decision, candidate, self.held, self.limit.as_deref_mut());
            if let Some(active) = active {
                decided.teach(decision, active, &mut self.known);
            }
            self.held += usize::from(decision.step == DecisionStep::Pause);
            self.held -= usize::from(decision.ends_hold());
            decided.decision = Some(decision);
        }
    }

    /// Decides again where nothing proved whose pause it is, as long as another decision
    /// of this batch shows something new: the order of the candidates has no influence.
    fn decide_unproven_again(&mut self, proposals: &mut [Proposal<'_>]) {
        let mut before = self.state.known().clone();
        while before != self.known {
            before.clone_from(&self.known);
            for proposal in &mut *proposals {
                if let Proposal::Decided(decided) = proposal
                    && decided.is_unproven()
                {
                    self.decide(decided);
                }
            }
        }
    }
}

/// Whether the API must be asked before a candidate can be decided on.
pub(crate) fn needs_look_at(
    candidate: &Candidate,
    state: &LedgerState,
    now: UtcTime,
    policy: Policy,
) -> bool {
    let active = state.active(&candidate.target);
    needs_look(&case(candidate, state, active, state.known()), now, policy)
}

/// The case of a candidate with its active hold, if there is one.
fn case<'a>(
    candidate: &'a Candidate,
    state: &'a LedgerState,
    active: Option<&'a ActiveHold>,
    known: &'a TenantFacts,
) -> Case<'a> {
    Case { ledger: state.id(), hold: &candidate.hold, wish: candidate.wish, active, known }
}

/// Whether an observation that is not of this moment is enough to decide by: it leads to
/// a pause, or shows our pause in its place. A task that somebody paused or resumed is
/// looked at again, and so is one that is to be given back.
pub(crate) fn is_enough(
    candidate: &Candidate,
    observed: &Observation,
    state: &LedgerState,
    now: UtcTime,
    policy: Policy,
) -> bool {
    let active = state.active(&candidate.target);
    if active.is_some_and(|active| active.hold.is_over(now)) {
        return false;
    }
    let case = case(candidate, state, active, state.known());
    let Decision { step, action, .. } = decide(&case, Some(observed), now, policy);
    match active {
        None => step == DecisionStep::Pause,
        Some(_) => step == DecisionStep::Report && action == Action::Held,
    }
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

/// The candidates for whose pause nothing proved an owner, and the facts by which that
/// was decided.
#[derive(Debug)]
pub(crate) struct Unproven {
    candidates: Vec<Candidate>,
    known: TenantFacts,
}

impl Unproven {
    /// The candidates, if more is known now than when they were decided on.
    pub(crate) fn if_more_is_known(self, state: &LedgerState) -> Vec<Candidate> {
        if self.known == *state.known() { Vec::new() } else { self.candidates }
    }
}

impl ChangeSet<'_> {
    /// The candidates for whose pause nothing proves an owner, if there are any.
    pub(crate) fn unproven(&self) -> Option<Unproven> {
        let unproven = self.proposals.iter().filter_map(|proposal| match proposal {
            Proposal::Decided(decided) if decided.is_unproven() => Some(decided.candidate.clone()),
            _ => None,
        });
        let candidates: Vec<Candidate> = unproven.collect();
        (!candidates.is_empty()).then(|| Unproven { candidates, known: self.known.clone() })
    }

    /// The number of pauses in it.
    pub(crate) fn pauses(&self, state: &LedgerState) -> ChangeCounts {
        let mut pauses = ChangeCounts::default();
        for proposal in &self.proposals {
            if let Proposal::Decided(Decided { candidate, decision: Some(decision), .. }) = proposal
            {
                pauses.count(decision.step, state.active(&candidate.target).is_some());
            }
        }
        pauses
    }
}

impl Proposal<'_> {
    /// The reports on the previous hold and on the new one. `state` is the state that
    /// the decisions were made by.
    pub(crate) fn reports(&self, state: &LedgerState, reason: &Reason) -> Vec<Report> {
        match self {
            Self::Failed(candidate, error) => vec![Report::failed(candidate, error)],
            Self::Decided(decided) => decided.reports(state, reason),
        }
    }
}

impl Decided<'_> {
    /// The look, if the task or plan was found.
    pub(crate) fn look(&self) -> Option<&Look> {
        match &self.observed {
            Some(Observation::Found(look)) => Some(look),
            Some(Observation::Missing) | None => None,
        }
    }

    /// Whether nothing that is known so far proves whose pause the look shows.
    fn is_unproven(&self) -> bool {
        self.decision
            .is_some_and(|decision| decision.why.is_some_and(|why| WITHOUT_PROOF.contains(&why)))
    }

    /// The decision on an active hold that has ended or is ending, and that the new hold does
    /// not continue. A hold that is over and touches the new hold is continued by it. A hold
    /// that was being given back is not: the new windows would count as given back, too.
    fn past_hold(
        &self,
        active: &ActiveHold,
        state: &LedgerState,
        known: &TenantFacts,
        now: UtcTime,
        policy: Policy,
    ) -> Option<Decision> {
        let candidate = self.candidate;
        let is_resuming = matches!(active.phase, Phase::Resuming { .. });
        let is_past = active.hold.is_over(now) && !active.hold.touches(&candidate.hold);
        let is_over = |window: &HoldWindow| window.end.is_some_and(|end| end <= now);
        let mut windows = candidate.hold.windows().iter();
        let was_given_back = is_resuming
            && !candidate.is_to_give_back()
            && windows.all(|window| !active.hold.has(window) || is_over(window));
        if !(is_past || was_given_back) || self.look().is_none() {
            return None;
        }
        let case = Case { hold: &active.hold, ..case(self.candidate, state, Some(active), known) };
        let decision = decide(&case, self.observed.as_ref(), now, policy);
        let is_ending = (is_resuming || matches!(active.phase, Phase::Accepted { .. }))
            && decision.action == Action::Accepted;
        (is_ending || decision.ends_hold()).then_some(decision)
    }

    /// The decision on the new hold. Considers the time that passed since the
    /// candidates were collected.
    fn decide(&self, case: &Case<'_>, times: BatchTimes, policy: Policy) -> Decision {
        let observed = self.observed.as_ref();
        let mut decision = decide(case, observed, times.began, policy);
        let tense = |time| case.hold.tense(time, policy.lead);
        if decision.step.is_pause() && tense(times.looked) == Tense::Over {
            // The hold ended during the looks.
            decision = decide(case, observed, times.looked, policy);
            decision.why = decision.why.or(Some(WINDOW_ENDED));
        }
        if decision.step == DecisionStep::Pause && tense(times.collected) == Tense::Pending {
            // The hold began after the candidates were counted.
            decision = Decision::new(DecisionStep::Report, Action::Pending);
        }
        decision
    }

    /// Adds the facts about the tenant that a recorded result shows, as the ledger
    /// does when the result is recorded.
    fn teach(&self, decision: Decision, active: &ActiveHold, known: &mut TenantFacts) {
        if let DecisionStep::Settle(result) = decision.step {
            let seen = self.look().map(|look| look.state.clone());
            active.teach(known, &Finding { result, answer: None, seen });
        }
    }

    fn reports(&self, state: &LedgerState, reason: &Reason) -> Vec<Report> {
        let active = state.active(&self.candidate.target);
        let past = self.past.zip(active).map(|(past, active)| {
            let report = Report::with_hold(self.candidate, active.hold.clone(), past);
            self.completed(report, Some(active), state)
        });
        let decision = self.decision.map(|decision| {
            let text = decision.step.is_pause().then(|| reason.render(&self.candidate.hold).into());
            let report = Report { reason: text, ..Report::of(self.candidate, decision) };
            self.completed(report, active.filter(|_| self.past.is_none()), state)
        });
        past.into_iter().chain(decision).collect()
    }

    /// Adds the facts of the active hold and of the look to a report.
    fn completed(
        &self,
        report: Report,
        active: Option<&ActiveHold>,
        state: &LedgerState,
    ) -> Report {
        let mut report = Report { paused_since: active.map(|active| active.since), ..report };
        // If somebody ended our pause, the look shows no account.
        report.add_account(active.and_then(ActiveHold::seen));
        if let Some(look) = self.look() {
            other_ledger::add_owner_details(&mut report, state.id(), &look.state);
            report.add_account(Some(&look.state));
        }
        report
    }
}

#[cfg(test)]
mod tests;
