//! What the readers of all formats share while they read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::problem::{Problem, Severity};
use super::series::Series;
use super::{Loaded, Options, Timetable, order};
use crate::scope::{Field, Pattern, PatternError, Scope};
use crate::window::{Window, ZonePlace};
use crate::zone::{UnknownZone, Zone};

/// How many names are remembered. A table with more of them names each window
/// by itself, and looking for repeats would only cost.
const MOST_NAMES: usize = 1024;

/// How many zones are told apart: more than the tz database has.
const MOST_ZONES: usize = 1024;

/// The state of reading timetables: what was made so far, what was wrong, and
/// the values that many rows share.
pub(super) struct Reading<'o> {
    pub(super) options: &'o Options,
    /// The file that is being read.
    pub(super) file: Arc<str>,
    pub(super) windows: Vec<Window>,
    /// The zone of each window, where a check will ask for it.
    pub(super) zones_of_windows: Option<Vec<Option<Zone>>>,
    pub(super) series: Vec<Series>,
    pub(super) problems: Vec<Problem>,
    names: HashSet<Arc<str>>,
    /// The name of the last row: the next often has the same.
    last_name: Arc<str>,
    scopes: HashMap<String, Arc<Scope>>,
    unrestricted: Arc<Scope>,
    zone: Option<(String, Zone)>,
    zones: Vec<Zone>,
    utc: Zone,
    assumed_utc: bool,
}

impl<'o> Reading<'o> {
    pub(super) fn new(options: &'o Options) -> Self {
        Self {
            options,
            file: Arc::from(""),
            windows: Vec::new(),
            zones_of_windows: None,
            series: Vec::new(),
            problems: Vec::new(),
            names: HashSet::new(),
            last_name: Arc::from(""),
            scopes: HashMap::new(),
            unrestricted: Arc::default(),
            zone: None,
            zones: Vec::new(),
            utc: Zone::utc(),
            assumed_utc: false,
        }
    }

    /// Adds a window that does not recur. `zone` is the one that its times were
    /// written in, if it was one.
    pub(super) fn add(&mut self, window: Window, zone: Option<&Zone>) {
        if let Some(zones) = &mut self.zones_of_windows {
            zones.push(zone.cloned());
        }
        self.windows.push(window);
    }

    /// What was read.
    pub(super) fn finish(mut self) -> Loaded {
        self.windows.sort_by_key(order);
        let timetable =
            Timetable { windows: self.windows, series: self.series, zones: self.zones.into() };
        Loaded { timetable, problems: self.problems }
    }

    /// Notes a problem of the file that is being read.
    pub(super) fn report(
        &mut self,
        severity: Severity,
        line: u64,
        column: Option<u64>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        self.problems.push(Problem {
            severity,
            file: Arc::clone(&self.file),
            line,
            column,
            message: message.into(),
            hint,
        });
    }

    /// Notes something that may not mean what it says.
    pub(super) fn warn(
        &mut self,
        line: u64,
        column: Option<u64>,
        message: impl Into<String>,
        hint: Option<String>,
    ) {
        self.report(Severity::Warning, line, column, message, hint);
    }

    /// One shared copy of a text that many rows have.
    pub(super) fn intern(&mut self, text: &str) -> Arc<str> {
        if *self.last_name != *text {
            self.last_name = self.name(text);
        }
        Arc::clone(&self.last_name)
    }

    fn name(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.names.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(text);
        if self.names.len() < MOST_NAMES {
            self.names.insert(Arc::clone(&new));
        }
        new
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
            scope.add(field, Pattern::new(pattern).map_err(|error| (field, error))?);
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
        let zone = self.options.zones.get(name)?;
        self.zone = Some((name.to_owned(), zone.clone()));
        Ok(zone)
    }

    /// The place of a zone among those of the timetable. With more of them
    /// than a calendar has, the rest have none, and are shown like UTC.
    pub(super) fn place(&mut self, zone: &Zone) -> Option<ZonePlace> {
        // The next row has the last one's, as a rule.
        let known = self.zones.iter().rposition(|known| known.is_same(zone));
        let index = known.unwrap_or_else(|| {
            if self.zones.len() < MOST_ZONES {
                self.zones.push(zone.clone());
            }
            self.zones.len() - 1
        });
        self.zones.get(index).filter(|known| known.is_same(zone))?;
        ZonePlace::at(index)
    }

    /// The zone of a time that says none: `--timezone`, or else UTC with one
    /// warning for all timetables. Never the host's own.
    pub(super) fn default_zone(&mut self, line: u64) -> Zone {
        if self.options.default_zone.is_none() && !self.assumed_utc {
            self.assumed_utc = true;
            let message = "a time without a zone is taken as UTC";
            let hint = "say which zone with --timezone, or in the timetable".to_owned();
            self.warn(line, None, message, Some(hint));
        }
        self.floating_zone()
    }

    /// The same, without the warning.
    pub(super) fn floating_zone(&self) -> Zone {
        self.options.default_zone.as_ref().unwrap_or(&self.utc).clone()
    }
}
