//! Joins the holds that the input wants with the active holds of the ledger: the
//! candidates of a pass. Pure.
//!
//! A task has at most one active hold. Its hold from now on comes from the windows of
//! the active hold, the windows on standard input, and the timetable; with a
//! timetable, only its windows count.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use maintenance_core::change::Target;
use maintenance_core::hold::{self, Hold, HoldWindow, Tense};
use maintenance_core::ledger::{ActiveHold, LedgerState};
use maintenance_core::run::Labels;
use maintenance_core::scope::MissingField;
use maintenance_core::time::UtcTime;

use super::given_up::is_given_up;
use super::timetable_windows::{RuledWindows, TimetableWindows, Undecided};
use crate::types::{Candidate, LedgerAt, Moment, WantedTarget, Wish};

/// Which active holds `resume` gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResumeSelection {
    /// Those whose hold is over.
    Ended,
    /// All of them.
    All,
    /// Those held by the window of that name, and by no other one now.
    Window(String),
}

/// The candidates of `sync`, and the doubts about the timetable's windows.
#[derive(Debug, Default)]
pub(crate) struct SyncCandidates {
    pub(crate) candidates: Vec<Candidate>,
    /// The tasks and plans that a window matches only by a former name.
    pub(crate) by_former_name: BTreeSet<Target>,
    /// The tasks and plans whose holds stay as they are, since the timetable asks
    /// for a field that is not known of them.
    pub(crate) undecided: BTreeMap<Target, MissingField>,
}

/// The candidates of a call that pauses open windows and gives nothing back.
pub(crate) fn pausing(wanted: &[WantedTarget], ledger: LedgerAt<'_>) -> Vec<Candidate> {
    let LedgerAt { state, moment } = ledger;
    let candidates = wanted.iter().filter_map(|wanted| match state.active(&wanted.target) {
        None => candidate_without_hold(wanted, &wanted.holds, ledger),
        Some(active) => {
            let left = without_given_up(&wanted.holds, &wanted.target, ledger);
            Some(unchanged_with(active, &left, moment))
        }
    });
    let mut candidates: Vec<Candidate> = candidates.collect();
    let known: BTreeSet<Target> = candidates.iter().map(|one| one.target.clone()).collect();
    // Settle the unsettled intents of earlier calls, before anything new.
    let unsettled = state.all_active().filter(|active| !active.is_settled());
    let unknown = unsettled.filter(|active| !known.contains(&active.target));
    candidates.extend(unknown.map(|active| unchanged(active, moment)));
    unsettled_first(candidates, state)
}

/// The candidates of `sync`: pauses open windows, follows moved windows, gives back holds
/// that are over.
pub(crate) fn syncing(
    wanted: &[WantedTarget],
    ledger: LedgerAt<'_>,
    timetable: Option<&dyn TimetableWindows>,
) -> SyncCandidates {
    let state = ledger.state;
    let by_target: BTreeMap<&Target, &WantedTarget> =
        wanted.iter().map(|wanted| (&wanted.target, wanted)).collect();
    let mut all = SyncCandidates::default();
    for wanted in wanted.iter().filter(|wanted| state.active(&wanted.target).is_none()) {
        all.add_wanted(wanted, ledger, timetable);
    }
    for active in state.all_active() {
        all.add_active(active, by_target.get(&active.target).copied(), ledger, timetable);
    }
    all.candidates = unsettled_first(all.candidates, state);
    all
}

impl SyncCandidates {
    /// Adds the candidates of a target that the ledger does not hold.
    fn add_wanted(
        &mut self,
        wanted: &WantedTarget,
        ledger: LedgerAt<'_>,
        timetable: Option<&dyn TimetableWindows>,
    ) {
        let WantedTarget { target, labels, holds } = wanted;
        let ruled = timetable.and_then(|timetable| {
            self.record_answer(target, ask_timetable(timetable, target, labels, holds))
        });
        let ruled = ruled.map_or_else(|| holds.clone(), |windows| merge_with_runs(windows, holds));
        if ruled.is_empty() {
            let hold = nearest_hold(holds, ledger.moment).cloned();
            let cancelled = hold.map(|hold| Candidate::new(wanted, hold, Wish::Cancelled));
            self.candidates.extend(cancelled);
        } else {
            self.candidates.extend(candidate_without_hold(wanted, &ruled, ledger));
        }
    }

