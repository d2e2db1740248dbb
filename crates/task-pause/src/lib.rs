//! `task-pause`, as a library: its binary is one call.
//!
//! # The way of a call
//!
//! ```text
//! args -> settings -> session -> jobs -> gather -> decide -> apply -> after -> output
//! ```
//!
//! A typed command line ([`args`]) becomes [`settings`]: the job, as an enum, and
//! the groups of flags that it has. [`session`] has what every step needs: client,
//! messages, progress, signals. [`jobs`] has a file for each job. Jobs that change
//! something make passes, and `jobs/pass.rs` alone strings the steps of a pass
//! together:
//!
//! 1. [`gather`] joins the holds of standard input ([`input`]) with the active holds
//!    of the ledger, by the timetable and with plans: the candidates.
//! 2. [`decide`] makes the change set. It is pure: its input is the state of the
//!    ledger, the looks at the API and a time.
//! 3. [`apply`] looks at the API, has the change set decided, writes the intents
//!    to the ledger and syncs it, sends the changes and reads them back. A dry
//!    run prints the change set instead.
//! 4. [`after`] lists missed runs, makes up for them, and waits for runs in
//!    flight.
//! 5. [`output`] writes receipts, journal and metrics; `jobs/ending.rs` makes the
//!    exit code and its sentence of a pass's outcome.
//!
//! # The modules, and the arrows between them
//!
//! A module uses only those below it.
//!
//! | module | contents |
//! |---|---|
//! | [`args`], `manual` | the command line and its manual |
//! | [`jobs`] | once (main job, `sync`, `resume`), dry run, wait, recover, coverage, status, history, check; pass; ending |
//! | [`after`] | plan warnings, missed runs, catch-up, drain |
//! | [`apply`] | looks, also ahead of an edge and by lists; intents, sending, verifying, outages, limit check |
//! | [`gather`] | candidates by the timetable, present names, notices |
//! | [`talend`] | the calls of the API that this tool makes |
//! | [`session`], [`settings`], `ledger_path` | the call |
//! | [`decide`] | decision, ownership, candidates, timetable and plan windows, task limit, change set |
//! | [`input`] | standard input, read to holds |
//! | [`output`], [`signals`], `deadline` | receipts, journal, metrics, progress; signals; deadlines |
//! | [`args::groups`] | the flags that belong together or that several jobs share |
//! | [`types`], [`timing`], [`reason`] | the values that cross these borders; every limit of time |
//!
//! # Where is it decided …
//!
//! | question | file |
//! |---|---|
//! | whose pause the API shows | `decide/ownership.rs`, with its tables |
//! | what to do with a task | `decide/decision.rs`, with its tables |
//! | that a pause of a person stays (receipt `foreign`, or `kept` at the end of a hold) | `decide/decision.rs`, `decide` and `decide_active`; after a request of ours: `apply/verify.rs`; later in the hold: `LedgerState::given_up` |
//! | until when a task is held | `decide/candidates.rs` |
//! | what becomes of a hold whose window was deleted or moved | with `sync --timetable` it is given back, or moved: `decide/candidates.rs`, `add_active`; without a timetable, and in all other jobs, it stays to its recorded end |
//! | when a deleted window is not believed, so that the hold stays | `decide/doubtful_timetable.rs`; `gather/candidates.rs`, `check_not_empty`; other doubts: `gather/by_timetable.rs` |
//! | which limit bounds a look, or any request, that hangs | the table in `timing.rs` |
//! | every other limit of time | `timing.rs` |
//! | when `wait` looks ahead of a window | `jobs/wait/look_ahead.rs` |
//! | until when `sync --every` waits | `jobs/wait/next_pass.rs` |
//! | when a look is old, or not enough | `apply/known_looks.rs`; `decide/change_set.rs`, `is_enough` |
//! | whether a list shows pauses | `talend/pause_lists.rs` |
//! | the exit code of a pass | `jobs/ending.rs` |
//! | the exit code of an error | `impl Explain` for its type: in core, `client/explain.rs`, `ledger/error.rs`, … |
//! | what a new exit code needs | `CONTRIBUTING.md`, *An exit code* |
//! | the exit code where output was lost | `maintenance_core::cli`, `finish.rs` |

