//! The state that the readers of all formats share.

use std::collections::HashMap;
use std::sync::Arc;

use super::column::Column;
use super::expand::StepBudget;
use super::options::{OnError, ReadOptions};
use super::pick::PickTally;
use super::problem::{Problem, Severity, TimetableError, warning};
use super::series::Series;
use super::shorten::shortened;
use super::windows::{Timetable, order};
use crate::scope::{Field, Pattern, PatternError, Scope};
use crate::short_name::clip;
use crate::window::{Origin, Source, Window, WindowKind, WindowName, ZoneIndex};
use crate::zone::{UnknownZone, Zone, ZoneTable};

/// Timetables that were read, and what was wrong with them.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The windows and series that could be read.
    pub timetable: Timetable,
    /// Every problem, in the order of the files and of their lines.
    pub problems: Vec<Problem>,
}

impl Loaded {
    /// The timetable, if its problems let it be used: warnings do, errors do
    /// with [`OnError::Skip`], and a file that cannot be read at all never
    /// does. The problems that were let pass come with it, [`shortened`].
    pub fn accept(self, on_error: OnError) -> Result<(Timetable, Vec<Problem>), TimetableError> {
        let stops = |problem: &Problem| match problem.severity {
            Severity::Fatal => true,
            Severity::Error => on_error == OnError::Stop,
            Severity::Warning => false,
        };
        if self.problems.iter().any(stops) {
            let errors = self.problems.into_iter().filter(|p| p.severity != Severity::Warning);
            return Err(TimetableError::Broken(errors.collect()));
        }
        Ok((self.timetable, shortened(self.problems)))
    }
}

/// The way in which the times of a window were written.
#[derive(Default)]
pub(super) struct AsWritten {
    /// The zone of its times, if they were written in one.
    pub(super) zone: Option<Zone>,
    /// Its length in seconds where no clock changes, if it was written in a zone.
    pub(super) length: Option<i64>,
}

/// The number of names in the cache, a power of two: each has one place, and
/// gives it up to the next that belongs there. So a name that comes again is
/// seldom kept twice, and a table that names each window by itself pays little
/// for the looking.
const NAMES: usize = 1024;

/// The number of zones that are distinguished: more than the tz database has.
const MOST_ZONES: usize = 1024;

/// The most unknown names of zones for which similar ones are looked for: that takes a
/// thousand times as long as to find a zone.
const MOST_SUGGESTED: usize = 20;

/// The first unknown names of zones that were asked for, with similar ones.
#[derive(Default)]
pub(super) struct UnknownZones(HashMap<String, UnknownZone>);

impl UnknownZones {
    /// The error for a name that the table does not know.
    pub(super) fn get(&mut self, name: &str, table: &ZoneTable) -> UnknownZone {
        if let Some(unknown) = self.0.get(name) {
            return unknown.clone();
        }
        if self.0.len() == MOST_SUGGESTED {
            return UnknownZone { name: name.to_owned(), similar: Vec::new() };
        }
        let unknown = table.unknown(name);
        self.0.insert(name.to_owned(), unknown.clone());
        unknown
    }
}

/// A line of a timetable, from 1, and the column in it, where that is known.
pub(super) type Location = (u64, Option<u64>);

/// The state of reading timetables: what was made so far, what was wrong, and
/// the values that many rows share.
pub(super) struct TimetableReader<'o> {
    pub(super) options: &'o ReadOptions,
    /// The file that is being read.
    pub(super) origin: Arc<Origin>,
    pub(super) windows: Vec<Window>,
    /// The way in which each window was written, where a check will ask for it.
    pub(super) as_written: Option<Vec<AsWritten>>,
    pub(super) series: Vec<Series>,
    pub(super) problems: Vec<Problem>,
    /// The budget for counting out the COUNTs of rules.
    pub(super) counting: StepBudget,
    /// The budget for finding out whether rows make any window.
    pub(super) seeking: StepBudget,
    /// The events and rows that were met, and are picked.
    pub(super) picked: PickTally,
    names: Vec<Arc<str>>,
    scopes: HashMap<String, Arc<Scope>>,
    unrestricted: Arc<Scope>,
    /// The zones that were asked for by name.
    named: HashMap<String, Zone>,
    unknown: UnknownZones,
    /// The last zone that was asked for.
    zone: Option<(String, Zone)>,
    zones: Vec<Zone>,
    assumed_utc: bool,
}

impl<'o> TimetableReader<'o> {
    pub(super) fn new(options: &'o ReadOptions) -> Self {
        Self {
            options,
            origin: Origin::table(""),
            windows: Vec::new(),
            as_written: None,
            series: Vec::new(),
            problems: Vec::new(),
            counting: StepBudget::new(0),
            seeking: StepBudget::new(0),
            picked: PickTally::default(),
            names: Vec::new(),
            scopes: HashMap::new(),
            unrestricted: Arc::default(),
            named: HashMap::new(),
            unknown: UnknownZones::default(),
            zone: None,
            zones: Vec::new(),
            assumed_utc: false,
        }
    }

