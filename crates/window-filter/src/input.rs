//! Blocks of whole lines from stdin, for any number of threads.
//!
//! A regular file is read at offsets, each thread its own block, from the
//! descriptor's current position on. All else is read by one thread at a time,
//! and what one `read` gave is handed out at once, so that a slow producer is
//! followed line by line. Blocks are numbered in the order of the input.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, PoisonError};

use maintenance_core::jsonl::{BYTE_ORDER_MARK, LINE_LIMIT};

/// How much is read at once, in bytes.
pub(crate) const BLOCK: usize = 256 * 1024;

/// How much is read beyond a block for the rest of its last line.
const BEYOND: usize = 4 * 1024;

/// The size that a pipe on stdin is given, in bytes; usually it has 64 KiB,
/// and the two programs at its ends wait for each other most of the time.
#[cfg(target_os = "linux")]
const PIPE: usize = 1024 * 1024;

/// An input that threads take blocks from.
#[derive(Debug)]
pub(crate) struct Input {
    file: File,
    /// How many bytes a block has, but for the rest of its last line.
    size: usize,
    /// Where the input begins, if it is read at offsets.
    base: u64,
    /// How many blocks are read at offsets. What follows is read as a stream:
    /// the last bytes of a file, to which others may be appending.
    at_offsets: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The number of the next block.
    next: u64,
    /// Whether the stream follows the blocks that were read at offsets, and
    /// did not begin yet: it has to find the first line that is its own.
    joins: bool,
    /// The beginning of a line whose rest was not read yet.
    carry: Vec<u8>,
    /// A line beyond the limit is being passed over.
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
    /// Whether a line follows that is too long to be read.
    pub(crate) too_long: bool,
}

impl Block {
    /// The lines; the last one of the input may lack its `\n`.
    pub(crate) fn lines(&self) -> &[u8] {
        &self.buffer[self.lines.clone()]
    }
}

impl Input {
    /// Standard input.
    pub(crate) fn stdin() -> io::Result<Self> {
        Self::new(File::from(io::stdin().as_fd().try_clone_to_owned()?), BLOCK)
    }

    /// That file or pipe, in blocks of that size.
    pub(crate) fn new(mut file: File, size: usize) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let (mut base, mut at_offsets) = (0, 0);
        if metadata.is_file() {
            base = file.stream_position()?;
            let blocks = metadata.len().saturating_sub(base) / size as u64;
            // The last whole block is left to the stream.
            at_offsets = blocks.saturating_sub(1);
        } else {
            enlarge(&file, &metadata);
        }
        let state = Mutex::new(State { joins: at_offsets > 0, ..State::default() });
        Ok(Self { file, size, base, at_offsets, state })
    }

    /// How many bytes a block has, as a rule.
    pub(crate) fn block_size(&self) -> u64 {
        self.size as u64
    }

    /// How many bytes are read at offsets.
    pub(crate) fn size_at_offsets(&self) -> u64 {
        self.at_offsets * self.size as u64
    }

    /// Reads the next block. `false`: there is none. On an error the block has
    /// its number, but no lines.
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

    /// The lines that begin within the block's own bytes.
    fn read_at(&self, block: &mut Block) -> io::Result<()> {
        let begin = self.base + block.number * self.size as u64;
        // With the byte before it one sees whether a line begins right there.
        let lead = usize::from(block.number > 0);
        let (mut filled, mut wanted) = (0, lead + self.size + BEYOND);
        let (mut from, mut to) = (None, None);
        while to.is_none() {
            if block.buffer.len() < wanted {
                block.buffer.resize(wanted, 0);
            }
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
            // The last line is the one that has the block's last byte.
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
        self.skip_mark(block);
        Ok(())
    }

    /// What one `read` gives, up to the last `\n` in it.
    fn read_stream(&self, state: &mut State, block: &mut Block) -> io::Result<bool> {
        if state.ended {
            return Ok(false);
        }
        if state.joins {
            state.joins = false;
            let begin = self.base + self.at_offsets * self.size as u64;
            (&self.file).seek(SeekFrom::Start(begin - 1))?;
            // The line that has this byte is another block's.
            state.in_long_line = true;
        }
        let mut filled = state.carry.len();
        block.buffer.resize(block.buffer.len().max(self.size).max(filled), 0);
        block.buffer[..filled].copy_from_slice(&state.carry);
        state.carry.clear();
        loop {
            if filled == block.buffer.len() {
                block.buffer.resize(filled * 2, 0);
            }
            let count = match (&self.file).read(&mut block.buffer[filled..]) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
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
            self.skip_mark(block);
            return Ok(lines > 0);
        }
    }

    fn skip_mark(&self, block: &mut Block) {
        if block.number == 0 && self.base == 0 && block.lines().starts_with(BYTE_ORDER_MARK) {
            block.lines.start += BYTE_ORDER_MARK.len();
        }
    }
}

/// Where the last line of the text begins.
fn last_line(text: &[u8]) -> usize {
    memchr::memrchr(b'\n', text).map_or(0, |at| at + 1)
}

/// Enlarges a pipe, as far as the system allows it to this user.
#[cfg(target_os = "linux")]
fn enlarge(file: &File, metadata: &std::fs::Metadata) {
    use std::os::unix::fs::FileTypeExt;

    if metadata.file_type().is_fifo() {
        // A pipe of the usual size is only slower.
        let _ = rustix::pipe::fcntl_setpipe_size(file, PIPE);
    }
}

#[cfg(not(target_os = "linux"))]
fn enlarge(_file: &File, _metadata: &std::fs::Metadata) {}
