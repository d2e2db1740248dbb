//! The parts of the help and the manual page beside the flags.

use maintenance_core::cli::{CONNECTION_VARIABLES, Example, Manual, WordHelp};
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
                      task-pause sync --require-end --timetable maintenance.csv --before 15m",
        },
        Example {
            purpose: "What is held at the moment, without asking the API",
            command: "task-pause status",
        },
        Example {
            purpose: "The same for people, with the time that is left",
            command: "task-pause status --format table --timezone Europe/Paris",
        },
        Example {
            purpose: "Give back every task whose window is over",
            command: "task-pause resume",
        },
    ],
    words: &[
        WordHelp {
            name: "wait",
            examples: &[Example {
                purpose: "Stay for the next four hours, pause what is due, and give it back",
                command: "runs-fetch --environment Production --to +4h --end-record |\n  \
                          window-filter --timetable maintenance.csv --before 15m |\n  \
                          task-pause wait --resume --require-end",
            }],
        },
        WordHelp {
            name: "sync",
            examples: &[
                Example {
                    purpose: "From cron, every five minutes",
                    command: "runs-fetch --environment Production --to +7d --end-record |\n  \
                              window-filter --timetable maintenance.csv --before 15m |\n  \
                              task-pause sync --require-end --timetable maintenance.csv --before 15m",
                },
                Example {
                    purpose: "Give back what is over in one environment, where no runs can be listed",
                    command: "task-pause sync --environment Production </dev/null",
                },
            ],
        },
        WordHelp {
            name: "resume",
            examples: &[
                Example {
                    purpose: "Give back every task whose window is over",
                    command: "task-pause resume",
                },
                Example {
                    purpose: "A maintenance is done early: give back what its window holds",
                    command: "task-pause resume --window 'Q3 patching'",
                },
                Example {
                    purpose: "What would be given back if everything were",
                    command: "task-pause resume --all --dry-run",
                },
            ],
        },
        WordHelp {
            name: "status",
            examples: &[
                Example {
                    purpose: "What is held, and how much time is left",
                    command: "task-pause status --format table --timezone Europe/Paris",
                },
                Example {
                    purpose: "For a monitor: exit 1 if a hold is ten minutes past its end",
                    command: "task-pause status --overdue 10m",
                },
            ],
        },
        WordHelp {
            name: "history",
            examples: &[
                Example {
                    purpose: "Who was paused in the last week, by whom and for how long",
                    command: "task-pause history --from -7d --format table --timezone Europe/Paris",
                },
                Example {
                    purpose: "Tasks that somebody else had paused, with the account and the time",
                    command: "task-pause history | jq 'select(.what == \"foreign\")'",
                },
            ],
        },
        WordHelp {
            name: "coverage",
            examples: &[Example {
                purpose: "Tasks that no window of the next seven days would pause",
                command: "runs-fetch --environment Production --to +7d --end-record |\n  \
                          window-filter --timetable maintenance.csv --before 15m |\n  \
                          task-pause coverage --require-end",
            }],
        },
        WordHelp {
            name: "recover",
            examples: &[
                Example {
                    purpose: "What carries our mark in an environment",
                    command: "task-pause recover --environment Production",
                },
                Example {
                    purpose: "Take it over",
                    command: "task-pause recover --environment Production --yes",
                },
            ],
        },
        WordHelp {
            name: "check",
            examples: &[Example {
                purpose: "Is everything there that a pass needs, before the first one",
                command: "task-pause check --environment Production",
            }],
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
    own_meanings: &[
        (
            Exit::Partial,
            "Done in part: a task or a step failed. With --overdue: something is overdue.",
        ),
        (Exit::Io, "An input or output error; nothing was changed that is not recorded."),
        (
            Exit::Config,
            "Configuration: no credentials, an unknown name, a missing ledger, or --max-tasks.",
        ),
    ],
    variables: &[
        CONNECTION_VARIABLES,
        &[(
            "XDG_STATE_HOME, HOME",
            "The place of the ledger where none is named: see FILES in the manual page.",
        )],
    ],
    files: &[
        (
            "$XDG_STATE_HOME/task-pause/ledger.jsonl",
            "The ledger, readable by its owner only: what was paused, and what was given back. \
             XDG_STATE_HOME is ~/.local/state unless set. Another place: --ledger.",
        ),
        (
            "$XDG_STATE_HOME/task-pause/ledger.journal.jsonl",
            "The journal, beside the ledger: every receipt, with by (the account, where the API \
             shows it), host and call. It is never shortened: rename it away to begin a new one.",
        ),
    ],
    see_also: &[
        "runs-fetch(1)",
        "window-filter(1)",
        "maintenance-sync(1)",
        "maintenance-operation(7)",
        "maintenance-records(5)",
        "jq(1)",
    ],
};
