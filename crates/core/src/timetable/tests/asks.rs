//! The answers of a timetable: the windows of a part of the time, of one kind, or
//! of so many at most, and the next one of a series.

use std::time::Duration;

use super::{at, problems, read_as, show};
use crate::exit::{Exit, Explain};
use crate::time::UtcTime;
use crate::timetable::expand::{Capped, StepBudget};
use crate::timetable::{Timetable, TimetableError};
use crate::window::{Window, WindowKind};

fn table(rows: &str) -> Timetable {
    let text = format!("name,start,end,kind,recurrence,timezone\n{rows}");
    read_as("x.csv", text.as_bytes()).timetable
}

fn event(name: &str, lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:1\nSUMMARY:{name}\n{lines}\nEND:VEVENT\n")
}

/// Series whose windows lie elsewhere than their rule has them, or last long.
fn timetables() -> Vec<Timetable> {
    let weekly =
        "DTSTART;TZID=Europe/Paris:20260302T100000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=8";
    let moved = |id: &str, start: &str| {
        event(
            "moved",
            &format!(
                "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Paris:{id}\n\
                 DTSTART;TZID=Europe/Paris:{start}\nDURATION:PT2H"
            ),
        )
    };
    let mut all: Vec<Timetable> = [
        event("weekly", weekly),
        // From the third on six days earlier, or later.
        event("weekly", weekly) + &moved("20260316T100000", "20260310T100000"),
        event("weekly", weekly) + &moved("20260316T100000", "20260322T230000"),
        // A date with a length of its own, and one before the first.
        event("dates", &format!("{weekly}\nRDATE;VALUE=PERIOD:20260304T000000Z/P9D,20260201T000000Z/PT1H")),
        event("dates", "DTSTART:20260302T100000Z\nDURATION:PT1H\nRDATE:20260305T100000Z,20260301T100000Z"),
        event("two rules", &format!("{weekly}\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20260303")),
        // Longer than its step, over both changes of the clock.
        event("long", "DTSTART;TZID=Europe/Paris:20260320T220000\nDURATION:P3DT2H\nRRULE:FREQ=DAILY;COUNT=9"),
        event("empty", "DTSTART:20260302T100000Z\nDTEND:20260302T100000Z\nRRULE:FREQ=DAILY;COUNT=4"),
        event("night", "DTSTART;TZID=America/New_York:20261030T013000\nDTEND;TZID=America/New_York:20261030T023000\nRRULE:FREQ=DAILY;COUNT=4"),
        event("hours", "DTSTART;TZID=Australia/Lord_Howe:20260404T220000\nDURATION:PT20M\nRRULE:FREQ=HOURLY;COUNT=9"),
        event("skipped", "DTSTART;TZID=Pacific/Apia:20111228T120000\nDURATION:PT6H\nRRULE:FREQ=DAILY;COUNT=5"),
    ]
    .into_iter()
    .chain(["UNTIL=20260305", "UNTIL=20260305T100000", "UNTIL=20260305T100000Z"].map(|until| {
        let start = "DTSTART:20260302T100000Z\nDURATION:PT1H";
        event("until", &format!("{start}\nRRULE:FREQ=DAILY;{until}"))
    }))
    .map(|events| read_as("x.ics", events.as_bytes()).timetable)
    .collect();
    all.push(table(
        "a,2026-03-01T10:00Z,2026-03-01T12:00Z,,,\nb,2026-03-01T11:00Z,OPEN,,,\n\
         c,2026-03-01T11:00Z,2026-03-01T11:00Z,,,\nd,2026-03-02T11:00Z,2026-03-03T11:00Z,open,,\n",
    ));
    all
}

