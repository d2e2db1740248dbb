//! One permitted change: sent, and later read back until it shows.

use std::sync::Arc;
use std::time::Duration;

use maintenance_core::change::{Answer, Change, PauseState, Permit, Target};
use maintenance_core::client::{ClientError, Made, SendError, Sent};
use maintenance_core::ledger::{Open, Settled};
use maintenance_core::receipt::Action;
use tokio::time::Instant;

use crate::api::Api;
use crate::owner::{Claim, Owner, owner};
use crate::signals::Stop;

/// How long to wait between the first two looks; each wait is twice the last.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The longest wait between two looks.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// What is looked at within so long after the API accepted it, is watched for
/// as long at least, and does not show, nobody had time to undo: it was lost.
const SOON: Duration = Duration::from_secs(10);

/// Why a pause was not sent whose window ended while others were paused.
pub(crate) const LATE: &str = "not sent: its window ended before";

/// How changes are verified.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// Read back at all.
    pub(crate) verify: bool,
    /// How long a change may take to show.
    pub(crate) patience: Duration,
    /// When something else is to be done, so that it is left to a later look.
    pub(crate) until: Option<Instant>,
}

impl Settings {
    /// When one request is left, if there is an edge: not before it had some
    /// time, so that edges in a row do not keep it from ever being answered.
    pub(crate) fn patient_until(self) -> Option<Instant> {
        self.until.map(|edge| edge.max(Instant::now() + SOON))
    }
}

/// The hold that a change is for, as the ledger had it when it was intended.
#[derive(Clone, Debug)]
pub(crate) struct Context(Arc<Open>);

impl Context {
    pub(crate) fn of(open: Arc<Open>) -> Self {
        Self(open)
    }

    /// An earlier request for it may have been sent.
    fn is_again(&self) -> bool {
        self.0.is_asked_again()
    }

    /// Its workspace, where that is known.
    fn workspace_id(&self) -> Option<&str> {
        self.0.labels.workspace_id.as_deref()
    }

    /// What is known of our pause, apart from the change in question.
    fn claim(&self) -> Claim<'_> {
        Claim { answer: None, unclear: None, ..Claim::of(&self.0, false) }
    }
}

/// What the API said to a change, before it is read back.
#[derive(Debug)]
pub(crate) struct Told {
    /// `None` where its answer was lost.
    answer: Option<Answer>,
    /// An earlier attempt's answer was lost.
    retried: bool,
    /// Why the answer was lost.
    error: Option<Box<ClientError>>,
    /// When it was told.
    at: Instant,
}

impl Told {
    /// Why the answer was lost, if it was.
    pub(crate) fn error(&self) -> Option<&ClientError> {
        self.error.as_deref()
    }
}

/// What came of one change.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// What the ledger is to record.
    pub(crate) result: Settled,
    pub(crate) answer: Option<Answer>,
    pub(crate) seen: Option<PauseState>,
    pub(crate) action: Action,
    pub(crate) why: Option<&'static str>,
    pub(crate) error: Option<ClientError>,
}

impl Outcome {
    /// The change was not sent.
    pub(crate) fn withdrawn() -> Self {
        Self::of(Settled::Withdrawn, Action::Failed)
            .because("not sent: the work was cut short before")
    }

    /// The change was not sent, since the hold that it was for is over.
    pub(crate) fn late() -> Self {
        Self::of(Settled::Withdrawn, Action::Expired).because(LATE)
    }

    /// Whether the API was not asked, so that nothing is known of it.
    pub(crate) fn is_unasked(&self) -> bool {
        self.result == Settled::Withdrawn && self.error.is_none()
    }

    fn of(result: Settled, action: Action) -> Self {
        Self { result, answer: None, seen: None, action, why: None, error: None }
    }

    fn because(self, why: &'static str) -> Self {
        Self { why: Some(why), ..self }
    }

    fn seen(self, seen: Option<PauseState>) -> Self {
        Self { seen, ..self }
    }

    fn refused(error: ClientError) -> Self {
        Self { error: Some(error), ..Self::of(Settled::Withdrawn, Action::Failed) }
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
        ClientError::Unreadable { .. }
        | ClientError::Incomplete { .. }
        | ClientError::TooLong { .. }
        | ClientError::Late { .. } => false,
    }
}

/// Whether an error is certain to meet every other request: one of them is
/// enough to stop.
pub(crate) fn is_hopeless(error: &ClientError) -> bool {
    match error {
        ClientError::Status { status, .. } => matches!(status, 401 | 407),
        ClientError::Redirect { .. } | ClientError::Deadline { .. } | ClientError::Setup(_) => true,
        ClientError::NoAnswer { untrusted, .. } => *untrusted,
        ClientError::Unreadable { .. }
        | ClientError::Incomplete { .. }
        | ClientError::TooLong { .. }
        | ClientError::Late { .. } => false,
    }
}

