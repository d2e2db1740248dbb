//! The whole of deciding and acting, against the model of the API: random
//! sequences of our calls, of what people do, of lost answers and late ones,
//! of looks that hang, of crashes at any await, and of time going on.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::path::Path;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use maintenance_core::change::Target;
use maintenance_core::cli::{CommonArgs, Messages};
use maintenance_core::hold::{self, Hold, HoldWindow};
use maintenance_core::ledger::{Ledger, LedgerState};
use maintenance_core::run::Labels;
use proptest::prelude::*;
use tokio::time::sleep;

use super::{Hang, Model, Shows, Tenant, Trouble, begin, context, now, target};
use crate::apply::early_looks::{is_to_look_at, look_ahead};
use crate::apply::{Context, KnownLooks, PassWork, apply, released_windows};
use crate::deadline::Deadline;
use crate::decide::candidates::{ResumeSelection, giving_back, pausing, syncing};
use crate::decide::timetable_windows::{RuledWindows, TimetableWindows, Undecided};
use crate::output::Display;
use crate::signals::Stop;
use crate::talend::{NearRuns, PauseLists};
use crate::timing::MAX_EARLY_PASS;
use crate::types::{Candidate, LedgerAt, Moment, Policy, WantedTarget};

mod found;

const TASKS: usize = 3;

/// Windows of tasks: the task, the window's name, its start from now and its
/// length, both in minutes.
type Windows = Vec<(usize, u8, i64, u64)>;

/// A timetable with these windows.
struct Table(Vec<WantedTarget>);

impl TimetableWindows for Table {
    fn windows(
        &self,
        target: &Target,
        _: &Labels,
        around: &Hold,
    ) -> Result<RuledWindows, Undecided> {
        let of_target = self.0.iter().filter(|wanted| wanted.target == *target);
        let windows = of_target.flat_map(|wanted| &wanted.holds).flat_map(Hold::windows);
        let touches = |window: &&HoldWindow| {
            window.end.is_none_or(|end| around.start() <= end)
                && around.end().is_none_or(|end| window.start <= end)
        };
        let windows = windows.filter(touches).cloned().collect();
        Ok(RuledWindows { windows, is_by_former_name: false })
    }
}

/// One step of a story.
#[derive(Clone, Debug)]
enum Event {
    /// The task is paused now, or the story fails.
    IsPaused(usize),
    /// One of our calls.
    Call(Call, Manner),
    /// A person pauses a task that is not paused, or resumes one that is.
    Human(usize, bool),
    /// The next look at a task hangs.
    Hang(usize, Hang),
    /// The trouble that the next changes meet.
    Trouble(Trouble),
    /// Time goes on.
    Minutes(u64),
}

#[derive(Clone, Debug)]
enum Call {
    /// `sync` with runs in these windows. With a timetable, that has other
    /// windows: it was edited since the runs were selected.
    Sync { windows: Windows, timetable: Option<Windows>, reassert: bool },
    /// Pausing alone.
    Pause(Windows),
    /// `resume`, or with `--all`.
    Resume { all: bool },
    /// `resume --window`.
    Release(u8),
}

/// The manner of a call.
#[derive(Clone, Debug, Default)]
struct Manner {
    /// It crashes after so many polls.
    crash: Option<u32>,
    /// An edge comes so many seconds after its beginning.
    edge: Option<u64>,
    /// `--no-verify`.
    unverified: bool,
    /// It is made for an edge to come, and looks ahead.
    early: Option<Early>,
}

/// The looks ahead of an edge, and what happens before it.
#[derive(Clone, Copy, Debug)]
struct Early {
    /// The seconds from the looks to the edge.
    seconds: u64,
    /// A person pauses a task, or resumes it.
    act: Option<(usize, bool)>,
}

