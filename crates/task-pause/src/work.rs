//! One go: read, decide, act, report.

use std::cell::{Cell, RefCell};
use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::Duration;

use maintenance_core::cli::{Ending, Messages, Refusal, Streams};
use maintenance_core::client::{Client, Config};
use maintenance_core::clock;
use maintenance_core::hold::{Hold, Tense};
use maintenance_core::ledger::{Ledger, LedgerError, LedgerState, OpenHold};
use maintenance_core::receipt::Action;
use maintenance_core::time::UtcTime;
use maintenance_core::timetable::Timetable;
use maintenance_core::zone::Zone;
use tokio::time::Instant;

use crate::act::{Actor, Pass};
use crate::agenda::{Item, Moment};
use crate::api::Api;
use crate::authority;
use crate::decide::Policy;
use crate::effect;
use crate::ended::{self, Passes};
use crate::environments::{self, Environments};
use crate::guard::Guard;
use crate::input::Input;
use crate::journal::Kept;
use crate::limit::Allowance;
use crate::metrics::{self, Requests};
use crate::missed::Recorded;
use crate::names::Names;
use crate::output::Output;
use crate::place;
use crate::progress::Display;
use crate::reading::{self, Reading};
use crate::report::Report;
use crate::settings::{Job, Settings};
use crate::signals::Stop;
use crate::undone::{self, Undone};
use crate::{coverage, drain, first, missed, recover, release, wait};

/// How often a ledger that another call has is tried again.
const TRY_LOCK_EVERY: Duration = Duration::from_millis(50);

/// Everything that one go needs.
pub(crate) struct Work<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) ledger: &'a Path,
    /// The API that the ledger belongs to.
    api: String,
    pub(crate) client: Client,
    pub(crate) stop: Stop,
    pub(crate) display: Display,
    pub(crate) messages: &'a Messages,
    pub(crate) input: Input,
    /// Whose holds this call may act on.
    pub(crate) environments: Environments,
    /// The present names of tasks and plans, as far as this call knows them.
    pub(crate) names: RefCell<Names>,
    pub(crate) timetable: Option<Timetable>,
    requests: Requests,
    /// The receipts of this call, for whoever asks later.
    pub(crate) journal: Kept,
}

/// Runs a mode that asks the API.
pub(crate) async fn run(
    settings: &Settings,
    ledger: &Path,
    mut config: Config,
    messages: &Messages,
) -> anyhow::Result<Ending> {
    let timetable = if settings.timetable.is_empty() {
        None
    } else {
        Some(authority::read(&settings.timetable, settings.timezone.as_deref(), messages)?)
    };
    if settings.job.reads_input() && io::stdin().is_terminal() {
        return Err(Refusal::usage("standard input is a terminal")
            .hint("pipe selected runs into it: runs-fetch … | window-filter … | task-pause")
            .into());
    }
    let requests = Requests::default();
    if settings.metrics_file.is_some() {
        requests.watch(&mut config);
    }
    // At the edge of a window an API that is away is asked again soon.
    config.limits.is_urgent = settings.job.is_wait();
    let api = config.base.to_string();
    let deadline = config.limits.deadline.map(|limit| Instant::now() + limit);
    let client = Client::new(config)?;
    // What only reads ends at a signal, where it stands.
    let only_reads = settings.only_reads();
    let stop = if only_reads {
        Stop::never()
    } else {
        Stop::on_signals(messages.streams().map(Streams::signal), messages)?
    };
    let zone = settings.timezone.as_deref().map(authority::zone).transpose()?;
    let display = Display::new(messages.progress(), zone.unwrap_or_else(Zone::utc));
    let (input, environments) = (Input::default(), Environments::All);
    let mut work = Work {
        settings,
        ledger,
        api,
        client,
        stop,
        display,
        messages,
        input,
        environments,
        names: RefCell::default(),
        timetable,
        requests,
        journal: Kept::new(ledger),
    };
    if !only_reads {
        work.journal.check()?;
    }
    if let Job::Recover { environment, yes } = &settings.job {
        return recover::run(&work, environment, *yes).await;
    }
    let ended = work.job(deadline).await;
    // However a call ended that may have changed something: its receipts are
    // kept, and its figures are written.
    if only_reads { ended } else { work.with_metrics(ended) }
}

/// What came of what follows a pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Followed {
    /// All that was tried worked.
    pub(crate) whole: bool,
    /// Some of it was left to the next pass, since something else was due.
    pub(crate) left: bool,
}

