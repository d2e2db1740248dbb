//! `recover`: a ledger rebuilt from the API.
//!
//! The context of our pauses ends with our mark: the hold ID and the end of the hold.
//! With `--yes`, a pause with a mark that the ledger does not have is taken over; then
//! any host with the ledger can give it back. Pauses by the same users without a mark
//! are only listed: they may be their own. So are pauses that share a mark: one of
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
use maintenance_core::hold::{Hold, HoldWindow, Mark, RECOVERED};
use maintenance_core::ledger::{Adoption, Ledger, LedgerError, LedgerState};
use maintenance_core::run::Labels;
use maintenance_core::short_name::{clip, clip_path};
use maintenance_core::time::UtcTime;
use serde::Serialize;

use super::ending::{Unfinished, stopped, without_ledger};
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
    /// `known` (in the ledger already), `ours` (carries our mark),
    /// `recovered` (the same, and now in the ledger), `candidate` (paused by
    /// the same user without a mark, or with one that is another's as well).
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
    let receipts = if yes {
        Receipts::with_journal(messages, CallJournal::new(ledger)?)
    } else {
        Receipts::without_journal(messages)
    };
    let mut recovery = Recovery { session, yes, receipts, counts: RecoverCounts::default() };
    let listed = async {
        let environment = resolve(session, named).await?;
        Ok(paused(session, &environment).await?)
    };
    let ended = tokio::select! {
        listed = listed => match listed {
            Ok(listed) => recovery.take_over(&listed, named).await,
            Err(error) => Err(error),
        },
        (exit, _) = stop.asked() => Ok(stopped(exit)),
    };
    session.display.clear();
    let Recovery { receipts, counts, .. } = recovery;
    if messages.wants_progress() {
        messages.note(&format!("{}; ledger: {}", counts.text(), clip_path(ledger)));
    }
    receipts.close(ended, messages)
}

/// The recovery from one environment.
struct Recovery<'a> {
    session: &'a Session<'a>,
    /// Whether the pauses are taken over.
    yes: bool,
    receipts: Receipts,
    counts: RecoverCounts,
}

impl Recovery<'_> {
    /// Writes the pauses that can be recovered; with `--yes`, takes them over.
    async fn take_over(
        &mut self,
        PausedList { paused, is_complete }: &PausedList,
        named: &str,
    ) -> anyhow::Result<Ending> {
        let mut ledger = None;
        if self.yes {
            match open_ledger::open(self.session).await {
                Ok(opened) => ledger = Some(opened),
                Err(error) => return without_ledger(self.session, error),
            }
        }
        let recorded = Ledger::read(self.session.ledger)?;
        self.counts.paused = paused.len();
        let now = clock::now();
        self.warn_of_other_ledgers(paused, &recorded, now);
        let marks = PauseMarks::of(paused);
        for pause in paused {
            let known = recorded.active(&pause.target).map(|_| "known");
            let found = known.or_else(|| of_unknown(pause, &recorded, &marks));
            let Some(mut recover) = found else { continue };
            let hold = pause.hold(now);
            if recover == "ours"
                && let Some(ledger) = &mut ledger
                && let Some(adoption) = pause.adoption(hold.as_ref())
            {
                self.adopt(ledger, adoption, now)?;
                recover = "recovered";
            }
            *self.counts.found.entry(recover).or_default() += 1;
            self.receipts.record(&pause.record(recover, hold.as_ref()));
        }
        if let Some(ledger) = &mut ledger {
            ledger.sync()?;
        }
        self.note_what_is_left(named);
        let mut unfinished = Unfinished::new(0);
        unfinished.add_if(!is_complete, "whether some tasks or plans are paused is not known");
        Ok(unfinished.ending())
    }

    /// Warns of ledgers that may be in use on other hosts, by the pauses that this ledger
    /// does not hold.
    fn warn_of_other_ledgers(&self, paused: &[FoundPause], recorded: &LedgerState, now: UtcTime) {
        let strangers = paused.iter().filter(|pause| recorded.active(&pause.target).is_none());
        let strangers: Vec<&PauseState> = strangers.map(|pause| &pause.state).collect();
        for doubt in other_ledger::doubts(&strangers, recorded.id(), now) {
            self.session.messages.warn(&doubt);
        }
    }

    /// Takes one pause over into the ledger, and writes that to the journal.
    fn adopt(
        &mut self,
        ledger: &mut Ledger,
        adoption: Adoption,
        now: UtcTime,
    ) -> Result<(), LedgerError> {
        let Adoption { target, labels, hold, seen, .. } = &adoption;
        let report =
            Report::of_recovery(target.clone(), labels.clone(), hold.clone(), seen.clone());
        ledger.adopt(adoption, now)?;
        self.receipts.journal(&report, now);
        Ok(())
    }

    /// Says that `--yes` takes pauses over, or that there are none of ours.
    fn note_what_is_left(&self, named: &str) {
        let Session { messages, ledger, .. } = self.session;
        let ours = self.counts.of("ours");
        if !self.yes && ours > 0 {
            messages.note(&format!(
                "nothing was changed; --yes takes the {ours} that are ours over into the ledger {}",
                ledger.display()
            ));
        }
        if self.counts.found.is_empty() {
            messages.note(&format!("no pause in {:?} carries a mark of ours", clip(named)));
        }
    }
}

