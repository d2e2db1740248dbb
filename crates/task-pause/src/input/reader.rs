//! Reads standard input until its end, a signal or the deadline.

use std::io;

use anyhow::Context;
use maintenance_core::exit::Exit;
use tokio::sync::oneshot;

use super::selected_runs;
use crate::deadline::Deadline;
use crate::signals::Stop;
use crate::types::SelectedInput;

/// The outcome of the reading.
#[derive(Debug)]
pub(crate) enum InputEnd {
    /// Standard input was read to its end.
    Done(SelectedInput),
    /// A signal came before its end: the code to end with.
    Stopped(Exit),
    /// The deadline passed before its end.
    TooLate,
}

/// Reads selected runs from standard input to its end, unless a signal or the deadline
/// comes first.
///
/// Reads in a separate thread, since a blocked read of a pipe cannot be ended. The thread
/// ends with the process.
pub(crate) async fn read(
    require_end: bool,
    stop: &Stop,
    deadline: Deadline,
) -> anyhow::Result<InputEnd> {
    let (sender, receiver) = oneshot::channel();
    let read = move || {
        // The receiver may be gone.
        let _ = sender.send(selected_runs::read(io::stdin().lock(), require_end));
    };
    let thread = std::thread::Builder::new().name("input".to_owned());
    thread.spawn(read).context("cannot start the thread that reads standard input")?;
    tokio::select! {
        biased;
        (exit, _) = stop.asked() => Ok(InputEnd::Stopped(exit)),
        read = receiver => Ok(InputEnd::Done(read.context("standard input was not read")??)),
        () = deadline.sleep_until() => Ok(InputEnd::TooLate),
    }
}
