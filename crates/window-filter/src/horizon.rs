//! The windows around any date.
//!
//! The windows of a timetable without endless recurrences are compiled once. The
//! windows of other timetables are compiled for a page of time on demand, and cached.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use maintenance_core::jsonl::BadLine;
use maintenance_core::scope::MissingField;
use maintenance_core::time::UtcTime;
use maintenance_core::timetable::{MOST_AT_ONCE, Timetable, TimetableError};
use maintenance_core::window::{Window, WindowKind};
use maintenance_core::window_set::{EffectiveWindow, Judge, Widening, WindowSet};

/// The length of a page is 2 to this power milliseconds, about 50 days. A page that
/// would have too many windows is halved until it has not, and later pages are no
/// longer than that.
const LONGEST: u32 = 32;

/// The shortest page is 2 to this power milliseconds long, 70 minutes. A shorter one
/// is not worth it, since each page also looks up the windows around it.
const SHORTEST: u32 = 22;

/// The most windows of recurrences in a page longer than [`SHORTEST`]: a constant,
/// and a number for each recurrence.
const MOST_MADE: usize = 16_384;
const MOST_MADE_EACH: usize = 16;

/// The most windows of recurrences in the shortest page, without
/// [`MOST_MADE_EACH`]. More are an error: nobody plans so many for one hour, and each
/// run could cost the time to compute all of them.
const MOST_MADE_AT_ALL: usize = MOST_AT_ONCE;

/// The most open periods around a page, within [`FAR`].
const MOST_OPEN: u32 = 250_000;

/// The most pages in a cache: 140 years. A full cache is emptied, so that memory does
/// not grow with the input.
const MOST_PAGES: usize = 1024;

/// The most windows in all pages of a cache.
const MOST_WINDOWS: usize = 100_000;

/// The distance in milliseconds from a page up to which open periods are looked up,
/// since they shorten the page's windows: ten years.
const FAR: i64 = 3660 * 24 * 60 * 60 * 1000;

/// Compiles the windows around any date.
#[derive(Debug)]
pub(crate) struct Horizon {
    /// The timetable, if windows are compiled page by page. Otherwise it is empty.
    timetable: Arc<Timetable>,
    widening: Widening,
    /// Whether annotations have the windows' zones, which views need.
    with_zones: bool,
    /// All windows, if they are compiled once.
    whole: Option<Arc<WindowSet>>,
    /// The length of the next page, as a power of two.
    power: AtomicU32,
    pages: Mutex<PageCache>,
}

/// A period of 2 to the power of `power` milliseconds. Number 0 begins at the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct TimePage {
    power: u32,
    number: i64,
}

impl TimePage {
    fn around(millis: i64, power: u32) -> Self {
        Self { power, number: millis >> power }
    }

    fn start(self) -> i64 {
        self.number << self.power
    }

    fn end(self) -> i64 {
        (self.number + 1) << self.power
    }
}

/// A cache of the windows that were compiled, by page.
#[derive(Debug, Default)]
struct PageCache {
    sets: HashMap<TimePage, Arc<WindowSet>>,
    windows: usize,
}

impl PageCache {
    fn put(&mut self, page: TimePage, set: &Arc<WindowSet>) {
        if self.sets.len() >= MOST_PAGES || self.windows + set.len() > MOST_WINDOWS {
            *self = Self::default();
        }
        self.windows += set.len();
        self.sets.insert(page, Arc::clone(set));
    }
}

/// The reason for which no window can be looked up for a run.
#[derive(Debug)]
pub(crate) enum LookupError {
    /// The windows of the timetable cannot be computed.
    Timetable(TimetableError),
    /// The record of the run cannot be used.
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
    pub(crate) fn new(timetable: Timetable, widening: Widening, with_zones: bool) -> Self {
        let power = AtomicU32::new(LONGEST);
        let mut horizon = Self {
            timetable: Arc::default(),
            widening,
            with_zones,
            whole: None,
            power,
            pages: Mutex::default(),
        };
        match timetable.into_windows() {
            Ok(all) => horizon.whole = Some(horizon.compile(all)),
            Err(timetable) => horizon.timetable = Arc::new(timetable),
        }
        horizon
    }

    /// The timetable, if it recurs; otherwise it is empty.
    pub(crate) fn timetable(&self) -> Arc<Timetable> {
        Arc::clone(&self.timetable)
    }

    fn compile(&self, windows: Vec<Window>) -> Arc<WindowSet> {
        Arc::new(if self.with_zones {
            WindowSet::with_zones(windows, self.widening)
        } else {
            WindowSet::new(windows, self.widening)
        })
    }

    /// Returns a page around an instant, and the windows that overlap it.
    fn page(&self, millis: i64) -> Result<(TimePage, Arc<WindowSet>), TimetableError> {
        let lock = || self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let mut power = self.power.load(Ordering::Relaxed);
        loop {
            let page = TimePage::around(millis, power);
            if let Some(set) = lock().sets.get(&page) {
                return Ok((page, Arc::clone(set)));
            }
            // Two threads may compile the same page at once, with the same result.
            if let Some(windows) = self.windows(page)? {
                let set = self.compile(windows);
                lock().put(page, &set);
                return Ok((page, set));
            }
            power -= 1;
            self.power.fetch_min(power, Ordering::Relaxed);
        }
    }

