//! The errors after which `wait` tries again, and for how long.

use maintenance_core::client::{ClientError, attempt_timeout};
use maintenance_core::exit::{Exit, Explain};
use maintenance_core::ledger::LedgerError;
use maintenance_core::time::UtcTime;
use tokio::time::Instant;

use crate::timing::{PLANS_RETRY_DELAY, REFUSAL_RETRY_TIME};

/// The failures of a `wait` call so far.
#[derive(Debug, Default)]
pub(super) struct Retries {
    /// Whether the API ever answered a look.
    pub(super) is_answered: bool,
    /// When the API began to refuse requests.
    refused: Option<Instant>,
    /// When the last list of plans failed.
    unlisted: Option<Instant>,
}

impl Retries {
    /// Records that a pass succeeded.
    pub(super) fn succeed(&mut self) {
        self.refused = None;
    }

    /// Whether an error may pass: the ledger is busy, the API is away, or a token
    /// or a permission that worked before is about to be mended.
    pub(super) fn may_pass(&mut self, error: &anyhow::Error) -> bool {
        is_passing(error) || self.may_be_mended(error)
    }

    fn may_be_mended(&mut self, error: &anyhow::Error) -> bool {
        let is_refusal = |cause: &ClientError| cause.exit() == Exit::Refused;
        let mut causes = error.chain().filter_map(|cause| cause.downcast_ref());
        if !self.is_answered || !causes.any(is_refusal) {
            return false;
        }
        self.refused.get_or_insert_with(Instant::now).elapsed() < REFUSAL_RETRY_TIME
    }

    /// Records whether the list of plans failed now.
    pub(super) fn record_plans(&mut self, has_failed: bool) {
        self.unlisted = has_failed.then(Instant::now);
    }

    /// Whether the list of plans failed so recently that it is not asked for again. The
    /// first open window ends at `end`.
    pub(super) fn have_plans_failed_lately(&self, end: Option<UtcTime>, now: UtcTime) -> bool {
        let lately = end.map_or(PLANS_RETRY_DELAY, |end| {
            attempt_timeout(end.since(now)).min(PLANS_RETRY_DELAY)
        });
        self.unlisted.is_some_and(|when| when.elapsed() < lately)
    }
}

fn is_passing(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        matches!(cause.downcast_ref(), Some(LedgerError::Busy { .. }))
            || cause.downcast_ref::<ClientError>().is_some_and(|error| {
                // After the deadline of all requests, no retry can succeed.
                error.exit() == Exit::Unavailable && !matches!(error, ClientError::Deadline { .. })
            })
    })
}
