//! The quietest slots: those that the fewest runs fall into.

use std::cmp::Reverse;

use maintenance_core::time::UtcTime;
use maintenance_core::window_set::Widening;

/// A run, as far as slots are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LoadRun {
    /// Its planned start.
    pub(crate) date: UtcTime,
    /// Its length in milliseconds; 0 where none is known.
    pub(crate) length: i64,
}

/// The length of a slot, and the time around it that counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlotShape {
    /// The length in milliseconds.
    pub(crate) length: i64,
    /// The widening that a filter will give to the window.
    pub(crate) widening: Widening,
}

/// A slot, with the load in it and around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QuietSlot {
    /// Its start.
    pub(crate) start: UtcTime,
    /// Its end.
    pub(crate) end: UtcTime,
    /// The number of runs that start in the widened slot, or are still running then.
    pub(crate) runs: usize,
    /// The time in milliseconds for which runs are running in it, all together.
    pub(crate) running: i64,
    /// The time in milliseconds from it to the nearest other run.
    pub(crate) margin: i64,
}

impl QuietSlot {
    /// The rank of a slot. A quieter slot has a lower one.
    fn rank(&self) -> (usize, i64, Reverse<i64>, UtcTime) {
        (self.runs, self.running, Reverse(self.margin), self.start)
    }
}

/// Runs, in the order that makes it cheap to count those in a slot.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunLoad {
    /// The start of each run, sorted.
    starts: Vec<i64>,
    /// The end of each run, sorted. A run without a length ends with its first
    /// millisecond.
    ends: Vec<i64>,
    /// The running time of all runs.
    running: RunningTime,
}

/// The running time of runs before any instant.
#[derive(Clone, Debug, Default)]
struct RunningTime {
    /// The start of each run that has a length, sorted, and their sums.
    starts: Vec<i64>,
    sums_of_starts: Vec<i128>,
    /// The end of each run that has a length, sorted, and their sums.
    ends: Vec<i64>,
    sums_of_ends: Vec<i128>,
}

impl RunLoad {
    /// The load of those runs.
    pub(crate) fn new(runs: &[LoadRun]) -> Self {
        let sorted = |times: Vec<i64>| {
            let mut times = times;
            times.sort_unstable();
            times
        };
        let end = |run: &LoadRun| run.date.as_millis().saturating_add(run.length.max(1));
        let long: Vec<&LoadRun> = runs.iter().filter(|run| run.length > 0).collect();
        let starts = sorted(long.iter().map(|run| run.date.as_millis()).collect());
        let ends = sorted(long.into_iter().map(end).collect());
        Self {
            starts: sorted(runs.iter().map(|run| run.date.as_millis()).collect()),
            ends: sorted(runs.iter().map(end).collect()),
            running: RunningTime {
                sums_of_starts: sums(&starts),
                sums_of_ends: sums(&ends),
                starts,
                ends,
            },
        }
    }

    /// Whether the length of any run is known.
    pub(crate) fn has_lengths(&self) -> bool {
        !self.running.starts.is_empty()
    }

    /// The slot that begins at that time. `None`: it would end after all time.
    fn slot(&self, start: UtcTime, shape: &SlotShape) -> Option<QuietSlot> {
        let end = UtcTime::from_millis(start.as_millis().checked_add(shape.length)?)?;
        let from = start.saturating_sub(shape.widening.before).as_millis();
        let to = end.saturating_add(shape.widening.after).as_millis();
        let begun = self.starts.partition_point(|time| *time < to);
        let ended = self.ends.partition_point(|time| *time <= from);
        let next = self.starts.get(begun).map_or(i64::MAX, |next| next - to);
        let last = ended.checked_sub(1).map_or(i64::MAX, |last| from - self.ends[last]);
        Some(QuietSlot {
            start,
            end,
            runs: begun - ended,
            running: self.running.before(to) - self.running.before(from),
            margin: next.min(last),
        })
    }
}

impl RunningTime {
    /// The running time in milliseconds before that instant.
    fn before(&self, time: i64) -> i64 {
        let part = |times: &[i64], sums: &[i128]| {
            let count = times.partition_point(|start| *start < time);
            let of = i128::from(time) * i128::try_from(count).unwrap_or_default();
            of - sums[count]
        };
        let begun = part(&self.starts, &self.sums_of_starts);
        let ended = part(&self.ends, &self.sums_of_ends);
        i64::try_from(begun - ended).unwrap_or(i64::MAX)
    }
}

/// The sum of the first values, for each number of them.
fn sums(values: &[i64]) -> Vec<i128> {
    let mut sum = 0;
    let next = |value: &i64| {
        sum += i128::from(*value);
        sum
    };
    [0].into_iter().chain(values.iter().map(next)).collect()
}

