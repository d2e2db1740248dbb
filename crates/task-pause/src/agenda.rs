//! What is on the agenda: wanted holds and open entries, joined. Pure.
//!
//! A task has at most one open entry. What its hold is from now on comes from
//! the entry's windows, the windows on standard input, and (the authority, if
//! it is given) the timetable; then it is open, still to come, or over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use maintenance_core::change::Target;
use maintenance_core::hold::{self, Hold, HoldWindow, Tense};
use maintenance_core::ledger::{LedgerState, OpenHold, Settled};
use maintenance_core::run::Labels;
use maintenance_core::time::UtcTime;

use crate::input::Wanted;

/// One task or plan to decide on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) target: Target,
    pub(crate) labels: Arc<Labels>,
    /// Its hold from now on.
    pub(crate) hold: Hold,
    /// Whether its open entry is to be given back now.
    pub(crate) due: bool,
    /// Why its hold was given up before, if it was.
    pub(crate) given_up: Option<Settled>,
    /// The timetable no longer has its window.
    pub(crate) cancelled: bool,
    /// It would be given back, but another window holds it.
    pub(crate) still_held: bool,
}

/// The moment, and what bears on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: UtcTime,
    pub(crate) lead: Duration,
    pub(crate) reassert: bool,
}

/// Which windows a timetable has for a task or plan, between two times.
pub(crate) trait Authority {
    /// Its windows that touch the span of `around`; `None` if the timetable
    /// asks for more than is known of the task.
    fn windows(&self, target: &Target, labels: &Labels, around: &Hold) -> Option<Vec<HoldWindow>>;
}

/// Which open entries are to be given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those whose hold is over.
    Ended,
    /// All of them.
    All,
    /// Those held by the window of that name, and by no other one now.
    Window(String),
}

/// Pause what is open now; give nothing back.
pub(crate) fn pausing(wanted: &[Wanted], state: &LedgerState, moment: Moment) -> Vec<Item> {
    let items = wanted.iter().filter_map(|wanted| match state.open(&wanted.target) {
        None => fresh(wanted, &wanted.holds, state, moment),
        Some(open) => {
            let own = own_windows(open, moment);
            let holds = join(open, own, &standing(wanted, state, moment), None);
            let hold = pick_open(&holds, moment).unwrap_or_else(|| open.hold.clone());
            Some(item(open, hold, false))
        }
    });
    let mut items: Vec<Item> = items.collect();
    let known: BTreeSet<Target> = items.iter().map(|item| item.target.clone()).collect();
    // Open intents of others are settled too, before anything new.
    let unsettled = state.all_open().filter(|open| !open.is_settled());
    items.extend(
        unsettled
            .filter(|open| !known.contains(&open.target))
            .map(|open| item(open, open.hold.clone(), false)),
    );
    unsettled_first(items, state)
}

/// Pause what is open now, move what moved, give back what is over.
pub(crate) fn syncing(
    wanted: &[Wanted],
    state: &LedgerState,
    authority: Option<&dyn Authority>,
    moment: Moment,
) -> Vec<Item> {
    let by_target: BTreeMap<&Target, &Wanted> =
        wanted.iter().map(|wanted| (&wanted.target, wanted)).collect();
    let mut items = Vec::new();
    for wanted in wanted.iter().filter(|wanted| state.open(&wanted.target).is_none()) {
        let ruled = authority
            .and_then(|authority| ruled(authority, &wanted.target, &wanted.labels, &wanted.holds));
        let holds =
            ruled.map_or_else(|| wanted.holds.clone(), |windows| merged(windows, &wanted.holds));
        if holds.is_empty() {
            let hold = relevant(&wanted.holds, moment).cloned();
            items.extend(hold.map(|hold| Item { cancelled: true, ..new_item(wanted, hold) }));
        } else {
            items.extend(fresh(wanted, &holds, state, moment));
        }
    }
    for open in state.all_open() {
        let wanted = by_target.get(&open.target);
        let extra = wanted.map(|wanted| standing(wanted, state, moment)).unwrap_or_default();
        let ruled = authority.and_then(|authority| {
            let mut around = extra.clone();
            around.push(open.hold.clone());
            let mut windows = ruled(authority, &open.target, &open.labels, &around)?;
            windows.retain(|window| !is_given_up(window, &open.target, state, moment));
            Some(merged(windows, &around))
        });
        let holds = ruled
            .unwrap_or_else(|| join(open, own_windows(open, moment), &extra, Some(moment.now)));
        items.push(match pick_open(&holds, moment) {
            Some(hold) => item(open, hold, false),
            None => item(open, ended(open, &holds, moment.now), true),
        });
    }
    unsettled_first(items, state)
}

