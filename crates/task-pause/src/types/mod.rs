//! The values that cross the borders of this crate's folders.

mod candidate;
mod decision;
mod environments;
mod observation;
mod pass_outcome;
mod plans;
mod receipt;
mod report;
mod wanted;

pub(crate) use candidate::{Candidate, LedgerAt, Moment, Wish};
pub(crate) use decision::{
    Decision, DecisionStep, GIVEN_BACK_EARLY, HELD_BY_ANOTHER, NOT_STARTED, Policy, UNCLEAR,
    WINDOW_ENDED,
};
pub(crate) use environments::Environments;
pub(crate) use observation::{Inventory, Look, Observation};
pub(crate) use pass_outcome::{FollowUp, PassOutcome, more_severe_error};
pub(crate) use plans::Plans;
pub(crate) use receipt::{Action, Failure, HoldSpan, PausedBy, PlanRef, Receipt, RunsSource};
pub(crate) use report::{ListOutcome, MissedRuns, Report, failure};
pub(crate) use wanted::{SelectedInput, Unsupported, WantedTarget};
