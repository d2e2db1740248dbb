//! What is typed: the flags of `runs-fetch`.

use clap::Parser;
use maintenance_core::cli::{Arguments, CommonArgs, Manual};

use crate::manual::MANUAL;

/// runs-fetch
#[derive(Debug, Parser)]
#[command(name = "runs-fetch", version)]
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
