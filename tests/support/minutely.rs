//! A task that runs once a minute, for lists of any length.

use tmc_standin::{Task, Trigger, World};

const ENVIRONMENT: &str = "6242bc6eac74e9757cda41bb";

/// A world in which one task runs once a minute.
pub(crate) fn minutely() -> World {
    let mut world = World::documentation_sample();
    world.clock = Some("2026-12-01T00:00:00Z".parse().unwrap());
    world.tasks = vec![Task {
        triggers: vec![Trigger::cron("* * * * ?", "UTC").named("each minute")],
        ..world.tasks[0].clone()
    }];
    world
}

/// Flags that ask for the first so many runs of that day.
pub(crate) fn asking(runs: u64) -> Vec<String> {
    let to = 1_796_083_200_000 + runs * 60_000;
    ["-e", ENVIRONMENT, "--from", "2026-12-01", "--to"]
        .map(str::to_owned)
        .into_iter()
        .chain([to.to_string()])
        .collect()
}
