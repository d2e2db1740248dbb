//! The tenant while it lives: the world, what was done to it, and its clock.

use std::collections::HashMap;
use std::time::Instant;

use crate::accounts::Accounts;
use crate::clock::{Clock, Time};
use crate::events::EventCache;
use crate::execution::{Known, RequestedStart};
use crate::kind::Kind;
use crate::limits::Limit;
use crate::options::Options;
use crate::pause::Pausable;
use crate::schedule::{Schedule, Trigger};
use crate::world::{
    self, EnvironmentSpec, Permission, Plan, RecordedExecution, Step, Task, User, UserKind,
    WorkspaceSpec, World,
};

/// Everything that requests and actions read and change.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) clock: Clock,
    pub(crate) options: Options,
    pub(crate) environments: Vec<EnvironmentSpec>,
    pub(crate) workspaces: Vec<WorkspaceSpec>,
    pub(crate) accounts: Accounts,
    /// Tasks first, then plans, each in the order of the world.
    pub(crate) executables: Vec<LiveExecutable>,
    index: HashMap<String, usize>,
    pub(crate) events: EventCache,
    pub(crate) known: Vec<Known>,
    pub(crate) started: Vec<RequestedStart>,
    pub(crate) recorded: Vec<RecordedExecution>,
    pub(crate) orchestration_limit: Limit,
    pub(crate) processing_limit: Limit,
}

/// A task or plan.
#[derive(Debug)]
pub(crate) struct LiveExecutable {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Index of its workspace.
    pub(crate) workspace: usize,
    pub(crate) detail: Detail,
    pub(crate) triggers: Vec<LiveTrigger>,
    pub(crate) pause: Pausable,
    pub(crate) exists: bool,
}

/// The parts that tasks and plans do not share.
#[derive(Debug)]
pub(crate) enum Detail {
    Task(Box<Task>),
    Plan(Vec<Step>),
}

/// A trigger with the time during which it was in force.
#[derive(Debug)]
pub(crate) struct LiveTrigger {
    pub(crate) trigger: Trigger,
    pub(crate) schedule: Schedule,
    pub(crate) since: Option<Time>,
    pub(crate) until: Option<Time>,
}

impl LiveTrigger {
    /// Its instants in `[from, to)`, as far as it was in force.
    pub(crate) fn between(&self, from: Time, to: Time) -> Vec<Time> {
        let from = self.since.map_or(from, |since| since.max(from));
        let to = self.until.map_or(to, |until| until.min(to));
        self.schedule.between(from, to)
    }
}

impl LiveExecutable {
    pub(crate) fn kind(&self) -> Kind {
        match self.detail {
            Detail::Task(_) => Kind::Task,
            Detail::Plan(_) => Kind::Plan,
        }
    }

    pub(crate) fn task(&self) -> Option<&Task> {
        match &self.detail {
            Detail::Task(task) => Some(task),
            Detail::Plan(_) => None,
        }
    }

    /// The steps of a plan. A task has none.
    pub(crate) fn steps(&self) -> &[Step] {
        match &self.detail {
            Detail::Task(_) => &[],
            Detail::Plan(steps) => steps,
        }
    }

    /// The triggers that are in force now.
    pub(crate) fn current_triggers(&self) -> impl Iterator<Item = &LiveTrigger> {
        self.triggers.iter().filter(|trigger| trigger.until.is_none())
    }
}

