//! Filters blocks on one thread or several, and writes the selected lines in their
//! order.
//!
//! Each thread takes a block, filters it, waits for the block's turn, and writes the
//! selected lines. The lock of the order is not held while a thread writes. Each
//! thread has one block and one output at a time, so memory does not grow with the
//! input, and the filter is not faster than the reader of its output.
//!
//! A small input does not pay for the start of threads. They are started once the
//! input is known to be large.

#[cfg(any(test, fuzzing))]
pub(crate) mod fuzz;

use std::io::Write;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Context;
use maintenance_core::cli::Messages;
use maintenance_core::jsonl::{BadLine, LINE_LIMIT, LineError, ReadError, WriteError, end_record};
use maintenance_core::timetable::OnError;

use crate::filter::{Filter, FilterSettings, HandOver, Worker};
use crate::input::{Block, BlockReader};
use crate::summary::InputCounts;

/// The blocks of input from which on threads are worth their start.
const LARGE: u64 = 16;

/// The state that the threads share.
struct SharedWork<W> {
    filter: Filter,
    input: BlockReader,
    messages: Messages,
    order: Mutex<Order>,
    changed: Condvar,
    /// Only the thread whose turn it is locks this.
    output: Mutex<OrderedOutput<W>>,
}

/// The order of the threads' output.
#[derive(Debug, Default)]
struct Order {
    /// The number of the block that may be written.
    turn: u64,
    /// The number of threads that have not ended.
    working: usize,
    /// Whether nothing more may be written.
    stopped: bool,
    /// The error that stopped the work.
    error: Option<anyhow::Error>,
}

/// The output in the order of the input, and its counts.
struct OrderedOutput<W> {
    writer: W,
    counts: InputCounts,
    /// The end record. It is written at the end, if no run follows it.
    end: Option<String>,
}

/// The reason for which a thread stopped working.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WorkEnd {
    /// The input ended, or an error stopped the work.
    Ended,
    /// The first thread has read as much as it may read alone.
    Enough,
}

/// An error stopped the work, and nothing more may be written.
struct Stopped;

/// Filters the whole input on a number of threads.
///
/// # Errors
///
/// The first line of the input that cannot be used, unless such lines are skipped, and
/// errors in reading and writing. The lines before it are written.
pub(crate) fn run<W: Write + Send + 'static>(
    filter: Filter,
    input: BlockReader,
    writer: W,
    threads: usize,
    messages: &Messages,
) -> anyhow::Result<InputCounts> {
    let shared = Arc::new(SharedWork::new(filter, input, writer, messages));
    let counts = run_shared(&shared, threads);
    // The process ends next. Freeing many windows one by one would take time.
    mem::forget(shared);
    counts
}

fn run_shared<W: Write + Send + 'static>(
    shared: &Arc<SharedWork<W>>,
    threads: usize,
) -> anyhow::Result<InputCounts> {
    let large = LARGE * shared.input.block_size();
    let alone = match threads {
        1 => u64::MAX,
        _ if shared.input.size_at_offsets() >= large => 0,
        _ => large,
    };
    if shared.work(alone) == WorkEnd::Enough {
        shared.order().working = threads;
        for _ in 0..threads {
            let shared = Arc::clone(shared);
            thread::Builder::new()
                .name("filter".to_owned())
                .spawn(move || {
                    let _at_work = AtWork(&shared);
                    shared.work(u64::MAX)
                })
                .context("cannot start a thread")?;
        }
        // This thread takes no blocks. Another thread may be blocked in reading from a
        // pipe, and the work must be able to end without it.
        let mut order = shared.order();
        while order.working > 0 && !order.stopped {
            order = shared.changed.wait(order).unwrap_or_else(PoisonError::into_inner);
        }
    }
    shared.finish()
}

/// Counts a thread as ended when it is dropped, also in a panic.
struct AtWork<'a, W>(&'a SharedWork<W>);

impl<W> Drop for AtWork<'_, W> {
    fn drop(&mut self) {
        self.0.order().working -= 1;
        self.0.changed.notify_all();
    }
}