    /// Adds the candidate of an active hold, with the runs of the list for its target. A hold
    /// without a window is given back, unless `by_timetable` withholds that.
    fn add_active(
        &mut self,
        active: &ActiveHold,
        wanted: Option<&WantedTarget>,
        ledger: LedgerAt<'_>,
        timetable: Option<&dyn TimetableWindows>,
    ) {
        let moment = ledger.moment;
        let extra = wanted.map_or(&[][..], |wanted| &wanted.holds);
        let extra = without_given_up(extra, &active.target, ledger);
        let ruled = timetable.and_then(|timetable| {
            let mut around = extra.clone();
            around.push(active.hold.clone());
            let ruled = ask_timetable(timetable, &active.target, &active.labels, &around);
            let mut windows = self.record_answer(&active.target, ruled)?;
            windows.retain(|window| !is_given_up(window, &active.target, ledger));
            Some(merge_with_runs(windows, &around))
        });
        let holds = ruled.unwrap_or_else(|| join_windows(active, &extra, moment, true));
        // What was intended ahead of an edge by a call that ended before it is not over.
        let intended = || {
            let mut coming = holds.iter().filter(|hold| moment.tense(hold) == Tense::Pending);
            let is_same = |hold: &&Hold| hold.touches(&active.hold);
            is_intended_ahead(active, moment).then(|| coming.find(is_same).cloned()).flatten()
        };
        self.candidates.push(match pick_open(&holds, moment).or_else(intended) {
            Some(hold) => Candidate::of_active_hold(active, hold, Wish::Hold),
            None => Candidate::of_active_hold(
                active,
                ended_hold(active, &holds, moment.now),
                Wish::GiveBack,
            ),
        });
    }

    /// Records the timetable's answer on one task or plan. Returns the windows if the
    /// timetable could answer.
    fn record_answer(
        &mut self,
        target: &Target,
        answer: Result<RuledWindows, Undecided>,
    ) -> Option<Vec<HoldWindow>> {
        match answer {
            Ok(RuledWindows { windows, is_by_former_name }) => {
                if is_by_former_name {
                    self.by_former_name.insert(target.clone());
                }
                Some(windows)
            }
            Err(Undecided::MissingField(missing)) => {
                self.undecided.insert(target.clone(), missing);
                None
            }
            // A warning said that its plans could not be listed.
            Err(Undecided::UnknownTasks) => None,
        }
    }
}

/// Whether a pause was intended ahead of an edge that has not come: it was not sent.
pub(crate) fn is_intended_ahead(active: &ActiveHold, moment: Moment) -> bool {
    !active.is_settled() && moment.now < active.since
}

/// Whether the hold of a candidate lacks a window of its active hold that is not over
/// and that nobody gave back: the window was cancelled, postponed or replaced.
pub(crate) fn loses_window(candidate: &Candidate, ledger: LedgerAt<'_>) -> bool {
    let Some(active) = ledger.state.active(&candidate.target) else { return false };
    let names = candidate.hold.names();
    let mut windows = active.hold.windows().iter();
    windows.any(|window| {
        window.tense(ledger.moment.now, Duration::ZERO) != Tense::Over
            && (candidate.is_to_give_back() || !names.contains(&&*window.name))
            && !is_given_up(window, &candidate.target, ledger)
    })
}

/// The candidates of `resume`.
pub(crate) fn giving_back(ledger: LedgerAt<'_>, which: &ResumeSelection) -> Vec<Candidate> {
    let LedgerAt { state, moment } = ledger;
    let candidates = state.all_active().filter_map(|active| match which {
        ResumeSelection::All => {
            Some(Candidate::of_active_hold(active, active.hold.clone(), Wish::GiveBack))
        }
        ResumeSelection::Ended => Some(match &active.released {
            None => {
                let wish =
                    if active.hold.is_over(moment.now) { Wish::GiveBack } else { Wish::Hold };
                Candidate::of_active_hold(active, active.hold.clone(), wish)
            }
            // A command that gave back some of its windows was interrupted.
            Some(_) => {
                candidate_without_windows(active, |window| active.is_released(window), moment)?
            }
        }),
        ResumeSelection::Window(name) if active.hold.names().contains(&name.as_str()) => {
            let is_named = |window: &HoldWindow| *window.name == **name;
            let left = candidate_without_windows(
                active,
                |window| is_named(window) || active.is_released(window),
                moment,
            )?;
            let wish = if left.is_to_give_back() { Wish::GiveBack } else { Wish::KeptByOther };
            Some(Candidate { wish, ..left })
        }
        ResumeSelection::Window(_) => (!active.is_settled()).then(|| unchanged(active, moment)),
    });
    unsettled_first(candidates.collect(), state)
}

