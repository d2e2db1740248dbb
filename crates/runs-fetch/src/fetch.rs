//! Pages to lines: the scheduled runs of one environment after another.

use anyhow::Context;
use maintenance_core::cli::Messages;
use maintenance_core::client::{Client, RunSearch, Runs};
use maintenance_core::jsonl::LineWriter;
use maintenance_core::jsonl::text::without_lone_surrogates;
use maintenance_core::run::EndRecord;
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;
use serde::{Deserialize, Serialize};

use crate::annotate::{Annotations, Missing};
use crate::list::mismatched;
use crate::progress::Progress;
use crate::resolve::Place;

/// What is asked of each environment.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(crate) struct Ask {
    pub(crate) from: UtcTime,
    pub(crate) to: UtcTime,
    pub(crate) tags: Vec<String>,
    pub(crate) runtime: Option<&'static str>,
    pub(crate) page_size: u64,
    pub(crate) names: bool,
    pub(crate) durations: bool,
    pub(crate) end_record: bool,
    pub(crate) accept_mismatch: bool,
    pub(crate) now: UtcTime,
}

/// Writes all runs, environment after environment, each in the API's order.
pub(crate) async fn fetch(
    client: &Client,
    places: &[Place],
    ask: &Ask,
    messages: &Messages,
) -> anyhow::Result<()> {
    let mut output = LineWriter::stdout();
    let progress = Progress::new(messages);
    let mut runs = 0;
    let mut missing = Missing::default();
    for place in places {
        let environment = &place.environment;
        progress.say(environment.name.as_deref().unwrap_or(&environment.id));
        let warn = |text: &str| progress.aside(|| messages.warn(text));
        let annotations = Annotations::look_up(client, place, ask, &warn).await?;
        let search = RunSearch {
            environment_id: environment.id.clone(),
            workspace_ids: place.workspaces.iter().map(|workspace| workspace.id.clone()).collect(),
            from: ask.from,
            to: ask.to,
            tags: ask.tags.clone(),
            runtime: ask.runtime,
            page_size: ask.page_size,
            accept_mismatch: ask.accept_mismatch,
        };
        let mut list = client.runs(&search);
        let Written { runs: found, later } =
            write(&mut list, ask.to, &annotations, &mut missing, &progress, &mut output).await?;
        if later > 0 {
            warn(&format!(
                "{later} runs after {} are left out: the API listed more than it was asked for",
                ask.to
            ));
        }
        if let Some(mismatch) = list.mismatch() {
            warn(&mismatched("scheduled runs", mismatch));
        }
        messages.detail(1, || format!("{found} runs in environment {}", clip(&environment.id)));
        if found == 0 {
            let place = clip(environment.name.as_deref().unwrap_or(&environment.id));
            progress.aside(|| {
                messages.warn(&format!(
                    "no scheduled runs in environment {place} from {} to {}: lists hold only what \
                     the account may see, and only what has a schedule",
                    ask.from, ask.to
                ));
            });
        }
        runs += found;
    }
    if ask.end_record {
        output.line(&end_record(runs, places, ask)?)?;
    }
    output.flush()?;
    progress.end();
    for (count, what) in [(missing.names, "name"), (missing.durations, "usual duration")] {
        if count > 0 {
            messages.warn(&format!("{count} of {runs} runs have no {what} that the API tells"));
        }
    }
    Ok(())
}

/// The last line of a complete list: how many runs it has, and what was asked
/// for.
fn end_record(runs: u64, places: &[Place], ask: &Ask) -> anyhow::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Line {
        end: EndRecord,
    }
    let in_workspaces = places.iter().any(|place| !place.workspaces.is_empty());
    let end = EndRecord {
        runs,
        selected: None,
        environments: Some(places.iter().map(|place| (*place.environment.id).into()).collect()),
        from: Some(ask.from),
        to: Some(ask.to),
        filtered: in_workspaces || !ask.tags.is_empty() || ask.runtime.is_some(),
    };
    serde_json::to_vec(&Line { end }).context("the end record")
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow)]
    id: std::borrow::Cow<'a, str>,
    date: UtcTime,
}

/// The runs of one environment.
#[derive(Clone, Copy, Debug, Default)]
struct Written {
    /// The runs that were written.
    runs: u64,
    /// The runs that were left out, since they lie after the time asked for.
    later: u64,
}

/// Writes the runs of one environment that are before `to`.
async fn write(
    list: &mut Runs<'_>,
    to: UtcTime,
    annotations: &Annotations,
    missing: &mut Missing,
    progress: &Progress,
    output: &mut LineWriter<std::io::StdoutLock<'static>>,
) -> anyhow::Result<Written> {
    let mut written = Written::default();
    while let Some(page) = list.next().await? {
        progress.page(page.len(), list.total());
        for raw in &page {
            let text = without_lone_surrogates(raw.get());
            let item: Item<'_> = serde_json::from_str(&text).context("a run of the API")?;
            // Whether `to` itself is asked for is not said: it is not.
            if item.date >= to {
                written.later += u64::from(item.date > to);
                continue;
            }
            let mut bad = None;
            output.line_with(|line| {
                bad = annotations.write(raw.get(), &item.id, missing, line).err();
            })?;
            if let Some(bad) = bad {
                return Err(bad.at(written.runs + 1).into());
            }
            written.runs += 1;
        }
        // The next tool can work while the next page is on its way.
        output.flush()?;
    }
    Ok(written)
}
