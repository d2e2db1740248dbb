//! Writes whole lines to an output.

use std::io::{self, StdoutLock, Write};

use super::error::WriteError;

/// The number of bytes that are gathered before they are written.
const FULL: usize = 64 * 1024;

/// Lines, gathered and written many at a time.
///
/// Only whole lines reach the output: a reader never sees half a record,
/// wherever the tool stops. Call [`LineWriter::flush`] before waiting for
/// anything, so that the next tool can work meanwhile, and at the end: lines
/// that were not flushed are dropped with the writer.
#[derive(Debug)]
pub struct LineWriter<W> {
    output: W,
    lines: Vec<u8>,
}

impl LineWriter<StdoutLock<'static>> {
    /// Lines to standard output.
    #[must_use]
    pub fn stdout() -> Self {
        Self::new(io::stdout().lock())
    }
}

impl<W: Write> LineWriter<W> {
    /// Lines to that output, which needs no buffer of its own.
    pub fn new(output: W) -> Self {
        Self { output, lines: Vec::new() }
    }

    /// Adds one line; `text` is without its `\n`.
    ///
    /// # Errors
    ///
    /// [`WriteError::Closed`] if the reader has gone away, which is a quiet end;
    /// [`WriteError::Io`] for any other failure. Lines that were gathered before are
    /// then lost.
    pub fn line(&mut self, text: &[u8]) -> Result<(), WriteError> {
        self.line_with(|line| line.extend_from_slice(text))
    }

    /// Adds one line that `append` makes at the end of the buffer.
    pub fn line_with(&mut self, append: impl FnOnce(&mut Vec<u8>)) -> Result<(), WriteError> {
        append(&mut self.lines);
        self.lines.push(b'\n');
        if self.lines.len() >= FULL { self.flush() } else { Ok(()) }
    }

    /// Writes the lines that were gathered.
    ///
    /// # Errors
    ///
    /// As [`LineWriter::line`].
    pub fn flush(&mut self) -> Result<(), WriteError> {
        let written = self.output.write_all(&self.lines).and_then(|()| self.output.flush());
        self.lines.clear();
        Ok(written?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps each write as one.
    #[derive(Default)]
    struct Record(Vec<Vec<u8>>);

    impl Write for Record {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn only_whole_lines_are_written() {
        let mut writer = LineWriter::new(Record::default());
        for _ in 0..FULL / 1000 {
            writer.line(&[b'x'; 1500]).unwrap();
        }
        writer.line_with(|line| line.extend_from_slice(b"last")).unwrap();
        writer.flush().unwrap();
        let pieces = writer.output.0;
        assert_eq!(pieces.len(), 2);
        assert!(pieces.iter().all(|bytes| bytes.ends_with(b"\n")));
        assert!(pieces[1].ends_with(b"x\nlast\n"));
    }

    #[test]
    fn a_reader_that_went_away_is_distinguished() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut writer = LineWriter::new(writer);
        writer.line(b"{}").unwrap();
        assert!(matches!(writer.flush(), Err(WriteError::Closed)));
    }
}
