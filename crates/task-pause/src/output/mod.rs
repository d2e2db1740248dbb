//! The output of a call: receipts, journal, metrics, progress.

mod in_words;
mod journal;
mod metrics;
mod print;
mod progress;
mod receipt_table;
mod receipts;
mod tally;

pub(crate) use in_words::in_words;
pub(crate) use journal::CallJournal;
pub(crate) use metrics::{Metrics, Requests};
pub(crate) use print::print;
pub(crate) use progress::{Display, NextStep};
pub(crate) use receipts::Receipts;
