//! `recover`: a ledger rebuilt from the API.
//!
//! The context of our pauses ends with our marker: the hold ID and the end of the hold.
//! With `--yes`, a pause with a marker that the ledger does not have is taken over; then
//! any host with the ledger can give it back. Pauses by the same users without a marker
//! are only listed: they may be their own. So are pauses that share a marker: one of
//! them is a copy. Warns if another ledger may be in use on another host, because it
//! made pauses within the last day, and if the tenant shows no contexts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use maintenance_core::change::{PauseState, Target, TargetKind};
use maintenance_core::cli::Ending;
use maintenance_core::client::{
    Client, ClientError, Environment, Executable, ExecutableFilter, ExecutableList,
};
use maintenance_core::clock;
use maintenance_core::hold::{Hold, HoldWindow, Marker};
use maintenance_core::ledger::{Adoption, Ledger, LedgerState};
use maintenance_core::run::Labels;
use maintenance_core::short_name::{clip, clip_path};
use maintenance_core::time::UtcTime;
use serde::Serialize;

use super::ending::{Unfinished, stopped};
use super::open_ledger;
use crate::apply::counts_toward_breaker;
use crate::decide::{marks, other_ledger};
use crate::output::{CallJournal, Receipts};
use crate::session::Session;
use crate::talend::environments;
use crate::types::{HoldSpan, Report};

/// The record of one pause that was found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecoverRecord<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    environment_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// `known` (in the ledger already), `ours` (carries our marker),
    /// `recovered` (the same, and now in the ledger), `candidate` (paused by
    /// the same user without a marker, or with one that is another's as well).
    recover: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<HoldSpan<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<UtcTime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
}

/// Lists the pauses that can be recovered from an environment; with `--yes`, takes
/// them over.
pub(super) async fn run(session: &Session<'_>, named: &str, yes: bool) -> anyhow::Result<Ending> {
    let Session { messages, stop, ledger, .. } = session;
    let mut receipts = if yes {
        Receipts::with_journal(messages, CallJournal::new(ledger)?)
    } else {
        Receipts::without_journal(messages)
    };
    let mut counts = RecoverCounts::default();
    let listed = async {
        let environment = resolve(session, named).await?;
        Ok(paused(session, &environment).await?)
    };
    let ended = tokio::select! {
        listed = listed => match listed {
            Ok(listed) => take_over(session, (named, yes), &listed, (&mut receipts, &mut counts)).await,
            Err(error) => Err(error),
        },
        (exit, _) = stop.asked() => Ok(stopped(exit)),
    };
    session.display.clear();
    if messages.wants_progress() {
        messages.note(&format!("{}; ledger: {}", counts.text(), clip_path(ledger)));
    }
    receipts.close(ended, messages)
}

/// Writes the pauses that can be recovered; with `--yes`, takes them over.
async fn take_over(
    session: &Session<'_>,
    (named, yes): (&str, bool),
    PausedList { paused, is_complete }: &PausedList,
    (receipts, counts): (&mut Receipts, &mut RecoverCounts),
) -> anyhow::Result<Ending> {
    let mut ledger = if yes { Some(open_ledger::open(session).await?) } else { None };
    let recorded = Ledger::read(session.ledger)?;
    let marks = PauseMarks::of(paused);
    counts.paused = paused.len();
    let now = clock::now();
    let strangers = paused.iter().filter(|(target, ..)| recorded.active(target).is_none());
    let strangers: Vec<&PauseState> = strangers.map(|(_, _, state)| state).collect();
    for doubt in other_ledger::doubts(&strangers, recorded.id(), now) {
        session.messages.warn(&doubt);
    }
    for (target, labels, state) in paused {
        let marker = marker(state);
        let hold = marker.as_ref().and_then(|marker| hold(marker, state, now));
        let known = recorded.active(target).map(|_| "known");
        let found = known.or_else(|| of_unknown(marker.as_ref(), state, &recorded, &marks));
        let Some(mut recover) = found else { continue };
        if let ("ours", Some(marker), Some(hold), Some(ledger)) =
            (recover, &marker, &hold, &mut ledger)
        {
            let (target, labels) = (target.clone(), Arc::new(labels.clone()));
            let (marker, hold, seen) = (marker.clone(), hold.clone(), state.clone());
            let report =
                Report::of_recovery(target.clone(), labels.clone(), hold.clone(), seen.clone());
            ledger.adopt(Adoption { marker, target, labels, hold, seen }, now)?;
            receipts.journal(&report, now);
            recover = "recovered";
        }
        *counts.found.entry(recover).or_default() += 1;
        receipts.record(&RecoverRecord {
            id: &target.id,
            kind: target.kind.as_type(),
            environment_id: &target.environment_id,
            name: labels.name.as_deref(),
            recover,
            hold: hold.as_ref().map(HoldSpan::from),
            since: state.since,
            user: state.user.as_deref(),
        });
    }
    if let Some(ledger) = &mut ledger {
        ledger.sync()?;
    }
    let ours = counts.of("ours");
    if !yes && ours > 0 {
        session.messages.note(&format!(
            "nothing was changed; --yes takes the {ours} that are ours over into the ledger {}",
            session.ledger.display()
        ));
    }
    if counts.found.is_empty() {
        let name = clip(named);
        session.messages.note(&format!("no pause in {name:?} carries a mark of ours"));
    }
    let mut unfinished = Unfinished::new(0);
    unfinished.add_if(!*is_complete, "whether some tasks or plans are paused is not known");
    Ok(unfinished.ending())
}

