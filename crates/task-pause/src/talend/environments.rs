//! Finds out which environments `sync` may act on, and which one `recover`
//! searches.
//!
//! One ledger may have holds of several environments, each with its own timetable and
//! timer. A pass leaves the holds of environments that are not named as they are. Names
//! come from `--environment`, from the end record of the list, and from its runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use maintenance_core::change::Target;
use maintenance_core::cli::{
    Messages, NameMatch, Refusal, counted, environment_ids, environments_of, find_named,
    list_named, named_again, pick_named,
};
use maintenance_core::client::{Client, ClientError, Environment};
use maintenance_core::ledger::{ActiveHold, LedgerState};
use maintenance_core::run::Labels;
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;

use crate::deadline::Deadline;
use crate::session::Session;
use crate::timing::LIST_ENVIRONMENTS_TIMEOUT;
use crate::types::{Environments, SelectedInput, WantedTarget};

/// Says in one line which holds of other environments a call leaves as they are.
pub(crate) fn note_others(
    environments: &Environments,
    state: &LedgerState,
    now: UtcTime,
    messages: &Messages,
) {
    let others = state.all_active().filter(|active| !environments.include(&active.target));
    let others: Vec<&ActiveHold> = others.collect();
    if others.is_empty() {
        return;
    }
    let over = match others.iter().filter(|active| active.hold.is_over(now)).count() {
        0 => String::new(),
        over => format!("; {over} of them past their end"),
    };
    messages.note(&format!(
        "holds of other environments, left as they are: {} of {}{over}",
        others.len(),
        named_once(others.iter().map(|active| (&active.target, &*active.labels)))
    ));
}

/// The environments that `sync` may act on.
pub(crate) struct ResolvedEnvironments {
    pub(crate) environments: Environments,
    /// The environments that the API listed, if it was asked.
    pub(crate) listed: Vec<Environment>,
    /// The warnings about names, each with the name or names that it is about.
    pub(crate) doubts: Vec<(String, String)>,
}

/// The answer to a name of `--environment` that no environment has, or that several have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnUnknown {
    /// The call is refused: a mistyped name must not look like an environment without holds.
    Refuse,
    /// The environments of the other names count, if there are any: for the holds that are
    /// over, before the call is refused.
    Leave,
}

/// Resolves the environments that `sync` may act on: those of the input, and those
/// `named`.
///
/// The API resolves names. If it has no environment of that name, refuses the list or
/// does not answer, the names in the ledger count: a pass that cannot list environments
/// still gives back.
///
/// # Errors
///
/// No environment is named, or a name is unknown or ambiguous, unless it is to be left.
pub(crate) async fn resolve(
    input: &SelectedInput,
    state: &LedgerState,
    session: &Session<'_>,
    on_unknown: OnUnknown,
) -> anyhow::Result<ResolvedEnvironments> {
    let named = &session.settings.environment[..];
    let of_list = of_input(input);
    let mut found = find(named, input, &of_list, state, session).await?;
    if let Some((name, refusal)) = found.refused.take() {
        if on_unknown == OnUnknown::Refuse || found.is_empty() {
            return Err(refusal.into());
        }
        found.doubts.push((name, format!("{refusal}: asked again after the list was read")));
    }
    // In the order in which they were named.
    let certain = named.iter().filter_map(|name| found.certain.get_key_value(&**name));
    let again = named_again("environment", certain.map(|(name, id)| (*name, &**id)));
    let itself = found.ids();
    let ids: BTreeSet<_> = of_list.union(&itself).cloned().collect();
    if ids.is_empty() {
        let what = "no environment was named for sync, so it may act on no hold";
        let hint = "name one with --environment, or let `runs-fetch --end-record` name it";
        return Err(Refusal::bad_input(what).hint(hint).into());
    }
    warn_of_unnamed(&itself, input, session);
    let is_narrowed = input.end.as_ref().is_some_and(|end| end.filtered);
    let narrowed = of_list.difference(&itself).filter(|_| is_narrowed).cloned().collect();
    let NamedEnvironments { certain, presumed, has_unresolved, listed, mut doubts, .. } = found;
    doubts.extend(again.into_iter().map(|text| (text.clone(), text)));
    let named = certain.into_iter().chain(presumed);
    let named = named.map(|(name, id)| (name.to_owned(), id)).collect();
    let environments = Environments { ids: Some(ids), named, narrowed, has_unresolved };
    Ok(ResolvedEnvironments { environments, listed, doubts })
}

