//! Passes whose requests wait long for their turn.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use maintenance_core::cli::{CommonArgs, Messages};
use maintenance_core::hold::{Hold, HoldWindow};
use maintenance_core::ledger::Ledger;

use super::{Hang, Model, Task, Tenant, Traffic, at, begin, context, now, target};
use crate::apply::{Applied, KnownLooks, PassWork, apply};
use crate::output::Display;
use crate::signals::Stop;
use crate::talend::{NearRuns, PauseLists};
use crate::types::{Action, Candidate, Wish};

/// Pauses so many tasks for ten hours.
async fn pause(model: &Model, tasks: usize) -> Applied {
    let window = HoldWindow { name: "w".into(), start: at(0), end: Some(at(600)) };
    let candidate = |task: usize| Candidate {
        target: target(task),
        labels: Arc::default(),
        hold: Hold::new(vec![window.clone()], Vec::new()).unwrap(),
        wish: Wish::Hold,
    };
    let messages = Messages::new("test", &CommonArgs::default());
    let (stop, display) = (Stop::never(), Display::hidden());
    let reason = "maintenance".parse().unwrap();
    let context = context(model, (&stop, &display), &messages, &reason);
    let mut ledger = Ledger::open(&model.ledger, "api", now()).unwrap();
    let work = PassWork {
        candidates: (0..tasks).map(candidate).collect(),
        collected: now(),
        limit: None,
        near_runs: &mut NearRuns::new(Duration::ZERO, now(), &messages),
        known: KnownLooks::default(),
        lists: &mut PauseLists::default(),
    };
    apply(&context, &mut ledger, work).await.whole()
}

/// Runs a story of a tenant with so many tasks, none of which is paused.
fn story<T, F: Future<Output = T>>(tasks: usize, play: impl FnOnce(Model) -> F) -> T {
    let dir = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        begin();
        let model = Model::new(0, dir.path().join("ledger.jsonl"));
        let unpaused = (0..tasks).map(|task| (target(task), Task::default()));
        model.tasks.replace(unpaused.collect::<BTreeMap<_, _>>());
        play(model).await
    })
}

#[test]
fn lists_are_read_again_while_changes_wait_until_looks_are_old() {
    // One batch, and a few that a list is worth a request for.
    let count = 256 + 16;
    let traffic = story(count, |model| async move {
        model.tenant.set(Tenant { lists_pauses: true, ..Tenant::default() });
        // Two at a time: the batch takes longer than a look counts.
        let change_waits = Duration::from_secs(2);
        model.traffic.set(Traffic { change_waits, ..Traffic::default() });
        let applied = pause(&model, count).await;
        assert!(applied.reports.iter().all(|report| report.action == Action::Paused));
        assert_eq!(applied.reports.len(), count);
        model.traffic.get()
    });
    // After the first page, the list is read for each batch and to read the changes back,
    // and each time one look proves it.
    assert_eq!((traffic.looks, traffic.lists), (3, 1 + 3), "{traffic:?}");
}

#[test]
fn a_look_that_waits_for_the_allowance_is_not_postponed() {
    for (is_throttled, looks) in [(true, 1), (false, 2)] {
        let traffic = story(2, |model| async move {
            let hang = Hang { length: Duration::from_secs(25), act: None, is_stale: false };
            model.hang(1, hang);
            model.traffic.set(Traffic { is_throttled, ..Traffic::default() });
            let applied = pause(&model, 2).await;
            assert!(applied.reports.iter().all(|report| report.action == Action::Paused));
            model.traffic.get()
        });
        // One look at the other task, and one at each that reads its change back.
        assert_eq!(traffic.looks, looks + 3, "throttled: {is_throttled}");
    }
}
