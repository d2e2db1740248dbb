//! Tenants made up from a seed.

use super::{
    EnvironmentSpec, PauseDetails, Plan, Runtime, RuntimeKind, Step, Task, UserKind, WorkspaceSpec,
    World,
};
use crate::clock::Time;
use crate::random::mix;
use crate::schedule::{Trigger, TriggerKind, Weekday};

/// At most so many tasks get triggers: a tenant has 5,000, some have two.
const MAX_SCHEDULED: u64 = 4_000;

const ENVIRONMENTS: [&str; 3] = ["Production", "Quality", "Development"];

const WORKSPACES: [&str; 6] =
    ["Finance", "Sales", "Logistics", "Customer 360", "Human Resources", "Übersee & Zoll"];

const SUBJECTS: [&str; 8] =
    ["orders", "invoices", "stock", "prices", "payroll", "addresses", "returns", "contracts"];

const VERBS: [&str; 6] = ["Load", "Export", "Check", "Merge", "Archive", "Send"];

const ZONES: [&str; 8] = [
    "Europe/Paris",
    "America/New_York",
    "UTC",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Asia/Tokyo",
    "Africa/Casablanca",
];

const TAGS: [&str; 4] = ["nightly", "critical", "gdpr", "legacy"];

/// Choices that depend on a seed and on how many were made before.
struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.thrown += 1;
        mix(self.seed, self.thrown) % sides.max(1)
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let sides = u64::try_from(items.len()).unwrap_or(u64::MAX);
        &items[usize::try_from(self.throw(sides)).unwrap_or(0)]
    }

    /// An id as the API has them: 24 hexadecimal digits.
    fn id(&mut self) -> String {
        self.thrown += 1;
        let (high, low) = (mix(self.seed, self.thrown), mix(!self.seed, self.thrown));
        format!("{high:016x}{:08x}", low >> 32)
    }

    fn time_of_day(&mut self) -> String {
        format!("{:02}:{:02}", self.throw(24), self.throw(12) * 5)
    }
}

impl World {
    /// Makes up a tenant with so many tasks and a twentieth as many plans, in
    /// three environments, of which the first has most. The same seed and
    /// number always make the same tenant.
    ///
    /// Its clock shows the real time. Its credentials are those of
    /// [`World::documentation_sample`]. One task in a hundred is paused by a
    /// person from the start, and a few are started by webhook or hand only.
    #[must_use]
    pub fn generate(seed: u64, tasks: usize) -> Self {
        let mut dice = Dice { seed, thrown: 0 };
        let mut world = Self::with_sample_accounts();
        for name in ENVIRONMENTS {
            let environment = EnvironmentSpec {
                id: dice.id(),
                name: name.to_owned(),
                default: name == ENVIRONMENTS[0],
                ..EnvironmentSpec::default()
            };
            for name in WORKSPACES {
                world.workspaces.push(WorkspaceSpec {
                    id: dice.id(),
                    name: name.to_owned(),
                    environment: environment.id.clone(),
                    owner: "operator".to_owned(),
                    ..WorkspaceSpec::default()
                });
            }
            world.environments.push(environment);
        }
        let wanted = u64::try_from(tasks).unwrap_or(u64::MAX);
        for number in 0..wanted {
            let task = task(&mut dice, &world, number, wanted);
            world.tasks.push(task);
        }
        for number in 0..tasks / 20 {
            let plan = plan(&mut dice, &world, number);
            world.plans.push(plan);
        }
        world
    }

    /// A workspace, four times in five one of the first environment.
    fn any_workspace(&self, dice: &mut Dice) -> String {
        let all = if dice.throw(5) < 4 {
            &self.workspaces[..WORKSPACES.len()]
        } else {
            &self.workspaces[WORKSPACES.len()..]
        };
        dice.pick(all).id.clone()
    }
}

