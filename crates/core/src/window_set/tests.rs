//! The compiled set against an evaluator that looks at every millisecond.

use proptest::prelude::*;

use super::*;
use crate::scope::{Field, Pattern, Subject};
use crate::window::{Origin, Source, ZoneIndex};
use crate::zone::Dst;

/// Times in these tests are milliseconds from zero to this.
const END: i64 = 40;

/// The tasks that a scope can ask for.
const TASKS: [&str; 2] = ["a", "b"];

fn at(millis: i64) -> UtcTime {
    UtcTime::from_millis(millis).unwrap()
}

fn scope(task: Option<usize>) -> Arc<Scope> {
    let mut scope = Scope::default();
    if let Some(task) = task {
        scope.add(Field::Task, Pattern::new(TASKS[task]).unwrap());
    }
    Arc::new(scope)
}

fn window(start: i64, end: Option<i64>, kind: WindowKind, task: Option<usize>) -> Window {
    Window {
        name: "w".into(),
        start: at(start),
        end: end.map(at),
        kind,
        scope: scope(task),
        source: Source { origin: Origin::table("t.csv"), line: 1 },
        dst: None,
        zone: None,
    }
}

fn subject(task: usize) -> Subject<'static> {
    Subject { id: Some(TASKS[task]), name: Some(TASKS[task]), ..Subject::default() }
}

/// The order of preference, and what is expected: start and end.
type Ranked = ((i64, i64, i64), (i64, Option<i64>));

/// The effective window around `time`, of several the one that ends last; by
/// looking at every millisecond.
fn slow_at(windows: &[Window], task: usize, time: i64) -> Option<Ranked> {
    let concerns = |window: &Window| window.scope.judge(&subject(task)).unwrap();
    let is_open = |time: i64| {
        windows.iter().any(|w| w.kind == WindowKind::Open && concerns(w) && w.contains(at(time)))
    };
    if is_open(time) {
        return None;
    }
    let piece = |window: &Window| {
        let inside = |time: i64| window.contains(at(time)) && !is_open(time);
        let start = (-END..=time).rev().take_while(|&time| inside(time)).last().unwrap();
        let end = (time..=3 * END).find(|&time| !inside(time));
        let window_end = window.end.map_or(NEVER, UtcTime::as_millis);
        ((end.unwrap_or(NEVER), window_end, -window.start.as_millis()), (start, end))
    };
    windows
        .iter()
        .filter(|w| w.kind == WindowKind::Maintenance && concerns(w) && w.contains(at(time)))
        .map(piece)
        .max()
}

/// The same for a run that goes on until `to`: first where it begins, then
/// wherever it still runs.
fn slow(windows: &[Window], task: usize, from: i64, to: i64) -> Option<(i64, Option<i64>, bool)> {
    if let Some((_, (start, end))) = slow_at(windows, task, from) {
        return Some((start, end, false));
    }
    (from..to)
        .filter_map(|time| slow_at(windows, task, time))
        .max()
        .map(|(_, (start, end))| (start, end, true))
}

fn fast(set: &WindowSet, task: usize, from: i64, to: i64) -> Option<(i64, Option<i64>, bool)> {
    let mut judge = |scope: &Scope| scope.judge(&subject(task));
    let hit = match set.at(at(from), &mut judge).unwrap() {
        Some(hit) => Some(hit),
        None => set.running(at(from), at(to), &mut judge).unwrap(),
    };
    hit.map(|hit| (hit.start().as_millis(), hit.end().map(UtcTime::as_millis), hit.running))
}

#[test]
fn a_window_of_maintenance_is_widened_and_an_open_period_is_not() {
    let widening = Widening { before: Duration::from_millis(3), after: Duration::from_millis(4) };
    for (kind, end, expected) in [
        (WindowKind::Maintenance, Some(20), (7, Some(24))),
        (WindowKind::Maintenance, None, (7, None)),
        (WindowKind::Open, Some(20), (10, Some(20))),
    ] {
        let widened = widening.apply(window(10, end, kind, None));
        let (start, end) = expected;
        assert_eq!((widened.start, widened.end), (at(start), end.map(at)), "{kind:?}");
    }
}

