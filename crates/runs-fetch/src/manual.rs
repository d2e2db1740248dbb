//! The help and the manual page beyond the flags: examples, exit codes.

use maintenance_core::cli::{CONNECTION_VARIABLES, Example, Manual, WordHelp};
use maintenance_core::exit::Exit;

const ENVIRONMENTS: Example = Example {
    purpose: "The environments that the account may see",
    command: "runs-fetch environments",
};

pub(crate) static MANUAL: Manual = Manual {
    examples: &[
        Example {
            purpose: "The runs of the next seven days in one environment",
            command: "runs-fetch --environment Production --to +7d",
        },
        Example {
            purpose: "The same, with names, as a table for people",
            command: "runs-fetch --environment Production --to +7d --names |\n  \
                      jq -r '[.date, .workspaceName, .name] | @tsv'",
        },
        Example {
            purpose: "Those that fall into a maintenance window",
            command: "runs-fetch --environment Production --to +7d --end-record |\n  \
                      window-filter --timetable maintenance.csv --before 15m",
        },
        ENVIRONMENTS,
    ],
    words: &[
        WordHelp {
            name: "check",
            examples: &[Example {
                purpose: "Is the API reached, is the token good, and what may the account see",
                command: "runs-fetch check --environment Production",
            }],
        },
        WordHelp { name: "environments", examples: &[ENVIRONMENTS] },
        WordHelp {
            name: "workspaces",
            examples: &[Example {
                purpose: "The workspaces of one environment",
                command: "runs-fetch workspaces --environment Production",
            }],
        },
        WordHelp {
            name: "tasks",
            examples: &[
                Example {
                    purpose: "The tasks of one workspace",
                    command: "runs-fetch tasks --environment Production --workspace Finance",
                },
                Example {
                    purpose: "The same for people",
                    command: "runs-fetch tasks --environment Production --workspace Finance --format table",
                },
            ],
        },
        WordHelp {
            name: "plans",
            examples: &[Example {
                purpose: "The plans of every environment",
                command: "runs-fetch plans --all-environments",
            }],
        },
    ],
    exits: &[
        Exit::Done,
        Exit::Usage,
        Exit::Unavailable,
        Exit::Io,
        Exit::Refused,
        Exit::Config,
        Exit::HungUp,
        Exit::Interrupted,
        Exit::Terminated,
    ],
    own_meanings: &[],
    variables: &[CONNECTION_VARIABLES],
    files: &[],
    see_also: &["window-filter(1)", "task-pause(1)", "maintenance-records(5)", "jq(1)"],
};
