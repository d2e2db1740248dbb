//! Makes the settings of the typed flags, one function for each job.

use std::time::Duration;

use maintenance_core::cli::{ConnectionArgs, PickArgs};

use super::groups::{
    CatchUp, ChangeArgs, DryRunArgs, FormatArg, GiveBackArgs, InputArgs, LedgerArgs, PauseArgs,
    ZoneArgs,
};
use super::{
    Args, CheckArgs, CoverageArgs, HistoryArgs, HistoryFormatArg, OnceArgs, RecoverArgs,
    ResumeArgs, StatusArgs, SyncArgs, WaitArgs, Word,
};
use crate::decide::candidates::ResumeSelection;
use crate::reason::Reason;
use crate::settings::{HistoryFormat, Job, Settings};
use crate::timing::SYNC_LOCK_TIMEOUT;
use crate::types::RecordFormat;

impl From<Args> for Settings {
    fn from(args: Args) -> Self {
        match args.word {
            None => args.once.into(),
            Some(Word::Wait(args)) => args.into(),
            Some(Word::Sync(args)) => args.into(),
            Some(Word::Resume(args)) => args.into(),
            Some(Word::Status(args)) => args.into(),
            Some(Word::History(args)) => args.into(),
            Some(Word::Coverage(args)) => args.into(),
            Some(Word::Recover(args)) => args.into(),
            Some(Word::Check(args)) => args.into(),
        }
    }
}

impl From<OnceArgs> for Settings {
    fn from(args: OnceArgs) -> Self {
        let mut settings = default_settings(Job::Once);
        args.input.apply(&mut settings);
        args.pausing.apply(&mut settings);
        args.change.apply(&mut settings);
        args.dry_run.apply(&mut settings);
        args.zone.apply(&mut settings);
        args.ledger.apply(&mut settings);
        Self { connection: args.connection, ..settings }
    }
}

impl From<WaitArgs> for Settings {
    fn from(args: WaitArgs) -> Self {
        let mut settings = default_settings(Job::Wait { resume: args.resume });
        GiveBackArgs { catch_up: args.catch_up }.apply(&mut settings);
        args.input.apply(&mut settings);
        args.pausing.apply(&mut settings);
        args.change.apply(&mut settings);
        args.zone.apply(&mut settings);
        args.ledger.apply(&mut settings);
        Self { connection: args.connection, ..settings }
    }
}

impl From<SyncArgs> for Settings {
    fn from(args: SyncArgs) -> Self {
        let mut settings = Self { lock_timeout: SYNC_LOCK_TIMEOUT, ..default_settings(Job::Sync) };
        args.input.apply(&mut settings);
        args.pausing.apply(&mut settings);
        args.giving_back.apply(&mut settings);
        args.change.apply(&mut settings);
        args.dry_run.apply(&mut settings);
        args.zone.apply(&mut settings);
        args.ledger.apply(&mut settings);
        Self {
            environment: args.environment,
            timetable: args.timetable,
            pick: args.pick,
            before: args.before,
            after: args.after,
            allow_empty: args.allow_empty,
            every: args.every,
            connection: args.connection,
            ..settings
        }
    }
}

impl From<ResumeArgs> for Settings {
    fn from(args: ResumeArgs) -> Self {
        let which = match args.window {
            Some(name) => ResumeSelection::Window(name),
            None if args.all => ResumeSelection::All,
            None => ResumeSelection::Ended,
        };
        let mut settings = default_settings(Job::Resume(which));
        args.giving_back.apply(&mut settings);
        args.change.apply(&mut settings);
        args.dry_run.apply(&mut settings);
        args.zone.apply(&mut settings);
        args.ledger.apply(&mut settings);
        Self { connection: args.connection, ..settings }
    }
}

impl From<StatusArgs> for Settings {
    fn from(args: StatusArgs) -> Self {
        let format = args.format.into();
        let StatusArgs { overdue, ledger: ledgers, .. } = args;
        let mut settings = default_settings(Job::Status { overdue, format, ledgers });
        settings.metrics_file = args.metrics_file;
        settings.environment = args.environment;
        args.zone.apply(&mut settings);
        settings
    }
}

