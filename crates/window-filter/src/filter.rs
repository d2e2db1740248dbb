//! The filter itself: a block of lines in, the selected ones out.
//!
//! A selected line is copied byte for byte up to its closing brace; behind
//! that comes the annotation of its window, which was made when the windows
//! were compiled. No line is taken apart into values.

use std::time::Duration;

use maintenance_core::jsonl::scan::{FoundMembers, Scanner};
use maintenance_core::jsonl::{BadLine, end, splice};
use maintenance_core::run::EndRecord;
use maintenance_core::time::UtcTime;
use maintenance_core::timetable::TimetableError;
use maintenance_core::window_set::AHEAD;

use crate::horizon::{Horizon, Lookup, LookupError};
use crate::record::{Candidate, Members};

/// How much output is gathered before it is handed over, in bytes. More than
/// a block of input, so that this happens once a block unless much is added.
const FULL: usize = 512 * 1024;

/// How many lines are read before the first of them is looked up, so that the
/// memory that the look-ups need can be read for all of them together.
const BATCH: usize = AHEAD;

/// What the flags ask of the filter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FilterSettings {
    /// Which runs are written.
    pub(crate) keep: Keep,
    /// How long a run takes whose record does not say so.
    pub(crate) assume_duration: Duration,
}

/// Which runs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Those that a window concerns: the selected ones, as a rule.
    Held,
    /// Those that no window concerns: these are the selected ones then.
    Free,
    /// All of them. A run that no window concerns has no window then, not even
    /// an older one.
    All,
}

/// The filter, ready for lines.
#[derive(Debug)]
pub(crate) struct Filter {
    settings: FilterSettings,
    members: Members,
    horizon: Horizon,
    assume_duration: i64,
}

/// One thread's part of the filter.
pub(crate) struct Worker<'a> {
    filter: &'a Filter,
    scanner: Scanner<'a>,
    lookup: Lookup<'a>,
    batch: Vec<Line>,
    /// Lines that were selected and not yet handed over.
    pub(crate) out: Vec<u8>,
    /// What was counted since the last hand-over.
    pub(crate) tally: Tally,
}

/// A line that was read and is a run.
#[derive(Clone, Debug)]
struct Line {
    /// Its number in the tally.
    number: u64,
    start: usize,
    found: FoundMembers,
    date: UtcTime,
}

impl Default for Line {
    fn default() -> Self {
        Self { number: 0, start: 0, found: FoundMembers::default(), date: UtcTime::MIN }
    }
}

/// What was seen in a part of the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// All lines, also blank ones.
    pub(crate) lines: u64,
    /// The lines that are runs.
    pub(crate) runs: u64,
    /// The runs that were selected.
    pub(crate) selected: u64,
    /// The last start of a run.
    pub(crate) last_date: Option<UtcTime>,
    /// Which of the lines was the first run.
    pub(crate) first_run: Option<u64>,
}

/// Why a worker hands over.
#[derive(Debug)]
pub(crate) enum Step {
    /// The text is done.
    Done,
    /// Enough output was gathered.
    Full,
    /// The last line that was counted cannot be used.
    Bad(BadLine),
    /// The last line that was counted is an end record.
    End {
        /// What it says.
        record: EndRecord,
        /// The line.
        text: String,
    },
    /// The timetable cannot say what its windows are.
    Failed(TimetableError),
}

/// What reading a batch came to.
struct Read {
    /// How many runs it has.
    runs: usize,
    /// How many lines there were, with those before the batch.
    lines: u64,
    /// Where the lines behind it begin.
    next: usize,
    /// What stands behind its last run, if it cannot go on there.
    stop: Option<Step>,
}

impl Filter {
    pub(crate) fn new(settings: FilterSettings, members: Members, horizon: Horizon) -> Self {
        let assume_duration =
            i64::try_from(settings.assume_duration.as_millis()).unwrap_or(i64::MAX);
        Self { settings, members, horizon, assume_duration }
    }

    pub(crate) fn worker(&self) -> Worker<'_> {
        Worker {
            filter: self,
            scanner: Scanner::new(&self.members.keys),
            lookup: Lookup::new(&self.horizon),
            batch: vec![Line::default(); BATCH],
            out: Vec::new(),
            tally: Tally::default(),
        }
    }
}

impl Worker<'_> {
    /// Filters the lines of `text` from `at` on, until there is something to
    /// hand over. `at` moves to the line to go on with.
    pub(crate) fn advance(&mut self, text: &str, at: &mut usize) -> Step {
        while *at < text.len() {
            let Read { runs, lines, next, stop } = self.read(text, *at);
            self.lookup.read_ahead(self.batch[..runs].iter().map(|line| line.date));
            for place in 0..runs {
                let result = self.run(text, place);
                let line = &self.batch[place];
                let step = match result {
                    Ok(()) if self.out.len() < FULL => continue,
                    Ok(()) => Step::Full,
                    Err(LookupError::Timetable(error)) => Step::Failed(error),
                    Err(LookupError::Bad(bad)) => Step::Bad(bad),
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
        Step::Done
    }

    /// Reads lines until the batch is full, or one is no run.
    fn read(&mut self, text: &str, from: usize) -> Read {
        let members = &self.filter.members;
        let mut read = Read { runs: 0, lines: self.tally.lines, next: from, stop: None };
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
                    read.stop = Some(match end::read(text) {
                        Ok(Some(record)) => Step::End { record, text: text.to_owned() },
                        Ok(None) => Step::Bad(bad),
                        Err(bad) => Step::Bad(bad),
                    });
                }
                Err(bad) => read.stop = Some(Step::Bad(bad)),
            }
        }
        read
    }

    /// One run: the line of the batch at that place.
    fn run(&mut self, text: &str, place: usize) -> Result<(), LookupError> {
        let filter = self.filter;
        let members = &filter.members;
        let Line { number, start, ref found, date } = self.batch[place];
        let length = members.duration(text, found)?.unwrap_or(filter.assume_duration);
        let mut candidate = Candidate::new(members, text, found);
        let hit = self.lookup.find(date, length, &mut candidate)?;
        if let Some(bad) = candidate.error {
            return Err(bad.into());
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
