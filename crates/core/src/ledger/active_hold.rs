//! One active hold, and the phase that it is in. Pure.

use std::sync::Arc;
use std::time::Duration;

use super::entry::{Finding, Settled};
use super::given_up::GivenUp;
use super::tenant_facts::TenantFacts;
use crate::change::{ChangeAnswer, PauseState, Target};
use crate::hold::{Hold, HoldWindow};
use crate::run::Labels;
use crate::time::UtcTime;

/// The phase of an active hold. [`LedgerState::apply`](super::LedgerState::apply)
/// has the table of the transitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// A pause was requested. It is not known whether the request was sent, nor
    /// whether the API paused the target.
    Pausing {
        /// Set once somebody found that the outcome of the request is not known.
        /// From then on the time is known at which nobody sent the request any
        /// more: [`LastRequest::asked`].
        doubt: Option<Doubt>,
    },
    /// The API accepted the pause. Nobody has seen the pause yet.
    Accepted {
        /// Whether a look soon after the answer showed that the target is not
        /// paused. Nobody had the time to resume it, so the pause was lost.
        seen_absent: bool,
    },
    /// We paused the target, and the API showed our pause.
    Held {
        /// Our pause, as the API showed it.
        seen: Option<Box<PauseState>>,
    },
    /// A resume was requested. It is not known whether the request was sent or
    /// took effect, or the API accepted it and did not show it yet.
    Resuming {
        /// Our pause, as the API showed it before the request.
        seen: Option<Box<PauseState>>,
    },
}

/// The state of a pause whose outcome is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The pause that the API showed then. Nothing proved whose pause it was.
    pub shown: Option<Box<PauseState>>,
}

/// The last request for an active hold: to pause its target, or to resume it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastRequest {
    /// When the request was written to the ledger; or, if that is later, when it
    /// was last known that the request may be under way. UTC.
    pub asked: UtcTime,
    /// The answer of the API, where it is known.
    pub answer: Option<ChangeAnswer>,
    /// The phase before the request; `None` for the first request.
    before: Option<PhaseBefore>,
}

/// The phase that a hold returns to if its last request was not made. A doubt is
/// not kept: a new request begins without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PhaseBefore {
    Pausing,
    Accepted { seen_absent: bool },
    Held,
    Resuming,
}

/// A task or plan that we paused, or may have paused, and did not give back yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveHold {
    /// ID of the hold, which its mark carries.
    pub id: Arc<str>,
    /// The task or plan.
    pub target: Target,
    /// The names of the task or plan.
    pub labels: Arc<Labels>,
    /// The windows of the hold, and the runs that it suppresses.
    pub hold: Hold,
    /// When the first pause was requested, UTC.
    pub since: UtcTime,
    /// The phase that the hold is in.
    pub phase: Phase,
    /// The last request to the API.
    pub request: LastRequest,
    /// The context that was sent last, until its pause is seen as ours.
    pub context: Option<Arc<str>>,
    /// When the API showed that the target is not paused, before the first
    /// request to pause it and before the last one, by the API's own clock;
    /// where that is known.
    pub looked: Option<(UtcTime, UtcTime)>,
    /// Since when the API does not find the target, neither by its ID nor in a
    /// list.
    pub missing: Option<UtcTime>,
    /// Whether to start the task once after it is resumed.
    pub catch_up: bool,
    /// The windows that a command gave back. They need not be among those of
    /// `hold` any more. In a box: few holds have some.
    pub released: Option<Box<GivenUp>>,
}

impl ActiveHold {
    /// A hold whose first pause is requested at that time.
    pub(super) fn new(
        id: &str,
        target: &Target,
        labels: &Arc<Labels>,
        hold: Hold,
        at: UtcTime,
    ) -> Self {
        Self {
            id: id.into(),
            target: target.clone(),
            labels: Arc::clone(labels),
            hold,
            since: at,
            phase: Phase::Pausing { doubt: None },
            request: LastRequest { asked: at, answer: None, before: None },
            context: None,
            looked: None,
            missing: None,
            catch_up: false,
            released: None,
        }
    }

    /// Our pause, as the API showed it; `None` where the API has not shown it
    /// since the last request to pause.
    #[must_use]
    pub fn seen(&self) -> Option<&PauseState> {
        match &self.phase {
            Phase::Held { seen } | Phase::Resuming { seen } => seen.as_deref(),
            Phase::Pausing { .. } | Phase::Accepted { .. } => None,
        }
    }

