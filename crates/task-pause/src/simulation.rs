//! A model of the API, with what goes wrong there and what people do, also
//! while a call is under way. It judges each change as it arrives: a resume of
//! what is not ours is wrong at once, not only at the end.
//!
//! All time is that of a paused runtime: it goes on when everybody waits.

mod api;
mod stories;
mod throttled;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use maintenance_core::change::{PauseState, Target, TargetKind};
use maintenance_core::cli::Messages;
use maintenance_core::client::{ApiMessage, ClientError, Concurrency, RequestLine};
use maintenance_core::hold::{Hold, HoldWindow, Mark, Tense};
use maintenance_core::ledger::{ActiveHold, Ledger, Phase};
use maintenance_core::time::UtcTime;
use tokio::time::Instant;

use crate::apply::Context;
use crate::deadline::Deadline;
use crate::output::Display;
use crate::reason::Reason;
use crate::signals::Stop;
use crate::types::{Policy, WantedTarget};

/// The time that a late change takes to show.
const LATE: Duration = Duration::from_secs(60);

/// The time after a trouble from which on the tool must know the true state again.
const CALM: Duration = Duration::from_secs(300);

/// The time after a pause from which on a person may have noticed it.
const NOTICED: Duration = Duration::from_secs(10);

thread_local! {
    static BEGAN: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Lets a story begin now.
fn begin() {
    BEGAN.set(Some(Instant::now()));
}

/// The time of the story: it began at minute 0.
fn now() -> UtcTime {
    at(0).saturating_add(BEGAN.get().unwrap().elapsed())
}

fn at(minute: i64) -> UtcTime {
    UtcTime::from_millis(1_790_000_000_000 + minute * 60_000).unwrap()
}

/// The number of requests at the same time.
const AT_ONCE: usize = 2;

fn target(task: usize) -> Target {
    Target { environment_id: "e".into(), kind: TargetKind::Task, id: task.to_string().into() }
}

/// The trouble that the next changes meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// Nothing does.
    None,
    /// The change is not made, and no answer comes.
    LostBefore,
    /// The change is made, and no answer comes.
    LostAfter,
    /// The change is refused.
    Refused,
    /// A person pauses just before the change arrives.
    HumanFaster,
    /// The change shows only a minute later.
    ShowsLate,
    /// The change is made and shows a minute later, and no answer comes.
    LostAndLate,
}

/// A look that takes long, and what happens meanwhile.
#[derive(Clone, Copy, Debug)]
struct Hang {
    length: Duration,
    /// A person pauses a task, or resumes it.
    act: Option<(usize, bool)>,
    /// The look shows what was there before that.
    is_stale: bool,
}

#[derive(Clone, Debug, Default)]
struct Task {
    paused: Option<PauseState>,
    shown: Option<PauseState>,
    /// Until when looks show the old state.
    late: Option<Instant>,
    /// When it was changed for us, if the API said so and it shows at once.
    made: Option<Instant>,
    /// The last change by a person: paused or resumed.
    human: Option<bool>,
    /// The end of the last window that it was ever wanted for.
    last_end: Option<UtcTime>,
    /// `last_end`, or the time when somebody last ended the hold of the task, if that
    /// is later. Windows after this time are new.
    ours_since: Option<UtcTime>,
    /// Whether a person paused the task during a call that has not looked at it since.
    /// The tool cannot know of such a pause.
    unseen: bool,
    /// The hold that a person ended, after its pause was there to be seen.
    ended: Option<String>,
    /// The hold that a person ended during the current call. If the call crashes, it
    /// records nothing of this.
    ending: Option<String>,
    /// The windows that a command gave back since the last call that pauses again.
    given_back: Vec<HoldWindow>,
    /// The windows that its hold goes on for after such a command, and what they were
    /// moved to.
    held_since: Vec<HoldWindow>,
    hang: Option<Hang>,
}

impl Task {
    /// Whether no command gave this window back, or its hold went on since for what
    /// this window was before it was moved.
    fn is_held_for(&self, window: &HoldWindow) -> bool {
        let now = now();
        let mut left = self.given_back.iter().filter(|given| given.end > Some(now));
        self.held_since.iter().any(|held| held.is_same(window))
            || !left.any(|given| given.is_same(window))
    }
}

/// The ways in which a tenant differs from others.
#[derive(Clone, Copy, Debug, Default)]
struct Tenant {
    shows: Shows,
    /// It answers 204 to every change, and not 202.
    only_204: bool,
    /// Every change shows a minute late.
    is_late: bool,
    /// Its lists show pauses.
    lists_pauses: bool,
}

