//! What the help and the manual page say beyond the flags.

use maintenance_core::cli::{CONNECTION_ENVIRONMENT, Example, Manual};
use maintenance_core::exit::Exit;

pub(crate) static MANUAL: Manual = Manual {
    examples: &[
        Example {
            purpose: "What would be paused now, without changing anything",
            command: "runs-fetch --environment Production --to +7d --end-record |\n  \
                      window-filter --timetable maintenance.csv --before 15m |\n  \
                      task-pause --require-end --dry-run",
        },
        Example {
            purpose: "From cron, every five minutes: pause what is due, give back what is over",
            command: "runs-fetch --environment Production --to +7d --end-record |\n  \
                      window-filter --timetable maintenance.csv --before 15m |\n  \
                      task-pause --sync --require-end --timetable maintenance.csv --before 15m",
        },
        Example {
            purpose: "What is held at the moment, without asking the API",
            command: "task-pause --status",
        },
        Example {
            purpose: "The same for people, with the time that is left",
            command: "task-pause --status --format table --timezone Europe/Paris",
        },
        Example {
            purpose: "Give back every task whose window is over",
            command: "task-pause --resume",
        },
    ],
    exits: &[
        Exit::Done,
        Exit::Partial,
        Exit::Usage,
        Exit::BadInput,
        Exit::Unavailable,
        Exit::CannotCreate,
        Exit::Io,
        Exit::Busy,
        Exit::Refused,
        Exit::Config,
        Exit::HungUp,
        Exit::Interrupted,
        Exit::Terminated,
    ],
    environment: CONNECTION_ENVIRONMENT,
    files: &[
        (
            "$XDG_STATE_HOME/task-pause/ledger.jsonl",
            "The ledger, readable by its owner only: what was paused, and what was given back. \
             XDG_STATE_HOME is ~/.local/state unless set. Another place: --ledger.",
        ),
        (
            "$XDG_STATE_HOME/task-pause/ledger.journal.jsonl",
            "The journal, beside the ledger: every receipt, with by (the account, where the API \
             tells), host and call. It is never shortened: rename it away to begin a new one.",
        ),
    ],
    see_also: &["runs-fetch(1)", "window-filter(1)", "jq(1)", "crontab(5)", "systemd.timer(5)"],
};
