//! SIGINT, SIGTERM and SIGHUP: after the first signal no new request is sent, the
//! requests in flight are settled and recorded, then the call ends. A second signal
//! ends the process at once.
//!
//! SIGQUIT and others keep their default: the ledger survives them, and the next call
//! does the rest.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::thread;
use std::time::Duration;

use maintenance_core::cli::Messages;
use maintenance_core::exit::Exit;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::deadline::Deadline;
use crate::timing::SIGNAL_GRACE;

/// The message at the first signal.
const SETTLING: &str = "a signal came: nothing more is sent, and what is in flight is settled; a \
     second one ends this at once, and the next call takes up what is left";

/// The signal that asks the call to stop, if one came.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    asked: watch::Receiver<Option<(Exit, Instant)>>,
}

impl Stop {
    /// Listens to SIGINT, SIGTERM and SIGHUP from now on, and puts the exit code
    /// of what comes into `came` as well. Needs a runtime.
    ///
    /// Prints a message at the first signal; the second leaves no time for one.
    pub(crate) fn on_signals(
        came: Option<Arc<AtomicUsize>>,
        messages: &Messages,
    ) -> io::Result<Self> {
        let (sender, asked) = watch::channel(None);
        let sender = Arc::new(sender);
        // Any of the three may be the second signal.
        let again = Arc::new(AtomicBool::new(false));
        let came = came.unwrap_or_default();
        for (number, exit) in
            [(SIGINT, Exit::Interrupted), (SIGTERM, Exit::Terminated), (SIGHUP, Exit::HungUp)]
        {
            // A process that nohup started goes on.
            if number == SIGHUP && is_ignored(number) {
                continue;
            }
            // At the first signal, the second handler sets the flag. At the second signal,
            // the first handler finds it set, and ends the process.
            let code = i32::from(exit.code());
            signal_hook::flag::register_conditional_shutdown(number, code, Arc::clone(&again))?;
            signal_hook::flag::register(number, Arc::clone(&again))?;
            let code = usize::from(exit.code());
            signal_hook::flag::register_usize(number, Arc::clone(&came), code)?;
            let mut signals = signal(SignalKind::from_raw(number))?;
            let sender = Arc::clone(&sender);
            let messages = messages.clone();
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    let is_first = sender.send_if_modified(|asked| {
                        let is_first = asked.is_none();
                        asked.get_or_insert((exit, Instant::now()));
                        is_first
                    });
                    if is_first {
                        messages.warn(SETTLING);
                    }
                }
            });
        }
        Ok(Self { asked })
    }

    /// Listens to no signal: each has its default effect.
    pub(crate) fn never() -> Self {
        Self { asked: watch::channel(None).1 }
    }

    /// Whether a signal came.
    pub(crate) fn is_asked(&self) -> bool {
        self.exit().is_some()
    }

    /// The code to end with, if a signal came.
    pub(crate) fn exit(&self) -> Option<Exit> {
        self.asked.borrow().map(|(exit, _)| exit)
    }

    /// Sleeps that long, or until a signal comes.
    pub(crate) async fn sleep(&self, length: Duration) {
        tokio::select! {
            () = tokio::time::sleep(length) => {}
            _ = self.signal() => {}
        }
    }

    /// Does some work to its end; `None` if [`SIGNAL_GRACE`] after a signal passes
    /// before.
    pub(crate) async fn or_overdue<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = async {
                let came = self.signal().await;
                tokio::time::sleep_until(came + SIGNAL_GRACE).await;
            } => None,
        }
    }

    /// As [`Self::or_overdue`], and at most until a deadline.
    pub(crate) async fn at_most<T>(
        &self,
        deadline: Deadline,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        self.or_overdue(deadline.bound(work)).await.flatten()
    }

    /// Waits for a signal. Returns when it came.
    async fn signal(&self) -> Instant {
        self.first().await.1
    }

    /// Waits for a signal. Returns the exit code for it.
    pub(crate) async fn asked(&self) -> Exit {
        self.first().await.0
    }

    async fn first(&self) -> (Exit, Instant) {
        let mut asked = self.asked.clone();
        match asked.wait_for(Option::is_some).await.map(|asked| *asked) {
            Ok(Some(first)) => first,
            // Without listeners, no signal can come.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

/// Tells a person at a terminal that a signal ended a job that only reads. The job still
/// ends at once, and as the signal ends any process.
pub(crate) fn tell_of_end(messages: &Messages) -> io::Result<()> {
    let numbers = [SIGINT, SIGTERM].into_iter().filter(|number| !is_ignored(*number));
    let mut signals = Signals::new(numbers)?;
    let messages = messages.clone();
    let wait = move || {
        for number in &mut signals {
            let by = if number == SIGINT { "interrupted (SIGINT)" } else { "terminated (SIGTERM)" };
            messages.progress().clear();
            messages.note(&format!("{by}: nothing was changed"));
            // Where that is not to be had, the next signal is the one that counts.
            let _ = emulate_default_handler(number);
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(wait)?;
    Ok(())
}

/// Whether this process was started with the signal ignored. True if unknown.
fn is_ignored(number: i32) -> bool {
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
