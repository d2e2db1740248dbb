//! The `task-pause` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    task_pause::main(env!("MAINTENANCE_BUILD"))
}