impl<W> SharedWork<W> {
    fn new(filter: Filter, input: BlockReader, writer: W, messages: &Messages) -> Self {
        Self {
            filter,
            input,
            messages: messages.clone(),
            order: Mutex::default(),
            changed: Condvar::new(),
            output: Mutex::new(OrderedOutput { writer, counts: InputCounts::default(), end: None }),
        }
    }

    fn order(&self) -> MutexGuard<'_, Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write> SharedWork<W> {
    /// Takes blocks and filters them until `most` bytes were read.
    fn work(&self, most: u64) -> WorkEnd {
        let mut block = Block::default();
        let mut worker = self.filter.worker();
        let mut read = 0;
        while read < most {
            let done = match self.input.next(&mut block) {
                Ok(false) => return WorkEnd::Ended,
                Ok(true) => self.filter_block(&block, &mut worker),
                Err(error) => {
                    let error = ReadError::Io(error).into();
                    self.hand_over(block.number, |_| Err(error))
                }
            };
            if done.is_err() {
                return WorkEnd::Ended;
            }
            read += block.lines().len() as u64;
        }
        WorkEnd::Enough
    }

    /// Filters a block, and passes the turn on.
    fn filter_block(&self, block: &Block, worker: &mut Worker<'_>) -> Result<(), Stopped> {
        let number = block.number;
        let mut rest = block.lines();
        while !rest.is_empty() {
            let (lines, after) = up_to_too_long(rest);
            self.filter_lines(number, lines, worker)?;
            if after.is_some() {
                self.too_long(number, worker)?;
            }
            rest = after.unwrap_or_default();
        }
        if block.too_long {
            self.too_long(number, worker)?;
        }
        self.hand_over(number, |output| output.take(worker, HandOver::Done, self))?;
        self.order().turn = number + 1;
        self.changed.notify_all();
        Ok(())
    }

    /// Filters lines of the block with that number.
    fn filter_lines(
        &self,
        number: u64,
        lines: &[u8],
        worker: &mut Worker<'_>,
    ) -> Result<(), Stopped> {
        let take = |worker: &mut Worker<'_>, step| {
            self.hand_over(number, |output| output.take(worker, step, self))
        };
        let mut rest = lines;
        while !rest.is_empty() {
            let (text, bad) = valid_lines(rest);
            let mut at = 0;
            loop {
                match worker.advance(text, &mut at) {
                    HandOver::Done => break,
                    step => take(worker, step)?,
                }
            }
            rest = &rest[text.len()..];
            if let Some((column, length)) = bad {
                worker.tally.lines += 1;
                take(worker, HandOver::Bad(BadLine::NotUtf8 { column }))?;
                rest = &rest[length..];
            }
        }
        Ok(())
    }

    /// A line of that block is longer than lines may be.
    fn too_long(&self, number: u64, worker: &mut Worker<'_>) -> Result<(), Stopped> {
        worker.tally.lines += 1;
        let step = HandOver::Bad(BadLine::TooLong);
        self.hand_over(number, |output| output.take(worker, step, self))
    }

    /// Waits for the block's turn, and hands the worker's output over.
    fn hand_over(
        &self,
        number: u64,
        take: impl FnOnce(&mut OrderedOutput<W>) -> anyhow::Result<()>,
    ) -> Result<(), Stopped> {
        let mut order = self.order();
        while order.turn != number && !order.stopped {
            order = self.changed.wait(order).unwrap_or_else(PoisonError::into_inner);
        }
        if order.stopped {
            return Err(Stopped);
        }
        drop(order);
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        take(&mut output).map_err(|error| {
            let mut order = self.order();
            order.stopped = true;
            order.error = Some(error);
            self.changed.notify_all();
            Stopped
        })
    }

    /// Writes the end record.
    fn finish(&self) -> anyhow::Result<InputCounts> {
        if let Some(error) = self.order().error.take() {
            return Err(error);
        }
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(end) = output.end.take() {
            let mut line = Vec::with_capacity(end.len() + 32);
            end_record::append_selected(&end, output.counts.selected, &mut line)
                .map_err(|what| what.at(output.counts.lines))?;
            line.push(b'\n');
            write(&mut output.writer, &line)?;
        }
        Ok(output.counts)
    }
}

