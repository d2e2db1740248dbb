//! Texts on stdout that are drawn as a whole.

use std::io::{self, Write};

use maintenance_core::jsonl::WriteError;

/// Writes a text to stdout. A reader that went away had enough.
pub(crate) fn print(text: &str) -> Result<(), WriteError> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    match written.map_err(WriteError::from) {
        Err(WriteError::Closed) => Ok(()),
        written => written,
    }
}
