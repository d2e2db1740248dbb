//! Timetables that were read, and their windows between two instants.

use std::cmp::Reverse;
use std::ptr;
use std::sync::Arc;

use super::expand::{Capped, StepBudget};
use super::problem::TimetableError;
use super::series::Series;
use crate::scope::{Field, Scope};
use crate::time::UtcTime;
use crate::window::{Source, Window, WindowKind};
use crate::zone::Zone;

/// The most windows that recurrences may make for about an hour: nobody plans
/// more.
pub const MOST_AT_ONCE: usize = 65_536;

/// All timetables of one command, as one.
#[derive(Clone, Debug, Default)]
pub struct Timetable {
    /// The windows that do not recur, sorted by start.
    pub(super) windows: Vec<Window>,
    pub(super) series: Vec<Series>,
    pub(super) zones: Arc<[Zone]>,
    pub(super) left_out: Option<String>,
}

impl Timetable {
    /// A sentence about the events and rows that were not picked, if there are any.
    #[must_use]
    pub fn left_out(&self) -> Option<&str> {
        self.left_out.as_deref()
    }

    /// Every window that overlaps `[from, to)`, also one that began long
    /// before, sorted by start and then by end. Empty windows, which some
    /// calendars have, are among them if they start there.
    ///
    /// # Errors
    ///
    /// Recurrences that make more than a million windows in that time, that
    /// take too many steps to work out, or one that makes nothing in ten
    /// thousand periods in a row, are refused: part of the windows would be
    /// worse than none.
    pub fn windows(&self, from: UtcTime, to: UtcTime) -> Result<Vec<Window>, TimetableError> {
        self.at_most(from, to, u32::MAX)
    }

    /// The same, if recurrences make at most that many of them.
    pub(super) fn at_most(
        &self,
        from: UtcTime,
        to: UtcTime,
        most: u32,
    ) -> Result<Vec<Window>, TimetableError> {
        self.expand(from, to, |_| true, StepBudget::of_windows(most, self.series.len()))
            .map_err(|(series, capped)| series.limit(capped))
    }

    /// The same for a part of the time that is asked for, as long as the
    /// recurrences make at most that many in it, and in a part of the steps.
    ///
    /// # Errors
    ///
    /// As [`Timetable::windows`].
    pub fn windows_within(
        &self,
        from: UtcTime,
        to: UtcTime,
        most: u32,
    ) -> Result<Vec<Window>, TimetableError> {
        self.expand(from, to, |_| true, StepBudget::part(most, self.series.len()))
            .map_err(|(series, capped)| series.limit(capped))
    }

    /// The same; `None` if they make more, or take more steps.
    ///
    /// # Errors
    ///
    /// The other limit is an error here too.
    pub fn windows_up_to(
        &self,
        from: UtcTime,
        to: UtcTime,
        most: u32,
    ) -> Result<Option<Vec<Window>>, TimetableError> {
        match self.expand(from, to, |_| true, StepBudget::part(most, self.series.len())) {
            Ok(windows) => Ok(Some(windows)),
            Err((_, Capped::Windows(_) | Capped::Steps(_))) => Ok(None),
            Err((series, capped)) => Err(series.limit(capped)),
        }
    }

    /// Of [`Timetable::windows`], the open periods, if recurrences make at most
    /// that many.
    pub fn open_periods(
        &self,
        from: UtcTime,
        to: UtcTime,
        most: u32,
    ) -> Result<Vec<Window>, TimetableError> {
        let budget = StepBudget::of_windows(most, self.series.len());
        self.expand(from, to, |kind| kind == WindowKind::Open, budget)
            .map_err(|(series, capped)| series.limit(capped))
    }

    /// The windows of some kinds that overlap `[from, to)`, or the series that
    /// ran into a cap: of those that all share, the one that spent most.
    fn expand(
        &self,
        from: UtcTime,
        to: UtcTime,
        wanted: impl Fn(WindowKind) -> bool,
        mut budget: StepBudget,
    ) -> Result<Vec<Window>, (&Series, Capped)> {
        let begun = self.windows.partition_point(|window| window.start < to);
        let overlaps = |window: &&Window| wanted(window.kind) && window.overlaps(from, to);
        let mut windows: Vec<Window> =
            self.windows.iter().take(begun).filter(overlaps).cloned().collect();
        let mut costliest: Option<(u64, &Series)> = None;
        for series in self.series.iter().filter(|series| series.kinds().any(&wanted)) {
            let before = budget.taken();
            // The rest of a series may be moved into another kind.
            let made = series.each_window(from, to, &mut budget, &mut |window, _| {
                windows.extend(Some(window).filter(|window| wanted(window.kind)));
            });
            let taken = budget.taken() - before;
            if costliest.is_none_or(|(most, _)| taken > most) {
                costliest = Some((taken, series));
            }
            made.map_err(|capped| match (capped, costliest) {
                (Capped::Windows(_) | Capped::Steps(_), Some((_, costliest))) => {
                    (costliest, capped)
                }
                _ => (series, capped),
            })?;
        }
        if !self.series.is_empty() {
            // A stable sort would need half as much memory again.
            windows.sort_unstable_by_key(|window| (order(window), window.source.line));
        }
        Ok(windows)
    }

