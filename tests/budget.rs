//! Timetables that would cost more than anybody can mean: an error that names
//! the row or event, from every tool, before anything is done.

use crate::support::filter::{filter, record_at, table};
use crate::support::runs::selected;
use crate::support::scene::Scene;

/// Every second of every day, in some 500 bytes.
fn every_second(frequency: &str) -> String {
    let list = |most: u32| (0..most).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    format!("{frequency};BYHOUR={};BYMINUTE={1};BYSECOND={1}", list(24), list(60))
}

#[test]
fn the_row_is_named_in_every_mode() {
    let heavy = every_second("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU");
    let rows = format!(
        "night,2022-01-01T02:00Z,2022-01-01T04:00Z,daily\n\
         heavy,2022-01-01T00:00Z,2022-01-01T08:00Z,\"{heavy}\""
    );
    let dir = table("name,start,end,recurrence", &rows);
    let runs = record_at("2022-09-20T18:00:00.000Z");
    for mode in [&[][..], &["-v"], &["windows"], &["check"], &["--format", "table"]] {
        let ended = filter(&dir, mode, &*runs);
        assert_eq!((ended.code, &*ended.stdout), (65, ""), "{mode:?} {}", ended.stderr);
        assert!(ended.stderr.contains("t.csv:3: "), "{mode:?} {}", ended.stderr);
        assert!(ended.stderr.contains("this rule"), "{mode:?} {}", ended.stderr);
    }
}

#[test]
fn a_count_that_takes_long_is_the_error_of_its_row() {
    let row = "w,2022-01-01T02:00Z,2022-01-01T04:00Z,FREQ=DAILY;COUNT=1000000\n";
    let dir = table("name,start,end,recurrence", row.repeat(12).trim_end());
    let ended = filter(&dir, &[], record_at("2022-09-20T18:00:00.000Z"));
    assert_eq!((ended.code, &*ended.stdout), (65, ""));
    assert!(
        ended.stderr.contains("t.csv:4:4: recurrence: to find the windows takes"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_timetable_past_the_budget_pauses_and_gives_back_nothing() {
    let scene = Scene::new();
    let runs = selected("t0", "night", -30, Some(60));
    scene.expect(0, &[], &runs);
    let paused = scene.standin.requests().len();
    let heavy = every_second("FREQ=DAILY");
    let file = scene.file("heavy.csv");
    std::fs::write(
        &file,
        format!(
            "name,start,end,recurrence\nnight,2022-01-01T02:00Z,2022-01-01T04:00Z,daily\n\
             heavy,2022-01-01T00:00Z,2022-01-09T00:00Z,\"{heavy}\"\n"
        ),
    )
    .unwrap();
    let ended = scene.expect(65, &["sync", "--timetable", &file], &runs);
    assert!(ended.stderr.contains("heavy.csv:3: "), "{}", ended.stderr);
    let changed = scene.standin.requests().into_iter().skip(paused).any(|one| one.method == "PUT");
    assert!(!changed);
    scene.expect(0, &["resume", "--all"], "");
    scene.end_clean();
}
