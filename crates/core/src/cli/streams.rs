//! The outputs of a job that changes something: no reader holds it up.
//!
//! A pipe that is full, a pager that was stopped or a terminal that was
//! suspended (^S) blocks whoever writes to it. A job that paused half of its
//! tasks, and has the ledger locked, must not stand there. So its outputs are
//! written by threads, and what is not read waits in memory: 64 MiB of records,
//! and 256 KiB of messages, of which more are dropped and counted. Once the work
//! is done, a reader that takes something is waited for; one that takes nothing
//! for five seconds is not, and the exit code is 74.
//!
//! A tool that only reads blocks like any filter: whoever leaves it in a pager
//! wants to go on with it later.

use std::io;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::background::{Background, Stream};
use super::drawn_line::DrawnLine;
use crate::exit::Exit;

/// The bytes of records that may wait: some 100,000 receipts.
const RECORDS: usize = 64 << 20;

/// The bytes of messages that may wait; an error always may.
const MESSAGES: usize = 256 << 10;

/// The time for which the call waits until its last error is read, after the wait for
/// stdout.
pub(super) const LAST_ERROR_TIMEOUT: Duration = Duration::from_millis(250);

/// The outputs of a job that changes something.
#[derive(Debug)]
pub struct Streams {
    pub(super) stdout: Background,
    pub(super) stderr: Background,
    pub(super) signal: Arc<AtomicUsize>,
}

/// Where the records of a job that changes something go. Clones are the same
/// output.
#[derive(Clone, Debug)]
pub struct RecordOutput(Background);

impl RecordOutput {
    /// Adds one line, with its `\n`. It never waits for whoever reads it.
    pub fn line(&self, line: Vec<u8>) {
        self.0.send(line);
    }
}

impl Streams {
    /// Starts the threads that write. A panic then waits for them, too.
    /// `report` writes a message about it.
    pub(super) fn start(
        line: DrawnLine,
        report: impl Fn(&str) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let streams = Self {
            stdout: Background::start(Stream::Stdout, RECORDS)?,
            stderr: Background::start(Stream::Stderr(line), MESSAGES)?,
            signal: Arc::default(),
        };
        let (stdout, stderr) = (streams.stdout.clone(), streams.stderr.clone());
        panic::set_hook(Box::new(move |panic| {
            let began = Instant::now();
            report(&panic.to_string());
            let _ = stdout.wait_until_written(began, Duration::ZERO, || false);
            let _ = stderr.wait_until_written(began, LAST_ERROR_TIMEOUT, || false);
        }));
        Ok(streams)
    }

    /// Where records go.
    #[must_use]
    pub fn records(&self) -> RecordOutput {
        RecordOutput(self.stdout.clone())
    }

    /// Where a signal handler puts the exit code of a signal that came.
    #[must_use]
    pub fn signal(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.signal)
    }

    /// The exit code of a signal that came since this was asked last.
    pub(super) fn signalled(&self) -> Option<Exit> {
        match self.signal.swap(0, Ordering::SeqCst) {
            0 => None,
            130 => Some(Exit::Interrupted),
            129 => Some(Exit::HungUp),
            _ => Some(Exit::Terminated),
        }
    }
}
