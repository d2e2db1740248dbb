//! Writes the scheduled runs of one environment after another, page by page.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::StdoutLock;

use anyhow::Context;
use maintenance_core::change::TargetKind;
use maintenance_core::cli::Messages;
use maintenance_core::client::{Client, Runs};
use maintenance_core::jsonl::LineWriter;
use maintenance_core::jsonl::text::without_lone_surrogates;
use maintenance_core::run::EndRecord;
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;
use serde::Deserialize;

use crate::annotate::{Annotations, Missing};
use crate::list::mismatched;
use crate::progress::Progress;
use crate::resolve::SelectedEnvironment;
use crate::settings::FetchSettings;
use crate::summary::FetchSummary;
use crate::tags::KnownTags;

/// The outputs for people: messages, progress bar and summary.
pub(crate) struct FetchOutput<'a> {
    pub(crate) messages: &'a Messages,
    pub(crate) progress: &'a Progress,
    pub(crate) summary: &'a FetchSummary,
}

impl FetchOutput<'_> {
    fn warn(&self, text: &str) {
        self.summary.warned();
        self.progress.suspended(|| self.messages.warn(text));
    }
}

/// Writes all runs, environment after environment, each in the API's order.
pub(crate) async fn fetch(
    client: &Client,
    selected: &[SelectedEnvironment],
    settings: &FetchSettings<'_>,
    output: &FetchOutput<'_>,
) -> anyhow::Result<()> {
    output.summary.expect(selected.len());
    let mut writer = RunWriter {
        lines: LineWriter::stdout(),
        to: settings.to,
        runs: 0,
        missing: Missing::default(),
    };
    for environment in selected {
        writer.write_environment(client, environment, settings, output).await?;
    }
    let RunWriter { mut lines, runs, missing, .. } = writer;
    if settings.flags.end_record {
        lines.line(&end_record(runs, selected, settings)?)?;
    }
    lines.flush()?;
    output.progress.bar().clear();
    for (count, what) in
        [(missing.names, "name"), (missing.tags, "tags"), (missing.durations, "usual duration")]
    {
        if count > 0 {
            output.warn(&format!("{count} of {runs} runs have no {what} that the API shows"));
        }
    }
    Ok(())
}

/// Makes the last line of a complete list: the number of its runs, and the
/// filters of the call.
fn end_record(
    runs: u64,
    selected: &[SelectedEnvironment],
    settings: &FetchSettings<'_>,
) -> anyhow::Result<Vec<u8>> {
    let flags = settings.flags;
    let in_workspaces = selected.iter().any(|selected| !selected.workspaces.is_empty());
    let ids = selected.iter().map(|selected| (*selected.environment.id).into());
    let end = EndRecord {
        runs,
        selected: None,
        environments: Some(ids.collect()),
        from: Some(settings.from),
        to: Some(settings.to),
        filtered: in_workspaces || !flags.tag.is_empty() || flags.runtime.is_some(),
    };
    serde_json::to_vec(&BTreeMap::from([("end", end)])).context("the end record")
}

/// The members of a run that decide whether it is written, and with which
/// annotations.
#[derive(Deserialize)]
struct RunKey<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    date: UtcTime,
    /// `TASK`, `PLAN` or another type.
    #[serde(borrow, default, rename = "type")]
    kind: Option<Cow<'a, str>>,
}

impl RunKey<'_> {
    fn kind(&self) -> Option<TargetKind> {
        TargetKind::of(self.kind.as_deref()?)
    }
}

/// The members that are added to the runs of one environment.
struct AddedToRuns<'a> {
    client: &'a Client,
    annotations: Annotations,
    /// With `--tags`: those that were asked for so far.
    tags: Option<KnownTags>,
}

/// The output of a call, and its counts.
struct RunWriter {
    lines: LineWriter<StdoutLock<'static>>,
    /// The end of the time asked for, which is not part of it.
    to: UtcTime,
    /// The runs that were written.
    runs: u64,
    missing: Missing,
}

impl RunWriter {
    /// Writes the runs of one environment with their added members. Warns if there are none,
    /// or if the API lists others than it should.
    async fn write_environment(
        &mut self,
        client: &Client,
        SelectedEnvironment { environment, workspaces }: &SelectedEnvironment,
        settings: &FetchSettings<'_>,
        output: &FetchOutput<'_>,
    ) -> anyhow::Result<()> {
        let name = environment.name.as_deref().unwrap_or(&environment.id);
        output.progress.start(name);
        let warn = |text: &str| output.warn(text);
        let annotations = Annotations::look_up(client, environment, settings, &warn).await?;
        let search = settings.search(environment, workspaces);
        let mut list = client.runs(&search);
        let before = self.runs;
        let tags = settings.flags.tags.then(KnownTags::default);
        let added = AddedToRuns { client, annotations, tags };
        let later = self.write_list(&mut list, added, output).await?;
        output.summary.listed(later);
        if later > 0 {
            warn(&format!(
                "{later} runs after {} are left out: the API listed more than it was asked for",
                settings.to
            ));
        }
        if let Some(mismatch) = list.mismatch() {
            warn(&mismatched("scheduled runs", mismatch));
        }
        let found = self.runs - before;
        output
            .messages
            .detail(1, || format!("{found} runs in environment {}", clip(&environment.id)));
        if found == 0 {
            warn(&format!(
                "no scheduled runs in environment {} from {} to {}: lists hold only what the \
                 account may see, and only what has a schedule",
                clip(name),
                settings.from,
                settings.to
            ));
        }
        Ok(())
    }

    /// Writes the runs of one environment that are before `to`. Returns the number
    /// of runs that are after it.
    async fn write_list(
        &mut self,
        list: &mut Runs<'_>,
        mut added: AddedToRuns<'_>,
        output: &FetchOutput<'_>,
    ) -> anyhow::Result<u64> {
        let (first, mut later) = (self.runs, 0);
        while let Some(page) = list.next().await? {
            output.progress.page(page.len(), list.total());
            let texts: Vec<_> = page.iter().map(|raw| without_lone_surrogates(raw.get())).collect();
            let keys = texts.iter().map(|text| serde_json::from_str(text));
            let keys: Vec<RunKey<'_>> =
                keys.collect::<Result<_, _>>().context("a run of the API")?;
            if let Some(tags) = &mut added.tags {
                let wanted = keys.iter().filter(|key| key.date < self.to);
                let wanted = wanted.filter_map(|key| Some((key.id.to_string(), key.kind()?)));
                tags.look_up(added.client, wanted).await.context("--tags")?;
            }
            for (raw, key) in page.iter().zip(&keys) {
                // The API does not document whether it includes `to` itself. A run before `from`
                // is written: it may start late, or still be running then.
                if key.date >= self.to {
                    later += u64::from(key.date > self.to);
                    continue;
                }
                let tags = added.tags.as_ref().map(|tags| tags.of(&key.id, key.kind()));
                self.missing.tags += u64::from(tags == Some(None));
                let mut bad = None;
                self.lines.line_with(|line| {
                    let out = (&mut self.missing, line);
                    bad = added.annotations.write(raw.get(), &key.id, tags.flatten(), out).err();
                })?;
                if let Some(bad) = bad {
                    return Err(bad.at(self.runs - first + 1).into());
                }
                self.runs += 1;
            }
            // The next tool can work while the next page is on its way.
            self.lines.flush()?;
            let written = keys.iter().filter(|key| key.date < self.to);
            output.summary.wrote(written.map(|key| (key.kind(), &*key.id)));
        }
        Ok(later)
    }
}
