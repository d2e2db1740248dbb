//! One permitted change: sent, and later read back until it shows.

use std::sync::Arc;
use std::time::Duration;

use maintenance_core::change::{ChangeAnswer, PauseState, Permit, Target};
use maintenance_core::client::{ClientError, Made, SendError, SentChange};
use maintenance_core::ledger::{ActiveHold, Settled, TenantFacts};
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use super::context::Context;
use super::unseen_change::UnseenChange;
use crate::deadline::Deadline;
use crate::decide::ownership::{Evidence, Owner, Reply, owner};
use crate::talend::Talend;
use crate::timing::{FIRST_READ_BACK_DELAY, MAX_READ_BACK_DELAY, MIN_HUMAN_REACTION};
use crate::types::{Action, Look, UNCLEAR, WINDOW_ENDED};

/// Reads back one change.
pub(super) struct Verifier<'a, T> {
    pub(super) context: &'a Context<'a, T>,
    /// The slots of the looks that are made at once.
    pub(super) slots: &'a Semaphore,
    /// When the rest is left to a later pass.
    pub(super) deadline: Deadline,
}

/// A change that was sent.
#[derive(Debug)]
pub(super) struct UnreadChange {
    pub(super) permit: Permit,
    /// The active hold, as the ledger had it when the change was intended.
    pub(super) active: Arc<ActiveHold>,
    pub(super) response: Response,
}

impl UnreadChange {
    /// Whether the API answered the change.
    pub(super) fn is_answered(&self) -> bool {
        self.response.answer.is_some()
    }
}

/// The response of the API to a change, before it is read back.
#[derive(Clone, Debug)]
pub(super) struct Response {
    /// `None` where the answer was lost.
    answer: Option<ChangeAnswer>,
    /// Whether an earlier attempt was refused, or its answer was lost.
    is_retried: bool,
    /// Why the answer was lost.
    error: Option<Box<ClientError>>,
    at: Instant,
}

impl Response {
    fn new(
        answer: Option<ChangeAnswer>,
        is_retried: bool,
        error: Option<Box<ClientError>>,
    ) -> Self {
        Self { answer, is_retried, error, at: Instant::now() }
    }

    /// Why the answer was lost, if it was.
    pub(super) fn error(&self) -> Option<&ClientError> {
        self.error.as_deref()
    }
}

/// The outcome of one change.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The result for the ledger.
    pub(super) result: Settled,
    /// The API's answer, where it is about this change alone.
    pub(super) answer: Option<ChangeAnswer>,
    /// Whether the API answered 204.
    pub(super) is_unchanged: bool,
    pub(super) seen: Option<PauseState>,
    pub(super) action: Action,
    pub(super) why: Option<&'static str>,
    pub(super) error: Option<ClientError>,
}

impl Outcome {
    /// The change was not sent.
    pub(super) fn withdrawn() -> Self {
        Self::of(Settled::Withdrawn, Action::Failed)
            .because("not sent: the work was cut short before")
    }

    /// The change was not sent, since its hold is over.
    pub(super) fn late() -> Self {
        Self::of(Settled::Withdrawn, Action::Expired).because(WINDOW_ENDED)
    }