/// Whose a pause is that the ledger does not hold, before any is taken over; `None` if
/// nothing says that it could be ours.
fn of_unknown(
    marker: Option<&Marker>,
    state: &PauseState,
    recorded: &LedgerState,
    marks: &PauseMarks<'_>,
) -> Option<&'static str> {
    match marker {
        // If two pauses share a mark, or the ledger has it already, one is a copy, and
        // nothing shows which.
        Some(marker) if marks.is_copied(marker) || recorded.target_of(&marker.hold).is_some() => {
            Some("candidate")
        }
        Some(_) => Some("ours"),
        None => marks.is_of_our_account(state).then_some("candidate"),
    }
}

/// The number of pauses that were found.
#[derive(Debug, Default)]
struct RecoverCounts {
    /// By the word of their records.
    found: BTreeMap<&'static str, usize>,
    /// All that are paused.
    paused: usize,
}

impl RecoverCounts {
    fn of(&self, word: &str) -> usize {
        self.found.get(word).copied().unwrap_or_default()
    }

    fn text(&self) -> String {
        let [known, recovered, ours, candidates] =
            ["known", "recovered", "ours", "candidate"].map(|word| self.of(word));
        format!(
            "paused: {}, of them known: {known}, taken over: {recovered}, ours to take \
             over: {ours}, candidates: {candidates}",
            self.paused
        )
    }
}

/// The marks of the paused tasks and plans of an environment.
struct PauseMarks<'a> {
    /// The number of pauses that carry the mark of each hold.
    carriers: BTreeMap<String, usize>,
    /// The accounts of the pauses with a mark.
    users: BTreeSet<&'a str>,
}

impl<'a> PauseMarks<'a> {
    fn of(paused: &'a [(Target, Labels, PauseState)]) -> Self {
        let mut marks = Self { carriers: BTreeMap::new(), users: BTreeSet::new() };
        for (_, _, state) in paused {
            let Some(marker) = marker(state) else { continue };
            *marks.carriers.entry(marker.hold).or_default() += 1;
            marks.users.extend(state.user.as_deref());
        }
        marks
    }

    /// Whether several pauses carry this mark.
    fn is_copied(&self, marker: &Marker) -> bool {
        self.carriers.get(&marker.hold).is_some_and(|count| *count > 1)
    }

    /// Whether the pause is of an account that also made pauses with a mark.
    fn is_of_our_account(&self, state: &PauseState) -> bool {
        state.user.as_deref().is_some_and(|user| self.users.contains(user))
    }
}

fn marker(state: &PauseState) -> Option<Marker> {
    state.context.as_deref().and_then(marks::marker)
}

/// The hold of a marker: from the start of the pause to the end in the marker.
fn hold(marker: &Marker, state: &PauseState, now: UtcTime) -> Option<Hold> {
    let since = state.since.unwrap_or(now);
    let earliest = marker
        .until
        .map_or(since, |until| since.min(until.saturating_sub(Duration::from_millis(1))));
    let name = "recovered".into();
    Hold::new(vec![HoldWindow { start: earliest, end: marker.until, name }], Vec::new())
}

