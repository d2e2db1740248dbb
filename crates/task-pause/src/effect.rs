//! One permitted change: sent, and later read back until it shows.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use maintenance_core::change::{Change, ChangeAnswer, PauseState, Permit, Target, TargetKind};
use maintenance_core::client::{ClientError, Made, SendError, SentChange};
use maintenance_core::ledger::{OpenHold, Settled, TenantFacts};
use maintenance_core::receipt::Action;
use tokio::time::Instant;

use crate::api::{Api, Inventory};
use crate::decide::UNCLEAR;
use crate::ownership::{Evidence, Owner, Reply, owner};
use crate::signals::Stop;

/// How long to wait between the first two looks; each wait is twice the last.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The longest wait between two looks.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// What is looked at within so long after the API accepted it, is watched for
/// as long at least, and does not show, nobody had time to undo: it was lost.
const SOON: Duration = Duration::from_secs(10);

/// The most time for the lists that tell whether something exists. Others wait
/// for their answer.
const LISTED_WITHIN: Duration = Duration::from_secs(30);

/// Why a pause was not sent whose window ended while others were paused.
pub(crate) const LATE: &str = "not sent: its window ended before";

/// How changes are verified.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verification {
    /// Read back at all.
    pub(crate) verify: bool,
    /// How long a change may take to show.
    pub(crate) patience: Duration,
    /// When something else is to be done, so that it is left to a later look.
    pub(crate) until: Option<Instant>,
}

impl Verification {
    /// When one request is left, if there is an edge: not before it had some
    /// time, so that edges in a row do not keep it from ever being answered.
    pub(crate) fn patient_until(self) -> Option<Instant> {
        self.until.map(|edge| edge.max(Instant::now() + SOON))
    }
}

/// The hold that a change is for, as the ledger had it when it was intended.
#[derive(Clone, Debug)]
pub(crate) struct Context(Arc<OpenHold>);

impl Context {
    pub(crate) fn of(open: Arc<OpenHold>) -> Self {
        Self(open)
    }

    /// An earlier request for it may have been sent.
    fn is_again(&self) -> bool {
        self.0.is_asked_again()
    }

    /// What is known of our pause, apart from the change in question.
    fn evidence<'a>(&'a self, known: &'a TenantFacts) -> Evidence<'a> {
        Evidence::of(&self.0, known)
    }
}

/// What the API said to a change, before it is read back.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// `None` where its answer was lost.
    answer: Option<ChangeAnswer>,
    /// An earlier attempt was refused, or its answer was lost.
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
    /// The API's answer, where it is about this change alone.
    pub(crate) answer: Option<ChangeAnswer>,
    /// It answered 204.
    pub(crate) is_unchanged: bool,
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

    /// Whether it shows a pause, and nothing proves whose that is.
    pub(crate) fn is_unclear(&self) -> bool {
        self.why == Some(UNCLEAR)
    }

    fn of(result: Settled, action: Action) -> Self {
        let is_unchanged = false;
        Self { result, answer: None, is_unchanged, seen: None, action, why: None, error: None }
    }

    fn because(self, why: &'static str) -> Self {
        Self { why: Some(why), ..self }
    }

    fn seen(self, seen: Option<PauseState>) -> Self {
        Self { seen, ..self }
    }

    /// Adds what the API answered.
    fn told(self, told: Told) -> Self {
        // An error that was overtaken by what shows is none.
        let is_unknown = self.result == Settled::Unknown;
        let error = told.error.filter(|_| is_unknown).map(|error| *error);
        let is_late = is_unknown && told.answer.is_none() && error.is_none();
        let why = self.why.or(is_late.then_some("no answer came in time"));
        let is_unchanged = told.answer == Some(ChangeAnswer::Unchanged);
        // It may be about an earlier attempt.
        let answer = told.answer.filter(|_| !(is_unchanged && told.retried));
        Self { answer, is_unchanged, why, error, ..self }
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
    settings: Verification,
    stop: &Stop,
) -> Result<Told, Box<Outcome>> {
    let told = |answer, retried, error| Told { answer, retried, error, at: Instant::now() };
    // What is tried again and again is left, some time after a signal, or at
    // the edge.
    let Some(sent) = stop.at_most(settings.patient_until(), api.send(permit)).await else {
        return Ok(told(None, true, None));
    };
    match sent {
        Ok(SentChange { answer, retried }) => Ok(told(Some(answer), retried, None)),
        Err(SendError { error: ClientError::Late { .. }, made }) => match made {
            Made::No => Err(Box::new(Outcome::late())),
            Made::Unknown => Ok(told(None, true, None)),
        },
        Err(SendError { error, made: Made::Unknown }) => {
            Ok(told(None, true, Some(Box::new(error))))
        }
        // A gateway may refuse for load what it has passed on already.
        Err(SendError { error, made: Made::No }) if error.status() == Some(429) => {
            let change = permit.change();
            let look = stop.at_most(settings.patient_until(), api.look(&change.target)).await;
            let is_as_before = matches!(&look, Some(Ok(look)) if look.state.paused != change.pause);
            if is_as_before {
                Err(Box::new(Outcome::refused(error)))
            } else {
                Ok(told(None, true, Some(Box::new(error))))
            }
        }
        // Also 404: it was there a moment ago, and the next look will tell.
        Err(SendError { error, made: Made::No }) => Err(Box::new(Outcome::refused(error))),
    }
}

