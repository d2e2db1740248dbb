//! The pipeline tests: the real binaries, joined by pipes, against the
//! stand-in over HTTP. One target, one file a subject.

mod contract;
mod house;
mod util;
