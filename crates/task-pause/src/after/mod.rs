//! The steps after the changes of a pass: plans of paused tasks, missed runs and
//! their making up for, runs in flight.

pub(crate) mod catch_up;
pub(crate) mod drain;
pub(crate) mod missed_runs;
pub(crate) mod plan_warnings;
