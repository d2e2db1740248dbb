//! The help and the manual page beyond the flags: examples, exit codes.

use maintenance_core::cli::{Example, Manual, WordHelp};
use maintenance_core::exit::Exit;

const EVERY_MISTAKE: Example = Example {
    purpose: "Every mistake in a timetable, with file and line",
    command: "window-filter check --timetable maintenance.csv",
};

const QUIETEST_SLOTS: Example = Example {
    purpose: "The three quietest slots of four hours in the next week",
    command: "runs-fetch --environment Production --to +7d --end-record |\n  \
              window-filter suggest --length 4h --format table",
};

pub(crate) static MANUAL: Manual = Manual {
    examples: &[
        Example {
            purpose: "Next week's runs that fall into a window, or start late into one",
            command: "runs-fetch --environment Production --to +7d |\n  \
                      window-filter --timetable maintenance.csv --before 15m",
        },
        Example {
            purpose: "The runs that no window touches",
            command: "runs-fetch --environment Production --to +7d |\n  \
                      window-filter --timetable maintenance.csv --before 15m --invert-match",
        },
        Example {
            purpose: "What the next week holds, as a table, a picture and a page",
            command: "runs-fetch --environment Production --to +7d --names >runs.jsonl\n\
                      window-filter --timetable maintenance.csv --format table <runs.jsonl\n\
                      window-filter --timetable maintenance.csv --format svg <runs.jsonl >runs.svg\n\
                      window-filter --timetable maintenance.csv --format html <runs.jsonl >runs.html",
        },
        Example {
            purpose: "The windows of the next 90 days, without any run",
            command: "window-filter windows --timetable maintenance.csv --from now --to +90d",
        },
        EVERY_MISTAKE,
        QUIETEST_SLOTS,
    ],
    words: &[
        WordHelp {
            name: "check",
            examples: &[
                EVERY_MISTAKE,
                Example {
                    purpose: "The same, and scopes that match no task",
                    command: "runs-fetch tasks --environment Production >tasks.jsonl\n\
                              window-filter check --timetable maintenance.csv --tasks tasks.jsonl",
                },
            ],
        },
        WordHelp {
            name: "windows",
            examples: &[
                Example {
                    purpose: "The windows of the next 90 days",
                    command: "window-filter windows --timetable maintenance.csv --from now --to +90d",
                },
                Example {
                    purpose: "The same as a table, in the time of Paris",
                    command: "window-filter windows --timetable maintenance.csv --to +90d \\\n  \
                              --format table --timezone Europe/Paris",
                },
            ],
        },
        WordHelp {
            name: "suggest",
            examples: &[
                QUIETEST_SLOTS,
                Example {
                    purpose: "The quietest slot in the hours that are allowed, as a timetable",
                    command: "runs-fetch --environment Production --to +7d --end-record |\n  \
                              window-filter suggest --length 90m --count 1 \\\n  \
                              --timetable allowed.csv >maintenance.jsonl",
                },
            ],
        },
    ],
    exits: &[
        Exit::Done,
        Exit::Partial,
        Exit::Usage,
        Exit::BadInput,
        Exit::Io,
        Exit::HungUp,
        Exit::Interrupted,
        Exit::Terminated,
    ],
    own_meanings: &[(Exit::Partial, "With --exit-status: no run was selected.")],
    variables: &[],
    files: &[],
    see_also: &[
        "runs-fetch(1)",
        "task-pause(1)",
        "maintenance-timetable(5)",
        "maintenance-records(5)",
        "jq(1)",
    ],
};