/// The part of the contexts of pauses that a tenant shows.
#[derive(Clone, Copy, Debug, Default)]
enum Shows {
    /// All of them.
    #[default]
    Whole,
    /// Their beginnings.
    Cut(usize),
    /// In lower case.
    LowerCase,
    /// A text of its own.
    Replaced,
    /// None.
    Nothing,
}

impl Shows {
    fn context(self, context: String) -> Option<String> {
        match self {
            Self::Whole => Some(context),
            Self::Cut(length) => Some(context.chars().take(length).collect()),
            Self::LowerCase => Some(context.to_lowercase()),
            Self::Replaced => Some("paused by the API".to_owned()),
            Self::Nothing => None,
        }
    }
}

/// The waits that all requests meet, and the number of looks and lists.
#[derive(Clone, Copy, Debug, Default)]
struct Traffic {
    /// The time that each change waits for its turn.
    change_waits: Duration,
    is_throttled: bool,
    looks: usize,
    lists: usize,
}

#[derive(Debug)]
struct Model {
    tasks: RefCell<BTreeMap<Target, Task>>,
    trouble: Cell<Trouble>,
    /// When something went wrong last.
    troubled: Cell<Option<Instant>>,
    /// Whether a call is under way that pauses again what a person resumed.
    reasserts: Cell<bool>,
    tenant: Cell<Tenant>,
    traffic: Cell<Traffic>,
    ledger: PathBuf,
}

impl Model {
    fn new(tasks: usize, ledger: PathBuf) -> Self {
        let mut tasks: BTreeMap<_, _> =
            (0..tasks).map(|task| (target(task), Task::default())).collect();
        // One of them a person had paused before.
        let first = tasks.entry(target(0)).or_default();
        first.paused = Some(by_person(at(-1000)));
        first.human = Some(true);
        let (trouble, reasserts) = (Cell::new(Trouble::None), Cell::new(false));
        let troubled = Cell::new(None);
        let (tenant, traffic) = (Cell::default(), Cell::default());
        Self { tasks: RefCell::new(tasks), trouble, troubled, reasserts, tenant, traffic, ledger }
    }

    fn count(&self, count: impl FnOnce(&mut Traffic)) {
        let mut traffic = self.traffic.get();
        count(&mut traffic);
        self.traffic.set(traffic);
    }

    fn with<T>(&self, target: &Target, work: impl FnOnce(&mut Task) -> T) -> T {
        work(self.tasks.borrow_mut().entry(target.clone()).or_default())
    }

    fn hang(&self, task: usize, hang: Hang) {
        self.with(&target(task), |task| task.hang = Some(hang));
    }

    /// A person pauses a task, or resumes it, if it is not so already.
    fn human(&self, task: usize, pause: bool) {
        let target = target(task);
        let state = Ledger::read(&self.ledger).unwrap();
        let active = state.active(&target);
        self.with(&target, |task| {
            if task.paused.is_some() == pause {
                return;
            }
            let ours = task.paused.as_ref().and_then(|state| state.context.as_deref());
            let ours = ours.and_then(Mark::parse).map(|mark| mark.hold);
            if !pause {
                let is_long_there = task.made.is_some_and(|made| made.elapsed() >= NOTICED);
                task.ending = ours.filter(|_| is_long_there);
                let seen =
                    |active: &&ActiveHold| active.is_settled() || active.shown_in_doubt().is_some();
                if let Some(active) = active.filter(seen).filter(|_| !self.reasserts.get()) {
                    task.ended = Some(active.id.to_string());
                }
            }
            task.paused = pause.then(|| by_person(now()));
            task.human = Some(pause);
            task.ours_since = Some(now()).max(task.last_end);
            task.late = None;
            task.made = None;
        });
    }

    /// A call came to its end that gave these windows of active holds back, whatever
    /// became of its requests.
    fn gave_back(&self, windows: Vec<(Target, HoldWindow)>) {
        for (target, window) in windows {
            self.with(&target, |task| {
                task.held_since.retain(|held| !held.is_same(&window));
                task.given_back.push(window);
            });
        }
    }

    /// Notes which windows the active holds go on for, at the end of a call and of the
    /// call that crashed.
    fn note_held(&self) {
        let state = Ledger::read(&self.ledger).unwrap();
        for (target, task) in self.tasks.borrow_mut().iter_mut() {
            let windows = state.active(target).map(|active| active.hold.windows().iter());
            let held = windows.into_iter().flatten().filter(|window| task.is_held_for(window));
            task.held_since = held.cloned().collect();
        }
    }

