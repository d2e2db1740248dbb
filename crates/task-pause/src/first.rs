//! `sync --timetable`: what is over is given back before the list is read.
//!
//! The list may take minutes, or never end. With a timetable it has no say in
//! when holds end, so the call does not wait for it: whatever is over by the
//! ledger and by the timetable is given back first. Only environments that
//! `--environment` names are concerned, since no list has named others yet.
//!
//! All else is left to the pass that follows the list: a hold that only the
//! timetable ended, and a task that another window of the timetable holds now.

use std::cell::RefCell;
use std::time::Duration;

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::clock;
use maintenance_core::hold::{Hold, HoldWindow, Tense};
use maintenance_core::ledger::{LedgerError, LedgerState, OpenHold};
use maintenance_core::run::Labels;
use maintenance_core::time::UtcTime;

use crate::act::Pass;
use crate::agenda::{Authority, Item, Moment};
use crate::authority::Span;
use crate::names::Renamed;
use crate::output::Output;
use crate::plans::Plans;
use crate::work::{Followed, Work};

/// The result where there is nothing to follow.
pub(crate) const NOTHING: Followed = Followed { whole: true, left: false };

impl Work<'_> {
    /// Gives back what is over by the ledger and by the timetable, and writes
    /// the receipts. What could not be is left to the pass after the list.
    ///
    /// # Errors
    ///
    /// The ledger is of no use, so that the call has to end.
    pub(crate) async fn give_back_first(&mut self) -> anyhow::Result<Followed> {
        let Some(timetable) = &self.timetable else { return Ok(NOTHING) };
        let is_of_use = self.settings.allow_empty || timetable.has_windows(None);
        let state = self.read_ledger()?;
        let now = clock::now();
        let has_ended = state.all_open().any(|open| is_over(open, now));
        if self.settings.environment.is_empty() || !is_of_use || !has_ended {
            return Ok(NOTHING);
        }
        match self.resolve(&self.settings.environment, &state).await {
            Ok((environments, names)) => {
                self.environments = environments;
                self.names = RefCell::new(names);
            }
            Err(error) => {
                self.messages.warn(&format!("{error:#}: asked again after the list was read"));
                return Ok(NOTHING);
            }
        }
        if self.stop.is_asked() {
            return Ok(NOTHING);
        }
        let mut ledger = match self.open_ledger().await {
            Ok(ledger) => ledger,
            // The signal that ended the waiting for it ends the reading as well.
            Err(_) if self.stop.is_asked() => return Ok(NOTHING),
            Err(error) => return Err(error.into()),
        };
        self.accept_clock(&mut ledger)?;
        let moment = self.moment(clock::now());
        if self.clock_problem(ledger.state()).is_some() {
            // The pass after the list tells.
            return Ok(NOTHING);
        }
        let mut plans = Plans::default();
        let mut items = self.over(&plans, ledger.state(), moment)?;
        if items.iter().any(|item| item.target.kind == TargetKind::Plan) {
            // Its tasks bear on when it is over.
            plans = self.plans(&items, ledger.state(), moment, None).await;
            items = self.over(&plans, ledger.state(), moment)?;
        }
        if items.is_empty() {
            return Ok(NOTHING);
        }
        let guard = self.guard(moment.now);
        let pass = self.actor(&guard).pass(&mut ledger, items, moment.now).await;
        let Pass { mut reports, cut_short } = pass;
        let followed = self.follow_up(&mut ledger, &mut reports, &guard, None).await;
        drop(ledger);
        self.display.clear();
        let mut output = Output::kept_in(self.messages, &self.journal.receipts);
        let now = clock::now();
        for report in &reports {
            output.report(report, now);
        }
        self.write_journal();
        match cut_short {
            Some(error) if error.is::<LedgerError>() => return Err(error),
            Some(error) => self.messages.warn(&format!("{error:#}: trying again after the list")),
            None => {}
        }
        output.finish()?;
        followed
    }

    /// The items that are over by the ledger, and of which the timetable says so,
    /// too.
    fn over(
        &self,
        plans: &Plans,
        state: &LedgerState,
        moment: Moment,
    ) -> anyhow::Result<Vec<Item>> {
        let (Some(timetable), Some(now)) = (&self.timetable, this(moment)) else {
            return Ok(Vec::new());
        };
        let mut items = self.items(&[], plans, state, moment)?;
        items.retain(|item| {
            item.due && state.open(&item.target).is_some_and(|open| is_over(open, moment.now))
        });
        let holds = items.iter().map(|item| &item.hold).chain([&now]);
        let span = Span::new(timetable, self.widening(), holds, moment.now, self.messages)?;
        let names = self.names.borrow();
        let renamed = Renamed::new(&span, &names);
        // Where the timetable cannot tell, the list may.
        let is_free = |target: &Target, labels: &Labels| {
            let windows = renamed.windows(target, labels, &now);
            let is_open =
                |window: &HoldWindow| window.tense(moment.now, moment.lead) == Tense::Open;
            windows.is_some_and(|windows| !windows.iter().any(is_open))
        };
        items.retain(|item| {
            // A plan may be held for the sake of its tasks, also of those that
            // only the list names.
            let is_plan = item.target.kind == TargetKind::Plan;
            let tasks = if is_plan { plans.tasks_of(&item.target) } else { Some(&[][..]) };
            let unknown = Labels::default();
            let is_task_free = |task: &Target| {
                is_free(task, state.open(task).map_or(&unknown, |open| &open.labels))
            };
            is_free(&item.target, &item.labels)
                && tasks.is_some_and(|tasks| tasks.iter().all(is_task_free))
        });
        Ok(items)
    }
}

fn is_over(open: &OpenHold, now: UtcTime) -> bool {
    open.hold.tense(now, Duration::ZERO) == Tense::Over
}

/// The moment as a hold, to ask a timetable for what is open now.
fn this(moment: Moment) -> Option<Hold> {
    let end = moment.now.saturating_add(moment.lead.max(Duration::from_millis(1)));
    let window = HoldWindow { name: "now".into(), start: moment.now, end: Some(end) };
    Hold::new(vec![window], Vec::new())
}