/// Polls at most so often; then the call is dropped where it stands, as a
/// crash leaves it.
async fn crashing<T>(polls: Option<u32>, work: impl Future<Output = T>) -> Option<T> {
    let mut left = polls.unwrap_or(u32::MAX);
    let mut work = Box::pin(work);
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}

fn wanted(windows: &Windows) -> Vec<WantedTarget> {
    let mut by_task: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    for &(task, name, start, length) in windows {
        let from_now = minutes(start.unsigned_abs());
        let start = match start {
            0.. => now().saturating_add(from_now),
            _ => now().saturating_sub(from_now),
        };
        let end = Some(start.saturating_add(minutes(length)));
        let window = HoldWindow { start, end, name: format!("w{name}").into() };
        by_task.entry(task).or_default().push((window, Some(start)));
    }
    let wanted = by_task.into_iter().map(|(task, selected)| WantedTarget {
        target: target(task),
        labels: Arc::default(),
        holds: hold::merge(selected),
    });
    wanted.collect()
}

async fn play(model: &Model, event: &Event) {
    match event {
        Event::Human(task, pause) => {
            model.human(*task, *pause);
            model.end_of_call();
        }
        Event::Hang(task, hang) => model.hang(*task, *hang),
        Event::Trouble(trouble) => model.trouble.set(*trouble),
        Event::Minutes(minutes) => tokio::time::advance(Duration::from_secs(60 * minutes)).await,
        Event::Call(call, manner) => make(model, call, manner).await,
        Event::IsPaused(task) => {
            assert!(model.with(&target(*task), |task| task.paused.is_some()), "task {task}");
        }
    }
}

/// The holds that a call gives back.
fn selection(call: &Call) -> Option<ResumeSelection> {
    match call {
        Call::Resume { all: true } => Some(ResumeSelection::All),
        Call::Resume { all: false } => Some(ResumeSelection::Ended),
        Call::Release(name) => Some(ResumeSelection::Window(format!("w{name}"))),
        Call::Sync { .. } | Call::Pause(_) => None,
    }
}

/// The windows of active holds that a call gives back by its command, whatever their
/// end.
fn windows_to_give_back(model: &Model, call: &Call) -> Vec<(Target, HoldWindow)> {
    let state = Ledger::read(&model.ledger).unwrap();
    let is_named = |window: &HoldWindow| match selection(call) {
        Some(ResumeSelection::All) => true,
        Some(ResumeSelection::Window(name)) => *window.name == *name,
        Some(ResumeSelection::Ended) | None => false,
    };
    let windows = state.all_active().flat_map(|active| {
        let windows = active.hold.windows().iter().filter(|window| is_named(window));
        windows.map(|window| (active.target.clone(), window.clone())).collect::<Vec<_>>()
    });
    windows.collect()
}