    /// Adds a window that does not recur. Only a check asks how it was written.
    pub(super) fn add(&mut self, window: Window, as_written: impl FnOnce() -> AsWritten) {
        if let Some(all) = &mut self.as_written {
            all.push(as_written());
        }
        self.windows.push(window);
    }

    /// Returns the timetable and its problems.
    pub(super) fn finish(mut self) -> Loaded {
        self.warn_if_all_are_open();
        self.problems.extend(self.picked.problems(&self.options.pick));
        sort(&mut self.windows);
        let left_out = self.picked.text();
        let (windows, series) = (self.windows, self.series);
        let timetable = Timetable { windows, series, zones: self.zones.into(), left_out };
        Loaded { timetable, problems: self.problems }
    }

    /// Warns of timetables that only take time out: of nothing.
    fn warn_if_all_are_open(&mut self) {
        let windows = self.windows.iter().map(|window| (window.kind, &window.source));
        let heads = self.series.iter().flat_map(Series::heads);
        let series = heads.map(|head| (head.kind, &head.source));
        let mut all = windows.chain(series).peekable();
        let Some((_, first)) = all.peek() else { return };
        let first = Source::clone(first);
        if all.all(|(kind, _)| kind == WindowKind::Open) {
            let message = "all windows are of the kind open: nothing is ever held".to_owned();
            let hint = "write the windows, too, that they take their time out of";
            self.problems.push(warning(&first, message, hint));
        }
    }

    /// Notes a problem of the file that is being read. An empty hint is none.
    pub(super) fn report(
        &mut self,
        severity: Severity,
        (line, column): Location,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.problems.push(Problem {
            severity,
            file: Arc::clone(&self.origin.file),
            line,
            column,
            message: message.into(),
            hint: Some(hint.into()).filter(|hint| !hint.is_empty()),
        });
    }

    /// Notes something that may not mean what it says.
    pub(super) fn warn(
        &mut self,
        location: Location,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.report(Severity::Warning, location, message, hint);
    }

    /// Whether it is read for a check, which reports more than what decides.
    pub(super) fn is_check(&self) -> bool {
        self.as_written.is_some()
    }

    /// Notes the columns or members that nothing was read from. Only a check
    /// reports them: many tables have such.
    pub(super) fn unused(&mut self, line: u64, what: &str, names: &[String]) {
        const SHOWN: usize = 10;
        if !self.is_check() || names.is_empty() {
            return;
        }
        let mut shown: Vec<String> =
            names.iter().take(SHOWN).map(|name| format!("{:?}", clip(name))).collect();
        if let Some(more @ 1..) = names.len().checked_sub(SHOWN) {
            shown.push(format!("and {more} more"));
        }
        let message = format!("{what} that are not used: {}", shown.join(", "));
        let read: Vec<&str> = Column::ALL.into_iter().map(Column::as_str).collect();
        self.warn((line, None), message, format!("these are read: {}", read.join(", ")));
    }

    /// The name of a window; of a long one that many rows have, one shared copy.
    pub(super) fn name(&mut self, text: &str) -> WindowName {
        if WindowName::is_short(text) {
            WindowName::from(text)
        } else {
            WindowName::from(self.intern(text))
        }
    }

    /// One shared copy of a text that many rows have.
    pub(super) fn intern(&mut self, text: &str) -> Arc<str> {
        if self.names.is_empty() {
            self.names = vec![Arc::from(""); NAMES];
        }
        let Some(name) = self.names.get_mut(place(text)) else { return Arc::from(text) };
        if **name != *text {
            *name = Arc::from(text);
        }
        Arc::clone(name)
    }

    /// The scope of all runs.
    pub(super) fn unrestricted(&self) -> Arc<Scope> {
        Arc::clone(&self.unrestricted)
    }

    /// The scope of these patterns; those that many rows have are compiled
    /// once. What is wrong with one comes with its field.
    pub(super) fn scope<'t>(
        &mut self,
        patterns: impl Iterator<Item = (Field, &'t str)>,
    ) -> Result<Arc<Scope>, (Field, PatternError)> {
        let mut key = String::new();
        let mut list = Vec::new();
        for (field, pattern) in patterns {
            key.push_str(field.as_str());
            key.push('\0');
            key.push_str(pattern);
            key.push('\0');
            list.push((field, pattern));
        }
        if list.is_empty() {
            return Ok(Arc::clone(&self.unrestricted));
        }
        if let Some(known) = self.scopes.get(&key) {
            return Ok(Arc::clone(known));
        }
        let mut scope = Scope::default();
        for (field, pattern) in list {
            scope.add(field, Pattern::of(field, pattern).map_err(|error| (field, error))?);
        }
        let scope = Arc::new(scope);
        self.scopes.insert(key, Arc::clone(&scope));
        Ok(scope)
    }

