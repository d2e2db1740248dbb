//! The jobs with one pass: the main job, `sync` and `resume`.

use std::collections::BTreeSet;

use maintenance_core::change::Target;
use maintenance_core::cli::Ending;
use maintenance_core::clock;
use maintenance_core::hold::Hold;
use maintenance_core::ledger::Ledger;
use maintenance_core::short_name::clip;

use super::ending::{self, Unfinished};
use super::pass::{PassInput, PassLimit, never, run_pass};
use super::prepare::{Prepared, prepare};
use super::wait::{NextPass, until_next_pass};
use super::{clock_trust, open_ledger};
use crate::apply::released_windows;
use crate::deadline::Deadline;
use crate::gather::CallInputs;
use crate::output::Receipts;
use crate::session::Session;
use crate::settings::Job;
use crate::talend::PauseLists;
use crate::types::{Action, FollowUp, HELD_BY_ANOTHER, LedgerAt, PassOutcome, Report};

/// The most tasks and plans that are named one by one.
const MOST_NAMED: usize = 3;

/// Makes one pass, and with `sync --every` those for what opens before the `next` one.
/// `before_list` is the outcome of giving back before the list.
pub(super) async fn run(
    session: &Session<'_>,
    call: &mut CallInputs,
    receipts: &mut Receipts,
    before_list: FollowUp,
    next: Option<NextPass>,
) -> anyhow::Result<Ending> {
    let mut ledger = match open_ledger::open(session).await {
        Ok(ledger) => ledger,
        Err(error) => return ending::without_ledger(session, error),
    };
    clock_trust::accept(session, &mut ledger)?;
    let moment = session.settings.moment(clock::now());
    let prepared = prepare(session, call, LedgerAt { state: ledger.state(), moment }).await?;
    let Prepared { is_clock_trusted, are_plans_known, .. } = prepared;
    let mut outcome = pass(session, call, ledger, prepared, next).await?;
    report(session, call, receipts, &outcome);
    let mut unfinished = Unfinished::new(call.input.unsupported.len());
    if let Some(next) = next.filter(|_| is_sound(&outcome) && !session.stop.is_asked()) {
        unfinished.add(pause_what_opens(session, call, receipts, &mut outcome, next).await?);
    }
    unfinished.add_if(!are_plans_known, ending::NO_PLANS);
    let follow_up = outcome.follow_up.as_ref().ok();
    let is_caught_up = follow_up.is_none_or(|done| done.is_whole && !done.is_left);
    // Starts that were left before the list were tried again in this pass.
    unfinished.add_if(!(before_list.is_whole && is_caught_up), ending::NOT_CAUGHT_UP);
    unfinished.add_if(outcome.drained.as_ref().is_ok_and(|drained| !drained), ending::NOT_DRAINED);
    unfinished.add_if(!is_clock_trusted, ending::NO_CLOCK);
    unfinished.add_if(call.environments.has_unresolved, ending::NO_ENVIRONMENT);
    unfinished.of_pass(session, outcome)
}

/// Makes the pass over the candidates. For `resume`, first records in the ledger which
/// windows are given back.
async fn pass(
    session: &Session<'_>,
    call: &mut CallInputs,
    mut ledger: Ledger,
    prepared: Prepared,
    next: Option<NextPass>,
) -> anyhow::Result<PassOutcome> {
    let settings = session.settings;
    let Prepared { candidates, withheld, moment, plans, is_clock_trusted, doubt, .. } = prepared;
    if let Job::Resume(which) = &settings.job
        && is_clock_trusted
    {
        released_windows::record(&mut ledger, which, &candidates, moment.now)?;
    }
    // Present and future holds may keep this call from giving a task back.
    let is_left = |hold: &Hold| !hold.is_over(moment.now);
    let is_sync = settings.job.is_sync();
    call.input.wanted.retain(|wanted| is_sync && wanted.holds.iter().any(is_left));
    let free_at = next.map_or(Deadline::NEVER, |next| next.first_edge(&candidates, moment));
    let input = PassInput {
        candidates,
        withheld,
        moment,
        plans,
        limit: settings.pausing.max_tasks.map_or(PassLimit::None, PassLimit::Count),
        next_due: &never,
        lists: &mut PauseLists::default(),
        ahead: None,
        tries_again: false,
        gives_back_until: is_sync.then_some(free_at),
    };
    let outcome = run_pass(session, call, ledger, input).await?;
    Ok(PassOutcome { doubt, ..outcome })
}

/// Makes the passes for what opens before the `next` one, and returns what they leave
/// undone.
async fn pause_what_opens(
    session: &Session<'_>,
    call: &mut CallInputs,
    receipts: &mut Receipts,
    outcome: &mut PassOutcome,
    next: NextPass,
) -> anyhow::Result<Unfinished> {
    receipts.write_journal(session.messages);
    let plans = std::mem::take(&mut outcome.plans);
    let unfinished = Box::pin(until_next_pass(session, call, receipts, plans, next)).await?;
    // Those that opened were decided on again.
    let opened: BTreeSet<&Target> = call.input.wanted.iter().map(|one| &one.target).collect();
    outcome
        .reports
        .retain(|report| report.action != Action::Pending || !opened.contains(&report.target));
    Ok(unfinished)
}

/// Writes the receipts, and reports on stderr what they do not show.
fn report(
    session: &Session<'_>,
    call: &CallInputs,
    receipts: &mut Receipts,
    outcome: &PassOutcome,
) {
    session.display.clear();
    let now = clock::now();
    for report in outcome.superseded.iter().chain(&outcome.reports) {
        receipts.report(report, now);
    }
    receipts.unsupported(&call.input.unsupported, now);
    ending::warn_of_late_pauses(session, &outcome.reports);
    note_held_by_others(session, &outcome.reports);
    if !session.settings.job.is_sync() {
        // A crontab's pass would say so every five minutes.
        ending::warn_of_given_back(session, &outcome.reports);
    }
}

/// Whether a pass did all that it was to do, but for single tasks and plans.
fn is_sound(outcome: &PassOutcome) -> bool {
    let is_refused = outcome.doubt.is_some() || outcome.refusal.is_some();
    outcome.cut_short.is_none()
        && !is_refused
        && outcome.follow_up.is_ok()
        && outcome.drained.is_ok()
}

/// Reports which tasks and plans stay paused after `resume --window`, since another window
/// holds them as well.
pub(super) fn note_held_by_others(session: &Session<'_>, reports: &[Report]) {
    let Session { zone, messages, .. } = session;
    let is_held = |report: &&Report| report.why == Some(HELD_BY_ANOTHER);
    let held: Vec<&Report> = reports.iter().filter(is_held).collect();
    if held.len() > MOST_NAMED {
        let names: BTreeSet<&str> = held.iter().flat_map(|report| report.hold.names()).collect();
        let first: Vec<String> =
            names.iter().take(MOST_NAMED).map(|name| format!("{:?}", clip(name))).collect();
        let more = if names.len() > MOST_NAMED { " and others" } else { "" };
        messages.note(&format!(
            "{} tasks and plans stay paused: other windows hold them, too ({}{more})",
            held.len(),
            first.join(", ")
        ));
        return;
    }
    for report in held {
        let names: Vec<String> =
            report.hold.names().iter().map(|name| format!("{:?}", clip(name))).collect();
        let until = match report.hold.end() {
            Some(end) => format!("until {} {}", zone.to_minute(end), zone.name()),
            None => "without an end".to_owned(),
        };
        let (target, names) = (&report.target, names.join(", "));
        messages.note(&format!("{target} stays paused: {names} holds it, too, {until}"));
    }
}