async fn make(model: &Model, call: &Call, manner: &Manner) {
    let reassert = matches!(call, Call::Sync { reassert: true, .. });
    if reassert {
        // Whatever a person ended may be paused again, by a later call too if
        // this one does not come to it.
        model.tasks.borrow_mut().values_mut().for_each(|task| {
            task.ended = None;
            task.given_back.clear();
        });
        model.reasserts.set(true);
    }
    // The windows count from the beginning of the call.
    let (listed, table) = match call {
        Call::Sync { windows, timetable, .. } => (wanted(windows), timetable.as_ref().map(wanted)),
        Call::Pause(windows) => (wanted(windows), None),
        Call::Resume { .. } | Call::Release(_) => (Vec::new(), None),
    };
    model.want(&listed);
    model.want(table.as_deref().unwrap_or_default());
    let gives_back = matches!(call, Call::Resume { .. } | Call::Release(_));
    if gives_back || matches!(call, Call::Sync { timetable: Some(_), .. }) {
        // What it gives back before its end may not be paused again for that.
        model.tasks.borrow_mut().values_mut().for_each(|task| {
            task.ours_since = Some(now()).max(task.last_end);
        });
    }
    let ordered = windows_to_give_back(model, call);
    let verify = !manner.unverified;
    let edge = manner.edge.map(Duration::from_secs);
    let opens = manner.early.map(|early| now().saturating_add(Duration::from_secs(early.seconds)));
    let reason = "maintenance".parse().unwrap();
    let messages = Messages::new("test", &CommonArgs::default());
    let (stop, display) = (Stop::never(), Display::hidden());
    let context = Context {
        policy: Policy { lead: Duration::ZERO, reassert, verify },
        deadline: edge.map_or(Deadline::NEVER, Deadline::after),
        not_before: opens,
        ..context(model, (&stop, &display), &messages, &reason)
    };
    let work = async {
        let mut ledger = Ledger::open(&model.ledger, "api", now()).unwrap();
        let at = opens.unwrap_or_else(now);
        let moment = Moment { now: at, policy: Policy { reassert, ..Policy::default() } };
        let state = ledger.state();
        let candidates = match call {
            Call::Sync { .. } => {
                let table = table.clone().map(Table);
                let timetable = table.as_ref().map(|table| table as &dyn TimetableWindows);
                syncing(&listed, LedgerAt { state, moment }, timetable).candidates
            }
            Call::Pause(_) => pausing(&listed, LedgerAt { state, moment }),
            Call::Resume { .. } | Call::Release(_) => {
                let which = selection(call).unwrap();
                let candidates = giving_back(LedgerAt { state, moment }, &which);
                released_windows::record(&mut ledger, &which, &candidates, moment.now).unwrap();
                candidates
            }
        };
        let mut known = KnownLooks::default();
        if let Some(Early { seconds, act }) = manner.early {
            let is_new = |one: &&Candidate| is_to_look_at(&context, ledger.state(), one, at);
            let ahead: Vec<Candidate> = candidates.iter().filter(is_new).cloned().collect();
            look_ahead(&context, ledger.state(), &ahead, at, &mut known).await;
            let length = Duration::from_secs(seconds).saturating_sub(MAX_EARLY_PASS);
            sleep(length / 2).await;
            if let Some((task, pause)) = act {
                model.human(task, pause);
            }
            sleep(length / 2).await;
        }
        let mut near_runs = NearRuns::new(Duration::ZERO, moment.now, &messages);
        let near_runs = &mut near_runs;
        let work = PassWork {
            candidates,
            collected: moment.now,
            limit: None,
            near_runs,
            known,
            lists: &mut PauseLists::for_at_least(1),
        };
        apply(&context, &mut ledger, work).await.whole()
    };
    match crashing(manner.crash, work).await {
        Some(_) => {
            model.end_of_call();
            model.gave_back(ordered);
        }
        None => return model.crash(),
    }
    let is_checked = matches!(call, Call::Sync { timetable: None, .. } | Call::Pause(_));
    if is_checked && manner.edge.is_none() {
        model.check(&listed);
    }
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let windows = || prop::collection::vec((0..TASKS, 0..2u8, -20..20i64, 1..40u64), 0..5);
    let person = prop::option::of((0..TASKS, any::<bool>()));
    let early = (prop::sample::select(vec![1, 5, 60, 120, 300]), person)
        .prop_map(|(seconds, act)| Early { seconds, act });
    let manner = (
        prop::option::weighted(0.3, 0..40u32),
        prop::option::weighted(0.3, 0..40u64),
        prop::bool::weighted(0.2),
        prop::option::weighted(0.3, early),
    );
    let manner = manner.prop_map(|(crash, edge, unverified, early)| Manner {
        crash,
        edge,
        unverified,
        early,
    });
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
    let call = prop_oneof![
        4 => (windows(), prop::option::of(windows()), prop::bool::weighted(0.1)).prop_map(
            |(windows, timetable, reassert)| Call::Sync { windows, timetable, reassert }
        ),
        3 => windows().prop_map(Call::Pause),
        3 => any::<bool>().prop_map(|all| Call::Resume { all }),
        2 => (0..2u8).prop_map(Call::Release),
    ];
    let act = prop::option::of((0..TASKS, any::<bool>()));
    let hang = (1..60u64, act, any::<bool>()).prop_map(|(seconds, act, is_stale)| Hang {
        length: Duration::from_secs(seconds),
        act,
        is_stale,
    });
    let event = prop_oneof![
        10 => (call, manner).prop_map(|(call, manner)| Event::Call(call, manner)),
        2 => (0..TASKS, any::<bool>()).prop_map(|(task, pause)| Event::Human(task, pause)),
        3 => (0..TASKS, hang).prop_map(|(task, hang)| Event::Hang(task, hang)),
        2 => trouble.prop_map(Event::Trouble),
        3 => (0..30u64).prop_map(Event::Minutes),
    ];
    prop::collection::vec(event, 1..16)
}

