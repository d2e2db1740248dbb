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
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use crate::scope::{MissingField, Scope};
use crate::time::UtcTime;
use crate::window::{Kind, Window, ZonePlace};
use crate::zone::Dst;

use segments::{NEVER, Segment, Segments};

/// From how many windows on they do not fit into the processor's nearest cache
/// any more. Then memory is read ahead, and annotations are made when they are
/// wanted: kept, they would be most of the memory and of the time of loading,
/// and to fetch one would take as long as to make it.
const MANY: usize = 4096;

/// For how many instants at most memory is read ahead.
pub const AHEAD: usize = 32;

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
    /// The annotations of the windows as they are, one after the other, unless
    /// there are too many.
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
    /// Where its annotation ends, and the next one begins, if they are kept.
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
    pub fn new(windows: Vec<Window>, widening: Widening) -> Self {
        Self::compile(windows, widening, false)
    }

    /// The same, whose annotations have a member `zone` more: the number of
    /// the window's [`ZonePlace`], for those who draw it.
    #[must_use]
    pub fn with_zones(windows: Vec<Window>, widening: Widening) -> Self {
        Self::compile(windows, widening, true)
    }

    fn compile(windows: Vec<Window>, widening: Widening, tells_zones: bool) -> Self {
        let few = windows.len() < MANY;
        let mut maintenance = Groups::for_windows(windows.len());
        let mut open = Groups::default();
        let mut annotations = Vec::with_capacity(if few { windows.len() * ANNOTATION } else { 0 });
        let mut place = 0;
        let entry = |window: Window| {
            let Window { name, kind, scope, dst, zone, .. } = window;
            let (mut start, mut end) = (window.start, window.end);
            let groups = match kind {
                Kind::Maintenance => {
                    start = start.saturating_sub(widening.before);
                    end = end.map(|end| end.saturating_add(widening.after));
                    &mut maintenance
                }
                Kind::Open => &mut open,
            };
            let (start, end) = (start.as_millis(), end.map_or(NEVER, UtcTime::as_millis));
            groups.add(&scope, Segment { start, end, window: place });
            if kind == Kind::Open {
                return None;
            }
            place = place.saturating_add(1);
            let zone = zone.filter(|_| tells_zones);
            let mut entry = Entry { name, start, end, dst, zone, annotation: 0 };
            if few {
                annotate(&mut annotations, &entry, start, end, false);
                entry.annotation = annotations.len();
            }
            Some(entry)
        };
        // What is collected from a vector of something larger takes its place,
        // so the memory that loading took is used again.
        let mut windows: Vec<Entry> = windows.into_iter().filter_map(entry).collect();
        windows.shrink_to_fit();
        Self {
            windows,
            maintenance: maintenance.compile(Segments::ending_last),
            open: open.compile(Segments::union),
            annotations,
        }
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

    /// Reads from memory what looking up those instants will need, all at once;
    /// at most [`AHEAD`] of them.
    ///
    /// Many windows do not fit into the processor's nearest caches. One look-up
    /// after the other would wait for the memory at each of its steps; here
    /// each step is made for all instants before the next one, so that the
    /// waits overlap. It is what makes 100,000 windows cost little more than
    /// ten also where runs come in no order; with few windows it does nothing.
    pub fn warm(&self, times: impl Iterator<Item = UtcTime>) {
        if self.windows.len() < MANY {
            return;
        }
        let [Group { segments, .. }] = &self.maintenance[..] else { return };
        let mut batch = [(0, 0); AHEAD];
        let mut count = 0;
        for (step, time) in batch.iter_mut().zip(times) {
            *step = (time.as_millis(), segments.begun_by_bucket(time.as_millis()));
            count += 1;
        }
        for (time, step) in &mut batch[..count] {
            *step = segments.guess(*time, *step);
        }
        let windows =
            batch[..count].iter().filter_map(|(_, step)| self.windows.get(*step as usize));
        black_box(windows.clone().fold(0, |sum, window| sum ^ window.end ^ window.start));
        let names = windows.map(|window| window.name.as_bytes());
        black_box(names.fold(0, |sum, name| sum ^ name.last().copied().unwrap_or_default()));
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
        let is_whole = !hit.running && (hit.start, hit.end) == (entry.start, entry.end);
        if !is_whole || self.annotations.is_empty() {
            annotate(out, entry, hit.start, hit.end, hit.running);
        } else {
            let from = place.checked_sub(1).map_or(0, |before| self.windows[before].annotation);
            out.extend_from_slice(&self.annotations[from..entry.annotation]);
        }
    }
}

fn annotate(out: &mut Vec<u8>, entry: &Entry, start: i64, end: i64, running: bool) {
    out.extend_from_slice(b",\"window\":{\"name\":");
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if entry.name.bytes().fold(true, |plain, byte| plain & is_plain(byte)) {
        out.push(b'"');
        out.extend_from_slice(entry.name.as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(serde_json::Value::from(&*entry.name).to_string().as_bytes());
    }
    let start = UtcTime::from_millis(start).unwrap_or(UtcTime::MIN);
    let mut times =
        *b",\"start\":\"0000-00-00T00:00:00.000Z\",\"end\":\"0000-00-00T00:00:00.000Z\"";
    times[10..34].copy_from_slice(&start.to_ascii());
    if let Some(end) = UtcTime::from_millis(end) {
        times[43..67].copy_from_slice(&end.to_ascii());
        out.extend_from_slice(&times);
    } else {
        out.extend_from_slice(&times[..42]);
        out.extend_from_slice(b"null");
    }
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
    /// For how many windows the first scope gets room.
    room: usize,
}

impl Groups {
    /// With room for so many windows of one scope, which is what most
    /// timetables have. Room that is not used costs nothing.
    fn for_windows(count: usize) -> Self {
        Self { room: count, ..Self::default() }
    }

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
            let room = Vec::with_capacity(mem::take(&mut self.room));
            self.list.push((restricted.then(|| Arc::clone(scope)), room));
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
