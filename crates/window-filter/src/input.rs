//! Blocks of whole lines from stdin, for any number of threads.
//!
//! Threads read a regular file in parallel, each at the offset of its block, from the
//! descriptor's current position on. Everything else is read by one thread at a time.
//! The lines of one `read` are a block at once, so that the lines of a slow producer
//! are filtered as they come. Blocks are numbered in the order of the input.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, PoisonError};

use maintenance_core::cli::Messages;
use maintenance_core::jsonl::{BYTE_ORDER_MARK, LINE_LIMIT, enlarge_buffer};

/// The size of a block in bytes, without the rest of its last line.
pub(crate) const BLOCK: usize = 256 * 1024;

/// The warning about an input without a line.
pub(crate) const EMPTY_INPUT: &str = "the input is empty: no run was read";

/// The bytes that are read beyond a block for the rest of its last line.
const BEYOND: usize = 4 * 1024;

/// The size in bytes to which a pipe on stdin is enlarged. With the usual 64 KiB the
/// two programs at its ends wait for each other most of the time.
#[cfg(target_os = "linux")]
const PIPE: usize = 1024 * 1024;

/// An input from which threads take blocks.
#[derive(Debug)]
pub(crate) struct BlockReader {
    file: File,
    /// The size of a block in bytes, without the rest of its last line.
    size: usize,
    /// The offset at which the input begins, if it is read at offsets.
    base: u64,
    /// The number of blocks that are read at offsets. The end of a file is read as a
    /// stream, since other programs may be appending to it.
    at_offsets: u64,
    state: Mutex<ReadState>,
}

#[derive(Debug, Default)]
struct ReadState {
    /// The number of the next block.
    next: u64,
    /// Whether the stream comes after blocks that are read at offsets, and did not
    /// begin yet. Then it has to find its own first line.
    joins: bool,
    /// The beginning of a line that was not read to its end yet.
    carry: Vec<u8>,
    /// Whether the stream is within a line that is too long, which is skipped.
    in_long_line: bool,
    ended: bool,
}

/// Whole lines of the input.
#[derive(Debug, Default)]
pub(crate) struct Block {
    /// The number of the block, from 0.
    pub(crate) number: u64,
    buffer: Vec<u8>,
    lines: Range<usize>,
    /// Whether the next line is too long to be read.
    pub(crate) too_long: bool,
}

/// Says what is waited for, where runs come from a terminal.
pub(crate) fn note_terminal(messages: &Messages) {
    if io::stdin().is_terminal() {
        messages.note(
            "waiting for runs, one JSON object a line, from this terminal: pipe them into it \
             (`runs-fetch ... | window-filter ...`), or end them with Ctrl-D",
        );
    }
}

impl Block {
    /// The lines. The last line of the input may lack its `\n`.
    pub(crate) fn lines(&self) -> &[u8] {
        &self.buffer[self.lines.clone()]
    }
}

impl BlockReader {
    /// Standard input.
    pub(crate) fn stdin() -> io::Result<Self> {
        Self::new(File::from(io::stdin().as_fd().try_clone_to_owned()?), BLOCK)
    }

