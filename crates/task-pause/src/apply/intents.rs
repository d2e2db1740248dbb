//! Turns a change set into reports, lines of the ledger and intents.

use std::sync::Arc;

use maintenance_core::change::PauseState;
use maintenance_core::ledger::{
    Finding, Intent, Ledger, LedgerError, LedgerState, NewHold, Settled,
};
use maintenance_core::time::UtcTime;

use super::{missing, released_windows};
use crate::decide::change_set::{ChangeSet, Decided, Proposal};
use crate::reason::Reason;
use crate::types::{Decision, DecisionStep, Look, Report};

/// Turns a change set into reports, and intents with the places of their reports. `state`
/// is the state that the decisions were made by.
pub(super) fn reports_and_intents(
    change_set: &ChangeSet<'_>,
    state: &LedgerState,
    reason: &Reason,
    catch_up: bool,
) -> (Vec<Report>, Vec<(usize, Intent)>) {
    let (mut reports, mut intents) = (Vec::new(), Vec::new());
    for proposal in &change_set.proposals {
        reports.extend(proposal.reports(state, reason));
        if let Proposal::Decided(decided) = proposal
            && let Some(intent) = intent(decided, reason, catch_up)
        {
            intents.push((reports.len() - 1, intent));
        }
    }
    (reports, intents)
}

/// Records the findings of a change set: results, moved holds, windows that are
/// taken up again, missing tasks. Records all of them even after an error; returns
/// the first error.
pub(super) fn record(
    ledger: &mut Ledger,
    change_set: &ChangeSet<'_>,
    reassert: bool,
    now: UtcTime,
) -> Result<(), LedgerError> {
    let mut recorded = Ok(());
    for proposal in &change_set.proposals {
        if let Proposal::Decided(decided) = proposal {
            recorded = recorded.and(record_one(ledger, decided, reassert, now));
        }
    }
    recorded
}

fn record_one(
    ledger: &mut Ledger,
    decided: &Decided<'_>,
    reassert: bool,
    now: UtcTime,
) -> Result<(), LedgerError> {
    if let Some(past) = decided.past {
        settle(ledger, decided, past, now)?;
    }
    let Some(decision) = decided.decision else { return Ok(()) };
    let candidate = decided.candidate;
    if reassert {
        released_windows::take_up(ledger, candidate, now)?;
    }
    missing::record(ledger, candidate, decided.observed.as_ref(), now)?;
    let active = ledger.state().active(&candidate.target);
    // What was given back is the hold that it had, and no window that came since.
    let is_given_back =
        decision.step == DecisionStep::Settle(Settled::Resumed) && !candidate.is_to_give_back();
    let moved = if !is_given_back && active.is_some_and(|active| active.hold != candidate.hold) {
        ledger.move_hold(&candidate.target, &candidate.hold, now)
    } else {
        Ok(())
    };
    moved.and(settle(ledger, decided, decision, now))
}

/// Records the result that a decision found, if it found one.
fn settle(
    ledger: &mut Ledger,
    decided: &Decided<'_>,
    decision: Decision,
    now: UtcTime,
) -> Result<(), LedgerError> {
    let DecisionStep::Settle(result) = decision.step else { return Ok(()) };
    let seen = decided.look().map(|look| look.state.clone());
    ledger.record(&decided.candidate.target, Finding { result, answer: None, seen }, now)
}

/// The intent of a decision, if the decision changes something.
fn intent(decided: &Decided<'_>, reason: &Reason, catch_up: bool) -> Option<Intent> {
    let candidate = decided.candidate;
    let target = candidate.target.clone();
    let text = || reason.render(&candidate.hold);
    match decided.decision?.step {
        DecisionStep::Report | DecisionStep::Settle(_) => None,
        DecisionStep::Pause => {
            let mut labels = Arc::clone(&candidate.labels);
            let (prior, workspace_id) = match decided.look().cloned() {
                Some(Look { state, workspace_id }) => (state, workspace_id),
                None => (PauseState::default(), None),
            };
            // A later "not found" is judged by the workspace.
            if labels.workspace_id.is_none() && workspace_id.is_some() {
                Arc::make_mut(&mut labels).workspace_id = workspace_id.map(Arc::from);
            }
            let (hold, reason) = (candidate.hold.clone(), text());
            Some(Intent::Pause(Box::new(NewHold { target, labels, hold, prior, reason })))
        }
        DecisionStep::PauseAgain => {
            let looked = decided.look().and_then(|look| look.state.shown_at);
            Some(Intent::PauseAgain { target, reason: text(), looked })
        }
        DecisionStep::Resume => Some(Intent::Resume { target, catch_up }),
    }
}
