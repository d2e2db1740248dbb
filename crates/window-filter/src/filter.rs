//! The filter: selects the lines of a block.
//!
//! A selected line is copied byte for byte up to its closing brace. Then follows the
//! annotation of its window, which was made when the windows were compiled. No line
//! is parsed into values.

use std::sync::Arc;
use std::time::Duration;

use maintenance_core::jsonl::scan::{FoundMembers, Scanner};
use maintenance_core::jsonl::{BadLine, end_record, splice};
use maintenance_core::run::EndRecord;
use maintenance_core::time::UtcTime;
use maintenance_core::timetable::{OnError, TimetableError};
use maintenance_core::window_set::MAX_PREFETCHED;

use crate::horizon::{Horizon, Lookup, LookupError};
use crate::record::{RecordMembers, RunSubject};
use crate::scope_watch::{ComparedValues, ScopeWatch};
use crate::summary::{FilterSummary, InputCounts, WindowCounts};

/// The size in bytes from which on output is handed over. It is larger than a block
/// of input, so that most blocks are handed over once.
const FULL: usize = 512 * 1024;

/// The number of lines that are read before the first of them is looked up. The
/// memory for their look-ups is prefetched together.
const BATCH: usize = MAX_PREFETCHED;

/// The filter's settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FilterSettings {
    /// The runs to write.
    pub(crate) keep: Keep,
    /// The duration of a run whose record has none.
    pub(crate) assume_duration: Duration,
    /// The response to a line that cannot be used.
    pub(crate) on_error: OnError,
}

/// The runs to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// The runs that a window concerns. They count as selected.
    InWindows,
    /// The runs that no window concerns. They count as selected.
    Free,
    /// All runs. Those that a window concerns count as selected. The others are
    /// written without a window, also if the input had one.
    All,
}

/// The filter, with all windows ready for look-up.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) settings: FilterSettings,
    members: RecordMembers,
    horizon: Horizon,
    watch: Arc<ScopeWatch>,
    assume_duration: i64,
    /// The summary, if anybody wants to see it.
    pub(crate) summary: Option<FilterSummary>,
}

/// The part of the filter that each thread has for itself.
pub(crate) struct Worker<'a> {
    filter: &'a Filter,
    scanner: Scanner<'a>,
    lookup: Lookup<'a>,
    batch: Vec<BatchLine>,
    compared: ComparedValues,
    /// The selected lines since the last hand-over.
    pub(crate) out: Vec<u8>,
    /// The counts since the last hand-over.
    pub(crate) tally: Tally,
    /// The selected runs by window since the last hand-over, for the summary.
    pub(crate) by_window: Option<WindowCounts>,
}

/// A line of a batch, which is a run.
#[derive(Clone, Debug)]
struct BatchLine {
    /// Its number since the last hand-over, from 1 on.
    number: u64,
    start: usize,
    found: FoundMembers,
    date: UtcTime,
}

/// The counts of a part of the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// All lines, also blank lines.
    pub(crate) lines: u64,
    /// The lines that are runs.
    pub(crate) runs: u64,
    /// The runs that were selected.
    pub(crate) selected: u64,
    /// The latest start of a run.
    pub(crate) last_date: Option<UtcTime>,
    /// The number of the line with the first run.
    pub(crate) first_run: Option<u64>,
}

/// The reason for which a worker hands over.
#[derive(Debug)]
pub(crate) enum HandOver {
    /// The whole text was filtered.
    Done,
    /// The output is large enough.
    Full,
    /// The last line of the counts cannot be used.
    Bad(BadLine),
    /// The last line of the counts is an end record.
    End {
        /// Its content.
        record: EndRecord,
        /// Its line.
        text: String,
    },
    /// The windows of the timetable cannot be computed.
    Failed(TimetableError),
}

/// The result of reading a batch.
struct ReadBatch {
    /// The number of runs in the batch.
    runs: usize,
    /// The number of lines since the last hand-over, with this batch.
    lines: u64,
    /// The offset of the line behind the batch.
    next: usize,
    /// The reason to hand over behind the last run, if there is one.
    stop: Option<HandOver>,
}

impl Tally {
    /// Adds these counts to those of the whole input.
    pub(crate) fn add_to(&self, counts: &mut InputCounts) {
        counts.lines += self.lines;
        counts.runs += self.runs;
        counts.selected += self.selected;
        counts.last_date = counts.last_date.max(self.last_date);
    }
}

impl Filter {
    pub(crate) fn new(
        settings: FilterSettings,
        members: RecordMembers,
        horizon: Horizon,
        watch: Arc<ScopeWatch>,
    ) -> Self {
        let assume_duration =
            i64::try_from(settings.assume_duration.as_millis()).unwrap_or(i64::MAX);
        Self { settings, members, horizon, watch, assume_duration, summary: None }
    }

    /// The same, which also counts for a summary.
    pub(crate) fn with_summary(self, summary: Option<FilterSummary>) -> Self {
        Self { summary, ..self }
    }

