//! Applies change sets: look, decide, intend, send, read back, settle.

mod batches;
mod context;
pub(crate) mod early_looks;
mod intents;
mod known_looks;
pub(crate) mod limit_check;
mod look;
mod missing;
mod outage;
mod preview;
pub(crate) mod released_windows;
mod sending;
mod unseen_change;
mod verify;

pub(crate) use batches::{Applied, PassWork, apply};
pub(crate) use context::Context;
pub(crate) use known_looks::KnownLooks;
pub(crate) use outage::counts_toward_breaker;
pub(crate) use preview::preview;
