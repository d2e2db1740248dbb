//! Joins the receipts of a journal to records: a pause and its end are one. Pure.

use std::collections::{HashMap, HashSet};

use super::journal_line::{JournalHold, JournalLine};
use super::record::{Happened, HistoryRecord, PauseEnd};

/// The task or plan of a receipt: environment, type and ID.
type RecordKey = (String, String, String);

/// The records so far, and the latest of each task or plan.
#[derive(Default)]
struct JoinedRecords {
    records: Vec<HistoryRecord>,
    /// The index of the latest record of each kind.
    latest: HashMap<(RecordKey, Happened), usize>,
    /// The holds that were given back.
    given_back: HashSet<(RecordKey, JournalHold)>,
}

/// The records of these receipts, in the order of time. Several journals may
/// overlap: a line that two of them have counts once.
pub(super) fn join(mut lines: Vec<JournalLine>) -> Vec<HistoryRecord> {
    lines.sort_by_key(|line| line.at);
    let mut joined = JoinedRecords::default();
    for line in lines {
        joined.add(line);
    }
    let mut records = joined.records;
    records.sort_by_key(|record| record.span().0);
    records
}

impl JoinedRecords {
    fn add(&mut self, line: JournalLine) {
        match line.action.as_str() {
            "paused" | "accepted" | "held" => self.hold(line),
            "resumed" | "kept" | "gone" => self.end(line),
            // An older journal has a resume so whose start for a missed run failed.
            "failed" if line.runs_source.is_some() => {
                self.end(JournalLine { action: "resumed".to_owned(), ..line });
            }
            "foreign" => self.foreign(line),
            "failed" => self.failed(line),
            // `pending` and `expired`: nothing was done.
            _ => {}
        }
    }

    fn latest(&mut self, line: &JournalLine, what: Happened) -> Option<&mut HistoryRecord> {
        let index = self.latest.get(&(key(line), what))?;
        self.records.get_mut(*index)
    }

    fn begin(&mut self, line: JournalLine, what: Happened) {
        self.latest.insert((key(&line), what), self.records.len());
        self.records.push(record(line, what));
    }

    /// Begins a pause, or goes on with it.
    fn hold(&mut self, line: JournalLine) {
        let was_given_back = line.action == "paused";
        let Some(known) = self.latest(&line, Happened::Paused) else {
            return self.begin(line, Happened::Paused);
        };
        match &known.ended {
            // Another window held it on.
            Some(end) if end.action == "kept" && !was_given_back => known.ended = None,
            Some(end) if was_given_back || end.at < line.at => {
                return self.begin(line, Happened::Paused);
            }
            // A line that another journal has as well.
            Some(_) => return,
            None => {}
        }
        known.last_seen_at = line.at;
        known.unseen = line.action == "accepted";
        // What was taken over from the API has no names of windows.
        if line.paused_by.is_none() {
            known.hold = line.hold;
        }
        known.why = line.why.or(known.why.take());
        known.name = line.name.or(known.name.take());
        known.by = known.by.take().or(line.by);
        known.seconds = None;
    }

    /// Ends a pause. A receipt about the end of what was not held says nothing.
    fn end(&mut self, line: JournalLine) {
        if self.latest(&line, Happened::Paused).is_none() && line.action == "resumed" {
            // The pause is in a journal that was not read.
            let mut begun = record(line.clone(), Happened::Paused);
            (begun.paused_at, begun.by, begun.why) = (None, None, None);
            self.latest.insert((key(&line), Happened::Paused), self.records.len());
            self.records.push(begun);
        }
        let resumed = (line.action == "resumed").then(|| (key(&line), line.hold.clone()));
        // A later call reports a resume again, to make up for what was missed.
        let is_again = resumed.is_some_and(|hold| !self.given_back.insert(hold));
        let Some(known) = self.latest(&line, Happened::Paused) else { return };
        if known.ended.is_some() || is_again && known.hold != line.hold {
            return;
        }
        known.seconds = known.paused_at.map(|start| line.at.since(start).as_secs());
        let JournalLine { at, action, why, by, host, call, .. } = line;
        known.ended = Some(PauseEnd { at, action, why, by, host, call });
    }

    /// A pause of somebody else, which every call reports again.
    fn foreign(&mut self, line: JournalLine) {
        let begun = record(line.clone(), Happened::Foreign);
        match self.latest(&line, Happened::Foreign) {
            Some(known) if (known.paused_at, &known.by) == (begun.paused_at, &begun.by) => {
                known.last_seen_at = line.at;
            }
            _ => self.begin(line, Happened::Foreign),
        }
    }

