//! The times at which a slot may begin.

use maintenance_core::time::UtcTime;
use maintenance_core::window::{Window, WindowKind};
use maintenance_core::zone::Zone;

use crate::round_times::round_times;

/// The distance between two starts in milliseconds: five minutes.
const STEP: i64 = 5 * 60_000;

/// The most starts that are compared: those of nine years.
pub(crate) const MOST_STARTS: usize = 1_000_000;

/// A stretch of time in which a slot may lie: `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) from: UtcTime,
    pub(crate) to: UtcTime,
}

/// Returns the parts of a stretch that maintenance windows cover and open periods do
/// not, in their order. Parts that touch are one.
pub(crate) fn covered(whole: Stretch, windows: &[Window]) -> Vec<Stretch> {
    let part = |window: &Window| Stretch {
        from: window.start.max(whole.from),
        to: window.end.map_or(whole.to, |end| end.min(whole.to)),
    };
    let of = |kind: WindowKind| {
        let parts = windows.iter().filter(move |window| window.kind == kind).map(part);
        union(parts.filter(|part| part.from < part.to).collect())
    };
    let open = of(WindowKind::Open);
    of(WindowKind::Maintenance).into_iter().flat_map(|part| without(part, &open)).collect()
}

/// The union of stretches, as stretches that do not touch.
fn union(mut parts: Vec<Stretch>) -> Vec<Stretch> {
    parts.sort_unstable_by_key(|part| part.from);
    parts.dedup_by(|next, last| {
        let is_joined = next.from <= last.to;
        if is_joined {
            last.to = last.to.max(next.to);
        }
        is_joined
    });
    parts
}

/// The rest of a stretch without those, which are sorted and do not touch.
fn without(whole: Stretch, taken: &[Stretch]) -> Vec<Stretch> {
    let mut rest = Vec::new();
    let mut from = whole.from;
    for taken in taken.iter().filter(|taken| taken.from < whole.to && taken.to > whole.from) {
        rest.push(Stretch { from, to: taken.from });
        from = taken.to;
    }
    rest.push(Stretch { from, to: whole.to });
    rest.retain(|part| part.from < part.to);
    rest
}

/// Returns the starts of slots of that length in the stretches: every five minutes
/// by the clocks of the zone, or, where a stretch has room for none of these, its
/// begin. `None` if there is room for more than [`MOST_STARTS`].
pub(crate) fn starts(stretches: &[Stretch], length: i64, zone: &Zone) -> Option<Vec<UtcTime>> {
    let room = |stretch: &Stretch| {
        let whole = stretch.to.as_millis().saturating_sub(stretch.from.as_millis());
        let room = whole.saturating_sub(length);
        (room >= 0).then_some(room)
    };
    let all: i64 = stretches.iter().filter_map(room).map(|room| room / STEP + 1).sum();
    if usize::try_from(all).is_ok_and(|all| all > MOST_STARTS) {
        return None;
    }
    let mut starts = Vec::new();
    for stretch in stretches {
        // The first instant at which a slot does not fit any more.
        let end = room(stretch).map(|room| stretch.from.as_millis() + room + 1);
        let Some(end) = end.and_then(UtcTime::from_millis) else { continue };
        let before = starts.len();
        starts.extend(round_times(zone, stretch.from, end, STEP));
        if starts.len() == before {
            starts.push(stretch.from);
        }
    }
    Some(starts)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use maintenance_core::scope::Scope;
    use maintenance_core::window::{Origin, Source};

    use super::*;

    fn at(minutes: i64) -> UtcTime {
        UtcTime::from_millis(minutes * 60_000).unwrap()
    }

    fn stretch(from: i64, to: i64) -> Stretch {
        Stretch { from: at(from), to: at(to) }
    }

    fn window(kind: WindowKind, from: i64, to: Option<i64>) -> Window {
        Window {
            name: "w".into(),
            start: at(from),
            end: to.map(at),
            kind,
            scope: Arc::new(Scope::default()),
            source: Source { origin: Origin::table("t.csv"), line: 1 },
            dst: None,
            zone: None,
        }
    }

    #[test]
    fn open_periods_are_taken_out_of_the_union_of_the_others() {
        use WindowKind::{Maintenance, Open};
        let windows = [
            window(Maintenance, -5, Some(20)),
            window(Maintenance, 20, Some(40)),
            window(Maintenance, 30, Some(35)),
            window(Open, 10, Some(12)),
            window(Open, 11, Some(15)),
            window(Maintenance, 60, Some(60)),
            window(Maintenance, 70, None),
            window(Open, 95, None),
        ];
        let found = covered(stretch(0, 100), &windows);
        assert_eq!(found, [stretch(0, 10), stretch(15, 40), stretch(70, 95)]);
        assert_eq!(covered(stretch(0, 100), &[]), []);
    }

    #[test]
    fn slots_begin_at_round_times_and_end_in_their_stretch() {
        let minutes = |stretches: &[Stretch], length: i64| {
            let starts = starts(stretches, length * 60_000, &Zone::utc()).unwrap();
            starts.iter().map(|start| start.as_millis() / 60_000).collect::<Vec<_>>()
        };
        assert_eq!(minutes(&[stretch(0, 20), stretch(31, 47)], 10), [0, 5, 10, 35]);
        // There is no round start in the first, and no room in the second.
        assert_eq!(minutes(&[stretch(1, 12), stretch(20, 29)], 10), [1]);
        assert_eq!(minutes(&[stretch(0, 10)], 10), [0]);
    }

    #[test]
    fn more_starts_than_can_be_compared_are_none() {
        let half = i64::try_from(MOST_STARTS).unwrap() / 2 * 5;
        let starts = |to, length| {
            starts(&[stretch(0, half), stretch(half + 60, to)], length * 60_000, &Zone::utc())
        };
        assert_eq!(starts(2 * half + 65, 2), None);
        // Of slots that are longer than the stretches there are none.
        assert_eq!(starts(2 * half + 120, half * 2), Some(Vec::new()));
    }
}