    /// All windows, sorted by start and then by end, if none recurs: they need
    /// no span and can be compiled once.
    ///
    /// # Errors
    ///
    /// If some recur, this is the timetable again.
    pub fn into_windows(self) -> Result<Vec<Window>, Self> {
        if self.series.is_empty() { Ok(self.windows) } else { Err(self) }
    }

    /// The zones that windows name by their place.
    #[must_use]
    pub fn zones(&self) -> Arc<[Zone]> {
        Arc::clone(&self.zones)
    }

    /// The number of series that recur.
    #[must_use]
    pub fn recurring(&self) -> usize {
        self.series.len()
    }

    /// When the last window ends, or an instant after that; `None` if the
    /// timetable never does. An empty timetable ended with the beginning of
    /// time.
    #[must_use]
    pub fn last_end(&self) -> Option<UtcTime> {
        let windows = self.windows.iter().map(|window| window.end);
        let series = self.series.iter().map(Series::last_end);
        windows.chain(series).try_fold(UtcTime::MIN, |last, end| Some(last.max(end?)))
    }

    /// A time by which all windows of maintenance have ended, whatever open periods follow;
    /// `None` if the maintenance never ends.
    #[must_use]
    pub fn last_maintenance_end(&self) -> Option<UtcTime> {
        let windows = self.maintenance().map(|window| window.end);
        let series = self.maintenance_series().map(Series::last_end);
        windows.chain(series).try_fold(UtcTime::MIN, |last, end| Some(last.max(end?)))
    }

    fn maintenance(&self) -> impl Iterator<Item = &Window> {
        self.windows.iter().filter(|window| window.kind == WindowKind::Maintenance)
    }

    /// The series that have a window of maintenance.
    fn maintenance_series(&self) -> impl Iterator<Item = &Series> {
        let is_one = |series: &&Series| series.kinds().any(|kind| kind == WindowKind::Maintenance);
        self.series.iter().filter(is_one)
    }

    /// When the last window of maintenance ends; `None` if the maintenance never ends, or if
    /// to find it takes too many steps.
    #[must_use]
    pub fn exact_end(&self) -> Option<UtcTime> {
        let mut windows = self.maintenance().map(|window| window.end);
        let mut last = windows.try_fold(UtcTime::MIN, |last, end| Some(last.max(end?)))?;
        let bound = |series| Series::last_end(series).map(|bound| (bound, series));
        let mut series: Vec<(UtcTime, &Series)> =
            self.maintenance_series().map(bound).collect::<Option<_>>()?;
        series.sort_by_key(|(bound, _)| Reverse(*bound));
        let mut budget = StepBudget::part(u32::MAX, series.len());
        for (bound, series) in series {
            if bound <= last {
                break;
            }
            last = series.end_after(last, bound, &mut budget).ok()?.unwrap_or(last);
        }
        Some(last)
    }

    /// Whether any window takes its time out of the others.
    #[must_use]
    pub fn has_open(&self) -> bool {
        self.windows.iter().any(|window| window.kind == WindowKind::Open)
            || self.series.iter().flat_map(Series::kinds).any(|kind| kind == WindowKind::Open)
    }

    /// The scopes of all windows and series, each with its source.
    pub fn scopes(&self) -> impl Iterator<Item = (&Scope, &Source)> {
        let windows = self.windows.iter().map(|window| (&*window.scope, &window.source));
        let heads = self.series.iter().flat_map(Series::heads);
        windows.chain(heads.map(|head| (&*head.scope, &head.source)))
    }

    /// The fields that scopes ask for.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let mut found = Vec::new();
        let mut last = None;
        for (scope, _) in self.scopes() {
            // Most windows share the one that the last had.
            if last.is_none_or(|last| !ptr::eq(last, scope)) {
                let asked = |field: &Field| !scope.patterns(*field).is_empty();
                let new = |field: &Field| !found.contains(field) && asked(field);
                let new: Vec<Field> = Field::ALL.into_iter().filter(new).collect();
                found.extend(new);
                last = Some(scope);
            }
        }
        found
    }
}

/// The order of windows: by start, then by end.
pub(super) fn order(window: &Window) -> (UtcTime, UtcTime) {
    (window.start, window.end.unwrap_or(UtcTime::MAX))
}