    /// A failure, which later calls may meet again.
    fn failed(&mut self, line: JournalLine) {
        match self.latest(&line, Happened::Failed) {
            Some(known) if known.error == line.error && known.hold == line.hold => {
                known.last_seen_at = line.at;
            }
            _ => self.begin(line, Happened::Failed),
        }
    }
}

fn key(line: &JournalLine) -> RecordKey {
    (line.environment_id.clone(), line.kind.clone(), line.id.clone())
}

/// The record that begins with a receipt.
fn record(line: JournalLine, what: Happened) -> HistoryRecord {
    let paused_by = line.paused_by.unwrap_or_default();
    let (paused_at, by, reason) = match what {
        // Of others, the pause is in a journal that was not read; it may be that a resume
        // was accepted.
        Happened::Paused => {
            let is_begun = match line.action.as_str() {
                "accepted" => line.reason.is_some(),
                action => action != "held",
            };
            let since = is_begun.then_some(line.at).or(paused_by.since);
            (since, line.by, line.reason.or(paused_by.context))
        }
        Happened::Foreign => (paused_by.since, paused_by.user.or(line.by), paused_by.context),
        Happened::Failed => (None, line.by, line.reason),
    };
    let why = line.why.filter(|_| what == Happened::Paused && line.action != "paused");
    HistoryRecord {
        id: line.id,
        kind: line.kind,
        environment_id: line.environment_id,
        name: line.name,
        what,
        seen_at: line.at,
        paused_at,
        by,
        host: line.host,
        call: line.call,
        hold: line.hold,
        reason,
        why,
        unseen: line.action == "accepted",
        last_seen_at: line.at,
        ended: None,
        seconds: None,
        error: line.error,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A receipt about task `t` at that minute past two.
    fn line(minute: u32, action: &str) -> JournalLine {
        let receipt = json!({
            "id": "t", "type": "TASK", "environmentId": "e", "name": "Load", "action": action,
            "at": format!("2026-03-01T02:{minute:02}:00.000Z"),
            "hold": {"start": "2026-03-01T02:00:00.000Z", "end": null, "windows": ["Patch"]},
            "runs": [], "by": "ops", "host": "h1", "call": format!("c{minute}"),
            "reason": (action == "paused").then_some("Patch"),
        });
        serde_json::from_value(receipt).unwrap()
    }

    /// The records of these receipts: what, minutes of begin and end, outcome.
    fn reported(lines: Vec<JournalLine>) -> Vec<String> {
        let minute = |time: String| time[14..16].to_owned();
        let reported = join(lines).into_iter().map(|record| {
            let start = record.paused_at.map_or("?".to_owned(), |at| minute(at.to_string()));
            let end =
                record.ended.as_ref().map_or("-".to_owned(), |end| minute(end.at.to_string()));
            let seconds = record.seconds.map_or(String::new(), |seconds| format!(" {seconds}"));
            format!("{} {start} {end} {}{seconds}", record.what.as_str(), record.outcome())
        });
        reported.collect()
    }

    #[test]
    fn a_pause_and_its_end_are_one_record() {
        for (receipts, expected) in [
            (&[(1, "paused")][..], &["paused 01 - held"][..]),
            (&[(1, "paused"), (6, "held"), (9, "resumed")], &["paused 01 09 resumed 480"]),
            (&[(1, "accepted"), (6, "held"), (9, "gone")], &["paused ? 09 gone"]),
            (&[(1, "paused"), (5, "accepted"), (9, "resumed")], &["paused 01 09 resumed 480"]),
            (&[(1, "paused"), (5, "accepted")], &["paused 01 - accepted"]),
            (&[(1, "paused"), (5, "accepted"), (9, "held")], &["paused 01 - held"]),
            // A pause, or a resume, of which the beginning is not known.
            (&[(1, "accepted")], &["paused ? - accepted"]),
            (&[(1, "accepted"), (9, "resumed")], &["paused ? 09 resumed"]),
            (&[(1, "paused"), (9, "kept"), (9, "kept")], &["paused 01 09 kept 480"]),
            // Another window holds it.
            (&[(1, "paused"), (5, "kept"), (6, "held")], &["paused 01 - held"]),
            (
                &[(1, "paused"), (5, "resumed"), (6, "paused"), (8, "resumed")],
                &["paused 01 05 resumed 240", "paused 06 08 resumed 120"],
            ),
            // The journal was rotated.
            (&[(5, "held"), (6, "resumed")], &["paused ? 06 resumed"]),
            (&[(6, "resumed")], &["paused ? 06 resumed"]),
            (&[(1, "pending"), (2, "expired"), (3, "kept"), (4, "gone")], &[]),
        ] {
            let lines = receipts.iter().map(|(minute, action)| line(*minute, action)).collect();
            assert_eq!(reported(lines), expected, "{receipts:?}");
        }
    }

    /// A receipt about the hold of another window.
    fn line_of(window: &str, minute: u32, action: &str) -> JournalLine {
        let mut line = line(minute, action);
        line.hold.windows = vec![window.to_owned()];
        line
    }

    #[test]
    fn a_resume_that_is_reported_again_does_not_end_the_next_pause() {
        let mut lines = vec![line_of("A", 1, "paused"), line_of("A", 5, "resumed")];
        lines.extend([line_of("B", 6, "paused"), line_of("A", 6, "resumed")]);
        assert_eq!(reported(lines.clone()), ["paused 01 05 resumed 240", "paused 06 - held"]);
        lines.push(line_of("B", 9, "resumed"));
        assert_eq!(reported(lines), ["paused 01 05 resumed 240", "paused 06 09 resumed 180"]);
    }

    #[test]
    fn a_failed_receipt_with_missed_runs_is_a_resume() {
        for (runs_source, expected) in [
            (Some("recorded"), &["paused 01 05 resumed 240"][..]),
            (None, &["paused 01 - held", "failed ? - failed"]),
        ] {
            let mut failed = line(5, "failed");
            failed.runs_source = runs_source.map(str::to_owned);
            assert_eq!(reported(vec![line(1, "paused"), failed]), expected, "{runs_source:?}");
        }
    }

    #[test]
    fn an_accepted_pause_begins_when_its_text_was_left() {
        let mut accepted = line(1, "accepted");
        accepted.reason = Some("Patch".to_owned());
        assert_eq!(reported(vec![accepted.clone()]), ["paused 01 - accepted"]);
        let lines = vec![accepted, line(6, "held"), line(9, "gone")];
        assert_eq!(reported(lines), ["paused 01 09 gone 480"]);
    }

    #[test]
    fn a_pause_that_was_taken_over_begins_when_the_api_says() {
        let mut taken = line(6, "held");
        taken.hold.windows = vec!["recovered".to_owned()];
        taken.why = Some("taken over".to_owned());
        taken.paused_by = serde_json::from_value(json!({
            "user": "ops", "since": "2026-03-01T02:01:00.000Z", "context": "Patch, mark",
        }))
        .unwrap();
        assert_eq!(reported(vec![taken.clone(), line(9, "resumed")]), ["paused 01 09 resumed 480"]);
        let [alone] = &join(vec![taken.clone()])[..] else { panic!() };
        assert_eq!(alone.why.as_deref(), Some("taken over"));
        assert_eq!(alone.reason.as_deref(), Some("Patch, mark"));
        // The journal has the pause itself.
        let [known] = &join(vec![line(1, "paused"), taken])[..] else { panic!() };
        assert_eq!(known.hold.windows, ["Patch"]);
        assert_eq!(known.why.as_deref(), Some("taken over"));
    }

    #[test]
    fn a_line_of_two_journals_counts_once_and_the_order_of_files_does_not_matter() {
        let lines = [line(1, "paused"), line(4, "resumed"), line(6, "paused"), line(8, "resumed")];
        let expected = ["paused 01 04 resumed 180", "paused 06 08 resumed 120"];
        let mut twice: Vec<_> = lines.iter().rev().cloned().collect();
        assert_eq!(reported(twice.clone()), expected);
        twice.extend(lines);
        assert_eq!(reported(twice), expected);
    }

    #[test]
    fn a_foreign_pause_is_one_record_per_account_and_time() {
        let foreign = |minute: u32, user: &str, since: u32| {
            let mut line = line(minute, "foreign");
            line.paused_by = serde_json::from_value(json!({
                "user": user, "since": format!("2026-03-01T01:{since:02}:00.000Z"),
            }))
            .unwrap();
            line
        };
        let lines = vec![foreign(1, "ann", 7), foreign(6, "ann", 7), foreign(9, "bob", 30)];
        assert_eq!(reported(lines), ["foreign 07 - foreign", "foreign 30 - foreign"]);
        // The API shows no more than that it is paused.
        let lines = vec![line(1, "foreign"), line(6, "foreign")];
        assert_eq!(reported(lines), ["foreign ? - foreign"]);
    }

    #[test]
    fn a_failure_that_is_met_again_is_one_record() {
        let failed = |minute: u32, code: &str| {
            let mut line = line(minute, "failed");
            line.error = serde_json::from_value(json!({"code": code, "message": "no"})).unwrap();
            line
        };
        let records = join(vec![failed(1, "refused"), failed(6, "refused"), failed(9, "status")]);
        assert_eq!(records.len(), 2);
        assert_eq!(records[0].last_seen_at, line(6, "failed").at);
    }
}