/// The candidate of an active hold that goes on as the ledger has it.
pub(crate) fn unchanged(active: &ActiveHold, moment: Moment) -> Candidate {
    unchanged_with(active, &[], moment)
}

/// The same, with the windows of the input. Windows that a command gave back do not
/// hold: where no other window is open, they alone are left, and the decision knows
/// that they were given back.
fn unchanged_with(active: &ActiveHold, wanted: &[Hold], moment: Moment) -> Candidate {
    let holds = join_windows(active, wanted, moment, false);
    let hold = pick_open(&holds, moment).unwrap_or_else(|| {
        let released = active.hold.windows().iter().filter(|window| active.is_released(window));
        let released = released.filter(|_| !moment.policy.reassert).cloned().collect();
        Hold::new(released, active.hold.planned().to_vec()).unwrap_or_else(|| active.hold.clone())
    });
    Candidate::of_active_hold(active, hold, Wish::Hold)
}

/// The candidate of an active hold without some of its windows. If another window is
/// open, the hold goes on. Else the hold is given back with only the windows that
/// are taken out, since these are recorded as given up.
fn candidate_without_windows(
    active: &ActiveHold,
    is_out: impl Fn(&HoldWindow) -> bool,
    moment: Moment,
) -> Option<Candidate> {
    let (out, others): (Vec<_>, Vec<_>) =
        active.hold.windows().iter().cloned().partition(|window| is_out(window));
    let others = merge_with_runs(others, std::slice::from_ref(&active.hold));
    Some(match pick_open(&others, moment) {
        Some(hold) => Candidate::of_active_hold(active, hold, Wish::Hold),
        // It goes on for other windows alone, perhaps from before their start.
        None if out.is_empty() => {
            let wish = if active.hold.is_over(moment.now) { Wish::GiveBack } else { Wish::Hold };
            Candidate::of_active_hold(active, active.hold.clone(), wish)
        }
        None => {
            let out = Hold::new(out, active.hold.planned().to_vec())?;
            Candidate::of_active_hold(active, out, Wish::GiveBack)
        }
    })
}

/// The candidate of a task or plan without an active hold.
fn candidate_without_hold(
    wanted: &WantedTarget,
    holds: &[Hold],
    ledger: LedgerAt<'_>,
) -> Option<Candidate> {
    let LedgerAt { state, moment } = ledger;
    let standing = without_given_up(holds, &wanted.target, ledger);
    if let Some(hold) = pick_open(&standing, moment) {
        return Some(Candidate::new(wanted, hold, Wish::Hold));
    }
    let hold = nearest_hold(holds, moment)?.clone();
    let is_open = moment.tense(&hold) == Tense::Open;
    let given_up = hold.windows().iter().filter(|_| is_open);
    let given_up = given_up.map(|window| state.given_up(&wanted.target, window));
    let wish = given_up.flatten().next().map_or(Wish::Hold, Wish::GivenUp);
    Some(Candidate::new(wanted, hold, wish))
}

/// Puts the candidates with an unsettled hold first.
fn unsettled_first(mut candidates: Vec<Candidate>, state: &LedgerState) -> Vec<Candidate> {
    let is_settled =
        |candidate: &Candidate| state.active(&candidate.target).is_none_or(ActiveHold::is_settled);
    // Sorting doubles the memory of the candidates.
    if !candidates.is_sorted_by_key(is_settled) {
        candidates.sort_by_key(is_settled);
    }
    candidates
}

/// The wanted holds of a target without the windows that were given up.
fn without_given_up(holds: &[Hold], target: &Target, ledger: LedgerAt<'_>) -> Vec<Hold> {
    let is_given_up = |window: &HoldWindow| is_given_up(window, target, ledger);
    let windows = holds.iter().flat_map(Hold::windows);
    if !windows.clone().any(is_given_up) {
        return holds.to_vec();
    }
    merge_with_runs(windows.filter(|window| !is_given_up(window)).cloned().collect(), holds)
}

