//! The words: environments, workspaces, tasks or plans as the API has them.

use maintenance_core::change::TargetKind;
use maintenance_core::cli::Messages;
use maintenance_core::client::{Client, ExecutableFilter, Workspace};
use maintenance_core::jsonl::LineWriter;
use serde_json::value::RawValue;

use crate::resolve::{Selection, resolve};

/// The object of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// Environments
    Environments,
    /// Workspaces, each with its environment
    Workspaces,
    /// Tasks
    Tasks,
    /// Plans
    Plans,
}

/// Writes the list, each object as the API's own bytes on one line.
pub(crate) async fn list(
    client: &Client,
    what: List,
    (wanted, accept_mismatch): (&Selection, bool),
    messages: &Messages,
) -> anyhow::Result<()> {
    let mut output = Output { lines: LineWriter::stdout(), written: 0, accept_mismatch, messages };
    match what {
        List::Environments => output.objects(&client.raw_list("environments").await?)?,
        List::Workspaces if wanted.environments.is_empty() => {
            output.objects(&client.raw_list("workspaces").await?)?;
        }
        List::Workspaces => {
            let places = resolve(client, wanted).await?;
            let mut all = client.raw_list("workspaces").await?;
            all.retain(|raw| {
                let workspace: Option<Workspace> = serde_json::from_str(raw.get()).ok();
                let environment = workspace.and_then(|workspace| workspace.environment);
                environment.is_some_and(|of| places.iter().any(|p| p.environment.id == of.id))
            });
            output.objects(&all)?;
        }
        List::Tasks => output.executables(client, TargetKind::Task, wanted).await?,
        List::Plans => output.executables(client, TargetKind::Plan, wanted).await?,
    }
    output.lines.flush()?;
    if output.written == 0 {
        messages.warn("the list is empty: it holds only what the account may see");
    }
    Ok(())
}

/// What is told of a list that was taken although its total is wrong.
pub(crate) fn mismatched(list: &str, (total, items): (u64, u64)) -> String {
    format!(
        "the list of {list} has {items} items, though its total is {total}: it is taken as it is"
    )
}

struct Output<'a> {
    lines: LineWriter<std::io::StdoutLock<'static>>,
    written: u64,
    accept_mismatch: bool,
    messages: &'a Messages,
}

impl Output<'_> {
    fn objects(&mut self, objects: &[Box<RawValue>]) -> anyhow::Result<()> {
        for object in objects {
            // Line breaks can only stand between tokens there.
            self.lines.line_with(|line| {
                line.extend(object.get().bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')));
            })?;
            self.written += 1;
        }
        Ok(())
    }

    async fn executables(
        &mut self,
        client: &Client,
        kind: TargetKind,
        wanted: &Selection,
    ) -> anyhow::Result<()> {
        for place in resolve(client, wanted).await? {
            let environment_id = Some(place.environment.id);
            let accept_mismatch = self.accept_mismatch;
            let mut filters =
                vec![ExecutableFilter { environment_id, accept_mismatch, ..Default::default() }];
            if !place.workspaces.is_empty() {
                let of = |workspace: Workspace| ExecutableFilter {
                    workspace_id: Some(workspace.id),
                    ..filters[0].clone()
                };
                filters = place.workspaces.into_iter().map(of).collect();
            }
            for filter in &filters {
                let mut pages = client.executables(kind, filter);
                while let Some(page) = pages.next().await? {
                    self.objects(&page)?;
                    self.lines.flush()?;
                }
                if let Some(mismatch) = pages.mismatch() {
                    let list = format!("{}s", kind.as_str());
                    self.messages.warn(&mismatched(&list, mismatch));
                }
            }
        }
        Ok(())
    }
}
