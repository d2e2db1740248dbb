//! Lines and their numbers.

use std::io::{self, Read};

use super::buffer::enlarge_buffer;
use super::error::{BadLine, ReadError};
use super::format::{BYTE_ORDER_MARK, LINE_LIMIT, is_blank};

/// The number of bytes that are read at once.
const CHUNK: usize = 64 * 1024;

/// The lines of an input that are not blank, each without its `\n`.
///
/// The lines of one `read` are handed out before the next `read`, so that a
/// slow producer is followed line by line. One buffer rolls along; it grows
/// only for a line that is longer than it is, up to [`LINE_LIMIT`].
#[derive(Debug)]
pub struct LineReader<R> {
    input: R,
    buffer: Vec<u8>,
    /// Where the next line begins in `buffer`.
    start: usize,
    /// Up to where `buffer` was searched for a `\n`.
    searched: usize,
    /// Up to where `buffer` holds what was read.
    filled: usize,
    ended: bool,
    number: u64,
}

/// One line, with its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputLine<'a> {
    /// Its number from 1, counting blank lines too.
    pub number: u64,
    /// Its text without the `\n`.
    pub text: &'a str,
}

impl<R: Read> LineReader<R> {
    /// The lines of that input, which needs no buffer of its own.
    pub fn new(input: R) -> Self {
        Self {
            input,
            buffer: vec![0; CHUNK],
            start: 0,
            searched: 0,
            filled: 0,
            ended: false,
            number: 0,
        }
    }