/// The windows of a span are those of all that overlap it, and the empty ones that
/// start in it: a window is half-open (RFC 5545, section 3.6.1).
#[test]
fn the_windows_of_any_span_are_those_of_all_that_overlap_it() {
    for timetable in timetables() {
        let most = at("2030-01-01T00:00:00Z");
        let all = timetable.windows(UtcTime::MIN, most).unwrap();
        let moment = Duration::from_millis(1);
        let mut edges: Vec<UtcTime> =
            all.iter().flat_map(|w| [Some(w.start), w.end]).flatten().collect();
        edges.sort_unstable();
        edges.dedup();
        let near = edges.iter().flat_map(|&edge| [edge, edge.saturating_add(moment)]);
        for from in near {
            let ends =
                [from.saturating_add(moment), from.saturating_add(Duration::from_secs(7200))];
            for to in ends.into_iter().chain(edges.iter().copied().filter(|to| *to > from).take(2))
            {
                let overlaps = |window: &&Window| {
                    window.start < to
                        && (window.start >= from || window.end.is_none_or(|end| end > from))
                };
                let wanted: Vec<String> = all.iter().filter(overlaps).map(show).collect();
                let found = timetable.windows(from, to).unwrap();
                assert_eq!(found.iter().map(show).collect::<Vec<_>>(), wanted, "{from} to {to}");
            }
        }
        for series in &timetable.series {
            let last = series.last_end().unwrap_or(UtcTime::MAX);
            let mut own = Vec::new();
            series.windows(UtcTime::MIN, most, &mut StepBudget::new(1), &mut own).unwrap();
            let ends = || own.iter().filter_map(|window| window.end);
            for floor in ends().chain([UtcTime::MIN, last]) {
                let found = series.end_after(floor, last, &mut StepBudget::new(1)).unwrap();
                assert_eq!(found, ends().max().filter(|end| *end > floor), "after {floor}");
            }
            assert!(all.iter().all(|window| window.end.is_none_or(|end| end <= last)), "{last}");
            let days = all.iter().filter_map(|window| window.end).max().map(|end| last.since(end));
            assert!(days.is_none_or(|long| long.as_secs() < 30 * 86_400), "{last}");
        }
    }
}

/// The zone is Paris: an hour ahead in winter, two in summer.
#[test]
fn the_end_of_a_timetable_is_that_of_its_last_window_however_long_before_its_bound() {
    let night = "2026-01-04T02:00,2026-01-04T06:00";
    let never = "e,2026-01-04T02:00Z,2026-01-04T06:00Z,,FREQ=WEEKLY,UTC\n";
    for (rows, end) in [
        (format!("w,{night},,FREQ=YEARLY;UNTIL=20261231,P\n"), Some("2026-01-04T05:00:00Z")),
        (format!("w,{night},,FREQ=WEEKLY;UNTIL=20261231,P\n"), Some("2026-12-27T05:00:00Z")),
        (format!("w,{night},,FREQ=WEEKLY;COUNT=20,P\n"), Some("2026-05-17T04:00:00Z")),
        (
            format!("w,{night},,FREQ=WEEKLY;BYMONTH=1;UNTIL=20291130,P\n"),
            Some("2029-01-28T05:00:00Z"),
        ),
        (
            format!("w,{night},,FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;UNTIL=21030101,P\n"),
            Some("2096-02-29T05:00:00Z"),
        ),
        (
            format!("w,{night},,FREQ=MINUTELY;UNTIL=20260301T000000Z,P\n"),
            Some("2026-03-01T04:00:00Z"),
        ),
        // The last of several, and one window beside them.
        (
            format!("w,{night},,FREQ=YEARLY;UNTIL=20261231,P\nv,{night},,FREQ=WEEKLY;COUNT=3,P\n"),
            Some("2026-01-18T05:00:00Z"),
        ),
        (
            format!(
                "w,{night},,FREQ=YEARLY;UNTIL=20261231,P\nv,2026-07-01T02:00,2026-07-01T06:00,,,P\n"
            ),
            Some("2026-07-01T04:00:00Z"),
        ),
        (never.to_owned(), None),
        // Open periods hold nothing, so they do not count.
        (
            format!("w,{night},,,P\no,2026-02-01T02:00,2026-02-01T06:00,open,,P\n"),
            Some("2026-01-04T05:00:00Z"),
        ),
        (format!("w,{night},,,P\no,{night},open,FREQ=WEEKLY,P\n"), Some("2026-01-04T05:00:00Z")),
        (format!("w,{night},,,P\n{never}"), None),
        (format!("w,2026-01-04T02:00,open,,,P\nv,{night},,FREQ=WEEKLY;COUNT=3,P\n"), None),
        // Too many to look at.
        (
            "w,2026-01-04T02:00,2026-04-04T02:00,,FREQ=SECONDLY;UNTIL=20260801T000000Z,P\n"
                .to_owned(),
            None,
        ),
    ] {
        let timetable = table(&rows.replace(",P\n", ",Europe/Paris\n"));
        assert_eq!(timetable.exact_end(), end.map(at), "{rows}");
    }
}

