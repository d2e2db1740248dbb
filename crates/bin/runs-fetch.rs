//! The `runs-fetch` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    runs_fetch::main(env!("MAINTENANCE_BUILD"))
}
