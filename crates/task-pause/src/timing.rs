//! The limits of time of this tool. Functions take a deadline, see `deadline.rs`.
//!
//! | group | constants |
//! |---|---|
//! | ahead of an edge | [`LOOK_AHEAD`], [`MAX_LOOK_AHEAD`], [`LOOK_AHEAD_RETRY`], [`MAX_EARLY_PASS`], [`MAX_LOOK_AGE`] |
//! | one request | [`LOOK_TIMEOUT`], [`LIST_PLANS_TIMEOUT`], [`LIST_NEAR_RUNS_TIMEOUT`], [`LIST_ENVIRONMENTS_TIMEOUT`], [`LIST_INVENTORY_TIMEOUT`] |
//! | reading back | [`LISTED_READ_BACK_DELAYS`], [`FIRST_READ_BACK_DELAY`], [`MAX_READ_BACK_DELAY`], [`MIN_HUMAN_REACTION`] |
//! | decisions | [`TAKES_EFFECT`], [`MISSING_INTERVAL`], [`LEDGER_IN_USE`], [`PAUSE_DATE_SKEW`], [`API_CLOCK_SKEW`], [`CALL_LENGTH`], [`OPEN_PERIOD_SEARCH`] |
//! | `wait` | [`MAX_SLEEP`], [`FIRST_RETRY_DELAY`], [`MAX_RETRY_DELAY`], [`PLANS_RETRY_DELAY`], [`REFUSAL_RETRY_TIME`] |
//! | after a resume | [`CATCH_UP_LIMIT`], [`START_RESERVE`] |
//! | `--drain` | [`FIRST_DRAIN_DELAY`], [`MAX_DRAIN_DELAY`] |
//! | the process | [`SIGNAL_GRACE`], [`SYNC_LOCK_TIMEOUT`], [`LOCK_RETRY_DELAY`], [`REDRAW_INTERVAL`] |
//!
//! Elsewhere stand the limits that are not of this tool alone: those of HTTP
//! (`--timeout` for one attempt, `--retries`, `--deadline` for all requests: in core,
//! `Limits` in `client/config.rs`, applied in `client/send.rs`; how often and when, in
//! `client/retry.rs` and `client/rate.rs`), and those of the ledger (in core,
//! `ledger/state.rs`: how long it remembers a hold that was given up, and how far a
//! clock may be behind its last line).
//!
//! # Which limit bounds a request that hangs
//!
//! The limits of the client (`--timeout`, `--retries`, `--deadline`) bound every
//! request. A shorter limit is:
//!
//! | request | limit | code |
//! |---|---|---|
//! | look ahead of an edge | [`LOOK_TIMEOUT`], and [`MAX_EARLY_PASS`] before the edge, or a minute where the pauses need the allowance | `jobs/wait/look_ahead.rs` |
//! | looks by lists, before and after | the deadline of the pass; then each is looked at by itself | `talend/pause_lists.rs` |
//! | first look at a task | [`LOOK_TIMEOUT`], again while requests wait for the allowance; then the look is postponed, and repeated after all others | `apply/look.rs`, `apply/batches.rs` |
//! | the same in `wait`, and while `sync --every` waits | also a quarter of the rest of the hold, at least 1 s | `Deadline::of_request` |
//! | the same once several looks in a row timed out | the deadline of the pass, at least [`LOOK_TIMEOUT`] | `apply/look.rs` |
//! | second look, after it was postponed | the deadline of the pass | `apply/batches.rs` |
//! | look again where nothing proved whose pause it is | as the first look; then what it showed first stands | `apply/batches.rs` |
//! | look of the count for `--max-tasks` | [`LOOK_TIMEOUT`] | `apply/limit_check.rs` |
//! | look of a dry run | only those of the client | `jobs/dry_run.rs` |
//! | a change; a look that reads it back, or follows a 429 | the deadline of the pass, when reading back also the end of the hold, at least [`MIN_HUMAN_REACTION`] | `apply/verify.rs` |
//! | list after a 404 | [`LIST_INVENTORY_TIMEOUT`] | `apply/missing.rs` |
//! | present name of a task | [`LOOK_TIMEOUT`] | `gather/names.rs` |
//! | environments | [`LIST_ENVIRONMENTS_TIMEOUT`] if the ledger knows every name, else only those of the client | `talend/environments.rs` |
//! | plans | [`LIST_PLANS_TIMEOUT`], and the deadline of the pass | `talend/plans.rs` |
//! | near runs | [`LIST_NEAR_RUNS_TIMEOUT`] | `talend/near_runs.rs` |
//! | missed runs | the deadline of the pass | `jobs/pass.rs` |
//! | runs in flight | the deadline of the pass | `after/drain.rs` |
//! | start of a task | only those of the client, since a start is never cut off | `after/catch_up.rs` |
//! | `recover`, `coverage`, `check` | only those of the client | `jobs/` |
//!
//! The pass of the main job, `sync` and `resume` has no deadline; that of `wait`, and of
//! `sync --every` while it waits for the next pass, is its next edge. In a job that
//! changes something, a request under way ends within [`SIGNAL_GRACE`] of a signal.

