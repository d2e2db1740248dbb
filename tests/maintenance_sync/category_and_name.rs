//! A pass that picks the windows of a calendar which holds more than maintenance.

use std::path::Path;

use chrono::TimeDelta;
use maintenance_core::clock;

use crate::recipes::Bench;
use crate::support::ended::Ended;

#[test]
fn a_pass_picks_windows_and_reports_the_others_only_where_it_asks_for_runs() {
    let bench = Bench::start();
    let now = chrono::DateTime::from_timestamp_millis(clock::now().as_millis()).unwrap();
    let at = |hours| (now + TimeDelta::hours(hours)).format("%Y%m%dT%H%M%SZ");
    let event = |name: &str| {
        let (start, end) = (at(30), at(32));
        format!(
            "BEGIN:VEVENT\r\nUID:{name}\r\nSUMMARY:{name}\r\nCATEGORIES:{name}\r\n\
             DTSTART:{start}\r\nDTEND:{end}\r\nEND:VEVENT\r\n"
        )
    };
    let events = [event("Maintenance"), event("Lunch")].concat();
    let calendar = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n");
    bench.write("team.ics", &calendar);
    let pass = |pick: (&str, &str)| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = bench.command(root.join("scripts/maintenance-sync"));
        command
            .env("TALEND_ENVIRONMENT", "Production")
            .env("MAINTENANCE_TIMETABLE", bench.path("team.ics"))
            .env(pick.0, pick.1)
            .timeout(std::time::Duration::from_secs(120));
        let ended = Ended::of(command.output().unwrap());
        assert_eq!(ended.code, 0, "{pick:?} {ended:#?}");
        ended.stderr
    };
    for (name, value, reported) in [
        ("MAINTENANCE_CATEGORY", "maintenance", ""),
        ("MAINTENANCE_NAME", "Maint*", ""),
        // A word that picks nothing is reported by each pass.
        ("MAINTENANCE_CATEGORY", "Repair:Maintenance", "--category \"Repair\": no event has it"),
        ("MAINTENANCE_NAME", "Repair*:Maint*", "--name \"Repair*\": no event or row is called so"),
    ] {
        let first = pass((name, value));
        assert!(first.contains("1 of 2 events and rows is left out"), "{value}: {first}");
        let idle = pass((name, value));
        assert!(idle.contains(reported) && !idle.contains("left out"), "{value}: {idle}");
        assert!(reported.is_empty() == idle.is_empty(), "{value}: {idle}");
    }
}
