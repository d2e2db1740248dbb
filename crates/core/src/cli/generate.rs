//! Manual pages and completions, made from the flags themselves.

use std::io::{self, Write};

use anyhow::Context;
use clap_complete::Shell;

use super::Arguments;
use super::common::Page;
use crate::exit::Exit;

/// Writes one page to stdout.
pub(super) fn write<A: Arguments>(page: Page) -> anyhow::Result<Exit> {
    let mut command = A::command();
    let mut text = Vec::new();
    let shell = match page {
        Page::Man => None,
        Page::CompleteBash => Some(Shell::Bash),
        Page::CompleteZsh => Some(Shell::Zsh),
        Page::CompleteFish => Some(Shell::Fish),
        Page::CompletePowerShell => Some(Shell::PowerShell),
    };
    match shell {
        None => clap_mangen::Man::new(command).render(&mut text).context("manual page")?,
        Some(shell) => {
            let name = command.get_name().to_owned();
            clap_complete::generate(shell, &mut command, name, &mut text);
        }
    }
    match io::stdout().write_all(&text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to stdout")
        }
        _ => Ok(Exit::Done),
    }
}
