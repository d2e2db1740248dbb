//! Variables that look like settings of the wrapper, and are none.

use std::collections::BTreeSet;
use std::fs;

use super::{Bench, root};

/// The warnings of a pass with these variables, which must end well.
fn warnings(variables: &[&str]) -> Vec<String> {
    let bench = Bench::new();
    bench.stub("task-pause", "cat >/dev/null");
    let assert = bench.sync().envs(variables.iter().map(|name| (name, "x"))).assert().success();
    let stderr = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
    stderr.lines().map(str::to_owned).collect()
}

#[test]
fn a_variable_that_is_no_setting_is_reported_with_the_setting_that_is_near() {
    for (name, near) in [
        ("MAINTENANCE_AFTR", "MAINTENANCE_AFTER"),
        ("MAINTENANCE_CATEGORIES", "MAINTENANCE_CATEGORY"),
        ("MAINTENANCE_NAMES", "MAINTENANCE_NAME"),
        ("MAINTENANCE_TIME_ZONE", "MAINTENANCE_TIMEZONE"),
        ("MAINTENANCE_TIMETABLES", "MAINTENANCE_TIMETABLE"),
        ("MAINTENANCE_TIMTABEL_URL", "MAINTENANCE_TIMETABLE_URL"),
        ("MAINTENANCE_", ""),
        ("MAINTENANCE_OWNER", ""),
    ] {
        let near = if near.is_empty() { near } else { &format!(": did you mean {near}?") };
        let warning = format!(
            "maintenance-sync: Production: warning: {name} is no setting, so it is ignored{near}"
        );
        assert_eq!(warnings(&[name]), [warning]);
    }
    // One line for each, also in the log, and where a setting is missing for that.
    assert_eq!(warnings(&["MAINTENANCE_AFTR", "MAINTENANCE_BEFOR"]).len(), 2);
    let bench = Bench::new();
    let log = bench.path("sync.log");
    let (name, warning) = ("MAINTENANCE_AFTR", "MAINTENANCE_AFTR is no setting");
    let assert = bench.sync().env(name, "1h").env("MAINTENANCE_LOG", &log).assert().success();
    assert!(String::from_utf8_lossy(&assert.get_output().stderr).contains(warning));
    assert!(bench.read("sync.log").contains(warning));
    let (missing, name) = ("MAINTENANCE_TIMETABLE", "MAINTENANCE_TIMETABEL");
    let assert = bench.sync().env_remove(missing).env(name, "a.csv").assert().code(78);
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(stderr.contains("did you mean MAINTENANCE_TIMETABLE?"), "{stderr}");
}

/// So are those that the build has, and those that Kubernetes sets for a service `maintenance`.
#[test]
fn settings_of_the_page_are_known() {
    let page = fs::read_to_string(root().join("scripts/packaging/maintenance-sync.1")).unwrap();
    let page = page.replace("\\fB", "");
    let is_in_name = |c: char| c.is_ascii_uppercase() || c == '_';
    let names = page.split(|c| !is_in_name(c)).filter(|word| word.starts_with("MAINTENANCE_"));
    let names: BTreeSet<&str> = names.filter(|name| *name != "MAINTENANCE_TIMETABLE").collect();
    assert!(names.len() > 15, "{names:?}");
    let bench = Bench::new();
    bench.stub("task-pause", "cat >/dev/null");
    let others = [
        "MAINTENANCE_BUILD",
        "MAINTENANCE_COMMIT",
        "MAINTENANCE_COMMIT_DATE",
        "MAINTENANCE_SERVICE_HOST",
        "MAINTENANCE_SERVICE_PORT_HTTP",
        "MAINTENANCE_PORT",
        "MAINTENANCE_PORT_80_TCP_ADDR",
        "MAINTENANCE",
    ];
    let names = names.into_iter().chain(others).map(|name| (name, ""));
    bench.sync().envs(names).assert().success().stderr("");
}
