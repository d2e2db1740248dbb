//! `wait`: passes, until every window was handled. In the same way the windows are met
//! that open before the next pass of `sync` (`next_pass.rs`).

mod backoff;
mod draining;
mod look_ahead;
mod next_pass;
mod retries;
mod schedule;
mod waiting;

use maintenance_core::cli::{Ending, Refusal};
use maintenance_core::clock;
use maintenance_core::ledger::Ledger;

use super::ending;
use super::ending::Unfinished;
use crate::gather::{CallInputs, by_timetable};
use crate::output::Receipts;
use crate::session::Session;
use crate::types::{LedgerAt, Plans};

use schedule::WaitSchedule;
use waiting::Waiting;

pub(super) use next_pass::NextPass;

/// Makes passes until every window was handled.
pub(super) async fn run(
    session: &Session<'_>,
    call: &CallInputs,
    receipts: &mut Receipts,
) -> anyhow::Result<Ending> {
    let settings = session.settings;
    receipts.unsupported(&call.input.unsupported, clock::now());
    let began = settings.moment(clock::now());
    let schedule = WaitSchedule::new(&call.input.wanted, settings.job.gives_back());
    let mut waiting = Waiting::new(session, call, receipts, schedule);
    waiting.until_over().await?;
    if let Some(exit) = session.stop.exit() {
        return Ok(ending::stopped(exit));
    }
    let mut unfinished = Unfinished::new(call.input.unsupported.len());
    waiting.add_unfinished(began, &mut unfinished);
    unfinished.add_endless(waiting.schedule.endless(&waiting.read_ledger()?));
    Ok(unfinished.ending())
}

/// Pauses what opens before the next pass, and returns what is left undone of that.
/// `plans` are those that the pass before listed. Afterwards the input has only what opens.
pub(super) async fn until_next_pass(
    session: &Session<'_>,
    call: &mut CallInputs,
    receipts: &mut Receipts,
    plans: Plans,
    next: NextPass,
) -> anyhow::Result<Unfinished> {
    let settings = session.settings;
    let state = Ledger::read(session.ledger)?;
    let began = settings.moment(clock::now());
    let at = LedgerAt { state: &state, moment: began };
    let wanted = call.wanted(settings, &plans, at);
    let judged = by_timetable(session, call, &wanted, &plans, at)?;
    call.input.wanted = next.opening(judged.candidates, &state, began);
    let mut unfinished = Unfinished::default();
    if call.input.wanted.is_empty() {
        return Ok(unfinished);
    }
    let schedule = WaitSchedule::after_first_pass(&call.input.wanted);
    let mut waiting = Waiting::new(session, call, receipts, schedule);
    state.id().clone_into(&mut waiting.ledger);
    waiting.plans = plans;
    waiting.next_pass = Some(next);
    match waiting.count_ahead(&state, began).await {
        Ok(()) => waiting.until_over().await?,
        // The next pass counts what is held then.
        Err(error) if error.is::<Refusal>() => {
            let text = "what opens before the next pass is left to the next pass";
            session.messages.warn(&format!("{error:#}: {text}"));
        }
        Err(error) => return Err(error),
    }
    waiting.add_unfinished(began, &mut unfinished);
    Ok(unfinished)
}