/// Plays a story to its end in such a tenant, and gives everything back after
/// it. One that is known showed a pause of ours before, as the description says.
fn play_story(tenant: Tenant, is_known: bool, mut story: Vec<Event>) -> (Model, LedgerState) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    // In memory where there is such a place: syncing is not what is tested.
    let shared = Path::new("/dev/shm");
    let dir = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() };
    let dir = dir.unwrap();
    let model = Model::new(TASKS + 1, dir.path().join("ledger.jsonl"));
    let last = || Event::Call(Call::Resume { all: true }, Manner::default());
    // What was accepted and not seen is settled by the next call.
    story.extend([Event::Trouble(Trouble::None), Event::Minutes(10), last()]);
    story.extend([Event::Minutes(10), last(), Event::Minutes(10), last()]);
    runtime.block_on(async {
        begin();
        if is_known {
            let pause = Call::Pause(vec![(TASKS, 9, 0, 1)]);
            play(&model, &Event::Call(pause, Manner::default())).await;
            play(&model, &last()).await;
        }
        model.tenant.set(tenant);
        for event in &story {
            play(&model, event).await;
        }
    });
    let state = Ledger::read(&model.ledger).unwrap();
    (model, state)
}

/// Tenants in all their kinds.
fn tenants() -> impl Strategy<Value = Tenant> {
    let shows = prop::sample::select(vec![
        Shows::Whole,
        Shows::Cut(6),
        Shows::Cut(20),
        Shows::LowerCase,
        Shows::Replaced,
        Shows::Nothing,
    ]);
    (shows, any::<bool>(), prop::bool::weighted(0.3), any::<bool>()).prop_map(
        |(shows, only_204, is_late, lists_pauses)| Tenant {
            shows,
            only_204,
            is_late,
            lists_pauses,
        },
    )
}

proptest! {
    /// Where it is known who pauses for us, everything of ours is given back at
    /// the end of every story, and what people did is as they left it: in every
    /// tenant.
    #[test]
    fn every_story_ends_well(tenant in tenants(), events in events()) {
        let (model, state) = play_story(tenant, true, events);
        prop_assert_eq!(state.all_active().count(), 0, "{:?}", state);
        for (target, task) in model.tasks.borrow().iter() {
            let paused = task.paused.is_some();
            prop_assert_eq!(paused, task.human == Some(true), "{}: {:?}", target, task);
        }
    }

    /// Where nothing is known of the tenant, what is not known stays unsettled. Still
    /// nothing of a person's is ever resumed, and nothing of ours is forgotten.
    #[test]
    fn of_an_unknown_tenant_nothing_is_guessed(tenant in tenants(), events in events()) {
        let (model, state) = play_story(tenant, false, events);
        for (target, task) in model.tasks.borrow().iter() {
            let user = task.paused.as_ref().and_then(|state| state.user.as_deref());
            let known = user != Some("ops") || state.active(target).is_some();
            prop_assert!(known, "{} is forgotten: {:?}", target, task);
        }
    }
}
