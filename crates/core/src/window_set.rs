//! Windows, compiled so that a run is held against all of them at once.
//!
//! The windows of each scope are cut into disjoint stretches of time, each of
//! which knows the window that ends last there. A run takes one look-up by
//! time for each scope, whatever the number of windows; a scope is only judged
//! where its windows concern the run by time. Open windows stay beside: their
//! scopes are their own, so what they take away hangs on the run.
//!
//! A [`Hit`] has the *effective* window: the uninterrupted piece, between open
//! windows, of the window that ends last.

mod segments;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use crate::scope::{MissingField, Scope};
use crate::time::UtcTime;
use crate::window::{Kind, Window, ZonePlace};
use crate::zone::Dst;

use segments::{NEVER, Segment, Segments};

/// From how many windows on memory is read ahead.
const MANY: usize = 4096;

/// About as long as an annotation is, in bytes.
const ANNOTATION: usize = 100;

/// By how much maintenance windows are widened. Open ones never are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Widening {
    /// Their start is that much earlier.
    pub before: Duration,
    /// Their end is that much later.
    pub after: Duration,
}

impl Widening {
    /// The window, widened if it is one of maintenance.
    #[must_use]
    pub fn apply(&self, mut window: Window) -> Window {
        if window.kind == Kind::Maintenance {
            window.start = window.start.saturating_sub(self.before);
            window.end = window.end.map(|end| end.saturating_add(self.after));
        }
        window
    }
}

/// Windows, compiled for look-up.
#[derive(Clone, Debug, Default)]
pub struct WindowSet {
    windows: Vec<Entry>,
    maintenance: Vec<Group>,
    open: Vec<Group>,
    annotations: Vec<u8>,
}

/// A maintenance window, as far as a selected run tells of it.
#[derive(Clone, Debug)]
struct Entry {
    name: Arc<str>,
    start: i64,
    end: i64,
    dst: Option<Dst>,
    zone: Option<ZonePlace>,
    /// Where its annotation ends, and the next one begins.
    annotation: usize,
}

/// The windows of one scope.
#[derive(Clone, Debug)]
struct Group {
    /// `None`: every run.
    scope: Option<Arc<Scope>>,
    segments: Segments,
}

/// What a run met: an effective window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    window: u32,
    start: i64,
    end: i64,
    running: bool,
}

impl Hit {
    /// The first instant of the effective window.
    #[must_use]
    pub fn start(&self) -> UtcTime {
        UtcTime::from_millis(self.start).unwrap_or(UtcTime::MIN)
    }

    /// The first instant after it; `None` if it is open-ended.
    #[must_use]
    pub fn end(&self) -> Option<UtcTime> {
        UtcTime::from_millis(self.end)
    }
}

/// Whether a run is in a scope, asked only where the answer matters.
pub trait Judge {
    /// See [`Scope::judge`].
    fn judge(&mut self, scope: &Scope) -> Result<bool, MissingField>;
}

impl<F: FnMut(&Scope) -> Result<bool, MissingField>> Judge for F {
    fn judge(&mut self, scope: &Scope) -> Result<bool, MissingField> {
        self(scope)
    }
}

impl Group {
    fn has(&self, run: &mut impl Judge) -> Result<bool, MissingField> {
        self.scope.as_deref().map_or(Ok(true), |scope| run.judge(scope))
    }
}

