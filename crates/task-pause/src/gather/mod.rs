//! Gathers the candidates of a pass: the tasks that the input wants and those
//! that are held, as far as the call may act on them, by the timetable and with
//! their plans.

mod by_timetable;
mod candidates;
mod demand;
mod names;
mod notices;

pub(crate) use by_timetable::by_timetable;
pub(crate) use candidates::{gather, list_plans};
pub(crate) use demand::Demand;
pub(crate) use notices::{tell_cancelled, tell_early};
