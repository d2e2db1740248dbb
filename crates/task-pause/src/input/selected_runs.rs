//! Selected runs, read to holds.
//!
//! The input is read to its end before anything is paused, so that a broken list or line
//! pauses nothing.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use anyhow::Context;
use maintenance_core::change::TargetKind;
use maintenance_core::cli::Refusal;
use maintenance_core::hold::{self, HoldWindow};
use maintenance_core::identifier;
use maintenance_core::jsonl::text::without_lone_surrogates;
use maintenance_core::jsonl::{BadLine, LineReader, end_record};
use maintenance_core::run::{EndRecord, NamePool, SelectedRun};
use maintenance_core::time::UtcTime;

use crate::types::{SelectedInput, Unsupported, WantedTarget};

/// One executable of any type while its runs are collected.
struct CollectedExecutable {
    first: SelectedRun,
    /// The line of `first`.
    line: u64,
    selected: Vec<(HoldWindow, Option<UtcTime>)>,
}

/// The type of an executable, whatever the case of its letters.
#[derive(PartialEq, Eq, Hash)]
enum ExecutableType {
    /// A type that can be paused.
    Of(TargetKind),
    /// Any other type.
    Other(String),
}

impl ExecutableType {
    fn of(kind: &str) -> Self {
        TargetKind::of(kind).map_or_else(|| Self::Other(kind.to_uppercase()), Self::Of)
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Of(kind) => kind.as_str(),
            Self::Other(_) => "executable",
        }
    }
}

/// Reads selected runs to the end.
pub(crate) fn read(input: impl Read, require_end: bool) -> anyhow::Result<SelectedInput> {
    let mut reader = LineReader::new(input);
    let mut runs = CollectedRuns::default();
    while let Some(line) = reader.next_line().context("standard input")? {
        let added = runs.add_line(line.text, line.number);
        added
            .map_err(|what| anyhow::Error::from(what.at(line.number)).context("standard input"))?;
    }
    if require_end && runs.end.is_none() {
        return Err(Refusal::bad_input("the input has no end record, so it may not be whole")
            .hint("fetch with `runs-fetch --end-record`, and fetch again if it had failed")
            .into());
    }
    Ok(runs.into_input())
}

/// The lines of the input that were read so far.
#[derive(Default)]
struct CollectedRuns {
    /// In the order in which they came.
    executables: Vec<CollectedExecutable>,
    /// The index of each in `executables`.
    places: HashMap<(ExecutableType, Arc<str>), usize>,
    names: NamePool,
    /// The number of runs.
    count: u64,
    end: Option<EndRecord>,
}

impl CollectedRuns {
    /// Adds a run or the end record, which is the last line.
    fn add_line(&mut self, text: &str, number: u64) -> Result<(), BadLine> {
        if self.end.is_some() {
            return Err(BadLine::AfterEnd);
        }
        match end_record::read(text)? {
            Some(record) => self.end = Some(self.check_end(record)?),
            None => self.add(parse(text)?, number)?,
        }
        Ok(())
    }

    /// The end record, if it fits the records that came before it. Without a
    /// filter's count they can be fewer than were fetched.
    fn check_end(&self, end: EndRecord) -> Result<EndRecord, BadLine> {
        let read = self.count;
        match end.selected {
            Some(counted) if counted != read => return Err(BadLine::Selected { counted, read }),
            None if end.runs < read => return Err(BadLine::Count { counted: end.runs, read }),
            _ => {}
        }
        end.environments.iter().flatten().try_for_each(|id| check("end.environments", id))?;
        Ok(end)
    }

    /// Adds a run to those of its executable, which has one environment.
    fn add(&mut self, mut run: SelectedRun, line: u64) -> Result<(), BadLine> {
        self.count += 1;
        share(&mut run, &mut self.names);
        let selected = (run.window.clone(), run.date);
        let key = (ExecutableType::of(&run.kind), Arc::clone(&run.id));
        if let Some(&place) = self.places.get(&key) {
            let known = &mut self.executables[place];
            if known.first.environment_id != run.environment_id {
                let kind = key.0.as_str().to_owned();
                return Err(BadLine::OtherPlace { kind, line: known.line });
            }
            known.selected.push(selected);
        } else {
            self.places.insert(key, self.executables.len());
            self.executables.push(CollectedExecutable {
                first: run,
                line,
                selected: vec![selected],
            });
        }
        Ok(())
    }

    /// The holds of the executables, apart by whether they can be paused.
    fn into_input(self) -> SelectedInput {
        // Frees its memory before there are holds.
        drop(self.places);
        let mut input = SelectedInput { end: self.end, ..SelectedInput::default() };
        for CollectedExecutable { first, selected, .. } in self.executables {
            let holds = hold::merge(selected);
            let labels = Arc::new(first.labels());
            match first.target() {
                Some(target) => input.wanted.push(WantedTarget { target, labels, holds }),
                None => input.unsupported.push(Unsupported {
                    id: first.id,
                    kind: first.kind,
                    environment_id: first.environment_id,
                    labels,
                    holds,
                }),
            }
        }
        input
    }
}

/// Shares the memory of names that a run has in common with others.
fn share(run: &mut SelectedRun, names: &mut NamePool) {
    names.share(&mut run.environment_id);
    names.share(&mut run.kind);
    names.share(&mut run.window.name);
    let labels = [&mut run.workspace_id, &mut run.workspace_name, &mut run.environment_name];
    labels.into_iter().flatten().for_each(|name| names.share(name));
}

