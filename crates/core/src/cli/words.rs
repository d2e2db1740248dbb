//! Help for arguments that belong to another job of a tool.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

use super::screen::escape_controls;

/// A usage error with a tip about the words of the tool, where that is what it
/// is about: a word behind flags, a flag that is a word, or another job's flag.
pub(super) fn explained(mut error: Error, command: &Command) -> Error {
    use ErrorKind::{ArgumentConflict, InvalidSubcommand, UnknownArgument};

    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let word = text(ContextKind::InvalidSubcommand);
    let tip = match (error.kind(), word, text(ContextKind::InvalidArg)) {
        (ArgumentConflict | InvalidSubcommand, Some(word), _) => {
            return misplaced_or_unknown(word, &error, command);
        }
        (UnknownArgument, None, Some(flag)) => elsewhere(flag, command),
        _ => None,
    };
    if let Some(tip) = tip {
        // Guesses that would lead away.
        for guess in [ContextKind::SuggestedArg, ContextKind::TrailingArg, ContextKind::Usage] {
            error.remove(guess);
        }
        let tips = ContextValue::StyledStrs(vec![StyledStr::from(tip)]);
        error.insert(ContextKind::Suggested, tips);
    }
    error
}

/// The error for a word behind flags, or one that the tool does not have. Clap's
/// own calls it a subcommand, as nothing else does here.
fn misplaced_or_unknown(word: &str, error: &Error, command: &Command) -> Error {
    let name = command.get_name();
    let message = if let Some(job) = command.find_subcommand(word) {
        let flags = prior_flags(error);
        let flags = flags.iter().filter_map(|flag| flag.split([' ', '=', '[', '.']).next());
        let missing: Vec<_> = flags.filter(|flag| !has(job, flag)).collect();
        let missing = match &missing[..] {
            [] => String::new(),
            missing => format!("; it does not have {}", missing.join(", ")),
        };
        format!(
            "the word '{word}' stands behind a flag\n\n  \
             tip: a word stands before its flags: {name} {word} ...{missing}"
        )
    } else {
        let similar = match error.get(ContextKind::SuggestedSubcommand) {
            Some(ContextValue::Strings(similar)) => similar.first(),
            _ => None,
        };
        let guess = similar.map(|similar| format!("did you mean '{similar}'? "));
        format!(
            "unrecognized word '{}'\n\n  tip: {}the words are: {}",
            escape_controls(word),
            guess.unwrap_or_default(),
            words(command)
        )
    };
    command.clone().error(error.kind(), message)
}

/// The flags that stand before a word, as clap names them: `--tag <TAG>`.
fn prior_flags(error: &Error) -> Vec<String> {
    match error.get(ContextKind::PriorArg) {
        Some(ContextValue::String(flag)) => vec![flag.clone()],
        Some(ContextValue::Strings(flags)) => flags.clone(),
        _ => Vec::new(),
    }
}

/// Whether a job has that flag, `--long` or `-s`.
fn has(command: &Command, flag: &str) -> bool {
    let long = flag.strip_prefix("--");
    let short = flag.strip_prefix('-').and_then(|flag| flag.chars().next());
    command.get_arguments().any(|arg| match long {
        Some(long) => arg.get_long() == Some(long),
        None => short.is_some() && arg.get_short() == short,
    })
}

/// The words of a tool, as a list to read.
fn words(command: &Command) -> String {
    command.get_subcommands().map(Command::get_name).collect::<Vec<_>>().join(", ")
}

/// The tip for a flag that the job does not have: another one may, or it is a
/// word.
fn elsewhere(flag: &str, command: &Command) -> Option<String> {
    let name = command.get_name();
    let flag = flag.split('=').next().unwrap_or(flag);
    let long = flag.strip_prefix("--");
    if let Some(word) = long.and_then(|word| command.find_subcommand(word)) {
        return Some(format!("'{0}' is a word: {name} {0} ...", word.get_name()));
    }
    // Lists were a flag before they were words.
    if long == Some("list") {
        return Some(format!("lists are jobs of words; the words are: {}", words(command)));
    }
    let mut jobs = Vec::new();
    jobs.extend(has(command, flag).then(|| format!("{name} (without a word)")));
    let words = command.get_subcommands().filter(|job| has(job, flag));
    jobs.extend(words.map(|word| format!("{name} {}", word.get_name())));
    (!jobs.is_empty()).then(|| format!("'{flag}' is a flag of: {}", jobs.join(", ")))
}