impl Tenant {
    pub(crate) fn new(world: World) -> anyhow::Result<Self> {
        world.check()?;
        let clock = match (world.clock, world.frozen) {
            (Some(time), true) => Clock::Frozen(time),
            (Some(time), false) => Clock::running_from(time),
            (None, true) => Clock::Frozen(Clock::real().now()),
            (None, false) => Clock::real(),
        };
        let workspaces: HashMap<_, _> = world
            .workspaces
            .iter()
            .enumerate()
            .map(|(index, workspace)| (workspace.id.clone(), index))
            .collect();
        let mut executables = Vec::with_capacity(world.tasks.len() + world.plans.len());
        for mut task in world.tasks {
            executables.push(LiveExecutable {
                id: task.id.clone(),
                name: task.name.clone(),
                workspace: workspaces[&task.workspace],
                triggers: live(std::mem::take(&mut task.triggers), None)?,
                pause: Pausable::new(task.paused.take()),
                detail: Detail::Task(Box::new(task)),
                exists: true,
            });
        }
        for Plan { id, name, workspace, steps, triggers, paused } in world.plans {
            executables.push(LiveExecutable {
                id,
                name,
                workspace: workspaces[&workspace],
                triggers: live(triggers, None)?,
                pause: Pausable::new(paused),
                detail: Detail::Plan(steps),
                exists: true,
            });
        }
        let index =
            executables.iter().enumerate().map(|(index, item)| (item.id.clone(), index)).collect();
        Ok(Self {
            clock,
            options: world.options,
            environments: world.environments,
            workspaces: world.workspaces,
            accounts: Accounts::new(world.users, world.tokens, world.service_accounts),
            executables,
            index,
            events: EventCache::default(),
            known: Vec::new(),
            started: Vec::new(),
            recorded: world.executions,
            orchestration_limit: Limit::default(),
            processing_limit: Limit::default(),
        })
    }

    pub(crate) fn now(&self) -> Time {
        self.clock.now()
    }

    /// The index of a task or plan, also of a deleted one.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        self.index.get(id).copied()
    }

    pub(crate) fn environment(&self, id: &str) -> Option<&EnvironmentSpec> {
        self.environments.iter().find(|environment| environment.id == id)
    }

    pub(crate) fn workspace_of(&self, executable: &LiveExecutable) -> &WorkspaceSpec {
        &self.workspaces[executable.workspace]
    }

    pub(crate) fn environment_of(&self, executable: &LiveExecutable) -> &str {
        &self.workspace_of(executable).environment
    }

    /// Whether the user may do that with the task or plan.
    pub(crate) fn may(&self, user: &User, wanted: Permission, executable: &LiveExecutable) -> bool {
        user.may(wanted, &self.workspace_of(executable).id)
    }

    pub(crate) fn delete(&mut self, index: usize) {
        self.executables[index].exists = false;
        self.events.clear();
        self.known.clear();
    }

    /// Lets the pauses arrive whose time has come until then, or else all that are on their
    /// way.
    pub(crate) fn settle(&mut self, until: Option<Instant>) {
        for executable in &mut self.executables {
            if executable.pause.settle(until) {
                // It suppresses runs that were thought to take place.
                self.known.clear();
            }
        }
    }

    /// Replaces the triggers from now on; the past stays as it was.
    pub(crate) fn set_triggers(
        &mut self,
        index: usize,
        triggers: Vec<Trigger>,
    ) -> anyhow::Result<()> {
        let now = self.now();
        let new = live(triggers, Some(now))?;
        let executable = &mut self.executables[index];
        for old in &mut executable.triggers {
            old.until.get_or_insert(now);
        }
        executable.triggers.extend(new);
        self.events.clear();
        self.known.clear();
        Ok(())
    }

    /// Pauses or resumes for somebody, now, and says whether that changes anything.
    pub(crate) fn set_pause(
        &mut self,
        index: usize,
        pause: bool,
        who: (&str, UserKind),
        context: Option<String>,
    ) -> bool {
        let (now, at) = (self.now(), Instant::now());
        self.known.clear();
        let state = &mut self.executables[index].pause;
        if pause {
            let (user, user_type) = (who.0.to_owned(), who.1);
            let details = world::PauseDetails { context, user, user_type, date: now };
            state.pause(details, &self.options, at)
        } else {
            state.resume(now, &self.options, at)
        }
    }
}

fn live(triggers: Vec<Trigger>, since: Option<Time>) -> anyhow::Result<Vec<LiveTrigger>> {
    let schedules = world::compile(&triggers)?;
    let pairs = triggers.into_iter().zip(schedules);
    Ok(pairs
        .map(|(trigger, schedule)| LiveTrigger { trigger, schedule, since, until: None })
        .collect())
}
