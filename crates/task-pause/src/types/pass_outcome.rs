//! The outcome of one pass.

use maintenance_core::cli::Refusal;
use maintenance_core::ledger::{LedgerError, LedgerState};

use super::{Plans, Report};

/// The outcome of making up for missed runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FollowUp {
    /// Whether every start that was tried worked.
    pub(crate) is_whole: bool,
    /// Whether a part was left to the next pass.
    pub(crate) is_left: bool,
}

impl FollowUp {
    /// No missed runs.
    pub(crate) const NOTHING: Self = Self { is_whole: true, is_left: false };

    /// This outcome and a later one of the same call.
    pub(crate) fn and(self, later: Self) -> Self {
        Self { is_whole: self.is_whole && later.is_whole, is_left: self.is_left || later.is_left }
    }
}

/// The outcome of one pass. The reports are true even if it was cut short.
#[derive(Debug)]
pub(crate) struct PassOutcome {
    /// The last report on each task and plan.
    pub(crate) reports: Vec<Report>,
    /// Earlier reports on tasks and plans that the same pass gave back later.
    pub(crate) superseded: Vec<Report>,
    /// The error that kept changes from being made.
    pub(crate) cut_short: Option<anyhow::Error>,
    /// The refusal of a doubtful timetable, whose holds were left.
    pub(crate) doubt: Option<Refusal>,
    /// The refusal of `--max-tasks`, under which nothing was paused.
    pub(crate) refusal: Option<anyhow::Error>,
    /// The outcome of making up for missed runs.
    pub(crate) follow_up: anyhow::Result<FollowUp>,
    /// With `--drain`: whether no run is in flight any more.
    pub(crate) drained: anyhow::Result<bool>,
    /// The plans that were listed.
    pub(crate) plans: Plans,
    /// With `--with-plans`, of `wait`: the ledger when it was left to others.
    pub(crate) state: Option<LedgerState>,
    /// Whether the API answered any look.
    pub(crate) is_answered: bool,
}

impl PassOutcome {
    /// Adds the outcome of making up for missed runs of a later part. The first
    /// error counts.
    pub(crate) fn follow(&mut self, later: anyhow::Result<FollowUp>) {
        match (&self.follow_up, later) {
            (Ok(known), Ok(later)) => self.follow_up = Ok(known.and(later)),
            (Ok(_), Err(error)) => self.follow_up = Err(error),
            (Err(_), _) => {}
        }
    }
}

/// The more severe of two errors: an error of the ledger outranks any other; else the
/// first counts.
pub(crate) fn more_severe_error(
    first: Option<anyhow::Error>,
    second: Option<anyhow::Error>,
) -> Option<anyhow::Error> {
    match (first, second) {
        (Some(first), Some(second)) if second.is::<LedgerError>() && !first.is::<LedgerError>() => {
            Some(second)
        }
        (first, second) => first.or(second),
    }
}
