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

/// Whether a test that traces the system calls of a program must be skipped, which it
/// says. Where all are asked for (`CRASH_SWEEP=all`), nothing is skipped: it fails.
pub(crate) fn skip_without_tracing() -> bool {
    let probe = || {
        let mut probe = std::process::Command::new("strace");
        probe.args(["-qq", "-o", "/dev/null", "-e", "inject=write:signal=SIGKILL", "echo"]);
        probe.output().is_ok_and(|output| output.status.code().is_none())
    };
    if skip_without("strace") || !probe() {
        assert!(!sweeps_all(), "strace may not trace processes here, and the sweep needs it");
        eprintln!("SKIPPED: strace may not trace processes here");
        return true;
    }
    false
}

/// Whether every point of a sweep is taken, and not a sample.
pub(crate) fn sweeps_all() -> bool {
    std::env::var_os("CRASH_SWEEP").is_some_and(|value| value == "all")
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