    /// Whether it shows a pause, and nothing proves whose that is.
    pub(super) fn is_unclear(&self) -> bool {
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

    fn refused(error: ClientError) -> Self {
        Self { error: Some(error), ..Self::of(Settled::Withdrawn, Action::Failed) }
    }

    /// Adds the response of the API.
    fn with_response(self, response: Response) -> Self {
        // If the read-back found the result, ignore the error of the request.
        let is_unknown = self.result == Settled::Unknown;
        let error = response.error.filter(|_| is_unknown).map(|error| *error);
        let is_late = is_unknown && response.answer.is_none() && error.is_none();
        let why = self.why.or(is_late.then_some("no answer came in time"));
        let is_unchanged = response.answer == Some(ChangeAnswer::Unchanged);
        // After a retry, the answer may be about an earlier attempt.
        let answer = response.answer.filter(|_| !(is_unchanged && response.is_retried));
        Self { answer, is_unchanged, why, error, ..self }
    }
}

/// The deadline of one request: the pass deadline, but at least 10 s, so that
/// close deadlines do not cut every request.
fn of_request(deadline: Deadline) -> Deadline {
    deadline.not_before(MIN_HUMAN_REACTION)
}

/// Sends a change. The error is its outcome: it was certainly not made.
pub(super) async fn send<T: Talend>(
    context: &Context<'_, T>,
    permit: &Permit,
) -> Result<Response, Box<Outcome>> {
    let Context { api, stop, .. } = *context;
    // Stop retrying at the deadline, or 5 s after a signal.
    let sent = stop.at_most(of_request(context.deadline), api.send(permit)).await;
    let Some(sent) = sent else { return Ok(Response::new(None, true, None)) };
    match sent {
        Ok(SentChange { answer, retried }) => Ok(Response::new(Some(answer), retried, None)),
        Err(SendError { error: ClientError::Late { .. }, made }) => match made {
            Made::No => Err(Box::new(Outcome::late())),
            Made::Unknown => Ok(Response::new(None, true, None)),
        },
        Err(SendError { error, made: Made::Unknown }) => {
            Ok(Response::new(None, true, Some(Box::new(error))))
        }
        // A gateway may answer 429 after it forwarded the request: look at the task.
        Err(SendError { error, made: Made::No }) if error.status() == Some(429) => {
            let change = permit.change();
            let look = stop.at_most(of_request(context.deadline), api.look(&change.target)).await;
            let is_as_before = matches!(&look, Some(Ok(look)) if look.state.paused != change.pause);
            if is_as_before {
                Err(Box::new(Outcome::refused(error)))
            } else {
                Ok(Response::new(None, true, Some(Box::new(error))))
            }
        }
        // Also 404: the look before found the task, so the next look decides.
        Err(SendError { error, made: Made::No }) => Err(Box::new(Outcome::refused(error))),
    }
}

impl<T: Talend> Verifier<'_, T> {
    /// Reads back a change that was sent.
    pub(super) async fn read_back(
        &self,
        sent: &UnreadChange,
        known: &watch::Receiver<TenantFacts>,
    ) -> Outcome {
        let UnreadChange { permit, active, response } = sent;
        let change = permit.change();
        let verify = self.context.policy.verify;
        // After a lost answer one look is enough; with an answer, wait for the change.
        let waits = verify && response.answer.is_some();
        let timeout = if waits { self.context.verify_timeout } else { Duration::ZERO };
        let deadline = Deadline::at(response.at + timeout).earlier(self.deadline);
        let is_unread = !verify && response.answer == Some(ChangeAnswer::Changed);
        let outcome = match (is_unread, change.pause) {
            (true, true) => Outcome::of(Settled::Accepted, Action::Accepted),
            (true, false) => Outcome::of(Settled::Resumed, Action::Resumed),
            (false, true) => {
                let shown = self.watch(&change.target, deadline, |state| state.paused).await;
                // A pause watched for less than MIN_HUMAN_REACTION may still show, and a
                // person may end it: do not call it lost.
                let is_lost = |unseen: &UnseenChange| {
                    timeout >= MIN_HUMAN_REACTION && unseen.is_watched(response.at, timeout)
                };
                let shown = shown.map_err(|unseen| unseen.filter(is_lost));
                paused(shown, sent, &known.borrow())
            }
            (false, false) => {
                let is_ended = |state: &PauseState| {
                    let owner = owner(Evidence::of(active, &known.borrow()), state);
                    matches!(owner, Owner::Nobody | Owner::Other)
                };
                let seen = self.watch(&change.target, deadline, is_ended).await.ok();
                resumed(seen, response.answer)
            }
        };
        outcome.with_response(response.clone())
    }

    /// Looks until the change shows, the deadline passes or a signal comes, at least
    /// once. The error is the state that showed instead, if a look was answered.
    async fn watch(
        &self,
        target: &Target,
        deadline: Deadline,
        shows: impl Fn(&PauseState) -> bool,
    ) -> Result<PauseState, Option<UnseenChange>> {
        let stop = self.context.stop;
        let mut wait = FIRST_READ_BACK_DELAY;
        let mut unseen: Option<UnseenChange> = None;
        loop {
            match stop.at_most(of_request(self.deadline), self.look(target)).await {
                Some(Ok(look)) if shows(&look.state) => return Ok(look.state),
                Some(Ok(look)) => {
                    unseen = Some(match unseen {
                        Some(unseen) => unseen.again(look.state),
                        None => UnseenChange::new(look.state),
                    });
                }
                Some(Err(_)) | None => {}
            }
            if deadline.is_past() || stop.is_asked() {
                return Err(unseen);
            }
            stop.sleep(deadline.left(wait)).await;
            wait = (wait * 2).min(MAX_READ_BACK_DELAY);
        }
    }

    /// Looks at a target, once a slot is free.
    async fn look(&self, target: &Target) -> Result<Look, ClientError> {
        // The semaphore is never closed. Without a slot, the look is not limited.
        let _slot = self.slots.acquire().await;
        // Boxed, so that a look that waits for its slot takes little memory.
        Box::pin(self.context.api.look(target)).await
    }
}

/// The outcome of a change that a list shows as it was made. `None` if the list shows
/// anything else: that is read back at the task itself.
pub(super) fn listed(
    sent: &UnreadChange,
    shown: PauseState,
    known: &TenantFacts,
) -> Option<Outcome> {
    let outcome = match (sent.permit.change().pause, shown.paused) {
        (true, true) => paused(Ok(shown), sent, known),
        (false, false) => resumed(Some(shown), sent.response.answer),
        _ => return None,
    };
    let is_made = matches!(outcome.result, Settled::Paused | Settled::Resumed);
    is_made.then(|| outcome.with_response(sent.response.clone()))
}

