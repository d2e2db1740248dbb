//! One go: read, decide, act, report.

use std::io;
use std::path::Path;

use maintenance_core::cli::{Messages, Refusal};
use maintenance_core::client::{Client, Config};
use maintenance_core::clock;
use maintenance_core::exit::Exit;
use maintenance_core::hold::Tense;
use maintenance_core::ledger::{Ledger, LedgerError, State};
use maintenance_core::receipt::Action;
use maintenance_core::time::UtcTime;
use maintenance_core::zone::Zone;

use crate::act::{Actor, Pass, Report};
use crate::agenda::{self, Item, Moment, Which};
use crate::args::{Args, CatchUp};
use crate::decide::Policy;
use crate::effect::Settings;
use crate::input::{self, Input};
use crate::output::Output;
use crate::signals::Stop;

/// Everything that one go needs.
pub(crate) struct Work<'a> {
    pub(crate) args: &'a Args,
    pub(crate) ledger: &'a Path,
    /// The API that the ledger belongs to.
    pub(crate) api: String,
    pub(crate) client: Client,
    pub(crate) stop: Stop,
    pub(crate) messages: &'a Messages,
    pub(crate) input: Input,
}

/// Runs a mode that asks the API.
pub(crate) async fn run(
    args: &Args,
    ledger: &Path,
    config: Config,
    messages: &Messages,
) -> anyhow::Result<Exit> {
    let reads_input = !args.resume || args.wait;
    let input = if reads_input {
        input::read(io::stdin().lock(), args.require_end)?
    } else {
        Input::default()
    };
    let api = config.base.to_string();
    let client = Client::new(config)?;
    let stop = Stop::on_signals()?;
    let work = Work { args, ledger, api, client, stop, messages, input };
    if args.dry_run { work.preview().await } else { work.once().await }
}

impl Work<'_> {
    /// Does it, once.
    async fn once(&self) -> anyhow::Result<Exit> {
        let mut output = Output::stdout(false);
        let mut ledger = self.open_ledger()?;
        let now = clock::now();
        let items = self.agenda(ledger.state(), now);
        self.refuse_too_many(ledger.state(), &items, now).await?;
        let Pass { reports, cut_short } = self.actor().pass(&mut ledger, items).await;
        let exit = self.exit(&reports);
        let now = clock::now();
        for report in &reports {
            output.report(report, now);
        }
        output.unsupported(&self.input.unsupported, now);
        // What went wrong with the work outranks what went wrong with telling.
        if let Some(exit) = self.stop.exit() {
            return Ok(exit);
        }
        cut_short.map_or(Ok(()), Err)?;
        output.finish()?;
        Ok(exit)
    }

    /// Decides, and stops there.
    async fn preview(&self) -> anyhow::Result<Exit> {
        let mut output = Output::stdout(true);
        let state = Ledger::read(self.ledger)?;
        if let Some(known) = state.api().filter(|known| *known != self.api) {
            return Err(LedgerError::OtherApi {
                path: self.ledger.to_owned(),
                known: known.to_owned(),
                wanted: self.api.clone(),
            }
            .into());
        }
        let real = clock::now();
        let now = match self.args.at {
            Some(at) => {
                at.resolve(real, &Zone::utc()).map_err(|e| Refusal::usage(e.to_string()))?
            }
            None => real,
        };
        let items = self.agenda(&state, now);
        let (reports, pauses) = self.actor().preview(&state, &items, now).await?;
        self.check_limit(pauses)?;
        for report in &reports {
            output.report(report, now);
        }
        output.unsupported(&self.input.unsupported, now);
        output.finish()?;
        Ok(self.exit(&reports))
    }

    /// Opens the ledger for writing, and says what was wrong with it.
    pub(crate) fn open_ledger(&self) -> Result<Ledger, LedgerError> {
        let now = clock::now();
        let ledger = Ledger::open(self.ledger, &self.api, now, self.args.lock_timeout)?;
        if ledger.was_mended() {
            let path = self.ledger.display();
            self.messages.warn(&format!("{path}: a torn last line was cut off"));
        }
        Ok(ledger)
    }

    fn agenda(&self, state: &State, now: UtcTime) -> Vec<Item> {
        let args = self.args;
        let moment = Moment { now, lead: args.lead, reassert: args.reassert };
        if args.sync {
            agenda::syncing(&self.input.wanted, state, None, moment)
        } else if args.resume {
            let which = match &args.window {
                Some(name) => Which::Window(name.clone()),
                None if args.all => Which::All,
                None => Which::Ended,
            };
            agenda::giving_back(state, &which, moment)
        } else {
            agenda::pausing(&self.input.wanted, state, moment)
        }
    }

    fn actor(&self) -> Actor<'_, Client> {
        let args = self.args;
        let verify = !args.no_verify;
        Actor {
            api: &self.client,
            stop: &self.stop,
            policy: Policy { lead: args.lead, reassert: args.reassert, verify },
            effects: Settings { verify, patience: args.verify_timeout },
            concurrency: usize::from(args.connection.concurrency),
            reason: &args.reason,
            catch_up: args.catch_up == CatchUp::Once,
            clock: clock::now,
        }
    }

    /// With `--max-tasks`: refuses before anything is paused. What may be too
    /// many is looked at, since what others paused does not count.
    async fn refuse_too_many(
        &self,
        state: &State,
        items: &[Item],
        now: UtcTime,
    ) -> anyhow::Result<()> {
        let Some(limit) = self.args.max_tasks else { return Ok(()) };
        let may_be_paused = |item: &&Item| {
            state.open(&item.target).is_none()
                && item.hold.tense(now, self.args.lead) == Tense::Open
        };
        if items.iter().filter(may_be_paused).count() > limit {
            let (_, pauses) = self.actor().preview(state, items, now).await?;
            self.check_limit(pauses)?;
        }
        Ok(())
    }

    fn check_limit(&self, pauses: usize) -> Result<(), Refusal> {
        match self.args.max_tasks {
            Some(limit) if pauses > limit => Err(Refusal::config(format!(
                "{pauses} tasks and plans are to be paused, more than --max-tasks {limit}: none was"
            ))
            .hint("if that many are meant, raise --max-tasks")),
            _ => Ok(()),
        }
    }

    /// The exit code that the receipts come to. Where nothing at all worked
    /// for one and the same reason, it is that reason's.
    fn exit(&self, reports: &[Report]) -> Exit {
        let is_partial = |report: &&Report| match report.action {
            // Nobody wanted to see it.
            Action::Accepted => !self.args.no_verify,
            action => action.is_partial(),
        };
        let mut exit = if self.input.unsupported.is_empty() { Exit::Done } else { Exit::Partial };
        let partial = reports.iter().filter(is_partial).count();
        if partial > 0 {
            exit = Exit::Partial;
            let first = reports.iter().find_map(|report| report.exit);
            if partial == reports.len()
                && let Some(reason @ (Exit::Refused | Exit::Unavailable)) = first
                && reports.iter().all(|report| report.exit == Some(reason))
            {
                exit = reason;
            }
        }
        exit
    }
}