    pub(crate) fn worker(&self) -> Worker<'_> {
        let found = FoundMembers::default();
        let line = BatchLine { number: 0, start: 0, found, date: UtcTime::MIN };
        Worker {
            filter: self,
            scanner: Scanner::new(&self.members.keys),
            lookup: Lookup::new(&self.horizon),
            batch: vec![line; BATCH],
            compared: ComparedValues::default(),
            out: Vec::new(),
            tally: Tally::default(),
            by_window: self.summary.as_ref().map(|_| WindowCounts::default()),
        }
    }
}

impl Worker<'_> {
    /// Filters the lines of `text` from `at` on until the worker has to hand over.
    /// Moves `at` to the next line.
    pub(crate) fn advance(&mut self, text: &str, at: &mut usize) -> HandOver {
        while *at < text.len() {
            let ReadBatch { runs, lines, next, stop } = self.read(text, *at);
            self.lookup.prefetch(self.batch[..runs].iter().map(|line| line.date));
            for index in 0..runs {
                let result = self.run(text, index);
                let line = &self.batch[index];
                let step = match result {
                    Ok(()) if self.out.len() < FULL => continue,
                    Ok(()) => HandOver::Full,
                    Err(LookupError::Timetable(error)) => HandOver::Failed(error),
                    Err(LookupError::Bad(bad)) => HandOver::Bad(bad),
                };
                self.tally.lines = line.number;
                *at = line.found.end + 1;
                return step;
            }
            self.tally.lines = lines;
            *at = next;
            if let Some(step) = stop {
                return step;
            }
        }
        HandOver::Done
    }

    /// Reads lines until the batch is full, or a line is no run.
    fn read(&mut self, text: &str, from: usize) -> ReadBatch {
        let members = &self.filter.members;
        let mut read = ReadBatch { runs: 0, lines: self.tally.lines, next: from, stop: None };
        while read.next < text.len() && read.stop.is_none() {
            let Some(line) = self.batch.get_mut(read.runs) else { break };
            read.lines += 1;
            line.number = read.lines;
            line.start = read.next;
            let is_object = self.scanner.read(text, line.start, &mut line.found);
            read.next = line.found.end + 1;
            match is_object.map(|is| is.then(|| members.date(text, &line.found))) {
                Ok(None) => {}
                Ok(Some(Ok(date))) => {
                    line.date = date;
                    read.runs += 1;
                }
                Ok(Some(Err(bad))) => {
                    let text = &text[line.start..line.found.end];
                    read.stop = Some(match end_record::read(text) {
                        Ok(Some(record)) => HandOver::End { record, text: text.to_owned() },
                        Ok(None) => HandOver::Bad(bad),
                        Err(bad) => HandOver::Bad(bad),
                    });
                }
                Err(bad) => read.stop = Some(HandOver::Bad(bad)),
            }
        }
        read
    }

    /// Selects and writes the run at that index of the batch.
    fn run(&mut self, text: &str, index: usize) -> Result<(), LookupError> {
        let filter = self.filter;
        let members = &filter.members;
        let BatchLine { number, start, ref found, date } = self.batch[index];
        let length = members.duration(text, found)?.unwrap_or(filter.assume_duration);
        let mut subject = RunSubject::new(members, text, found);
        let hit = self.lookup.find(date, length, &mut subject)?;
        if let Some(bad) = subject.error {
            return Err(bad.into());
        }
        if !filter.watch.is_idle() {
            subject.compare(&filter.watch, &mut self.compared);
        }
        self.tally.runs += 1;
        self.tally.first_run.get_or_insert(number);
        self.tally.last_date = self.tally.last_date.max(Some(date));
        let keep = filter.settings.keep;
        let selected = hit.is_some() != (keep == Keep::Free);
        self.tally.selected += u64::from(selected);
        if !selected && keep != Keep::All {
            return Ok(());
        }
        if let (Some(hit), Some(counts)) = (&hit, &mut self.by_window) {
            counts.count(self.lookup.window_name(hit));
        }
        match hit {
            Some(hit) if members.has_window(found) => {
                let mut annotation = Vec::new();
                self.lookup.annotate(&hit, &mut annotation);
                let value = annotation.strip_prefix(b",\"window\":").unwrap_or(&annotation);
                splice::append_member(&text[start..found.end], "window", value, &mut self.out)?;
            }
            Some(hit) => {
                self.out.extend_from_slice(&text.as_bytes()[start..found.brace]);
                self.lookup.annotate(&hit, &mut self.out);
                self.out.extend_from_slice(&text.as_bytes()[found.brace..found.end]);
            }
            None if keep == Keep::All && members.has_window(found) => {
                splice::append_member(&text[start..found.end], "window", "null", &mut self.out)?;
            }
            None => self.out.extend_from_slice(&text.as_bytes()[start..found.end]),
        }
        self.out.push(b'\n');
        Ok(())
    }
}
