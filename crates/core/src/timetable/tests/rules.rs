//! Random rules of every frequency against the slow evaluator.

use jiff::ToSpan;
use jiff::civil::Date;
use proptest::prelude::*;
use proptest::sample::subsequence;

use super::ical;
use crate::time::UtcTime;
use crate::timetable::rrule::{Freq, RecurrenceRule};
use crate::timetable::slow_rule::slow;
use crate::window::Window;
use crate::zone::ZoneTable;

fn some(list: Vec<i64>, most: usize) -> impl Strategy<Value = Vec<i64>> {
    prop_oneof![3 => Just(Vec::new()), 2 => subsequence(list, 1..=most)]
}

fn text(name: &str, list: &[i64]) -> String {
    let numbers: Vec<String> = list.iter().map(i64::to_string).collect();
    if list.is_empty() { String::new() } else { format!(";{name}={}", numbers.join(",")) }
}

/// Rules of every frequency with the parts that it allows.
fn rules() -> impl Strategy<Value = String> {
    let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let days = prop_oneof![
        2 => Just(Vec::new()),
        3 => prop::collection::vec((prop::option::of(-5_i64..=5), 0_usize..7), 1..4),
    ];
    let lists = (
        some((1..=12).collect(), 3),
        some((-31..=-1).chain(1..=31).collect(), 4),
        some((-366..=-1).chain(1..=366).collect(), 4),
        some((-53..=-1).chain(1..=53).collect(), 3),
        some((-4..=-1).chain(1..=4).collect(), 2),
        some((0..=23).collect(), 3),
        some(vec![0, 15, 30, 59], 2),
    );
    let end = prop_oneof![2 => Just(0), 1 => 1_u32..40];
    (0_usize..6, 1_i64..5, 0_usize..7, days, lists, end).prop_map(
        move |(freq, interval, week_start, days, lists, count)| {
            let (months, month_days, year_days, weeks, places, hours, minutes) = lists;
            let freq = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"][freq];
            let interval = if freq == "MINUTELY" { interval * 7 } else { interval };
            let numbered = matches!(freq, "YEARLY" | "MONTHLY");
            let weeks = if freq == "YEARLY" { weeks } else { Vec::new() };
            let mut rule = format!("FREQ={freq};INTERVAL={interval};WKST={}", names[week_start]);
            if !days.is_empty() {
                let days: Vec<String> = days
                    .iter()
                    .map(|&(ordinal, day)| match ordinal {
                        Some(n) if n != 0 && numbered && weeks.is_empty() => {
                            format!("{n}{}", names[day])
                        }
                        _ => names[day].to_owned(),
                    })
                    .collect();
                rule.push_str(";BYDAY=");
                rule.push_str(&days.join(","));
            }
            rule += &text("BYMONTH", &months);
            if freq != "WEEKLY" {
                rule += &text("BYMONTHDAY", &month_days);
            }
            if freq == "YEARLY" {
                rule += &text("BYYEARDAY", &year_days);
            }
            rule += &text("BYWEEKNO", &weeks);
            if !matches!(freq, "HOURLY" | "MINUTELY") {
                rule += &text("BYSETPOS", &places);
            }
            rule += &text("BYHOUR", &hours);
            if freq != "HOURLY" {
                rule += &text("BYMINUTE", &minutes);
            }
            if count > 0 {
                rule.push_str(";COUNT=");
                rule.push_str(&count.to_string());
            }
            rule
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]

    #[test]
    fn rules_make_what_the_slow_evaluator_makes(
        rule in rules(),
        zone in prop::sample::select(vec![
            "UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Gaza",
        ]),
        day in 0_i64..1500,
        hour in 0_i8..24,
        from in 0_i64..900,
        long in 1_i64..200,
    ) {
        let start = (Date::new(2022, 1, 1).unwrap() + day.days()).at(hour, 30, 0, 0);
        let zone = ZoneTable::bundled().get(zone).unwrap();
        let first = zone.to_utc(start).unwrap().0;
        let (parsed, _) = RecurrenceRule::parse(&rule).unwrap();
        // Step by step is slow: nearer, and shorter.
        let unit = if parsed.freq < Freq::Daily { 3_600_000 } else { 86_400_000 };
        let plus = |by: i64| UtcTime::from_millis(first.as_millis() + by * unit).unwrap();
        let (from, to) = (plus(from), plus(from + long));
        let text = format!(
            "BEGIN:VEVENT\nDTSTART;TZID={}:{}\nDURATION:PT1S\nRRULE:{rule}\nEND:VEVENT\n",
            zone.name(),
            start.strftime("%Y%m%dT%H%M%S"),
        );
        let loaded = ical(&text);
        let windows = match loaded.timetable.windows(from, to) {
            // A COUNT that is never reached is refused.
            Err(_) if parsed.count.is_some() => return Ok(()),
            windows => windows.unwrap(),
        };
        let found: Vec<UtcTime> = windows.iter().map(|w: &Window| w.start).collect();
        let mut expected = slow(&parsed, &zone, start, to);
        expected.retain(|&time| time >= from);
        prop_assert_eq!(found, expected, "{}", text);
    }
}
