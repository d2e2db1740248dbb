//! When a timetable that ends holds early is not believed. Pure.
//!
//! A window that is moved, shortened or taken from some tasks gives them back: the
//! timetable decides. In two cases a slip is far more likely, and a slip would let
//! every task run in the middle of a maintenance:
//!
//! - A window is still open by the timetable, and its scope takes none of the tasks
//!   that it holds, nor any other, by their present names and by those of the time when
//!   they were paused: somebody misspelt the scope.
//! - All holds would end early, and the timetable has no window of any of their
//!   names, at whatever time: it is another timetable, or its rows are gone.
//!
//! Then the holds stay as the ledger has them, to the end that it knows, and the call
//! ends with an error. `--allow-empty` says that the timetable is right.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use maintenance_core::alike::most_alike;
use maintenance_core::change::Target;
use maintenance_core::cli::{Refusal, counted};
use maintenance_core::hold::{HoldWindow, Tense};
use maintenance_core::ledger::ActiveHold;
use maintenance_core::scope::{Field, Pattern};
use maintenance_core::short_name::{clip, clip_path};
use maintenance_core::window::Window;

use super::given_up::is_given_up;
use super::present_names::PresentNames;
use super::timetable_windows::{WindowsAround, judge, subject};
use crate::types::{Candidate, LedgerAt, Wish};

/// The holds that a timetable is not believed to end, and why.
#[derive(Debug)]
pub(crate) struct DoubtfulTimetable {
    pub(crate) targets: BTreeSet<Target>,
    /// The error that the call ends with.
    pub(crate) refusal: Refusal,
}

/// Returns the doubt about a timetable, if there is one. `has_name` says whether it has
/// a window of that name, at whatever time.
pub(crate) fn find(
    candidates: &[Candidate],
    ledger: LedgerAt<'_>,
    around: &WindowsAround,
    names: &PresentNames,
    has_name: impl Fn(&str) -> bool,
) -> Option<DoubtfulTimetable> {
    let live: Vec<Live<'_>> = candidates.iter().filter_map(|one| Live::of(one, ledger)).collect();
    let is_early = |live: &&Live<'_>| live.candidate.is_to_give_back();
    let early: Vec<&Live<'_>> = live.iter().filter(is_early).collect();
    if early.is_empty() {
        return None;
    }
    let holding = candidates.iter().filter(|one| one.wish == Wish::Hold);
    let holding: BTreeSet<&str> = holding.flat_map(|one| one.hold.names()).collect();
    // The targets that a window holds and its scope excludes, with the first misfit.
    let mut by_window: BTreeMap<&str, (Misfit<'_>, BTreeSet<Target>)> = BTreeMap::new();
    for live in &early {
        for name in live.names.iter().filter(|name| !holding.contains(*name)) {
            if let Some(misfit) = misfit(live, name, ledger, around, names) {
                let (_, held) = by_window.entry(name).or_insert((misfit, BTreeSet::new()));
                held.insert(live.candidate.target.clone());
            }
        }
    }
    if let Some((name, (misfit, held))) = by_window.first_key_value() {
        let targets = by_window.values().flat_map(|(_, held)| held).cloned().collect();
        return Some(misspelt_scope(name, misfit, held.len(), by_window.len() - 1, targets));
    }
    let is_known = |live: &Live<'_>| live.names.iter().any(|name| has_name(name));
    if early.len() < live.len() || live.iter().any(is_known) {
        return None;
    }
    Some(unknown_names(&live))
}

/// A hold that is not over, with the names of its windows that are not over and that
/// nobody gave back. The name of a window that was recovered says nothing.
struct Live<'a> {
    candidate: &'a Candidate,
    active: &'a ActiveHold,
    names: BTreeSet<&'a str>,
}

impl<'a> Live<'a> {
    fn of(candidate: &'a Candidate, ledger: LedgerAt<'a>) -> Option<Self> {
        let LedgerAt { state, moment } = ledger;
        let active = state.active(&candidate.target)?;
        let is_live = |window: &&HoldWindow| {
            window.tense(moment.now, Duration::ZERO) != Tense::Over
                && !window.is_recovered()
                && !is_given_up(window, &candidate.target, ledger)
        };
        let names: BTreeSet<&str> =
            active.hold.windows().iter().filter(is_live).map(|window| &*window.name).collect();
        (!names.is_empty()).then_some(Self { candidate, active, names })
    }
}