    /// Whether nothing is to be found out about the hold: it is paused by us.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self.phase, Phase::Held { .. })
    }

    /// The time by which the hold is past its end; `None` if it is not.
    #[must_use]
    pub fn overdue_by(&self, now: UtcTime) -> Option<Duration> {
        self.hold.end().filter(|end| *end <= now).map(|end| now.since(end))
    }

    /// The pause that the API showed when the outcome of our request was not
    /// known. Nothing proves whose pause it was.
    #[must_use]
    pub fn shown_in_doubt(&self) -> Option<&PauseState> {
        match &self.phase {
            Phase::Pausing { doubt: Some(doubt) } => doubt.shown.as_deref(),
            _ => None,
        }
    }

    /// Whether an earlier request for the same hold may have been sent: then
    /// "nothing changed" is no proof that somebody else was faster.
    #[must_use]
    pub fn is_asked_again(&self) -> bool {
        self.request.before.is_some()
    }

    /// Whether a command gave that window back, also as it was before it was
    /// moved.
    #[must_use]
    pub fn is_released(&self, window: &HoldWindow) -> bool {
        self.released.as_ref().is_some_and(|released| released.has(window))
    }

    /// Whether a command gave all windows of that hold back.
    #[must_use]
    pub fn is_all_released(&self, hold: &Hold) -> bool {
        hold.windows().iter().all(|window| self.is_released(window))
    }

    /// Adds to `facts` the facts that a finding about this hold shows. The hold
    /// itself stays as it is.
    pub fn teach(&self, facts: &mut TenantFacts, finding: &Finding) {
        facts.add(&self.shown_facts(finding));
    }

    /// The facts about the tenant that a finding about this hold shows.
    pub(super) fn shown_facts(&self, finding: &Finding) -> TenantFacts {
        let is_pausing = matches!(self.phase, Phase::Pausing { .. } | Phase::Accepted { .. });
        // Of several requests it is not known which one this was.
        let only = self.looked.filter(|(first, last)| first == last);
        TenantFacts::of(finding, is_pausing, only.map(|(looked, _)| looked))
    }

    /// Requests the pause once more, after a look that showed at `looked` that the target is
    /// not paused. The details of the pause before are dropped, since the next pause will
    /// have details of its own.
    pub(super) fn request_pause(
        &mut self,
        at: UtcTime,
        looked: Option<UtcTime>,
        context: Option<Arc<str>>,
    ) {
        self.request = LastRequest::after(&self.phase, at);
        self.phase = Phase::Pausing { doubt: None };
        self.context = context;
        self.looked = self.looked.zip(looked).map(|((first, _), last)| (first, last));
    }

    /// Requests the resume, after which the task is started once if `catch_up` is set.
    pub(super) fn request_resume(&mut self, at: UtcTime, catch_up: bool) {
        self.request = LastRequest::after(&self.phase, at);
        self.phase = Phase::Resuming { seen: self.phase.take_seen() };
        self.catch_up = catch_up;
    }

    /// Takes a finding in, and says whether the hold is still active.
    pub(super) fn settle(&mut self, finding: Finding, at: UtcTime) -> bool {
        let Finding { result, answer, seen } = finding;
        self.request.answer = answer.or(self.request.answer);
        match result {
            Settled::Paused => {
                self.context = None;
                self.phase = Phase::Held { seen: seen.map(Box::new) };
            }
            Settled::Accepted => {
                self.request.asked = at;
                if let Phase::Pausing { .. } = self.phase {
                    let seen_absent = seen.is_some_and(|state| !state.paused);
                    self.phase = Phase::Accepted { seen_absent };
                }
            }
            Settled::Unknown => {
                self.request.asked = at;
                if let Phase::Pausing { doubt } = &mut self.phase {
                    let shown = seen.filter(|state| state.paused).map(Box::new);
                    *doubt = Some(Doubt { shown });
                }
            }
            Settled::Withdrawn => {
                let Some(before) = self.request.before else { return false };
                self.phase = before.phase(self.phase.take_seen());
            }
            Settled::Foreign
            | Settled::Resumed
            | Settled::Overridden
            | Settled::Never
            | Settled::Gone => return false,
        }
        true
    }
}

impl LastRequest {
    /// A request that is made in that phase of an active hold.
    fn after(phase: &Phase, at: UtcTime) -> Self {
        let before = match phase {
            Phase::Pausing { .. } => PhaseBefore::Pausing,
            Phase::Accepted { seen_absent } => PhaseBefore::Accepted { seen_absent: *seen_absent },
            Phase::Held { .. } => PhaseBefore::Held,
            Phase::Resuming { .. } => PhaseBefore::Resuming,
        };
        Self { asked: at, answer: None, before: Some(before) }
    }
}

impl Phase {
    /// Takes the details of our pause out, where there are any.
    fn take_seen(&mut self) -> Option<Box<PauseState>> {
        match self {
            Self::Held { seen } | Self::Resuming { seen } => seen.take(),
            Self::Pausing { .. } | Self::Accepted { .. } => None,
        }
    }
}

impl PhaseBefore {
    /// The phase, with what is still known of our pause.
    fn phase(self, seen: Option<Box<PauseState>>) -> Phase {
        match self {
            Self::Pausing => Phase::Pausing { doubt: None },
            Self::Accepted { seen_absent } => Phase::Accepted { seen_absent },
            Self::Held => Phase::Held { seen },
            Self::Resuming => Phase::Resuming { seen },
        }
    }
}
