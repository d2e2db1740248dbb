//! The decisions: the candidates of a pass, the owner of each pause, the step for each
//! candidate. All of it is pure.

pub(crate) mod candidates;
pub(crate) mod change_set;
pub(crate) mod clock_check;
pub(crate) mod decision;
pub(crate) mod doubtful_timetable;
mod given_up;
pub(crate) mod marks;
pub(crate) mod other_ledger;
pub(crate) mod ownership;
pub(crate) mod plan_holds;
pub(crate) mod plan_windows;
pub(crate) mod present_names;
#[cfg(test)]
mod table_check;
pub(crate) mod task_limit;
#[cfg(test)]
pub(crate) mod test_ledger;
pub(crate) mod timetable_windows;
pub(crate) mod window_name;
