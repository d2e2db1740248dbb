//! Reports a signal that ends a job which only reads, to a person at a terminal.

use std::io;
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::messages::Messages;

/// Shows a person at a terminal that SIGINT or SIGTERM ended a job that only reads, in
/// the lines that `lines` makes of the signal's name. The job still ends at once, and as
/// the signal ends any process. If stderr is no terminal, nothing is shown.
///
/// # Errors
///
/// The system has no threads left, or takes no handler.
pub fn report_signal(
    messages: &Messages,
    lines: impl Fn(&str) -> Vec<String> + Send + 'static,
) -> io::Result<()> {
    if !messages.wants_progress() {
        return Ok(());
    }
    let numbers = [SIGINT, SIGTERM].into_iter().filter(|number| !is_ignored(*number));
    let mut signals = Signals::new(numbers)?;
    let messages = messages.clone();
    let wait = move || {
        for number in &mut signals {
            let by = if number == SIGINT { "interrupted (SIGINT)" } else { "terminated (SIGTERM)" };
            messages.progress().clear();
            for line in lines(by) {
                messages.note(&line);
            }
            // If the system refuses, the next signal ends the process.
            let _ = emulate_default_handler(number);
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(wait)?;
    Ok(())
}

/// Whether this process was started with the signal ignored. True if unknown.
#[must_use]
pub fn is_ignored(number: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignores(&status, number).unwrap_or(true)
}

/// Whether the mask of ignored signals in a `/proc/PID/status` has that one
/// (proc(5): bit 0 is signal 1).
fn ignores(status: &str, number: i32) -> Option<bool> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    let mask = u64::from_str_radix(mask.trim(), 16).ok()?;
    let bit = u32::try_from(number).ok()?.checked_sub(1)?;
    Some(mask.checked_shr(bit)? & 1 == 1)
}

#[cfg(test)]
mod tests {
    use signal_hook::consts::SIGHUP;

    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_is_read() {
        let status = |mask: &str| format!("SigBlk:\tffffffffffffffff\nSigIgn:\t{mask}\n");
        for (mask, ignored) in [
            ("0000000000000000", Some(false)),
            ("0000000000000001", Some(true)),
            ("0000000000001000", Some(false)),
            ("ffffffffffffffff", Some(true)),
            ("none", None),
        ] {
            assert_eq!(ignores(&status(mask), SIGHUP), ignored, "{mask}");
        }
        assert_eq!(ignores(&status("4000"), SIGTERM), Some(true));
        assert_eq!(ignores("", SIGHUP), None);
    }
}
