//! The executions so far: worked out from the schedules and the clock, never stored.
//!
//! A planned run whose time has come was started, unless a pause held at that
//! moment: then it was rejected. A plan starts its tasks step by step. Beside
//! these there are the starts on request and those that the world file records.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use crate::clock::Time;
use crate::execution::{ExecutionOutcome, ExecutionRecord, Known, RequestedStart};
use crate::kind::Kind;
use crate::random::{hash, mix};
use crate::tenant::{LiveExecutable, Tenant};
use crate::world::{ExecutionKind, Step, UserKind};

/// The time ahead of the clock for which executions are computed, in milliseconds.
const AHEAD: i64 = 10 * 60_000;

/// No list asks for what began earlier than so many days ago.
const OLDEST: i64 = 61 * 86_400_000;

impl ExecutionRecord {
    pub(crate) fn id(&self) -> String {
        id_of(self.key)
    }

    /// The time of the execution: from its trigger, or its recorded start, to its end.
    pub(crate) fn span(&self, tenant: &Tenant) -> (Time, Time) {
        match self.outcome {
            ExecutionOutcome::Run { finish, .. } => (self.trigger, finish),
            ExecutionOutcome::Suppressed => (self.trigger, self.trigger),
            ExecutionOutcome::Recorded(index) => {
                let recorded = &tenant.recorded[index];
                let start = recorded.start.unwrap_or(recorded.trigger);
                (start, recorded.finish.unwrap_or_else(|| tenant.now().max(start)))
            }
        }
    }

    /// Its status at this moment, in the API's words.
    pub(crate) fn status<'a>(&self, tenant: &'a Tenant) -> &'a str {
        let now = tenant.now();
        let kind = tenant.executables[self.executable].kind();
        match (self.outcome, kind) {
            (ExecutionOutcome::Recorded(index), _) => &tenant.recorded[index].status,
            (ExecutionOutcome::Suppressed, Kind::Task) => "execution_rejected",
            (ExecutionOutcome::Suppressed, Kind::Plan) => "execution_misfired",
            (ExecutionOutcome::Run { start, .. }, Kind::Task) if now < start => "dispatching",
            (ExecutionOutcome::Run { finish, .. }, _) if now < finish => "executing",
            (ExecutionOutcome::Run { success: true, .. }, _) => "execution_successful",
            (ExecutionOutcome::Run { success: false, .. }, _) => "execution_failed",
        }
    }

    /// The start on request that it came from.
    pub(crate) fn started_by<'a>(&self, tenant: &'a Tenant) -> Option<&'a RequestedStart> {
        tenant.started.iter().find(|started| started.key == self.key)
    }
}

fn id_of(key: u64) -> String {
    format!("{key:016x}{:08x}", mix(key, 0) >> 32)
}

impl LiveExecutable {
    /// The outcome of a run that is triggered at that time.
    fn outcome(&self, trigger: Time) -> ExecutionOutcome {
        if self.pause.suppresses(trigger) {
            return ExecutionOutcome::Suppressed;
        }
        let task = self.task();
        let millis = |seconds: u32| i64::from(seconds) * 1_000;
        let spread = task.map_or(0, |task| millis(task.duration_spread_seconds));
        let share = mix(hash(&self.id), trigger.millis().cast_unsigned()) % 1_000;
        let extra = spread * i64::try_from(share).unwrap_or(0) / 1_000;
        let start = trigger.plus(task.map_or(0, |task| millis(task.start_delay_seconds)));
        let finish = start.plus(task.map_or(0, |task| millis(task.duration_seconds)) + extra);
        ExecutionOutcome::Run { start, finish, success: true }
    }
}

impl Tenant {
    /// The executions of tasks or plans, the newest first; also some that are
    /// yet to be triggered.
    pub(crate) fn executions(&mut self, kind: Kind) -> Arc<Vec<ExecutionRecord>> {
        self.settle(Some(Instant::now()));
        let now = self.now();
        let from = now.plus(-OLDEST);
        self.known.retain(|known| known.from <= from && now < known.until);
        let found = self.known.iter().find(|known| known.kind == kind);
        if let Some(known) = found {
            return Arc::clone(&known.list);
        }
        let (from, until) = (from.plus(-AHEAD), now.plus(AHEAD));
        let list = Arc::new(self.compute(kind, from, until));
        self.known.push(Known { kind, from, until, list: Arc::clone(&list) });
        list
    }

    /// The status of the last run of each plan that took place.
    pub(crate) fn plan_statuses(&mut self) -> HashMap<usize, String> {
        let executions = self.executions(Kind::Plan);
        let now = self.now();
        let mut statuses = HashMap::new();
        let past = executions.iter().filter(|execution| execution.trigger <= now);
        for execution in past.filter(|execution| execution.outcome != ExecutionOutcome::Suppressed)
        {
            let status = || execution.status(self).to_owned();
            statuses.entry(execution.executable).or_insert_with(status);
        }
        statuses
    }

