//! Blocks in, selected lines out in their order, on one thread or several.
//!
//! Every thread takes a block, filters it, waits for the block's turn, and
//! writes what it selected; nobody holds a lock while writing. Each thread has
//! one block and one output at a time, so memory does not grow with the input,
//! and a reader that is slow slows the filter down.
//!
//! A small input never pays for threads: they are only started once there is
//! reason to believe that the input is large.

use std::io::Write;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Context;
use maintenance_core::cli::Messages;
use maintenance_core::jsonl::{BadLine, ReadError, WriteError, end};
use maintenance_core::time::UtcTime;
use maintenance_core::timetable::OnError;

use crate::filter::{Filter, Step, Tally, Worker};
use crate::input::{Block, Input};

/// From how many blocks of input on threads are worth their start.
const LARGE: u64 = 16;

/// What was seen of the whole input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// The lines that were read, also blank ones.
    lines: u64,
    /// The runs that were read.
    pub(crate) runs: u64,
    /// The runs that were selected.
    pub(crate) selected: u64,
    /// The lines that could not be used.
    pub(crate) bad: u64,
    /// The last start of a run.
    pub(crate) last_date: Option<UtcTime>,
}

/// What the threads share.
struct Shared<W> {
    filter: Filter,
    input: Input,
    on_error: OnError,
    messages: Messages,
    order: Mutex<Order>,
    changed: Condvar,
    /// Only ever locked by the thread whose turn it is.
    output: Mutex<Output<W>>,
}

/// Whose turn it is.
#[derive(Debug, Default)]
struct Order {
    /// The number of the block that may be written.
    turn: u64,
    /// How many threads are at work.
    working: usize,
    /// Nothing more is to be written.
    stopped: bool,
    /// Why.
    error: Option<anyhow::Error>,
}

struct Output<W> {
    writer: W,
    summary: Summary,
    /// The end record: it waits for the end, since something might follow.
    end: Option<String>,
}

/// Why a thread stopped working.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pause {
    /// There is nothing left to do.
    Ended,
    /// It has read as much as it was to read alone.
    Enough,
}

/// Nothing more is to be written.
struct Stopped;

/// Filters the whole input on so many threads.
///
/// # Errors
///
/// The first line in the input's order that cannot be used, unless such lines
/// are skipped, and whatever stops reading or writing. The lines before it
/// are written by then.
pub(crate) fn run<W: Write + Send + 'static>(
    filter: Filter,
    input: Input,
    writer: W,
    threads: usize,
    on_error: OnError,
    messages: &Messages,
) -> anyhow::Result<Summary> {
    let large = LARGE * input.block_size();
    let alone = match threads {
        1 => u64::MAX,
        _ if input.size_at_offsets() >= large => 0,
        _ => large,
    };
    let shared = Arc::new(Shared {
        filter,
        input,
        on_error,
        messages: messages.clone(),
        order: Mutex::default(),
        changed: Condvar::new(),
        output: Mutex::new(Output { writer, summary: Summary::default(), end: None }),
    });
    if shared.work(alone) == Pause::Enough {
        shared.order().working = threads;
        for _ in 0..threads {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name("filter".to_owned())
                .spawn(move || {
                    let _at_work = AtWork(&shared);
                    shared.work(u64::MAX)
                })
                .context("cannot start a thread")?;
        }
        // This thread only waits: another one may be reading from a pipe that
        // stays silent for ever, and must not keep the end of the work back.
        let mut order = shared.order();
        while order.working > 0 && !order.stopped {
            order = shared.changed.wait(order).unwrap_or_else(PoisonError::into_inner);
        }
    }
    let summary = shared.finish();
    // The process ends next: to free many windows one by one would only take
    // time.
    mem::forget(shared);
    summary
}

/// Counts a thread out when it ends, however it does.
struct AtWork<'a, W>(&'a Shared<W>);

impl<W> Drop for AtWork<'_, W> {
    fn drop(&mut self) {
        self.0.order().working -= 1;
        self.0.changed.notify_all();
    }
}

