//! A setting with a mistake: it is reported once, and what is over is given back: the
//! real tools, against the stand-in.

use std::fs;
use std::path::Path;

use chrono::TimeDelta;

use crate::recipes::Bench;
use crate::support::checksums::with_checksums;
use crate::support::ended::Ended;

fn pass(bench: &Bench, settings: &[(&str, &str)], flags: &[&str]) -> Ended {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = bench.command(root.join("scripts/maintenance-sync"));
    command
        .env("TALEND_ENVIRONMENT", "Production")
        .env("MAINTENANCE_TIMETABLE", bench.path("maintenance.csv"))
        .env("MAINTENANCE_BEFORE", "0s")
        .args(["--every", "0s"])
        .envs(settings.iter().copied())
        .args(flags)
        .timeout(std::time::Duration::from_secs(120));
    Ended::of(command.output().unwrap())
}

/// A tenant whose three tasks are held, and, by timetable and ledger, have been for too long.
fn overdue() -> Bench {
    let bench = Bench::start();
    assert_eq!(pass(&bench, &[], &[]).code, 0);
    assert_eq!(bench.paused().len(), 3);
    let timetable = bench.read("maintenance.csv");
    let (_, end) = timetable.trim().rsplit_once(',').unwrap();
    let over = bench.now() - TimeDelta::minutes(5);
    bench.write("maintenance.csv", &timetable.replace(end, &over.to_rfc3339()));
    let millis = |time: chrono::DateTime<chrono::Utc>| {
        time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    };
    let end = millis(end.parse().unwrap());
    let ledger = bench.path("ledger/ledger.jsonl");
    let text = fs::read_to_string(&ledger).unwrap();
    assert!(text.contains(&end), "{end} {text}");
    fs::write(&ledger, with_checksums(&text.replace(&end, &millis(over)))).unwrap();
    bench
}

/// The tasks that a pass gives back, or would give back.
fn resumed(ended: &Ended) -> usize {
    ended.records().iter().filter(|receipt| receipt["action"] == "resumed").count()
}

#[test]
fn a_mistyped_setting_is_reported_once_and_what_is_over_is_given_back() {
    let bench = overdue();
    for (name, value, code, mistake) in [
        ("MAINTENANCE_TIMEZONE", "Europe/Pari", 2, "Europe/Pari\""),
        ("MAINTENANCE_BEFORE", "15", 2, "invalid value '15'"),
        ("MAINTENANCE_AFTER", "soon", 2, "invalid value 'soon'"),
        ("MAINTENANCE_CATEGORY", "Maintenance", 2, "no timetable is a calendar"),
        ("MAINTENANCE_NAME", "[a", 2, "unclosed"),
        ("MAINTENANCE_RATE", "0", 2, "MAINTENANCE_RATE is no number from 1 to 1000000: 0"),
        ("MAINTENANCE_MAX_TASKS", "many", 2, "MAINTENANCE_MAX_TASKS is no number: many"),
        ("MAINTENANCE_HORIZON", "7dd", 2, "invalid value '7dd'"),
        ("MAINTENANCE_DEADLINE", "soon", 78, "MAINTENANCE_DEADLINE"),
    ] {
        let ended = pass(&bench, &[(name, value)], &["--dry-run"]);
        assert_eq!((ended.code, resumed(&ended)), (code, 3), "{name} {ended:#?}");
        assert_eq!(ended.stderr.matches(mistake).count(), 1, "{name} {ended:#?}");
    }
    assert_eq!(bench.paused().len(), 3, "dry runs change nothing");
    let ended = pass(&bench, &[("MAINTENANCE_TIMEZONE", "Europe/Pari")], &[]);
    assert_eq!((ended.code, resumed(&ended)), (2, 3), "{ended:#?}");
    assert_eq!(bench.paused(), [""; 0]);
}

/// A flag may mean another ledger or a dry run, so it is dropped only if it is known.
#[test]
fn a_mistyped_value_of_a_flag_keeps_back_nothing_unless_another_flag_may_matter() {
    let bench = overdue();
    for (flags, given_back, mistake) in [
        (&["--lead", "5mm", "--dry-run"][..], 0, "invalid value '5mm'"),
        (&["--dry-rnu"], 0, "unexpected argument '--dry-rnu'"),
        (&["--lead", "5mm"], 3, "invalid value '5mm'"),
    ] {
        let ended = pass(&bench, &[], flags);
        assert_eq!((ended.code, resumed(&ended)), (2, given_back), "{flags:?} {ended:#?}");
        assert_eq!(ended.stderr.matches(mistake).count(), 1, "{flags:?} {ended:#?}");
    }
    let bench = overdue();
    let ended = pass(&bench, &[], &["--timezone=Europe/Pari"]);
    assert_eq!((ended.code, resumed(&ended)), (2, 3), "{ended:#?}");
}
