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
        targets: &[&Target],
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
                Ok(Some(listed)) => looks.extend(listed),
                Ok(None) => {}
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

    /// The looks of one list, if it is worth its requests.
    async fn list<T: Talend>(
        &mut self,
        api: &T,
        (environment, kind): (&str, TargetKind),
        targets: &[&Target],
    ) -> Result<Option<Vec<(Target, Look)>>, ListFailure> {
        let key = (environment.to_owned(), kind);
        let known = if let Some(known) = self.known.get(&key) {
            *known
        } else {
            let page = api.listed_states(environment, kind, ListedPages::First).await?;
            *self.known.entry(key).or_insert(PauseList::of(&page))
        };
        let PauseList::Shows(pages) = known else { return Ok(None) };
        let Some(first) = targets.first().filter(|_| pages < targets.len()) else {
            return Ok(None);
        };
        // Before the list, so that whatever it shows is not older than this look.
        let itself = api.look(first).await?;
        let ListedStates { states, .. } =
            api.listed_states(environment, kind, ListedPages::All).await?;
        let mut shown: BTreeMap<String, Look> =
            states.into_iter().filter_map(|(id, look)| Some((id, look?))).collect();
        let differs = |listed: &Look| of_list(&listed.state) != of_list(&itself.state);
        if shown.get(&*first.id).is_some_and(differs) {
            return Err(ListFailure::Differs((*first).clone()));
        }
        let looks = targets.iter().filter_map(|target| {
            let look = shown.remove(&*target.id)?;
            Some(((*target).clone(), dated(look, itself.state.shown_at)))
        });
        Ok(Some(looks.collect()))
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
    use super::*;

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
            let told = format!("{} items of {total:?}", states.len());
            assert_eq!(PauseList::of(&ListedStates { states, total }), expected, "{told}");
        }
    }
}
