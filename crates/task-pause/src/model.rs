//! The whole of deciding and acting, against a model of the API: random
//! sequences of our calls, of what people do, of lost answers and late ones,
//! of crashes at any await, and of time going on.
//!
//! The model judges each change as it arrives: a resume of what is not ours is
//! wrong at once, not only at the end.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use maintenance_core::change::{Answer, PauseState, Permit, Target, TargetKind};
use maintenance_core::client::{ClientError, Made, RequestLine, SendError, Sent};
use maintenance_core::hold::{self, Hold, HoldWindow, Marker};
use maintenance_core::ledger::{Ledger, Open, Phase, State};
use maintenance_core::run::Labels;
use maintenance_core::time::UtcTime;
use proptest::prelude::*;

use crate::act::Actor;
use crate::agenda::{self, Authority, Moment, Which};
use crate::api::{Api, Look};
use crate::decide::Policy;
use crate::effect::Settings;
use crate::input::Wanted;
use crate::signals::Stop;

const TASKS: usize = 3;

thread_local! {
    static MINUTE: Cell<i64> = const { Cell::new(0) };
}

fn at(minute: i64) -> UtcTime {
    UtcTime::from_millis(1_790_000_000_000 + minute * 60_000).unwrap()
}

fn now() -> UtcTime {
    at(MINUTE.get())
}

fn target(task: usize) -> Target {
    Target { environment_id: "e".into(), kind: TargetKind::Task, id: task.to_string().into() }
}

/// Windows of tasks: the task, the window's name, its start from now and its
/// length, both in minutes.
type Windows = Vec<(usize, u8, i64, i64)>;

/// A timetable with these windows.
struct Table(Vec<Wanted>);

impl Authority for Table {
    fn windows(&self, target: &Target, _: &Labels, around: &Hold) -> Option<Vec<HoldWindow>> {
        let of_target = self.0.iter().filter(|wanted| wanted.target == *target);
        let windows = of_target.flat_map(|wanted| &wanted.holds).flat_map(Hold::windows);
        let touches = |window: &&HoldWindow| {
            window.end.is_none_or(|end| around.start() <= end)
                && around.end().is_none_or(|end| window.start <= end)
        };
        Some(windows.filter(touches).cloned().collect())
    }
}

/// One step of a story.
#[derive(Clone, Debug)]
enum Event {
    /// `--sync` with runs in these windows, ended after so many polls if it is
    /// to crash. With a timetable, that has other windows: it was edited since
    /// the runs were selected.
    Sync { windows: Windows, timetable: Option<Windows>, reassert: bool, crash: Option<u32> },
    /// Pausing alone.
    Pause { windows: Windows, crash: Option<u32> },
    /// `--resume`, or with `--all`.
    Resume { all: bool, crash: Option<u32> },
    /// A person pauses a task that is not paused.
    HumanPauses(usize),
    /// A person resumes a task that is paused.
    HumanResumes(usize),
    /// What goes wrong with the next changes.
    Trouble(Trouble),
    /// Time goes on.
    Minutes(i64),
}

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

#[derive(Clone, Debug, Default)]
struct Task {
    paused: Option<PauseState>,
    shown: Option<PauseState>,
    /// Until when looks show the old state.
    late: Option<UtcTime>,
    /// What a person did last: paused or resumed.
    human: Option<bool>,
    /// The hold that a person ended, after it was seen as ours.
    ended: Option<String>,
}

#[derive(Debug)]
struct Model {
    tasks: RefCell<BTreeMap<Target, Task>>,
    trouble: Cell<Trouble>,
    contexts: bool,
}

impl Model {
    fn new(contexts: bool) -> Self {
        let mut tasks: BTreeMap<_, _> =
            (0..TASKS).map(|task| (target(task), Task::default())).collect();
        // One of them a person had paused before.
        let first = tasks.entry(target(0)).or_default();
        first.paused = Some(by_person(at(-1000)));
        first.human = Some(true);
        Self { tasks: RefCell::new(tasks), trouble: Cell::new(Trouble::None), contexts }
    }

    fn human(&self, task: usize, pause: bool) {
        let mut tasks = self.tasks.borrow_mut();
        let task = tasks.entry(target(task)).or_default();
        if task.paused.is_some() != pause {
            task.paused = pause.then(|| by_person(now()));
            task.human = Some(pause);
            task.late = None;
        }
    }

    fn error(status: u16) -> ClientError {
        let request = RequestLine { method: "PUT", path: "/pause".into(), attempts: 1 };
        ClientError::Status {
            request,
            status,
            said: maintenance_core::client::ApiMessage::default(),
        }
    }
}

