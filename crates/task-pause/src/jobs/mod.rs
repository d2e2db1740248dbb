//! The jobs, each in a file, and the pass, which every job that changes something
//! makes.

mod check;
mod clock_trust;
mod coverage;
mod dry_run;
mod ending;
mod give_back_first;
mod history;
mod named_environments;
mod once;
mod open_ledger;
mod pass;
mod prepare;
mod recover;
mod run;
mod status;
mod wait;

pub(crate) use check::check;
#[cfg(any(test, fuzzing))]
pub use history::fuzz::fuzz_history;
pub(crate) use history::{HistoryPeriod, read_journals, show as show_history};
pub(crate) use run::{check_input, run};
pub(crate) use status::{show as show_status, write_metrics as write_status_metrics};
