//! Makes the settings of the typed flags: each job has those of its own flags.

use super::groups::{ChangeArgs, GiveBackArgs, LedgerArgs};
use super::{
    Args, CheckArgs, CoverageArgs, HistoryArgs, OnceArgs, PassArgs, RecoverArgs, ResumeArgs,
    StatusArgs, SyncArgs, WaitArgs, Word,
};
use crate::decide::candidates::ResumeSelection;
use crate::settings::{Job, Settings};

impl From<Args> for Settings {
    fn from(Args { word, once, .. }: Args) -> Self {
        match word {
            None => once.into(),
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

impl From<PassArgs> for Settings {
    fn from(PassArgs { zone, ledger, connection, .. }: PassArgs) -> Self {
        Self { zone, ledger, connection, ..Self::default() }
    }
}

impl From<OnceArgs> for Settings {
    fn from(args: OnceArgs) -> Self {
        Self {
            job: Job::Once,
            input: args.input,
            pausing: args.pausing,
            change: args.change,
            dry_run: args.dry_run,
            ..Self::from(args.pass)
        }
    }
}

impl From<WaitArgs> for Settings {
    fn from(args: WaitArgs) -> Self {
        Self {
            job: Job::Wait { resume: args.resume },
            input: args.input,
            pausing: args.pausing,
            giving_back: GiveBackArgs { catch_up: args.catch_up },
            change: args.change,
            ..Self::from(args.pass)
        }
    }
}

impl From<SyncArgs> for Settings {
    fn from(args: SyncArgs) -> Self {
        Self {
            job: Job::Sync,
            environment: args.environment,
            timetable: args.timetable,
            every: args.every,
            input: args.input,
            pausing: args.pausing,
            giving_back: args.giving_back,
            change: args.change,
            dry_run: args.dry_run,
            ..Self::from(args.pass)
        }
    }
}

impl From<ResumeArgs> for Settings {
    fn from(args: ResumeArgs) -> Self {
        Self {
            job: Job::Resume(match args.window {
                Some(name) => ResumeSelection::Window(name),
                None if args.all => ResumeSelection::All,
                None => ResumeSelection::Ended,
            }),
            giving_back: args.giving_back,
            change: args.change,
            dry_run: args.dry_run,
            ..Self::from(args.pass)
        }
    }
}

impl From<StatusArgs> for Settings {
    fn from(args: StatusArgs) -> Self {
        Self {
            job: Job::Status { overdue: args.overdue, format: args.format, ledgers: args.ledger },
            environment: args.environment,
            change: ChangeArgs { metrics_file: args.metrics_file, ..ChangeArgs::default() },
            zone: args.zone,
            ..Self::default()
        }
    }
}

impl From<HistoryArgs> for Settings {
    fn from(args: HistoryArgs) -> Self {
        Self {
            job: Job::History {
                from: args.from,
                to: args.to,
                format: args.format,
                journals: args.journal,
            },
            zone: args.zone,
            ledger: LedgerArgs { ledger: args.ledger, ..LedgerArgs::default() },
            ..Self::default()
        }
    }
}

impl From<CoverageArgs> for Settings {
    fn from(args: CoverageArgs) -> Self {
        Self {
            job: Job::Coverage,
            input: args.input,
            connection: args.connection,
            ..Self::default()
        }
    }
}

impl From<RecoverArgs> for Settings {
    fn from(args: RecoverArgs) -> Self {
        Self {
            job: Job::Recover { environment: args.environment, yes: args.yes },
            ledger: args.ledger,
            connection: args.connection,
            ..Self::default()
        }
    }
}

impl From<CheckArgs> for Settings {
    fn from(args: CheckArgs) -> Self {
        Self {
            job: Job::Check,
            environment: args.environment,
            ledger: LedgerArgs { ledger: args.ledger, ..LedgerArgs::default() },
            connection: args.connection,
            ..Self::default()
        }
    }
}
