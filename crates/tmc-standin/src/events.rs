//! The planned runs of a span, computed once for all pages of a search.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::clock::Time;
use crate::tenant::{Executable, Tenant};
use crate::world::{Permission, RuntimeKind, User};

/// One planned run: which executable, which of its triggers, when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Event {
    pub(crate) date: Time,
    pub(crate) executable: u32,
    pub(crate) trigger: u16,
}

/// What a search is about; pages of one search have the same question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) user: String,
    pub(crate) environment: String,
    pub(crate) from: Time,
    /// Exclusive.
    pub(crate) to: Time,
    pub(crate) workspaces: Vec<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) runtime: Option<RuntimeKind>,
    pub(crate) engine: Option<String>,
    pub(crate) hide_paused: bool,
}

/// The answers to the last few questions.
#[derive(Debug, Default)]
pub(crate) struct EventCache {
    answers: VecDeque<(Question, Arc<Vec<Event>>)>,
}

/// Enough for the environments of a tenant that are searched side by side.
const REMEMBERED: usize = 16;

impl EventCache {
    pub(crate) fn clear(&mut self) {
        self.answers.clear();
    }

    fn get(&self, question: &Question) -> Option<Arc<Vec<Event>>> {
        let (_, events) = self.answers.iter().find(|(known, _)| known == question)?;
        Some(Arc::clone(events))
    }

    fn put(&mut self, question: Question, events: &Arc<Vec<Event>>) {
        self.answers.truncate(REMEMBERED - 1);
        self.answers.push_front((question, Arc::clone(events)));
    }
}

impl Tenant {
    /// The planned runs that answer the question, by date.
    pub(crate) fn search(&mut self, user: &User, question: Question) -> Arc<Vec<Event>> {
        if let Some(events) = self.events.get(&question) {
            return events;
        }
        self.settle();
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

    fn concerns(&self, user: &User, question: &Question, executable: &Executable) -> bool {
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
