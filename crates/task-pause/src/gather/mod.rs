//! Gathers the candidates of a pass: the tasks that the input wants and those
//! that are held, as far as the call may act on them, by the timetable and with
//! their plans.

mod by_timetable;
mod call_inputs;
mod candidates;
mod names;
mod notices;

pub(crate) use by_timetable::by_timetable;
pub(crate) use call_inputs::CallInputs;
pub(crate) use candidates::{Gathered, gather, list_plans};
pub(crate) use notices::{note_early_ends, warn_of_cancelled};