use std::time::Duration;

/// Timeout of the first look at a task. A look that times out is repeated after
/// all other looks. Does not apply while several looks in a row are slow.
pub(crate) const LOOK_TIMEOUT: Duration = Duration::from_secs(10);

/// The time before an edge at which the looks ahead are to be done: so long that, even
/// after a sleep, they no longer count towards the requests of the minute in which the
/// changes are sent.
pub(crate) const LOOK_AHEAD: Duration = Duration::from_secs(105);

/// The longest time before an edge at which tasks are looked at.
pub(crate) const MAX_LOOK_AHEAD: Duration = Duration::from_secs(165);

/// The wait before looks ahead that failed are made again.
pub(crate) const LOOK_AHEAD_RETRY: Duration = Duration::from_secs(20);

/// The time before an edge at which its pass begins: the ledger is locked, and the first
/// intents are put on disk. Nothing is sent before the edge.
pub(crate) const MAX_EARLY_PASS: Duration = Duration::from_secs(2);

/// The age at which a look no longer counts.
pub(crate) const MAX_LOOK_AGE: Duration = Duration::from_secs(180);

/// Timeout of the list of plans of one environment: pauses wait for that list.
pub(crate) const LIST_PLANS_TIMEOUT: Duration = Duration::from_secs(10);

/// Timeout of the list of near runs: with a head start, changes wait for that list.
pub(crate) const LIST_NEAR_RUNS_TIMEOUT: Duration = Duration::from_secs(5);

/// Timeout of the list of environments if the ledger knows every name as well.
pub(crate) const LIST_ENVIRONMENTS_TIMEOUT: Duration = Duration::from_secs(10);

/// Timeout of the lists that show whether a task exists.
pub(crate) const LIST_INVENTORY_TIMEOUT: Duration = Duration::from_secs(30);

/// The wait between the first two looks at a change. Each wait is twice the last.
pub(crate) const FIRST_READ_BACK_DELAY: Duration = Duration::from_millis(100);

/// The longest wait between two looks at a change.
pub(crate) const MAX_READ_BACK_DELAY: Duration = Duration::from_secs(5);

/// The waits before changes are read back by lists. Then those that did not show are
/// looked at one by one.
pub(crate) const LISTED_READ_BACK_DELAYS: [Duration; 3] =
    [Duration::ZERO, Duration::from_millis(500), Duration::from_secs(2)];

/// The shortest time in which a person may notice a pause and end it. A pause is
/// lost if the API accepted it and looks from the beginning on, with no longer gap
/// than this, never showed it.
pub(crate) const MIN_HUMAN_REACTION: Duration = Duration::from_secs(10);

/// The longest time that an accepted change takes to show. The API applies
/// changes in the background and states no limit; minutes were never seen.
pub(crate) const TAKES_EFFECT: Duration = Duration::from_secs(120);

/// The least time between two looks that find a task missing, until it is gone.
pub(crate) const MISSING_INTERVAL: Duration = Duration::from_secs(10);

/// The time after its last pause in which a ledger may still be in use on
/// another host.
pub(crate) const LEDGER_IN_USE: Duration = Duration::from_secs(24 * 60 * 60);

/// The largest difference between two readings of the date of one pause.
pub(crate) const PAUSE_DATE_SKEW: Duration = Duration::from_secs(300);

/// The largest difference between the clocks of one API.
pub(crate) const API_CLOCK_SKEW: Duration = Duration::from_secs(5);

/// The most that the date of our pause may differ from the look before its request: the
/// request may wait, and the API may apply it late.
pub(crate) const CALL_LENGTH: Duration = Duration::from_secs(120);

/// The time beyond the holds in which open periods are searched: they also cut a
/// window that reaches there. Covers a timetable of a year; a timetable without an
/// end needs a limit.
pub(crate) const OPEN_PERIOD_SEARCH: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// The longest sleep of `wait` before it reads the clock again: the clock may be
/// set, or stand still while the machine sleeps.
pub(crate) const MAX_SLEEP: Duration = Duration::from_secs(30);