fn task(dice: &mut Dice, world: &World, number: u64, all: u64) -> Task {
    // Four tasks in five have triggers, or fewer where there are many tasks.
    let scheduled = dice.throw(all) < (all * 4 / 5).min(MAX_SCHEDULED);
    let mut triggers = Vec::new();
    if scheduled {
        triggers.push(trigger(dice));
        if dice.throw(10) == 0 {
            triggers =
                vec![trigger(dice).named("first schedule"), trigger(dice).named("second schedule")];
        }
    }
    let kind = *dice.pick(&[
        RuntimeKind::Cloud,
        RuntimeKind::RemoteEngine,
        RuntimeKind::RemoteEngineCluster,
        RuntimeKind::CloudExclusive,
    ]);
    let engine = if kind == RuntimeKind::Cloud { None } else { Some(dice.id()) };
    let paused = (dice.throw(100) == 0).then(|| PauseDetails {
        context: Some("until the supplier is back".to_owned()),
        user: "a-person".to_owned(),
        user_type: UserKind::Human,
        date: Time::from_millis(1_767_225_600_000),
    });
    Task {
        id: dice.id(),
        name: format!("{} {} {number}", dice.pick(&VERBS), dice.pick(&SUBJECTS)),
        workspace: world.any_workspace(dice),
        tags: TAGS.into_iter().filter(|_| dice.throw(4) == 0).map(str::to_owned).collect(),
        runtime: Runtime { kind, id: engine, run_profile_id: None },
        artifact: None,
        triggers,
        duration_seconds: 30 + u32::try_from(dice.throw(3_600)).unwrap_or(0),
        duration_spread_seconds: u32::try_from(dice.throw(600)).unwrap_or(0),
        start_delay_seconds: u32::try_from(dice.throw(60)).unwrap_or(0),
        paused,
    }
}

fn trigger(dice: &mut Dice) -> Trigger {
    let zone = dice.pick(&ZONES);
    let time = dice.time_of_day();
    let daily = Trigger::daily("2024-01-01", &time, zone);
    let (hour, minute, day) = (dice.throw(24), dice.throw(12) * 5, dice.throw(28) + 1);
    match dice.throw(20) {
        0..9 => daily,
        9..11 => Trigger { interval: Some(2), ..daily },
        11..13 => Trigger {
            kind: TriggerKind::Weekly,
            days: vec![*dice.pick(&[Weekday::Monday, Weekday::Wednesday]), Weekday::Sunday],
            ..daily
        },
        13 => Trigger {
            kind: TriggerKind::Monthly,
            day: u8::try_from(day).ok(),
            times: vec![time, "23:55".to_owned()],
            start_time: None,
            ..daily
        },
        14..16 => Trigger::cron(&format!("{minute} {hour} ? * MON-FRI"), zone),
        16 => Trigger::cron(&format!("{minute} {hour} L * ?"), zone),
        17 => Trigger::cron(&format!("{minute} 0/4 * * ?"), zone),
        18 => Trigger::once(&format!("2027-{:02}-{day:02}", dice.throw(12) + 1), &time, zone),
        _ => Trigger::empty(*dice.pick(&[TriggerKind::Webhook, TriggerKind::Manual]), zone),
    }
}

/// A plan over tasks of one environment.
fn plan(dice: &mut Dice, world: &World, number: usize) -> Plan {
    let workspace = world.any_workspace(dice);
    let mut found = Vec::new();
    // A few throws find tasks of the same workspace, or the plan stays small.
    for _ in 0..60 {
        let task = dice.pick(&world.tasks);
        if task.workspace == workspace && !found.contains(&task.id) && found.len() < 6 {
            found.push(task.id.clone());
        }
    }
    let steps = found.chunks(2).enumerate().map(|(index, tasks)| Step {
        id: dice.id(),
        name: format!("Step {}", index + 1),
        tasks: tasks.to_vec(),
        on_exception: None,
    });
    let steps = steps.collect();
    let (id, time, zone) = (dice.id(), dice.time_of_day(), dice.pick(&ZONES));
    Plan {
        id,
        name: format!("Plan {number}"),
        workspace,
        steps,
        triggers: vec![Trigger::daily("2024-01-01", &time, zone)],
        paused: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_sound_world() {
        let world = World::generate(7, 400);
        assert_eq!(world, World::generate(7, 400));
        assert_ne!(world, World::generate(8, 400));
        world.check().unwrap();
        assert_eq!((world.tasks.len(), world.plans.len()), (400, 20));
        assert!(world.tasks.iter().any(|task| task.paused.is_some()));
        assert!(world.plans.iter().any(|plan| plan.steps.len() > 1));
        let json = serde_json::to_string(&world).unwrap();
        assert_eq!(World::from_json(&json).unwrap(), world, "a world survives its file");
    }

    #[test]
    fn a_big_world_stays_within_the_limits_of_a_tenant() {
        let world = World::generate(1, 30_000);
        world.check().unwrap();
        let tasks = world.tasks.iter().map(|task| task.triggers.len()).sum::<usize>();
        assert!((3_500..5_000).contains(&tasks), "{tasks}");
    }

    #[test]
    fn small_worlds_are_possible() {
        for tasks in [0, 1, 19, 20] {
            World::generate(3, tasks).check().unwrap();
        }
    }
}
