//! Makes the settings of the typed flags: each job has those of its own flags.

use super::groups::{ChangeArgs, GiveBackArgs, LedgerArgs};
use super::{Args, Word};
use crate::decide::candidates::ResumeSelection;
use crate::settings::{Job, Settings};

impl From<Args> for Settings {
    fn from(Args { word, once, .. }: Args) -> Self {
        match word {
            None => Self {
                job: Job::Once,
                input: once.input,
                pausing: once.pausing,
                change: once.change,
                dry_run: once.dry_run,
                zone: once.zone,
                ledger: once.ledger,
                connection: once.connection,
                ..Self::default()
            },
            Some(Word::Wait(args)) => Self {
                job: Job::Wait { resume: args.resume },
                input: args.input,
                pausing: args.pausing,
                giving_back: GiveBackArgs { catch_up: args.catch_up },
                change: args.change,
                zone: args.zone,
                ledger: args.ledger,
                connection: args.connection,
                ..Self::default()
            },
            Some(Word::Sync(args)) => Self {
                job: Job::Sync,
                environment: args.environment,
                timetable: args.timetable,
                every: args.every,
                input: args.input,
                pausing: args.pausing,
                giving_back: args.giving_back,
                change: args.change,
                dry_run: args.dry_run,
                zone: args.zone,
                ledger: args.ledger,
                connection: args.connection,
            },
            Some(Word::Resume(args)) => Self {
                job: Job::Resume(match args.window {
                    Some(name) => ResumeSelection::Window(name),
                    None if args.all => ResumeSelection::All,
                    None => ResumeSelection::Ended,
                }),
                giving_back: args.giving_back,
                change: args.change,
                dry_run: args.dry_run,
                zone: args.zone,
                ledger: args.ledger,
                connection: args.connection,
                ..Self::default()
            },
            Some(Word::Status(args)) => Self {
                job: Job::Status {
                    overdue: args.overdue,
                    format: args.format,
                    ledgers: args.ledger,
                },
                environment: args.environment,
                change: ChangeArgs { metrics_file: args.metrics_file, ..ChangeArgs::default() },
                zone: args.zone,
                ..Self::default()
            },
            Some(Word::History(args)) => Self {
                job: Job::History {
                    from: args.from,
                    to: args.to,
                    format: args.format,
                    journals: args.journal,
                },
                zone: args.zone,
                ledger: LedgerArgs { ledger: args.ledger, ..LedgerArgs::default() },
                ..Self::default()
            },
            Some(Word::Coverage(args)) => Self {
                job: Job::Coverage,
                input: args.input,
                connection: args.connection,
                ..Self::default()
            },
            Some(Word::Recover(args)) => Self {
                job: Job::Recover { environment: args.environment, yes: args.yes },
                ledger: args.ledger,
                connection: args.connection,
                ..Self::default()
            },
            Some(Word::Check(args)) => Self {
                job: Job::Check,
                environment: args.environment,
                ledger: LedgerArgs { ledger: args.ledger, ..LedgerArgs::default() },
                connection: args.connection,
                ..Self::default()
            },
        }
    }
}
