//! What ends work before its own end. Interrupted or terminated: no new request,
//! what is in flight is settled and recorded, then the end. A second signal ends
//! it at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use maintenance_core::exit::Exit;
use signal_hook::consts::{SIGINT, SIGTERM};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::Instant;

/// How long after a signal what was sent may still be looked at.
const GRACE: Duration = Duration::from_secs(5);

/// Whether somebody asked us to stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    asked: watch::Receiver<Option<(Exit, Instant)>>,
}

impl Stop {
    /// Listens to SIGINT and SIGTERM from now on. Needs a runtime.
    pub(crate) fn on_signals() -> io::Result<Self> {
        let (sender, asked) = watch::channel(None);
        let sender = Arc::new(sender);
        // Either of the two may be the second signal.
        let again = Arc::new(AtomicBool::new(false));
        for (number, exit) in [(SIGINT, Exit::Interrupted), (SIGTERM, Exit::Terminated)] {
            // The first of the two only acts when the second has set the flag
            // before: at the second signal.
            let code = i32::from(exit.code());
            signal_hook::flag::register_conditional_shutdown(number, code, Arc::clone(&again))?;
            signal_hook::flag::register(number, Arc::clone(&again))?;
            let mut signals = signal(SignalKind::from_raw(number))?;
            let sender = Arc::clone(&sender);
            tokio::spawn(async move {
                while signals.recv().await.is_some() {
                    sender.send_if_modified(|asked| {
                        let is_first = asked.is_none();
                        asked.get_or_insert((exit, Instant::now()));
                        is_first
                    });
                }
            });
        }
        Ok(Self { asked })
    }

    /// Never asked: a signal does what it does to any process.
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

    /// Does some work to its end; `None` where a signal came and the time to
    /// look around after it is up.
    pub(crate) async fn or_overdue<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = async {
                let came = self.signal().await;
                tokio::time::sleep_until(came + GRACE).await;
            } => None,
        }
    }

    /// The same, and at most until then.
    pub(crate) async fn at_most<T>(
        &self,
        until: Option<Instant>,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        self.or_overdue(within(until, work)).await.flatten()
    }

    /// Waits for a signal, and tells when it came.
    async fn signal(&self) -> Instant {
        let mut asked = self.asked.clone();
        match asked.wait_for(Option::is_some).await.map(|asked| *asked) {
            Ok(Some((_, came))) => came,
            // Nobody is left who could send one.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

/// Does some work, at most until then. `None`: it was left.
async fn within<T>(until: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match until {
        None => Some(work.await),
        Some(until) => tokio::time::timeout_at(until, work).await.ok(),
    }
}
