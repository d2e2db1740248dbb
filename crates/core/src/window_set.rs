//! Windows, compiled so that a run is held against all of them at once.
//!
//! The windows of each scope are cut into disjoint stretches of time, each of
//! which knows the window that ends last there. A run takes one look-up by
//! time for each scope, whatever the number of windows; a scope is only judged
//! where its windows concern the run by time. Open periods are kept apart: they
//! have scopes of their own, so the time that they take out depends on the run.
//!
//! A search reads nothing but times; the name and zone of a window lie apart
//! from them, in the same order.
//!
//! An [`EffectiveWindow`] is the uninterrupted piece, between open periods, of the
//! window that ends last.

mod segments;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use crate::jsonl::text::append_json;
use crate::scope::{MissingField, Scope};
use crate::time::UtcTime;
use crate::window::{Window, WindowKind, WindowName};

use segments::{NEVER, Segment, Segments, WindowLabel};

/// From how many windows on they do not fit into the processor's nearest cache
/// any more. Then memory is read ahead, and annotations are made when they are
/// wanted: kept, they would be most of the memory and of the time of loading,
/// and to fetch one would take as long as to make it.
const MANY: usize = 4096;

/// The most instants for which memory is prefetched at once.
pub const MAX_PREFETCHED: usize = 32;

/// About as long as an annotation is, in bytes.
const ANNOTATION: usize = 100;

/// By how much maintenance windows are widened. Open periods never are.
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
        if window.kind == WindowKind::Maintenance {
            window.start = window.start.saturating_sub(self.before);
            window.end = window.end.map(|end| end.saturating_add(self.after));
        }
        window
    }
}

/// Windows, compiled for look-up.
#[derive(Clone, Debug, Default)]
pub struct WindowSet {
    /// The number of maintenance windows.
    count: usize,
    maintenance: Vec<ScopeGroup>,
    open: Vec<ScopeGroup>,
    /// The annotations of each group's windows as they are, unless there are
    /// too many.
    annotations: Vec<KeptAnnotations>,
}

/// The windows of one scope.
#[derive(Clone, Debug)]
struct ScopeGroup {
    /// `None`: every run.
    scope: Option<Arc<Scope>>,
    segments: Segments,
}

/// The annotations of one group.
#[derive(Clone, Debug)]
struct KeptAnnotations {
    /// One after the other.
    text: Vec<u8>,
    /// Where each of them ends, and the next one begins.
    ends: Vec<usize>,
}

impl KeptAnnotations {
    fn of(windows: &Segments) -> Self {
        let mut text = Vec::with_capacity(windows.labels().len() * ANNOTATION);
        let end = |(window, label): (&Segment, _)| {
            annotate(&mut text, label, window.start, window.end, false);
            text.len()
        };
        let ends = windows.list().iter().zip(windows.labels()).map(end).collect();
        Self { text, ends }
    }

    fn get(&self, place: usize) -> &[u8] {
        let from = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[from..self.ends[place]]
    }
}

/// From when until when a window is effective.
type Piece = (i64, i64);

/// The effective window that a run is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EffectiveWindow {
    /// Which group has its window, and where.
    group: u32,
    place: u32,
    start: i64,
    end: i64,
    running: bool,
}

impl EffectiveWindow {
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

impl ScopeGroup {
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

    /// The same, whose annotations have a member `zone` more: the number of the
    /// window's [`ZoneIndex`](crate::window::ZoneIndex), for those who draw it.
    #[must_use]
    pub fn with_zones(windows: Vec<Window>, widening: Widening) -> Self {
        Self::compile(windows, widening, true)
    }

    fn compile(windows: Vec<Window>, widening: Widening, shows_zones: bool) -> Self {
        let keeps_annotations = are_few_and_short(&windows);
        let mut groups = Groups::default();
        let mut count = 0;
        let segment = |window: Window| {
            let window = widening.apply(window);
            let Window { name, start, end, kind, scope, dst, zone, .. } = window;
            count += usize::from(kind == WindowKind::Maintenance);
            let (start, end) = (start.as_millis(), end.map_or(NEVER, UtcTime::as_millis));
            let zone = zone.filter(|_| shows_zones);
            let group = groups.number(kind, &scope);
            (Segment { start, end }, WindowLabel { name, group, zone, dst })
        };
        // What is collected from a vector of something larger takes its place,
        // so the memory that loading took is used again.
        let segments: Vec<_> = windows.into_iter().map(segment).collect();
        let (mut maintenance, mut open) = (Vec::new(), Vec::new());
        for ((kind, scope), mut segments) in groups.split(segments) {
            segments.sort_by_key(|(segment, _)| (segment.start, Reverse(segment.end)));
            let (groups, segments) = match kind {
                WindowKind::Maintenance => (&mut maintenance, Segments::ending_last(segments)),
                WindowKind::Open => (&mut open, Segments::union(segments)),
            };
            if !segments.list().is_empty() {
                groups.push(ScopeGroup { scope, segments });
            }
        }
        let kept = maintenance.iter().filter(|_| keeps_annotations);
        let annotations = kept.map(|group| KeptAnnotations::of(&group.segments)).collect();
        Self { count, maintenance, open, annotations }
    }

