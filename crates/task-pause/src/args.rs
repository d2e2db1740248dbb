//! What is typed: the flags of `task-pause`.

use clap::Parser;
use maintenance_core::cli::{Arguments, CommonArgs, Manual};

use crate::manual::MANUAL;

/// task-pause
#[derive(Debug, Parser)]
#[command(name = "task-pause", version)]
pub(crate) struct Args {
    #[command(flatten)]
    common: CommonArgs,
}

impl Arguments for Args {
    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn manual() -> &'static Manual {
        &MANUAL
    }
}
