//! `task-pause`, as a library: its binary is one call.
//!
//! # A call, from top to bottom
//!
//! `args` is what is typed, a word a job; `settings` is what it means. `input` reads selected runs to their end and makes
//! holds of them. `candidates` has `agenda` join these with the open entries of the ledger,
//! and `decide` says what to do with each task or plan: both are pure, and a
//! dry run ends there. `act` does it in batches: it looks at the API and puts
//! the intents on disk; `changes` sends them all and then reads them back, each
//! by `effect`, and `ownership` tells whose pause it is that shows, with `marks`
//! that reads its context. `work` strings
//! this together for one go, `reading` has the input read meanwhile, `first` gives back
//! what is over before that, `ended` gives back what ends meanwhile, `wait` for
//! as long as windows last. A `report` is what became of one task or plan;
//! `output` writes it as a receipt, `journal` keeps that beside the ledger, and `undone` makes the exit code and its
//! sentence of all of them.
//!
//! Beside that way: `place` says where the ledger is, `other_ledger` whose a mark
//! is that is not ours, `status` and `status_table` show the ledger alone, `coverage` compares the
//! input with an environment, `recover` rebuilds a ledger, `drain` waits for
//! runs in flight, `guard` warns of runs that are near, `limit` refuses to
//! pause too much, `clock_check` to give back by a clock that is behind,
//! `environments` bounds what `sync` may act on, `missed`
//! finds the runs that a hold suppressed and makes up for them, `release`
//! remembers which windows a command gave back, `plans` knows which plans a task
//! is part of, `authority` asks a timetable, `names` has it judge by what tasks
//! are called now, `haste` is the time that a short
//! window leaves, `inherit` lets a timetable say of plans what it says of their
//! tasks,
//! `metrics` writes figures, `progress` entertains a terminal.

mod act;
mod agenda;
mod api;
mod args;
mod authority;
mod candidates;
mod changes;
mod clock_check;
mod coverage;
mod decide;
mod drain;
mod effect;
mod ended;
mod environments;
mod first;
mod guard;
mod haste;
mod inherit;
mod input;
mod journal;
mod judging;
mod limit;
mod manual;
mod marks;
mod metrics;
mod missed;
#[cfg(test)]
mod model;
mod names;
mod other_ledger;
mod output;
mod ownership;
mod place;
mod plans;
mod progress;
mod reading;
mod reason;
mod recover;
mod release;
mod report;
mod settings;
mod signals;
mod status;
mod status_table;
mod undone;
mod wait;
mod work;

use std::process::ExitCode;

use anyhow::Context;
use maintenance_core::cli::{self, Ending, Messages};
use maintenance_core::clock;
use maintenance_core::ledger::LedgerState;
use maintenance_core::zone::Zone;

use args::Args;
use metrics::Requests;
use place::Place;
use settings::{Job, Settings};

/// Runs the tool with the process's own arguments and streams.
#[must_use]
pub fn main() -> ExitCode {
    cli::run(run)
}

fn run(args: Args, messages: &Messages) -> anyhow::Result<Ending> {
    let settings = Settings::from(args);
    if let Job::Status { overdue, format, ledgers } = &settings.job {
        let ledgers = place::all(ledgers, messages)?;
        let zone = settings.timezone.as_deref().map(authority::zone).transpose()?;
        let zone = zone.unwrap_or_else(Zone::utc);
        return status::show(&ledgers, *format, *overdue, &zone, messages);
    }
    // `coverage` has no ledger, and nothing that it does asks for the path.
    let is_needed = !settings.job.is_coverage();
    let ledger = if is_needed { place::one(settings.ledger.as_ref())? } else { Place::default() };
    let gives_back_alone = settings.job.is_resume();
    if gives_back_alone && !ledger.must_be_there()? {
        return nothing_to_give_back(&settings, &ledger, messages);
    }
    if settings.dry_run && !gives_back_alone {
        ledger.tell_if_absent(messages);
    }
    // What only reads has no lock to hold, and waits for a pager as any filter.
    let changes = !settings.only_reads() || matches!(settings.job, Job::Recover { yes: true, .. });
    if changes {
        messages.detach().context("cannot start the threads that write")?;
    }
    let config = settings.connection.resolve(messages)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(work::run(&settings, &ledger.path, config, messages))
}

/// Ends a call that only gives back where there is no ledger at the default
/// place: it asks the API nothing, and makes none.
fn nothing_to_give_back(
    settings: &Settings,
    ledger: &Place,
    messages: &Messages,
) -> anyhow::Result<Ending> {
    let nothing = LedgerState::default();
    if let Some(name) = settings.job.window() {
        release::check(&nothing, name, &ledger.path)?;
    }
    messages.note(&ledger.nothing());
    if let Some(file) = settings.metrics_file.as_ref().filter(|_| !settings.dry_run) {
        metrics::write(file, &nothing, &Requests::default(), true, clock::now())?;
    }
    Ok(Ending::DONE)
}