impl From<HistoryArgs> for Settings {
    fn from(args: HistoryArgs) -> Self {
        let HistoryArgs { from, to, format, journal: journals, ledger, zone, .. } = args;
        let format = match format {
            HistoryFormatArg::Jsonl => HistoryFormat::Jsonl,
            HistoryFormatArg::Table => HistoryFormat::Table,
            HistoryFormatArg::Csv => HistoryFormat::Csv,
        };
        let mut settings = default_settings(Job::History { from, to, format, journals });
        zone.apply(&mut settings);
        Self { ledger, ..settings }
    }
}

impl From<CoverageArgs> for Settings {
    fn from(args: CoverageArgs) -> Self {
        let mut settings = default_settings(Job::Coverage);
        args.input.apply(&mut settings);
        Self { connection: args.connection, ..settings }
    }
}

impl From<RecoverArgs> for Settings {
    fn from(args: RecoverArgs) -> Self {
        let RecoverArgs { environment, yes, .. } = args;
        let mut settings = default_settings(Job::Recover { environment, yes });
        args.ledger.apply(&mut settings);
        Self { connection: args.connection, ..settings }
    }
}

impl From<CheckArgs> for Settings {
    fn from(args: CheckArgs) -> Self {
        let CheckArgs { environment, ledger, connection, .. } = args;
        Self { environment, ledger, connection, ..default_settings(Job::Check) }
    }
}

/// The settings of a job that has no flags.
fn default_settings(job: Job) -> Settings {
    Settings {
        job,
        require_end: false,
        environment: Vec::new(),
        timetable: Vec::new(),
        pick: PickArgs::default(),
        before: Duration::ZERO,
        after: Duration::ZERO,
        allow_empty: false,
        every: Duration::ZERO,
        lead: Duration::ZERO,
        reason: Reason::default(),
        max_tasks: None,
        drain: None,
        with_plans: false,
        reassert: false,
        catch_up: false,
        guard: Duration::ZERO,
        no_verify: false,
        verify_timeout: Duration::ZERO,
        accept_clock: false,
        format: RecordFormat::Jsonl,
        metrics_file: None,
        dry_run: false,
        at: None,
        timezone: None,
        ledger: None,
        lock_timeout: Duration::ZERO,
        connection: ConnectionArgs::default(),
    }
}

impl From<FormatArg> for RecordFormat {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Jsonl => Self::Jsonl,
            FormatArg::Table => Self::Table,
        }
    }
}

impl InputArgs {
    fn apply(self, settings: &mut Settings) {
        settings.require_end = self.require_end;
    }
}

impl PauseArgs {
    fn apply(self, settings: &mut Settings) {
        settings.lead = self.lead;
        settings.reason = self.reason;
        settings.max_tasks = self.max_tasks;
        settings.drain = self.drain;
        settings.with_plans = self.with_plans;
        settings.reassert = self.reassert;
    }
}

impl GiveBackArgs {
    fn apply(self, settings: &mut Settings) {
        settings.catch_up = self.catch_up == CatchUp::Once;
    }
}

impl ChangeArgs {
    fn apply(self, settings: &mut Settings) {
        settings.guard = self.guard;
        settings.no_verify = self.no_verify;
        settings.verify_timeout = self.verify_timeout;
        settings.accept_clock = self.accept_clock;
        settings.format = self.format.into();
        settings.metrics_file = self.metrics_file;
    }
}

impl DryRunArgs {
    fn apply(self, settings: &mut Settings) {
        settings.dry_run = self.dry_run;
        settings.at = self.at;
    }
}

impl ZoneArgs {
    fn apply(self, settings: &mut Settings) {
        settings.timezone = self.timezone;
    }
}

impl LedgerArgs {
    fn apply(self, settings: &mut Settings) {
        settings.ledger = self.ledger;
        if let Some(lock_timeout) = self.lock_timeout {
            settings.lock_timeout = lock_timeout;
        }
    }
}
