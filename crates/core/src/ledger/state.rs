//! The state that the lines of the ledger lead to: the active holds, and the facts
//! that later decisions need. Pure: replaying the same lines gives the same state
//! on any machine at any time.
//!
//! [`LedgerState::apply`] takes one line in, and has the table of the phases
//! through which a hold goes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::active_hold::{ActiveHold, Phase};
use super::entry::{Entry, Finding, LedgerEvent, Settled, VERSION};
use super::given_up::GivenUp;
use super::tenant_facts::{FactSources, TenantFacts};
use crate::change::Target;
use crate::hold::{Hold, HoldWindow};
use crate::identifier;
use crate::run::Labels;
use crate::time::UtcTime;

/// The time after its end for which a hold that was given up is remembered, so
/// that an end that is moved later does not make it a new hold.
const REMEMBER: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The most that the clock may be behind the ledger's last line. NTP steps a clock
/// by less, and hosts that share a ledger differ by less.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(300);

/// The state of the ledger after its last line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerState {
    id: String,
    api: Option<String>,
    /// The number of the last line.
    last: u64,
    /// Numbers below it were used by lines that a compaction left out.
    reserved: u64,
    /// The latest time of a line, since the operator last said that the clock
    /// is right.
    clock: Option<UtcTime>,
    known: TenantFacts,
    sources: FactSources,
    active: BTreeMap<Target, Arc<ActiveHold>>,
    targets: HashMap<Arc<str>, Target>,
    remembered: BTreeMap<Target, Vec<Remembered>>,
    catch_ups: BTreeMap<String, PendingCatchUp>,
}

/// A hold that was given up before its end, because somebody decided so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// ID of the hold.
    pub id: Arc<str>,
    /// Its windows.
    pub given_up: GivenUp,
    /// Why it was given up.
    pub result: Settled,
}

/// A resumed task that is to be started once, if its hold suppressed a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingCatchUp {
    /// The task to start.
    pub target: Target,
    /// The names of the task.
    pub labels: Arc<Labels>,
    /// The hold that is over.
    pub hold: Hold,
    /// The time for which the task was paused: its begin and its end, UTC.
    pub paused: (UtcTime, UtcTime),
    /// Whether a line says that the task is about to be started.
    pub starting: bool,
}

/// The hold of these windows and runs.
fn held(id: &str, windows: &[HoldWindow], runs: &[UtcTime]) -> Result<Hold, String> {
    let hold = Hold::new(windows.to_vec(), runs.to_vec());
    hold.ok_or_else(|| format!("hold {id} has no window"))
}

impl LedgerState {
    /// ID of the ledger; empty where there is no ledger.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Base URL of the API to which the holds belong; `None` where there is no
    /// ledger.
    #[must_use]
    pub fn api(&self) -> Option<&str> {
        self.api.as_deref()
    }

    /// The facts about this tenant that earlier answers of the API show.
    #[must_use]
    pub fn known(&self) -> &TenantFacts {
        &self.known
    }

    /// The active hold of a task or plan.
    #[must_use]
    pub fn active(&self, target: &Target) -> Option<&ActiveHold> {
        self.active.get(target).map(Arc::as_ref)
    }

    /// The active hold of a task or plan as it is now. Later lines do not change it.
    #[must_use]
    pub fn snapshot(&self, target: &Target) -> Option<Arc<ActiveHold>> {
        self.active.get(target).cloned()
    }

    /// The task or plan of the active hold of that ID.
    #[must_use]
    pub fn target_of(&self, hold: &str) -> Option<&Target> {
        self.targets.get(hold)
    }

    /// All active holds, by target.
    pub fn all_active(&self) -> impl Iterator<Item = &ActiveHold> {
        self.active.values().map(Arc::as_ref)
    }

    /// The number of active holds.
    #[must_use]
    pub fn active_count(&self) -> usize {
        self.active.len()
    }

    /// The catch-ups that are not over, by the ID of their hold.
    pub fn catch_ups(&self) -> impl Iterator<Item = (&str, &PendingCatchUp)> {
        self.catch_ups.iter().map(|(id, catch_up)| (id.as_str(), catch_up))
    }

    /// The reason why this window was given up, also as it was before it was moved
    /// (same name, and at least one instant in common). Either its hold is over, or
    /// a command gave the window back and left the hold active for its other windows.
    /// `None` for a window that the active hold has (or that one of its windows was moved
    /// to): it was taken up again, even if an earlier hold with that window was given up.
    #[must_use]
    pub fn given_up(&self, target: &Target, window: &HoldWindow) -> Option<Settled> {
        if let Some(active) = self.active(target) {
            if active.is_released(window) {
                return Some(Settled::Resumed);
            }
            if active.hold.has(window) {
                return None;
            }
        }
        let mut pasts = self.remembered.get(target)?.iter();
        pasts.find(|past| past.given_up.has(window)).map(|past| past.result)
    }

