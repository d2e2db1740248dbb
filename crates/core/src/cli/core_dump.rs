//! Keeps credentials out of core dumps.

use rustix::process::{Resource, Rlimit, setrlimit};

/// Forbids core dumps of this process, and, on Linux, that another process of
/// the same user reads its memory: from here on it may hold a credential.
///
/// A system that refuses either is no reason not to work.
pub(super) fn forbid() {
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
