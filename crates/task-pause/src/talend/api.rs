//! The calls that a pass makes, as a trait, so that a test can stand in for the
//! API.

use maintenance_core::change::{Permit, Target, TargetKind};
use maintenance_core::client::{
    Client, ClientError, ExecutableFilter, LARGEST_PAGE, RunSearch, SendError, SentChange,
};
use maintenance_core::time::UtcTime;
use serde::Deserialize;

use crate::types::{Inventory, Look};

/// The calls of the Talend API that a pass makes.
pub(crate) trait Talend {
    /// The number of requests that may be in flight now, at least one. Whoever
    /// has more at once lets them wait.
    fn allowed_in_flight(&self) -> usize;

    /// Whether requests have to wait now, however fast the API answers.
    fn is_throttled(&self) -> bool;

    /// Looks at the pause state of a task or plan.
    async fn look(&self, target: &Target) -> Result<Look, ClientError>;

    /// Sends a permitted change.
    async fn send(&self, permit: &Permit) -> Result<SentChange, SendError>;

    /// Lists the part of an environment that the account sees, to find out
    /// whether a task exists that is not found by its ID.
    async fn inventory(
        &self,
        environment_id: &str,
        kind: TargetKind,
    ) -> Result<Inventory, ClientError>;

    /// Lists the pause states of the tasks or plans of an environment: those of the first
    /// page, or all.
    async fn listed_states(
        &self,
        environment_id: &str,
        kind: TargetKind,
        pages: ListedPages,
    ) -> Result<ListedStates, ClientError>;

    /// Lists the runs of tasks and plans that are planned in `[from, to)`.
    async fn planned_runs(
        &self,
        environment_id: &str,
        from: UtcTime,
        to: UtcTime,
    ) -> Result<Vec<(Target, UtcTime)>, ClientError>;
}

/// The pages of a list of pause states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListedPages {
    First,
    All,
}

/// The pause states that a list shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListedStates {
    /// Each with its ID; `None` where the item does not show one.
    pub(crate) states: Vec<(String, Option<Look>)>,
    /// The number of all in the list, with the first page, if the API says so.
    pub(crate) total: Option<u64>,
}

/// A planned run, as the search has it.
#[derive(Deserialize)]
struct PlannedRun {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    date: UtcTime,
}

impl Talend for Client {
    fn allowed_in_flight(&self) -> usize {
        Self::allowed_in_flight(self)
    }

    fn is_throttled(&self) -> bool {
        Self::is_throttled(self)
    }

    async fn look(&self, target: &Target) -> Result<Look, ClientError> {
        let (state, workspace) = self.pause_state(target).await?;
        Ok(Look { state, workspace_id: workspace.map(|workspace| workspace.id) })
    }

    async fn send(&self, permit: &Permit) -> Result<SentChange, SendError> {
        self.set_pause(permit).await
    }

    async fn inventory(
        &self,
        environment_id: &str,
        kind: TargetKind,
    ) -> Result<Inventory, ClientError> {
        let environments = self.environments().await?;
        if environments.iter().all(|environment| environment.id != environment_id) {
            return Ok(Inventory::default());
        }
        let workspaces = self.workspaces().await?;
        let filter = ExecutableFilter::of_environment(environment_id);
        let listed = self.listed(kind, &filter).await?;
        Ok(Inventory {
            is_seen: true,
            workspaces: workspaces.into_iter().map(|workspace| workspace.id).collect(),
            ids: listed.executables.into_iter().map(|executable| executable.id).collect(),
        })
    }

    async fn listed_states(
        &self,
        environment_id: &str,
        kind: TargetKind,
        pages: ListedPages,
    ) -> Result<ListedStates, ClientError> {
        let (executables, total) = match pages {
            ListedPages::First => self.first_page(kind, environment_id).await?,
            ListedPages::All => {
                let filter = ExecutableFilter {
                    // An item that is listed counts, whatever the total says.
                    accept_mismatch: true,
                    ..ExecutableFilter::of_environment(environment_id)
                };
                (self.listed(kind, &filter).await?.executables, None)
            }
        };
        let states = executables.into_iter().map(|executable| {
            let is_shown = executable.shows_pause && executable.unread_pause.is_none();
            let look = is_shown.then(|| Look {
                state: executable.pause.unwrap_or_default(),
                workspace_id: executable.workspace.map(|workspace| workspace.id),
            });
            (executable.id, look)
        });
        Ok(ListedStates { states: states.collect(), total })
    }

    async fn planned_runs(
        &self,
        environment_id: &str,
        from: UtcTime,
        to: UtcTime,
    ) -> Result<Vec<(Target, UtcTime)>, ClientError> {
        let search = RunSearch {
            environment_id: environment_id.to_owned(),
            workspace_ids: Vec::new(),
            from,
            to,
            tags: Vec::new(),
            runtime: None,
            page_size: LARGEST_PAGE,
            accept_mismatch: false,
        };
        let environment: std::sync::Arc<str> = environment_id.into();
        let mut planned = Vec::new();
        let mut pages = self.runs(&search);
        while let Some(page) = pages.next().await? {
            // Runs of other types, or of none, cannot be paused. The client has read the ID and
            // the date of every run.
            let runs = page.iter().filter_map(|run| serde_json::from_str(run.get()).ok());
            planned.extend(runs.filter_map(|PlannedRun { id, kind, date }| {
                let kind = TargetKind::of(&kind)?;
                Some((Target { environment_id: environment.clone(), kind, id: id.into() }, date))
            }));
        }
        Ok(planned)
    }
}
