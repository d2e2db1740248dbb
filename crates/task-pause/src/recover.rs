//! `recover`: a ledger rebuilt from the API.
//!
//! A pause of ours ends with our marker: which hold, and until when. What
//! carries one and is not in the ledger is taken over with `--yes`; then any
//! host that has the ledger can give it back. What the same users paused
//! without a marker is only listed: it may be theirs. So is what carries a
//! marker that another carries, too: one of them is a copy. A ledger that made
//! pauses within the last day may be in use on another host: that is a warning,
//! as is a tenant that does not show what carries the markers.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Context;
use futures_util::{StreamExt, TryStreamExt, stream};
use maintenance_core::change::{PauseState, Target, TargetKind};
use maintenance_core::cli::{Ending, Messages};
use maintenance_core::client::{
    Client, ClientError, Environment, Executable, ExecutableFilter, ExecutableList,
};
use maintenance_core::clock;
use maintenance_core::hold::{Hold, HoldWindow, Marker};
use maintenance_core::ledger::{Adoption, Ledger};
use maintenance_core::receipt::HoldSpan;
use maintenance_core::run::Labels;
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;
use serde::Serialize;
use std::time::Duration;

use crate::effect;
use crate::environments;
use crate::marks;
use crate::other_ledger;
use crate::output::Output;
use crate::undone::Undone;
use crate::work::Work;

/// One pause that was found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found<'a> {
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

/// Lists what can be recovered from an environment; with `--yes`, does it.
pub(crate) async fn run(work: &Work<'_>, environment: &str, yes: bool) -> anyhow::Result<Ending> {
    let client = &work.client;
    let environment = resolve(client, environment, work.messages).await?;
    let (paused, unknown) = paused(client, &environment, work.concurrency(), work.messages).await?;
    let mut ledger = if yes { Some(work.open_ledger().await?) } else { None };
    let recorded = Ledger::read(work.ledger)?;
    let mut carriers: BTreeMap<String, usize> = BTreeMap::new();
    for marker in paused.iter().filter_map(|(_, _, state)| marker(state)) {
        *carriers.entry(marker.hold).or_default() += 1;
    }
    let now = clock::now();
    let strangers = paused.iter().filter(|(target, ..)| recorded.open(target).is_none());
    let strangers: Vec<&PauseState> = strangers.map(|(_, _, state)| state).collect();
    for doubt in other_ledger::doubts(&strangers, recorded.id(), now) {
        work.messages.warn(&doubt);
    }
    let mut output = Output::of(work.messages);
    let is_marked = |state: &PauseState| marker(state).is_some();
    let users: BTreeSet<&str> = paused
        .iter()
        .filter(|(_, _, state)| is_marked(state))
        .filter_map(|(_, _, state)| state.user.as_deref())
        .collect();
    for (target, labels, state) in &paused {
        let marker = marker(state);
        let hold = marker.as_ref().and_then(|marker| hold(marker, state, now));
        let known = recorded.open(target).is_some();
        let recover = match (&marker, &hold, &mut ledger) {
            _ if known => "known",
            // Of two with one mark one is a copy, as is one with the mark of
            // what is recorded already: which, is not for us to say.
            (Some(marker), ..)
                if carriers.get(&marker.hold).is_some_and(|count| *count > 1)
                    || recorded.target_of(&marker.hold).is_some() =>
            {
                "candidate"
            }
            (Some(marker), Some(hold), Some(ledger)) => {
                let (target, labels) = (target.clone(), Arc::new(labels.clone()));
                let (marker, hold, seen) = (marker.clone(), hold.clone(), state.clone());
                ledger.adopt(Adoption { marker, target, labels, hold, seen }, now)?;
                "recovered"
            }
            (Some(_), _, _) => "ours",
            (None, ..) if state.user.as_deref().is_some_and(|user| users.contains(user)) => {
                "candidate"
            }
            (None, ..) => continue,
        };
        output.record(&Found {
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
    output.finish()?;
    let mut undone = Undone::new(0);
    undone.also(unknown, "whether some tasks or plans are paused is not known");
    Ok(undone.ending())
}

fn marker(state: &PauseState) -> Option<Marker> {
    state.context.as_deref().and_then(marks::marker)
}

/// The hold that a marker tells of: from the pause to the marker's end.
fn hold(marker: &Marker, state: &PauseState, now: UtcTime) -> Option<Hold> {
    let since = state.since.unwrap_or(now);
    let earliest = marker
        .until
        .map_or(since, |until| since.min(until.saturating_sub(Duration::from_millis(1))));
    let name = "recovered".into();
    Hold::new(vec![HoldWindow { start: earliest, end: marker.until, name }], Vec::new())
}

/// The environment that an ID or a name means. Who may not list environments is
/// taken at their word: the list of what is paused says whether it is right.
async fn resolve(
    client: &Client,
    wanted: &str,
    messages: &Messages,
) -> anyhow::Result<Environment> {
    let listed = match environments::list(client).await {
        Err(refused) if refused.status() == Some(403) => {
            let name = clip(wanted);
            messages.warn(&format!("{name:?} is taken for the ID of the environment: {refused}"));
            return Ok(Environment { id: wanted.to_owned(), name: None });
        }
        listed => listed?,
    };
    let id = environments::listed_as(wanted, &listed)?;
    let mut listed = listed.into_iter();
    listed.find(|one| *one.id == *id).context("the environment is not listed any more")
}

/// Everything in the environment that is paused, and whether of some it could
/// not be found out.
async fn paused(
    client: &Client,
    environment: &Environment,
    concurrency: usize,
    messages: &Messages,
) -> Result<(Vec<(Target, Labels, PauseState)>, bool), ClientError> {
    let filter = ExecutableFilter {
        environment_id: Some(environment.id.clone()),
        accept_mismatch: true,
        ..ExecutableFilter::default()
    };
    let mut all = Vec::new();
    let unknown = Cell::new(false);
    for kind in [TargetKind::Task, TargetKind::Plan] {
        let ExecutableList { executables, mismatch } = client.listed(kind, &filter).await?;
        if let Some((total, got)) = mismatch {
            let of = kind.as_str();
            messages.warn(&format!(
                "the API counts {total} {of}s and lists {got}: pauses of those that it does not \
                 list are not found"
            ));
            unknown.set(true);
        }
        all.extend(executables.into_iter().map(|executable| (kind, executable)));
    }
    let unknown = &unknown;
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
        // Lists need not show pauses, and never show contexts for certain.
        match client.pause_state(&target).await {
            Ok((state, _)) => Ok(state.paused.then_some((target, labels, state))),
            Err(error) if effect::is_systematic(&error) => Err(error),
            Err(error) => {
                messages.warn(&format!("whether {target} is paused is not known: {error}"));
                unknown.set(true);
                Ok(None)
            }
        }
    });
    let found: Vec<_> = stream::iter(looks).buffered(concurrency).try_collect().await?;
    Ok((found.into_iter().flatten().collect(), unknown.get()))
}