#[test]
fn the_next_window_of_a_series_is_the_first_that_ends_later() {
    for series in timetables().iter().flat_map(|timetable| &timetable.series) {
        let mut all = Vec::new();
        let to = at("2030-01-01T00:00:00Z");
        series.windows(UtcTime::MIN, to, &mut StepBudget::new(1), &mut all).unwrap();
        let edges = all.iter().flat_map(|window| [Some(window.start), window.end]).flatten();
        for after in edges.chain([UtcTime::MIN]) {
            let ends_later = |window: &&Window| window.end.is_none_or(|end| end > after);
            let wanted = all.iter().filter(ends_later).min_by_key(|window| window.start);
            let next = series.next(after, &mut StepBudget::new(1)).unwrap();
            assert_eq!(next.as_ref().map(show), wanted.map(show), "{after}");
        }
    }
}

/// So many empty periods in a row are taken for all of them; a budget that is spent is
/// not.
#[test]
fn a_series_without_a_next_window_has_none_and_one_past_the_budget_is_not_known() {
    let never =
        table("w,2026-01-01T00:00Z,2026-01-01T01:00Z,,FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30,\n");
    let after = at("2027-01-01T00:00:00Z");
    let series = &never.series[0];
    assert_eq!(series.next(after, &mut StepBudget::new(1)), Ok(None));
    let mut spent = StepBudget::new(1);
    spent.step(8_000_000).unwrap();
    assert!(matches!(series.next(after, &mut spent), Err(Capped::Steps(_))));
}

#[test]
fn open_periods_and_the_number_of_series_are_distinguished() {
    let (from, to) = (at("2026-03-01T00:00:00Z"), at("2026-03-03T00:00:00Z"));
    for (rows, recurring, has_open, open) in [
        ("a,2026-03-01T10:00Z,2026-03-01T12:00Z,,,\n", 0, false, &[][..]),
        ("a,10:00,12:00,,daily,UTC\nb,11:00,12:00,,daily,UTC\n", 2, false, &[]),
        ("a,2026-03-01T10:00Z,2026-03-01T12:00Z,open,,\n", 0, true, &["a"]),
        (
            "a,10:00,12:00,,daily,UTC\nb,11:00,12:00,open,daily,UTC\nc,2026-03-02,2026-03-03,open,,UTC\n",
            2,
            true,
            &["b", "c", "b"],
        ),
    ] {
        let timetable = table(rows);
        assert_eq!((timetable.recurring(), timetable.has_open()), (recurring, has_open), "{rows}");
        let found = timetable.open_periods(from, to, 10).unwrap();
        assert!(found.iter().all(|window| window.kind == WindowKind::Open));
        assert_eq!(found.iter().map(|window| &*window.name).collect::<Vec<_>>(), open, "{rows}");
        assert_eq!(timetable.scopes().count(), rows.lines().count());
    }
}

/// An event that moves the rest of a series, or one instance, may give it another kind.
#[test]
fn a_series_is_of_the_kinds_that_its_windows_have() {
    let (from, to) = (at("2026-03-01T00:00:00Z"), at("2026-03-11T00:00:00Z"));
    let open = "X-MAINTENANCE-KIND:open";
    let held = "X-MAINTENANCE-KIND:maintenance";
    let rest = "RECURRENCE-ID;RANGE=THISANDFUTURE";
    let alone = "RECURRENCE-ID";
    for (series, id, other, found) in [
        (held, rest, open, "held open open"),
        (held, rest, "", "held held held"),
        (open, rest, held, "open held held"),
        (open, rest, "", "open open open"),
        (held, alone, open, "held open held"),
        (open, alone, held, "open held open"),
        (open, rest, "X-MAINTENANCE-KIND:maintenance\nSTATUS:CANCELLED", "open"),
        (held, rest, "X-MAINTENANCE-KIND:open\nSTATUS:CANCELLED", "held"),
    ] {
        let when = |day: u32| format!("DTSTART:2026030{day}T100000Z\nDURATION:PT1H");
        let series = event("w", &format!("{}\nRRULE:FREQ=DAILY;COUNT=3\n{series}", when(2)));
        let other = event("w", &format!("{id}:20260303T100000Z\n{}\n{other}", when(3)));
        let loaded = read_as("x.ics", (series + &other).as_bytes());
        let timetable = &loaded.timetable;
        let kind = |window: &Window| match window.kind {
            WindowKind::Open => "open",
            WindowKind::Maintenance => "held",
        };
        let mut all = timetable.windows(from, to).unwrap();
        assert_eq!(all.iter().map(kind).collect::<Vec<_>>().join(" "), found);
        assert_eq!(timetable.has_open(), found.contains("open"), "{found}");
        assert_eq!(timetable.has_windows(None), found.contains("held"), "{found}");
        assert_eq!(timetable.has_name("w"), found.contains("held"), "{found}");
        let is_reported = problems(&loaded).iter().any(|text| text.contains("of the kind open"));
        assert_eq!(is_reported, !found.contains("held"), "{found}");
        all.retain(|window| window.kind == WindowKind::Open);
        assert_eq!(timetable.open_periods(from, to, 10), Ok(all), "{found}");
    }
}