/// The environments that `--environment` names, each by the name or ID that it gives.
#[derive(Default)]
struct NamedEnvironments<'n> {
    /// Those with that ID, or with that name in the list of the API.
    certain: BTreeMap<&'n str, Arc<str>>,
    /// Those with that name in the ledger or in the input.
    presumed: BTreeMap<&'n str, Arc<str>>,
    /// Whether a name was given that could not be resolved.
    has_unresolved: bool,
    /// The environments that the API listed, if it was asked.
    listed: Vec<Environment>,
    /// The names that the list of the API does not resolve, each with a warning.
    doubts: Vec<(String, String)>,
    /// The first name that no environment has, or that several have.
    refused: Option<(String, Refusal)>,
}

impl NamedEnvironments<'_> {
    fn ids(&self) -> BTreeSet<Arc<str>> {
        self.certain.values().chain(self.presumed.values()).cloned().collect()
    }

    fn is_empty(&self) -> bool {
        self.certain.is_empty() && self.presumed.is_empty()
    }
}

/// Finds the environments with these names or IDs.
async fn find<'n>(
    named: &'n [String],
    input: &SelectedInput,
    of_list: &BTreeSet<Arc<str>>,
    state: &LedgerState,
    session: &Session<'_>,
) -> anyhow::Result<NamedEnvironments<'n>> {
    let held = HeldEnvironments::of(state);
    let is_id = |name: &&String| held.0.contains_key(&***name) || of_list.contains(&***name);
    let (by_id, unresolved): (Vec<_>, Vec<_>) = named.iter().partition(is_id);
    let listing = ask(session, &unresolved, &held).await;
    let listed = listing.as_ref().and_then(|listing| listing.as_deref().ok());
    let certain = by_id.into_iter().map(|id| (&**id, Arc::from(&**id))).collect();
    let mut found = NamedEnvironments { certain, ..NamedEnvironments::default() };
    for name in unresolved {
        let (id, place) = match choose(name, listed, &held) {
            Ok(ResolvedName::Certain(id)) => {
                found.certain.insert(name, id);
                continue;
            }
            Ok(ResolvedName::Former(id)) => (Some(id), "ledger"),
            Ok(ResolvedName::Unknown) => (called_in(input, name), "list"),
            Err(refusal) => {
                found.refused.get_or_insert((name.clone(), refusal));
                continue;
            }
        };
        let presumed = id.as_deref().map(|id| (id, place));
        found.doubts.push((name.clone(), unlisted(name, presumed, &why(&listing))));
        found.has_unresolved |= id.is_none();
        found.presumed.extend(id.map(|id| (&**name, id)));
    }
    // Nothing can be given back, whatever the order of the names.
    if let Some(Err(error)) = &listing
        && of_list.is_empty()
        && found.is_empty()
    {
        return Err(error.clone().into());
    }
    found.listed = listing.and_then(Result::ok).unwrap_or_default();
    Ok(found)
}

/// Says of a name that the API does not list which environment it is taken for, and which
/// place has that name.
fn unlisted(name: &str, presumed: Option<(&str, &str)>, why: &str) -> String {
    let name = clip(name);
    match presumed {
        Some((id, place)) => format!(
            "{name:?} is taken for the environment {}, which the {place} has under that name: {why}",
            clip(id)
        ),
        None => format!(
            "which environment {name:?} is, is not known, so its holds are left unless the list \
             names it: {why}"
        ),
    }
}

/// Warns of runs in environments that `--environment` does not name, where it names
/// some: the list may be of another environment than was meant.
fn warn_of_unnamed(named: &BTreeSet<Arc<str>>, input: &SelectedInput, session: &Session<'_>) {
    let targets = input
        .wanted
        .iter()
        .filter(|wanted| !named.is_empty() && !named.contains(&wanted.target.environment_id));
    let others: Vec<&WantedTarget> = targets.collect();
    if !others.is_empty() {
        session.messages.warn(&format!(
            "{} of {}, which --environment does not name: all of the list count",
            counted(others.len(), "task or plan of the list is", "tasks and plans of the list are"),
            named_once(others.iter().map(|wanted| (&wanted.target, &*wanted.labels)))
        ));
    }
}

