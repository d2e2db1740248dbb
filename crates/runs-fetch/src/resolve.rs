//! Resolves names of environments and workspaces to IDs.

use std::collections::BTreeSet;

use maintenance_core::cli::{
    Messages, NameMatch, NamedId, Refusal, environment_ids, environments_of, find_named,
    merge_environments, named_again, pick_named,
};
use maintenance_core::client::{Client, ClientError, Environment, Workspace};
use maintenance_core::short_name::clip;

/// The environments and workspaces to search, by ID or name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) environments: Vec<String>,
    pub(crate) all_environments: bool,
    pub(crate) workspaces: Vec<String>,
}

/// An environment to search, and its workspaces to search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SelectedEnvironment {
    pub(crate) environment: Environment,
    /// Empty: all of them.
    pub(crate) workspaces: Vec<Workspace>,
}

/// Resolves a selection by the API's lists. The environments are taken from the
/// list of workspaces. The list of environments is read only for a name that is not
/// among them, or for all environments. Warns of two names of one place, and of a named
/// environment that has none of the workspaces.
pub(crate) async fn resolve(
    client: &Client,
    wanted: &Selection,
    messages: &Messages,
) -> anyhow::Result<Vec<SelectedEnvironment>> {
    let workspaces = client.workspaces().await?;
    let mut environments = environments_of(&workspaces);
    let is_unknown =
        |name: &String| find_named(name, &environment_ids(&environments)) == NameMatch::None;
    if wanted.all_environments || wanted.environments.iter().any(is_unknown) {
        match client.environments().await {
            Ok(all) => merge_environments(&mut environments, all),
            // An account that may not list environments may still see some of them.
            Err(ClientError::Status { status: 403, .. }) if !wanted.all_environments => {}
            Err(error) => return Err(error.into()),
        }
    }
    let selected = select(wanted, &environments, &workspaces)?;
    let named = found(&wanted.environments, &environment_ids(&environments));
    let is_left_out = |id: &str| selected.iter().all(|one| one.environment.id != id);
    let quoted = wanted.workspaces.iter().map(|name| format!("{:?}", clip(name)));
    let workspace = quoted.collect::<Vec<_>>().join(" or ");
    for (name, _) in named.iter().filter(|(_, id)| is_left_out(id)) {
        let name = clip(name);
        let text = format!("the environment {name:?} has no workspace {workspace}");
        messages.warn(&format!("{text}: nothing of it is listed"));
    }
    let mut again = named_again("environment", named);
    for environment in &selected {
        let all: Vec<&Workspace> = environment.workspaces.iter().collect();
        again.extend(named_again("workspace", found(&wanted.workspaces, &workspace_ids(&all))));
    }
    for text in &again {
        messages.warn(text);
    }
    Ok(selected)
}

/// The names that mean one of the choices, each with its ID.
fn found<'a>(names: &'a [String], choices: &[NamedId<'a>]) -> Vec<(&'a str, &'a str)> {
    let meant = |name: &'a String| match find_named(name, choices) {
        NameMatch::One(index) => Some((&**name, choices[index].0)),
        NameMatch::None | NameMatch::Several(_) => None,
    };
    names.iter().filter_map(meant).collect()
}

/// The workspaces as choices for a name.
fn workspace_ids<'a>(workspaces: &[&'a Workspace]) -> Vec<NamedId<'a>> {
    workspaces.iter().map(|one| (&*one.id, one.name.as_deref())).collect()
}

/// Selects environments and workspaces of the API's lists. Each workspace that is
/// named must be in one of the environments, and leaves out those without it.
fn select(
    wanted: &Selection,
    environments: &[Environment],
    workspaces: &[Workspace],
) -> Result<Vec<SelectedEnvironment>, Refusal> {
    let mut chosen: Vec<&Environment> = Vec::new();
    if wanted.all_environments {
        chosen.extend(environments);
    }
    let choices = environment_ids(environments);
    for name in &wanted.environments {
        let environment = &environments[pick_named("environment", name, &choices)?];
        if !chosen.contains(&environment) {
            chosen.push(environment);
        }
    }
    let within = |environment: &Environment| -> Vec<&Workspace> {
        let is_within = |workspace: &&Workspace| {
            workspace.environment.as_ref().is_some_and(|of| of.id == environment.id)
        };
        workspaces.iter().filter(is_within).collect()
    };
    let mut found = BTreeSet::new();
    let mut selected = Vec::new();
    for environment in &chosen {
        let all = within(environment);
        let choices = workspace_ids(&all);
        let mut workspaces: Vec<Workspace> = Vec::new();
        for name in &wanted.workspaces {
            if find_named(name, &choices) == NameMatch::None {
                continue;
            }
            let workspace = all[pick_named("workspace", name, &choices)?];
            if !workspaces.contains(workspace) {
                workspaces.push(workspace.clone());
            }
            found.insert(name);
        }
        if wanted.workspaces.is_empty() || !workspaces.is_empty() {
            selected.push(SelectedEnvironment { environment: (*environment).clone(), workspaces });
        }
    }
    if let Some(missing) = wanted.workspaces.iter().find(|name| !found.contains(name)) {
        let all: Vec<&Workspace> = chosen.into_iter().flat_map(within).collect();
        pick_named("workspace", missing, &workspace_ids(&all))?;
    }
    Ok(selected)
}