    /// The time by which a clock that shows `now` is behind the ledger's last line;
    /// `None` where that is five minutes or less.
    #[must_use]
    pub fn clock_is_behind(&self, now: UtcTime) -> Option<Duration> {
        let behind = self.clock?.since(now);
        (behind > CLOCK_TOLERANCE).then_some(behind)
    }

    /// The latest time of a line, since the operator last said that the clock
    /// is right.
    #[must_use]
    pub fn clock(&self) -> Option<UtcTime> {
        self.clock
    }

    pub(super) fn next_seq(&self) -> u64 {
        self.reserved.max(self.last + 1)
    }

    pub(super) fn next_entry(&self, now: UtcTime, event: LedgerEvent) -> Entry {
        Entry { v: VERSION, seq: self.next_seq(), at: now, event }
    }

    /// IDs of the holds whose lines a compaction keeps. An ID may come twice.
    pub(super) fn kept_holds(&self, now: UtcTime) -> impl Iterator<Item = &str> {
        let is_recent = move |past: &&Remembered| {
            past.given_up.hold.end().is_none_or(|end| now.since(end) < REMEMBER)
        };
        let active = self.active.values().map(|active| &*active.id);
        let remembered = self.remembered.values().flatten().filter(is_recent);
        active
            .chain(remembered.map(|past| &*past.id))
            .chain(self.catch_ups.keys().map(String::as_str))
            .chain(self.sources.holds())
    }

    /// Takes one line in.
    ///
    /// # Errors
    ///
    /// The line contradicts the lines before it; the text says why. The state is as
    /// it was.
    ///
    #[doc = include_str!("state/transitions.md")]
    #[doc = include_str!("state/withdrawn.md")]
    pub fn apply(&mut self, entry: &Entry) -> Result<(), String> {
        if entry.seq <= self.last {
            return Err(format!("number {} comes after {}", entry.seq, self.last));
        }
        if self.api.is_none() != matches!(entry.event, LedgerEvent::Ledger { .. }) {
            return Err("the first line, and no other, says which ledger this is".to_owned());
        }
        self.apply_event(&entry.event, entry.at)?;
        self.last = entry.seq;
        self.clock = match &entry.event {
            LedgerEvent::ClockAccepted {} => Some(entry.at),
            _ => self.clock.max(Some(entry.at)),
        };
        Ok(())
    }

    fn apply_event(&mut self, event: &LedgerEvent, at: UtcTime) -> Result<(), String> {
        match event {
            LedgerEvent::Ledger { id, api, next } => {
                self.id.clone_from(id);
                self.api = Some(api.clone());
                self.reserved = next.unwrap_or(0);
            }
            LedgerEvent::Pausing { hold, target, labels, windows, runs, prior, context } => {
                let kept = held(hold, windows, runs)?;
                let mut active = ActiveHold::new(hold, target, labels, kept, at);
                active.context.clone_from(context);
                active.looked = prior.shown_at.map(|at| (at, at));
                self.begin(active)?;
            }
            LedgerEvent::Adopted { hold, target, labels, windows, seen } => {
                let kept = held(hold, windows, &[])?;
                let mut active = ActiveHold::new(hold, target, labels, kept, at);
                active.since = seen.since.unwrap_or(at);
                active.phase = Phase::Held { seen: Some(Box::new(seen.clone())) };
                self.begin(active)?;
            }
            LedgerEvent::Again { hold, looked, context } => {
                self.find(hold)?.request_pause(at, *looked, context.clone());
            }
            LedgerEvent::Resuming { hold, catch_up } => {
                self.find(hold)?.request_resume(at, *catch_up);
            }
            LedgerEvent::Moved { hold, windows, runs } => {
                self.find(hold)?.hold = held(hold, windows, runs)?;
            }
            LedgerEvent::Released { hold, windows } => {
                let released = Hold::new(windows.clone(), Vec::new());
                self.find(hold)?.released = released.map(|hold| Box::new(GivenUp { hold, at }));
            }
            LedgerEvent::Missing { hold } => {
                self.find(hold)?.missing.get_or_insert(at);
            }
            LedgerEvent::Present { hold } => self.find(hold)?.missing = None,
            LedgerEvent::ClockAccepted {} => {}
            LedgerEvent::Settled { hold, result, answer, seen } => {
                let finding = Finding { result: *result, answer: *answer, seen: seen.clone() };
                self.settle(hold, finding, at)?;
            }
            LedgerEvent::Starting { hold } => self.catch_up(hold)?.starting = true,
            LedgerEvent::NotStarted { hold } => self.catch_up(hold)?.starting = false,
            LedgerEvent::CaughtUp { hold, .. } => {
                self.catch_up(hold)?;
                self.catch_ups.remove(hold);
            }
        }
        Ok(())
    }

