//! The facts that are known of a task's names, from where, and which combination a timetable is
//! asked with.

use maintenance_core::client::Workspace;
use maintenance_core::hold::HoldWindow;

use super::*;
use crate::decide::test_ledger::{executable, hold, task, window};
use crate::types::{Unsupported, WantedTarget};

/// Names: of the task, of its workspace (with its ID before them), of its environment.
fn labels(name: &str, workspace: (&str, &str), environment: &str) -> Labels {
    let text = |text: &str| Some(Arc::from(text)).filter(|_| !text.is_empty());
    Labels {
        name: text(name),
        workspace_id: text(workspace.0),
        workspace_name: text(workspace.1),
        environment_name: text(environment),
        tags: None,
    }
}

fn input(wanted: Labels, unsupported: Labels) -> SelectedInput {
    let wanted = WantedTarget { target: task("a"), labels: wanted.into(), holds: Vec::new() };
    let unsupported = Unsupported {
        id: "x".into(),
        kind: "promotion".into(),
        environment_id: "f".into(),
        labels: unsupported.into(),
        holds: Vec::new(),
    };
    SelectedInput { wanted: vec![wanted], unsupported: vec![unsupported], end: None }
}

fn environment(name: Option<&str>) -> Environment {
    Environment { id: "e".to_owned(), name: name.map(str::to_owned) }
}

#[test]
fn names_of_runs_and_of_the_list_of_environments_are_newer_than_those_of_a_hold() {
    let runs = input(labels("New", ("w", "Finance"), ""), labels("", ("v", "Staff"), "Quality"));
    let names = PresentNames::new(&runs, vec![environment(Some("Production"))]);
    let once = labels("Old", ("w", "Money"), "Prod");
    let newest = labels("New", ("w", "Finance"), "Production");
    assert_eq!(names.newest(&task("a"), &once), newest);
    // Another task of the same workspace and environment.
    let newest = labels("Old", ("w", "Finance"), "Production");
    assert_eq!(names.newest(&task("b"), &once), newest);
    let elsewhere = Target { environment_id: "f".into(), ..task("b") };
    let once = labels("Old", ("v", "HR"), "Test");
    assert_eq!(names.newest(&elsewhere, &once), labels("Old", ("v", "Staff"), "Quality"));
    let of = |id: &str| names.environment(id).map(ToString::to_string);
    assert_eq!(["e", "f", "g"].map(of), [Some("Production".into()), Some("Quality".into()), None]);
    // Without newer ones, the old ones stay.
    let none = PresentNames::new(&SelectedInput::default(), vec![environment(None)]);
    assert_eq!(none.newest(&task("a"), &once), once);
}

#[test]
fn a_look_shows_the_names_and_tags_of_a_task_and_its_workspace() {
    let once = Labels {
        tags: Some([Arc::from("old")].into()),
        ..labels("Old", ("w", "Finance"), "Production")
    };
    for (workspace, tags, newest) in [
        // The same workspace, of which no name is shown.
        (Some(("w", None, None)), vec![], labels("New", ("w", "Finance"), "Production")),
        // No workspace is shown.
        (None, vec!["new"], labels("New", ("w", "Finance"), "Production")),
        // It was moved to another one.
        (Some(("v", None, None)), vec![], labels("New", ("v", ""), "Production")),
        (
            Some(("v", Some("Staff"), Some("Quality"))),
            vec!["new"],
            labels("New", ("v", "Staff"), "Quality"),
        ),
    ] {
        let mut shown = executable("a", Some("New"), &[]);
        shown.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        shown.workspace = workspace.map(|(id, name, of)| Workspace {
            id: id.to_owned(),
            name: name.map(str::to_owned),
            environment: of.map(|of| environment(Some(of))),
        });
        let mut names = PresentNames::default();
        assert!(!names.is_from_api(&task("a")));
        names.learn(&task("a"), shown);
        assert!(names.is_from_api(&task("a")) && !names.is_from_api(&task("b")));
        let tags = Some([Arc::from(*tags.first().unwrap_or(&"old"))].into());
        assert_eq!(names.newest(&task("a"), &once), Labels { tags, ..newest });
    }
}

#[test]
fn former_names_are_all_combinations_with_present_ones_but_of_one_workspace() {
    let now = labels("N2", ("w", "W2"), "E2");
    let former = |once| -> BTreeSet<String> {
        let all = PresentNames::former(&now, &once);
        let count = all.len();
        let text = |name: &Option<Arc<str>>| name.as_deref().unwrap_or_default().to_owned();
        let texts = all
            .iter()
            .map(|one| [&one.name, &one.workspace_name, &one.environment_name].map(text).join(" "));
        let texts: BTreeSet<String> = texts.collect();
        assert_eq!(texts.len(), count, "each once");
        texts
    };
    let of = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let all = ["N1 W2 E2", "N2 W1 E2", "N2 W2 E1", "N1 W1 E2", "N1 W2 E1", "N2 W1 E1", "N1 W1 E1"];
    assert_eq!(former(labels("N1", ("w", "W1"), "E1")), of(&all));
    let but_workspace = ["N1 W2 E2", "N2 W2 E1", "N1 W2 E1"];
    assert_eq!(former(labels("N1", ("v", "W1"), "E1")), of(&but_workspace));
    assert_eq!(former(labels("N2", ("w", "W1"), "")), of(&["N2 W1 E2"]));
    assert_eq!(former(now.clone()), of(&[]));
}

/// A timetable with one window for each name of a task, and one for all.
struct ByName;

impl TimetableWindows for ByName {
    fn windows(&self, _: &Target, labels: &Labels, _: &Hold) -> Result<RuledWindows, Undecided> {
        let own = labels.name.as_deref().map(|name| window(name, 0, 10));
        let windows = own.into_iter().chain([window("all", 0, 10)]).collect();
        Ok(RuledWindows { windows, is_by_former_name: false })
    }
}

#[test]
fn a_window_of_a_former_name_comes_after_those_of_the_present_one_each_once() {
    let runs = input(labels("New", ("", ""), ""), Labels::default());
    let names = PresentNames::new(&runs, Vec::new());
    let around = hold(&[window("w", 0, 10)]);
    for (once, expected, is_by_former_name) in
        [("Old", &["New", "all", "Old"][..], true), ("New", &["New", "all"], false)]
    {
        let by = ByPresentNames { timetable: &ByName, names: &names };
        let ruled = by.windows(&task("a"), &labels(once, ("", ""), ""), &around).unwrap();
        let found: Vec<&str> =
            ruled.windows.iter().map(|HoldWindow { name, .. }| &**name).collect();
        assert_eq!((&found[..], ruled.is_by_former_name), (expected, is_by_former_name), "{once}");
    }
}
