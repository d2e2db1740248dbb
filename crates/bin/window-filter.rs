//! The `window-filter` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    window_filter::main(env!("MAINTENANCE_BUILD"))
}
