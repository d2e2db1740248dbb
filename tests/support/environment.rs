//! The environment of the programs that tests run: nothing leaks into it from the
//! machine.

use std::ffi::OsString;

/// The variables that a cleared environment keeps: where programs are, and where a
/// build that measures coverage writes what it counted.
pub(crate) fn kept_variables() -> impl Iterator<Item = (&'static str, OsString)> {
    let kept = ["PATH", "LLVM_PROFILE_FILE"].into_iter();
    kept.filter_map(|name| Some((name, std::env::var_os(name)?)))
}
