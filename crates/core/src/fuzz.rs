//! Fuzz targets: functions of any bytes that panic where a promise is broken.
//!
//! They are compiled for the unit tests, which call them with the committed seeds and a
//! bounded number of changes of these, and for the fuzzer (`crates/fuzz/`), which sets
//! `cfg(fuzzing)`. No build of the tools has them.

pub use crate::client::fuzz::fuzz_api;
pub use crate::jsonl::fuzz::fuzz_line;
pub use crate::ledger::fuzz::{fuzz_journal_end, fuzz_ledger};
pub use crate::time_arg::fuzz::fuzz_time;
pub use crate::timetable::fuzz::{fuzz_csv, fuzz_ical, fuzz_rule, fuzz_table_lines};

#[cfg(test)]
pub(crate) mod bounded;
#[cfg(test)]
mod tests;
