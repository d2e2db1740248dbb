//! Resolves names of environments and workspaces to IDs.

use maintenance_core::cli::{NameMatch, Refusal, find_named, pick_named};
use maintenance_core::client::{Client, ClientError, Environment, Workspace};

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
/// among them, or for all environments.
pub(crate) async fn resolve(
    client: &Client,
    wanted: &Selection,
) -> anyhow::Result<Vec<SelectedEnvironment>> {
    let workspaces = client.workspaces().await?;
    let mut environments = Vec::new();
    let seen = workspaces.iter().filter_map(|workspace| workspace.environment.clone());
    merge(&mut environments, seen);
    let known = |environments: &[Environment], name: &String| {
        environments.iter().any(|environment| is_called(environment, name))
    };
    if wanted.all_environments || !wanted.environments.iter().all(|name| known(&environments, name))
    {
        match client.environments().await {
            Ok(all) => merge(&mut environments, all),
            // An account that may not list environments may still see some of them.
            Err(ClientError::Status { status: 403, .. }) if !wanted.all_environments => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(select(wanted, &environments, &workspaces)?)
}

fn merge(known: &mut Vec<Environment>, more: impl IntoIterator<Item = Environment>) {
    for environment in more {
        match known.iter_mut().find(|other| other.id == environment.id) {
            Some(other) => other.name = other.name.take().or(environment.name),
            None => known.push(environment),
        }
    }
}

fn is_called(environment: &Environment, name: &str) -> bool {
    environment.id == name || environment.name.as_deref() == Some(name)
}

fn select(
    wanted: &Selection,
    environments: &[Environment],
    workspaces: &[Workspace],
) -> Result<Vec<SelectedEnvironment>, Refusal> {
    let mut selected: Vec<SelectedEnvironment> = Vec::new();
    let mut add = |environment: &Environment| {
        if selected.iter().all(|one| one.environment.id != environment.id) {
            selected.push(SelectedEnvironment {
                environment: environment.clone(),
                workspaces: Vec::new(),
            });
        }
    };
    if wanted.all_environments {
        environments.iter().for_each(&mut add);
    }
    for name in &wanted.environments {
        let candidates: Vec<_> = environments
            .iter()
            .map(|environment| (environment.id.as_str(), environment.name.as_deref()))
            .collect();
        let index = pick_named("environment", name, &candidates)?;
        add(&environments[index]);
    }
    let mut chosen = vec![false; wanted.workspaces.len()];
    for one in &mut selected {
        let here: Vec<_> = workspaces
            .iter()
            .filter(|workspace| {
                workspace.environment.as_ref().map(|of| &of.id) == Some(&one.environment.id)
            })
            .collect();
        let candidates: Vec<_> =
            here.iter().map(|of| (of.id.as_str(), of.name.as_deref())).collect();
        for (name, chosen) in wanted.workspaces.iter().zip(&mut chosen) {
            if find_named(name, &candidates) != NameMatch::None {
                let index = pick_named("workspace", name, &candidates)?;
                if !one.workspaces.contains(here[index]) {
                    one.workspaces.push(here[index].clone());
                }
                *chosen = true;
            }
        }
    }
    if let Some((name, _)) = wanted.workspaces.iter().zip(chosen).find(|(_, chosen)| !chosen) {
        let in_selected = workspaces.iter().filter(|workspace| {
            let environment = workspace.environment.as_ref();
            selected.iter().any(|one| Some(&one.environment.id) == environment.map(|of| &of.id))
        });
        let candidates: Vec<_> =
            in_selected.map(|of| (of.id.as_str(), of.name.as_deref())).collect();
        pick_named("workspace", name, &candidates)?;
    }
    if !wanted.workspaces.is_empty() {
        selected.retain(|one| !one.workspaces.is_empty());
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
    fn what_is_unknown_or_ambiguous_lists_the_candidates() {
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