/// The environments of these tasks and plans, each once, in words.
fn named_once<'a>(all: impl Iterator<Item = (&'a Target, &'a Labels)>) -> String {
    let mut named: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for (target, labels) in all {
        let name = named.entry(&target.environment_id).or_default();
        *name = name.or(labels.environment_name.as_deref());
    }
    list_named(&named.into_iter().collect::<Vec<_>>())
}

/// The environments that the API listed, or the error instead. Neither if it was not
/// asked, or did not answer in time.
type EnvironmentList = Option<Result<Vec<Environment>, ClientError>>;

/// Lists the environments if there are names to resolve.
async fn ask(session: &Session<'_>, names: &[&String], held: &HeldEnvironments) -> EnvironmentList {
    if names.is_empty() {
        return None;
    }
    let is_known = |name: &&String| held.called(name).len() == 1;
    let deadline = Deadline::after(LIST_ENVIRONMENTS_TIMEOUT).only_if(names.iter().all(is_known));
    session.stop.at_most(deadline, list(&session.client)).await
}

/// The reason why a list does not resolve a name.
fn why(listing: &EnvironmentList) -> String {
    match listing {
        Some(Ok(_)) => "no environment is called so now".to_owned(),
        Some(Err(error)) => error.to_string(),
        None => "no answer came in time".to_owned(),
    }
}

/// The environments of the input: those of its runs, and those that were asked for.
pub(crate) fn of_input(input: &SelectedInput) -> BTreeSet<Arc<str>> {
    let wanted = input.wanted.iter().map(|wanted| &wanted.target.environment_id);
    let others = input.unsupported.iter().map(|other| &other.environment_id);
    let asked = input.end.iter().filter_map(|end| end.environments.as_ref()).flatten();
    wanted.chain(others).chain(asked).cloned().collect()
}

/// The environment with this name in the runs of the input, if there is exactly one.
fn called_in(input: &SelectedInput, name: &str) -> Option<Arc<str>> {
    let wanted = input.wanted.iter().map(|wanted| (&wanted.labels, &wanted.target.environment_id));
    let others = input.unsupported.iter().map(|other| (&other.labels, &other.environment_id));
    let called =
        wanted.chain(others).filter(|(labels, _)| labels.environment_name.as_deref() == Some(name));
    let ids: BTreeSet<&Arc<str>> = called.map(|(_, id)| id).collect();
    let mut ids = ids.into_iter();
    ids.next().filter(|_| ids.next().is_none()).cloned()
}

/// All environments that the account sees. If the list is refused, those of its
/// workspaces.
pub(crate) async fn list(client: &Client) -> Result<Vec<Environment>, ClientError> {
    match client.environments().await {
        Err(refused @ ClientError::Status { status: 403, .. }) => {
            let workspaces = client.workspaces().await.map_err(|_| refused)?;
            Ok(environments_of(&workspaces))
        }
        listed => listed,
    }
}

/// The environments with active holds, and their names at the time of the pauses.
struct HeldEnvironments(BTreeMap<Arc<str>, BTreeSet<Arc<str>>>);

impl HeldEnvironments {
    fn of(state: &LedgerState) -> Self {
        let mut held: BTreeMap<Arc<str>, BTreeSet<Arc<str>>> = BTreeMap::new();
        for active in state.all_active() {
            let names = held.entry(Arc::clone(&active.target.environment_id)).or_default();
            names.extend(active.labels.environment_name.clone());
        }
        Self(held)
    }

    fn called(&self, name: &str) -> Vec<&Arc<str>> {
        let is_called = |(_, names): &(_, &BTreeSet<Arc<str>>)| names.contains(name);
        self.0.iter().filter(is_called).map(|(id, _)| id).collect()
    }
}

/// The result of looking for an environment by name.
#[derive(Debug, PartialEq, Eq)]
enum ResolvedName {
    /// The environment with this ID or name.
    Certain(Arc<str>),
    /// The environment that had this name when its tasks were paused.
    Former(Arc<str>),
    /// Neither the API nor the ledger knows the name.
    Unknown,
}

