//! A pass stays for a window that opens before the next one, but not longer than it may
//! take: the real tools against the stand-in, and tools that note how they are called.

use chrono::TimeDelta;
use maintenance_core::clock;
use maintenance_core::time::UtcTime;
use serde_json::json;
use tmc_standin::World;

use super::Bench;
use crate::recipes;

/// The time for which `task-pause` is asked to stay, in seconds.
fn value_of_every(bench: &Bench) -> Option<u64> {
    let args = bench.read("task-pause.args");
    let words: Vec<&str> = args.split_whitespace().collect();
    let flag = words.iter().position(|word| *word == "--every")?;
    words[flag + 1].strip_suffix('s')?.parse().ok()
}

#[test]
fn a_pass_is_over_before_the_next_one_and_before_its_own_deadline() {
    for (settings, flags, least, most) in [
        (&[][..], &[][..], 180, 210),
        (&[("MAINTENANCE_EVERY", "10m")], &[], 180, 210),
        (&[("MAINTENANCE_EVERY", "1h"), ("MAINTENANCE_DEADLINE", "50m")], &[], 2_940, 2_970),
        (&[("MAINTENANCE_EVERY", "2m")], &[], 60, 90),
        (&[("MAINTENANCE_DEADLINE", "20s")], &[], 0, 0),
        // What is given counts.
        (&[], &["--every", "7s"], 7, 7),
    ] {
        let bench = Bench::new();
        bench.sync().envs(settings.iter().copied()).args(flags).assert().success();
        let every = value_of_every(&bench);
        let is_so = every.is_some_and(|every| (least..=most).contains(&every));
        assert!(is_so, "{settings:?} {flags:?}: {every:?}");
    }
}

#[test]
fn a_time_between_two_passes_that_no_pass_stays_for_is_reported() {
    for (settings, flags, late) in [
        (&[][..], &[][..], None),
        (&[("MAINTENANCE_EVERY", "1h"), ("MAINTENANCE_DEADLINE", "59m")], &[], None),
        (&[("MAINTENANCE_EVERY", "1h")], &[], Some(3_390)),
        (&[("MAINTENANCE_DEADLINE", "20s")], &[], Some(300)),
        // Who does not want a pass to stay is not warned.
        (&[("MAINTENANCE_EVERY", "1h")], &["--every", "0s"], None),
    ] {
        let bench = Bench::new();
        bench.stub("task-pause", "cat >/dev/null");
        let assert = bench.sync().envs(settings.iter().copied()).args(flags).assert().success();
        let stderr = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
        assert_eq!(stderr.lines().count(), usize::from(late.is_some()), "{settings:?} {stderr}");
        let end = late.map(|late| format!("is met up to {late} seconds late\n"));
        assert!(stderr.ends_with(&end.unwrap_or_default()), "{settings:?} {stderr}");
    }
}

#[test]
fn a_window_that_opens_between_two_passes_is_met_by_the_first() {
    let triggers = json!([{"type": "CRON", "cronExpression": "*/5 * * * ?"}]);
    let ids = ["a", "b", "c"];
    let task = |id: &str| json!({"id": id, "name": id, "workspace": "w", "triggers": triggers});
    let world = json!({
        "environments": [{"id": "e", "name": "Production"}],
        "workspaces": [{"id": "w", "name": "Finance", "environment": "e"}],
        "users": [{"name": "ops"}],
        "tokens": [{"id": "t1", "secret": "not-a-real-token", "user": "ops"}],
        "tasks": ids.map(task),
    });
    let bench = recipes::Bench::of(World::from_json(&world.to_string()).unwrap());
    // Whole seconds, as people write them.
    let opens = UtcTime::from_millis((clock::now().as_millis() / 1_000 + 12) * 1_000).unwrap();
    let ends = opens.saturating_add(TimeDelta::hours(2).to_std().unwrap());
    bench.write("maintenance.csv", &format!("name,start,end\npatching,{opens},{ends}\n"));
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pass = bench.command(root.join("scripts/maintenance-sync"));
    pass.env("TALEND_ENVIRONMENT", "Production")
        .env("MAINTENANCE_TIMETABLE", bench.path("maintenance.csv"))
        .env("MAINTENANCE_BEFORE", "0s");
    pass.assert().success();
    assert_eq!(bench.paused(), ids);
    let requests = bench.standin.requests();
    let pauses: Vec<_> = requests.iter().filter(|request| request.method == "PUT").collect();
    assert_eq!(pauses.len(), ids.len());
    for pause in pauses {
        assert!(opens <= UtcTime::parse(&pause.at.to_string()).unwrap(), "{pause:?}");
    }
}