/// The lines before the first that is longer than lines may be, and those after it.
fn up_to_too_long(lines: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut from = 0;
    // What is left has no such line once it is not longer itself.
    while lines.len() - from > LINE_LIMIT {
        let end = memchr::memchr(b'\n', &lines[from..]).map_or(lines.len(), |at| from + at);
        let next = lines.len().min(end + 1);
        if end - from > LINE_LIMIT {
            return (&lines[..from], Some(&lines[next..]));
        }
        from = next;
    }
    (lines, None)
}

impl<W: Write> OrderedOutput<W> {
    /// Writes the lines that a worker selected, and acts on its reason to hand over.
    fn take(
        &mut self,
        worker: &mut Worker<'_>,
        step: HandOver,
        shared: &SharedWork<W>,
    ) -> anyhow::Result<()> {
        let tally = mem::take(&mut worker.tally);
        if let (Some(_), Some(first)) = (&self.end, tally.first_run) {
            return Err(BadLine::AfterEnd.at(self.counts.lines + first).into());
        }
        write(&mut self.writer, &worker.out)?;
        worker.out.clear();
        tally.add_to(&mut self.counts);
        let acted = self.act(step, &shared.filter.settings);
        // A line is counted before it is reported, so that a signal that follows the warning
        // finds it in the summary.
        if let (Some(summary), Some(by_window)) = (&shared.filter.summary, &mut worker.by_window) {
            summary.update(self.counts, by_window);
        }
        if let Some(left_out) = acted? {
            shared.messages.warn(&format!("{left_out}: left out"));
        }
        Ok(())
    }

    /// Acts on a worker's reason to hand over. Returns what is wrong with a line that is
    /// left out.
    fn act(
        &mut self,
        step: HandOver,
        settings: &FilterSettings,
    ) -> anyhow::Result<Option<LineError>> {
        let line = self.counts.lines;
        match step {
            HandOver::Done | HandOver::Full => {}
            HandOver::Failed(error) => return Err(error.into()),
            HandOver::Bad(what) => {
                let error = what.at(line);
                if settings.on_error == OnError::Stop {
                    return Err(error.into());
                }
                self.counts.bad += 1;
                return Ok(Some(error));
            }
            HandOver::End { record, text } => {
                let read = self.counts.runs + self.counts.bad;
                let counted = record.counted();
                if self.end.is_some() {
                    return Err(BadLine::AfterEnd.at(line).into());
                }
                if counted != read {
                    let what = match record.selected {
                        Some(_) => BadLine::Selected { counted, read },
                        None => BadLine::Count { counted, read },
                    };
                    return Err(what.at(line).into());
                }
                self.end = Some(text);
                self.counts.has_end = true;
            }
        }
        Ok(None)
    }
}

fn write(writer: &mut impl Write, lines: &[u8]) -> Result<(), WriteError> {
    if lines.is_empty() {
        return Ok(());
    }
    Ok(writer.write_all(lines).and_then(|()| writer.flush())?)
}

/// Returns the whole lines at the beginning of `bytes` that are UTF-8. If a line is
/// not, also returns the column of the error in it, and its length.
fn valid_lines(bytes: &[u8]) -> (&str, Option<(usize, usize)>) {
    if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
        return (text, None);
    }
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => return (text, None),
        Err(error) => error.valid_up_to(),
    };
    let start = memchr::memrchr(b'\n', &bytes[..valid]).map_or(0, |at| at + 1);
    let length = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len() - start, |at| at + 1);
    let text = std::str::from_utf8(&bytes[..start]).unwrap_or_default();
    (text, Some((valid - start + 1, length)))
}

#[cfg(test)]
mod tests;