/// Sends the change. An error is its end: it was certainly not made.
pub(crate) async fn send(
    api: &impl Api,
    permit: &Permit,
    context: &Context,
    settings: Settings,
    stop: &Stop,
) -> Result<Told, Box<Outcome>> {
    let told = |answer, retried, error| Told { answer, retried, error, at: Instant::now() };
    // What is tried again and again is left, some time after a signal, or at
    // the edge.
    let Some(sent) = stop.at_most(settings.patient_until(), api.send(permit)).await else {
        return Ok(told(None, true, None));
    };
    match sent {
        Ok(Sent { answer, retried }) => Ok(told(Some(answer), retried, None)),
        Err(SendError { error: ClientError::Late { .. }, made }) => match made {
            Made::No => Err(Box::new(Outcome::late())),
            Made::Unknown => Ok(told(None, true, None)),
        },
        Err(SendError { error, made: Made::Unknown }) => {
            Ok(told(None, true, Some(Box::new(error))))
        }
        Err(SendError { error, made: Made::No }) if error.is_not_found() => {
            // It was there a moment ago: a missing route is not a missing task.
            let target = &permit.change().target;
            let look = stop.at_most(settings.patient_until(), api.look(target)).await;
            let is_gone = matches!(look, Some(Err(error)) if error.is_not_found())
                && sees(api, target, context.workspace_id(), stop).await;
            Err(Box::new(if is_gone {
                Outcome::of(Settled::Gone, Action::Gone)
            } else {
                Outcome::refused(error)
            }))
        }
        Err(SendError { error, made: Made::No }) => Err(Box::new(Outcome::refused(error))),
    }
}

/// Whether the account is known to see the place of a target. Whoever may not
/// list environments, or gets no answer in time, proves nothing.
pub(crate) async fn sees(
    api: &impl Api,
    target: &Target,
    workspace_id: Option<&str>,
    stop: &Stop,
) -> bool {
    // Others wait for what this decides.
    let until = Instant::now() + SOON;
    let sees = stop.at_most(Some(until), api.sees(target, workspace_id)).await;
    matches!(sees, Some(Ok(true)))
}

/// Finds out what became of a change that was sent.
pub(crate) async fn read_back(
    api: &impl Api,
    change: &Change,
    context: &Context,
    told: Told,
    settings: Settings,
    stop: &Stop,
) -> Outcome {
    // One look may tell what a lost answer did not; it is no reason to wait.
    let waits = settings.verify && told.answer.is_some();
    let patience = if waits { settings.patience } else { Duration::ZERO };
    let until = told.at + patience;
    let until = settings.until.map_or(until, |edge| until.min(edge));
    let unread = !settings.verify && told.answer == Some(Answer::Changed);
    let outcome = match (unread, change.pause) {
        (true, true) => Outcome::of(Settled::Accepted, Action::Accepted),
        (true, false) => Outcome::of(Settled::Resumed, Action::Resumed),
        (false, true) => {
            let paused = |state: &PauseState| state.paused;
            let shown = watch(api, &change.target, until, settings, stop, paused).await;
            // What was not watched for long may show later, and be ended.
            let is_lost = |unshown: &Unshown| {
                patience >= SOON && unshown.is_watched(told.at, told.at + patience)
            };
            let shown = shown.map_err(|unshown| unshown.filter(is_lost));
            self::paused(shown, change, context, &told)
        }
        (false, false) => {
            let shows = |state: &PauseState| {
                matches!(owner(context.claim(), state), Owner::Nobody | Owner::Other)
            };
            let seen = watch(api, &change.target, until, settings, stop, shows).await.ok();
            // Its answer may be the doing of an earlier request of ours.
            let is_again = told.retried || context.0.is_resumed_again();
            resumed(seen, told.answer, is_again)
        }
    };
    // An error that was overtaken by what shows is none.
    let is_unknown = outcome.result == Settled::Unknown;
    let error = told.error.filter(|_| is_unknown).map(|error| *error);
    let is_late = is_unknown && told.answer.is_none() && error.is_none();
    let why = outcome.why.or(is_late.then_some("no answer came in time"));
    Outcome { answer: told.answer, error, why, ..outcome }
}