impl WindowSet {
    /// Compiles windows, in any order. Empty ones concern no run.
    #[must_use]
    pub fn new<'a>(windows: impl IntoIterator<Item = &'a Window>, widening: Widening) -> Self {
        Self::compile(windows, widening, false)
    }

    /// The same, whose annotations have a member `zone` more: the number of
    /// the window's [`ZonePlace`], for those who draw it.
    #[must_use]
    pub fn with_zones<'a>(
        windows: impl IntoIterator<Item = &'a Window>,
        widening: Widening,
    ) -> Self {
        Self::compile(windows, widening, true)
    }

    fn compile<'a>(
        windows: impl IntoIterator<Item = &'a Window>,
        widening: Widening,
        tells_zones: bool,
    ) -> Self {
        let mut set = Self::default();
        let mut maintenance = Groups::default();
        let mut open = Groups::default();
        let windows = windows.into_iter();
        // Grown step by step, both would for a moment be in memory twice.
        set.windows.reserve_exact(windows.size_hint().0);
        set.annotations.reserve_exact(windows.size_hint().0 * ANNOTATION);
        for window in windows {
            let (mut start, mut end) = (window.start, window.end);
            let groups = match window.kind {
                Kind::Maintenance => {
                    start = start.saturating_sub(widening.before);
                    end = end.map(|end| end.saturating_add(widening.after));
                    &mut maintenance
                }
                Kind::Open => &mut open,
            };
            let (start, end) = (start.as_millis(), end.map_or(NEVER, UtcTime::as_millis));
            let place = u32::try_from(set.windows.len()).unwrap_or(u32::MAX);
            groups.add(&window.scope, Segment { start, end, window: place });
            if window.kind == Kind::Maintenance {
                set.add(Entry {
                    name: Arc::clone(&window.name),
                    start,
                    end,
                    dst: window.dst,
                    zone: window.zone.filter(|_| tells_zones),
                    annotation: 0,
                });
            }
        }
        set.maintenance = maintenance.compile(Segments::ending_last);
        set.open = open.compile(Segments::union);
        set
    }

    fn add(&mut self, mut entry: Entry) {
        annotate(&mut self.annotations, &entry, entry.start, entry.end, false);
        entry.annotation = self.annotations.len();
        self.windows.push(entry);
    }

    /// How many maintenance windows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.windows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    /// The window that a run at that instant is in: of several, the one that
    /// ends last, and of these the one that began first.
    pub fn at(&self, time: UtcTime, run: &mut impl Judge) -> Result<Option<Hit>, MissingField> {
        self.best(run, |set, group, run| {
            let time = time.as_millis();
            let Some(segment) = group.segments.at(time) else { return Ok(None) };
            if !group.has(run)? || set.open_at(time, run)?.is_some() {
                return Ok(None);
            }
            set.piece(segment, time, run).map(Some)
        })
    }

    /// The window that a run meets that began at `from`, in none, and is still
    /// running until `to`. Of several, the one that ends last.
    pub fn running(
        &self,
        from: UtcTime,
        to: UtcTime,
        run: &mut impl Judge,
    ) -> Result<Option<Hit>, MissingField> {
        let hit = self.best(run, |set, group, run| {
            // Backwards from `to`, over what open windows cover: the window
            // that is there last is also the one that ends last.
            let mut to = to.as_millis();
            loop {
                let Some(segment) = group.segments.last_by(to - 1) else { return Ok(None) };
                let last = segment.end.min(to) - 1;
                if last < from.as_millis() || !group.has(run)? {
                    return Ok(None);
                }
                match set.open_at(last, run)? {
                    Some(open) => to = open.start,
                    None => return set.piece(segment, last, run).map(Some),
                }
            }
        })?;
        Ok(hit.map(|hit| Hit { running: true, ..hit }))
    }

    fn best<J: Judge>(
        &self,
        run: &mut J,
        find: impl Fn(&Self, &Group, &mut J) -> Result<Option<Hit>, MissingField>,
    ) -> Result<Option<Hit>, MissingField> {
        let mut best: Option<Hit> = None;
        for group in &self.maintenance {
            if let Some(hit) = find(self, group, run)?
                && best.is_none_or(|best| self.rank(&hit) > self.rank(&best))
            {
                best = Some(hit);
            }
        }
        Ok(best)
    }

    /// The order in which windows are preferred: the last end, also of those
    /// that an open window cuts off together; of these the first start.
    fn rank(&self, hit: &Hit) -> (i64, i64, Reverse<i64>) {
        let window = &self.windows[hit.window as usize];
        (hit.end, window.end, Reverse(window.start))
    }

    /// The open window, of those that concern the run, that holds at `time`.
    fn open_at(&self, time: i64, run: &mut impl Judge) -> Result<Option<Segment>, MissingField> {
        for group in &self.open {
            if let Some(segment) = group.segments.at(time)
                && group.has(run)?
            {
                return Ok(Some(*segment));
            }
        }
        Ok(None)
    }

    /// The piece around `time`, at which nothing is open, of the segment's
    /// window.
    fn piece(
        &self,
        segment: &Segment,
        time: i64,
        run: &mut impl Judge,
    ) -> Result<Hit, MissingField> {
        let window = &self.windows[segment.window as usize];
        let (mut start, mut end) = (window.start, window.end);
        for group in &self.open {
            let last = group.segments.last_by(time).map_or(start, |open| open.end);
            let next = group.segments.first_after(time).map_or(end, |open| open.start);
            if (last > start || next < end) && group.has(run)? {
                start = start.max(last);
                end = end.min(next);
            }
        }
        Ok(Hit { window: segment.window, start, end, running: false })
    }

    /// Reads from memory what looking up those instants will need, all at once.
    ///
    /// Many windows do not fit into the processor's nearest cache. One look-up
    /// after the other would wait for the memory each time; here the waits
    /// overlap, because no read hangs on another instant's. It is what makes
    /// 100,000 windows cost little more than ten also where runs come in no
    /// order; with few windows it does nothing.
    pub fn warm(&self, times: impl Iterator<Item = UtcTime> + Clone) {
        if self.windows.len() < MANY {
            return;
        }
        let [group] = &self.maintenance[..] else { return };
        let segments = &group.segments;
        let near = times.clone().filter_map(|time| segments.near(time.as_millis()));
        black_box(near.fold(0, |sum, segment| sum ^ segment.end));
        let hits = times.filter_map(|time| segments.at(time.as_millis()));
        let annotation = hits.map(|segment| {
            let place = segment.window as usize;
            let end = self.windows[place].annotation;
            let ends = [end.saturating_sub(1), end.saturating_sub(ANNOTATION)];
            ends.map(|at| self.annotations.get(at).copied().unwrap_or_default())
        });
        black_box(annotation.fold(0, |sum, [a, b]| sum ^ a ^ b));
    }

    /// What the timetable calls the window.
    #[must_use]
    pub fn name(&self, hit: &Hit) -> &Arc<str> {
        &self.windows[hit.window as usize].name
    }

    /// Appends the `window` member of a selected run, from its comma on.
    pub fn annotate(&self, hit: &Hit, out: &mut Vec<u8>) {
        let place = hit.window as usize;
        let entry = &self.windows[place];
        if hit.running || (hit.start, hit.end) != (entry.start, entry.end) {
            annotate(out, entry, hit.start, hit.end, hit.running);
        } else {
            let from = place.checked_sub(1).map_or(0, |before| self.windows[before].annotation);
            out.extend_from_slice(&self.annotations[from..entry.annotation]);
        }
    }
}