    /// The next line that is not blank; `None` at the end of the input.
    ///
    /// After a line that is not UTF-8, or is too long, the lines behind it
    /// can still be read.
    pub fn next_line(&mut self) -> Result<Option<InputLine<'_>>, ReadError> {
        loop {
            let Some((from, to)) = self.advance()? else { return Ok(None) };
            if is_blank(&self.buffer[from..to]) {
                continue;
            }
            let number = self.number;
            return match std::str::from_utf8(&self.buffer[from..to]) {
                Ok(text) => Ok(Some(InputLine { number, text })),
                Err(error) => {
                    Err(BadLine::NotUtf8 { column: error.valid_up_to() + 1 }.at(number).into())
                }
            };
        }
    }

    /// Moves behind the next line and says where it lies in the buffer.
    fn advance(&mut self) -> Result<Option<(usize, usize)>, ReadError> {
        let mut too_long = false;
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[self.searched..self.filled]) {
                let end = self.searched + at;
                return self.take(end, end + 1, too_long).map(Some);
            }
            self.searched = self.filled;
            if self.filled - self.start > LINE_LIMIT {
                // Its rest is read and dropped, so that the next line can be found.
                too_long = true;
                self.start = self.filled;
            }
            if self.ended {
                if self.start == self.filled && !too_long {
                    return Ok(None);
                }
                return self.take(self.filled, self.filled, too_long).map(Some);
            }
            self.read_more()?;
        }
    }

    fn take(
        &mut self,
        end: usize,
        next: usize,
        too_long: bool,
    ) -> Result<(usize, usize), ReadError> {
        self.number += 1;
        let mut from = self.start;
        // One read may bring more than the limit, and the end of the line with it.
        let too_long = too_long || end - from > LINE_LIMIT;
        self.start = next;
        self.searched = next;
        if too_long {
            return Err(BadLine::TooLong.at(self.number).into());
        }
        if self.number == 1 && self.buffer[from..end].starts_with(BYTE_ORDER_MARK) {
            from += BYTE_ORDER_MARK.len();
        }
        Ok((from, end))
    }

    fn read_more(&mut self) -> Result<(), ReadError> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.filled, 0);
            self.filled -= self.start;
            self.searched -= self.start;
            self.start = 0;
        }
        if self.filled == self.buffer.len() {
            enlarge_buffer(&mut self.buffer, self.filled * 2);
        }
        loop {
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(0) => self.ended = true,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(ReadError::Io(error)),
            }
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(reader: &mut LineReader<impl Read>) -> Vec<Result<(u64, String), String>> {
        let mut lines = Vec::new();
        loop {
            lines.push(match reader.next_line() {
                Ok(None) => return lines,
                Ok(Some(line)) => Ok((line.number, line.text.to_owned())),
                Err(error) => Err(error.to_string()),
            });
        }
    }

    /// Gives its pieces one a `read`, as a pipe does.
    struct Pieces(Vec<Vec<u8>>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(piece) = self.0.first_mut() else { return Ok(0) };
            let count = piece.len().min(buffer.len());
            buffer[..count].copy_from_slice(&piece[..count]);
            piece.drain(..count);
            if piece.is_empty() {
                self.0.remove(0);
            }
            Ok(count)
        }
    }

    #[test]
    fn marks_blank_lines_and_missing_newlines() {
        let text = b"\xef\xbb\xbf{}\r\n\n \t\r\n{\"a\":1}\n\xff\n[]";
        let found = lines(&mut LineReader::new(&text[..]));
        assert_eq!(
            found,
            [
                Ok((1, "{}\r".to_owned())),
                Ok((4, "{\"a\":1}".to_owned())),
                Err("line 5: not UTF-8 at byte 1".to_owned()),
                Ok((6, "[]".to_owned())),
            ]
        );
        assert_eq!(lines(&mut LineReader::new(&b""[..])), []);
        assert_eq!(lines(&mut LineReader::new(&b"\n\n"[..])), []);
    }

    #[test]
    fn what_was_read_is_given_before_more_is_asked_for() {
        /// Fails the test if it is read while a line is still at hand.
        struct Once(bool);
        impl Read for Once {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                assert!(!std::mem::replace(&mut self.0, true), "read too early");
                buffer[..8].copy_from_slice(b"{}\n[]\n{\"");
                Ok(8)
            }
        }
        let mut reader = LineReader::new(Once(false));
        assert_eq!(reader.next_line().unwrap().unwrap().text, "{}");
        assert_eq!(reader.next_line().unwrap().unwrap().text, "[]");
    }

    #[test]
    fn a_line_past_the_limit_is_an_error_and_costs_no_more_than_the_limit() {
        let mut reader =
            LineReader::new(io::repeat(b'x').take(5 * LINE_LIMIT as u64).chain(&b"\n{}\n"[..]));
        assert_eq!(
            lines(&mut reader),
            [Err("line 1: longer than 16 MiB".to_owned()), Ok((2, "{}".to_owned()))]
        );
        assert!(reader.buffer.len() <= 4 * LINE_LIMIT, "{}", reader.buffer.len());
    }

    #[test]
    fn the_limit_is_the_same_however_much_comes_at_once() {
        for length in [LINE_LIMIT, LINE_LIMIT + 1] {
            let text = [vec![b'x'; length], b"\n{}\n".to_vec()].concat();
            for piece in [length / 3, length - 1, length, length + 4] {
                let pieces = text.chunks(piece).map(<[u8]>::to_vec).collect();
                let mut reader = LineReader::new(Pieces(pieces));
                let first = reader.next_line().map(|line| line.map(|line| line.text.len()));
                match first {
                    Ok(read) => assert_eq!((read, length), (Some(LINE_LIMIT), LINE_LIMIT)),
                    Err(_) => assert_eq!(length, LINE_LIMIT + 1, "{piece}"),
                }
                assert_eq!(reader.next_line().unwrap().unwrap().text, "{}");
            }
        }
    }

    proptest! {
        #[test]
        fn cutting_the_input_anywhere_changes_nothing(
            text in "[ab\r\n é]{0,60}",
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([bytes.len()]) {
                if cut > from {
                    pieces.push(bytes[from..cut].to_vec());
                    from = cut;
                }
            }
            let expected: Vec<_> = text
                .split('\n')
                .zip(1..)
                .filter(|(line, _)| !is_blank(line.as_bytes()))
                .map(|(line, number)| Ok((number, line.to_owned())))
                .collect();
            prop_assert_eq!(lines(&mut LineReader::new(Pieces(pieces))), expected);
        }
    }
}