/// Returns the quietest slots that begin at one of `starts`, the quietest first. No
/// two of them overlap.
///
/// A slot is quieter than another one if fewer runs fall into it; then, if they run
/// for less time in it; then, if the nearest other run is farther away; then, if it
/// is earlier.
pub(crate) fn quietest(
    load: &RunLoad,
    starts: impl IntoIterator<Item = UtcTime>,
    shape: &SlotShape,
    count: usize,
) -> Vec<QuietSlot> {
    let slots = starts.into_iter().filter_map(|start| load.slot(start, shape));
    let mut slots: Vec<QuietSlot> = slots.collect();
    slots.sort_unstable_by_key(QuietSlot::rank);
    let mut chosen: Vec<QuietSlot> = Vec::new();
    for slot in slots {
        if chosen.len() == count {
            break;
        }
        if chosen.iter().all(|other| slot.end <= other.start || other.end <= slot.start) {
            chosen.push(slot);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> UtcTime {
        UtcTime::from_millis(millis).unwrap()
    }

    /// Counts run by run and millisecond by millisecond, without any sum or search.
    fn slowly(runs: &[LoadRun], start: i64, shape: &SlotShape) -> QuietSlot {
        let millis = |length: Duration| i64::try_from(length.as_millis()).unwrap();
        let from = start - millis(shape.widening.before);
        let to = start + shape.length + millis(shape.widening.after);
        let (mut count, mut running, mut margin) = (0, 0, i64::MAX);
        for run in runs {
            let date = run.date.as_millis();
            let is_there = |time: i64| date <= time && time < date + run.length.max(1);
            if (from..to).any(is_there) {
                count += 1;
                let is_running = |time: &i64| date <= *time && *time < date + run.length;
                running += i64::try_from((from..to).filter(is_running).count()).unwrap();
            } else {
                let away = if date >= to { date - to } else { from - date - run.length.max(1) };
                margin = margin.min(away);
            }
        }
        QuietSlot { start: at(start), end: at(start + shape.length), runs: count, running, margin }
    }

    fn runs() -> impl Strategy<Value = Vec<LoadRun>> {
        let run = (0..60_i64, prop_oneof![Just(0), 0..25_i64]);
        let run = run.prop_map(|(date, length)| LoadRun { date: at(date), length });
        prop::collection::vec(run, 0..12)
    }

    fn shapes() -> impl Strategy<Value = SlotShape> {
        (1..20_i64, 0..4_u64, 0..4_u64).prop_map(|(length, before, after)| SlotShape {
            length,
            widening: Widening {
                before: Duration::from_millis(before),
                after: Duration::from_millis(after),
            },
        })
    }

    proptest! {
        #[test]
        fn a_slot_has_the_load_that_a_slow_count_finds(
            runs in runs(), shape in shapes(), start in -20..80_i64,
        ) {
            let slot = RunLoad::new(&runs).slot(at(start), &shape);
            prop_assert_eq!(slot, Some(slowly(&runs, start, &shape)));
        }

        #[test]
        fn the_slots_are_the_quietest_of_those_that_do_not_overlap(
            runs in runs(), shape in shapes(), count in 1..5_usize,
        ) {
            let starts = || (0..70_i64).step_by(3).map(at);
            let found = quietest(&RunLoad::new(&runs), starts(), &shape, count);
            // Again and again the quietest of all that are left, found one by one.
            let mut left: Vec<QuietSlot> =
                starts().map(|start| slowly(&runs, start.as_millis(), &shape)).collect();
            for slot in &found {
                let best = left.iter().min_by_key(|slot| slot.rank());
                prop_assert_eq!(Some(slot), best);
                left.retain(|other| other.end <= slot.start || slot.end <= other.start);
            }
            prop_assert!(found.len() == count || left.is_empty());
        }
    }

    #[test]
    fn runs_come_before_running_time_and_that_before_the_distance() {
        let run = |date: i64, length: i64| LoadRun { date: at(date), length };
        let shape = SlotShape { length: 10, widening: Widening::default() };
        let first = |runs: &[LoadRun]| {
            let found = quietest(&RunLoad::new(runs), [0, 100, 200].map(at), &shape, 1);
            found[0].start.as_millis()
        };
        // One long run is better than two short ones.
        assert_eq!(first(&[run(1, 1), run(2, 1), run(100, 50), run(200, 0), run(201, 0)]), 100);
        // Of one run each, the shorter one is better.
        assert_eq!(first(&[run(1, 9), run(100, 8), run(200, 7)]), 200);
        // Of none, the one that is farther from any.
        assert_eq!(first(&[run(12, 0), run(95, 0), run(250, 0)]), 200);
        assert_eq!(first(&[]), 0);
    }
}