/// The part of an environment that the account sees. Whoever may not list it, or
/// gets no answer in time, sees nothing.
pub(crate) async fn inventory(
    api: &impl Api,
    environment_id: &str,
    kind: TargetKind,
    stop: &Stop,
) -> Inventory {
    let until = Instant::now() + LISTED_WITHIN;
    let listed = stop.at_most(Some(until), api.inventory(environment_id, kind)).await;
    listed.and_then(Result::ok).unwrap_or_default()
}

/// Finds out what became of a change that was sent.
pub(crate) async fn read_back(
    api: &impl Api,
    change: &Change,
    context: &Context,
    told: Told,
    known: &RefCell<TenantFacts>,
    settings: Verification,
    stop: &Stop,
) -> Outcome {
    // One look may tell what a lost answer did not; it is no reason to wait.
    let waits = settings.verify && told.answer.is_some();
    let patience = if waits { settings.patience } else { Duration::ZERO };
    let until = told.at + patience;
    let until = settings.until.map_or(until, |edge| until.min(edge));
    let unread = !settings.verify && told.answer == Some(ChangeAnswer::Changed);
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
            self::paused(shown, change, context, &told, &known.borrow())
        }
        (false, false) => {
            let shows = |state: &PauseState| {
                let known = known.borrow();
                matches!(owner(context.evidence(&known), state), Owner::Nobody | Owner::Other)
            };
            let seen = watch(api, &change.target, until, settings, stop, shows).await.ok();
            resumed(seen, told.answer)
        }
    };
    outcome.told(told)
}

/// Judges once more a pause of which nothing proved whose it is, by what is
/// known of the tenant now.
pub(crate) fn judge_again(
    outcome: Outcome,
    change: &Change,
    context: &Context,
    told: Told,
    known: &TenantFacts,
) -> Outcome {
    let Some(state) = outcome.seen else { return outcome };
    paused(Ok(state), change, context, &told, known).told(told)
}

/// What a look says about a pause of ours.
fn paused(
    shown: Result<PauseState, Option<Unshown>>,
    change: &Change,
    context: &Context,
    told: &Told,
    known: &TenantFacts,
) -> Outcome {
    let reply = Reply::of(told.answer, told.retried || context.is_again(), known);
    let state = match (shown, told.answer) {
        (Ok(state), _) => state,
        // A tenant that is not known to answer 202 may say 204 to what it accepts.
        (Err(lost), Some(_)) if matches!(reply, Reply::Changed | Reply::NoContent) => {
            return Outcome::of(Settled::Accepted, Action::Accepted)
                .seen(lost.map(|unshown| unshown.state));
        }
        // It was paused, it said, and it is not: the next look will tell.
        (Err(_), Some(_)) => {
            return Outcome::of(Settled::Unknown, Action::Accepted)
                .because("it was paused already, the API says, and it does not show so");
        }
        (Err(_), None) => return Outcome::of(Settled::Unknown, Action::Failed),
    };
    let evidence = Evidence {
        sent: Some(&change.context),
        is_new: true,
        reply,
        seen: None,
        ..context.evidence(known)
    };
    let outcome = match owner(evidence, &state) {
        Owner::Us => Outcome::of(Settled::Paused, Action::Paused),
        Owner::Other => {
            Outcome::of(Settled::Foreign, Action::Foreign).because("somebody else was faster")
        }
        Owner::Unclear | Owner::Nobody => {
            Outcome::of(Settled::Unknown, Action::Failed).because(UNCLEAR)
        }
    };
    outcome.seen(Some(state))
}

/// The outcome of a resume of ours, by a look after it. It was paused by us when
/// it was looked at before, so that a 204 is a success as any other.
fn resumed(shown: Option<PauseState>, answer: Option<ChangeAnswer>) -> Outcome {
    let outcome = match &shown {
        Some(state) if state.paused => {
            Outcome::of(Settled::Overridden, Action::Kept).because("somebody else paused it anew")
        }
        Some(_) => Outcome::of(Settled::Resumed, Action::Resumed),
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
    settings: Verification,
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
    fn a_resume_counts_by_what_shows_whatever_the_number() {
        let (changed, unchanged) = (Some(ChangeAnswer::Changed), Some(ChangeAnswer::Unchanged));
        let paused = PauseState { paused: true, ..PauseState::default() };
        for (shown, answer, expected) in [
            (Some(PauseState::default()), changed, Settled::Resumed),
            (Some(PauseState::default()), unchanged, Settled::Resumed),
            (Some(PauseState::default()), None, Settled::Resumed),
            (Some(paused), changed, Settled::Overridden),
            (None, unchanged, Settled::Accepted),
            (None, None, Settled::Unknown),
        ] {
            assert_eq!(resumed(shown.clone(), answer).result, expected, "{shown:?}");
        }
    }
}