fn windows(kinds: &'static [WindowKind]) -> impl Strategy<Value = Vec<Window>> {
    let window = (
        0..END,
        prop::option::weighted(0.9, 1..15_i64),
        prop::sample::select(kinds),
        prop::option::of(0..TASKS.len()),
    )
        .prop_map(|(start, length, kind, task)| {
            window(start, length.map(|length| start + length), kind, task)
        });
    prop::collection::vec(window, 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2 * ProptestConfig::default().cases))]

    #[test]
    fn every_run_gets_the_window_that_the_slow_way_gives_it(
        windows in windows(&[WindowKind::Maintenance, WindowKind::Maintenance, WindowKind::Open]),
        length in 0..20_i64,
    ) {
        let set = WindowSet::new(windows.clone(), Widening::default());
        for task in 0..TASKS.len() {
            for from in -1..=END + 1 {
                prop_assert_eq!(
                    fast(&set, task, from, from + length),
                    slow(&windows, task, from, from + length),
                    "task {} at {} for {}", task, from, length
                );
            }
        }
    }

    #[test]
    fn widening_is_that_of_the_windows(
        windows in windows(&[WindowKind::Maintenance, WindowKind::Open]),
        before in 0..5_u64,
        after in 0..5_u64,
    ) {
        let widening = Widening {
            before: Duration::from_millis(before),
            after: Duration::from_millis(after),
        };
        let set = WindowSet::new(windows.clone(), widening);
        let widened: Vec<Window> = windows.iter().cloned().map(|w| widening.apply(w)).collect();
        for from in -5..=END + 20 {
            prop_assert_eq!(fast(&set, 0, from, from), slow(&widened, 0, from, from));
        }
    }

    #[test]
    fn the_index_finds_what_a_search_finds(
        starts in prop::collection::btree_set(-1_000_000_000_000..1_000_000_000_000_i64, 1..200),
        exponent in 0..40_u32,
        times in prop::collection::vec(-1_000_000_000_001..1_000_000_000_001_i64, 50),
    ) {
        // Shifted, so that some timetables are dense and some are not.
        let starts: std::collections::BTreeSet<i64> =
            starts.iter().map(|start| start >> exponent).collect();
        let list: Vec<Segment> =
            starts.iter().map(|&start| Segment { start, end: start + 1 }).collect();
        let reported = WindowLabel { name: "w".into(), group: 0, zone: None, dst: None };
        let segments = Segments::ending_last(list.iter().map(|segment| (*segment, reported.clone())).collect());
        let near = starts.iter().flat_map(|&start| [start - 1, start, start + 1]);
        for time in times.into_iter().map(|time| time >> exponent).chain(near) {
            let last = list.iter().rev().find(|segment| segment.start <= time);
            prop_assert_eq!(segments.last_by(time).map(|(_, segment)| segment), last);
            let next = list.iter().find(|segment| segment.start > time);
            prop_assert_eq!(segments.first_after(time), next);
        }
    }
}

#[test]
fn a_scope_is_only_judged_where_it_matters() {
    let windows = vec![
        window(10, Some(20), WindowKind::Maintenance, Some(0)),
        window(12, Some(14), WindowKind::Open, Some(1)),
    ];
    let set = WindowSet::new(windows, Widening::default());
    let nobody = |_: &Scope| -> Result<bool, MissingField> { panic!("asked in vain") };
    assert_eq!(set.at(at(9), &mut { nobody }), Ok(None));
    assert_eq!(set.at(at(20), &mut { nobody }), Ok(None));
    assert_eq!(set.running(at(0), at(10), &mut { nobody }), Ok(None));
    // Open periods that only touch it take nothing out.
    let windows = vec![
        window(10, Some(20), WindowKind::Maintenance, None),
        window(0, Some(10), WindowKind::Open, Some(1)),
        window(20, Some(30), WindowKind::Open, Some(1)),
    ];
    let touched = WindowSet::new(windows, Widening::default());
    assert!(touched.at(at(15), &mut { nobody }).unwrap().is_some());
    let unknown = Subject { id: Some("61323d2498d04f63ee697541"), ..Subject::default() };
    assert!(set.at(at(10), &mut |scope: &Scope| scope.judge(&unknown)).is_err());
}

