//! Holds that end while a call of `sync` is under way: it pauses many tasks,
//! reads them back, or waits for runs in flight, and meanwhile a window ends.
//! What it held is given back by the same call, not by the next.

use std::collections::BTreeSet;

use maintenance_core::change::Target;
use maintenance_core::clock;
use maintenance_core::ledger::{Ledger, LedgerError, LedgerState, OpenHold};
use maintenance_core::time::UtcTime;
use tokio::time::Instant;

use crate::act::Pass;
use crate::agenda::Item;
use crate::changes::graver;
use crate::guard::Guard;
use crate::plans::Plans;
use crate::report::Report;
use crate::work::{Followed, Work};

/// What the passes of one call came to.
#[derive(Debug)]
pub(crate) struct Passes {
    /// The last report of each task and plan.
    pub(crate) reports: Vec<Report>,
    /// Earlier reports of those that were given back by a later pass.
    pub(crate) past: Vec<Report>,
    pub(crate) cut_short: Option<anyhow::Error>,
    pub(crate) followed: anyhow::Result<Followed>,
    /// What was tried to be given back already.
    tried: BTreeSet<Target>,
}

fn is_over(open: &OpenHold, now: UtcTime) -> bool {
    open.hold.end().is_some_and(|end| end <= now)
}

/// What of these items is to be given back.
pub(crate) fn due(items: &[Item]) -> BTreeSet<Target> {
    items.iter().filter(|item| item.due).map(|item| item.target.clone()).collect()
}

impl Passes {
    /// Begins with what became of a first pass, which tried to give these back.
    pub(crate) fn new(pass: Pass, tried: BTreeSet<Target>) -> Self {
        let Pass { reports, cut_short } = pass;
        let followed = Ok(Followed { whole: true, left: false });
        Self { reports, past: Vec::new(), cut_short, followed, tried }
    }

    /// Takes in what came of what follows a pass.
    pub(crate) fn follow(&mut self, followed: anyhow::Result<Followed>) {
        match (&mut self.followed, followed) {
            (Ok(known), Ok(new)) => {
                known.whole &= new.whole;
                known.left |= new.left;
            }
            (Ok(_), Err(error)) => self.followed = Err(error),
            (Err(_), _) => {}
        }
    }

    /// Whether there is nothing that another pass could do.
    fn are_stuck(&self) -> bool {
        self.followed.is_err()
            || self.cut_short.as_ref().is_some_and(anyhow::Error::is::<LedgerError>)
    }

    /// Whether an entry has ended and was not tried yet.
    fn is_new(&self, open: &OpenHold, now: UtcTime) -> bool {
        is_over(open, now) && !self.tried.contains(&open.target)
    }
}

impl Work<'_> {
    /// Gives back what has ended since an earlier pass of this call.
    pub(crate) async fn give_back_ended(
        &self,
        ledger: &mut Ledger,
        plans: &Plans,
        guard: &Guard<'_>,
        passes: &mut Passes,
    ) -> anyhow::Result<()> {
        let moment = self.moment(clock::now());
        let has_ended = self.open(ledger.state()).any(|open| passes.is_new(open, moment.now));
        if !self.settings.job.is_sync() || !has_ended || passes.are_stuck() || self.stop.is_asked()
        {
            return Ok(());
        }
        if self.clock_problem(ledger.state()).is_some() {
            // What that clock says is over may not be.
            return Ok(());
        }
        let wanted = self.wanted(plans, ledger.state(), moment);
        let mut items = self.items(&wanted, plans, ledger.state(), moment)?;
        items.retain(|item| item.due && !passes.tried.contains(&item.target));
        if items.is_empty() {
            return Ok(());
        }
        let ended = due(&items);
        let pass = self.actor(guard).pass(ledger, items, moment.now).await;
        let Pass { mut reports, cut_short } = pass;
        let followed = self.follow_up(ledger, &mut reports, guard, None).await;
        let again = |report: &mut Report| ended.contains(&report.target);
        passes.past.extend(passes.reports.extract_if(.., again));
        passes.reports.extend(reports);
        passes.cut_short = graver(passes.cut_short.take(), cut_short);
        passes.follow(followed);
        passes.tried.extend(ended);
        Ok(())
    }

    /// With `--drain`: waits for runs in flight, and gives back meanwhile what
    /// ends. Tells whether none is left.
    pub(crate) async fn drain_and_give_back(
        &self,
        ledger: Ledger,
        plans: &Plans,
        guard: &Guard<'_>,
        passes: &mut Passes,
    ) -> anyhow::Result<bool> {
        let began = Instant::now();
        let mut end = self.next_end(ledger.state());
        // Others may have the ledger while runs in flight are waited for.
        drop(ledger);
        loop {
            let drained = self.drain(&mut passes.reports, end, began.elapsed()).await;
            let is_cut = end.is_some_and(|end| end <= Instant::now());
            if !is_cut || passes.are_stuck() || self.stop.is_asked() {
                return Ok(drained);
            }
            // What goes on is looked at anew.
            let found = passes.reports.iter_mut().filter_map(|report| report.found.as_mut());
            found.for_each(|found| found.in_flight.clear());
            let mut ledger = self.open_ledger().await?;
            self.give_back_ended(&mut ledger, plans, guard, passes).await?;
            end = self.next_end(ledger.state());
        }
    }

    /// When the next hold ends that this call is to give back.
    fn next_end(&self, state: &LedgerState) -> Option<Instant> {
        let now = clock::now();
        let held =
            self.open(state).filter(|open| self.settings.job.is_sync() && !is_over(open, now));
        let end = held.filter_map(|open| open.hold.end()).min()?;
        Some(Instant::now() + end.since(now))
    }
}
