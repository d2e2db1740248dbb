//! `--format table` of the lists: environments, workspaces, tasks and plans for people.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use anyhow::Context;
use maintenance_core::change::{PauseState, TargetKind};
use maintenance_core::cli::{TableCell, Terminal, counted, escape_controls, table};
use maintenance_core::client::{Environment, Executable, Workspace};
use maintenance_core::jsonl::text::without_lone_surrogates;
use maintenance_core::short_name::clip;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// The length of the longest ID that is not broken in a table of 80 columns: a UUID.
const LONGEST_ID: usize = 36;

/// Reads the objects of a list.
pub(crate) fn read<T: DeserializeOwned>(objects: &[Box<RawValue>]) -> anyhow::Result<Vec<T>> {
    let read = |text: &str| {
        serde_json::from_str(&without_lone_surrogates(text))
            .context("cannot read an item of the list")
    };
    objects.iter().map(|raw| read(raw.get())).collect()
}

/// Draws environments as a table that fits the terminal, with totals.
pub(crate) fn environments(
    objects: &[Box<RawValue>],
    terminal: &Terminal,
) -> anyhow::Result<String> {
    let mut list: Vec<Environment> = read(objects)?;
    let total = counted(list.len(), "environment", "environments");
    if list.is_empty() {
        return Ok(format!("{total}.\n"));
    }
    list.sort_by_cached_key(|environment| sort_key(environment.name.as_deref()));
    let rows = list.iter().map(|environment| {
        [name_cell(environment.name.as_deref()), TableCell::from(&*environment.id)]
    });
    let whole = whole(list.iter().map(|environment| &*environment.id), 1);
    Ok(format!("{}{total}.\n", table(terminal, ["Environment", "ID"], rows, &whole)))
}

/// Draws workspaces as a table, each with its environment.
pub(crate) fn workspaces(objects: &[Box<RawValue>], terminal: &Terminal) -> anyhow::Result<String> {
    let mut list: Vec<Workspace> = read(objects)?;
    let environments = list.iter().filter_map(|workspace| workspace.environment.as_ref());
    let ids: HashSet<&str> = environments.map(|environment| &*environment.id).collect();
    let workspaces = counted(list.len(), "workspace", "workspaces");
    let environments = counted(ids.len(), "environment", "environments");
    let total = format!("{workspaces} in {environments}.\n");
    if list.is_empty() {
        return Ok(total);
    }
    list.sort_by_cached_key(|workspace| {
        (sort_key(workspace.environment.as_ref().map(label)), sort_key(workspace.name.as_deref()))
    });
    let rows = list.iter().map(|workspace| {
        let environment = workspace.environment.as_ref().map(label);
        let (environment, name) = (name_cell(environment), name_cell(workspace.name.as_deref()));
        [environment, name, TableCell::from(&*workspace.id)]
    });
    let whole = whole(list.iter().map(|workspace| &*workspace.id), 2);
    Ok(table(terminal, ["Environment", "Workspace", "ID"], rows, &whole) + &total)
}

/// Draws tasks or plans: a table for each environment.
pub(crate) fn executables(
    kind: TargetKind,
    objects: &[Box<RawValue>],
    terminal: &Terminal,
) -> anyhow::Result<String> {
    let list: Vec<Executable> = read(objects)?;
    let mut groups: BTreeMap<(String, String), Vec<&Executable>> = BTreeMap::new();
    for executable in &list {
        let of = executable.workspace.as_ref().and_then(|it| it.environment.as_ref());
        let key = of.map_or_else(Default::default, |of| (sort_key(Some(label(of))), of.id.clone()));
        groups.entry(key).or_default().push(executable);
    }
    let mut text = String::new();
    for group in groups.values_mut() {
        group.sort_by_cached_key(|executable| {
            let workspace = executable.workspace.as_ref().map(workspace_label);
            (sort_key(workspace), sort_key(executable.name.as_deref()))
        });
        let of = group[0].workspace.as_ref().and_then(|it| it.environment.as_ref());
        let heading = of.map_or("In no known environment", label);
        let heading = escape_controls(&clip(heading)).into_owned();
        let _ = writeln!(text, "{heading}: {}", total(kind, group));
        text += &group_table(kind, group, terminal);
        text.push('\n');
    }
    let environments = counted(groups.len(), "environment", "environments");
    let all: Vec<&Executable> = list.iter().collect();
    Ok(format!("{text}Together, in {environments}: {}.\n", total(kind, &all)))
}

