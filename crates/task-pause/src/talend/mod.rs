//! The calls of the Talend API that this tool makes.

mod api;
pub(crate) mod environments;
mod near_runs;
pub(crate) mod plans;

pub(crate) use api::{Talend, Throttled};
pub(crate) use near_runs::NearRuns;