/// The run in a line that is a JSON object.
fn parse(text: &str) -> Result<SelectedRun, BadLine> {
    let text = without_lone_surrogates(text);
    let run: SelectedRun = serde_json::from_str(&text).map_err(|error| {
        let message = error.to_string();
        let missing = message.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
        match missing {
            // A record without a name of its own is whole.
            Some((member @ ("start" | "end" | "name"), _)) => {
                BadLine::Missing { member: format!("window.{member}") }
            }
            Some((member, _)) => BadLine::Missing { member: member.to_owned() },
            None => BadLine::record(error),
        }
    })?;
    check("id", &run.id)?;
    check("environmentId", &run.environment_id)?;
    run.workspace_id.iter().try_for_each(|id| check("workspaceId", id))?;
    if let Some(end) = run.window.end.filter(|end| *end <= run.window.start) {
        return Err(BadLine::value("window.end", "after its start", &format!("\"{end}\"")));
    }
    Ok(run)
}

/// Refuses a value that is no ID.
fn check(member: &'static str, id: &str) -> Result<(), BadLine> {
    identifier::check(id).map_err(|why| BadLine::Id { member, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, window: &str) -> String {
        format!(
            r#"{{"id":"{id}","type":"TASK","environmentId":"e","date":"2026-03-01T00:30:00Z","window":{window}}}"#
        ) + "\n"
    }

    const NIGHT: &str =
        r#"{"name":"n","start":"2026-03-01T00:00:00Z","end":"2026-03-01T01:00:00Z"}"#;
    const LATER: &str =
        r#"{"name":"l","start":"2026-03-01T01:00:00Z","end":"2026-03-01T02:00:00Z"}"#;

    #[test]
    fn runs_of_one_task_are_one_hold() {
        let text =
            line("b", NIGHT) + &line("a", NIGHT) + &line("b", LATER) + "{\"end\":{\"runs\":9}}";
        let input = read(text.as_bytes(), true).unwrap();
        let ids: Vec<_> = input.wanted.iter().map(|wanted| &*wanted.target.id).collect();
        assert_eq!(ids, ["b", "a"], "in the order in which they came");
        assert_eq!(input.wanted[0].holds.len(), 1);
        assert_eq!(input.wanted[0].holds[0].names(), ["n", "l"]);
        assert_eq!(input.end, Some(EndRecord { runs: 9, ..EndRecord::default() }));
    }

    #[test]
    fn a_broken_line_says_where_and_what() {
        let good = line("a", NIGHT);
        let end = "{\"end\":{\"runs\":0}}\n";
        for (text, what) in [
            (format!("{good}{{\"id\":\n"), "line 2: not JSON"),
            (format!("{good}[1]\n"), "line 2: not a JSON object"),
            (format!("{good}\n{}", good.replace(",\"window\"", ",\"x\"")), "line 3: no `window`"),
            (good.replace("\"id\":\"a\",", ""), "line 1: no `id`"),
            (good.replace("\"start\"", "\"starts\""), "line 1: no `window.start`"),
            (good.replace("\"name\"", "\"title\""), "line 1: no `window.name`"),
            (good.replace("T00:30:00Z", ""), "line 1: not a selected run: invalid value"),
            (
                good.replace("T01:00:00Z", "T00:00:00Z"),
                "line 1: `window.end` is not after its start",
            ),
            (format!("{good}{end}"), "line 2: the end record counts 0 runs"),
            (format!("{end}{good}"), "line 2: a record after the end record"),
            (
                format!("{good}{{\"end\":{{\"runs\":3,\"selected\":2}}}}"),
                "line 2: the end record counts 2 selected runs, but 1 were read",
            ),
            (
                format!("{good}{{\"end\":{{\"runs\":3,\"selected\":0}}}}"),
                "line 2: the end record counts 0 selected runs, but 1 were read",
            ),
            (format!("{good}{{\"end\":{{\"runs\":\"3\"}}}}"), "line 2: `end.runs` is not a count"),
        ] {
            let error = format!("{:#}", read(text.as_bytes(), false).unwrap_err());
            assert!(error.contains(what), "{error}\n{text}");
        }
        let error = read(good.as_bytes(), true).unwrap_err().to_string();
        assert!(error.contains("no end record"), "{error}");
    }

    #[test]
    fn an_end_of_null_is_open_and_none_at_all_is_a_bad_line() {
        let night = line("a", NIGHT);
        let end = ",\"end\":\"2026-03-01T01:00:00Z\"";
        let open = read(night.replace(end, ",\"end\":null").as_bytes(), false).unwrap();
        assert_eq!(open.wanted[0].holds[0].end(), None);
        for slip in [night.replace(end, ""), night.replace("\"end\"", "\"ends\"")] {
            let error = read(format!("{night}{slip}").as_bytes(), false).unwrap_err();
            assert!(
                format!("{error:#}").contains("line 2: no `window.end` in the record"),
                "{error:#}"
            );
        }
    }

    #[test]
    fn what_cannot_be_paused_is_kept_apart() {
        let text = line("a", NIGHT).replace("TASK", "PIPELINE");
        let input = read(text.as_bytes(), false).unwrap();
        assert!(input.wanted.is_empty());
        assert_eq!(&*input.unsupported[0].kind, "PIPELINE");
    }
}