/// Finds the environment with this ID or name. `listed` is the list of the API, `None`
/// without an answer. If the list does not have the environment, the ledger counts.
fn choose(
    name: &str,
    listed: Option<&[Environment]>,
    held: &HeldEnvironments,
) -> Result<ResolvedName, Refusal> {
    let all = listed.unwrap_or_default();
    let candidates = environment_ids(all);
    match (find_named(name, &candidates), &held.called(name)[..]) {
        (NameMatch::None, []) if listed.is_none() => Ok(ResolvedName::Unknown),
        (NameMatch::None, [former]) => Ok(ResolvedName::Former(Arc::clone(former))),
        (NameMatch::None, several @ [_, _, ..]) => {
            let problem =
                format!("several environments were called {:?}: give the ID of one", clip(name));
            let several: Vec<_> = several.iter().map(|id| (&***id, Some(name))).collect();
            Err(Refusal::config(problem).hint(format!("there are: {}", list_named(&several))))
        }
        _ => {
            let index = pick_named("environment", name, &candidates)?;
            Ok(ResolvedName::Certain(all[index].id.as_str().into()))
        }
    }
}

/// Takes the one environment that has this ID or name out of a list.
pub(crate) fn pick(wanted: &str, mut listed: Vec<Environment>) -> Result<Environment, Refusal> {
    let index = pick_named("environment", wanted, &environment_ids(&listed))?;
    Ok(listed.swap_remove(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(id: &str, name: &str) -> Environment {
        Environment { id: id.to_owned(), name: Some(name.to_owned()) }
    }

    fn held(all: &[(&str, &str)]) -> HeldEnvironments {
        let one = |(id, name): &(&str, &str)| ((*id).into(), BTreeSet::from([Arc::from(*name)]));
        HeldEnvironments(all.iter().map(one).collect())
    }

    fn chosen(name: &str, listed: bool, holds: &[(&str, &str)]) -> String {
        let all = [
            environment("e1", "Production"),
            environment("e2", "Test"),
            environment("e3", "Twin"),
            environment("e4", "Twin"),
            environment("e5", "e1"),
        ];
        match choose(name, listed.then_some(&all), &held(holds)) {
            Ok(choice) => format!("{choice:?}"),
            Err(refusal) => {
                use maintenance_core::exit::{Exit, Explain};
                assert_eq!(refusal.exit(), Exit::Config);
                format!("{refusal}; {}", Explain::hint(&refusal).unwrap_or_default())
            }
        }
    }

    #[test]
    fn the_api_resolves_a_name_and_the_ledger_where_the_api_cannot() {
        let none = &[][..];
        for (name, listed, holds, expected) in [
            ("e1", true, none, "Certain(\"e1\")"),
            ("Production", true, none, "Certain(\"e1\")"),
            ("Production", true, &[("e9", "Production")], "Certain(\"e1\")"),
            ("Former", true, &[("e9", "Former")], "Former(\"e9\")"),
            ("Production", false, &[("e9", "Production")], "Former(\"e9\")"),
            ("Production", false, none, "Unknown"),
        ] {
            assert_eq!(chosen(name, listed, holds), expected, "{name} {listed} {holds:?}");
        }
    }

    #[test]
    fn an_unknown_or_ambiguous_name_lists_the_candidates() {
        for (name, listed, holds, what, candidates) in [
            ("production", true, &[][..], "no environment has", "Production (e1), Test (e2)"),
            ("Twin", true, &[], "several environments are", "Twin (e3), Twin (e4)"),
            ("Twin", true, &[("e3", "Twin"), ("e4", "Twin")], "several", "Twin (e3), Twin (e4)"),
            // Which of them has holds is no reason to take it for the one that is meant.
            ("Twin", true, &[("e4", "Old"), ("e1", "Twin")], "several", "Twin (e3), Twin (e4)"),
            ("Old", true, &[("e8", "Old"), ("e9", "Old")], "several environments were", "Old (e8)"),
            ("Old", false, &[("e8", "Old"), ("e9", "Old")], "several", "Old (e8), Old (e9)"),
        ] {
            let refusal = chosen(name, listed, holds);
            assert!(refusal.contains(what) && refusal.contains(candidates), "{refusal}");
        }
    }
}
