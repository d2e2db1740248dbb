//! One permitted change: sent, then read back until it shows.

use std::time::Duration;

use maintenance_core::change::{Answer, PauseState, Permit, Target};
use maintenance_core::client::{ClientError, Made, SendError, Sent};
use maintenance_core::hold::Marker;
use maintenance_core::ledger::Settled;
use maintenance_core::receipt::Action;

use crate::api::Api;
use crate::signals::Stop;

/// How long to wait between the first two looks; each wait is twice the last.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The longest wait between two looks.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// How changes are verified.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// Read back at all.
    pub(crate) verify: bool,
    /// How long a change may take to show.
    pub(crate) patience: Duration,
}

/// What came of one change.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// What the ledger is to record; `None` leaves the intent open.
    pub(crate) result: Option<Settled>,
    pub(crate) answer: Option<Answer>,
    pub(crate) seen: Option<PauseState>,
    pub(crate) action: Action,
    pub(crate) why: Option<&'static str>,
    pub(crate) error: Option<ClientError>,
}

impl Outcome {
    /// The change was not sent.
    pub(crate) fn withdrawn() -> Self {
        Self {
            result: Some(Settled::Withdrawn),
            why: Some("not sent: the work was cut short before"),
            ..Self::of(None, Action::Failed)
        }
    }

    /// Whether every other request would fail just so.
    pub(crate) fn is_systematic(&self) -> bool {
        self.error.as_ref().is_some_and(is_systematic)
    }

    fn of(result: Option<Settled>, action: Action) -> Self {
        Self { result, answer: None, seen: None, action, why: None, error: None }
    }

    fn because(mut self, why: &'static str) -> Self {
        self.why = Some(why);
        self
    }

    fn seen(mut self, seen: Option<PauseState>) -> Self {
        self.seen = seen;
        self
    }
}

/// Whether an error says more about the connection than about the request.
pub(crate) fn is_systematic(error: &ClientError) -> bool {
    match error {
        ClientError::Status { status, .. } => matches!(status, 401 | 407 | 429 | 502..=504),
        ClientError::NoAnswer { .. }
        | ClientError::Redirect { .. }
        | ClientError::Deadline { .. }
        | ClientError::Setup(_) => true,
        ClientError::Unreadable { .. } | ClientError::Incomplete { .. } => false,
    }
}

/// Sends the change and finds out what became of it.
pub(crate) async fn apply(
    api: &impl Api,
    permit: &Permit,
    hold: &str,
    settings: Settings,
    stop: &Stop,
) -> Outcome {
    let change = permit.change();
    let target = &change.target;
    let (answer, retried) = match api.send(permit).await {
        Ok(Sent { answer, retried }) => (Some(answer), retried),
        Err(SendError { error, made: Made::No }) if error.is_not_found() => {
            // It was there a moment ago: a missing route is not a missing task.
            let is_gone = matches!(api.look(target).await, Err(error) if error.is_not_found())
                && api.sees(&target.environment_id).await.unwrap_or(false);
            if is_gone {
                return Outcome::of(Some(Settled::Gone), Action::Gone);
            }
            let outcome = Outcome::of(Some(Settled::Withdrawn), Action::Failed);
            return Outcome { error: Some(error), ..outcome };
        }
        Err(SendError { error, made: Made::No }) => {
            let outcome = Outcome::of(Some(Settled::Withdrawn), Action::Failed);
            return Outcome { error: Some(error), ..outcome };
        }
        Err(SendError { error, made: Made::Unknown }) => {
            // One look may tell; if not, the intent stays open.
            let seen = api.look(target).await.ok();
            let known = seen.filter(|state| state.paused == change.pause);
            let outcome = match (known, change.pause) {
                (Some(state), true) => paused(state, hold, None, true),
                (Some(state), false) => {
                    Outcome::of(Some(Settled::Resumed), Action::Resumed).seen(Some(state))
                }
                (None, _) => Outcome::of(None, Action::Failed),
            };
            if outcome.result.is_some() {
                return outcome;
            }
            return Outcome { error: Some(error), ..outcome };
        }
    };
    let mut outcome = if change.pause {
        verify_pause(api, target, hold, (answer, retried), settings, stop).await
    } else {
        verify_resume(api, target, hold, (answer, retried), settings, stop).await
    };
    outcome.answer = answer;
    outcome
}