#![cfg_attr(test, allow(clippy::too_many_lines, reason = "a table is one function"))]
#![allow(
    rustdoc::private_intra_doc_links,
    reason = "the page is for those who change the crate: --document-private-items has the links"
)]

mod after;
mod apply;
mod args;
mod deadline;
mod decide;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod gather;
mod input;
mod jobs;
mod ledger_path;
mod manual;
mod output;
mod reason;
mod session;
mod settings;
mod signals;
#[cfg(test)]
mod simulation;
mod talend;
mod timing;
mod types;

use std::process::ExitCode;

use anyhow::Context;
use maintenance_core::cli::{self, Ending, Messages};
use maintenance_core::ledger::LedgerState;

use args::Args;
use deadline::Deadline;
use decide::candidates::ResumeSelection;
use decide::window_name;
use ledger_path::LedgerPath;
use output::Metrics;
use session::Session;
use settings::{Job, Settings};

/// Runs the tool with the process's own arguments and streams. `build` says of which
/// commit it is.
#[must_use]
pub fn main(build: &'static str) -> ExitCode {
    cli::run(build, run)
}

fn run(args: Args, messages: &Messages) -> anyhow::Result<Ending> {
    let settings = Settings::from(args);
    if !settings.changes_something() {
        cli::report_signal(messages, |by| vec![format!("{by}: nothing was changed")])
            .context("cannot listen to signals")?;
    }
    if let Job::Status { overdue, format, ledgers } = &settings.job {
        let ledgers = ledger_path::all(ledgers, messages)?;
        let zone = session::zone(&settings)?;
        let shown = jobs::show_status(&ledgers, *format, *overdue, &zone, messages);
        return jobs::write_status_metrics(&settings, &ledgers, shown, messages);
    }
    if let Job::History { from, to, format, journals } = &settings.job {
        let ledger = ledger_path::one(settings.ledger.ledger.as_ref())?;
        let zone = session::zone(&settings)?;
        let period = jobs::HistoryPeriod::new(*from, *to, &zone)?;
        let journals = jobs::read_journals(&ledger, journals, messages)?;
        return jobs::show_history(journals, period, *format, &zone, messages);
    }
    if matches!(settings.job, Job::Check) {
        return jobs::check(&settings, messages);
    }
    // `coverage` uses no ledger.
    let ledger = if matches!(settings.job, Job::Coverage) {
        LedgerPath::default()
    } else {
        ledger_path::one(settings.ledger.ledger.as_ref())?
    };
    let gives_back_alone = matches!(settings.job, Job::Resume(_));
    if gives_back_alone && !ledger.must_be_there()? {
        return nothing_to_give_back(&settings, &ledger, messages);
    }
    if settings.dry_run.dry_run && !gives_back_alone {
        ledger.note_if_absent(messages);
    }
    // A job that only reads has no lock, and may wait for a pager.
    if settings.changes_something() {
        messages.detach().context("cannot start the threads that write")?;
    }
    jobs::check_input(&settings.job)?;
    let config = settings.connection.resolve(messages)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(async {
        let deadline = config.limits.deadline.map_or(Deadline::NEVER, Deadline::after);
        let session = Session::new(&settings, &ledger.path, config, messages)?;
        jobs::run(&session, deadline).await
    })
}

/// Ends `resume` without a ledger at the default path: no request, no new ledger.
fn nothing_to_give_back(
    settings: &Settings,
    ledger: &LedgerPath,
    messages: &Messages,
) -> anyhow::Result<Ending> {
    let nothing = LedgerState::default();
    if let Job::Resume(ResumeSelection::Window(name)) = &settings.job {
        window_name::check(&nothing, name, &ledger.path)?;
    }
    messages.note(&ledger.nothing());
    if let Some(file) = settings.change.metrics_file.as_ref().filter(|_| !settings.dry_run.dry_run)
    {
        Metrics::without_requests(Vec::new(), &settings.environment, true).write(file, messages)?;
    }
    Ok(Ending::DONE)
}
