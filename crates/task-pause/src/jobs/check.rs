//! `check`: tries everything that a pass needs, and changes nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::cli::{
    self, Checks, Ending, Messages, Refusal, counted, environments_of, named_again,
};
use maintenance_core::client::{Client, ClientError, Environment, ExecutableFilter, Workspace};
use maintenance_core::clock;
use maintenance_core::ledger::{Journal, Ledger, LedgerState, probe};
use maintenance_core::short_name::{clip, clip_path};
use maintenance_core::time::UtcTime;

use crate::ledger_path;
use crate::output::short_length;
use crate::settings::Settings;
use crate::talend::environments;

/// The difference between this clock and the API's from which on it is reported.
const CLOCK_DIFFERENCE: Duration = Duration::from_secs(5 * 60);

/// Tries the ledger, the connection and the permissions, and writes the results.
pub(crate) fn check(settings: &Settings, messages: &Messages) -> anyhow::Result<Ending> {
    let mut checks = Checks::default();
    let read = check_ledger(settings, &mut checks);
    let read = read.inspect_err(|error| checks.fail("ledger", error));
    let state = read.ok().flatten().unwrap_or_default();
    let config = settings.connection.resolve(messages).inspect(|config| {
        let api = config.base.to_string();
        if let Some(other) = state.api().filter(|known| *known != api) {
            let text = format!("the ledger is about {other}, and the connection about {api}");
            let refusal = Refusal::config(text)
                .hint("name another ledger with --ledger, or the region of this one");
            checks.fail("ledger", &refusal.into());
        }
    });
    match config.and_then(|config| Ok(Client::new(config)?)) {
        Ok(client) => cli::block_on(async {
            check_account(&client, settings, &state, &mut checks).await;
            Ok(())
        })?,
        Err(error) => checks.fail("configuration", &error),
    }
    checks.finish(messages)
}

/// Tries the ledger, its lock and its journal. Returns what it holds, if there is one.
fn check_ledger(settings: &Settings, checks: &mut Checks) -> anyhow::Result<Option<LedgerState>> {
    let ledger = ledger_path::one(settings.ledger.ledger.as_ref())?;
    let path = clip_path(&ledger.path);
    let is_there = ledger.must_be_there()?;
    match probe(&ledger.path)? {
        None => checks.ok("lock", "no other call uses the ledger"),
        Some(holder) => checks.warn(
            "lock",
            format!("the ledger is used by {holder}"),
            "a pass ends with 75 meanwhile, or waits as long as --lock-timeout says",
        ),
    }
    if let Err(error) = Journal::new(&ledger.path).check() {
        checks.fail("journal", &error.into());
    }
    if !is_there {
        let others = ledger.others();
        checks.ok("ledger", format!("nothing is held: the first pass begins {path}{others}"));
        return Ok(None);
    }
    let state = Ledger::read(&ledger.path)?;
    check_holds(&state, &path, clock::now(), checks);
    Ok(Some(state))
}

/// Reports what is held and what is overdue.
fn check_holds(state: &LedgerState, path: &str, now: UtcTime, checks: &mut Checks) {
    let held = state.all_active().count();
    checks.ok("ledger", format!("{path} can be read and written; held: {held}"));
    let late: Vec<Duration> =
        state.all_active().filter_map(|active| active.overdue_by(now)).collect();
    if let Some(longest) = late.iter().max() {
        let text =
            format!("{} are past their end, by up to {}", late.len(), short_length(*longest));
        checks.warn("holds", text, "`task-pause resume` gives them back, and so does a sync");
    }
    if let Some(behind) = state.clock_is_behind(now) {
        checks.warn(
            "clock",
            format!("this clock is {} behind the ledger", short_length(behind)),
            "nothing is given back while the clock is behind: set it, or see --accept-clock",
        );
    }
}