    /// Lets an active hold share the memory of an equal value that the caller keeps.
    pub(super) fn share_hold(&mut self, target: &Target, hold: &Hold) {
        if let Some(active) = self.active.get_mut(target).filter(|active| active.hold == *hold) {
            Arc::make_mut(active).hold = hold.clone();
        }
    }

    /// Checks that a hold of that ID can begin for that task or plan.
    pub(super) fn check_new(&self, hold: &str, target: &Target) -> Result<(), String> {
        for id in [&target.id, &target.environment_id] {
            identifier::check(id).map_err(|why| format!("it has an ID that is none: {why}"))?;
        }
        if let Some(other) = self.active.get(target) {
            return Err(format!("{target} is held already, by {}", other.id));
        }
        if let Some(other) = self.targets.get(hold) {
            return Err(format!("hold {hold} is that of {other} already"));
        }
        Ok(())
    }

    fn begin(&mut self, active: ActiveHold) -> Result<(), String> {
        self.check_new(&active.id, &active.target)?;
        self.targets.insert(Arc::clone(&active.id), active.target.clone());
        // A new hold overrules what was remembered of an older one.
        if let Some(past) = self.remembered.get_mut(&active.target) {
            let is_taken_up = |past: &Remembered| {
                active.hold.windows().iter().any(|window| past.given_up.has(window))
            };
            for past in past.extract_if(.., |past| is_taken_up(past)) {
                self.sources.overruled.insert(past.id, Arc::clone(&active.id));
            }
        }
        self.active.insert(active.target.clone(), Arc::new(active));
        Ok(())
    }

    fn find(&mut self, hold: &str) -> Result<&mut ActiveHold, String> {
        let target = self.targets.get(hold);
        let active = target.and_then(|target| self.active.get_mut(target));
        active.map(Arc::make_mut).ok_or_else(|| format!("hold {hold} is not active"))
    }

    fn settle(&mut self, hold: &str, finding: Finding, at: UtcTime) -> Result<(), String> {
        let active = self.find(hold)?;
        let (shown, id) = (active.shown_facts(&finding), Arc::clone(&active.id));
        let result = finding.result;
        let is_open = active.settle(finding, at);
        self.known.add(&shown);
        self.sources.note(&shown, &id);
        if !is_open
            && let Some(active) =
                self.targets.remove(hold).and_then(|target| self.active.remove(&target))
        {
            self.give_up(Arc::unwrap_or_clone(active), result, at);
        }
        Ok(())
    }

    fn catch_up(&mut self, hold: &str) -> Result<&mut PendingCatchUp, String> {
        let catch_up = self.catch_ups.get_mut(hold);
        catch_up.ok_or_else(|| format!("hold {hold} has nothing to catch up"))
    }

    fn give_up(&mut self, active: ActiveHold, result: Settled, at: UtcTime) {
        if result == Settled::Resumed && active.catch_up {
            self.catch_ups.insert(
                active.id.to_string(),
                PendingCatchUp {
                    target: active.target.clone(),
                    labels: active.labels,
                    hold: active.hold.clone(),
                    paused: (active.since, at),
                    starting: false,
                },
            );
        }
        // Whoever gives it back before its end has decided, also where it turns
        // out that there was nothing to give back. So has a command that gave
        // back some of its windows, whatever became of the others.
        let decided = matches!(result, Settled::Resumed | Settled::Overridden | Settled::Never);
        let given_up = Some((GivenUp { hold: active.hold, at }, result)).filter(|_| decided);
        let released = active.released.map(|released| (*released, Settled::Resumed));
        for (given_up, result) in given_up.into_iter().chain(released) {
            if given_up.hold.end().is_none_or(|end| at < end) {
                let past = Remembered { id: Arc::clone(&active.id), given_up, result };
                // Hardly ever is there a second one.
                let pasts = self.remembered.entry(active.target.clone());
                pasts.or_insert_with(|| Vec::with_capacity(1)).push(past);
            }
        }
    }
}

#[cfg(test)]
mod tests;
