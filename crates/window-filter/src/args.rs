//! What is typed: the flags of `window-filter`.

use clap::Parser;
use maintenance_core::cli::{Arguments, CommonArgs, Manual};

use crate::manual::MANUAL;

/// window-filter
#[derive(Debug, Parser)]
#[command(name = "window-filter", version)]
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