fn group_table(kind: TargetKind, group: &[&Executable], terminal: &Terminal) -> String {
    let cells = |executable: &Executable| {
        let workspace = executable.workspace.as_ref().map(workspace_label);
        let (workspace, name) = (name_cell(workspace), name_cell(executable.name.as_deref()));
        (workspace, name, paused(executable))
    };
    let ids = || group.iter().map(|executable| &*executable.id);
    if kind == TargetKind::Plan {
        let rows = group.iter().map(|executable| {
            let (workspace, name, paused) = cells(executable);
            let tasks = TableCell::from(&*executable.tasks.len().to_string());
            [workspace, name, tasks, paused, TableCell::from(&*executable.id)]
        });
        let header = ["Workspace", "Plan", "Tasks", "Paused", "ID"];
        return table(terminal, header, rows, &whole(ids(), 4));
    }
    // Most tenants show pauses in the task itself alone.
    if group.iter().any(|executable| executable.shows_pause) {
        let rows = group.iter().map(|executable| {
            let (workspace, name, paused) = cells(executable);
            [workspace, name, paused, TableCell::from(&*executable.id)]
        });
        return table(terminal, ["Workspace", "Task", "Paused", "ID"], rows, &whole(ids(), 3));
    }
    let rows = group.iter().map(|executable| {
        let (workspace, name, _) = cells(executable);
        [workspace, name, TableCell::from(&*executable.id)]
    });
    table(terminal, ["Workspace", "Task", "ID"], rows, &whole(ids(), 2))
}

/// The number of tasks or plans and of their workspaces, and how many are paused.
fn total(kind: TargetKind, list: &[&Executable]) -> String {
    let (one, many) = if kind == TargetKind::Plan { ("plan", "plans") } else { ("task", "tasks") };
    let workspaces: HashSet<&str> =
        list.iter().filter_map(|it| it.workspace.as_ref()).map(|it| &*it.id).collect();
    let workspaces = counted(workspaces.len(), "workspace", "workspaces");
    let text = format!("{} in {workspaces}", counted(list.len(), one, many));
    let is_paused = |it: &&&Executable| it.pause.as_ref().is_some_and(|pause| pause.paused);
    if list.iter().any(|executable| executable.shows_pause) {
        return format!("{text}, {} paused", list.iter().filter(is_paused).count());
    }
    text
}

/// The text on a pause: since when, and by whom, where the list shows it.
fn paused(executable: &Executable) -> TableCell {
    let Some(PauseState { paused: true, since, user, .. }) = &executable.pause else {
        return if executable.unread_pause.is_some() { "?".into() } else { "".into() };
    };
    let since = since.map_or_else(
        || "yes".to_owned(),
        |since| {
            let text = since.to_string();
            format!("{}Z", text.get(..16).unwrap_or(&text).replace('T', " "))
        },
    );
    match user {
        Some(user) => TableCell::of_lines([&since, &format!("by {}", clip(user))]),
        None => (&*since).into(),
    }
}

fn label(environment: &Environment) -> &str {
    environment.name.as_deref().unwrap_or(&environment.id)
}

fn workspace_label(workspace: &Workspace) -> &str {
    workspace.name.as_deref().unwrap_or(&workspace.id)
}

fn name_cell(name: Option<&str>) -> TableCell {
    TableCell::from(&*name.map_or_else(String::new, |name| clip(name).to_string()))
}

/// Names are sorted whatever their case.
fn sort_key(name: Option<&str>) -> String {
    name.unwrap_or_default().to_lowercase()
}