    fn compute(&self, kind: Kind, from: Time, until: Time) -> Vec<ExecutionRecord> {
        let mut list = Vec::new();
        for (index, executable) in self.executables.iter().enumerate() {
            let own_kind = executable.kind();
            if (own_kind, kind) == (Kind::Task, Kind::Plan) {
                continue;
            }
            for (trigger, started_as, key) in self.triggered(index, from, until) {
                let (outcome, children) = match own_kind {
                    Kind::Task => (executable.outcome(trigger), Vec::new()),
                    Kind::Plan => self.plan_outcome(index, trigger, key),
                };
                if own_kind == kind {
                    list.push(ExecutionRecord {
                        executable: index,
                        plan: None,
                        kind: started_as,
                        trigger,
                        outcome,
                        key,
                    });
                } else {
                    list.extend(children);
                }
            }
        }
        let recorded = self.recorded.iter().enumerate().filter_map(|(number, recorded)| {
            let executable = self.find(&recorded.executable)?;
            (self.executables[executable].kind() == kind).then_some(ExecutionRecord {
                executable,
                plan: None,
                kind: recorded.kind,
                trigger: recorded.trigger,
                outcome: ExecutionOutcome::Recorded(number),
                key: hash(&recorded.id),
            })
        });
        list.extend(recorded);
        list.sort_by_key(|execution| (std::cmp::Reverse(execution.trigger), execution.key));
        list
    }

    /// When, by what and with which key a task or plan was triggered.
    fn triggered(&self, index: usize, from: Time, until: Time) -> Vec<(Time, ExecutionKind, u64)> {
        let executable = &self.executables[index];
        let base = hash(&executable.id);
        let mut all = Vec::new();
        for (number, trigger) in (1_u64..).zip(&executable.triggers) {
            let key = |time: Time| mix(base ^ number, time.millis().cast_unsigned());
            let dates = trigger.between(from, until).into_iter();
            all.extend(dates.map(|date| (date, ExecutionKind::Scheduled, key(date))));
        }
        let started = self.started.iter().filter(|started| started.executable == index);
        all.extend(started.map(|started| (started.at, started.kind, started.key)));
        all
    }

    /// The outcome of a plan that is triggered then, and the executions of its tasks.
    fn plan_outcome(
        &self,
        index: usize,
        trigger: Time,
        key: u64,
    ) -> (ExecutionOutcome, Vec<ExecutionRecord>) {
        let plan = &self.executables[index];
        if plan.pause.suppresses(trigger) {
            return (ExecutionOutcome::Suppressed, Vec::new());
        }
        let mut children = Vec::new();
        let (mut at, mut success) = (trigger, true);
        let mut steps = plan.steps().iter();
        let mut next = steps.next();
        while let Some(step) = next {
            let (end, well) = self.step_outcome(index, step, at, key, &mut children);
            at = end;
            success &= well;
            next = if well && success { steps.next() } else { step.on_exception.as_deref() };
        }
        (ExecutionOutcome::Run { start: trigger, finish: at, success }, children)
    }

    /// When a step that begins at `at` ends, and whether all of it ran.
    fn step_outcome(
        &self,
        plan: usize,
        step: &Step,
        at: Time,
        key: u64,
        children: &mut Vec<ExecutionRecord>,
    ) -> (Time, bool) {
        let (mut end, mut well) = (at, true);
        for executable in step.tasks.iter().filter_map(|id| self.find(id)) {
            let task = &self.executables[executable];
            let outcome = task.outcome(at);
            match outcome {
                ExecutionOutcome::Run { finish, .. } => end = end.max(finish),
                _ => well = false,
            }
            let key = mix(key ^ hash(&task.id), hash(&step.id));
            let (kind, plan) = (ExecutionKind::Plan, Some(plan));
            children.push(ExecutionRecord { executable, plan, kind, trigger: at, outcome, key });
        }
        (end, well)
    }

    /// Starts a task or plan now and returns the id of the execution. While it
    /// is paused, the start is suppressed and recorded so.
    pub(crate) fn start(
        &mut self,
        executable: usize,
        kind: ExecutionKind,
        (user, user_type): (&str, UserKind),
    ) -> String {
        let number = u64::try_from(self.started.len()).unwrap_or(u64::MAX);
        let key = mix(hash(&self.executables[executable].id) ^ hash("started"), number);
        let at = self.now();
        let user = user.to_owned();
        self.started.push(RequestedStart { executable, at, kind, key, user, user_type });
        self.known.clear();
        id_of(key)
    }
}
