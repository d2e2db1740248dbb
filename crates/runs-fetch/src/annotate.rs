//! The members that `--names` and `--durations` add to a run, looked up once for
//! each environment.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Context;
use maintenance_core::change::TargetKind;
use maintenance_core::client::{
    Client, ClientError, Environment, Executable, ExecutableFilter, ExecutableList, Execution,
    ExecutionQuery, LONGEST_HISTORY, RetentionLimit,
};
use maintenance_core::jsonl::BadLine;
use maintenance_core::jsonl::splice::append_member;
use maintenance_core::jsonl::text::to_json;

use crate::list::mismatched;
use crate::settings::FetchSettings;

/// The members to add to a run, in their order: keys and JSON values.
pub(crate) type AddedMembers = Vec<(&'static str, String)>;

/// The members to add to the runs of an environment, by the ID of the task or
/// plan. These IDs are unique in an environment, also across tasks and plans.
#[derive(Debug, Default)]
pub(crate) struct Annotations {
    /// The members of every run.
    common: AddedMembers,
    names: Option<HashMap<String, AddedMembers>>,
    durations: Option<HashMap<String, u128>>,
}

/// The numbers of runs without a name or a usual duration, for a warning at the
/// end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) names: u64,
    pub(crate) tags: u64,
    pub(crate) durations: u64,
}

impl Annotations {
    /// Looks up the members that the flags ask for. Names that the account may not
    /// list are a warning. Durations are an error, since without them a run that
    /// reaches into a window would be left out.
    pub(crate) async fn look_up(
        client: &Client,
        environment: &Environment,
        settings: &FetchSettings<'_>,
        warn: &dyn Fn(&str),
    ) -> anyhow::Result<Self> {
        let mut common = vec![("environmentId", json(&environment.id))];
        if settings.flags.names {
            common.extend(environment.name.as_ref().map(|name| ("environmentName", json(name))));
        }
        let names = async {
            if settings.flags.names {
                names(client, environment, settings, warn).await
            } else {
                Ok(None)
            }
        };
        let durations = async {
            if !settings.flags.durations {
                return Ok(None);
            }
            durations(client, environment, settings, warn).await.map(Some).context(
                "--durations: without the lengths of earlier runs, runs that reach into a window \
                 would be left out",
            )
        };
        let (names, durations) = futures_util::try_join!(names, durations)?;
        Ok(Self { common, names, durations })
    }

    /// Appends the run `item` of the task or plan `id`, with its added members and its
    /// `tags`, to `out`.
    pub(crate) fn write(
        &self,
        item: &str,
        id: &str,
        tags: Option<&str>,
        (missing, out): (&mut Missing, &mut Vec<u8>),
    ) -> Result<(), BadLine> {
        let (mut names, mut duration) = (None, None);
        if let Some(all) = &self.names {
            names = all.get(id);
            missing.names += u64::from(names.is_none());
        }
        if let Some(all) = &self.durations {
            duration = all.get(id).map(|millis| ("durationMs", millis.to_string()));
            missing.durations += u64::from(duration.is_none());
        }
        let tags = tags.map(|tags| ("tags", tags.to_owned()));
        let members = self.common.iter().chain(names.into_iter().flatten());
        let members = members.chain(&tags).chain(&duration);
        let mut line = item.to_owned();
        for (key, value) in members {
            let mut longer = Vec::with_capacity(line.len() + key.len() + value.len() + 4);
            append_member(&line, key, value, &mut longer)?;
            line = String::from_utf8_lossy(&longer).into_owned();
        }
        out.extend_from_slice(line.as_bytes());
        Ok(())
    }
}