/// Whether an item takes from its open hold a window that is not over, and that
/// nobody gave back: it was cancelled, it was put off, or another one now.
pub(crate) fn loses_window(item: &Item, state: &LedgerState, moment: Moment) -> bool {
    let Some(open) = state.open(&item.target) else { return false };
    let names = item.hold.names();
    let mut windows = open.hold.windows().iter();
    windows.any(|window| {
        window.tense(moment.now, Duration::ZERO) != Tense::Over
            && (item.due || !names.contains(&&*window.name))
            && !is_given_up(window, &item.target, state, moment)
    })
}

/// The item of a hold that stays as the ledger has it.
pub(crate) fn unchanged(open: &OpenHold) -> Item {
    item(open, open.hold.clone(), false)
}

/// Give back what the ledger has.
pub(crate) fn giving_back(state: &LedgerState, which: &Which, moment: Moment) -> Vec<Item> {
    let items = state.all_open().filter_map(|open| match which {
        Which::All => Some(item(open, open.hold.clone(), true)),
        Which::Ended => Some(match &open.released {
            None => {
                let due = open.hold.tense(moment.now, Duration::ZERO) == Tense::Over;
                item(open, open.hold.clone(), due)
            }
            // A command gave back some of its windows, and did not get to the end.
            Some(_) => without(open, |window| open.is_released(window), moment)?,
        }),
        Which::Window(name) if open.hold.names().contains(&name.as_str()) => {
            let is_named = |window: &HoldWindow| *window.name == **name;
            let item =
                without(open, |window| is_named(window) || open.is_released(window), moment)?;
            Some(Item { still_held: !item.due, ..item })
        }
        Which::Window(_) => (!open.is_settled()).then(|| item(open, open.hold.clone(), false)),
    });
    unsettled_first(items.collect(), state)
}

/// An entry without these windows of it: held on if another one is open, and
/// else to be given back, for these windows alone, since they are what is
/// remembered as given up.
fn without(open: &OpenHold, is_out: impl Fn(&HoldWindow) -> bool, moment: Moment) -> Option<Item> {
    let (out, others): (Vec<_>, Vec<_>) =
        open.hold.windows().iter().cloned().partition(|window| is_out(window));
    let others = merged(others, std::slice::from_ref(&open.hold));
    Some(match pick_open(&others, moment) {
        Some(hold) => item(open, hold, false),
        None if out.is_empty() => item(open, open.hold.clone(), true),
        None => item(open, Hold::new(out, open.hold.runs().to_vec())?, true),
    })
}

/// The item of a target without an entry.
fn fresh(wanted: &Wanted, holds: &[Hold], state: &LedgerState, moment: Moment) -> Option<Item> {
    let stands = Wanted { holds: holds.to_vec(), ..wanted.clone() };
    let standing = standing(&stands, state, moment);
    if let Some(hold) = pick_open(&standing, moment) {
        return Some(new_item(wanted, hold));
    }
    let hold = relevant(holds, moment)?.clone();
    let given_up = (hold.tense(moment.now, moment.lead) == Tense::Open)
        .then(|| hold.windows().iter().find_map(|window| state.given_up(&wanted.target, window)))
        .flatten();
    Some(Item { given_up, ..new_item(wanted, hold) })
}

fn new_item(wanted: &Wanted, hold: Hold) -> Item {
    Item {
        target: wanted.target.clone(),
        labels: Arc::clone(&wanted.labels),
        hold,
        due: false,
        given_up: None,
        cancelled: false,
        still_held: false,
    }
}

fn item(open: &OpenHold, hold: Hold, due: bool) -> Item {
    // One that did not change is not kept twice.
    let hold = if hold == open.hold { open.hold.clone() } else { hold };
    Item {
        target: open.target.clone(),
        labels: Arc::clone(&open.labels),
        hold,
        due,
        given_up: None,
        cancelled: false,
        still_held: false,
    }
}

fn unsettled_first(mut items: Vec<Item>, state: &LedgerState) -> Vec<Item> {
    let is_settled = |item: &Item| state.open(&item.target).is_none_or(OpenHold::is_settled);
    // To sort takes the memory of all items once more.
    if !items.is_sorted_by_key(is_settled) {
        items.sort_by_key(is_settled);
    }
    items
}

/// The wanted holds without the windows that were given up.
fn standing(wanted: &Wanted, state: &LedgerState, moment: Moment) -> Vec<Hold> {
    let is_given_up = |window: &HoldWindow| is_given_up(window, &wanted.target, state, moment);
    if !wanted.holds.iter().flat_map(Hold::windows).any(is_given_up) {
        return wanted.holds.clone();
    }
    let windows = wanted.holds.iter().flat_map(Hold::windows);
    merged(windows.filter(|window| !is_given_up(window)).cloned().collect(), &wanted.holds)
}

/// Whether a window is not to be taken up (again).
fn is_given_up(window: &HoldWindow, target: &Target, state: &LedgerState, moment: Moment) -> bool {
    !moment.reassert && state.given_up(target, window).is_some()
}

