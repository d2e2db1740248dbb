//! The windows around any date: compiled once where the timetable is a list of
//! dates, and page by page where it recurs without end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use maintenance_core::jsonl::BadLine;
use maintenance_core::scope::MissingField;
use maintenance_core::time::UtcTime;
use maintenance_core::timetable::{Timetable, TimetableError};
use maintenance_core::window::{Kind, Window};
use maintenance_core::window_set::{Hit, Judge, Widening, WindowSet};

/// A page is two to this power of milliseconds long: about 50 days.
const PAGE: u32 = 32;

/// How many pages are kept: 140 years if the runs come in no order. Then all
/// of them are forgotten, so that memory does not grow with the input.
const MOST_PAGES: usize = 1024;

/// How many windows the pages that are kept may hold together.
const MOST_WINDOWS: usize = 200_000;

/// How far beyond a page open windows are looked for that cut a piece off the
/// page's windows, in milliseconds: ten years.
const FAR: i64 = 3660 * 24 * 60 * 60 * 1000;

/// What compiles the windows around any date.
#[derive(Debug)]
pub(crate) struct Horizon {
    timetable: Timetable,
    widening: Widening,
    /// All there are, if none recurs.
    whole: Option<Arc<WindowSet>>,
    pages: Mutex<Pages>,
}

/// Pages that were compiled.
#[derive(Debug, Default)]
struct Pages {
    sets: HashMap<i64, Arc<WindowSet>>,
    windows: usize,
}

impl Pages {
    fn put(&mut self, page: i64, set: &Arc<WindowSet>) {
        if self.sets.len() >= MOST_PAGES || self.windows + set.len() > MOST_WINDOWS {
            *self = Self::default();
        }
        self.windows += set.len();
        self.sets.insert(page, Arc::clone(set));
    }
}

/// Why a run cannot be held against the timetable.
#[derive(Debug)]
pub(crate) enum LookupError {
    /// The timetable cannot say what its windows are.
    Timetable(TimetableError),
    /// The record is at fault.
    Bad(BadLine),
}

impl From<BadLine> for LookupError {
    fn from(bad: BadLine) -> Self {
        Self::Bad(bad)
    }
}

impl From<MissingField> for LookupError {
    fn from(missing: MissingField) -> Self {
        Self::Bad(missing.into())
    }
}

impl Horizon {
    pub(crate) fn new(timetable: Timetable, widening: Widening) -> Self {
        let whole = timetable.all_windows().map(|all| Arc::new(WindowSet::new(all, widening)));
        Self { timetable, widening, whole, pages: Mutex::default() }
    }

    /// The windows that overlap the page.
    fn page(&self, page: i64) -> Result<Arc<WindowSet>, TimetableError> {
        let lock = || self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = lock().sets.get(&page) {
            return Ok(Arc::clone(set));
        }
        // Two threads may do this at once; they find the same.
        let windows = self.windows(page)?;
        let set = Arc::new(WindowSet::new(&windows, self.widening));
        lock().put(page, &set);
        Ok(set)
    }

    fn windows(&self, page: i64) -> Result<Vec<Window>, TimetableError> {
        let from = instant(page << PAGE).saturating_sub(self.widening.after);
        let to = instant((page + 1) << PAGE).saturating_add(self.widening.before);
        let mut windows = self.timetable.windows(from, to)?;
        // A window is told with the piece that open ones leave of it, and
        // these may lie beyond the page.
        let first = windows.iter().map(|window| window.start).min().unwrap_or(from);
        let last = windows.iter().map(|w| w.end.unwrap_or(UtcTime::MAX)).max().unwrap_or(to);
        if self.timetable.has_open() && (first < from || last > to) {
            let first = first.min(from).max(instant(from.as_millis() - FAR));
            let last = last.max(to).min(instant(to.as_millis() + FAR));
            windows.retain(|window| window.kind == Kind::Maintenance);
            let mut open = self.timetable.windows(first, last)?;
            open.retain(|window| window.kind == Kind::Open);
            windows.append(&mut open);
        }
        Ok(windows)
    }
}

/// The instant, or the nearest that records can write.
fn instant(millis: i64) -> UtcTime {
    let nearest = if millis < 0 { UtcTime::MIN } else { UtcTime::MAX };
    UtcTime::from_millis(millis).unwrap_or(nearest)
}

/// One thread's look-ups: it remembers pages, so that threads seldom meet.
#[derive(Debug)]
pub(crate) struct Lookup<'a> {
    horizon: &'a Horizon,
    pages: Pages,
    /// The last page that was asked for.
    page: i64,
    set: Arc<WindowSet>,
}

impl<'a> Lookup<'a> {
    pub(crate) fn new(horizon: &'a Horizon) -> Self {
        let set = horizon.whole.clone().unwrap_or_default();
        Self { horizon, pages: Pages::default(), page: i64::MIN, set }
    }

    /// The window that concerns a run at that time that takes so many
    /// milliseconds: one that it begins in, or else one that it runs into.
    pub(crate) fn find(
        &mut self,
        time: UtcTime,
        length: i64,
        run: &mut impl Judge,
    ) -> Result<Option<Hit>, LookupError> {
        let page = self.turn_to(time)?;
        if let Some(hit) = self.set.at(time, run)? {
            return Ok(Some(hit));
        }
        if length == 0 {
            return Ok(None);
        }
        let to = instant(time.as_millis() + length);
        if self.horizon.whole.is_some() {
            return Ok(self.set.running(time, to, run)?);
        }
        // The last page first: what is found there ends last.
        for page in (page..=(to.as_millis() - 1) >> PAGE).rev() {
            let begin = instant(page << PAGE).max(time);
            let end = instant((page + 1) << PAGE).min(to);
            self.turn_to(begin)?;
            if let Some(hit) = self.set.running(begin, end, run)? {
                return Ok(Some(hit));
            }
        }
        Ok(None)
    }

    /// Makes ready for runs at those times.
    pub(crate) fn warm(&self, times: impl Iterator<Item = UtcTime> + Clone) {
        if self.horizon.whole.is_some() {
            self.set.warm(times);
        }
    }

    /// Appends what a selected run says of the window that was found last.
    pub(crate) fn annotate(&self, hit: &Hit, out: &mut Vec<u8>) {
        self.set.annotate(hit, out);
    }

    fn turn_to(&mut self, time: UtcTime) -> Result<i64, LookupError> {
        let page = time.as_millis() >> PAGE;
        if self.horizon.whole.is_none() && page != self.page {
            let known = self.pages.sets.get(&page).cloned();
            if let Some(set) = known {
                self.set = set;
            } else {
                self.set = self.horizon.page(page).map_err(LookupError::Timetable)?;
                self.pages.put(page, &self.set);
            }
            self.page = page;
        }
        Ok(page)
    }
}
