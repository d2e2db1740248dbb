//! Events that belong together: a series, and what replaces its instances
//! (RFC 5545, section 3.8.4.4).

use std::collections::HashMap;
use std::sync::Arc;

use super::event::CalendarEvent;
use super::picked::is_picked;
use super::without_effect;
use crate::short_name::clip;
use crate::time::UtcTime;
use crate::timetable::civil::DAY;
use crate::timetable::exceptions;
use crate::timetable::expand::{Start, to_utc};
use crate::timetable::reader::{AsWritten, TimetableReader};
use crate::timetable::series::{Head, OriginalStart, Series, Shift};
use crate::window::{WindowKind, WindowName};
use crate::zone::Zone;

/// The events of one UID.
#[derive(Debug, Default)]
pub(super) struct SeriesGroup {
    masters: Vec<CalendarEvent>,
    overrides: Vec<CalendarEvent>,
}

impl SeriesGroup {
    /// The events by UID, in the order in which they were met. One without a
    /// UID belongs to nothing.
    pub(super) fn of(events: Vec<CalendarEvent>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        let mut by_uid: HashMap<Arc<str>, usize> = HashMap::new();
        for event in events {
            let new = groups.len();
            let place = match &event.source.origin.uid {
                Some(uid) => *by_uid.entry(Arc::clone(uid)).or_insert(new),
                None => new,
            };
            if place == new {
                groups.push(Self::default());
            }
            if let Some(group) = groups.get_mut(place) {
                let is_override = event.recurrence_id.is_some();
                let list = if is_override { &mut group.overrides } else { &mut group.masters };
                // Mostly it is the only one, and the room for four would be kilobytes.
                if list.is_empty() {
                    list.reserve_exact(1);
                }
                list.push(event);
            }
        }
        groups
    }

    /// All of its events.
    pub(super) fn events(&self) -> impl Iterator<Item = &CalendarEvent> {
        self.masters.iter().chain(&self.overrides)
    }

    /// Adds the windows and series of these events. `taken` is how many steps
    /// it took so far to look for series without a window.
    pub(super) fn add_to(mut self, taken: &mut u64, reading: &mut TimetableReader<'_>) {
        self.choose_masters(reading);
        let mut overrides = self.choose_overrides();
        // Also of one that is not picked: what an override does not say, its series says.
        let parent = self.masters.first().map(|master| head(master, None, reading));
        self.pick(&mut overrides, reading);
        for Override { event, .. } in overrides.iter().filter(|chosen| chosen.is_window()) {
            let head = head(event, parent.as_ref(), reading);
            add_single(event, &head, reading);
            if parent.is_none() && is_range(event) {
                let message = "recurrence-id: THISANDFUTURE, but the series is not in the file";
                let hint = "this one instance alone is a window";
                reading.warn((event.source.line, None), message, hint);
            }
        }
        let has_others = overrides.iter().any(Override::is_window);
        // Those that hit a window of no series; one that moves the rest hits
        // whatever follows.
        let is_check = reading.is_check();
        let alone = overrides.iter().filter(|chosen| {
            let is_reported = chosen.event.cancelled || is_check;
            is_reported && !chosen.is_ended && !is_range(&chosen.event)
        });
        let mut idle: Vec<_> =
            alone.filter_map(|chosen| Some((chosen.original?, &chosen.event))).collect();
        if parent.is_none() {
            for (_, event) in idle.drain(..).filter(|(_, event)| event.cancelled) {
                without_effect::warn_of_orphan(event, reading);
            }
        }
        for master in self.masters.iter().filter(|master| !master.cancelled) {
            let head = head(master, None, reading);
            let recurs = !master.rules.is_empty() || !master.dates.is_empty();
            // An override or an EXDATE can also hit an event of one instance.
            if !recurs && overrides.is_empty() && master.except.is_empty() {
                add_single(master, &head, reading);
            } else {
                let series = series(master, head, &overrides, reading);
                let meant = idle.into_iter().map(|(original, event)| (original, (original, event)));
                idle = exceptions::idle(&series, meant, &mut reading.seeking);
                if has_others || !without_effect::warn_if_nothing_is_left(&series, taken, reading) {
                    without_effect::warn_of_idle_exceptions(&series, &master.except, reading);
                }
                reading.series.push(series);
            }
        }
        if self.masters.iter().any(|master| !master.cancelled) {
            for (_, event) in idle {
                without_effect::warn_of_idle_override(event, reading);
            }
        }
    }

