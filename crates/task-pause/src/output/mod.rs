//! The output of a call: receipts, journal, metrics, progress.

mod journal;
mod metrics;
mod print;
mod progress;
mod receipt_table;
mod receipts;
mod short_length;
mod tally;

pub(crate) use journal::CallJournal;
pub(crate) use metrics::{Metrics, Requests};
pub(crate) use print::print;
pub(crate) use progress::{Display, NextStep};
pub(crate) use receipts::Receipts;
pub(crate) use short_length::short_length;