    /// The number of maintenance windows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The window that a run at that instant is in: of several, the one that
    /// ends last, and of these the one that began first.
    ///
    /// # Errors
    ///
    /// A scope asks for a member that the run does not have.
    pub fn at(
        &self,
        time: UtcTime,
        run: &mut impl Judge,
    ) -> Result<Option<EffectiveWindow>, MissingField> {
        self.best(run, |set, group, run| {
            let time = time.as_millis();
            let Some((place, window)) = group.segments.at(time) else { return Ok(None) };
            if !group.has(run)? || set.open_at(time, run)?.is_some() {
                return Ok(None);
            }
            Ok(Some((place, set.piece(window, time, run)?)))
        })
    }

    /// The window that a run meets that began at `from`, in none, and is still
    /// running until `to`. Of several, the one that ends last.
    pub fn running(
        &self,
        from: UtcTime,
        to: UtcTime,
        run: &mut impl Judge,
    ) -> Result<Option<EffectiveWindow>, MissingField> {
        let hit = self.best(run, |set, group, run| {
            // Backwards from `to`, over what open periods cover: the window
            // that is there last is also the one that ends last.
            let mut to = to.as_millis();
            loop {
                let Some((place, window)) = group.segments.last_by(to - 1) else {
                    return Ok(None);
                };
                let last = window.end.min(to) - 1;
                if last < from.as_millis() || !group.has(run)? {
                    return Ok(None);
                }
                match set.open_at(last, run)? {
                    Some(open) => to = open.start,
                    None => return Ok(Some((place, set.piece(window, last, run)?))),
                }
            }
        })?;
        Ok(hit.map(|hit| EffectiveWindow { running: true, ..hit }))
    }

    /// Of what is found in each scope, the window that is preferred: the one
    /// with the last end, also of those that an open period cuts off together;
    /// of these the one with the first start.
    fn best<J: Judge>(
        &self,
        run: &mut J,
        find: impl Fn(&Self, &ScopeGroup, &mut J) -> Result<Option<(usize, Piece)>, MissingField>,
    ) -> Result<Option<EffectiveWindow>, MissingField> {
        let mut best = None;
        for (group, number) in self.maintenance.iter().zip(0..) {
            let Some((place, (start, end))) = find(self, group, run)? else { continue };
            let window = group.segments.list()[place];
            let rank = (end, window.end, Reverse(window.start));
            if best.is_none_or(|(best, _)| rank > best) {
                let place = u32::try_from(place).unwrap_or(u32::MAX);
                best = Some((
                    rank,
                    EffectiveWindow { group: number, place, start, end, running: false },
                ));
            }
        }
        Ok(best.map(|(_, hit)| hit))
    }

    /// The open period, of those that concern the run, that holds at `time`.
    fn open_at(&self, time: i64, run: &mut impl Judge) -> Result<Option<&Segment>, MissingField> {
        for group in &self.open {
            if let Some((_, segment)) = group.segments.at(time)
                && group.has(run)?
            {
                return Ok(Some(segment));
            }
        }
        Ok(None)
    }

    /// The piece of that window around `time`, which no open period covers.
    fn piece(
        &self,
        window: &Segment,
        time: i64,
        run: &mut impl Judge,
    ) -> Result<Piece, MissingField> {
        let (mut start, mut end) = (window.start, window.end);
        for group in &self.open {
            let last = group.segments.last_by(time).map_or(start, |(_, open)| open.end);
            let next = group.segments.first_after(time).map_or(end, |open| open.start);
            if (last > start || next < end) && group.has(run)? {
                start = start.max(last);
                end = end.min(next);
            }
        }
        Ok((start, end))
    }