/// Judges an unclear pause again, by the facts that are now known of the tenant.
pub(super) fn judge_again(outcome: Outcome, sent: &UnreadChange, known: &TenantFacts) -> Outcome {
    let Some(state) = outcome.seen else { return outcome };
    paused(Ok(state), sent, known).with_response(sent.response.clone())
}

/// The outcome of a pause of ours, by the looks after it.
fn paused(
    shown: Result<PauseState, Option<UnseenChange>>,
    sent: &UnreadChange,
    known: &TenantFacts,
) -> Outcome {
    let UnreadChange { permit, active, response } = sent;
    let change = permit.change();
    let is_again = response.is_retried || active.is_asked_again();
    let reply = Reply::of(response.answer, is_again, known);
    let state = match (shown, response.answer) {
        (Ok(state), _) => state,
        // A tenant that never answered 202 may answer 204 to an accepted change.
        (Err(lost), Some(_)) if matches!(reply, Reply::Changed | Reply::NoContent) => {
            return Outcome::of(Settled::Accepted, Action::Accepted)
                .seen(lost.map(UnseenChange::into_state));
        }
        // The API contradicts itself. If looks from the beginning on showed no pause, the
        // next look decides; else a person may have ended one meanwhile, as after a 202.
        (Err(lost), Some(_)) => {
            let result = if lost.is_some() { Settled::Unknown } else { Settled::Accepted };
            return Outcome::of(result, Action::Accepted)
                .because("the API said 'already paused', but shows no pause");
        }
        (Err(_), None) => return Outcome::of(Settled::Unknown, Action::Failed),
    };
    let evidence = Evidence {
        sent: Some(&change.context),
        is_new: true,
        reply,
        seen: None,
        ..Evidence::of(active, known)
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

/// The outcome of a resume of ours, by the looks after it. The look before showed our
/// pause, so a 204 is a success, too.
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

#[cfg(test)]
mod tests {
    use maintenance_core::change::TargetKind;
    use maintenance_core::hold::{Hold, HoldWindow};
    use maintenance_core::ledger::{Intent, Ledger, NewHold};
    use maintenance_core::run::Labels;
    use maintenance_core::time::UtcTime;

    use super::*;

    /// A pause that was sent, and what the API answered to it.
    fn sent(answer: Option<ChangeAnswer>) -> UnreadChange {
        let now = UtcTime::from_millis(1_790_000_000_000).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(&dir.path().join("ledger.jsonl"), "https://x", now).unwrap();
        let target = Target { environment_id: "e".into(), kind: TargetKind::Task, id: "t".into() };
        let window = HoldWindow { name: "w".into(), start: now, end: None };
        let intent = Intent::Pause(Box::new(NewHold {
            target: target.clone(),
            labels: Arc::new(Labels::default()),
            hold: Hold::new(vec![window], Vec::new()).unwrap(),
            prior: PauseState::default(),
            reason: "w".to_owned(),
        }));
        let permit = ledger.intend(vec![intent], now).unwrap().remove(0);
        let active = ledger.state().snapshot(&target).unwrap();
        UnreadChange { permit, active, response: Response::new(answer, false, None) }
    }

    #[test]
    fn a_change_that_was_not_made_or_may_not_be_ours_says_why() {
        let (changed, unchanged) = (Some(ChangeAnswer::Changed), Some(ChangeAnswer::Unchanged));
        let state = |context: &str| PauseState {
            paused: true,
            context: Some(context.to_owned()),
            ..PauseState::default()
        };
        let known = TenantFacts { answers_changed: true, ..TenantFacts::default() };
        // The context that is shown; "ours" stands for the one that was sent.
        let why = |answer, shown: Option<&str>| {
            let sent = sent(answer);
            let ours = &sent.permit.change().context;
            let shown = shown.map(|context| state(if context == "ours" { ours } else { context }));
            let outcome = paused(shown.ok_or(None), &sent, &known);
            outcome.with_response(sent.response.clone()).why
        };
        for (answer, shown, expected) in [
            (changed, Some("ours"), None),
            (changed, None, None),
            (unchanged, None, Some("the API said 'already paused', but shows no pause")),
            (unchanged, Some("hands off"), Some("somebody else was faster")),
            (None, None, Some("no answer came in time")),
            (
                None,
                Some(""),
                Some("it is paused, and nothing that the API shows proves whose pause it is"),
            ),
        ] {
            assert_eq!(why(answer, shown), expected, "{answer:?} {shown:?}");
        }
        let anew = "somebody else paused it anew";
        assert_eq!(resumed(Some(state("hands off")), changed).why, Some(anew));
        let cut_short = "not sent: the work was cut short before";
        assert_eq!(Outcome::withdrawn().why, Some(cut_short));
        assert_eq!(Outcome::late().why, Some("not sent: its window ended before"));
    }

    #[test]
    fn a_resume_counts_by_the_state_that_shows_whatever_the_answer_was() {
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
