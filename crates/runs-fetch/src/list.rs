//! The words `environments`, `workspaces`, `tasks` and `plans`: the API's own
//! objects as lines.

use std::io::StdoutLock;

use maintenance_core::change::TargetKind;
use maintenance_core::cli::{Messages, Terminal};
use maintenance_core::client::{Client, ExecutableFilter, Workspace};
use maintenance_core::jsonl::LineWriter;
use serde_json::value::RawValue;

use crate::args::ListForm;
use crate::list_table;
use crate::resolve::{SelectedEnvironment, Selection, resolve};

/// A list to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// All environments.
    Environments,
    /// Workspaces, each with its environment: all, or those of some environments.
    Workspaces(Selection),
    /// Tasks or plans.
    Executables {
        /// Whether tasks or plans are listed.
        kind: TargetKind,
        /// The environments and workspaces that they belong to.
        selection: Selection,
        /// Whether a list with a wrong total is accepted.
        accept_mismatch: bool,
    },
}

impl List {
    /// The word of the command line that asks for it.
    fn word(&self) -> &'static str {
        match self {
            Self::Environments => "environments",
            Self::Workspaces(_) => "workspaces",
            Self::Executables { kind: TargetKind::Task, .. } => "tasks",
            Self::Executables { kind: TargetKind::Plan, .. } => "plans",
        }
    }
}

/// Writes the list.
pub(crate) async fn write_list(
    client: &Client,
    (list, format): (&List, ListForm),
    messages: &Messages,
) -> anyhow::Result<()> {
    let kept = (format == ListForm::Table).then(Vec::new);
    let mut writer = ListWriter { lines: LineWriter::stdout(), kept, written: 0 };
    match list {
        List::Environments => writer.objects(&client.raw_list("environments").await?)?,
        List::Workspaces(selection) => {
            let mut all;
            if selection.environments.is_empty() {
                all = client.raw_list("workspaces").await?;
            } else {
                let selected = resolve(client, selection, messages).await?;
                all = client.raw_list("workspaces").await?;
                keep_within(&mut all, &selected)?;
            }
            writer.objects(&all)?;
        }
        List::Executables { kind, selection, accept_mismatch } => {
            for filter in filters(client, selection, *accept_mismatch, messages).await? {
                let mut pages = client.executables(*kind, &filter);
                while let Some(page) = pages.next().await? {
                    writer.objects(&page)?;
                    writer.lines.flush()?;
                }
                if let Some(mismatch) = pages.mismatch() {
                    messages.warn(&mismatched(list.word(), mismatch));
                }
            }
        }
    }
    if let Some(kept) = &writer.kept {
        let terminal = Terminal::stdout(messages);
        let text = match list {
            List::Environments => list_table::environments(kept, &terminal),
            List::Workspaces(_) => list_table::workspaces(kept, &terminal),
            List::Executables { kind, .. } => list_table::executables(*kind, kept, &terminal),
        };
        writer.lines.line(text?.trim_end().as_bytes())?;
    }
    writer.lines.flush()?;
    messages.progress().clear();
    if messages.wants_progress() && format == ListForm::Jsonl {
        messages.note(&format!("{}: {}", list.word(), writer.written));
    }
    if writer.written == 0 {
        messages.warn("the list is empty: it holds only what the account may see");
    }
    Ok(())
}

/// Keeps the workspaces that are in one of these environments.
fn keep_within(
    all: &mut Vec<Box<RawValue>>,
    selected: &[SelectedEnvironment],
) -> anyhow::Result<()> {
    let workspaces: Vec<Workspace> = list_table::read(all)?;
    let mut environments = workspaces.into_iter().map(|workspace| workspace.environment);
    all.retain(|_| {
        let of = environments.next().flatten();
        of.is_some_and(|of| selected.iter().any(|one| one.environment.id == of.id))
    });
    Ok(())
}

/// Makes a filter for each environment, or for each of its selected workspaces.
async fn filters(
    client: &Client,
    selection: &Selection,
    accept_mismatch: bool,
    messages: &Messages,
) -> anyhow::Result<Vec<ExecutableFilter>> {
    let mut filters = Vec::new();
    for selected in resolve(client, selection, messages).await? {
        let environment_id = Some(selected.environment.id);
        let all = ExecutableFilter { environment_id, accept_mismatch, ..Default::default() };
        if selected.workspaces.is_empty() {
            filters.push(all);
        } else {
            filters.extend(selected.workspaces.into_iter().map(|workspace| ExecutableFilter {
                workspace_id: Some(workspace.id),
                ..all.clone()
            }));
        }
    }
    Ok(filters)
}

/// Returns the warning about a list that is accepted although its total is wrong.
pub(crate) fn mismatched(list: &str, (total, items): (u64, u64)) -> String {
    format!(
        "the list of {list} has {items} items, though its total is {total}: it is taken as it is"
    )
}

/// The output, and the number of objects in it.
struct ListWriter {
    lines: LineWriter<StdoutLock<'static>>,
    /// The objects for a table, which is drawn when all are there.
    kept: Option<Vec<Box<RawValue>>>,
    written: u64,
}

impl ListWriter {
    fn objects(&mut self, objects: &[Box<RawValue>]) -> anyhow::Result<()> {
        self.written += objects.len() as u64;
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(objects);
            return Ok(());
        }
        for object in objects {
            // In JSON, line breaks can only be between tokens, and mean nothing there.
            self.lines.line_with(|line| {
                line.extend(object.get().bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')));
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use maintenance_core::client::Environment;

    use super::*;

    fn kept(texts: &[&str]) -> anyhow::Result<Vec<String>> {
        let environment = Environment { id: "e1".to_owned(), name: None };
        let raw = |text: &&str| RawValue::from_string((*text).to_owned()).unwrap();
        let mut all: Vec<_> = texts.iter().map(raw).collect();
        keep_within(&mut all, &[SelectedEnvironment { environment, workspaces: Vec::new() }])?;
        Ok(all.iter().map(|raw| raw.get().to_owned()).collect())
    }

    #[test]
    fn a_workspace_stays_in_the_list_whatever_its_name_and_one_that_cannot_be_read_is_an_error() {
        let cut = r#"{"id":"w1","name":"Night \ud83d","environment":{"id":"e1","name":"\udc00"}}"#;
        let other = r#"{"id":"w2","name":"Night","environment":{"id":"e2"}}"#;
        let flat = r#"{"id":"w3","environmentId":"e1"}"#;
        assert_eq!(kept(&[other, cut, flat]).unwrap(), [cut, flat]);
        assert!(kept(&[r#"{"id":["w1"],"environment":{"id":"e1"}}"#]).is_err());
        assert!(kept(&["[]"]).is_err());
    }
}