    /// Computes the windows that overlap the page. `None`: they are too many, and the
    /// page has to be shorter.
    fn windows(&self, page: TimePage) -> Result<Option<Vec<Window>>, TimetableError> {
        let from = instant(page.start()).saturating_sub(self.widening.after);
        let to = instant(page.end()).saturating_add(self.widening.before);
        let is_shortest = page.power <= SHORTEST;
        let most = if is_shortest { MOST_MADE_AT_ALL } else { MOST_MADE };
        let most = most + MOST_MADE_EACH * self.timetable.recurring();
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        let made = if is_shortest {
            Some(self.timetable.windows_within(from, to, most)?)
        } else {
            self.timetable.windows_up_to(from, to, most)?
        };
        let Some(mut windows) = made else { return Ok(None) };
        // The annotation of a window, as it is widened, has the part that open periods leave
        // of it. These open periods may be outside of the page.
        let Widening { before, after } = self.widening;
        let starts = windows.iter().map(|window| window.start.saturating_sub(before));
        let ends =
            windows.iter().map(|w| w.end.map_or(UtcTime::MAX, |end| end.saturating_add(after)));
        let (first, last) = (starts.min().unwrap_or(from), ends.max().unwrap_or(to));
        if self.timetable.has_open() && (first < from || last > to) {
            let first = first.min(from).max(instant(from.as_millis() - FAR));
            let last = last.max(to).min(instant(to.as_millis() + FAR));
            windows.retain(|window| window.kind == WindowKind::Maintenance);
            windows.append(&mut self.timetable.open_periods(first, last, MOST_OPEN)?);
        }
        Ok(Some(windows))
    }
}

/// The instant, or the nearest instant that a record can have.
fn instant(millis: i64) -> UtcTime {
    let nearest = if millis < 0 { UtcTime::MIN } else { UtcTime::MAX };
    UtcTime::from_millis(millis).unwrap_or(nearest)
}

/// The look-ups of one thread. It has a cache of its own, so that threads seldom wait
/// for each other.
#[derive(Debug)]
pub(crate) struct Lookup<'a> {
    horizon: &'a Horizon,
    pages: PageCache,
    /// The page of the last look-up.
    page: Option<TimePage>,
    set: Arc<WindowSet>,
}

impl<'a> Lookup<'a> {
    pub(crate) fn new(horizon: &'a Horizon) -> Self {
        let set = horizon.whole.clone().unwrap_or_default();
        Self { horizon, pages: PageCache::default(), page: None, set }
    }

    /// Finds the window that concerns a run at that time with a duration of `length`
    /// milliseconds: a window that it begins in, or else a window that it runs into.
    pub(crate) fn find(
        &mut self,
        time: UtcTime,
        length: i64,
        run: &mut impl Judge,
    ) -> Result<Option<EffectiveWindow>, LookupError> {
        self.turn_to(time.as_millis())?;
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
        // The last page comes first, since its windows end last.
        let mut until = to.as_millis();
        while until > time.as_millis() {
            let page = self.turn_to(until - 1)?;
            let begin = instant(page.start()).max(time);
            if let Some(hit) = self.set.running(begin, instant(until), run)? {
                return Ok(Some(hit));
            }
            until = begin.as_millis();
        }
        Ok(None)
    }

    /// Prefetches memory for the look-ups of runs at those times.
    pub(crate) fn prefetch(&self, times: impl Iterator<Item = UtcTime>) {
        if self.horizon.whole.is_some() {
            self.set.prefetch(times);
        }
    }

    /// Appends the annotation of the window that was found last to a run's line.
    pub(crate) fn annotate(&self, hit: &EffectiveWindow, out: &mut Vec<u8>) {
        self.set.annotate(hit, out);
    }

    /// The name of the window that was found last.
    pub(crate) fn window_name(&self, hit: &EffectiveWindow) -> &str {
        self.set.name(hit)
    }

    /// Goes to a page around that instant, unless all windows are compiled once.
    fn turn_to(&mut self, millis: i64) -> Result<TimePage, LookupError> {
        if let Some(page) = self.page
            && page == TimePage::around(millis, page.power)
        {
            return Ok(page);
        }
        let page = TimePage::around(millis, self.horizon.power.load(Ordering::Relaxed));
        if self.horizon.whole.is_some() {
            return Ok(page);
        }
        let known = self.pages.sets.get(&page).cloned();
        let (page, set) = if let Some(set) = known {
            (page, set)
        } else {
            let (page, set) = self.horizon.page(millis).map_err(LookupError::Timetable)?;
            self.pages.put(page, &set);
            (page, set)
        };
        self.set = set;
        self.page = Some(page);
        Ok(page)
    }
}