/// Joins the windows of an active hold, without those that a command gave back, with those
/// of the input. If it `replaces`, a new window of the input replaces the windows of the
/// same name that it overlaps: they were moved or shortened. A future window does not
/// replace a window that is open: it may be the next occurrence, widened. A window that was
/// recovered has no name: the window in which its pause was made replaces it.
fn join_windows(active: &ActiveHold, wanted: &[Hold], moment: Moment, replaces: bool) -> Vec<Hold> {
    let known = active.hold.windows();
    let has_begin_of = |other: &HoldWindow, window: &HoldWindow| {
        window.is_recovered() && other.start.saturating_sub(moment.policy.lead) <= window.start
    };
    let is_replaced = |window: &HoldWindow| {
        let is_on = window.tense(moment.now, Duration::ZERO) == Tense::Open;
        wanted.iter().flat_map(Hold::windows).any(|other| {
            (other.name == window.name || has_begin_of(other, window))
                && overlap(other, window)
                && !known.contains(other)
                && !(is_on && moment.now < other.start)
        })
    };
    let is_left = |window: &&HoldWindow| {
        (moment.policy.reassert || !active.is_released(window))
            && !(replaces && is_replaced(window))
    };
    let mut windows: Vec<HoldWindow> = known.iter().filter(is_left).cloned().collect();
    windows.extend(wanted.iter().flat_map(Hold::windows).cloned());
    let mut sources = wanted.to_vec();
    sources.push(active.hold.clone());
    merge_with_runs(windows, &sources)
}

/// Asks the timetable for the windows around these holds.
fn ask_timetable(
    timetable: &dyn TimetableWindows,
    target: &Target,
    labels: &Labels,
    around: &[Hold],
) -> Result<RuledWindows, Undecided> {
    let mut ruled = RuledWindows::default();
    for hold in around {
        let of_hold = timetable.windows(target, labels, hold)?;
        ruled.windows.extend(of_hold.windows);
        ruled.is_by_former_name |= of_hold.is_by_former_name;
    }
    Ok(ruled)
}

/// Merges windows into holds, each with the runs of the `sources` that it touches.
fn merge_with_runs(windows: Vec<HoldWindow>, sources: &[Hold]) -> Vec<Hold> {
    let holds = hold::merge(windows.into_iter().map(|window| (window, None)).collect());
    let with_runs = holds.into_iter().filter_map(|hold| {
        let touching = sources.iter().filter(|source| source.touches(&hold));
        let runs = touching.flat_map(Hold::planned).copied().collect();
        Hold::new(hold.windows().to_vec(), runs)
    });
    with_runs.collect()
}

/// The hold to give back: as the windows end it, or cut to `now` if no window has
/// the active hold any more.
fn ended_hold(active: &ActiveHold, holds: &[Hold], now: UtcTime) -> Hold {
    // A window that is gone held the task until now.
    let ends_all = |hold: &&Hold| {
        let mut windows = active.hold.windows().iter();
        windows.all(|window| hold.has(window) || window.tense(now, Duration::ZERO) == Tense::Over)
    };
    let mut over = holds.iter().filter(|hold| hold.is_over(now) && hold.touches(&active.hold));
    if let Some(over) = over.rfind(ends_all) {
        return over.clone();
    }
    if active.hold.is_over(now) {
        return active.hold.clone();
    }
    let cut = active.hold.windows().iter().filter(|window| window.start < now).map(|window| {
        let end = window.end.map_or(now, |end| end.min(now));
        HoldWindow { end: Some(end), ..window.clone() }
    });
    let runs = active.hold.planned().iter().copied().filter(|run| *run < now);
    let runs: Vec<UtcTime> = runs.collect();
    Hold::new(cut.collect(), runs.clone()).unwrap_or_else(|| {
        // Paused ahead of its first window: over before it began.
        let first = active.hold.windows().first().cloned();
        let window = first.map(|first| HoldWindow {
            start: now.saturating_sub(Duration::from_millis(1)),
            end: Some(now),
            name: first.name,
        });
        Hold::new(window.into_iter().collect(), runs).unwrap_or_else(|| active.hold.clone())
    })
}

fn pick_open(holds: &[Hold], moment: Moment) -> Option<Hold> {
    holds.iter().find(|hold| moment.tense(hold) == Tense::Open).cloned()
}

/// The hold that has begun and is not over; else the next hold; else the last.
fn nearest_hold(holds: &[Hold], moment: Moment) -> Option<&Hold> {
    holds.iter().find(|hold| !hold.is_over(moment.now)).or_else(|| holds.last())
}

fn overlap(a: &HoldWindow, b: &HoldWindow) -> bool {
    a.end.is_none_or(|end| b.start < end) && b.end.is_none_or(|end| a.start < end)
}

#[cfg(test)]
mod tests;
