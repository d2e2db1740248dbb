//! The parts of a tool's help and manual page beyond its flags.

use std::fmt::Write as _;

use clap::Command;

use crate::exit::Exit;

/// The parts of a tool's help and manual page beyond its flags, which describe
/// themselves.
#[derive(Clone, Copy, Debug)]
pub struct Manual {
    /// Commands that work as they stand, each with what it is for.
    pub examples: &'static [Example],
    /// The tool's words, with examples of each.
    pub words: &'static [WordHelp],
    /// The exit codes of the tool.
    pub exits: &'static [Exit],
    /// The meaning that some of these codes have with this tool alone, in the
    /// place of the common one.
    pub own_meanings: &'static [(Exit, &'static str)],
    /// Environment variables that no flag names, each with its meaning, in groups.
    pub variables: &'static [&'static [(&'static str, &'static str)]],
    /// Files that the tool reads or writes by itself, each with its purpose.
    pub files: &'static [(&'static str, &'static str)],
    /// Other manual pages, as `name(section)`.
    pub see_also: &'static [&'static str],
}

impl Manual {
    /// The meaning of an exit code with this tool.
    pub(super) fn meaning(&self, exit: Exit) -> &'static str {
        let own = self.own_meanings.iter().find(|(code, _)| *code == exit);
        own.map_or(exit.meaning(), |(_, meaning)| *meaning)
    }
}

/// A job of a tool that has a word for it, and flags of its own.
#[derive(Clone, Copy, Debug)]
pub struct WordHelp {
    /// The word as it is typed.
    pub name: &'static str,
    /// Commands that work as they stand, each with what it is for.
    pub examples: &'static [Example],
}

/// A shell command that works as it stands.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// Its purpose, without a full stop.
    pub purpose: &'static str,
    /// The command; a long one has line ends after a `|` or a `\`.
    pub command: &'static str,
}

/// The variables of the connection to the API that no flag names.
pub const CONNECTION_VARIABLES: &[(&str, &str)] = &[
    ("TALEND_TOKEN", "The access token itself, where it is not in a file."),
    (
        "TALEND_SERVICE_ACCOUNT_ID, TALEND_SERVICE_ACCOUNT_SECRET",
        "The service account itself, where it is not in a file.",
    ),
    ("HTTPS_PROXY, NO_PROXY", "The proxy to use, and the hosts to reach without it."),
];

/// The command with the manual's parts at the end of its help: all of them in
/// the long one, a pointer in the short one. The help of a word has its own
/// examples.
pub(super) fn with_help(command: Command, manual: &Manual) -> Command {
    let name = command.get_name().to_owned();
    let with_word = |command: Command, word: &WordHelp| {
        let text = format!("{}Exit codes: see `{name} --help`", examples(word.examples));
        command.mut_subcommand(word.name, |command| {
            command.after_help("--help shows more, with examples.").after_long_help(text)
        })
    };
    let command = manual.words.iter().fold(command, with_word);
    command
        .after_help("--help shows more, with examples and exit codes.")
        .after_long_help(long_help(manual))
}

fn long_help(manual: &Manual) -> String {
    let mut text = examples(manual.examples);
    text.push_str("Exit codes:\n");
    for exit in manual.exits {
        let _ = writeln!(text, "  {:>3}  {}", exit.code(), manual.meaning(*exit));
    }
    text.truncate(text.trim_end().len());
    text
}

fn examples(examples: &[Example]) -> String {
    let mut text = String::from("Examples:\n");
    for example in examples {
        let command = example.command.replace('\n', "\n    ");
        let _ = writeln!(text, "  {}:\n    {command}\n", example.purpose);
    }
    text
}
