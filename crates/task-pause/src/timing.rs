//! Every limit of time of this tool, in one table. Functions take a deadline, see
//! `deadline.rs`.
//!
//! | group | constants |
//! |---|---|
//! | one request | [`LOOK`], [`LIST_PLANS`], [`LIST_NEAR_RUNS`], [`LIST_ENVIRONMENTS`], [`LIST_INVENTORY`] |
//! | reading back | [`FIRST_READ_BACK`], [`LONGEST_READ_BACK`], [`UNNOTICED`] |
//! | decisions | [`TAKES_EFFECT`], [`MISSING_TWICE`], [`LEDGER_IN_USE`], [`SKEW`], [`LEEWAY`], [`CALL`] |
//! | `wait` | [`CLOCK_LOOK`], [`RETRY`], [`FIRST_RETRY`], [`PLANS_UNLISTED`], [`REFUSAL_MAY_PASS`] |
//! | after a resume | [`CATCH_UP`], [`START`] |
//! | `--drain` | [`FIRST_DRAIN_LOOK`], [`LONGEST_DRAIN_LOOK`] |
//! | the process | [`SIGNAL_GRACE`], [`TRY_LOCK`], [`REDRAW`] |
//!
//! The test at the end of this file checks how they relate.

use std::time::Duration;

/// The longest time that one look may keep the others of its batch waiting. A
/// look that takes longer is set aside until all others are through.
pub(crate) const LOOK: Duration = Duration::from_secs(10);

/// The longest time that pauses wait for the plans of one environment.
pub(crate) const LIST_PLANS: Duration = Duration::from_secs(10);

/// The longest time that changes wait for the list of runs that are near.
pub(crate) const LIST_NEAR_RUNS: Duration = Duration::from_secs(5);

/// The longest time for the list of environments, where the ledger knows the
/// name as well.
pub(crate) const LIST_ENVIRONMENTS: Duration = Duration::from_secs(10);

/// The longest time for the lists that tell whether a task exists.
pub(crate) const LIST_INVENTORY: Duration = Duration::from_secs(30);

/// The wait between the first two looks at a change; each wait is twice the last.
pub(crate) const FIRST_READ_BACK: Duration = Duration::from_millis(100);

/// The longest wait between two looks at a change.
pub(crate) const LONGEST_READ_BACK: Duration = Duration::from_secs(5);

/// The shortest time in which a person may notice a pause and end it. A pause
/// that the API accepted, that is watched from the beginning with no longer gap
/// than this, and that does not show, was lost.
pub(crate) const UNNOTICED: Duration = Duration::from_secs(10);

/// The longest time that an accepted change takes to show. The API applies
/// changes in the background; nothing bounds how long that takes, but minutes
/// are not seen.
pub(crate) const TAKES_EFFECT: Duration = Duration::from_secs(120);

/// The least time between two looks that find a task missing, for it to be gone.
pub(crate) const MISSING_TWICE: Duration = Duration::from_secs(10);

/// The time after its last pause in which a ledger may still be in use on
/// another host.
pub(crate) const LEDGER_IN_USE: Duration = Duration::from_secs(24 * 60 * 60);

/// The most that two readings of one pause's date may be apart.
pub(crate) const SKEW: Duration = Duration::from_secs(300);

/// The most that the clocks of one API may be apart.
pub(crate) const LEEWAY: Duration = Duration::from_secs(5);

/// The longest time between the look before a request and the request, of a call
/// that was cut off; and the longest time until a pause shows.
pub(crate) const CALL: Duration = Duration::from_secs(120);

/// The longest time that `wait` sleeps without a look at the clock, which may be
/// set, or stand still while the machine sleeps.
pub(crate) const CLOCK_LOOK: Duration = Duration::from_secs(30);

/// The longest time between two attempts where the API is away or the ledger is
/// busy.
pub(crate) const RETRY: Duration = Duration::from_secs(5);

/// The first wait before a retry: an outage of seconds must not cost a window
/// that is short. Each wait is twice the last.
pub(crate) const FIRST_RETRY: Duration = Duration::from_secs(1);

/// The longest time after a failed list of plans before `wait` asks for it again.
pub(crate) const PLANS_UNLISTED: Duration = Duration::from_secs(25);

/// The time in which `wait` takes a refusal for one that passes: a token is
/// renewed, a permission is mended.
pub(crate) const REFUSAL_MAY_PASS: Duration = Duration::from_secs(600);

/// The time after a resume in which a missed run is made up for. Much later the
/// start may meet the next planned run, and is a person's to decide.
pub(crate) const CATCH_UP: Duration = Duration::from_secs(60 * 60);

/// The time that a start must have before something else is due. A start is
/// never cut off, since then nobody would know whether a run was started.
pub(crate) const START: Duration = Duration::from_secs(2);

/// The first wait between two looks at runs in flight; each is twice the last.
pub(crate) const FIRST_DRAIN_LOOK: Duration = Duration::from_secs(1);

/// The longest wait between two looks at runs in flight.
pub(crate) const LONGEST_DRAIN_LOOK: Duration = Duration::from_secs(30);

/// The time after a signal in which changes that were sent are still looked at.
pub(crate) const SIGNAL_GRACE: Duration = Duration::from_secs(5);

/// The wait before a ledger that another call has is tried again.
pub(crate) const TRY_LOCK: Duration = Duration::from_millis(50);

/// The time after which a countdown on a terminal is drawn again.
pub(crate) const REDRAW: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row names two limits, the shorter one first, and the reason.
    #[test]
    fn limits_relate_as_their_reasons_say() {
        for (shorter, longer, reason) in [
            (FIRST_READ_BACK, LONGEST_READ_BACK, "waits grow"),
            (LONGEST_READ_BACK, UNNOTICED, "the gap between two looks hides no person"),
            (UNNOTICED, TAKES_EFFECT, "what is lost is known before it is given up"),
            (LOOK, LIST_INVENTORY, "a list takes longer than a look"),
            (LIST_NEAR_RUNS, LOOK, "advice waits less than what it is about"),
            (LEEWAY, SKEW, "clocks of one API differ less than two readings"),
            (FIRST_RETRY, RETRY, "waits grow"),
            (RETRY, PLANS_UNLISTED, "a retry needs no new list of plans"),
            (PLANS_UNLISTED, CLOCK_LOOK, "each look at the clock may list plans again"),
            (CLOCK_LOOK, TAKES_EFFECT, "what was accepted is looked at again in time"),
            (CLOCK_LOOK, REFUSAL_MAY_PASS, "a refusal is tried again"),
            (START, RETRY, "a start fits before the next attempt"),
            (FIRST_DRAIN_LOOK, LONGEST_DRAIN_LOOK, "waits grow"),
            (SIGNAL_GRACE, LOOK, "a signal ends a look that hangs"),
            (TRY_LOCK, RETRY, "a busy ledger is tried often"),
        ] {
            assert!(shorter < longer, "{shorter:?} < {longer:?}: {reason}");
        }
        // A pass that follows another at once must not find a task gone.
        assert!(RETRY < MISSING_TWICE);
    }
}
