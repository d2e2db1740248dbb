//! Golden instants, most of them around clock changes. The expected values
//! were worked out by hand from the zones' published rules.

use super::*;

fn instants(trigger: &Trigger, from: &str, to: &str) -> Vec<String> {
    let schedule = Schedule::compile(trigger).unwrap();
    let found = schedule.between(from.parse().unwrap(), to.parse().unwrap());
    found.iter().map(|time| time.to_string().replace(":00.000Z", "Z")).collect()
}

fn weekly(start: &str, interval: u16, days: &[Weekday]) -> Trigger {
    Trigger {
        start_date: Some(start.to_owned()),
        start_time: Some("06:30".to_owned()),
        interval: Some(interval),
        days: days.to_vec(),
        ..Trigger::empty(TriggerKind::Weekly, "UTC")
    }
}

#[test]
fn monthly_cron_keeps_its_wall_time_across_the_change() {
    let trigger = Trigger::cron("0 20 20 * ?", "Europe/Paris");
    assert_eq!(
        instants(&trigger, "2022-07-01T00:00:00Z", "2022-12-31T23:59:59Z"),
        [
            "2022-07-20T18:00Z",
            "2022-08-20T18:00Z",
            "2022-09-20T18:00Z",
            "2022-10-20T18:00Z",
            "2022-11-20T19:00Z",
            "2022-12-20T19:00Z"
        ]
    );
}

#[test]
fn a_time_in_the_gap_moves_forward() {
    // Paris skipped 02:00 to 03:00 on 2022-03-27.
    let trigger = Trigger::cron("30 2 * * ?", "Europe/Paris");
    assert_eq!(
        instants(&trigger, "2022-03-26T00:00:00Z", "2022-03-29T00:00:00Z"),
        ["2022-03-26T01:30Z", "2022-03-27T01:30Z", "2022-03-28T00:30Z"]
    );
}

#[test]
fn a_time_in_the_fold_counts_once_and_first() {
    // New York had 01:00 to 02:00 twice on 2022-11-06.
    let trigger = Trigger::daily("2022-11-01", "01:30", "America/New_York");
    assert_eq!(
        instants(&trigger, "2022-11-05T00:00:00Z", "2022-11-08T00:00:00Z"),
        ["2022-11-05T05:30Z", "2022-11-06T05:30Z", "2022-11-07T06:30Z"]
    );
}

#[test]
fn runs_moved_out_of_the_gap_do_not_double_those_after_it() {
    let trigger = Trigger::cron("0/30 * * * ?", "Europe/Paris");
    assert_eq!(
        instants(&trigger, "2022-03-27T00:30:00Z", "2022-03-27T02:00:00Z"),
        ["2022-03-27T00:30Z", "2022-03-27T01:00Z", "2022-03-27T01:30Z"]
    );
}

#[test]
fn an_island_that_skipped_a_day_moves_the_run_to_the_next() {
    // Apia went from 2011-12-29 to 2011-12-31.
    let trigger = Trigger::once("2011-12-30", "12:00", "Pacific/Apia");
    assert_eq!(
        instants(&trigger, "2011-12-29T00:00:00Z", "2012-01-02T00:00:00Z"),
        ["2011-12-30T22:00Z"]
    );
}

#[test]
fn the_span_is_half_open() {
    let trigger = Trigger::daily("2022-01-01", "12:00", "UTC");
    assert_eq!(
        instants(&trigger, "2022-05-01T12:00:00Z", "2022-05-03T12:00:00Z"),
        ["2022-05-01T12:00Z", "2022-05-02T12:00Z"]
    );
    assert!(instants(&trigger, "2022-05-01T12:00:00Z", "2022-05-01T12:00:00Z").is_empty());
    assert!(instants(&trigger, "2021-01-01T00:00:00Z", "2022-01-01T12:00:00Z").is_empty());
}

#[test]
fn every_third_day_counts_from_the_first() {
    let trigger =
        Trigger { interval: Some(3), ..Trigger::daily("2022-01-01", "00:00", "Asia/Tokyo") };
    // Midnight in Tokyo is 15:00Z the day before.
    assert_eq!(
        instants(&trigger, "2022-12-24T00:00:00Z", "2023-01-01T00:00:00Z"),
        ["2022-12-26T15:00Z", "2022-12-29T15:00Z"]
    );
}

#[test]
fn every_second_week_counts_from_the_week_of_the_first_day() {
    // 2022-06-01 was a Wednesday: its Monday is over, its Friday is to come.
    let trigger = weekly("2022-06-01", 2, &[Weekday::Monday, Weekday::Friday]);
    assert_eq!(
        instants(&trigger, "2022-05-01T00:00:00Z", "2022-07-01T00:00:00Z"),
        ["2022-06-03T06:30Z", "2022-06-13T06:30Z", "2022-06-17T06:30Z", "2022-06-27T06:30Z"]
    );
    // The same when the search begins in the middle of it.
    assert_eq!(
        instants(&trigger, "2022-06-15T00:00:00Z", "2022-07-01T00:00:00Z"),
        ["2022-06-17T06:30Z", "2022-06-27T06:30Z"]
    );
}