/// The annotation of a run of every task in that time.
fn annotated(set: &WindowSet, from: i64, to: i64) -> String {
    let mut judge = |_: &Scope| Ok(true);
    let hit = set.at(at(from), &mut judge).unwrap();
    let hit = hit.or(set.running(at(from), at(to), &mut judge).unwrap()).unwrap();
    let mut out = Vec::new();
    set.annotate(&hit, &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn an_annotation_has_the_name_times_and_clock_change_of_its_window() {
    let mut quoted = window(0, Some(20), WindowKind::Maintenance, None);
    quoted.name = "a \"b\"\n".into();
    quoted.dst = Some(Dst::Gap);
    let windows = vec![
        quoted,
        window(30, None, WindowKind::Maintenance, None),
        window(40, Some(45), WindowKind::Open, None),
    ];
    let set = WindowSet::new(windows, Widening::default());
    let annotation = |from, to| annotated(&set, from, to);
    assert_eq!(
        annotation(5, 5),
        ",\"window\":{\"name\":\"a \\\"b\\\"\\n\",\"start\":\"1970-01-01T00:00:00.000Z\",\
         \"end\":\"1970-01-01T00:00:00.020Z\",\"dst\":\"gap\"}"
    );
    assert_eq!(
        annotation(25, 31),
        ",\"window\":{\"name\":\"w\",\"start\":\"1970-01-01T00:00:00.030Z\",\
         \"end\":\"1970-01-01T00:00:00.040Z\",\"overlap\":\"running\"}"
    );
    assert_eq!(
        annotation(50, 50),
        ",\"window\":{\"name\":\"w\",\"start\":\"1970-01-01T00:00:00.045Z\",\"end\":null}"
    );
}

/// As JSON has it, whatever the name.
#[test]
fn the_name_of_a_window_is_escaped_where_it_has_to_be() {
    for name in ["plain", "\"", "\\", "\u{1}", "\u{7f}", "\u{9f}", "a \"b\"", "Größe", "窓", ""]
    {
        let mut named = window(0, Some(20), WindowKind::Maintenance, None);
        named.name = name.into();
        let annotated = annotated(&WindowSet::new(vec![named], Widening::default()), 5, 5);
        let member: serde_json::Value =
            serde_json::from_str(&annotated.replacen(',', "{", 1).replace('}', "}}")).unwrap();
        assert_eq!(member["window"]["name"], name);
        assert!(!annotated.contains(char::is_control), "{annotated:?}");
    }
}

#[test]
fn a_run_that_is_still_running_is_reported_as_such_for_a_whole_window_too() {
    let windows = vec![window(10, Some(20), WindowKind::Maintenance, None)];
    let set = WindowSet::new(windows, Widening::default());
    let whole = ",\"window\":{\"name\":\"w\",\"start\":\"1970-01-01T00:00:00.010Z\",\
         \"end\":\"1970-01-01T00:00:00.020Z\"";
    assert_eq!(annotated(&set, 12, 12), format!("{whole}}}"));
    assert_eq!(annotated(&set, 5, 12), format!("{whole},\"overlap\":\"running\"}}"));
}

#[test]
fn the_zone_of_a_window_is_shown_to_whoever_asked_for_it() {
    let mut zoned = window(10, Some(20), WindowKind::Maintenance, None);
    zoned.zone = ZoneIndex::at(2);
    let windows = vec![zoned];
    let reported = annotated(&WindowSet::with_zones(windows.clone(), Widening::default()), 12, 12);
    assert!(reported.ends_with(",\"zone\":3}"), "{reported}");
    let reported = annotated(&WindowSet::new(windows, Widening::default()), 12, 12);
    assert!(!reported.contains("zone"), "{reported}");
}

#[test]
fn open_periods_and_empty_ones_concern_no_run() {
    let empty = |kind| window(10, Some(10), kind, None);
    let none = WindowSet::new(
        vec![empty(WindowKind::Maintenance), window(0, None, WindowKind::Open, None)],
        Widening::default(),
    );
    assert_eq!((none.len(), none.is_empty()), (1, false));
    assert_eq!(fast(&none, 0, 5, 15), None);
    let open = vec![window(0, None, WindowKind::Open, None)];
    assert!(WindowSet::new(open, Widening::default()).is_empty());
    let lonely = WindowSet::new(vec![empty(WindowKind::Maintenance)], Widening::default());
    assert_eq!(fast(&lonely, 0, 5, 15), None);
    // Nor does an empty one cut another.
    let cut = vec![window(0, Some(20), WindowKind::Maintenance, None), empty(WindowKind::Open)];
    let cut = WindowSet::new(cut, Widening::default());
    assert_eq!(fast(&cut, 0, 15, 15), Some((0, Some(20), false)));
}

#[test]
fn of_windows_with_equal_times_the_first_of_the_timetable_is_reported() {
    for second in [None, Some(0)] {
        let mut windows = vec![
            window(0, Some(20), WindowKind::Maintenance, None),
            window(0, Some(20), WindowKind::Maintenance, second),
        ];
        for (window, name) in windows.iter_mut().zip(["first", "second"]) {
            window.name = name.into();
        }
        let reported = annotated(&WindowSet::new(windows.clone(), Widening::default()), 5, 5);
        assert!(reported.contains("first"), "{reported}");
        windows.reverse();
        let reported = annotated(&WindowSet::new(windows, Widening::default()), 5, 5);
        assert!(reported.contains("second"), "{reported}");
    }
}

#[test]
fn one_of_many_windows_is_shown_as_if_it_were_alone() {
    let last = i64::try_from(MANY).unwrap();
    let windows: Vec<Window> = (0..=last)
        .map(|number| {
            let mut window =
                window(10 * number, Some(10 * number + 5), WindowKind::Maintenance, None);
            let name = if number % 2 == 0 { "window" } else { "a window with a long name" };
            window.name = WindowName::from(&*format!("{name} {number}"));
            window
        })
        .collect();
    let many = WindowSet::new(windows.clone(), Widening::default());
    assert_eq!(many.len(), MANY + 1);
    let reported = |set: &WindowSet, time| {
        let hit = set.at(at(time), &mut |_: &Scope| Ok(true)).unwrap()?;
        let mut out = Vec::new();
        set.annotate(&hit, &mut out);
        Some((set.name(&hit).clone(), String::from_utf8(out).unwrap()))
    };
    let times = (-1..=10 * last + 6).step_by(7);
    many.prefetch(times.clone().map(at));
    for time in times {
        let around = usize::try_from(time.div_euclid(10)).ok();
        let alone: Vec<Window> = around.map(|place| windows[place].clone()).into_iter().collect();
        assert_eq!(
            reported(&many, time),
            reported(&WindowSet::new(alone, Widening::default()), time)
        );
    }
}