    /// Whether an active hold has a window that no command gave back.
    fn is_held_by_others(&self, target: &Target) -> bool {
        let state = Ledger::read(&self.ledger).unwrap();
        let Some(active) = state.active(target) else { return false };
        self.with(target, |task| {
            active.hold.windows().iter().any(|window| task.is_held_for(window))
        })
    }

    /// The call under way came to its end: it knows what was done meanwhile.
    fn end_of_call(&self) {
        let may_pause_again = self.reasserts.replace(false);
        for task in self.tasks.borrow_mut().values_mut() {
            let ending = task.ending.take();
            task.ended = ending.filter(|_| !may_pause_again).or(task.ended.take());
            task.unseen = false;
        }
        self.note_held();
    }

    /// The call under way crashed: what it did not record, nobody knows.
    fn crash(&self) {
        self.troubled.set(Some(Instant::now()));
        self.reasserts.set(false);
        let state = Ledger::read(&self.ledger).unwrap();
        for (target, task) in self.tasks.borrow_mut().iter_mut() {
            (task.ending, task.unseen) = (None, false);
            if state
                .active(target)
                .is_some_and(|active| matches!(active.phase, Phase::Pausing { .. }))
            {
                task.made = None;
            }
        }
        self.note_held();
    }

    /// Records what is wanted. A hold that touches an active one that a person ended is
    /// the same hold: it is ended, too.
    fn want(&self, wanted: &[WantedTarget]) {
        let state = Ledger::read(&self.ledger).ok();
        for WantedTarget { target, holds, .. } in wanted {
            let last_end = holds.iter().filter_map(Hold::end).max();
            let is_open = state.as_ref().is_some_and(|state| state.active(target).is_some());
            self.with(target, |task| {
                task.last_end = task.last_end.max(last_end);
                let is_ended = is_open && task.human == Some(false);
                for hold in holds.iter().filter(|_| is_ended) {
                    if task.ours_since.is_some_and(|since| hold.start() <= since) {
                        task.ours_since = task.ours_since.max(hold.end());
                    }
                }
            });
        }
    }

    /// Checks that all wanted tasks whose window is open are paused, except tasks that
    /// somebody else changed since the window opened, and except soon after a trouble.
    fn check(&self, wanted: &[WantedTarget]) {
        if self.troubled.get().is_some_and(|when| when.elapsed() < CALM) {
            return;
        }
        for WantedTarget { target, holds, .. } in wanted {
            let ours_since = self.with(target, |task| task.ours_since);
            let is_ours = |hold: &&Hold| ours_since.is_none_or(|since| since < hold.start());
            let mut active =
                holds.iter().filter(|hold| hold.tense(now(), Duration::ZERO) == Tense::Open);
            if let Some(hold) = active.find(is_ours) {
                let paused = self.with(target, |task| task.paused.is_some());
                assert!(paused, "{target} is not paused in {hold:?}");
            }
        }
    }

    /// The state that a look shows now.
    fn shown(&self, target: &Target) -> PauseState {
        let state = self.with(target, |task| {
            let is_late = task.late.is_some_and(|until| Instant::now() < until);
            task.unseen &= is_late;
            if is_late { task.shown.clone() } else { task.paused.clone() }
        });
        let state = state.unwrap_or_default();
        let context = state.context.and_then(|context| self.tenant.get().shows.context(context));
        PauseState { context, shown_at: Some(now()), ..state }
    }

    fn error(status: u16) -> ClientError {
        let request = RequestLine { method: "PUT", path: "/pause".into(), attempts: 1 };
        ClientError::Status { request, status, said: ApiMessage::default() }
    }
}

fn by_person(since: UtcTime) -> PauseState {
    PauseState {
        paused: true,
        since: Some(since),
        user: Some("a-person".into()),
        user_type: Some("HUMAN".into()),
        context: Some("hands off".into()),
        shown_at: None,
    }
}

/// The context of a call at that time of the story, which has no deadline.
fn context<'a>(
    model: &'a Model,
    call: (&'a Stop, &'a Display),
    messages: &'a Messages,
    reason: &'a Reason,
) -> Context<'a, Model> {
    let (stop, display) = call;
    Context {
        api: model,
        stop,
        display,
        messages,
        policy: Policy { verify: true, ..Policy::default() },
        verify_timeout: Duration::from_secs(30),
        deadline: Deadline::NEVER,
        not_before: None,
        concurrency: Concurrency::fixed(AT_ONCE),
        reason,
        catch_up: false,
        tries_again: false,
        gives_back: false,
        clock: now,
    }
}