/// Tries the connection, the token, and what the account may see.
async fn check_account(
    client: &Client,
    settings: &Settings,
    state: &LedgerState,
    checks: &mut Checks,
) {
    let Some(workspaces) = checks.connection(client).await else { return };
    let seen = environments_of(&workspaces);
    let mut chosen: Vec<Environment> = Vec::new();
    let mut found: Vec<(&str, String)> = Vec::new();
    let names: BTreeSet<&String> = settings.environment.iter().collect();
    for named in names {
        match environments::pick(named, seen.clone()) {
            Ok(environment) => {
                found.push((named, environment.id.clone()));
                // An ID and a name may mean the same one.
                if chosen.iter().all(|other| other.id != environment.id) {
                    chosen.push(environment);
                }
            }
            Err(error) => checks.fail("environments", &error.into()),
        }
    }
    for text in named_again("environment", found.iter().map(|(name, id)| (*name, &**id))) {
        checks.warn("environments", text, "");
    }
    if settings.environment.is_empty() {
        chosen = seen;
    }
    for environment in &chosen {
        let is_within = |workspace: &&Workspace| {
            workspace.environment.as_ref().is_some_and(|of| of.id == environment.id)
        };
        let count = workspaces.iter().filter(is_within).count();
        let name = clip(environment.name.as_deref().unwrap_or(&environment.id));
        let count = counted(count, "workspace", "workspaces");
        checks.ok("environments", format!("{name}, with {count}"));
        check_pause(client, environment, state, checks).await;
        let wanted_by = "--drain, and the list of missed runs, of which the planned ones stand in";
        checks.executions(client, environment, wanted_by).await;
    }
}

/// Looks at one task of the environment, as a pass does before each change.
async fn check_pause(
    client: &Client,
    environment: &Environment,
    state: &LedgerState,
    checks: &mut Checks,
) {
    let name = clip(environment.name.as_deref().unwrap_or(&environment.id));
    let held = state.all_active().map(|active| &active.target);
    let mut of_environment = held.filter(|target| *target.environment_id == *environment.id);
    let target = match of_environment.next() {
        Some(held) => held.clone(),
        None => match first_task(client, environment).await {
            Ok(Some(target)) => target,
            Ok(None) => {
                let hint = "lists have only what the account may see: READ on its workspace";
                return checks.warn("tasks", format!("the account sees no task in {name}"), hint);
            }
            Err(error) => {
                let wanted_by = "coverage, recover, and names that a timetable needs";
                return checks.limited("tasks", &error, wanted_by);
            }
        },
    };
    match client.pause_state(&target).await {
        Ok((pause, _)) => {
            checks.ok(
                "pauses",
                format!(
                    "whether a task of {name} is paused can be seen; whether it may be paused \
                     shows only when it is (TMC_OPERATOR, and AUTHOR on the workspace)"
                ),
            );
            check_clock(pause.shown_at, checks);
        }
        Err(error) if error.is_not_found() && state.active(&target).is_some() => {
            checks.warn("pauses", format!("{target} is held and no longer exists"), "");
        }
        Err(error) => checks.fail("pauses", &error.into()),
    }
}

/// Compares this clock with the one of the API's answer.
fn check_clock(shown_at: Option<UtcTime>, checks: &mut Checks) {
    let (now, Some(theirs)) = (clock::now(), shown_at) else { return };
    let difference = now.since(theirs).max(theirs.since(now));
    if difference > CLOCK_DIFFERENCE {
        checks.warn(
            "clock",
            format!("this clock and the API's differ by {}", short_length(difference)),
            "windows open and end by this computer's clock: set it",
        );
    }
}

/// The first task that the API lists in the environment.
async fn first_task(
    client: &Client,
    environment: &Environment,
) -> Result<Option<Target>, ClientError> {
    let filter = ExecutableFilter {
        accept_mismatch: true,
        ..ExecutableFilter::of_environment(&environment.id)
    };
    let tasks = client.listed(TargetKind::Task, &filter).await?.executables;
    Ok(tasks.into_iter().next().map(|task| Target {
        environment_id: environment.id.as_str().into(),
        kind: TargetKind::Task,
        id: task.id.into(),
    }))
}