/// The column of the IDs, if these are short enough to be left whole.
fn whole<'a>(mut ids: impl Iterator<Item = &'a str>, column: usize) -> Vec<usize> {
    if ids.all(|id| id.len() <= LONGEST_ID) { vec![column] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(
        draw: impl Fn(&[Box<RawValue>], &Terminal) -> anyhow::Result<String>,
        objects: &[&str],
    ) -> String {
        let objects: Vec<Box<RawValue>> =
            objects.iter().map(|text| RawValue::from_string((*text).to_owned()).unwrap()).collect();
        let terminal = Terminal { width: 80, unicode: false, color: false };
        let text = draw(&objects, &terminal).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        text
    }

    #[test]
    fn environments_and_workspaces_are_sorted_by_name() {
        let prod = r#"{"id":"6242bc6eac74e9757cda41bb","name":"production"}"#;
        let empty = r#"{"id":"e2"}"#;
        let dev = r#"{"id":"e3","name":"Development"}"#;
        assert_eq!(
            drawn(environments, &[prod, empty, dev]),
            "\
+-------------+--------------------------+
| Environment | ID                       |
+========================================+
|             | e2                       |
| Development | e3                       |
| production  | 6242bc6eac74e9757cda41bb |
+-------------+--------------------------+
3 environments.
"
        );
        let of = |environment: &str, name: &str| {
            format!(r#"{{"id":"w-{name}","name":"{name}","environment":{environment}}}"#)
        };
        let (sales, finance) = (of(prod, "Sales"), of(prod, "finance"));
        assert_eq!(
            drawn(workspaces, &[&sales, &finance]),
            "\
+-------------+-----------+-----------+
| Environment | Workspace | ID        |
+=====================================+
| production  | finance   | w-finance |
| production  | Sales     | w-Sales   |
+-------------+-----------+-----------+
2 workspaces in 1 environment.
"
        );
        assert_eq!(drawn(environments, &[]), "0 environments.\n");
    }

    #[test]
    fn tasks_stand_below_their_environment_with_what_is_known_of_pauses() {
        let tasks = |objects: &[_], terminal: &_| executables(TargetKind::Task, objects, terminal);
        let task = |name: &str, rest: &str| {
            format!(
                r#"{{"executable":"61323d2498d04f63ee697541","name":"{name}","workspace":{{"id":"w1","name":"Finance","environment":{{"id":"e1","name":"Production"}}}}{rest}}}"#
            )
        };
        let (a, b) = (
            task("Load 売上データの夜間取り込み with a very long name indeed", ""),
            task("load\\u001b[2J", ""),
        );
        let text = drawn(tasks, &[&a, &b]);
        assert!(text.starts_with("Production: 2 tasks in 1 workspace\n"), "{text}");
        assert!(
            text.ends_with("\nTogether, in 1 environment: 2 tasks in 1 workspace.\n"),
            "{text}"
        );
        assert!(text.contains("| 61323d2498d04f63ee697541 |"), "{text}");
        assert!(!text.contains("Paused") && !text.contains('\u{1b}'), "{text}");
        let paused =
            r#","taskPauseDetails":{"pause":true,"pauseDate":"2026-11-23T11:00:00Z","user":"ops"}"#;
        let odd = r#","taskPauseDetails":{"pause":"maybe"}"#;
        let (a, b, c) =
            (task("a", paused), task("b", r#","taskPauseDetails":null"#), task("c", odd));
        let text = drawn(tasks, &[&a, &b, &c]);
        assert!(text.starts_with("Production: 3 tasks in 1 workspace, 1 paused\n"), "{text}");
        for part in ["| 2026-11-23 11:00Z |", "| by ops  ", "| ?  "] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let plan = r#"{"executable":"p1","name":"Month end","chart":{"taskIds":["a","b"]},"planPauseDetails":null}"#;
        let plans = |objects: &[_], terminal: &_| executables(TargetKind::Plan, objects, terminal);
        let text = drawn(plans, &[plan]);
        assert!(text.starts_with("In no known environment: 1 plan in 0 workspaces"), "{text}");
        assert!(text.contains("Month end | 2     |"), "{text}");
    }
}
