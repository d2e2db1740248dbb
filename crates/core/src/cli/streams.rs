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
//! What only reads blocks like any filter: whoever leaves it in a pager wants
//! to go on with it later.

use std::io;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::background::{Background, Stream, Unwritten};
use super::ending::Ending;
use super::messages::Messages;
use super::report;
use crate::exit::Exit;

/// How much of records may wait, in bytes: some 100,000 receipts.
const RECORDS: usize = 64 << 20;

/// How much of messages may wait, in bytes; an error always may.
const MESSAGES: usize = 256 << 10;

/// How long the last error may take to be read, after stdout was waited for.
const LAST_WORD: Duration = Duration::from_millis(250);

/// The outputs of a job that changes something.
#[derive(Debug)]
pub struct Streams {
    stdout: Background,
    pub(super) stderr: Background,
    signal: Arc<AtomicUsize>,
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
    pub(super) fn start(messages: &Messages) -> io::Result<Self> {
        let line = messages.progress().line().clone();
        let streams = Self {
            stdout: Background::start(Stream::Stdout, RECORDS)?,
            stderr: Background::start(Stream::Stderr(line), MESSAGES)?,
            signal: Arc::default(),
        };
        let (stdout, stderr) = (streams.stdout.clone(), streams.stderr.clone());
        let messages = messages.clone();
        panic::set_hook(Box::new(move |panic| {
            let began = Instant::now();
            messages.panicked(&panic.to_string());
            let _ = stdout.settle(began, Duration::ZERO, || false);
            let _ = stderr.settle(began, LAST_WORD, || false);
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
    fn signalled(&self) -> Option<Exit> {
        match self.signal.swap(0, Ordering::SeqCst) {
            0 => None,
            130 => Some(Exit::Interrupted),
            129 => Some(Exit::HungUp),
            _ => Some(Exit::Terminated),
        }
    }
}

/// Says how the work ended, once its records are written, and returns the exit
/// code.
pub(super) fn finish(result: anyhow::Result<Ending>, messages: &Messages) -> Exit {
    let Some(streams) = messages.streams() else { return told(result, messages) };
    let done = Instant::now();
    // One that came during the work is in its result.
    streams.signalled();
    let is_signalled = || streams.signal.load(Ordering::SeqCst) != 0;
    let written = streams.stdout.settle(done, Duration::ZERO, is_signalled);
    let result = match (result, written.map_err(|lost| not_written(lost, streams))) {
        (Ok(ending), Err(lost)) if is_outranked(ending.exit()) => {
            if let Some(reason) = ending.reason() {
                messages.warn(&reason.to_string());
            }
            Ok(lost)
        }
        // What went wrong with the work outranks what went wrong with telling.
        (result, Err(lost)) => {
            if let Some(reason) = lost.reason() {
                messages.warn(&reason.to_string());
            }
            result
        }
        (result, Ok(())) => result,
    };
    let exit = told(result, messages);
    let dropped = streams.stderr.dropped();
    if dropped > 0 {
        let were = if dropped == 1 { "message was" } else { "messages were" };
        messages.last(&format!("{dropped} {were} not read in time and dropped"));
    }
    match streams.stderr.settle(done, LAST_WORD, is_signalled) {
        Err(Unwritten::Unread(_)) if is_outranked(exit) => Exit::Io,
        Err(Unwritten::Interrupted(_)) if is_outranked(exit) => {
            streams.signalled().unwrap_or(Exit::Terminated)
        }
        // A stderr that fails has no place where that could be told.
        _ => exit,
    }
}

/// Says how the work ended.
fn told(result: anyhow::Result<Ending>, messages: &Messages) -> Exit {
    match result {
        Ok(ending) => report::ended(&ending, messages),
        Err(error) => report::report(&error, messages),
    }
}

/// Whether records that are lost outrank that end of the work.
fn is_outranked(exit: Exit) -> bool {
    matches!(exit, Exit::Done | Exit::Partial)
}

/// How a call ends whose records were not all written.
fn not_written(lost: Unwritten, streams: &Streams) -> Ending {
    let hint = "the ledger has all that was done: see --status";
    let receipts =
        |lost| if lost == 1 { "1 receipt is".to_owned() } else { format!("{lost} receipts are") };
    match lost {
        Unwritten::Failed(error) => {
            Ending::undone(Exit::Io, "io", format!("cannot write the output: {error}"))
        }
        Unwritten::Unread(lost) => {
            let text = format!("stdout is open, and nobody reads it: {} lost", receipts(lost));
            Ending::undone(Exit::Io, "unread", text)
        }
        Unwritten::Dropped(lost) => {
            let text = format!("stdout was not read in time: {} lost", receipts(lost));
            Ending::undone(Exit::Io, "unread", text)
        }
        Unwritten::Interrupted(lost) => {
            let exit = streams.signalled().unwrap_or(Exit::Terminated);
            let text = format!(
                "a signal ended the waiting for a reader of stdout: {} lost",
                receipts(lost)
            );
            Ending::undone(exit, "unread", text)
        }
    }
    .hint(hint)
}
