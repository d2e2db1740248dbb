//! Looks at many tasks by the pages of their list, where the tenant shows pause details
//! there: a hundred in one request.
//!
//! Whether it does is found out for each environment and kind by one page, and is
//! remembered for the call. A page without the details says nothing. Before a list is
//! believed, one of its items is compared with the task itself: if the two differ, every
//! task is looked at by itself for the rest of the call.

use std::collections::BTreeMap;

use maintenance_core::change::{PauseState, Target, TargetKind};
use maintenance_core::cli::Messages;
use maintenance_core::client::{ClientError, LARGEST_PAGE};
use maintenance_core::time::UtcTime;

use super::{ListedPages, ListedStates, Talend};
use crate::types::Look;

/// The smallest number of looks that are made by a list: one page more shows what the
/// list shows, and one look whether that is true.
const MIN_LISTED: usize = 16;

/// The lists of one call.
#[derive(Debug)]
pub(crate) struct PauseLists {
    /// The smallest number of looks that are made by a list.
    least: usize,
    known: BTreeMap<(String, TargetKind), PauseList>,
}

impl Default for PauseLists {
    fn default() -> Self {
        Self::for_at_least(MIN_LISTED)
    }
}

/// The list of one environment and kind, as its first page showed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PauseList {
    /// It shows pause details, on so many pages.
    Shows(usize),
    /// It shows none, or none that can be believed.
    Useless,
}

impl PauseLists {
    /// The lists of a call that looks at so many tasks or more by them.
    pub(crate) fn for_at_least(least: usize) -> Self {
        Self { least, known: BTreeMap::new() }
    }

    /// Whether so many looks may be made by a list.
    pub(crate) fn may_serve(&self, looks: usize) -> bool {
        self.least <= looks
    }

    /// The looks at those of these targets that a list shows. Asks for nothing where
    /// looks at each are fewer requests. An error says nothing: whoever needs the looks
    /// makes them one by one.
    pub(crate) async fn looks<T: Talend>(
        &mut self,
        api: &T,
        targets: &[Target],
        messages: &Messages,
    ) -> Vec<(Target, Look)> {
        let mut by_list: BTreeMap<(&str, TargetKind), Vec<&Target>> = BTreeMap::new();
        for target in targets {
            by_list.entry((&target.environment_id, target.kind)).or_default().push(target);
        }
        let mut looks = Vec::new();
        for ((environment, kind), targets) in by_list {
            if !self.may_serve(targets.len()) {
                continue;
            }
            match self.list(api, (environment, kind), &targets).await {
                Ok(listed) => looks.extend(listed),
                Err(ListFailure::Unproven) => {
                    self.known.insert((environment.to_owned(), kind), PauseList::Useless);
                }
                Err(ListFailure::Differs(target)) => {
                    self.known.insert((environment.to_owned(), kind), PauseList::Useless);
                    messages.warn(&format!(
                        "the list of {}s shows another pause of {target} than the {} itself: \
                         each is looked at by itself",
                        kind.as_str(),
                        kind.as_str()
                    ));
                }
                Err(ListFailure::NotListed(error)) => {
                    messages.detail(1, || format!("each is looked at by itself: {error}"));
                }
            }
        }
        looks
    }

    /// The looks of one list; none if it is not worth its requests.
    async fn list<T: Talend>(
        &mut self,
        api: &T,
        (environment, kind): (&str, TargetKind),
        targets: &[&Target],
    ) -> Result<Vec<(Target, Look)>, ListFailure> {
        let key = (environment.to_owned(), kind);
        let known = if let Some(known) = self.known.get(&key) {
            *known
        } else {
            let page = api.listed_states(environment, kind, ListedPages::First).await?;
            *self.known.entry(key).or_insert(PauseList::of(&page))
        };
        let PauseList::Shows(pages) = known else { return Ok(Vec::new()) };
        let Some(first) = targets.first().filter(|_| pages < targets.len()) else {
            return Ok(Vec::new());
        };
        // Before the list, so that whatever it shows is not older than this look.
        let itself = api.look(first).await?;
        let ListedStates { states, .. } =
            api.listed_states(environment, kind, ListedPages::All).await?;
        let mut shown: BTreeMap<String, Look> =
            states.into_iter().filter_map(|(id, look)| Some((id, look?))).collect();
        match shown.get(&*first.id) {
            Some(listed) if of_list(&listed.state) == of_list(&itself.state) => {}
            Some(_) => return Err(ListFailure::Differs((*first).clone())),
            None => return Err(ListFailure::Unproven),
        }
        let looks = targets.iter().filter_map(|target| {
            let look = shown.remove(&*target.id)?;
            Some(((*target).clone(), dated(look, itself.state.shown_at)))
        });
        Ok(looks.collect())
    }
}

impl PauseList {
    /// The list whose first page this is.
    fn of(page: &ListedStates) -> Self {
        let items = page.states.len();
        let is_shown = items > 0 && page.states.iter().all(|(_, look)| look.is_some());
        let total = page.total.and_then(|total| usize::try_from(total).ok());
        let size = usize::try_from(LARGEST_PAGE).unwrap_or(usize::MAX);
        match total {
            Some(total) if is_shown => Self::Shows(total.max(items).div_ceil(size)),
            None if is_shown && items < size => Self::Shows(1),
            _ => Self::Useless,
        }
    }
}

/// Why a list gave no looks.
enum ListFailure {
    /// It does not have the target, so nothing proves that it is true.
    Unproven,
    /// It shows another state of the target than the target itself does.
    Differs(Target),
    NotListed(ClientError),
}

