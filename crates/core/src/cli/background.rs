//! Writing on a thread of its own, so that whoever does not read an output
//! holds up nothing but what is written to it.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FileType, fstat};
use rustix::io::Errno;

use super::drawn_line::DrawnLine;

/// The time in which no reader takes anything, after which an output counts as not read.
pub(super) const READER_TIMEOUT: Duration = Duration::from_secs(5);

/// The number of bytes that are written at once: a pipe takes so many whole or
/// not at all (`PIPE_BUF`), so no reader sees a part of a shorter line.
const AT_ONCE: usize = 4096;

/// The time between two looks whether a reader took something out of a pipe.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The most states of the progress line that wait. Once there are that many, a new state
/// replaces the last one.
const LINE_STATES: usize = 64;

/// An output that a thread writes to. What is sent waits in memory until it is
/// written; clones are the same output.
#[derive(Clone, Debug)]
pub(super) struct Background {
    shared: Arc<OutputQueue>,
}

#[derive(Debug)]
struct OutputQueue {
    state: Mutex<QueueState>,
    /// Notified when a text was sent or written.
    changed: Condvar,
    stream: Stream,
    /// The number of bytes that may wait, beside those that must be sent.
    limit: usize,
}

#[derive(Debug)]
struct QueueState {
    queue: VecDeque<OutputItem>,
    /// The number of bytes of text that wait.
    bytes: usize,
    /// The number of texts that are being written now.
    writing: usize,
    /// The number of texts that found no room.
    dropped: usize,
    /// The error that ended the output.
    error: Option<io::Error>,
    /// When something was written last, or was sent to an output that had
    /// nothing to write.
    moved: Instant,
}

#[derive(Debug)]
enum OutputItem {
    Text(Vec<u8>),
    /// A state of the progress line.
    Line(String),
}

/// One of the two outputs of a process.
#[derive(Clone, Debug)]
pub(super) enum Stream {
    Stdout,
    /// With the progress line, which makes way for every message.
    Stderr(DrawnLine),
}

/// Why some of an output was not written.
#[derive(Debug)]
pub(super) enum Unwritten {
    /// It failed.
    Failed(io::Error),
    /// Nobody reads it: so many texts are lost.
    Unread(usize),
    /// All else was read, but so many texts found no room before.
    Dropped(usize),
    /// The waiting for a reader was interrupted: so many texts are lost.
    Interrupted(usize),
}

impl Background {
    /// Starts the thread that writes to that output.
    pub(super) fn start(stream: Stream, limit: usize) -> io::Result<Self> {
        let state = QueueState {
            queue: VecDeque::new(),
            bytes: 0,
            writing: 0,
            dropped: 0,
            error: None,
            moved: Instant::now(),
        };
        let shared = Arc::new(OutputQueue {
            state: Mutex::new(state),
            changed: Condvar::new(),
            stream,
            limit,
        });
        let writer = Arc::clone(&shared);
        // It ends with the process, whatever a reader does.
        Builder::new().name("output".to_owned()).spawn(move || writer.write_all())?;
        Ok(Self { shared })
    }

    /// Sends a text, unless too much waits already.
    pub(super) fn send(&self, text: Vec<u8>) {
        let mut state = self.shared.lock();
        if state.bytes + text.len() > self.shared.limit && state.error.is_none() {
            state.dropped += 1;
            return;
        }
        self.shared.push(state, OutputItem::Text(text));
    }

    /// Sends a text, however much waits already.
    pub(super) fn must_send(&self, text: Vec<u8>) {
        self.shared.push(self.shared.lock(), OutputItem::Text(text));
    }

    /// Replaces the progress line by this text; an empty text removes the line.
    pub(super) fn draw(&self, text: String) {
        let mut state = self.shared.lock();
        let pictures = state.queue.iter().rev();
        let waiting = pictures.take_while(|item| matches!(item, OutputItem::Line(_))).count();
        if waiting >= LINE_STATES {
            state.queue.pop_back();
        }
        self.shared.push(state, OutputItem::Line(text));
    }

    /// The number of texts that found no room.
    pub(super) fn dropped(&self) -> usize {
        self.shared.lock().dropped
    }