/// The series that is named is the one that made most.
#[test]
fn past_a_limit_nothing_is_answered_and_the_costliest_series_is_named() {
    let (from, to) = (at("2026-03-01T00:00:00Z"), at("2026-03-11T00:00:00Z"));
    let (dear, cheap) = ("a,10:00,12:00,,daily,UTC\n", "b,11:00,12:00,open,SU,UTC\n");
    for (rows, line) in [
        (format!("{dear}{cheap}{cheap}"), 2),
        (format!("{cheap}{dear}{cheap}"), 3),
        (format!("{cheap}{cheap}{dear}"), 4),
        (format!("{dear}{dear}"), 2),
    ] {
        let timetable = table(&rows);
        let all = timetable.windows(from, to).unwrap();
        let count = u32::try_from(all.len()).unwrap();
        assert_eq!(timetable.windows_within(from, to, count).as_ref(), Ok(&all));
        assert_eq!(timetable.windows_up_to(from, to, count).as_ref(), Ok(&Some(all)));
        assert_eq!(timetable.windows_up_to(from, to, count - 1), Ok(None));
        let error = timetable.windows_within(from, to, count - 1).unwrap_err();
        assert!(
            matches!(error, TimetableError::Limit { line: found, .. } if found == line),
            "{error}"
        );
        assert_eq!((error.code(), error.exit()), ("timetable-limit", Exit::BadInput));
        assert!(error.to_string().contains("makes more than"), "{error}");
        assert_eq!(
            error.hint().as_deref(),
            Some("end the rule with UNTIL, or look at a shorter time")
        );
    }
    let never =
        table("w,2026-01-01T00:00Z,2026-01-01T01:00Z,,FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30,\n");
    let error = never.windows_up_to(from, UtcTime::MAX, 10).unwrap_err();
    assert!(error.to_string().contains("makes nothing in 10000 periods in a row"), "{error}");
    assert_eq!(error.hint().as_deref(), Some("mend the rule, or end it with UNTIL"));
    let broken = read_as("x.csv", b"name,start,end\na,b,c\n");
    let error = broken.accept(crate::timetable::OnError::Stop).unwrap_err();
    assert_eq!(error.code(), "timetable");
    assert_eq!(error.hint().as_deref(), Some("`window-filter check` shows every problem"));
}

/// To write a long name, or patterns, takes longer than to find out when a window is.
#[test]
fn the_steps_of_a_window_grow_with_what_it_has_to_show() {
    let from = at("2026-03-01T00:00:00Z");
    let days = |days: u64| from.saturating_add(Duration::from_secs(86_400 * days));
    let long = "x".repeat(32_000);
    let row = |name: &str, task: &str| {
        let header = "name,start,end,recurrence,timezone,task";
        ("x.csv", format!("{header}\n{name},10:00,12:00,daily,UTC,{task}\n"))
    };
    let start = "DTSTART:20260227T100000Z\nDURATION:PT1H";
    let rest = format!("{start}\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260227T100000Z");
    let moved = event("x", &format!("{start}\nRRULE:FREQ=DAILY")) + &event(&long, &rest);
    for (file, text) in [row(&long, ""), row("x", &long), ("x.ics", moved)] {
        let timetable = read_as(file, text.as_bytes()).timetable;
        assert_eq!(timetable.windows_up_to(from, days(400), 1000), Ok(None));
        assert!(
            timetable
                .windows_up_to(from, days(200), 1000)
                .unwrap()
                .is_some_and(|all| all.len() == 200)
        );
    }
}

