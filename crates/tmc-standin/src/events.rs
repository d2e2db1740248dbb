//! The planned runs of a span, computed once for all pages of a search.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::clock::Time;
use crate::world::RuntimeKind;

/// One planned run: which executable, which of its triggers, when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Event {
    pub(crate) date: Time,
    pub(crate) executable: u32,
    pub(crate) trigger: u16,
}

/// The subject of a search; pages of one search have the same question.
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

    pub(crate) fn get(&self, question: &Question) -> Option<Arc<Vec<Event>>> {
        let (_, events) = self.answers.iter().find(|(known, _)| known == question)?;
        Some(Arc::clone(events))
    }

    pub(crate) fn put(&mut self, question: Question, events: &Arc<Vec<Event>>) {
        self.answers.truncate(REMEMBERED - 1);
        self.answers.push_front((question, Arc::clone(events)));
    }
}