#[test]
fn months_without_the_day_are_skipped() {
    let trigger = Trigger {
        start_date: Some("2022-01-31".to_owned()),
        times: vec!["08:00".to_owned(), "20:00".to_owned()],
        day: Some(31),
        ..Trigger::empty(TriggerKind::Monthly, "UTC")
    };
    assert_eq!(
        instants(&trigger, "2022-02-01T00:00:00Z", "2022-06-01T00:00:00Z"),
        ["2022-03-31T08:00Z", "2022-03-31T20:00Z", "2022-05-31T08:00Z", "2022-05-31T20:00Z"]
    );
}

#[test]
fn cron_weekdays_are_those_of_quartz() {
    // 1 is Sunday; 2022-07-03 was one. The year may stand last.
    for expression in ["0 9 ? * 1", "0 9 ? * SUN", "0 9 ? * 1 2022"] {
        assert_eq!(
            instants(
                &Trigger::cron(expression, "UTC"),
                "2022-07-01T00:00:00Z",
                "2022-07-08T00:00:00Z"
            ),
            ["2022-07-03T09:00Z"],
            "{expression}"
        );
    }
    let trigger = Trigger::cron("0 9 ? * 6#3", "UTC");
    assert_eq!(
        instants(&trigger, "2022-07-01T00:00:00Z", "2022-08-01T00:00:00Z"),
        ["2022-07-15T09:00Z"]
    );
}

#[test]
fn a_cron_without_a_match_ends() {
    let trigger = Trigger::cron("0 9 30 2 ?", "UTC");
    assert!(instants(&trigger, "2022-01-01T00:00:00Z", "2024-01-01T00:00:00Z").is_empty());
}

#[test]
fn what_cannot_be_a_trigger_is_refused_by_name() {
    let message = |trigger: &Trigger| format!("{:#}", Schedule::compile(trigger).unwrap_err());
    let refused = [
        (Trigger::cron("0 9 * *", "UTC"), "expected 5 fields"),
        (Trigger::cron("61 9 * * ?", "UTC"), "cronExpression"),
        (Trigger::cron("0 9 * * ?", "Europe/Nowhere"), "unknown time zone \"Europe/Nowhere\""),
        (Trigger::once("2022-13-01", "09:00", "UTC"), "startDate"),
        (Trigger::once("2022-12-01", "25:00", "UTC"), "time \"25:00\""),
        (Trigger::empty(TriggerKind::Daily, "UTC"), "needs \"startDate\""),
        (weekly("2022-06-01", 0, &[Weekday::Monday]), "\"interval\""),
        (weekly("2022-06-01", 1, &[]), "\"days\""),
    ];
    for (trigger, expected) in refused {
        assert!(message(&trigger).contains(expected), "{}", message(&trigger));
    }
}

#[test]
fn a_span_may_be_cut_anywhere() {
    // Clocks change in this span in Paris, New York, Casablanca and on Lord
    // Howe; Casablanca's change comes with Ramadan.
    let from: Time = "2026-02-10T00:00:00Z".parse().unwrap();
    let to = from.plus(60 * DAY);
    let tasks = crate::World::generate(11, 150).tasks;
    let triggers = tasks.iter().flat_map(|task| &task.triggers);
    let schedules: Vec<_> = triggers.map(|trigger| Schedule::compile(trigger).unwrap()).collect();
    let mut runs = 0;
    for schedule in schedules {
        let whole = schedule.between(from, to);
        // Pieces of some 31 hours, which drift through the hours of the day.
        let cuts: Vec<_> = (0..47).map(|n| from.plus(n * 111_111_111)).collect();
        let ends = cuts[1..].iter().copied().chain([to]);
        let pieces = cuts.iter().zip(ends).flat_map(|(from, to)| schedule.between(*from, to));
        assert_eq!(pieces.collect::<Vec<_>>(), whole, "{schedule:?}");
        runs += whole.len();
    }
    assert!(runs > 3_000, "{runs}");
}

/// Day by day is the same as one search after the other.
#[test]
fn days_of_a_cron_trigger_have_the_times_that_a_search_for_each_finds() {
    for expression in [
        "0/10 * * * ?",
        "7,37 6-9,22 * * ?",
        "59 23 L * ?",
        "0 0 29 2 ?",
        "15 4 ? * MON#2",
        "0 12 15W 3,9 ?",
        "30 1 * * ? 2024",
    ] {
        let trigger = Trigger::cron(expression, "UTC");
        let Rule::Cron { cron, .. } = cron_rule(&trigger).unwrap() else { panic!("{expression}") };
        let (first, last) = (civil::date(2023, 11, 30).at(9, 41, 0, 0), civil::date(2024, 4, 2));
        let last = last.at(6, 30, 0, 0);
        let mut days = Vec::new();
        cron_between(&cron, first, last, |civil| days.push(civil));
        let midnight = to_chrono(first.date()).unwrap();
        let next = |found: &NaiveDateTime| cron.find_next_occurrence(found, false).ok();
        let searched = std::iter::successors(cron.find_next_occurrence(&midnight, true).ok(), next)
            .map_while(from_chrono)
            .take_while(|civil| *civil <= last)
            .filter(|civil| *civil >= first);
        assert_eq!(days, searched.collect::<Vec<_>>(), "{expression}");
        assert!(!days.is_empty(), "{expression}");
    }
}
