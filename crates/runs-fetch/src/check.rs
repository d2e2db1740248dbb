//! The word `check`: tries everything that the main job needs, and changes nothing.

use std::time::Duration;

use maintenance_core::change::TargetKind;
use maintenance_core::cli::{
    self, Checks, Ending, Messages, environment_ids, environments_of, list_named,
};
use maintenance_core::client::{
    Client, Environment, ExecutableFilter, ExecutableList, LARGEST_PAGE, RunSearch,
};
use maintenance_core::clock;
use maintenance_core::short_name::clip;

use crate::args::CheckArgs;
use crate::resolve::resolve;
use crate::settings::selection;

/// The time for which planned runs are listed.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Tries the connection, the token and the permissions, and writes the results.
pub(crate) fn check(args: &CheckArgs, messages: &Messages) -> anyhow::Result<Ending> {
    let mut checks = Checks::default();
    let client = args.call.connection.resolve(messages).and_then(|config| Ok(Client::new(config)?));
    match client {
        Ok(client) => cli::block_on(async {
            check_account(&client, args, messages, &mut checks).await;
            Ok(())
        })?,
        Err(error) => checks.fail("configuration", &error),
    }
    checks.finish(messages)
}

/// Tries what the account may see.
async fn check_account(
    client: &Client,
    args: &CheckArgs,
    messages: &Messages,
    checks: &mut Checks,
) {
    let Some(workspaces) = checks.connection(client).await else { return };
    match client.environments().await {
        Ok(all) => {
            let names = list_named(&environment_ids(&all));
            checks.ok("environments", format!("the account sees {names}"));
        }
        Err(error) => checks.limited(
            "environments",
            &error,
            "--all-environments, and names of environments without a workspace",
        ),
    }
    let wanted = selection(&args.selection, &[]);
    let environments = if wanted.environments.is_empty() && !wanted.all_environments {
        environments_of(&workspaces)
    } else {
        match resolve(client, &wanted, messages).await {
            Ok(selected) => selected.into_iter().map(|selected| selected.environment).collect(),
            Err(error) => return checks.fail("environments", &error),
        }
    };
    for environment in &environments {
        check_lists(client, environment, checks).await;
        check_runs(client, environment, checks).await;
        let wanted_by = "--durations, and of task-pause --drain and the list of missed runs";
        checks.executions(client, environment, wanted_by).await;
    }
}

/// Tries the lists of tasks and plans.
async fn check_lists(client: &Client, environment: &Environment, checks: &mut Checks) {
    let filter = ExecutableFilter {
        accept_mismatch: true,
        ..ExecutableFilter::of_environment(&environment.id)
    };
    let name = clip(environment.name.as_deref().unwrap_or(&environment.id));
    for (kind, check) in [(TargetKind::Task, "tasks"), (TargetKind::Plan, "plans")] {
        match client.listed(kind, &filter).await {
            Ok(ExecutableList { executables, mismatch: None }) => {
                checks.ok(check, format!("{} in {name}", executables.len()));
            }
            Ok(ExecutableList { mismatch: Some((total, got)), .. }) => checks.warn(
                check,
                format!("{name}: the API counts {total} and lists {got}"),
                "the list is refused without --accept-total-mismatch: the rest may be what the \
                 account cannot see",
            ),
            Err(error) => checks.limited(
                check,
                &error,
                "names (--names, scopes of a timetable), `tasks`, `plans`, and coverage of task-pause",
            ),
        }
    }
}

/// Tries the list of runs, as the main job reads it.
async fn check_runs(client: &Client, environment: &Environment, checks: &mut Checks) {
    let from = clock::now();
    let search = RunSearch {
        environment_id: environment.id.clone(),
        workspace_ids: Vec::new(),
        from,
        to: from.saturating_add(DAY),
        tags: Vec::new(),
        runtime: None,
        page_size: LARGEST_PAGE,
        accept_mismatch: true,
    };
    let name = clip(environment.name.as_deref().unwrap_or(&environment.id));
    let mut list = client.runs(&search);
    let mut count = 0;
    loop {
        match list.next().await {
            Ok(Some(page)) => count += page.len(),
            Ok(None) => break,
            Err(error) => return checks.fail("runs", &error.into()),
        }
    }
    let found = format!("{count} planned in {name} in the next 24 hours");
    match list.mismatch() {
        Some((total, got)) => checks.warn(
            "runs",
            format!("{found}; the API counts {total} and lists {got}"),
            "the list is refused without --accept-total-mismatch",
        ),
        None if count == 0 => checks.warn(
            "runs",
            found,
            "lists have only what the account may see, and only what has a schedule",
        ),
        None => checks.ok("runs", found),
    }
}
