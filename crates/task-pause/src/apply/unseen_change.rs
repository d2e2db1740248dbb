//! A change that does not show: decides whether the change was lost.

use std::time::Duration;

use maintenance_core::change::PauseState;
use tokio::time::Instant;

use crate::timing::MIN_HUMAN_REACTION;

/// The state that answered looks showed instead of a change.
#[derive(Debug)]
pub(super) struct UnseenChange {
    state: PauseState,
    first: Instant,
    last: Instant,
    /// The longest time between two of the looks.
    gap: Duration,
}

impl UnseenChange {
    /// The first look was answered now.
    pub(super) fn new(state: PauseState) -> Self {
        let now = Instant::now();
        Self { state, first: now, last: now, gap: Duration::ZERO }
    }

    /// One more look was answered now.
    pub(super) fn again(self, state: PauseState) -> Self {
        let now = Instant::now();
        Self { state, last: now, gap: self.gap.max(now - self.last), ..self }
    }

    /// The state that showed last.
    pub(super) fn into_state(self) -> PauseState {
        self.state
    }

    /// Whether looks covered `length` from `from` on, without a gap in which somebody
    /// could have ended the pause.
    pub(super) fn is_watched(&self, from: Instant, length: Duration) -> bool {
        self.first.duration_since(from) < MIN_HUMAN_REACTION
            && self.gap < MIN_HUMAN_REACTION
            && self.last >= from + length
    }
}