    /// Leaves out what is not picked. An override that is left out still takes its
    /// instance out of the series; a series that is left out has the windows alone that
    /// its overrides make.
    fn pick(&mut self, overrides: &mut [Override], reading: &mut TimetableReader<'_>) {
        let pick = &reading.options.pick;
        for chosen in overrides.iter_mut().filter(|chosen| !chosen.event.cancelled) {
            chosen.is_picked = is_picked(&chosen.event, self.masters.first(), pick);
            if !chosen.is_picked {
                reading.picked.leave_out();
            }
        }
        let moves_the_rest =
            overrides.iter().any(|chosen| chosen.is_window() && is_range(&chosen.event));
        for master in &mut self.masters {
            master.is_picked = is_picked(master, None, pick);
            if !master.is_picked {
                reading.picked.leave_out();
            }
        }
        self.masters.retain(|master| master.is_picked || moves_the_rest);
    }

    /// Of several events with one UID the highest SEQUENCE is meant; equal
    /// ones all are, since their writer did not know better.
    fn choose_masters(&mut self, reading: &mut TimetableReader<'_>) {
        let Some(highest) = self.masters.iter().map(|event| event.sequence).max() else { return };
        for event in self.masters.iter().skip(1) {
            let uid = event.source.origin.uid.as_deref().unwrap_or_default();
            let message = format!("the UID {:?} stands above already", clip(uid));
            let hint = "give each event a UID of its own";
            reading.warn((event.source.line, None), message, hint);
        }
        self.masters.retain(|event| event.sequence == highest);
    }

    /// For each instance the override with the highest SEQUENCE, or the last.
    /// One that moves the rest of the series and one for its first instance
    /// alone stand beside each other.
    fn choose_overrides(&mut self) -> Vec<Override> {
        let mut chosen: Vec<Override> = Vec::new();
        let mut places: HashMap<(Option<OriginalStart>, bool), usize> = HashMap::new();
        for event in std::mem::take(&mut self.overrides) {
            let series = self.masters.first().unwrap_or(&event);
            let original = event.recurrence_id.as_ref().and_then(|id| id.original(series));
            let new = chosen.len();
            let place = *places.entry((original, is_range(&event))).or_insert(new);
            match chosen.get_mut(place) {
                Some(known) if known.event.sequence > event.sequence => {}
                Some(known) => known.event = event,
                None => {
                    chosen.push(Override { event, original, is_ended: false, is_picked: true });
                }
            }
        }
        let excluded: Vec<_> =
            self.masters.iter().map(|master| (master.sequence, master.excluded())).collect();
        for place in 0..chosen.len() {
            let Some(Override { event, original, .. }) = chosen.get(place) else { continue };
            let other =
                places.get(&(*original, !is_range(event))).and_then(|&place| chosen.get(place));
            let is_overruled = other.is_some_and(|other| {
                let (own, other) = (event.sequence, other.event.sequence);
                if is_range(event) { other >= own } else { other > own }
            });
            // A newer version of the series has an EXDATE there.
            let is_excluded = original.is_some_and(|start| {
                excluded
                    .iter()
                    .any(|(sequence, excluded)| *sequence > event.sequence && excluded.has(start))
            });
            let is_ended = is_overruled || is_excluded || self.cancels(event);
            if let Some(known) = chosen.get_mut(place) {
                known.is_ended = is_ended;
            }
        }
        self.drop_overruled(&mut chosen);
        chosen
    }

    /// Drops what a newer override that moves or cancels the rest, from an earlier instance
    /// on, has replaced. One that moves the rest of no series replaces nothing.
    fn drop_overruled(&self, chosen: &mut Vec<Override>) {
        let has_series = self.masters.iter().any(|master| !master.cancelled);
        let begin = |Override { event, original, .. }: &Override| {
            begin((*original)?, &self.masters.first().unwrap_or(event).zone)
        };
        let counts = |event: &CalendarEvent| is_range(event) && (has_series || event.cancelled);
        let ranges = chosen.iter().filter(|chosen| counts(&chosen.event));
        let mut newest: Vec<(UtcTime, i64)> =
            ranges.filter_map(|range| Some((begin(range)?, range.event.sequence))).collect();
        newest.sort_unstable();
        let mut highest = i64::MIN;
        for (_, sequence) in &mut newest {
            highest = highest.max(*sequence);
            *sequence = highest;
        }
        chosen.retain(|chosen| {
            let Some(from) = begin(chosen) else { return true };
            let before = newest.partition_point(|(start, _)| *start <= from);
            let newest = before.checked_sub(1).and_then(|last| newest.get(last));
            newest.is_none_or(|(_, sequence)| *sequence <= chosen.event.sequence)
        });
    }

