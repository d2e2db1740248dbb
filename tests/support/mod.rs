//! The fixtures that several files of tests use.

pub(crate) mod all_at_once;
pub(crate) mod canaries;
pub(crate) mod cells;
pub(crate) mod checksums;
pub(crate) mod ended;
pub(crate) mod environment;
pub(crate) mod faults;
pub(crate) mod filter;
pub(crate) mod hostile_names;
mod human_ends;
pub(crate) mod invariants;
pub(crate) mod minutely;
pub(crate) mod named_tests;
pub(crate) mod place;
pub(crate) mod process;
pub(crate) mod runs;
pub(crate) mod scene;
pub(crate) mod skip;
pub(crate) mod stub;
pub(crate) mod terminal;
pub(crate) mod tool;
pub(crate) mod waiting;
pub(crate) mod world;
