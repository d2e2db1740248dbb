//! Environments and workspaces by ID or name, as people type them.

use std::fmt::Write as _;

use super::Refusal;
use crate::alike::most_alike;
use crate::client::{Environment, Workspace};
use crate::short_name::clip;

/// The number of choices that a message lists.
const SHOWN: usize = 20;

/// An environment or a workspace: its ID, and its name if it has one.
pub type NamedId<'a> = (&'a str, Option<&'a str>);

/// The environments as choices for a name.
#[must_use]
pub fn environment_ids(environments: &[Environment]) -> Vec<NamedId<'_>> {
    environments.iter().map(|one| (&*one.id, one.name.as_deref())).collect()
}

/// The environments of these workspaces, each once, in their order.
#[must_use]
pub fn environments_of(workspaces: &[Workspace]) -> Vec<Environment> {
    let mut environments = Vec::new();
    let all = workspaces.iter().filter_map(|one| one.environment.clone());
    merge_environments(&mut environments, all);
    environments
}

/// Adds environments to a list, and names to those in it that have none.
pub fn merge_environments(
    known: &mut Vec<Environment>,
    more: impl IntoIterator<Item = Environment>,
) {
    for environment in more {
        match known.iter_mut().find(|other| other.id == environment.id) {
            Some(other) => other.name = other.name.take().or(environment.name),
            None => known.push(environment),
        }
    }
}

/// The choices that an ID or a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameMatch {
    /// The choice at this index.
    One(usize),
    /// No choice.
    None,
    /// The choices at these indices, which have the same name.
    Several(Vec<usize>),
}

/// Finds the choice with that ID or, if there is none, with that name.
#[must_use]
pub fn find_named(name: &str, choices: &[NamedId<'_>]) -> NameMatch {
    if let Some(index) = choices.iter().position(|(id, _)| *id == name) {
        return NameMatch::One(index);
    }
    let called: Vec<usize> =
        (0..choices.len()).filter(|index| choices[*index].1 == Some(name)).collect();
    match called[..] {
        [index] => NameMatch::One(index),
        [] => NameMatch::None,
        _ => NameMatch::Several(called),
    }
}

/// Returns the index of the only choice with that ID or name. `kind` is the
/// word for a choice, such as `environment`.
///
/// # Errors
///
/// No choice, or several, have that name (exit code 78). The hint lists them.
pub fn pick_named(kind: &str, name: &str, choices: &[NamedId<'_>]) -> Result<usize, Refusal> {
    match find_named(name, choices) {
        NameMatch::One(index) => Ok(index),
        NameMatch::None => {
            let mut problem = format!("no {kind} has the ID or the name {:?}", clip(name));
            let names = choices.iter().filter_map(|(_, name)| *name);
            if let Some(meant) = most_alike(name, names) {
                let _ = write!(problem, ": did you mean {:?}?", clip(meant));
            }
            Err(refuse_name(kind, problem, choices))
        }
        NameMatch::Several(called) => {
            let called: Vec<_> = called.into_iter().map(|index| choices[index]).collect();
            let problem =
                format!("several {kind}s are called {:?}: give the ID of one", clip(name));
            Err(refuse_name(kind, problem, &called))
        }
    }
}

/// The warnings about names that mean the same ID as an earlier name: such a name counts
/// once. `found` has the names, each with its ID. For a name that is typed twice, the
/// reading of the command line warns already (`repeated.rs`).
#[must_use]
pub fn named_again<'a>(
    kind: &str,
    found: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<String> {
    let mut known: Vec<(&str, &str)> = Vec::new();
    let mut reported = Vec::new();
    for (name, id) in found {
        match known.iter().find(|(_, other)| *other == id) {
            None => known.push((name, id)),
            Some((first, _)) if *first == name => {}
            Some((first, _)) => reported.push(format!(
                "{:?} and {:?} are the same {kind}: it counts once",
                clip(first),
                clip(name)
            )),
        }
    }
    reported
}

/// Refuses a name, with a hint that lists these choices (exit code 78).
fn refuse_name(kind: &str, problem: String, choices: &[NamedId<'_>]) -> Refusal {
    let refusal = Refusal::config(problem);
    if choices.is_empty() {
        return refusal.hint(format!("the account sees no {kind}s: check its permissions"));
    }
    refusal.hint(format!("the account sees: {}", list_named(choices)))
}

/// Lists choices for a message: `Production (6242bc…), Test (6242bd…)`.
#[must_use]
pub fn list_named(choices: &[NamedId<'_>]) -> String {
    let one = |(id, name): &NamedId<'_>| match name {
        Some(name) => format!("{} ({})", clip(name), clip(id)),
        None => clip(id).to_string(),
    };
    let mut list: Vec<String> = choices.iter().take(SHOWN).map(one).collect();
    if let Some(more @ 1..) = choices.len().checked_sub(SHOWN) {
        list.push(format!("and {more} more"));
    }
    list.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_has_the_name_that_any_of_its_workspaces_has() {
        let of = |id: &str, name: Option<&str>| Workspace {
            id: "w".to_owned(),
            name: None,
            environment: Some(Environment { id: id.to_owned(), name: name.map(str::to_owned) }),
        };
        let nowhere = Workspace { id: "n".to_owned(), name: None, environment: None };
        let all =
            [of("b", None), nowhere, of("a", Some("A")), of("b", Some("B")), of("b", Some("C"))];
        let environments = environments_of(&all);
        assert_eq!(environment_ids(&environments), [("b", Some("B")), ("a", Some("A"))]);
    }
}