/// What a look says about a pause of ours.
fn paused(
    shown: Result<PauseState, Option<Unshown>>,
    change: &Change,
    context: &Context,
    told: &Told,
) -> Outcome {
    let state = match (shown, told.answer) {
        (Ok(state), _) => state,
        (Err(lost), Some(Answer::Changed)) => {
            return Outcome::of(Settled::Accepted, Action::Accepted)
                .seen(lost.map(|unshown| unshown.state));
        }
        // It was paused, it said, and it is not: the next look will tell.
        (Err(_), Some(Answer::Unchanged)) => {
            return Outcome::of(Settled::Unknown, Action::Accepted)
                .because("it was paused already, the API says, and it does not show so");
        }
        (Err(_), None) => return Outcome::of(Settled::Unknown, Action::Failed),
    };
    let claim = Claim {
        context: Some(&change.context),
        is_new: true,
        answer: told.answer,
        lost: told.retried || context.is_again(),
        seen: None,
        ..context.claim()
    };
    let outcome = match owner(claim, &state) {
        Owner::Us => Outcome::of(Settled::Paused, Action::Paused),
        Owner::Other => {
            Outcome::of(Settled::Foreign, Action::Foreign).because("somebody else was faster")
        }
        Owner::Unclear | Owner::Nobody => Outcome::of(Settled::Unknown, Action::Failed)
            .because("it is paused, and the API does not show by whom"),
    };
    outcome.seen(Some(state))
}

/// What a look says about a resume of ours.
fn resumed(shown: Option<PauseState>, answer: Option<Answer>, is_again: bool) -> Outcome {
    let outcome = match &shown {
        Some(state) if state.paused => {
            Outcome::of(Settled::Overridden, Action::Kept).because("somebody else paused it anew")
        }
        Some(_) if answer == Some(Answer::Changed) || is_again => {
            Outcome::of(Settled::Resumed, Action::Resumed)
        }
        Some(_) => {
            Outcome::of(Settled::Overridden, Action::Kept).because("somebody else resumed it")
        }
        None if answer.is_some() => Outcome::of(Settled::Accepted, Action::Accepted),
        None => Outcome::of(Settled::Unknown, Action::Failed),
    };
    outcome.seen(shown)
}

/// What looks that were answered showed instead of a change.
struct Unshown {
    state: PauseState,
    /// When the first of them was answered, and the last.
    answered: (Instant, Instant),
    /// The longest time between two of them.
    gap: Duration,
}

impl Unshown {
    fn new(state: PauseState) -> Self {
        let now = Instant::now();
        Self { state, answered: (now, now), gap: Duration::ZERO }
    }

    fn again(self, state: PauseState) -> Self {
        let now = Instant::now();
        let (first, last) = self.answered;
        Self { state, answered: (first, now), gap: self.gap.max(now - last) }
    }

    /// Whether all the time was watched, with no gap in which somebody could
    /// have ended what showed.
    fn is_watched(&self, from: Instant, to: Instant) -> bool {
        let (first, last) = self.answered;
        first.duration_since(from) < SOON && self.gap < SOON && last >= to
    }
}

/// Looks at least once, until it shows, time is up, or a signal comes. A look
/// that fails shows nothing, and one that hangs is left at the edge, if there
/// is one. The error is what showed instead.
async fn watch(
    api: &impl Api,
    target: &Target,
    until: Instant,
    settings: Settings,
    stop: &Stop,
    shows: impl Fn(&PauseState) -> bool,
) -> Result<PauseState, Option<Unshown>> {
    let mut wait = FIRST_WAIT;
    let mut unshown: Option<Unshown> = None;
    loop {
        match stop.at_most(settings.patient_until(), api.look(target)).await {
            Some(Ok(look)) if shows(&look.state) => return Ok(look.state),
            Some(Ok(look)) => {
                unshown = Some(match unshown {
                    Some(unshown) => unshown.again(look.state),
                    None => Unshown::new(look.state),
                });
            }
            Some(Err(_)) | None => {}
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || stop.is_asked() {
            return Err(unshown);
        }
        stop.sleep(wait.min(left)).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resume_that_changes_nothing_is_ours_only_if_we_asked_before() {
        let (changed, unchanged) = (Some(Answer::Changed), Some(Answer::Unchanged));
        let paused = PauseState { paused: true, ..PauseState::default() };
        for (shown, answer, is_again, expected) in [
            (Some(PauseState::default()), changed, false, Settled::Resumed),
            (Some(PauseState::default()), unchanged, true, Settled::Resumed),
            (Some(PauseState::default()), unchanged, false, Settled::Overridden),
            (Some(paused), changed, true, Settled::Overridden),
            (None, unchanged, false, Settled::Accepted),
            (None, None, true, Settled::Unknown),
        ] {
            assert_eq!(resumed(shown.clone(), answer, is_again).result, expected, "{shown:?}");
        }
    }
}
