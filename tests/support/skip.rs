//! The tests that this machine cannot run.

/// Whether a test that needs that program must be skipped, which it says.
pub(crate) fn skip_without(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|dir| dir.join(program).is_file());
    if !found {
        eprintln!("SKIPPED: {program} is not installed");
    }
    !found
}

/// Whether this process, and so what it starts, ignores SIGHUP, as below nohup:
/// then a tool leaves it so, and a test that sends one is skipped, which it says.
pub(crate) fn ignores_hangups() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or_default();
    let ignored = u64::from_str_radix(mask.trim(), 16).is_ok_and(|mask| mask & 1 == 1);
    if ignored {
        eprintln!("SKIPPED: SIGHUP is ignored here");
    }
    ignored
}