    /// Reads from memory what looking up those instants will need, all at once;
    /// at most [`MAX_PREFETCHED`] of them.
    ///
    /// Many windows do not fit into the processor's nearest caches. One look-up
    /// after the other would wait for the memory at each of its steps; here
    /// each step is made for all instants before the next one, so that the
    /// waits overlap. It is what makes 100,000 windows cost little more than
    /// ten also where runs come in no order; with few windows it does nothing.
    pub fn prefetch(&self, times: impl Iterator<Item = UtcTime>) {
        if self.count < MANY {
            return;
        }
        let [ScopeGroup { segments, .. }] = &self.maintenance[..] else { return };
        let mut batch = [(0, 0); MAX_PREFETCHED];
        let mut count = 0;
        for (step, time) in batch.iter_mut().zip(times) {
            *step = (time.as_millis(), segments.begun_by_bucket(time.as_millis()));
            count += 1;
        }
        for (time, step) in &mut batch[..count] {
            *step = segments.guess(*time, *step);
        }
        let labels =
            batch[..count].iter().filter_map(|(_, step)| segments.labels().get(*step as usize));
        let names = labels.map(|label| label.name.as_bytes());
        black_box(names.fold(0, |sum, name| sum ^ name.last().copied().unwrap_or_default()));
    }

    /// The name of the window in its timetable.
    #[must_use]
    pub fn name(&self, hit: &EffectiveWindow) -> &WindowName {
        &self.maintenance[hit.group as usize].segments.labels()[hit.place as usize].name
    }

    /// Appends the `window` member of a selected run, from its comma on.
    pub fn annotate(&self, hit: &EffectiveWindow, out: &mut Vec<u8>) {
        let (group, place) = (hit.group as usize, hit.place as usize);
        let segments = &self.maintenance[group].segments;
        let window = segments.list()[place];
        let is_whole = !hit.running && (hit.start, hit.end) == (window.start, window.end);
        match self.annotations.get(group) {
            Some(kept) if is_whole => out.extend_from_slice(kept.get(place)),
            _ => annotate(out, &segments.labels()[place], hit.start, hit.end, hit.running),
        }
    }
}

/// Whether the windows are so few, and their names so short, that their annotations
/// are kept.
fn are_few_and_short(windows: &[Window]) -> bool {
    let names = windows.iter().map(|window| window.name.len()).sum::<usize>();
    windows.len() < MANY && names < MANY * ANNOTATION
}

fn annotate(out: &mut Vec<u8>, label: &WindowLabel, start: i64, end: i64, running: bool) {
    out.extend_from_slice(b",\"window\":{\"name\":");
    // DEL, and the lead byte of the C1 controls, are left to `append_json`.
    let is_plain = |byte: u8| byte >= b' ' && !matches!(byte, b'"' | b'\\' | 0x7f | 0xc2);
    let name = label.name.as_bytes();
    if name.iter().fold(true, |plain, &byte| plain & is_plain(byte)) {
        out.push(b'"');
        out.extend_from_slice(name);
        out.push(b'"');
    } else {
        // A string has no map whose keys could be no strings.
        let _ = append_json(&*label.name, out);
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
    if let Some(dst) = label.dst {
        out.extend_from_slice(b",\"dst\":\"");
        out.extend_from_slice(dst.as_str().as_bytes());
        out.push(b'"');
    }
    if let Some(zone) = label.zone {
        out.extend_from_slice(format!(",\"zone\":{}", zone.number()).as_bytes());
    }
    out.push(b'}');
}

/// The kind and scope that the windows of a group share.
type Common = (WindowKind, Option<Arc<Scope>>);

/// The kinds and scopes that windows have.
#[derive(Default)]
struct Groups {
    list: Vec<Common>,
    /// The number of each, by the scope's address: a timetable shares equal
    /// ones, and two that are equal would only cost a look-up more.
    numbers: HashMap<(WindowKind, usize), u32>,
    /// That of the last window.
    last: Option<(WindowKind, usize, u32)>,
}

impl Groups {
    fn number(&mut self, kind: WindowKind, scope: &Arc<Scope>) -> u32 {
        let address = Arc::as_ptr(scope) as usize;
        if let Some((last_kind, last, number)) = self.last
            && (last_kind, last) == (kind, address)
        {
            return number;
        }
        let restricted = !scope.is_unrestricted();
        // All that concern every run are one, at an address that none has.
        let key = (kind, if restricted { address } else { 0 });
        let new = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(key).or_insert(new);
        if number == new {
            self.list.push((kind, restricted.then(|| Arc::clone(scope))));
        }
        self.last = Some((kind, address, number));
        number
    }

    /// Brings the windows of each group together. Where they are all of one
    /// group, as in most timetables, they stay where they are.
    fn split(
        self,
        segments: Vec<(Segment, WindowLabel)>,
    ) -> impl Iterator<Item = (Common, Vec<(Segment, WindowLabel)>)> {
        let mut lists = vec![Vec::new(); self.list.len()];
        if let [only] = &mut lists[..] {
            *only = segments;
        } else {
            for segment in segments {
                lists[segment.1.group as usize].push(segment);
            }
        }
        self.list.into_iter().zip(lists)
    }
}

#[cfg(test)]
mod tests;