    /// The zone of that name; the last one asked for is at hand.
    pub(super) fn zone(&mut self, name: &str) -> Result<Zone, UnknownZone> {
        if let Some((last, zone)) = &self.zone
            && last == name
        {
            return Ok(zone.clone());
        }
        let table = &self.options.zones;
        let zone = match self.named.get(name) {
            Some(known) => known.clone(),
            None => table.find(name).ok_or_else(|| self.unknown.get(name, table))?,
        };
        if let Some((last, zone)) = self.zone.replace((name.to_owned(), zone.clone())) {
            self.named.insert(last, zone);
        }
        Ok(zone)
    }

    /// The place of a zone among those of the timetable. With more of them
    /// than a calendar has, the rest have none, and are shown like UTC.
    pub(super) fn place(&mut self, zone: &Zone) -> Option<ZoneIndex> {
        // The next row has the last one's, as a rule.
        let known = self.zones.iter().rposition(|known| known.is_same(zone));
        let index = known.unwrap_or_else(|| {
            if self.zones.len() < MOST_ZONES {
                self.zones.push(zone.clone());
            }
            self.zones.len() - 1
        });
        self.zones.get(index).filter(|known| known.is_same(zone))?;
        ZoneIndex::at(index)
    }

    /// The zone of a time that says none: `--timezone`, or else UTC with one
    /// warning for all timetables. Never the host's own.
    pub(super) fn default_zone(&mut self, line: u64) -> Zone {
        if self.options.default_zone.is_none() && !self.assumed_utc {
            self.assumed_utc = true;
            let message = "a time without a zone is taken as UTC";
            let hint = "say which zone with --timezone, or in the timetable";
            self.warn((line, None), message, hint);
        }
        self.floating_zone()
    }

    /// The same, without the warning.
    pub(super) fn floating_zone(&self) -> Zone {
        self.options.default_zone.clone().unwrap_or_else(Zone::utc)
    }
}

/// Brings windows into their order. Most tables have it but for some rows, if
/// only those of the hour that the clock skips in spring.
fn sort(windows: &mut [Window]) {
    // By how many places windows may move together before it would be cheaper
    // to sort them all.
    let mut moves = windows.len();
    for place in 1..windows.len() {
        let (before, rest) = windows.split_at(place);
        let key = rest.first().map(order);
        if before.last().map(order) <= key {
            continue;
        }
        let to = before.partition_point(|window| Some(order(window)) <= key);
        let Some(left) = moves.checked_sub(place - to) else { return sort_all(windows) };
        moves = left;
        windows[to..=place].rotate_right(1);
    }
}

/// Sorts the windows' keys, which are a quarter as long; then each window moves
/// once.
fn sort_all(windows: &mut [Window]) {
    let mut keys: Vec<_> = windows.iter().map(order).zip(0_usize..).collect();
    keys.sort_unstable();
    for place in 0..windows.len() {
        let mut from = keys[place].1;
        // Whoever stood there may have been moved away already.
        while from < place {
            from = keys[from].1;
        }
        keys[place].1 = from;
        windows.swap(place, from);
    }
}

/// The place of a name among [`NAMES`]: its length and both of its ends, mixed
/// (by Fibonacci hashing).
fn place(name: &str) -> usize {
    let (name, length) = (name.as_bytes(), name.len());
    let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
    let head = number(&name[..length.min(8)]);
    let tail = number(&name[length.saturating_sub(8)..]);
    let mixed = (head ^ tail.rotate_left(32) ^ length as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> (64 - NAMES.trailing_zeros())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UtcTime;
    use crate::window::{Source, WindowKind};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn windows_are_sorted_and_equal_ones_stay_in_order(
            // Nearly in order, or not at all.
            jitter in prop::sample::select(vec![1, 3, 1000]),
            starts in prop::collection::vec((0..1000_i64, prop::option::of(0..3_i64)), 0..60),
        ) {
            let windows = starts.into_iter().zip(0..).map(|((start, length), number)| {
                let start = number + start % jitter;
                let at = |millis| UtcTime::from_millis(millis).unwrap();
                Window {
                    name: "w".into(),
                    start: at(start),
                    end: length.map(|length| at(start + length)),
                    kind: WindowKind::Maintenance,
                    scope: Arc::default(),
                    source: Source { origin: Origin::table("t"), line: number.unsigned_abs() },
                    dst: None,
                    zone: None,
                }
            });
            let mut windows: Vec<Window> = windows.collect();
            let mut expected = windows.clone();
            expected.sort_by_key(order);
            sort(&mut windows);
            prop_assert_eq!(windows, expected);
        }

        #[test]
        fn names_are_kept_whatever_they_are(names in prop::collection::vec("[a-c]{0,3}|\\PC{0,20}", 0..50)) {
            let options = super::super::tests::options(None);
            let mut reading = TimetableReader::new(&options);
            for name in &names {
                prop_assert_eq!(&*reading.intern(name), name);
            }
            let (first, again) = (reading.intern("again"), reading.intern("again"));
            prop_assert!(Arc::ptr_eq(&first, &again));
        }
    }
}
