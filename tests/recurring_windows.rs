//! Recurring windows, which are compiled page of time by page: what is listed is selected.

use std::fmt::Write as _;

use crate::support::filter::{filter, table};

/// Milliseconds since 1970 of a time as the tools write it.
fn millis(value: &serde_json::Value) -> i64 {
    let text = value.as_str().unwrap();
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
}

#[test]
fn what_recurs_is_selected_as_it_is_listed() {
    const MINUTE: i64 = 60_000;
    let dir = table(
        "name,start,end,timezone,recurrence,kind",
        "night,2024-01-01T22:00,2024-01-02T06:00,Europe/Paris,FREQ=DAILY,\n\
         long,2024-01-10T00:00,2024-04-20T00:00,Europe/Paris,,\n\
         release,2024-01-05T03:00,2024-01-05T04:00,UTC,FREQ=WEEKLY,open",
    );
    let list = filter(&dir, &["windows", "--from", "2023-12-01", "--to", "2024-12-01"], "");
    assert_eq!(list.code, 0, "{}", list.stderr);
    let windows: Vec<(bool, i64, i64)> = list
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|window| (window["kind"] == "open", millis(&window["start"]), millis(&window["end"])))
        .collect();
    let open = |time: i64| windows.iter().find(|w| w.0 && w.1 <= time && time < w.2);
    // The pieces that open periods leave, one after the other.
    let piece = |window: &(bool, i64, i64), time: i64| {
        let opens = windows.iter().filter(|w| w.0);
        let start = opens.clone().map(|w| w.2).filter(|&end| end <= time).max();
        let end = opens.map(|w| w.1).filter(|&start| start > time).min();
        (window.1.max(start.unwrap_or(i64::MIN)), window.2.min(end.unwrap_or(i64::MAX)))
    };
    let at = |time: i64| {
        let inside = windows.iter().filter(|w| !w.0 && w.1 <= time && time < w.2);
        inside.max_by_key(|w| (w.2, -w.1)).filter(|_| open(time).is_none()).map(|w| piece(w, time))
    };
    let first = 1_704_067_200_000;
    for length in [0, 90 * MINUTE, 40 * 24 * 60 * MINUTE] {
        // Every 485 minutes, but in no order: other pages all the time.
        let times = (0..600).map(|n| first + (n * 101) % 600 * 485 * MINUTE);
        let (mut input, mut expected) = (String::new(), Vec::new());
        for time in times {
            let date = chrono::DateTime::from_timestamp_millis(time).unwrap();
            writeln!(input, "{{\"date\":\"{}\"}}", date.format("%Y-%m-%dT%H:%M:%SZ")).unwrap();
            let running = || {
                // Runs and windows begin and end on whole minutes.
                (1..=length / MINUTE).find_map(|n| at(time + length - n * MINUTE))
            };
            if let Some((start, end)) = at(time).or_else(running) {
                expected.push((time, start, end));
            }
        }
        let ended = filter(&dir, &["--assume-duration", &format!("{}m", length / MINUTE)], input);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let selected: Vec<(i64, i64, i64)> = ended
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|run| {
                let window = &run["window"];
                (millis(&run["date"]), millis(&window["start"]), millis(&window["end"]))
            })
            .collect();
        assert!(selected.len() > 100);
        assert_eq!(selected, expected, "{length}");
    }
}

/// The part that a widening adds may lie in another page of time than the run.
#[test]
fn an_open_period_cuts_a_widened_window_wherever_a_page_of_time_ends() {
    // A page ends at 2027-01-10T14:28:17Z.
    let dir = table(
        "name,start,end,recurrence,kind",
        "noon,2026-01-01T12:00Z,2026-01-01T14:00Z,FREQ=DAILY,\n\
         later,2026-01-01T15:00Z,2026-01-01T17:00Z,FREQ=DAILY,\n\
         before it,2027-01-10T13:30Z,2027-01-10T13:45Z,,open\n\
         after it,2027-01-10T15:00Z,2027-01-10T15:30Z,,open",
    );
    for (date, flag, start, end) in [
        ("2027-01-10T13:50:00Z", "--after", "2027-01-10T13:45:00.000Z", "2027-01-10T15:00:00.000Z"),
        (
            "2027-01-10T14:40:00Z",
            "--before",
            "2027-01-10T13:45:00.000Z",
            "2027-01-10T15:00:00.000Z",
        ),
        ("2027-01-11T13:50:00Z", "--after", "2027-01-11T12:00:00.000Z", "2027-01-11T16:00:00.000Z"),
    ] {
        let flags = [flag, "2h", "--timezone", "UTC"];
        let ended = filter(&dir, &flags, format!("{{\"date\":\"{date}\"}}\n"));
        let window = &ended.records()[0]["window"];
        assert_eq!((&window["start"], &window["end"]), (&start.into(), &end.into()), "{date}");
    }
}