/// Whether a command gave a window of a task back, so that its plans are not
/// paused for it (again) either.
pub(crate) fn is_given_back(
    window: &HoldWindow,
    target: &Target,
    state: &LedgerState,
    moment: Moment,
) -> bool {
    !moment.reassert && state.given_up(target, window) == Some(Settled::Resumed)
}

/// The windows of an entry without those that a command gave back.
fn own_windows(open: &OpenHold, moment: Moment) -> Vec<HoldWindow> {
    let windows = open.hold.windows().iter();
    windows.filter(|window| moment.reassert || !open.is_released(window)).cloned().collect()
}

/// The holds of an entry, with its `own` windows, and of the input together. If there is a moment to
/// `replace` at, a window of the input that is new to the entry stands for the
/// entry's windows of the same name that it overlaps, so that one which was
/// moved or shortened is. A window that is on is not replaced by one to come:
/// that may as well be the next occurrence of it, widened.
fn join(
    open: &OpenHold,
    own: Vec<HoldWindow>,
    wanted: &[Hold],
    replace: Option<UtcTime>,
) -> Vec<Hold> {
    let known = open.hold.windows();
    let is_replaced = |window: &&HoldWindow| {
        let Some(now) = replace else { return false };
        let is_on = window.tense(now, Duration::ZERO) == Tense::Open;
        wanted.iter().flat_map(Hold::windows).any(|other| {
            other.name == window.name
                && overlap(other, window)
                && !known.contains(other)
                && !(is_on && now < other.start)
        })
    };
    let mut windows = own;
    windows.retain(|window| !is_replaced(&window));
    windows.extend(wanted.iter().flat_map(Hold::windows).cloned());
    let mut sources = wanted.to_vec();
    sources.push(open.hold.clone());
    merged(windows, &sources)
}

/// The windows that a timetable has in the span of these holds.
fn ruled(
    authority: &dyn Authority,
    target: &Target,
    labels: &Labels,
    around: &[Hold],
) -> Option<Vec<HoldWindow>> {
    let mut windows = Vec::new();
    for hold in around {
        windows.extend(authority.windows(target, labels, hold)?);
    }
    Some(windows)
}

/// Windows as holds, each with the runs of the holds that it touches.
fn merged(windows: Vec<HoldWindow>, sources: &[Hold]) -> Vec<Hold> {
    let holds = hold::merge(windows.into_iter().map(|window| (window, None)).collect());
    let with_runs = holds.into_iter().filter_map(|hold| {
        let touching = sources.iter().filter(|source| source.touches(&hold));
        let runs = touching.flat_map(Hold::runs).copied().collect();
        Hold::new(hold.windows().to_vec(), runs)
    });
    with_runs.collect()
}

/// What became of an entry whose hold is not open: as the windows have it if
/// they end it, and ended now if they no longer have it.
fn ended(open: &OpenHold, holds: &[Hold], now: UtcTime) -> Hold {
    let is_over = |hold: &&Hold| hold.tense(now, Duration::ZERO) == Tense::Over;
    if let Some(over) = holds.iter().filter(is_over).rfind(|hold| hold.touches(&open.hold)) {
        return over.clone();
    }
    if open.hold.end().is_some_and(|end| end <= now) {
        return open.hold.clone();
    }
    let cut = open.hold.windows().iter().filter(|window| window.start < now).map(|window| {
        let end = window.end.map_or(now, |end| end.min(now));
        HoldWindow { end: Some(end), ..window.clone() }
    });
    let runs: Vec<UtcTime> = open.hold.runs().iter().copied().filter(|run| *run < now).collect();
    Hold::new(cut.collect(), runs.clone()).unwrap_or_else(|| {
        // Paused ahead of its first window: over before it began.
        let first = open.hold.windows().first().cloned();
        let window = first.map(|first| HoldWindow {
            start: now.saturating_sub(Duration::from_millis(1)),
            end: Some(now),
            name: first.name,
        });
        Hold::new(window.into_iter().collect(), runs).unwrap_or_else(|| open.hold.clone())
    })
}

fn pick_open(holds: &[Hold], moment: Moment) -> Option<Hold> {
    holds.iter().find(|hold| hold.tense(moment.now, moment.lead) == Tense::Open).cloned()
}

/// The hold that is open, else the next one, else the last one.
fn relevant(holds: &[Hold], moment: Moment) -> Option<&Hold> {
    let is_over = |hold: &&Hold| hold.tense(moment.now, moment.lead) == Tense::Over;
    holds.iter().find(|hold| !is_over(hold)).or_else(|| holds.last())
}

fn overlap(a: &HoldWindow, b: &HoldWindow) -> bool {
    a.end.is_none_or(|end| b.start < end) && b.end.is_none_or(|end| a.start < end)
}

#[cfg(test)]
mod tests;
