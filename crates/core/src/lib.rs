//! What the maintenance tools share.
//!
//! # The house
//!
//! The **model** knows no I/O: [`time`], [`zone`], [`window`], [`scope`],
//! [`window_set`], [`run`], [`identifier`], [`hold`], [`change`], [`receipt`], [`short_name`], [`exit`].
//! Around it, [`cli`] is the edge that people meet.
//!
//! [`jsonl`] reads and writes records: bytes that are passed on, not values
//! that are taken apart.
//!
//! [`timetable`] reads calendars and tables, and says which windows there are
//! between two instants.
//!
//! [`ledger`] remembers what was paused, and alone grants the permit to.
//! [`client`] talks to the API.
//!
//! Arrows point one way: a tool uses this crate; in it, `cli` uses the rooms
//! below it, and these use the model.

pub mod change;
pub mod circuit_breaker;
pub mod cli;
pub mod client;

pub mod clock;
pub mod exit;
pub mod hold;
pub mod identifier;
pub mod jsonl;
pub mod ledger;
pub mod private_file;
pub mod receipt;
pub mod run;
pub mod scope;
pub mod short_name;

pub mod time;
pub mod time_arg;
pub mod timetable;
pub mod window;
pub mod window_set;
pub mod zone;