/// Where a rule begins long before, it is entered by division: what is looked at is
/// what lies near the time that is asked for.
#[test]
fn endless_rules_are_entered_where_they_are_asked() {
    for (rule, count, steps) in [
        ("FREQ=SECONDLY", 659, 1400),
        ("FREQ=SECONDLY;INTERVAL=7", 94, 200),
        ("FREQ=SECONDLY;BYHOUR=2;BYMINUTE=0;BYSECOND=0", 1, 30),
        ("FREQ=SECONDLY;BYMONTH=8", 0, 10),
        ("FREQ=MINUTELY;BYMONTH=7;BYHOUR=2", 10, 40),
        ("FREQ=MINUTELY;BYMONTHDAY=5", 0, 10),
        ("FREQ=MINUTELY;INTERVAL=65536", 0, 10),
        ("FREQ=HOURLY;BYDAY=SU", 1, 10),
        ("FREQ=DAILY", 0, 30),
        ("FREQ=WEEKLY", 0, 20),
        ("FREQ=WEEKLY;INTERVAL=3", 0, 20),
        ("FREQ=MONTHLY", 0, 20),
        ("FREQ=MONTHLY;INTERVAL=5", 0, 20),
        ("FREQ=YEARLY", 0, 20),
        ("FREQ=YEARLY;INTERVAL=2147483648", 0, 10),
        ("FREQ=DAILY;BYHOUR=2;BYMINUTE=0,1,2,3,4,5;BYSECOND=0,30;BYSETPOS=1,2,-1", 3, 60),
    ] {
        let text = event("x", &format!("DTSTART:19700101T000000Z\nDURATION:PT1M\nRRULE:{rule}"));
        let from = at("9997-07-06T02:00:00Z");
        let to = from.saturating_add(Duration::from_secs(600));
        let (mut budget, mut windows) = (StepBudget::new(0), Vec::new());
        let timetable = read_as("x.ics", text.as_bytes()).timetable;
        timetable.series[0].windows(from, to, &mut budget, &mut windows).unwrap();
        assert_eq!(windows.len(), count, "{rule}");
        assert!((1..=steps).contains(&budget.taken()), "{rule}: {} steps", budget.taken());
    }
}

/// A rule that makes something now and then is no empty one, however often it is
/// asked; one that makes nothing is an error.
#[test]
fn only_a_rule_that_makes_nothing_in_ten_thousand_periods_is_empty() {
    for (rule, from, to, windows) in [
        ("FREQ=DAILY", "1990-01-01", "2020-01-01", Some(10_957)),
        ("FREQ=DAILY;BYHOUR=1,2;BYSETPOS=1", "1990-01-01", "2020-01-01", Some(10_957)),
        ("FREQ=HOURLY;BYMINUTE=0", "1990-01-01", "1991-03-01", Some(10_176)),
        ("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30", "1990-01-01", "9999-12-31", None),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "1990-01-01", "9999-12-31", None),
        ("FREQ=DAILY;BYHOUR=1;BYSETPOS=2", "1990-01-01", "9999-12-31", None),
    ] {
        let text = event("x", &format!("DTSTART:19800101T000000Z\nDURATION:PT1M\nRRULE:{rule}"));
        let timetable = read_as("x.ics", text.as_bytes()).timetable;
        let day = |day: &str| at(&format!("{day}T00:00:00Z"));
        let found = timetable.windows(day(from), day(to));
        assert_eq!(found.as_ref().ok().map(Vec::len), windows, "{rule}");
        let is_empty =
            found.err().is_none_or(|error| error.to_string().contains("in 10000 periods"));
        assert!(is_empty, "{rule}");
    }
}

/// Before a series begins, and after the last start that its COUNT has, nothing is
/// looked at.
#[test]
fn a_series_that_has_not_begun_or_has_ended_costs_nothing() {
    let text = event("x", "DTSTART:20260301T000000Z\nDURATION:PT1M\nRRULE:FREQ=SECONDLY;COUNT=10");
    let timetable = read_as("x.ics", text.as_bytes()).timetable;
    for (from, to, is_looked_at) in [
        ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", false),
        ("2026-02-28T00:00:00Z", "2026-03-02T00:00:00Z", true),
        ("2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z", false),
    ] {
        let mut budget = StepBudget::new(0);
        timetable.series[0].windows(at(from), at(to), &mut budget, &mut Vec::new()).unwrap();
        assert_eq!(budget.taken() > 0, is_looked_at, "{from}");
    }
}