impl Work<'_> {
    /// Does what the call is for, once it is known with what.
    async fn job(&mut self, deadline: Option<Instant>) -> anyhow::Result<Ending> {
        let settings = self.settings;
        let mut given_back = first::NOTHING;
        if settings.job.is_sync() && !settings.dry_run {
            given_back = Box::pin(self.give_back_first()).await?;
        }
        if settings.job.reads_input()
            && let Some(ending) = self.read_input(deadline).await?
        {
            return Ok(ending);
        }
        if settings.job.is_sync() {
            let state = self.read_ledger()?;
            let found = self.resolve(&settings.environment, &state).await;
            if let Some(exit) = self.stop.exit() {
                return Ok(undone::stopped(exit));
            }
            let (environments, names) = found?;
            self.environments = environments;
            self.names = RefCell::new(names);
        }
        if settings.job.is_coverage() {
            coverage::list(&self.client, &self.input).await
        } else if settings.dry_run {
            self.preview().await
        } else if settings.job.is_wait() {
            wait::run(self).await
        } else {
            Box::pin(self.once(given_back)).await
        }
    }

    /// Reads standard input. The ending, where a signal or the deadline ends it.
    async fn read_input(&mut self, deadline: Option<Instant>) -> anyhow::Result<Option<Ending>> {
        self.input = match reading::read(self.settings.require_end, &self.stop, deadline).await? {
            Reading::Done(input) => input,
            Reading::Stopped(exit) => return Ok(Some(undone::stopped(exit))),
            Reading::TooLate => return Ok(Some(undone::too_late())),
        };
        if let Some(end) = &self.input.end {
            self.messages.detail(1, || {
                format!("the list is whole: {} of {} runs selected", end.counted(), end.runs)
            });
        }
        Ok(None)
    }

    /// Finds out which environments this call may act on.
    pub(crate) async fn resolve(
        &self,
        named: &[String],
        state: &LedgerState,
    ) -> anyhow::Result<(Environments, Names)> {
        let apart = (&self.client, self.messages);
        let found = environments::resolve(named, &self.input, state, apart, &self.stop).await;
        found.map(|(environments, known)| (environments, Names::new(&self.input, known)))
    }

    /// Writes the figures of a call that ended so.
    fn with_metrics(&self, ended: anyhow::Result<Ending>) -> anyhow::Result<Ending> {
        let ended = self.with_journal(ended);
        let is_done = ended.as_ref().is_ok_and(Ending::is_done);
        match (ended, self.write_metrics(is_done)) {
            (Ok(_), Err(error)) if is_done => Err(error),
            // What went wrong with the work outranks its figures.
            (ended, Err(error)) => {
                self.messages.warn(&format!("{error:#}"));
                ended
            }
            (ended, Ok(())) => ended,
        }
    }

    /// Does it, once, after what was given back first.
    async fn once(&mut self, first: Followed) -> anyhow::Result<Ending> {
        let mut output = Output::kept_in(self.messages, &self.journal.receipts);
        let mut ledger = match self.open_ledger().await {
            Ok(ledger) => ledger,
            Err(error) => return self.stop.exit().map(undone::stopped).ok_or(error.into()),
        };
        self.accept_clock(&mut ledger)?;
        let moment = self.moment(clock::now());
        self.environments.tell(ledger.state(), moment.now, self.messages);
        let (mut items, mut plans) = self.agenda(ledger.state(), moment).await?;
        let (withheld, trusted) = self.withhold(&mut items, ledger.state());
        self.tell_cancelled(&items, moment);
        self.tell_early(&items, ledger.state(), moment);
        if let Some(name) = self.settings.job.window().filter(|_| trusted) {
            release::record(&mut ledger, name, &items, moment.now)?;
        }
        // Holds that are open, or to come, may yet keep a task from being given
        // back by this call.
        let is_left = |hold: &Hold| hold.tense(moment.now, moment.lead) != Tense::Over;
        self.input
            .wanted
            .retain(|wanted| self.settings.job.is_sync() && wanted.holds.iter().any(is_left));
        let tried = ended::due(&items);
        let guard = self.guard(moment.now);
        // What is given back makes room for what is to be paused.
        let mut early = Pass::default();
        if self.settings.max_tasks.is_some() {
            let due = items.extract_if(.., |item| item.due).collect();
            early = self.actor(&guard).pass(&mut ledger, due, moment.now).await;
        }
        let (allowance, refusal) = match self.allowance(ledger.state(), &items, moment).await {
            Ok(allowance) => (allowance, None),
            // What is to be given back is, all the same; only nothing is paused.
            Err(error) if self.settings.job.gives_back() => {
                (Some(Allowance::nothing()), Some(error))
            }
            Err(error) => return Err(error),
        };
        if refusal.is_some() {
            let state = ledger.state();
            let is_held = |item: &Item| state.open(&item.target).is_some_and(OpenHold::is_settled);
            // With --reassert even what is held may be paused once more.
            items.retain(|item| is_held(item) && !self.settings.reassert);
        }
        let actor = Actor { allowance: allowance.as_ref(), ..self.actor(&guard) };
        let pass = match early.cut_short {
            None => early.and(actor.pass(&mut ledger, items, moment.now).await),
            Some(_) => early,
        };
        let mut passes = Passes::new(pass, tried);
        passes.reports.extend(withheld);
        let planned = self.knows_plans(&plans);
        self.note_plans(&mut plans, &mut passes.reports, ledger.state(), None).await;
        let followed = self.follow_up(&mut ledger, &mut passes.reports, &guard, None).await;
        passes.follow(followed);
        if let Err(error) = self.give_back_ended(&mut ledger, &plans, &guard, &mut passes).await {
            passes.follow(Err(error));
        }
        let drained = self.drain_and_give_back(ledger, &plans, &guard, &mut passes).await;
        let Passes { reports, past, cut_short, followed, .. } = passes;
        self.display.clear();
        let now = clock::now();
        for report in past.iter().chain(&reports) {
            output.report(report, now);
        }
        output.unsupported(&self.input.unsupported, now);
        let late = reports.iter().filter(|report| report.why == Some(effect::LATE)).count();
        if late > 0 {
            let text = "tasks and plans were not paused: their window ended before their turn came";
            self.messages.warn(&format!("{late} {text}"));
        }
        // What went wrong with the work outranks what went wrong with telling.
        if let Some(exit) = self.stop.exit() {
            if let Some(error) = cut_short {
                self.messages.warn(&format!("{error:#}"));
            }
            return Ok(undone::stopped(exit));
        }
        cut_short.map_or(Ok(()), Err)?;
        refusal.map_or(Ok(()), Err)?;
        let (followed, drained) = (followed?, drained?);
        output.finish()?;
        let mut undone = self.undone(&reports);
        undone.also(!planned, undone::NO_PLANS);
        // What was left first was tried again.
        let caught_up = first.whole && followed.whole && !followed.left;
        undone.also(!caught_up, undone::NOT_CAUGHT_UP);
        undone.also(!drained, undone::NOT_DRAINED);
        undone.also(!trusted, undone::NO_CLOCK);
        undone.also(self.environments.some_are_unknown(), undone::NO_ENVIRONMENT);
        Ok(undone.ending())
    }

    /// Decides, and stops there.
    async fn preview(&self) -> anyhow::Result<Ending> {
        let mut output = Output::stdout(true);
        let state = self.read_ledger()?;
        let real = clock::now();
        let now = match self.settings.at {
            Some(at) => {
                let zone = self.settings.timezone.as_deref().map(authority::zone).transpose()?;
                at.resolve(real, &zone.unwrap_or_else(Zone::utc))
                    .map_err(|e| Refusal::usage(e.to_string()))?
            }
            None => real,
        };
        self.environments.tell(&state, now, self.messages);
        let (mut items, mut plans) = self.agenda(&state, self.moment(now)).await?;
        let (withheld, trusted) = self.withhold(&mut items, &state);
        self.tell_cancelled(&items, self.moment(now));
        self.tell_early(&items, &state, self.moment(now));
        let (mut reports, pauses) =
            self.actor(&self.client).preview(&state, &items, now, None).await?;
        self.display.clear();
        self.check_limit(&state, pauses)?;
        reports.extend(withheld);
        let planned = self.knows_plans(&plans);
        self.note_plans(&mut plans, &mut reports, &state, None).await;
        self.guard(now).preview(&mut reports).await;
        for report in &reports {
            output.report(report, now);
        }
        output.unsupported(&self.input.unsupported, now);
        output.finish()?;
        let mut undone = self.undone(&reports);
        undone.also(!planned, undone::NO_PLANS);
        undone.also(!trusted, undone::NO_CLOCK);
        Ok(undone.ending())
    }

    /// What follows a pass: runs that were missed, and made up for, as far as
    /// that is done by `until`.
    pub(crate) async fn follow_up(
        &self,
        ledger: &mut Ledger,
        reports: &mut Vec<Report>,
        guard: &Guard<'_>,
        until: Option<Instant>,
    ) -> anyhow::Result<Followed> {
        guard.warn(reports, clock::now());
        let now = clock::now();
        // By a clock that is behind, a start that is too old seems to be new.
        if self.stop.is_asked() || self.clock_problem(ledger.state()).is_some() {
            missed::note(reports, None, now);
            return Ok(Followed { whole: true, left: false });
        }
        let listed = missed::list(&self.client, reports, now);
        let listed = self.stop.at_most(until, listed).await;
        let mut unlisted: Vec<String> = listed.iter().flat_map(Recorded::unlisted).collect();
        // The next pass lists them anew, to make up for them.
        if listed.is_none() && !missed::are_made_up_for(reports, ledger.state()) {
            unlisted.push("something else was to be done first".to_owned());
        }
        for why in unlisted {
            self.messages.warn(&format!("{}: {why}", missed::NOT_KNOWN));
        }
        missed::note(reports, listed.as_ref(), now);
        missed::catch_up(self, ledger, reports, until).await
    }

    /// With `--drain`: waits until the runs in flight have ended, at most until
    /// something else is to be done; `waited` of the time is spent already. Tells
    /// whether none is left.
    pub(crate) async fn drain(
        &self,
        reports: &mut [Report],
        until: Option<Instant>,
        waited: Duration,
    ) -> bool {
        let Some(limit) = self.settings.drain.filter(|_| !self.stop.is_asked()) else {
            return true;
        };
        let limit = limit.saturating_sub(waited);
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let limit = left.map_or(limit, |left| limit.min(left));
        let unknown = match drain::wait(self, reports, limit, until).await {
            Ok(Some(in_flight)) => return !in_flight,
            Ok(None) => "something else was to be done first".to_owned(),
            Err(error) => error.to_string(),
        };
        self.messages.warn(&format!("whether runs are in flight is not known: {unknown}"));
        false
    }

    /// Reads the ledger without locking it.
    pub(crate) fn read_ledger(&self) -> Result<LedgerState, LedgerError> {
        let state = Ledger::read(self.ledger)?;
        match state.api().filter(|known| *known != self.api) {
            None => Ok(state),
            Some(known) => Err(LedgerError::OtherApi {
                path: self.ledger.to_owned(),
                known: known.to_owned(),
                wanted: self.api.clone(),
            }),
        }
    }

    /// Opens the ledger for writing, and says what was wrong with it. Waits for
    /// another call to leave it, as long as was asked for, or until a signal.
    pub(crate) async fn open_ledger(&self) -> Result<Ledger, LedgerError> {
        let began = Instant::now();
        let is_new = !self.ledger.exists();
        let ledger = loop {
            match Ledger::open(self.ledger, &self.api, clock::now()) {
                Err(LedgerError::Busy { .. })
                    if began.elapsed() < self.settings.lock_timeout && !self.stop.is_asked() =>
                {
                    let left = self.settings.lock_timeout.saturating_sub(began.elapsed());
                    self.stop.sleep(TRY_LOCK_EVERY.min(left)).await;
                }
                opened => break opened?,
            }
        };
        place::tell_opened(&ledger, self.ledger, self.messages);
        if is_new {
            self.tell_new_ledger();
        }
        Ok(ledger)
    }

    pub(crate) fn moment(&self, now: UtcTime) -> Moment {
        Moment { now, lead: self.settings.lead, reassert: self.settings.reassert }
    }

    pub(crate) fn concurrency(&self) -> usize {
        usize::from(self.settings.connection.concurrency)
    }

    /// What looks for planned runs that are too near to a change of a pass that
    /// began then.
    pub(crate) fn guard(&self, began: UtcTime) -> Guard<'_> {
        Guard::new(&self.client, self.settings.guard, began, self.settings.dry_run, self.messages)
    }

    pub(crate) fn actor<'a, A: Api>(&'a self, api: &'a A) -> Actor<'a, A> {
        let settings = self.settings;
        let verify = !settings.no_verify;
        Actor {
            api,
            stop: &self.stop,
            display: &self.display,
            policy: Policy { lead: settings.lead, reassert: settings.reassert, verify },
            effects: effect::Verification {
                verify,
                patience: settings.verify_timeout,
                until: None,
            },
            concurrency: self.concurrency(),
            reason: &settings.reason,
            catch_up: settings.catch_up,
            stays: settings.job.is_wait(),
            gives_back: settings.job.gives_back(),
            allowance: None,
            answered: Cell::new(false),
            unreached: RefCell::default(),
            clock: clock::now,
        }
    }

    fn write_metrics(&self, success: bool) -> anyhow::Result<()> {
        let Some(path) = &self.settings.metrics_file else { return Ok(()) };
        let state = Ledger::read(self.ledger)?;
        metrics::write(path, &state, &self.requests, success, clock::now())
    }

    /// What the receipts leave undone.
    fn undone(&self, reports: &[Report]) -> Undone {
        let mut undone = Undone::new(self.input.unsupported.len());
        for report in reports {
            undone.report(report, self.is_partial(report));
        }
        undone
    }

    /// Whether a report leaves something undone.
    pub(crate) fn is_partial(&self, report: &Report) -> bool {
        match report.action {
            // It was just sent, and nobody wanted to see it.
            Action::Accepted if report.why.is_none() => !self.settings.no_verify,
            action => action.is_partial(),
        }
    }
}
