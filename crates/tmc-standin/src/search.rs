//! The search for planned runs.

use std::sync::Arc;
use std::time::Instant;

use crate::events::{Event, Question};
use crate::tenant::{LiveExecutable, Tenant};
use crate::world::{Permission, User};

impl Tenant {
    /// The planned runs that answer the question, by date.
    pub(crate) fn search(&mut self, user: &User, question: Question) -> Arc<Vec<Event>> {
        if let Some(events) = self.events.get(&question) {
            return events;
        }
        self.settle(Some(Instant::now()));
        let mut events = Vec::new();
        for (executable, index) in self.executables.iter().zip(0..) {
            if !self.concerns(user, &question, executable) {
                continue;
            }
            for (trigger, number) in executable.triggers.iter().zip(0..) {
                let dates = trigger.between(question.from, question.to);
                let new = dates
                    .into_iter()
                    .filter(|date| !question.hide_paused || !executable.pause.suppresses(*date));
                events.extend(new.map(|date| Event { date, executable: index, trigger: number }));
            }
        }
        events.sort_unstable();
        let events = Arc::new(events);
        // Which runs are hidden can change at any moment.
        if !question.hide_paused {
            self.events.put(question, &events);
        }
        events
    }

    fn concerns(&self, user: &User, question: &Question, executable: &LiveExecutable) -> bool {
        let workspace = &self.workspace_of(executable).id;
        let task = executable.task();
        let tagged = |tag| task.is_some_and(|task| task.tags.contains(tag));
        let runs_on = |kind| task.is_some_and(|task| task.runtime.kind == kind);
        let engine_is = |id: &String| task.is_some_and(|task| task.runtime.id.as_ref() == Some(id));
        executable.exists
            && self.environment_of(executable) == question.environment
            && self.may(user, Permission::View, executable)
            && (question.workspaces.is_empty() || question.workspaces.contains(workspace))
            && (question.tags.is_empty() || question.tags.iter().any(tagged))
            && question.runtime.is_none_or(runs_on)
            && question.engine.as_ref().is_none_or(engine_is)
    }
}
