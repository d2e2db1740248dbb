//! A clock that is behind the ledger's last line gives nothing back. Pure.
//!
//! By a clock that is behind, an open window has not begun, so the timetable seems to
//! have no window for a held task. Either this clock is wrong, or the clock that wrote
//! the line was. Only the operator knows, and confirms this clock with `--accept-clock`.
//!
//! Pausing goes on: a needless pause is given back later, a run during maintenance
//! cannot be undone.

use maintenance_core::ledger::LedgerState;

use crate::types::{Action, Candidate, Decision, DecisionStep, Report, Wish};

/// The decision on a candidate that would be given back.
const WITHHELD: Decision = Decision::because(
    DecisionStep::Report,
    Action::Held,
    "not given back: the clock is behind the ledger: see --accept-clock",
);

/// Takes out the candidates that would be given back, as a whole or for one window.
/// Returns the other candidates, and the reports on those taken out.
pub(crate) fn withhold(
    candidates: Vec<Candidate>,
    state: &LedgerState,
) -> (Vec<Candidate>, Vec<Report>) {
    let mut withheld = Vec::new();
    let mut left = candidates;
    left.retain(|candidate| {
        let gives_back = matches!(candidate.wish, Wish::GiveBack | Wish::KeptByOther);
        let active = state.active(&candidate.target).filter(|_| gives_back);
        let report = |hold| Report::with_hold(candidate, hold, WITHHELD);
        withheld.extend(active.map(|active| report(active.hold.clone())));
        active.is_none()
    });
    (left, withheld)
}

#[cfg(test)]
mod tests {
    use maintenance_core::ledger::Settled;

    use super::*;
    use crate::decide::test_ledger::{hold, ledger, pausing, settled, task, window};

    #[test]
    fn what_would_be_given_back_is_taken_out_and_reported_as_held() {
        let own = [window("w", 0, 60)];
        let state = ledger([pausing(&task("held"), &own), settled("held", Settled::Paused)]);
        for (id, wish, is_taken_out) in [
            ("held", Wish::GiveBack, true),
            ("held", Wish::KeptByOther, true),
            ("held", Wish::Hold, false),
            ("another", Wish::GiveBack, false),
            ("another", Wish::Hold, false),
        ] {
            // The report is about what is held, not about what it would be cut to.
            let (target, hold) = (task(id), hold(&[window("w", 0, 30)]));
            let one = Candidate { target, labels: std::sync::Arc::default(), hold, wish };
            let (left, withheld) = withhold(vec![one.clone()], &state);
            assert_eq!(left, if is_taken_out { vec![] } else { vec![one] }, "{id} {wish:?}");
            let reports = withheld.iter().map(|report| (report.action, report.hold.windows()));
            let expected = Some((Action::Held, &own[..])).filter(|_| is_taken_out);
            assert_eq!(reports.collect::<Vec<_>>(), Vec::from_iter(expected), "{id} {wish:?}");
        }
    }
}