/// The environment with this ID or name. If the account may not list environments,
/// `wanted` is taken for an ID: the list of pauses fails if that is wrong.
async fn resolve(session: &Session<'_>, wanted: &str) -> anyhow::Result<Environment> {
    let listed = match environments::list(&session.client).await {
        Err(refused) if refused.status() == Some(403) => {
            let name = clip(wanted);
            let text = format!("{name:?} is taken for the ID of the environment: {refused}");
            session.messages.warn(&text);
            return Ok(Environment { id: wanted.to_owned(), name: None });
        }
        listed => listed?,
    };
    Ok(environments::pick(wanted, listed)?)
}

/// The paused tasks and plans of an environment.
struct PausedList {
    paused: Vec<(Target, Labels, PauseState)>,
    /// Whether the state of every task and plan is known.
    is_complete: bool,
}

/// Looks at every task and plan of the environment that may be paused.
async fn paused(
    session: &Session<'_>,
    environment: &Environment,
) -> Result<PausedList, ClientError> {
    let Session { client, messages, settings, .. } = session;
    let filter = ExecutableFilter {
        accept_mismatch: true,
        ..ExecutableFilter::of_environment(&environment.id)
    };
    let mut all = Vec::new();
    let mut is_complete = true;
    for kind in [TargetKind::Task, TargetKind::Plan] {
        let ExecutableList { executables, mismatch } = client.listed(kind, &filter).await?;
        if let Some((total, got)) = mismatch {
            let of = kind.as_str();
            messages.warn(&format!(
                "the API counts {total} {of}s and lists {got}: pauses of those that it does not \
                 list are not found"
            ));
            is_complete = false;
        }
        let is_believed = is_list_true(client, &executables, environment, kind).await;
        let to_look_at = executables.into_iter().filter(|one| !is_believed || !is_unpaused(one));
        all.extend(to_look_at.map(|executable| (kind, executable)));
    }
    let looks = all.into_iter().map(|(kind, executable)| async move {
        let Executable { id, name, workspace, .. } = executable;
        let target = Target { environment_id: environment.id.as_str().into(), kind, id: id.into() };
        let labels = Labels {
            name: name.map(Arc::from),
            workspace_id: workspace.as_ref().map(|workspace| workspace.id.as_str().into()),
            workspace_name: workspace.and_then(|workspace| workspace.name).map(Arc::from),
            environment_name: environment.name.as_deref().map(Arc::from),
            tags: None,
        };
        // Only the task itself surely shows whose pause it is.
        match client.pause_state(&target).await {
            Ok((state, _)) => Ok(Some((target, labels, state))),
            Err(error) if counts_toward_breaker(&error) => Err(error),
            Err(error) => {
                messages.warn(&format!("whether {target} is paused is not known: {error}"));
                Ok(None)
            }
        }
    });
    let most = settings.connection.concurrency().most();
    let looked: Vec<_> = stream::iter(looks).buffered(most).try_collect().await?;
    is_complete &= looked.iter().all(Option::is_some);
    let paused = looked.into_iter().flatten().filter(|(_, _, state)| state.paused).collect();
    Ok(PausedList { paused, is_complete })
}

/// Whether a list shows the task or plan not paused. A list without pause details says
/// nothing.
fn is_unpaused(listed: &Executable) -> bool {
    let is_paused = listed.pause.as_ref().is_some_and(|pause| pause.paused);
    listed.shows_pause && listed.unread_pause.is_none() && !is_paused
}

/// Whether one of those that the list shows not paused is not: then the others are
/// not looked at.
async fn is_list_true(
    client: &Client,
    listed: &[Executable],
    environment: &Environment,
    kind: TargetKind,
) -> bool {
    let Some(one) = listed.iter().find(|one| is_unpaused(one)) else { return false };
    let environment_id = environment.id.as_str().into();
    let target = Target { environment_id, kind, id: one.id.as_str().into() };
    client.pause_state(&target).await.is_ok_and(|(state, _)| !state.paused)
}
