//! The windows around any date: compiled once where the timetable is a list of
//! dates, and page by page where it recurs without end.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use maintenance_core::jsonl::BadLine;
use maintenance_core::scope::MissingField;
use maintenance_core::time::UtcTime;
use maintenance_core::timetable::{MOST_AT_ONCE, Timetable, TimetableError};
use maintenance_core::window::{Window, WindowKind};
use maintenance_core::window_set::{EffectiveWindow, Judge, Widening, WindowSet};

/// A page is two to this power of milliseconds long, about 50 days, unless it
/// would hold too much: then this and all that follow are half as long, or a
/// quarter, and so on.
const LONGEST: u32 = 32;

/// Pages are never shorter than two to this power of milliseconds, 70 minutes:
/// each costs a look at its own surroundings too.
const SHORTEST: u32 = 22;

/// How many windows recurrences may make for a page longer than [`SHORTEST`],
/// and how many more for each of them.
const MOST_MADE: usize = 16_384;
const MOST_MADE_EACH: usize = 16;

/// How many windows recurrences may make for the shortest page, but for
/// [`MOST_MADE_EACH`]. More are an error: nobody plans so many for one hour,
/// and each run could cost them all.
const MOST_MADE_AT_ALL: usize = MOST_AT_ONCE;

/// How many open windows there may be as far around a page as they matter.
const MOST_OPEN: u32 = 250_000;

/// How many pages are kept: 140 years if the runs come in no order. Then all
/// of them are forgotten, so that memory does not grow with the input.
const MOST_PAGES: usize = 1024;

/// How many windows the pages that are kept may hold together.
const MOST_WINDOWS: usize = 100_000;

/// How far beyond a page open windows are looked for that cut a piece off the
/// page's windows, in milliseconds: ten years.
const FAR: i64 = 3660 * 24 * 60 * 60 * 1000;

/// What compiles the windows around any date.
#[derive(Debug)]
pub(crate) struct Horizon {
    /// What recurs, and what does not beside it.
    timetable: Timetable,
    widening: Widening,
    /// Whether annotations tell the windows' zones, as views want it.
    with_zones: bool,
    /// All there are, if none recurs; then the timetable is empty.
    whole: Option<Arc<WindowSet>>,
    /// How long the next page is to be, as a power of two.
    power: AtomicU32,
    pages: Mutex<Pages>,
}

/// A stretch of time: two to the power of `power` milliseconds, of which it is
/// the one with that number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Page {
    power: u32,
    number: i64,
}

impl Page {
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

/// Pages that were compiled.
#[derive(Debug, Default)]
struct Pages {
    sets: HashMap<Page, Arc<WindowSet>>,
    windows: usize,
}

impl Pages {
    fn put(&mut self, page: Page, set: &Arc<WindowSet>) {
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
    pub(crate) fn new(timetable: Timetable, widening: Widening, with_zones: bool) -> Self {
        let power = AtomicU32::new(LONGEST);
        let mut horizon = Self {
            timetable: Timetable::default(),
            widening,
            with_zones,
            whole: None,
            power,
            pages: Mutex::default(),
        };
        match timetable.into_windows() {
            Ok(all) => horizon.whole = Some(horizon.compile(all)),
            Err(timetable) => horizon.timetable = timetable,
        }
        horizon
    }

    fn compile(&self, windows: Vec<Window>) -> Arc<WindowSet> {
        Arc::new(if self.with_zones {
            WindowSet::with_zones(windows, self.widening)
        } else {
            WindowSet::new(windows, self.widening)
        })
    }

    /// The page around an instant, and the windows that overlap it.
    fn page(&self, millis: i64) -> Result<(Page, Arc<WindowSet>), TimetableError> {
        let lock = || self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let mut power = self.power.load(Ordering::Relaxed);
        loop {
            let page = Page::around(millis, power);
            if let Some(set) = lock().sets.get(&page) {
                return Ok((page, Arc::clone(set)));
            }
            // Two threads may do this at once; they find the same.
            if let Some(windows) = self.windows(page)? {
                let set = self.compile(windows);
                lock().put(page, &set);
                return Ok((page, set));
            }
            power -= 1;
            self.power.fetch_min(power, Ordering::Relaxed);
        }
    }

    /// The windows that overlap the page; `None` if a shorter one is wanted.
    fn windows(&self, page: Page) -> Result<Option<Vec<Window>>, TimetableError> {
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
        // A window is told with the piece that open ones leave of it, and
        // these may lie beyond the page.
        let first = windows.iter().map(|window| window.start).min().unwrap_or(from);
        let last = windows.iter().map(|w| w.end.unwrap_or(UtcTime::MAX)).max().unwrap_or(to);
        if self.timetable.has_open() && (first < from || last > to) {
            let first = first.min(from).max(instant(from.as_millis() - FAR));
            let last = last.max(to).min(instant(to.as_millis() + FAR));
            windows.retain(|window| window.kind == WindowKind::Maintenance);
            windows.append(&mut self.timetable.open_windows(first, last, MOST_OPEN)?);
        }
        Ok(Some(windows))
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
    page: Option<Page>,
    set: Arc<WindowSet>,
}

impl<'a> Lookup<'a> {
    pub(crate) fn new(horizon: &'a Horizon) -> Self {
        let set = horizon.whole.clone().unwrap_or_default();
        Self { horizon, pages: Pages::default(), page: None, set }
    }

    /// The window that concerns a run at that time that takes so many
    /// milliseconds: one that it begins in, or else one that it runs into.
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
        // The last page first: what is found there ends last.
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

    /// Reads from memory ahead of the look-up of runs at those times.
    pub(crate) fn read_ahead(&self, times: impl Iterator<Item = UtcTime>) {
        if self.horizon.whole.is_some() {
            self.set.read_ahead(times);
        }
    }

    /// Appends what a selected run says of the window that was found last.
    pub(crate) fn annotate(&self, hit: &EffectiveWindow, out: &mut Vec<u8>) {
        self.set.annotate(hit, out);
    }

    /// Goes to a page around that instant, unless all windows are one set.
    fn turn_to(&mut self, millis: i64) -> Result<Page, LookupError> {
        if let Some(page) = self.page
            && page == Page::around(millis, page.power)
        {
            return Ok(page);
        }
        let page = Page::around(millis, self.horizon.power.load(Ordering::Relaxed));
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