async fn verify_pause(
    api: &impl Api,
    target: &Target,
    hold: &str,
    (answer, retried): (Option<Answer>, bool),
    settings: Settings,
    stop: &Stop,
) -> Outcome {
    if !settings.verify && answer == Some(Answer::Changed) {
        return Outcome::of(Some(Settled::Accepted), Action::Accepted);
    }
    match watch(api, target, settings, stop, |state| state.paused).await {
        Some(state) => paused(state, hold, answer, retried),
        None if answer == Some(Answer::Changed) => {
            Outcome::of(Some(Settled::Accepted), Action::Accepted)
        }
        // It was paused, it said, and it is not: the next look will tell.
        None => Outcome::of(None, Action::Accepted),
    }
}

/// What a pause that shows says about ours.
fn paused(state: PauseState, hold: &str, answer: Option<Answer>, retried: bool) -> Outcome {
    let context = state.context.as_deref().filter(|text| !text.trim().is_empty());
    let ours = context.map(|text| Marker::parse(text).is_some_and(|marker| marker.hold == hold));
    let (result, action) = match (ours, answer) {
        (Some(true), _) | (None, Some(Answer::Changed)) => (Some(Settled::Paused), Action::Paused),
        (Some(false), _) => (Some(Settled::Foreign), Action::Foreign),
        (None, Some(Answer::Unchanged)) if !retried => (Some(Settled::Foreign), Action::Foreign),
        (None, _) => (None, Action::Failed),
    };
    let outcome = Outcome::of(result, action).seen(Some(state));
    match result {
        None => outcome.because("it is paused, and the API does not show by whom"),
        Some(Settled::Foreign) => outcome.because("somebody else was faster"),
        Some(_) => outcome,
    }
}

async fn verify_resume(
    api: &impl Api,
    target: &Target,
    hold: &str,
    (answer, retried): (Option<Answer>, bool),
    settings: Settings,
    stop: &Stop,
) -> Outcome {
    let by_us = answer == Some(Answer::Changed) || retried;
    let resumed = || {
        if by_us {
            Outcome::of(Some(Settled::Resumed), Action::Resumed)
        } else {
            Outcome::of(Some(Settled::Overridden), Action::Kept).because("somebody else resumed it")
        }
    };
    if !settings.verify {
        return resumed();
    }
    let is_ours = |state: &PauseState| {
        let context = state.context.as_deref().filter(|text| !text.trim().is_empty());
        context.is_none_or(|text| Marker::parse(text).is_some_and(|marker| marker.hold == hold))
    };
    match watch(api, target, settings, stop, |state| !state.paused || !is_ours(state)).await {
        Some(state) if state.paused => Outcome::of(Some(Settled::Overridden), Action::Kept)
            .because("somebody else paused it anew")
            .seen(Some(state)),
        Some(state) => resumed().seen(Some(state)),
        None => Outcome::of(Some(Settled::Accepted), Action::Accepted),
    }
}

/// Looks until it shows, patience ends, or a signal comes. A look that fails
/// shows nothing.
async fn watch(
    api: &impl Api,
    target: &Target,
    settings: Settings,
    stop: &Stop,
    shows: impl Fn(&PauseState) -> bool,
) -> Option<PauseState> {
    let mut waited = Duration::ZERO;
    let mut wait = FIRST_WAIT;
    loop {
        if let Ok(state) = api.look(target).await
            && shows(&state)
        {
            return Some(state);
        }
        if waited >= settings.patience || stop.is_asked() {
            return None;
        }
        stop.sleep(wait.min(settings.patience)).await;
        waited += wait;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}