#[cfg(test)]
mod tests {
    use maintenance_core::exit::{Exit, Explain};

    use super::*;

    fn environment(id: &str, name: &str) -> Environment {
        Environment { id: id.to_owned(), name: Some(name.to_owned()) }
    }

    fn workspace(id: &str, name: &str, environment: &Environment) -> Workspace {
        let (id, name) = (id.to_owned(), Some(name.to_owned()));
        Workspace { id, name, environment: Some(environment.clone()) }
    }

    /// The IDs that are chosen: `environment:workspace,workspace`.
    fn chosen(environments: &[&str], all: bool, names: &[&str]) -> Result<Vec<String>, String> {
        let (prod, dev) = (environment("e1", "PROD"), environment("e2", "DEV"));
        let twin = environment("e3", "e1");
        let workspaces = [
            workspace("w1", "Finance", &prod),
            workspace("w2", "Finance", &dev),
            workspace("w3", "Personal", &dev),
            workspace("w4", "Personal", &dev),
        ];
        let own = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let wanted = Selection {
            environments: own(environments),
            all_environments: all,
            workspaces: own(names),
        };
        select(&wanted, &[prod, dev, twin], &workspaces)
            .map(|selected| {
                let ids = |one: &SelectedEnvironment| {
                    let ids: Vec<_> = one.workspaces.iter().map(|w| w.id.clone()).collect();
                    format!("{}:{}", one.environment.id, ids.join(","))
                };
                selected.iter().map(ids).collect()
            })
            .map_err(|refusal| {
                assert_eq!(refusal.exit(), Exit::Config);
                format!("{refusal}; {}", Explain::hint(&refusal).unwrap_or_default())
            })
    }

    #[test]
    fn an_id_goes_before_a_name() {
        assert_eq!(chosen(&["PROD"], false, &[]).unwrap(), ["e1:"]);
        assert_eq!(chosen(&["e1"], false, &[]).unwrap(), ["e1:"]);
        assert_eq!(chosen(&["DEV", "PROD", "e2"], false, &[]).unwrap(), ["e2:", "e1:"]);
        assert_eq!(chosen(&[], true, &[]).unwrap(), ["e1:", "e2:", "e3:"]);
    }

    #[test]
    fn workspaces_are_looked_for_in_the_chosen_environments() {
        assert_eq!(chosen(&["DEV"], false, &["Finance"]).unwrap(), ["e2:w2"]);
        assert_eq!(chosen(&[], true, &["Finance"]).unwrap(), ["e1:w1", "e2:w2"]);
        assert_eq!(chosen(&[], true, &["w4", "w3"]).unwrap(), ["e2:w4,w3"]);
        assert_eq!(chosen(&["DEV"], false, &["Finance", "w2"]).unwrap(), ["e2:w2"]);
    }

    #[test]
    fn what_is_unknown_or_ambiguous_lists_the_choices() {
        let unknown = chosen(&["Prod"], false, &[]).unwrap_err();
        assert!(unknown.contains("no environment has the ID or the name \"Prod\""), "{unknown}");
        assert!(unknown.contains("PROD (e1), DEV (e2)"), "{unknown}");
        let unknown = chosen(&["PROD"], false, &["Sales"]).unwrap_err();
        assert!(unknown.ends_with("the account sees: Finance (w1)"), "{unknown}");
        let several = chosen(&["DEV"], false, &["Personal"]).unwrap_err();
        assert!(several.contains("several workspaces are called"), "{several}");
        assert!(several.ends_with("Personal (w3), Personal (w4)"), "{several}");
    }
}
