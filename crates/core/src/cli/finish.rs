//! The end of a tool: its last records, its error, its exit code.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::background::Unwritten;
use super::ending::Ending;
use super::messages::Messages;
use super::report;
use super::streams::{LAST_ERROR_TIMEOUT, Streams};
use super::table::counted;
use crate::exit::Exit;

/// Says how the work ended, once its records are written, and returns the exit
/// code.
pub(super) fn finish(result: anyhow::Result<Ending>, messages: &Messages) -> Exit {
    let Some(streams) = messages.streams() else { return print_ending(result, messages) };
    let done = Instant::now();
    // One that came during the work is in its result.
    streams.signalled();
    let is_signalled = || streams.signal.load(Ordering::SeqCst) != 0;
    let written = streams.stdout.wait_until_written(done, Duration::ZERO, is_signalled);
    let result = match (result, written.map_err(|lost| not_written(lost, streams))) {
        (Ok(ending), Err(lost)) if is_outranked(ending.exit()) => {
            if let Some(reason) = ending.reason() {
                messages.warn(&reason.to_string());
            }
            Ok(lost)
        }
        // An error of the work outranks an error of the messages.
        (result, Err(lost)) => {
            if let Some(reason) = lost.reason() {
                messages.warn(&reason.to_string());
            }
            result
        }
        (result, Ok(())) => result,
    };
    let exit = print_ending(result, messages);
    let dropped = streams.stderr.dropped();
    if dropped > 0 {
        let messages_were = counted(dropped, "message was", "messages were");
        messages.last(&format!("{messages_were} not read in time and dropped"));
    }
    match streams.stderr.wait_until_written(done, LAST_ERROR_TIMEOUT, is_signalled) {
        Err(Unwritten::Unread(_)) if is_outranked(exit) => Exit::Io,
        Err(Unwritten::Interrupted(_)) if is_outranked(exit) => {
            streams.signalled().unwrap_or(Exit::Terminated)
        }
        // A stderr that fails has no place to report that to.
        _ => exit,
    }
}

/// Prints the sentence on an ending or an error, and returns the exit code.
fn print_ending(result: anyhow::Result<Ending>, messages: &Messages) -> Exit {
    match result {
        Ok(ending) => report::ended(&ending, messages),
        Err(error) => report::report(&error, messages),
    }
}

/// Whether records that are lost outrank that end of the work.
fn is_outranked(exit: Exit) -> bool {
    matches!(exit, Exit::Done | Exit::Partial)
}

/// The end of a call whose records were not all written.
fn not_written(lost: Unwritten, streams: &Streams) -> Ending {
    let hint = "the ledger has all that was done: see `task-pause status`";
    let receipts = |lost| counted(lost, "receipt is", "receipts are");
    let (exit, code, text) = match lost {
        Unwritten::Failed(error) => (Exit::Io, "io", format!("cannot write the output: {error}")),
        Unwritten::Unread(lost) => {
            let text = format!("stdout is open, and nobody reads it: {} lost", receipts(lost));
            (Exit::Io, "unread", text)
        }
        Unwritten::Dropped(lost) => {
            let text = format!("stdout was not read in time: {} lost", receipts(lost));
            (Exit::Io, "unread", text)
        }
        Unwritten::Interrupted(lost) => {
            let exit = streams.signalled().unwrap_or(Exit::Terminated);
            let why = "a signal ended the waiting for a reader of stdout";
            (exit, "unread", format!("{why}: {} lost", receipts(lost)))
        }
    };
    Ending::undone(exit, code, text).hint(hint)
}