fn by_person(since: UtcTime) -> PauseState {
    PauseState {
        paused: true,
        since: Some(since),
        user: Some("a-person".into()),
        user_type: Some("HUMAN".into()),
        context: Some("hands off".into()),
    }
}

impl Api for Model {
    async fn look(&self, target: &Target) -> Result<Look, ClientError> {
        tokio::task::yield_now().await;
        let mut tasks = self.tasks.borrow_mut();
        let task = tasks.entry(target.clone()).or_default();
        let mut state = if task.late.is_some_and(|until| now() < until) {
            task.shown.clone()
        } else {
            task.paused.clone()
        }
        .unwrap_or_default();
        if !self.contexts {
            state.context = None;
        }
        Ok(Look { state, workspace_id: None })
    }

    async fn send(&self, permit: &Permit) -> Result<Sent, SendError> {
        tokio::task::yield_now().await;
        let change = permit.change();
        let trouble = self.trouble.get();
        if trouble == Trouble::LostBefore {
            return Err(SendError { error: Self::error(500), made: Made::Unknown });
        }
        if trouble == Trouble::Refused {
            return Err(SendError { error: Self::error(403), made: Made::No });
        }
        if trouble == Trouble::HumanFaster && change.pause {
            let task = change.target.id.parse().unwrap();
            self.human(task, true);
        }
        let answer = {
            let mut tasks = self.tasks.borrow_mut();
            let task = tasks.entry(change.target.clone()).or_default();
            if let (false, Some(state)) = (change.pause, &task.paused) {
                let marker = state.context.as_deref().and_then(Marker::parse);
                assert!(marker.is_some(), "resumes what a person paused: {state:?}");
            }
            if let Some(marker) = Marker::parse(&change.context) {
                let again = task.ended.as_ref() == Some(&marker.hold);
                assert!(!again, "pauses again what a person resumed: {marker:?}");
            }
            let changes = task.paused.is_some() != change.pause;
            if changes {
                task.shown = task.paused.clone();
                task.paused = change.pause.then(|| PauseState {
                    paused: true,
                    since: Some(now()),
                    user: Some("ops".into()),
                    user_type: Some("SERVICE".into()),
                    context: Some(change.context.clone()),
                });
                task.late = matches!(trouble, Trouble::ShowsLate | Trouble::LostAndLate)
                    .then(|| at(MINUTE.get() + 1));
                if change.pause {
                    // What a person did before this pause is not undone by it.
                    task.human = task.human.filter(|paused| *paused);
                }
            }
            if changes { Answer::Changed } else { Answer::Unchanged }
        };
        tokio::task::yield_now().await;
        if matches!(trouble, Trouble::LostAfter | Trouble::LostAndLate) {
            return Err(SendError { error: Self::error(500), made: Made::Unknown });
        }
        Ok(Sent { answer, retried: false })
    }

    async fn sees(&self, _: &Target, _: Option<&str>) -> Result<bool, ClientError> {
        Ok(true)
    }
}

/// Polls at most so often; then the call is dropped where it stands, as a
/// crash leaves it.
async fn crashing<T>(polls: Option<u32>, work: impl Future<Output = T>) -> Option<T> {
    let mut left = polls.unwrap_or(u32::MAX);
    let mut work = Box::pin(work);
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}

fn wanted(windows: &Windows) -> Vec<Wanted> {
    let mut by_task: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    for &(task, name, start, length) in windows {
        let start = MINUTE.get() + start;
        let window = HoldWindow {
            start: at(start),
            end: Some(at(start + length)),
            name: format!("w{name}").into(),
        };
        by_task.entry(task).or_default().push((window, Some(at(start))));
    }
    let wanted = by_task.into_iter().map(|(task, selected)| Wanted {
        target: target(task),
        labels: Arc::default(),
        holds: hold::merge(selected),
    });
    wanted.collect()
}