    /// Whether the whole series was cancelled after an override.
    fn cancels(&self, event: &CalendarEvent) -> bool {
        let not_older = |master: &CalendarEvent| master.sequence >= event.sequence;
        !self.masters.is_empty()
            && self.masters.iter().all(|master| master.cancelled && not_older(master))
    }
}

/// Warns of a file whose events are all called off, and says whether it is one.
pub(super) fn warn_if_all_cancelled(
    groups: &[SeriesGroup],
    reading: &mut TimetableReader<'_>,
) -> bool {
    let events = || groups.iter().flat_map(SeriesGroup::events);
    let Some(first) = events().next().filter(|_| events().all(|event| event.cancelled)) else {
        return false;
    };
    let message = match events().count() {
        1 => "the only event is cancelled, and so no window".to_owned(),
        count => format!("all {count} events are cancelled, and so no window"),
    };
    let hint = "make sure that it is the right calendar";
    reading.warn((first.source.line, None), message, hint);
    true
}

/// An event that replaces an instance of a series.
#[derive(Debug)]
struct Override {
    event: CalendarEvent,
    /// The instance; `None` where it lies outside of time.
    original: Option<OriginalStart>,
    /// Whether something newer leaves it no window of its own.
    is_ended: bool,
    /// Whether it is picked. If not, it only takes its instance out.
    is_picked: bool,
}

impl Override {
    fn is_window(&self) -> bool {
        !self.event.cancelled && !self.is_ended && self.is_picked
    }
}

/// Whether an override moves the rest of the series too.
fn is_range(event: &CalendarEvent) -> bool {
    event.recurrence_id.as_ref().is_some_and(|id| id.and_future)
}

/// The properties that the windows of an event share. An override that does not
/// say what it is called or whom it concerns says it with its series.
fn head(event: &CalendarEvent, parent: Option<&Head>, reading: &mut TimetableReader<'_>) -> Head {
    Head {
        name: event
            .name
            .clone()
            .or_else(|| parent.map(|parent| parent.name.clone()))
            .unwrap_or_else(|| WindowName::from("")),
        kind: event.kind.or(parent.map(|parent| parent.kind)).unwrap_or(WindowKind::Maintenance),
        scope: event
            .scope
            .clone()
            .or_else(|| parent.map(|parent| Arc::clone(&parent.scope)))
            .unwrap_or_default(),
        source: event.source.clone(),
        zone: event.home.as_ref().and_then(|zone| reading.place(zone)),
    }
}

fn add_single(event: &CalendarEvent, head: &Head, reading: &mut TimetableReader<'_>) {
    let end_dst = event.span.end(&event.zone, event.start).and_then(|(_, dst)| dst);
    let dst = event.start.dst.or(end_dst);
    reading.add(head.window(event.start.utc, Some(event.end), dst), || AsWritten {
        zone: Some(event.zone.clone()),
        length: Some(event.span.nominal()),
    });
}

fn series(
    master: &CalendarEvent,
    head: Head,
    overrides: &[Override],
    reading: &mut TimetableReader<'_>,
) -> Series {
    let mut series = Series {
        head,
        zone: master.zone.clone(),
        start: master.start,
        starts_itself: true,
        span: master.span,
        rules: master.rules.clone(),
        dates: master.dates.clone(),
        except: master.except.iter().copied().collect(),
        shifts: Vec::new(),
    };
    let mut shifts = Vec::new();
    if !master.is_picked {
        let (from, head) = (UtcTime::MIN, series.head.clone());
        shifts.push(Shift { from, by: None, span: master.span, head });
    }
    for Override { event, original, is_picked, .. } in overrides {
        let Some(original) = *original else { continue };
        series.except.insert(original);
        if is_range(event)
            && let Some(from) = begin(original, &master.zone)
        {
            // On the series' own clock: 02:30 also where the clock skips that.
            let named = exceptions::named(&series, original, &mut reading.seeking);
            let instance = named.ok().flatten().unwrap_or(Start::at_utc(&master.zone, from));
            let by = event.wall_in(&master.zone) - instance.wall;
            shifts.push(Shift {
                from,
                by: (!event.cancelled && *is_picked).then_some(by),
                span: event.span,
                head: self::head(event, Some(&series.head), reading),
            });
        }
    }
    shifts.sort_by_key(|shift| shift.from);
    series.shifts = shifts;
    series
}

/// The instant from which on an original start, and the later ones, lie.
fn begin(original: OriginalStart, zone: &Zone) -> Option<UtcTime> {
    match original {
        OriginalStart::Instant(time) => Some(time),
        OriginalStart::Day(day) => to_utc(zone, day * DAY).map(|(time, _)| time),
    }
}
