//! `sync --timetable`: holds that are over are given back before the list is read.
//!
//! The list may take minutes, or never end. With a timetable it does not decide
//! when holds end, so the call does not wait for it: a hold that is over by the
//! ledger and by the timetable is given back first. Only environments that
//! `--environment` names are concerned, since no list has named others yet.
//!
//! All else is left to the pass that follows the list: a hold that only the
//! timetable ended, and a task that another window of the timetable holds now.

use std::time::Duration;

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::clock;
use maintenance_core::hold::{Hold, HoldWindow, Tense};
use maintenance_core::ledger::{Ledger, LedgerError};
use maintenance_core::run::Labels;
use maintenance_core::timetable::Timetable;

use super::named_environments::resolve_environments;
use super::pass::{PassInput, PassLimit, never, run_pass};
use super::{clock_trust, open_ledger};
use crate::deadline::Deadline;
use crate::decide::present_names::ByPresentNames;
use crate::decide::timetable_windows::{TimetableWindows, WindowsAround};
use crate::gather::{CallInputs, by_timetable, list_plans};
use crate::output::Receipts;
use crate::session::Session;
use crate::talend::PauseLists;
use crate::talend::environments::OnUnknown;
use crate::types::{Candidate, FollowUp, LedgerAt, Moment, PassOutcome, Plans};

/// Gives back the holds that are over by the ledger and by the timetable, and
/// writes the receipts. Holds that could not be given back are left to the pass
/// after the list.
///
/// # Errors
///
/// The ledger cannot be used, so the call has to end.
pub(super) async fn run(
    session: &Session<'_>,
    call: &mut CallInputs,
    receipts: &mut Receipts,
) -> anyhow::Result<FollowUp> {
    let Some(timetable) = &session.timetable else { return Ok(FollowUp::NOTHING) };
    let Some((ledger, moment)) = ledger_with_ends(session, call, timetable).await? else {
        return Ok(FollowUp::NOTHING);
    };
    let (candidates, plans) = over(session, call, timetable, &ledger, moment).await?;
    if candidates.is_empty() {
        return Ok(FollowUp::NOTHING);
    }
    let input = PassInput {
        candidates,
        withheld: Vec::new(),
        moment,
        plans,
        limit: PassLimit::None,
        next_due: &never,
        lists: &mut PauseLists::default(),
        ahead: None,
        tries_again: false,
        gives_back_until: None,
    };
    let PassOutcome { reports, cut_short, follow_up, .. } =
        run_pass(session, call, ledger, input).await?;
    session.display.clear();
    let now = clock::now();
    for report in &reports {
        receipts.report(report, now);
    }
    receipts.write_journal(session.messages);
    match cut_short {
        Some(error) if error.is::<LedgerError>() => return Err(error),
        Some(error) => session.messages.warn(&format!("{error:#}: trying again after the list")),
        None => {}
    }
    follow_up
}

/// The ledger, locked, if a hold in it has ended that this call may act on already.
async fn ledger_with_ends(
    session: &Session<'_>,
    call: &mut CallInputs,
    timetable: &Timetable,
) -> anyhow::Result<Option<(Ledger, Moment)>> {
    let Session { settings, stop, messages, .. } = session;
    let is_of_use = settings.timetable.allow_empty || timetable.has_windows(None);
    let state = open_ledger::read(session)?;
    let now = clock::now();
    let has_ended = state.all_active().any(|active| active.hold.is_over(now));
    if settings.environment.is_empty() || !is_of_use || !has_ended {
        return Ok(None);
    }
    if let Err(error) = resolve_environments(session, call, &state, OnUnknown::Leave).await {
        messages.warn(&format!("{error:#}: asked again after the list was read"));
        return Ok(None);
    }
    if stop.is_asked() {
        return Ok(None);
    }
    let mut ledger = match open_ledger::open(session).await {
        Ok(ledger) => ledger,
        // The signal that ended the wait for the lock also ends the reading.
        Err(_) if stop.is_asked() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    clock_trust::accept(session, &mut ledger)?;
    let moment = settings.moment(clock::now());
    if clock_trust::problem(session, ledger.state()).is_some() {
        // The pass after the list warns of the clock.
        return Ok(None);
    }
    Ok(Some((ledger, moment)))
}

/// The candidates that are over by the ledger and by the timetable, and the plans of
/// their environments.
async fn over(
    session: &Session<'_>,
    call: &CallInputs,
    timetable: &Timetable,
    ledger: &Ledger,
    moment: Moment,
) -> anyhow::Result<(Vec<Candidate>, Plans)> {
    let ledger = LedgerAt { state: ledger.state(), moment };
    let plans = Plans::default();
    let candidates = over_with(session, call, timetable, &plans, ledger)?;
    let is_plan = |candidate: &Candidate| candidate.target.kind == TargetKind::Plan;
    if !candidates.iter().any(is_plan) {
        return Ok((candidates, plans));
    }
    // A plan is over when its tasks are.
    let plans = list_plans(session, call, &candidates, ledger, Deadline::NEVER).await;
    Ok((over_with(session, call, timetable, &plans, ledger)?, plans))
}

/// The candidates that are over, by the known plans.
fn over_with(
    session: &Session<'_>,
    call: &CallInputs,
    timetable: &Timetable,
    plans: &Plans,
    ledger: LedgerAt<'_>,
) -> anyhow::Result<Vec<Candidate>> {
    let LedgerAt { state, moment } = ledger;
    let Some(now) = as_hold(moment) else { return Ok(Vec::new()) };
    let mut candidates = by_timetable(session, call, &[], plans, ledger)?.candidates;
    candidates.retain(|candidate| {
        let active = state.active(&candidate.target);
        candidate.is_to_give_back() && active.is_some_and(|active| active.hold.is_over(moment.now))
    });
    let holds = candidates.iter().map(|candidate| &candidate.hold).chain([&now]);
    let around = WindowsAround::new(timetable, session.settings.widening(), holds, moment.now)?;
    let by_present_names = ByPresentNames { timetable: &around, names: &call.names };
    // If the timetable cannot decide, the pass after the list does.
    let is_free = |target: &Target, labels: &Labels| {
        let is_open = |window: &HoldWindow| moment.tense_of(window) == Tense::Open;
        let ruled = by_present_names.windows(target, labels, &now);
        ruled.is_ok_and(|ruled| !ruled.windows.iter().any(is_open))
    };
    candidates.retain(|candidate| {
        // A plan may be held as long as its tasks, also tasks that only the list names.
        let is_plan = candidate.target.kind == TargetKind::Plan;
        let tasks = if is_plan { plans.tasks_of(&candidate.target) } else { Some(&[][..]) };
        let unknown = Labels::default();
        let is_task_free = |task: &Target| {
            is_free(task, state.active(task).map_or(&unknown, |active| &active.labels))
        };
        is_free(&candidate.target, &candidate.labels)
            && tasks.is_some_and(|tasks| tasks.iter().all(is_task_free))
    });
    Ok(candidates)
}

/// The moment as a hold, to ask a timetable for the windows that are open now.
fn as_hold(moment: Moment) -> Option<Hold> {
    let end = moment.now.saturating_add(moment.policy.lead.max(Duration::from_millis(1)));
    let window = HoldWindow { name: "now".into(), start: moment.now, end: Some(end) };
    Hold::new(vec![window], Vec::new())
}
