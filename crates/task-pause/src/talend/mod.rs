//! The calls of the Talend API that this tool makes.

mod api;
pub(crate) mod environments;
mod near_runs;
mod pause_lists;
pub(crate) mod plans;

pub(crate) use api::{ListedPages, ListedStates, Talend};
pub(crate) use near_runs::NearRuns;
pub(crate) use pause_lists::PauseLists;