async fn play(model: &Model, ledger: &Path, event: &Event) {
    let (reassert, crash) = match event {
        Event::HumanPauses(task) => return model.human(*task, true),
        Event::HumanResumes(task) => {
            let state = Ledger::read(ledger).unwrap();
            let seen = |open: &&Open| open.phase == Phase::Held || open.unclear.is_some();
            if let Some(open) = state.open(&target(*task)).filter(seen) {
                let mut tasks = model.tasks.borrow_mut();
                tasks.entry(target(*task)).or_default().ended = Some(open.id.to_string());
            }
            return model.human(*task, false);
        }
        Event::Trouble(trouble) => return model.trouble.set(*trouble),
        Event::Minutes(minutes) => return MINUTE.set(MINUTE.get() + minutes),
        Event::Sync { reassert, crash, .. } => (*reassert, *crash),
        Event::Pause { crash, .. } | Event::Resume { crash, .. } => (false, *crash),
    };
    if reassert {
        // Whatever a person ended may be paused again, by a later call too if
        // this one does not come to it.
        model.tasks.borrow_mut().values_mut().for_each(|task| task.ended = None);
    }
    let reason = "maintenance".parse().unwrap();
    let stop = Stop::never();
    let actor = Actor {
        api: model,
        stop: &stop,
        display: &crate::progress::Display::hidden(),
        policy: Policy { lead: Duration::ZERO, reassert, verify: true },
        effects: Settings { verify: true, patience: Duration::ZERO, until: None },
        concurrency: 2,
        reason: &reason,
        catch_up: false,
        clock: now,
    };
    let work = async {
        let mut ledger = Ledger::open(ledger, "api", now()).unwrap();
        let moment = Moment { now: now(), lead: Duration::ZERO, reassert };
        let state = ledger.state();
        let items = match event {
            Event::Sync { windows, timetable, .. } => {
                let table = timetable.as_ref().map(|windows| Table(wanted(windows)));
                let authority = table.as_ref().map(|table| table as &dyn Authority);
                agenda::syncing(&wanted(windows), state, authority, moment)
            }
            Event::Pause { windows, .. } => agenda::pausing(&wanted(windows), state, moment),
            Event::Resume { all, .. } => {
                let which = if *all { Which::All } else { Which::Ended };
                agenda::giving_back(state, &which, moment)
            }
            _ => Vec::new(),
        };
        actor.pass(&mut ledger, items, moment.now).await
    };
    crashing(crash, work).await;
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let windows = || prop::collection::vec((0..TASKS, 0..2u8, -20..20i64, 1..40i64), 0..5);
    let crash = || prop::option::weighted(0.3, 0..14u32);
    let trouble = prop::sample::select(vec![
        Trouble::None,
        Trouble::None,
        Trouble::LostBefore,
        Trouble::LostAfter,
        Trouble::Refused,
        Trouble::HumanFaster,
        Trouble::ShowsLate,
        Trouble::LostAndLate,
    ]);
    let event = prop_oneof![
        4 => (windows(), prop::option::of(windows()), prop::bool::weighted(0.1), crash())
            .prop_map(|(windows, timetable, reassert, crash)| {
                Event::Sync { windows, timetable, reassert, crash }
            }),
        3 => (windows(), crash()).prop_map(|(windows, crash)| Event::Pause { windows, crash }),
        3 => (any::<bool>(), crash()).prop_map(|(all, crash)| Event::Resume { all, crash }),
        1 => (0..TASKS).prop_map(Event::HumanPauses),
        1 => (0..TASKS).prop_map(Event::HumanResumes),
        2 => trouble.prop_map(Event::Trouble),
        3 => (0..30i64).prop_map(Event::Minutes),
    ];
    prop::collection::vec(event, 1..14)
}

/// Plays a story to its end, and gives everything back after it.
fn tell(model: &Model, mut story: Vec<Event>) -> State {
    MINUTE.set(0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    // In memory where there is such a place: syncing is not what is tested.
    let shared = Path::new("/dev/shm");
    let dir = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() };
    let dir = dir.unwrap();
    let ledger = dir.path().join("ledger.jsonl");
    story.extend([
        Event::Trouble(Trouble::None),
        Event::Minutes(10),
        Event::Resume { all: true, crash: None },
        // What was accepted and not seen is settled by the next call.
        Event::Minutes(10),
        Event::Resume { all: true, crash: None },
    ]);
    for event in &story {
        runtime.block_on(play(model, &ledger, event));
    }
    Ledger::read(&ledger).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// At the end of every story everything of ours is given back, and what
    /// people did is as they left it.
    #[test]
    fn every_story_ends_well(events in events()) {
        let model = Model::new(true);
        let state = tell(&model, events);
        prop_assert_eq!(state.all_open().count(), 0, "{:?}", state);
        for (target, task) in model.tasks.borrow().iter() {
            let paused = task.paused.is_some();
            prop_assert_eq!(paused, task.human == Some(true), "{}: {:?}", target, task);
        }
    }

    /// Where the tenant shows no contexts, less is known: then what is not
    /// known stays open. Still nothing of a person's is ever resumed, and
    /// nothing of ours is forgotten.
    #[test]
    fn without_contexts_nothing_is_guessed(events in events()) {
        let model = Model::new(false);
        let state = tell(&model, events);
        for (target, task) in model.tasks.borrow().iter() {
            let user = task.paused.as_ref().and_then(|state| state.user.as_deref());
            let known = user != Some("ops") || state.open(target).is_some();
            prop_assert!(known, "{} is forgotten: {:?}", target, task);
        }
    }
}
