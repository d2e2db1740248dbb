//! The API and the settings of one apply.

use std::time::Duration;

use maintenance_core::cli::Messages;
use maintenance_core::client::{Client, Concurrency};
use maintenance_core::clock;
use maintenance_core::time::UtcTime;

use crate::args::groups::CatchUp;
use crate::deadline::Deadline;
use crate::output::Display;
use crate::reason::Reason;
use crate::session::Session;
use crate::signals::Stop;
use crate::timing::MAX_EARLY_PASS;
use crate::types::Policy;

/// The number of tasks and plans that are looked at before the first of them is
/// paused, and of intents that share one sync.
pub(super) const BATCH: usize = 256;

/// The API, and the settings by which changes are made.
pub(crate) struct Context<'a, T> {
    pub(crate) api: &'a T,
    pub(crate) stop: &'a Stop,
    pub(crate) display: &'a Display,
    pub(crate) messages: &'a Messages,
    pub(crate) policy: Policy,
    /// The time that a change may take to show.
    pub(crate) verify_timeout: Duration,
    /// When the rest is left to a later pass.
    pub(crate) deadline: Deadline,
    /// The edge that the pass is made for, if it began before: nothing is sent earlier.
    pub(crate) not_before: Option<UtcTime>,
    pub(crate) concurrency: Concurrency,
    pub(crate) reason: &'a Reason,
    /// Whether a task that missed a run is started once after its resume.
    pub(crate) catch_up: bool,
    /// Whether this call repeats a look that timed out.
    pub(crate) tries_again: bool,
    /// Whether this call gives back the holds that end during the call.
    pub(crate) gives_back: bool,
    pub(crate) clock: fn() -> UtcTime,
}

impl<'a> Context<'a, Client> {
    /// The context of a session.
    pub(crate) fn new(session: &'a Session<'_>, deadline: Deadline) -> Self {
        let settings = session.settings;
        Self {
            api: &session.client,
            stop: &session.stop,
            display: &session.display,
            messages: session.messages,
            policy: settings.policy(),
            verify_timeout: settings.change.verify_timeout,
            deadline,
            not_before: None,
            concurrency: settings.connection.concurrency(),
            reason: &settings.pausing.reason,
            catch_up: settings.giving_back.catch_up == CatchUp::Once,
            tries_again: settings.job.is_wait(),
            gives_back: settings.job.gives_back(),
            clock: clock::now,
        }
    }
}

impl<T> Context<'_, T> {
    /// The time by which this pass decides: the present, or the edge that it is made for.
    pub(super) fn now(&self) -> UtcTime {
        let now = (self.clock)();
        self.not_before.map_or(now, |edge| edge.max(now))
    }

    /// Waits until changes may be sent, or until a signal comes.
    pub(super) async fn wait_for_edge(&self) {
        let Some(edge) = self.not_before else { return };
        // A timer may be a moment early by the wall clock. A clock that was set back
        // meanwhile is not waited for: the changes are withdrawn.
        for _ in 0..3 {
            let left = edge.since((self.clock)());
            if left.is_zero() || self.stop.is_asked() {
                return;
            }
            self.stop.sleep(left.min(MAX_EARLY_PASS)).await;
        }
    }

    /// Whether changes may not be sent yet.
    pub(super) fn is_early(&self) -> bool {
        self.not_before.is_some_and(|edge| (self.clock)() < edge)
    }
}
