//! Events that belong together: a series, and what replaces its instances
//! (RFC 5545, section 3.8.4.4).

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use super::event::{Event, Key};
use crate::timetable::civil::DAY;
use crate::timetable::expand::to_wall;
use crate::timetable::reading::Reading;
use crate::timetable::series::{Head, Series, Shift};
use crate::window::{Kind, Name};

/// The events of one UID.
#[derive(Debug, Default)]
pub(super) struct Group {
    masters: Vec<Event>,
    overrides: Vec<Event>,
}

impl Group {
    /// The events by UID, in the order in which they were met. One without a
    /// UID belongs to nothing.
    pub(super) fn of(events: Vec<Event>) -> Vec<Self> {
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
                if event.recurrence_id.is_some() {
                    group.overrides.push(event);
                } else {
                    group.masters.push(event);
                }
            }
        }
        groups
    }

    /// Adds the windows and series of these events.
    pub(super) fn add_to(mut self, reading: &mut Reading<'_>) {
        self.choose_masters(reading);
        let overrides = self.choose_overrides();
        let first = self.masters.first();
        let parent = first.map(|master| head(master, None, reading));
        for event in overrides.iter().filter(|event| !event.cancelled) {
            let head = head(event, parent.as_ref(), reading);
            add_single(event, &head, reading);
        }
        for master in self.masters.iter().filter(|master| !master.cancelled) {
            let head = head(master, None, reading);
            let recurs = !master.rules.is_empty() || !master.dates.is_empty();
            // An override or an EXDATE can also hit an event of one instance.
            if !recurs && overrides.is_empty() && master.except.is_empty() {
                add_single(master, &head, reading);
            } else {
                let series = series(master, head, &overrides, reading);
                reading.series.push(series);
            }
        }
    }

    /// Of several events with one UID the highest SEQUENCE is meant; equal
    /// ones all are, since their writer did not know better.
    fn choose_masters(&mut self, reading: &mut Reading<'_>) {
        let Some(highest) = self.masters.iter().map(|event| event.sequence).max() else { return };
        for event in self.masters.iter().skip(1) {
            let uid = event.source.origin.uid.as_deref().unwrap_or_default();
            let message = format!("the UID {uid:?} stands above already");
            let hint = Some("give each event a UID of its own".to_owned());
            reading.warn(event.source.line, None, message, hint);
        }
        self.masters.retain(|event| event.sequence == highest);
    }

    /// For each instance the override with the highest SEQUENCE, or the last.
    fn choose_overrides(&mut self) -> Vec<Event> {
        let master = self.masters.first().map(|master| master.zone.clone());
        let mut chosen: Vec<(Option<Key>, Event)> = Vec::new();
        for event in self.overrides.drain(..) {
            let zone = master.as_ref().unwrap_or(&event.zone);
            let key = event.recurrence_id.as_ref().and_then(|id| id.key(zone));
            match chosen.iter_mut().find(|(known, _)| *known == key) {
                Some((_, known)) if known.sequence > event.sequence => {}
                Some((_, known)) => *known = event,
                None => chosen.push((key, event)),
            }
        }
        chosen.into_iter().map(|(_, event)| event).collect()
    }
}

/// What the windows of an event share. An override that does not say what it
/// is called or whom it concerns says it with its series.
fn head(event: &Event, parent: Option<&Head>, reading: &mut Reading<'_>) -> Head {
    Head {
        name: event
            .name
            .clone()
            .or_else(|| parent.map(|parent| parent.name.clone()))
            .unwrap_or_else(|| Name::from("")),
        kind: event.kind.or(parent.map(|parent| parent.kind)).unwrap_or(Kind::Maintenance),
        scope: event
            .scope
            .clone()
            .or_else(|| parent.map(|parent| Arc::clone(&parent.scope)))
            .unwrap_or_default(),
        source: event.source.clone(),
        zone: event.home.as_ref().and_then(|zone| reading.place(zone)),
    }
}

fn add_single(event: &Event, head: &Head, reading: &mut Reading<'_>) {
    let end_dst = event.span.end(&event.zone, event.start).and_then(|(_, dst)| dst);
    let dst = event.start.dst.or(end_dst);
    reading.add(head.window(event.start.utc, Some(event.end), dst), Some(&event.zone));
}

fn series(master: &Event, head: Head, overrides: &[Event], reading: &mut Reading<'_>) -> Series {
    let mut except = HashSet::new();
    let mut except_days = HashSet::new();
    let mut shifts = Vec::new();
    let mut remove = |key| match key {
        Key::Instant(time) => {
            except.insert(time);
        }
        Key::Day(day) => {
            except_days.insert(day);
        }
    };
    master.except.iter().copied().for_each(&mut remove);
    for event in overrides {
        let Some(id) = &event.recurrence_id else { continue };
        let Some(key) = id.key(&master.zone) else { continue };
        remove(key);
        if id.and_future {
            let from = match key {
                Key::Instant(time) => Some(time),
                Key::Day(day) => {
                    crate::timetable::expand::to_utc(&master.zone, day * DAY).map(|(time, _)| time)
                }
            };
            let Some(from) = from else { continue };
            let by = to_wall(&master.zone, event.start.utc) - to_wall(&master.zone, from);
            shifts.push(Shift {
                from,
                by: (!event.cancelled).then_some(by),
                span: event.span,
                head: self::head(event, Some(&head), reading),
            });
        }
    }
    shifts.sort_by_key(|shift| shift.from);
    Series {
        head,
        zone: master.zone.clone(),
        start: master.start,
        starts_itself: true,
        span: master.span,
        rules: master.rules.clone(),
        dates: master.dates.clone(),
        except,
        except_days,
        shifts,
    }
}