/// Lists the tasks and plans of an environment, for the members with their names.
async fn names(
    client: &Client,
    environment: &Environment,
    settings: &FetchSettings<'_>,
    warn: &dyn Fn(&str),
) -> anyhow::Result<Option<HashMap<String, AddedMembers>>> {
    let filter = ExecutableFilter {
        accept_mismatch: settings.flags.mismatch.accept_total_mismatch,
        ..ExecutableFilter::of_environment(&environment.id)
    };
    let list = async |kind: TargetKind| match client.listed(kind, &filter).await {
        Ok(ExecutableList { executables, mismatch }) => {
            if let Some(mismatch) = mismatch {
                warn(&mismatched(&format!("{}s", kind.as_str()), mismatch));
            }
            Ok(executables)
        }
        Err(error) if error.status() == Some(403) => {
            warn(&format!("the names of {}s are not known: {error}", kind.as_str()));
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    };
    let (tasks, plans) = futures_util::try_join!(list(TargetKind::Task), list(TargetKind::Plan))?;
    let all = tasks.into_iter().chain(plans);
    Ok(Some(all.map(|one| (one.id.clone(), named(&one))).collect()))
}

/// The usual durations of an environment's tasks and plans, in milliseconds.
async fn durations(
    client: &Client,
    environment: &Environment,
    settings: &FetchSettings<'_>,
    warn: &dyn Fn(&str),
) -> Result<HashMap<String, u128>, ClientError> {
    let query = |kind| ExecutionQuery {
        kind,
        environment_id: environment.id.clone(),
        status: Some("execution_successful"),
        from: settings.now.saturating_sub(LONGEST_HISTORY),
        to: settings.now,
    };
    let (tasks, plans) = (query(TargetKind::Task), query(TargetKind::Plan));
    let (tasks, plans) =
        futures_util::try_join!(client.executions(&tasks), client.executions(&plans))?;
    let mut usual = HashMap::new();
    for (kind, history) in [(TargetKind::Task, tasks), (TargetKind::Plan, plans)] {
        let of = kind.as_str();
        if let Some(RetentionLimit { known_from, refused }) = &history.retention_limit {
            warn(&format!(
                "usual durations of {of}s are those since {known_from}; what was before is not \
                 known: {refused}"
            ));
        }
        if let Some(mismatch) = history.mismatch {
            warn(&mismatched(&format!("executions of {of}s"), mismatch));
        }
        if history.is_changing {
            warn(&format!(
                "the list of executions of {of}s changed whenever it was read: usual durations are \
                 those of what was seen"
            ));
        }
        usual.extend(usual_durations(kind, &history.executions));
    }
    Ok(usual)
}

fn json(text: &str) -> String {
    // Serializing a text cannot fail: only a map can, by keys that are no texts.
    to_json(text).unwrap_or_default()
}

fn named(executable: &Executable) -> AddedMembers {
    let workspace = executable.workspace.as_ref();
    let mut members = AddedMembers::new();
    let texts = [
        ("name", executable.name.as_ref()),
        ("workspaceId", workspace.map(|workspace| &workspace.id)),
        ("workspaceName", workspace.and_then(|workspace| workspace.name.as_ref())),
    ];
    members.extend(texts.into_iter().filter_map(|(key, text)| Some((key, json(text?)))));
    if executable.pause.as_ref().is_some_and(|pause| pause.paused) {
        members.push(("paused", "true".to_owned()));
    }
    members
}

/// For each task or plan, the length in milliseconds that 95 % of its successful
/// executions do not exceed.
fn usual_durations(kind: TargetKind, executions: &[Execution]) -> HashMap<String, u128> {
    let mut lengths: HashMap<&str, Vec<Duration>> = HashMap::new();
    for execution in executions {
        if let (Some(id), Some(started), Some(finished)) =
            (execution.of(kind), execution.started, execution.finished)
        {
            lengths.entry(id).or_default().push(finished.since(started));
        }
    }
    let usual = |(id, mut lengths): (&str, Vec<Duration>)| {
        lengths.sort_unstable();
        // The nearest rank: the smallest length that 95 % do not exceed.
        let rank = (lengths.len() * 95).div_ceil(100).max(1);
        (id.to_owned(), lengths[rank - 1].as_millis())
    };
    lengths.into_iter().map(usual).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_95th_percentile_is_a_length_that_occurred() {
        let execution = |n: u64| {
            serde_json::from_str(&format!(
                r#"{{"executionId":"{n}","taskId":"t","startTimestamp":"2026-11-01T00:00:00Z",
                     "finishTimestamp":"2026-11-01T00:00:{n:02}Z"}}"#
            ))
            .unwrap()
        };
        let usual = |seconds: std::ops::RangeInclusive<u64>| {
            let executions: Vec<Execution> = seconds.rev().map(execution).collect();
            usual_durations(TargetKind::Task, &executions).get("t").copied()
        };
        assert_eq!(usual(7..=7), Some(7_000));
        assert_eq!(usual(1..=10), Some(10_000));
        assert_eq!(usual(1..=20), Some(19_000));
        assert_eq!(usual(1..=40), Some(38_000));
    }

    #[test]
    fn members_are_added_in_order_and_other_bytes_stay() {
        let paused = r#"{"executable":"t","name":"Load \"x\"","workspace":{"id":"w","name":"Fin"},
                         "taskPauseDetails":{"pause":true}}"#;
        let names = [("t".to_owned(), named(&serde_json::from_str(paused).unwrap()))];
        let annotations = Annotations {
            common: vec![("environmentId", json("e"))],
            names: Some(names.into()),
            durations: Some([("t".to_owned(), 90_000)].into()),
        };
        let mut missing = Missing::default();
        let mut write = |id: &str| {
            let item = format!(r#"{{"id":"{id}", "n":1.0}}"#);
            let mut out = Vec::new();
            annotations.write(&item, id, None, (&mut missing, &mut out)).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            write("t"),
            r#"{"id":"t", "n":1.0,"environmentId":"e","name":"Load \"x\"","workspaceId":"w","workspaceName":"Fin","paused":true,"durationMs":90000}"#,
        );
        assert_eq!(write("u"), r#"{"id":"u", "n":1.0,"environmentId":"e"}"#);
        assert_eq!(missing, Missing { names: 1, tags: 0, durations: 1 });
    }
}