/// The fields of a window's scope that exclude a target, with what its patterns may
/// mean.
struct Misfit<'a> {
    window: &'a Window,
    fields: Vec<String>,
}

/// The window of that name that is open, if its scope, and nothing else, keeps it from
/// holding the target.
fn misfit<'a>(
    live: &Live<'_>,
    name: &'a str,
    ledger: LedgerAt<'_>,
    around: &'a WindowsAround,
    names: &PresentNames,
) -> Option<Misfit<'a>> {
    let Live { active, .. } = live;
    let labels = names.newest(&active.target, &active.labels);
    let mut found = None;
    for window in around.of_name(name) {
        // Else the time of the window changed, or the task was moved.
        let is_out = |labels| judge(window, &active.target, labels) == Ok(false);
        if !is_out(&labels) || !is_out(&active.labels) {
            return None;
        }
        let lead = ledger.moment.policy.lead;
        let is_open = HoldWindow { start: window.start, end: window.end, name: name.into() }
            .tense(ledger.moment.now, lead)
            == Tense::Open;
        if is_open {
            found = found.or(Some(window));
        }
    }
    let window = found?;
    let tags = labels.tags.as_deref().map(|tags| tags.iter().map(|tag| &**tag).collect::<Vec<_>>());
    let subject = subject(&active.target, &labels, tags.as_deref());
    let fields = window.scope.excluding(&subject);
    let fields =
        fields.map(|field| as_text(field, window.scope.patterns(field), &subject.values(field)));
    Some(Misfit { window, fields: fields.collect() })
}

/// The patterns of a field, with the value that one of them may mean.
fn as_text(field: Field, patterns: &[Pattern], values: &[&str]) -> String {
    let texts = patterns.iter().map(|pattern| format!("{:?}", clip(pattern.as_str())));
    let texts = texts.take(3).collect::<Vec<_>>().join(", ");
    let meant =
        patterns.iter().find_map(|pattern| most_alike(pattern.as_str(), values.iter().copied()));
    match meant {
        Some(meant) => format!("{} {texts} (did you mean {:?}?)", field.as_str(), clip(meant)),
        None => format!("{} {texts}", field.as_str()),
    }
}

/// The doubt about a timetable with such a window, which holds so many tasks and plans, and
/// with `more` others.
fn misspelt_scope(
    name: &str,
    misfit: &Misfit<'_>,
    held: usize,
    more: usize,
    targets: BTreeSet<Target>,
) -> DoubtfulTimetable {
    let Misfit { window, fields } = misfit;
    let file = clip_path(std::path::Path::new(&*window.source.origin.file));
    let more = match more {
        0 => String::new(),
        more => {
            format!("; the same for {}", counted(more, "other window", "other windows"))
        }
    };
    let message = format!(
        "{file}:{}: the window {:?} is open, and its scope takes none of the tasks and plans \
         that it holds ({held}): {}: none was given back{more}",
        window.source.line,
        clip(name),
        fields.join(", "),
    );
    let hint = format!(
        "mend the scope; if it is meant, add --allow-empty, or give them back with {}",
        resume_window(name)
    );
    DoubtfulTimetable { targets, refusal: Refusal::bad_input(message).hint(hint) }
}

/// The doubt about a timetable that knows none of the windows that hold.
fn unknown_names(live: &[Live<'_>]) -> DoubtfulTimetable {
    let names: BTreeSet<&str> = live.iter().flat_map(|live| &live.names).copied().collect();
    let first = names.first().copied().unwrap_or_default();
    let more = match names.len() - 1 {
        0 => String::new(),
        more => format!(", nor {}", counted(more, "other that holds", "others that hold")),
    };
    let held = counted(live.len(), "task or plan is", "tasks and plans are");
    let message = format!(
        "the timetable has no window {:?} any more{more}, at whatever time, while {held} held \
         for it: none was given back",
        clip(first),
    );
    let hint = format!(
        "see whether it is the right file, and whole; if the maintenance was called off, add \
         --allow-empty, or give them back with {}",
        resume_window(first)
    );
    let targets = live.iter().map(|live| live.candidate.target.clone()).collect();
    DoubtfulTimetable { targets, refusal: Refusal::bad_input(message).hint(hint) }
}

fn resume_window(name: &str) -> String {
    format!("`task-pause resume --window {:?}`", clip(name))
}

#[cfg(test)]
mod tests;