    /// Waits until all is written: as long as a reader takes something, and for
    /// another five seconds after `since`, or `least` from now on if that is
    /// later. A reader that went away had enough.
    pub(super) fn wait_until_written(
        &self,
        since: Instant,
        least: Duration,
        is_interrupted: impl Fn() -> bool,
    ) -> Result<(), Unwritten> {
        let least = Instant::now() + least;
        let mut taken = since;
        let mut unread = self.shared.stream.unread();
        let mut state = self.shared.lock();
        loop {
            if let Some(error) = state.error.take() {
                return match error.kind() {
                    io::ErrorKind::BrokenPipe => Ok(()),
                    _ => Err(Unwritten::Failed(error)),
                };
            }
            let texts = state.queue.iter().filter(|item| matches!(item, OutputItem::Text(_)));
            let lost = texts.count() + state.writing + state.dropped;
            if state.queue.is_empty() && state.writing == 0 {
                return if lost == 0 { Ok(()) } else { Err(Unwritten::Dropped(lost)) };
            }
            let left = self.shared.stream.unread();
            if left < unread {
                taken = Instant::now();
            }
            unread = left;
            let end = (taken.max(state.moved) + READER_TIMEOUT).max(least);
            let now = Instant::now();
            if now >= end {
                return Err(Unwritten::Unread(lost));
            }
            if is_interrupted() {
                return Err(Unwritten::Interrupted(lost));
            }
            let wait = LOOK_EVERY.min(end - now);
            let waited = self.shared.changed.wait_timeout(state, wait);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl OutputQueue {
    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, mut state: MutexGuard<'_, QueueState>, item: OutputItem) {
        // What failed once is not tried again: a reader would miss the middle.
        if state.error.is_some() {
            return;
        }
        if state.queue.is_empty() && state.writing == 0 {
            state.moved = Instant::now();
        }
        if let OutputItem::Text(text) = &item {
            state.bytes += text.len();
        }
        state.queue.push_back(item);
        drop(state);
        self.changed.notify_all();
    }

    /// Writes what is sent, one after the other.
    fn write_all(&self) {
        loop {
            let mut state = self.lock();
            while state.queue.is_empty() {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let mut texts = Vec::new();
            let mut picture = None;
            while let Some(item) = state.queue.pop_front() {
                match item {
                    OutputItem::Text(text) if texts.is_empty() => texts = text,
                    OutputItem::Text(text) if texts.len() + text.len() <= AT_ONCE => {
                        texts.extend(text);
                    }
                    OutputItem::Line(line) if texts.is_empty() => {
                        picture = Some(line);
                        break;
                    }
                    other => {
                        state.queue.push_front(other);
                        break;
                    }
                }
                state.writing += 1;
            }
            // A picture counts as one thing to write.
            state.writing += usize::from(picture.is_some());
            drop(state);
            if let (Some(picture), Stream::Stderr(line)) = (picture, &self.stream) {
                line.draw(picture);
            }
            let written = self.stream.write(&texts, || self.lock().moved = Instant::now());
            let mut state = self.lock();
            state.writing = 0;
            state.bytes -= texts.len();
            state.moved = Instant::now();
            if let Err(error) = written {
                state.error = Some(error);
                state.queue.clear();
                state.bytes = 0;
            }
            drop(state);
            self.changed.notify_all();
        }
    }
}

impl Stream {
    /// Writes all of that, and reports each part that was taken.
    fn write(&self, text: &[u8], taken: impl Fn()) -> io::Result<()> {
        let write = || {
            for part in text.chunks(AT_ONCE) {
                self.write_part(part)?;
                taken();
            }
            Ok(())
        };
        match self {
            _ if text.is_empty() => Ok(()),
            Self::Stdout => write(),
            Self::Stderr(line) => line.suspended(write),
        }
    }

    /// Past the standard library's own buffer, which would not say how much of
    /// it was taken.
    fn write_part(&self, mut part: &[u8]) -> io::Result<()> {
        while !part.is_empty() {
            match self.with_fd(|fd| rustix::io::write(fd, part)) {
                Ok(length) => part = part.get(length..).unwrap_or_default(),
                Err(Errno::INTR) => {}
                // Another process that shares the output made it non-blocking: wait
                // until it takes more.
                Err(Errno::AGAIN) => self.with_fd(|fd| {
                    match poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::OUT)], None) {
                        Ok(_) | Err(Errno::INTR) => Ok(()),
                        Err(error) => Err(error),
                    }
                })?,
                // The standard library takes an output that is not there for
                // one that takes everything.
                Err(Errno::BADF) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// The number of written bytes that nobody took yet, where that can be known.
    fn unread(&self) -> Option<u64> {
        self.with_fd(|fd| {
            let kind = FileType::from_raw_mode(fstat(fd).ok()?.st_mode);
            if kind == FileType::Fifo { rustix::io::ioctl_fionread(fd).ok() } else { None }
        })
    }

    fn with_fd<T>(&self, work: impl FnOnce(BorrowedFd<'_>) -> T) -> T {
        match self {
            Self::Stdout => work(io::stdout().as_fd()),
            Self::Stderr(_) => work(io::stderr().as_fd()),
        }
    }
}