impl From<ClientError> for ListFailure {
    fn from(error: ClientError) -> Self {
        Self::NotListed(error)
    }
}

/// A state without the time when it was shown.
fn of_list(state: &PauseState) -> PauseState {
    PauseState { shown_at: None, ..state.clone() }
}

/// A look of a list that was read after that time of the API's clock.
fn dated(look: Look, shown_at: Option<UtcTime>) -> Look {
    Look { state: PauseState { shown_at, ..look.state }, ..look }
}

#[cfg(test)]
mod tests {
    use maintenance_core::change::Permit;
    use maintenance_core::cli::CommonArgs;
    use maintenance_core::client::{SendError, SentChange};

    use super::*;
    use crate::types::Inventory;

    /// A tenant with three tasks in its list.
    struct Tenant {
        /// The first task itself.
        itself: PauseState,
        listed: Vec<(String, Option<Look>)>,
    }

    impl Talend for Tenant {
        async fn look(&self, _: &Target) -> Result<Look, ClientError> {
            Ok(Look { state: self.itself.clone(), workspace_id: None })
        }

        async fn listed_states(
            &self,
            _: &str,
            _: TargetKind,
            _: ListedPages,
        ) -> Result<ListedStates, ClientError> {
            let total = u64::try_from(self.listed.len()).ok();
            Ok(ListedStates { states: self.listed.clone(), total })
        }

        async fn send(&self, _: &Permit) -> Result<SentChange, SendError> {
            unreachable!("lists change nothing")
        }

        async fn inventory(&self, _: &str, _: TargetKind) -> Result<Inventory, ClientError> {
            unreachable!("nothing is missing")
        }

        async fn planned_runs(
            &self,
            _: &str,
            _: UtcTime,
            _: UtcTime,
        ) -> Result<Vec<(Target, UtcTime)>, ClientError> {
            unreachable!("no run is asked for")
        }

        fn allowed_in_flight(&self) -> usize {
            1
        }

        fn is_throttled(&self) -> bool {
            false
        }
    }

    #[test]
    fn a_list_is_believed_only_if_one_of_its_items_is_as_the_task_itself() {
        let at = |second: i64| UtcTime::from_millis(1_790_000_000_000 + second * 1_000).unwrap();
        let ours = PauseState {
            paused: true,
            since: Some(at(0)),
            user: Some("ops".into()),
            user_type: Some("SERVICE".into()),
            context: Some("maintenance".into()),
            shown_at: Some(at(9)),
        };
        let target =
            |id: &str| Target { environment_id: "e".into(), kind: TargetKind::Task, id: id.into() };
        let targets = ["a", "b", "c"].map(target);
        let messages = Messages::new("test", &CommonArgs::default());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for (name, first, looks) in [
            ("the same, by another clock", Some(PauseState { shown_at: None, ..ours.clone() }), 3),
            ("not paused", Some(PauseState::default()), 0),
            ("another account", Some(PauseState { user: Some("a".into()), ..ours.clone() }), 0),
            ("no account", Some(PauseState { user: None, ..ours.clone() }), 0),
            ("another kind", Some(PauseState { user_type: None, ..ours.clone() }), 0),
            ("no text", Some(PauseState { context: None, ..ours.clone() }), 0),
            ("another date", Some(PauseState { since: Some(at(1)), ..ours.clone() }), 0),
            ("not in the list", None, 0),
        ] {
            let look = |state| Some(Look { state, workspace_id: None });
            let others = ["b", "c", "d"].map(|id| (id.to_owned(), look(PauseState::default())));
            let first = first.map(|state| ("a".to_owned(), look(state)));
            let listed = first.into_iter().chain(others).collect();
            let tenant = Tenant { itself: ours.clone(), listed };
            let mut lists = PauseLists::for_at_least(1);
            let found = runtime.block_on(lists.looks(&tenant, &targets, &messages));
            assert_eq!(found.len(), looks, "{name}");
            // Each was shown after the look at the first.
            assert!(found.iter().all(|(_, look)| look.state.shown_at == Some(at(9))), "{name}");
            let known = lists.known.values().next().copied();
            let expected = if looks == 0 { PauseList::Useless } else { PauseList::Shows(1) };
            assert_eq!(known, Some(expected), "{name}: for the rest of the call");
        }
    }

    #[test]
    fn a_list_serves_for_looks_only_if_every_item_of_its_first_page_shows_a_pause() {
        let look = || Some(Look { state: PauseState::default(), workspace_id: None });
        let shows = |count: usize| (0..count).map(|n| (n.to_string(), look())).collect::<Vec<_>>();
        let mut one_is_silent = shows(3);
        one_is_silent[1].1 = None;
        for (states, total, expected) in [
            (shows(3), Some(3), PauseList::Shows(1)),
            (shows(100), Some(101), PauseList::Shows(2)),
            (shows(100), Some(30_000), PauseList::Shows(300)),
            // A total that is too low, or none.
            (shows(100), Some(1), PauseList::Shows(1)),
            (shows(99), None, PauseList::Shows(1)),
            (shows(100), None, PauseList::Useless),
            (one_is_silent, Some(3), PauseList::Useless),
            (Vec::new(), Some(0), PauseList::Useless),
        ] {
            let case = format!("{} items of {total:?}", states.len());
            assert_eq!(PauseList::of(&ListedStates { states, total }), expected, "{case}");
        }
    }
}
