//! SIGINT, SIGTERM and SIGHUP: after the first signal no new request is sent, the
//! requests in flight are settled and recorded, then the call ends. A second signal
//! ends the process at once.
//!
//! SIGQUIT and others keep their default: the ledger survives them, and the next call
//! does the rest.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::Duration;

use maintenance_core::cli::{Messages, is_ignored};
use maintenance_core::exit::Exit;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
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
            _ = self.asked() => {}
        }
    }

    /// Does some work to its end; `None` if [`SIGNAL_GRACE`] after a signal passes
    /// before.
    pub(crate) async fn or_overdue<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = async {
                let (_, came) = self.asked().await;
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

    /// Waits for a signal. Returns the exit code for it, and when it came.
    pub(crate) async fn asked(&self) -> (Exit, Instant) {
        let mut asked = self.asked.clone();
        match asked.wait_for(Option::is_some).await.map(|asked| *asked) {
            Ok(Some(first)) => first,
            // Without listeners, no signal can come.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}