    /// A file or pipe, in blocks of that size.
    pub(crate) fn new(mut file: File, size: usize) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let (mut base, mut at_offsets) = (0, 0);
        if metadata.is_file() {
            base = file.stream_position()?;
            let blocks = metadata.len().saturating_sub(base) / size as u64;
            // The last whole block is read as a stream.
            at_offsets = blocks.saturating_sub(1);
        } else {
            enlarge(&file, &metadata);
        }
        let state = Mutex::new(ReadState { joins: at_offsets > 0, ..ReadState::default() });
        Ok(Self { file, size, base, at_offsets, state })
    }

    /// The usual size of a block in bytes.
    pub(crate) fn block_size(&self) -> u64 {
        self.size as u64
    }

    /// The number of bytes that are read at offsets.
    pub(crate) fn size_at_offsets(&self) -> u64 {
        self.at_offsets * self.size as u64
    }

    /// Reads the next block, and returns whether there is one. On an error the block
    /// has its number, but no lines.
    pub(crate) fn next(&self, block: &mut Block) -> io::Result<bool> {
        block.too_long = false;
        block.lines = 0..0;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        block.number = state.next;
        state.next += 1;
        if block.number < self.at_offsets {
            drop(state);
            return self.read_at(block).map(|()| true);
        }
        let more = self.read_stream(&mut state, block);
        if more.is_err() {
            state.ended = true;
        }
        more
    }

    /// Reads the lines that begin within the block's own bytes.
    fn read_at(&self, block: &mut Block) -> io::Result<()> {
        let begin = self.base + block.number * self.size as u64;
        // The byte before the block shows whether a line begins with the block.
        let lead = usize::from(block.number > 0);
        let (mut filled, mut wanted) = (0, lead + self.size + BEYOND);
        let (mut from, mut to) = (None, None);
        while to.is_none() {
            enlarge_buffer(&mut block.buffer, wanted);
            let before = filled;
            while filled < wanted {
                let place = begin - lead as u64 + filled as u64;
                match self.file.read_at(&mut block.buffer[filled..wanted], place) {
                    Ok(0) => break,
                    Ok(count) => filled += count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            let buffer = &block.buffer[..filled];
            if from.is_none() {
                from = match lead {
                    0 => Some(0),
                    _ => memchr::memchr(b'\n', &buffer[..filled.min(self.size)]).map(|at| at + 1),
                };
            }
            let Some(from) = from else { return Ok(()) };
            // The last line of the block is the line with the block's last byte.
            let last = before.max((lead + self.size - 1).min(filled));
            to = memchr::memchr(b'\n', &buffer[last..]).map(|at| last + at + 1);
            if to.is_none() && filled < wanted {
                to = Some(filled);
            }
            if let Some(to) = to {
                block.lines = from..to;
            } else if filled - last_line(&buffer[from..]) - from > LINE_LIMIT {
                block.lines = from..from + last_line(&buffer[from..]);
                block.too_long = true;
                return Ok(());
            }
            wanted = filled * 2;
        }
        self.skip_bom(block);
        Ok(())
    }

    /// Reads once, and makes a block of the lines up to the last `\n`.
    fn read_stream(&self, state: &mut ReadState, block: &mut Block) -> io::Result<bool> {
        if state.ended {
            return Ok(false);
        }
        if std::mem::take(&mut state.joins) {
            let begin = self.base + self.size_at_offsets();
            (&self.file).seek(SeekFrom::Start(begin - 1))?;
            // The line with this byte belongs to the block before.
            state.in_long_line = true;
        }
        let mut filled = state.carry.len();
        enlarge_buffer(&mut block.buffer, self.size.max(filled));
        block.buffer[..filled].copy_from_slice(&state.carry);
        state.carry.clear();
        loop {
            if filled == block.buffer.len() {
                enlarge_buffer(&mut block.buffer, filled * 2);
            }
            let count = read_once(&self.file, &mut block.buffer[filled..])?;
            let mut new = filled..filled + count;
            filled = new.end;
            state.ended = count == 0;
            if state.in_long_line {
                let Some(at) = memchr::memchr(b'\n', &block.buffer[new.clone()]) else {
                    filled = 0;
                    if state.ended {
                        return Ok(false);
                    }
                    continue;
                };
                state.in_long_line = false;
                new.start += at + 1;
                block.buffer.copy_within(new.clone(), 0);
                new = 0..new.len();
                filled = new.end;
            }
            let lines = match memchr::memrchr(b'\n', &block.buffer[new.clone()]) {
                Some(at) => new.start + at + 1,
                None if state.ended => filled,
                None if filled > LINE_LIMIT => {
                    state.in_long_line = true;
                    block.too_long = true;
                    return Ok(true);
                }
                None => continue,
            };
            state.carry.extend_from_slice(&block.buffer[lines..filled]);
            block.lines = 0..lines;
            self.skip_bom(block);
            return Ok(lines > 0);
        }
    }

    fn skip_bom(&self, block: &mut Block) {
        if block.number == 0 && self.base == 0 && block.lines().starts_with(BYTE_ORDER_MARK) {
            block.lines.start += BYTE_ORDER_MARK.len();
        }
    }
}

/// Reads once, and again only after an interruption.
fn read_once(mut file: &File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// The offset at which the last line of the text begins.
fn last_line(text: &[u8]) -> usize {
    memchr::memrchr(b'\n', text).map_or(0, |at| at + 1)
}

/// Enlarges a pipe, as far as the system allows it.
#[cfg(target_os = "linux")]
fn enlarge(file: &File, metadata: &std::fs::Metadata) {
    use std::os::unix::fs::FileTypeExt;

    if metadata.file_type().is_fifo() {
        // On an error the pipe keeps its size, and is only slower.
        let _ = rustix::pipe::fcntl_setpipe_size(file, PIPE);
    }
}

#[cfg(not(target_os = "linux"))]
fn enlarge(_file: &File, _metadata: &std::fs::Metadata) {}