impl<W> Shared<W> {
    fn order(&self) -> MutexGuard<'_, Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write> Shared<W> {
    /// Takes blocks and filters them, until so many bytes were read.
    fn work(&self, most: u64) -> Pause {
        let mut block = Block::default();
        let mut worker = self.filter.worker();
        let mut read = 0;
        while read < most {
            let done = match self.input.next(&mut block) {
                Ok(false) => return Pause::Ended,
                Ok(true) => self.filter_block(&block, &mut worker),
                Err(error) => {
                    let error = ReadError::Io(error).into();
                    self.hand_over(block.number, |_| Err(error))
                }
            };
            if done.is_err() {
                return Pause::Ended;
            }
            read += block.lines().len() as u64;
        }
        Pause::Enough
    }

    fn filter_block(&self, block: &Block, worker: &mut Worker<'_>) -> Result<(), Stopped> {
        let number = block.number;
        let take = |worker: &mut Worker<'_>, step| {
            self.hand_over(number, |output| output.take(worker, step, self))
        };
        let mut rest = block.lines();
        while !rest.is_empty() {
            let (text, bad) = valid_lines(rest);
            let mut at = 0;
            loop {
                match worker.advance(text, &mut at) {
                    Step::Done => break,
                    step => take(worker, step)?,
                }
            }
            rest = &rest[text.len()..];
            if let Some((column, length)) = bad {
                worker.tally.lines += 1;
                take(worker, Step::Bad(BadLine::NotUtf8 { column }))?;
                rest = &rest[length..];
            }
        }
        if block.too_long {
            worker.tally.lines += 1;
            take(worker, Step::Bad(BadLine::TooLong))?;
        }
        take(worker, Step::Done)?;
        self.order().turn = number + 1;
        self.changed.notify_all();
        Ok(())
    }

    /// Waits for the block's turn and hands over what was gathered.
    fn hand_over(
        &self,
        number: u64,
        take: impl FnOnce(&mut Output<W>) -> anyhow::Result<()>,
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

    fn finish(&self) -> anyhow::Result<Summary> {
        if let Some(error) = self.order().error.take() {
            return Err(error);
        }
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(end) = output.end.take() {
            let mut line = Vec::with_capacity(end.len() + 32);
            end::append_selected(&end, output.summary.selected, &mut line)
                .map_err(|what| what.at(output.summary.lines))?;
            line.push(b'\n');
            write(&mut output.writer, &line)?;
        }
        Ok(output.summary)
    }
}

impl<W: Write> Output<W> {
    /// Writes what a worker selected, and acts on why it came.
    fn take(
        &mut self,
        worker: &mut Worker<'_>,
        step: Step,
        shared: &Shared<W>,
    ) -> anyhow::Result<()> {
        let tally = mem::take(&mut worker.tally);
        if let (Some(_), Some(first)) = (&self.end, tally.first_run) {
            return Err(BadLine::AfterEnd.at(self.summary.lines + first).into());
        }
        write(&mut self.writer, &worker.out)?;
        worker.out.clear();
        self.summary.add(&tally);
        let line = self.summary.lines;
        match step {
            Step::Done | Step::Full => {}
            Step::Failed(error) => return Err(error.into()),
            Step::Bad(what) => {
                let error = what.at(line);
                if shared.on_error == OnError::Stop {
                    return Err(error.into());
                }
                shared.messages.warn(&format!("{error}: left out"));
                self.summary.bad += 1;
            }
            Step::End { record, text } => {
                let read = self.summary.runs + self.summary.bad;
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
            }
        }
        Ok(())
    }
}

impl Summary {
    fn add(&mut self, tally: &Tally) {
        self.lines += tally.lines;
        self.runs += tally.runs;
        self.selected += tally.selected;
        self.last_date = self.last_date.max(tally.last_date);
    }
}

fn write(writer: &mut impl Write, lines: &[u8]) -> Result<(), WriteError> {
    if lines.is_empty() {
        return Ok(());
    }
    Ok(writer.write_all(lines).and_then(|()| writer.flush())?)
}

/// The whole lines at the beginning of `bytes` that are UTF-8, and where the
/// line behind them ceases to be, with its length, if that is not all.
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