/// Whose a pause is that the ledger does not hold, before any is taken over; `None` if
/// nothing says that it could be ours.
fn of_unknown(
    pause: &FoundPause,
    recorded: &LedgerState,
    marks: &PauseMarks<'_>,
) -> Option<&'static str> {
    match &pause.mark {
        // If two pauses share a mark, or the ledger has it already, one is a copy, and
        // nothing shows which.
        Some(mark) if marks.is_copied(mark) || recorded.target_of(&mark.hold).is_some() => {
            Some("candidate")
        }
        Some(_) => Some("ours"),
        None => marks.is_of_our_account(&pause.state).then_some("candidate"),
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
    carriers: BTreeMap<&'a str, usize>,
    /// The accounts of the pauses with a mark.
    users: BTreeSet<&'a str>,
}

impl<'a> PauseMarks<'a> {
    fn of(paused: &'a [FoundPause]) -> Self {
        let mut marks = Self { carriers: BTreeMap::new(), users: BTreeSet::new() };
        for FoundPause { mark, state, .. } in paused {
            let Some(mark) = mark else { continue };
            *marks.carriers.entry(&mark.hold).or_default() += 1;
            marks.users.extend(state.user.as_deref());
        }
        marks
    }

    /// Whether several pauses carry this mark.
    fn is_copied(&self, mark: &Mark) -> bool {
        self.carriers.get(&*mark.hold).is_some_and(|count| *count > 1)
    }

    /// Whether the pause is of an account that also made pauses with a mark.
    fn is_of_our_account(&self, state: &PauseState) -> bool {
        state.user.as_deref().is_some_and(|user| self.users.contains(user))
    }
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

/// One paused task or plan of an environment.
struct FoundPause {
    target: Target,
    labels: Arc<Labels>,
    state: PauseState,
    /// The mark that the pause carries.
    mark: Option<Mark>,
}

impl FoundPause {
    fn new(target: Target, labels: Labels, state: PauseState) -> Self {
        let mark = state.context.as_deref().and_then(marks::mark);
        Self { target, labels: Arc::new(labels), state, mark }
    }

    /// The hold of the mark: from the start of the pause to the end in the mark.
    fn hold(&self, now: UtcTime) -> Option<Hold> {
        let until = self.mark.as_ref()?.until;
        let since = self.state.since.unwrap_or(now);
        let start =
            until.map_or(since, |until| since.min(until.saturating_sub(Duration::from_millis(1))));
        let name = RECOVERED.into();
        Hold::new(vec![HoldWindow { start, end: until, name }], Vec::new())
    }

    /// The pause as the ledger takes it over, if it carries a mark and so has a hold.
    fn adoption(&self, hold: Option<&Hold>) -> Option<Adoption> {
        Some(Adoption {
            mark: self.mark.clone()?,
            target: self.target.clone(),
            labels: Arc::clone(&self.labels),
            hold: hold?.clone(),
            seen: self.state.clone(),
        })
    }

    fn record<'a>(&'a self, recover: &'static str, hold: Option<&'a Hold>) -> RecoverRecord<'a> {
        RecoverRecord {
            id: &self.target.id,
            kind: self.target.kind.as_type(),
            environment_id: &self.target.environment_id,
            name: self.labels.name.as_deref(),
            recover,
            hold: hold.map(HoldSpan::from),
            since: self.state.since,
            user: self.state.user.as_deref(),
        }
    }
}

/// The paused tasks and plans of an environment.
struct PausedList {
    paused: Vec<FoundPause>,
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
        let (target, labels) = of_list(executable, environment, kind);
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
    let paused = looked.into_iter().flatten().filter(|(_, _, state)| state.paused);
    let paused = paused.map(|(target, labels, state)| FoundPause::new(target, labels, state));
    Ok(PausedList { paused: paused.collect(), is_complete })
}

/// The task or plan of a list, and its names.
fn of_list(listed: Executable, environment: &Environment, kind: TargetKind) -> (Target, Labels) {
    let Executable { id, name, workspace, .. } = listed;
    let target = Target { environment_id: environment.id.as_str().into(), kind, id: id.into() };
    let labels = Labels {
        name: name.map(Arc::from),
        workspace_id: workspace.as_ref().map(|workspace| workspace.id.as_str().into()),
        workspace_name: workspace.and_then(|workspace| workspace.name).map(Arc::from),
        environment_name: environment.name.as_deref().map(Arc::from),
        tags: None,
    };
    (target, labels)
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