/// The longest wait before a retry while the API is unavailable or the ledger is
/// locked.
pub(crate) const MAX_RETRY_DELAY: Duration = Duration::from_secs(5);

/// The first wait before a retry: an outage of seconds must not cost a short
/// window. Each wait is twice the last.
pub(crate) const FIRST_RETRY_DELAY: Duration = Duration::from_secs(1);

/// The longest wait of `wait` before it lists plans again after a failure.
pub(crate) const PLANS_RETRY_DELAY: Duration = Duration::from_secs(25);

/// The time for which `wait` retries after a refusal: a token may be renewed, or a
/// permission granted.
pub(crate) const REFUSAL_RETRY_TIME: Duration = Duration::from_secs(600);

/// The time after a resume in which a missed run is made up for. Later, the start
/// may collide with the next planned run, so a person decides.
pub(crate) const CATCH_UP_LIMIT: Duration = Duration::from_secs(60 * 60);

/// The time that must remain before the deadline for a start to begin. A start is
/// never cut off: nobody would know whether a run began.
pub(crate) const START_RESERVE: Duration = Duration::from_secs(2);

/// The first wait between two looks at runs in flight. Each wait is twice the last.
pub(crate) const FIRST_DRAIN_DELAY: Duration = Duration::from_secs(1);

/// The longest wait between two looks at runs in flight.
pub(crate) const MAX_DRAIN_DELAY: Duration = Duration::from_secs(30);

/// The time after a signal in which the changes that were sent are still read
/// back.
pub(crate) const SIGNAL_GRACE: Duration = Duration::from_secs(5);

/// The default of `--lock-timeout` for `sync`: two passes that a timer starts in
/// the same minute wait for each other.
pub(crate) const SYNC_LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// The wait before the next attempt to lock the ledger.
pub(crate) const LOCK_RETRY_DELAY: Duration = Duration::from_millis(50);

/// The time after which a countdown on a terminal is drawn again.
pub(crate) const REDRAW_INTERVAL: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row names two limits, the shorter one first, and the reason.
    #[test]
    fn limits_relate_as_their_reasons_say() {
        for (shorter, longer, reason) in [
            (FIRST_READ_BACK_DELAY, MAX_READ_BACK_DELAY, "waits grow"),
            (MAX_READ_BACK_DELAY, MIN_HUMAN_REACTION, "nobody can act between two looks"),
            (MIN_HUMAN_REACTION, TAKES_EFFECT, "a loss is known before the pause is given up"),
            (LOOK_AHEAD, MAX_LOOK_AHEAD, "many looks begin earlier than few"),
            (MAX_LOOK_AHEAD, MAX_LOOK_AGE, "a look ahead counts at the edge"),
            (LOOK_AHEAD_RETRY, LOOK_AHEAD, "a failed look is made again ahead of the edge"),
            (MAX_EARLY_PASS, LOOK_AHEAD_RETRY, "looks end before the pass begins"),
            (Duration::from_secs(60) + MAX_SLEEP, LOOK_AHEAD, "the API counts by the minute"),
            (LOOK_TIMEOUT, LIST_INVENTORY_TIMEOUT, "a list takes longer than a look"),
            (LIST_NEAR_RUNS_TIMEOUT, LOOK_TIMEOUT, "a warning is worth less than a look"),
            (API_CLOCK_SKEW, PAUSE_DATE_SKEW, "clocks of one API differ less than two readings"),
            (FIRST_RETRY_DELAY, MAX_RETRY_DELAY, "waits grow"),
            (MAX_RETRY_DELAY, PLANS_RETRY_DELAY, "a retry needs no new list of plans"),
            (PLANS_RETRY_DELAY, MAX_SLEEP, "after each sleep plans may be listed again"),
            (MAX_SLEEP, TAKES_EFFECT, "an accepted change is looked at in time"),
            (MAX_SLEEP, REFUSAL_RETRY_TIME, "a refused request is retried"),
            (START_RESERVE, MAX_RETRY_DELAY, "a start fits before the next attempt"),
            (FIRST_DRAIN_DELAY, MAX_DRAIN_DELAY, "waits grow"),
            (SIGNAL_GRACE, LOOK_TIMEOUT, "a signal ends a look that hangs"),
            (LOCK_RETRY_DELAY, MAX_RETRY_DELAY, "a locked ledger is tried often"),
            (MAX_RETRY_DELAY, MISSING_INTERVAL, "two passes at once find no task gone"),
        ] {
            assert!(shorter < longer, "{shorter:?} < {longer:?}: {reason}");
        }
    }
}
