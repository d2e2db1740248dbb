//! With `--drain`: the runs in flight for which an edge left no time.

use maintenance_core::ledger::LedgerState;
use tokio::time::Instant;

use crate::after::drain;
use crate::deadline::Deadline;
use crate::session::Session;
use crate::timing::FIRST_DRAIN_DELAY;
use crate::types::Report;

/// The drain of a `wait` call, over all its passes.
#[derive(Default)]
pub(super) struct Draining {
    /// The reports on the tasks and plans whose runs may be in flight.
    reports: Vec<Report>,
    /// The begin of the pass that paused the last of them.
    began: Option<Instant>,
    /// Whether runs were in flight, or may have been, when the time was over.
    is_given_up: bool,
}

impl Draining {
    /// Adds what was paused by a pass that began then, and whose drain did not end.
    pub(super) fn add(&mut self, reports: Vec<Report>, began: Instant) {
        self.reports.extend(reports.into_iter().filter(drain::is_drained));
        self.began = Some(began);
    }

    /// Whether no run is in flight, as far as anybody waited for it.
    pub(super) fn is_done(&self) -> bool {
        self.reports.is_empty() && !self.is_given_up
    }

    /// Goes on waiting until the deadline, or until the time of the flag is over. What was
    /// given back meanwhile is not waited for any more.
    pub(super) async fn go_on(
        &mut self,
        session: &Session<'_>,
        state: &LedgerState,
        deadline: Deadline,
    ) {
        let is_held = |report: &Report| state.active(&report.target).is_some();
        self.is_given_up |= !self.reports.iter().all(is_held);
        self.reports.retain(is_held);
        let Some(began) = self.began.filter(|_| !self.reports.is_empty()) else { return };
        if deadline.is_within(FIRST_DRAIN_DELAY) {
            return;
        }
        if drain::drain(session, &mut self.reports, deadline, began.elapsed()).await {
            self.reports.clear();
            return;
        }
        let is_over = |limit| limit <= began.elapsed();
        if session.settings.pausing.drain.is_none_or(is_over) {
            self.is_given_up = true;
            self.reports.clear();
        }
    }
}