fn annotate(out: &mut Vec<u8>, entry: &Entry, start: i64, end: i64, running: bool) {
    let time = |out: &mut Vec<u8>, millis| match UtcTime::from_millis(millis) {
        Some(time) => {
            out.push(b'"');
            out.extend_from_slice(&time.to_ascii());
            out.push(b'"');
        }
        None => out.extend_from_slice(b"null"),
    };
    out.extend_from_slice(b",\"window\":{\"name\":");
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if entry.name.bytes().all(plain) {
        out.push(b'"');
        out.extend_from_slice(entry.name.as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(serde_json::Value::from(&*entry.name).to_string().as_bytes());
    }
    out.extend_from_slice(b",\"start\":");
    time(out, start);
    out.extend_from_slice(b",\"end\":");
    time(out, end);
    if running {
        out.extend_from_slice(b",\"overlap\":\"running\"");
    }
    if let Some(dst) = entry.dst {
        out.extend_from_slice(b",\"dst\":\"");
        out.extend_from_slice(dst.as_str().as_bytes());
        out.push(b'"');
    }
    if let Some(zone) = entry.zone {
        out.extend_from_slice(format!(",\"zone\":{}", zone.number()).as_bytes());
    }
    out.push(b'}');
}

/// Windows, sorted by their scopes.
#[derive(Default)]
struct Groups {
    list: Vec<(Option<Arc<Scope>>, Vec<Segment>)>,
    /// The place of each scope, by its address: a timetable shares equal ones,
    /// and two that are equal would only cost a look-up more.
    places: HashMap<usize, usize>,
    /// The scope of the last window.
    last: Option<(usize, usize)>,
}

impl Groups {
    fn add(&mut self, scope: &Arc<Scope>, window: Segment) {
        let address = Arc::as_ptr(scope) as usize;
        let place = match self.last {
            Some((last, place)) if last == address => place,
            _ => self.place(scope, address),
        };
        self.last = Some((address, place));
        self.list[place].1.push(window);
    }

    fn place(&mut self, scope: &Arc<Scope>, address: usize) -> usize {
        let restricted = !scope.is_unrestricted();
        // All that concern every run are one, at an address that none has.
        let key = if restricted { address } else { 0 };
        *self.places.entry(key).or_insert_with(|| {
            self.list.push((restricted.then(|| Arc::clone(scope)), Vec::new()));
            self.list.len() - 1
        })
    }

    fn compile(self, segments: impl Fn(Vec<Segment>) -> Segments) -> Vec<Group> {
        let compile = |(scope, mut windows): (_, Vec<Segment>)| {
            windows.sort_by_key(|window| window.start);
            Group { scope, segments: segments(windows) }
        };
        let groups = self.list.into_iter().map(compile);
        groups.filter(|group| !group.segments.list().is_empty()).collect()
    }
}

#[cfg(test)]
mod tests;
