//! Faults on demand.

mod armed;
mod fault;
pub(crate) mod paging;

pub(crate) use armed::{Faults, Hit};
pub use fault::{Effect, Fault};
pub use paging::PagingLie;
