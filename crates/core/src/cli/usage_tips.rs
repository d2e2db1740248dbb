//! The tips of usage errors: a flag of another job, a word behind flags, an unknown
//! word.

use std::path::Path;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

use super::screen::escape_controls;

/// A usage error with a tip, if it is about a word behind flags, a flag that is a word,
/// or a flag of another job. Any other error is returned as it is.
pub(super) fn with_tip(mut error: Error, command: &Command) -> Error {
    use ErrorKind::{ArgumentConflict, InvalidSubcommand, UnknownArgument};

    if let Some(negative) = negative_value(&error, command) {
        return negative;
    }
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let word = text(ContextKind::InvalidSubcommand);
    let tip = match (error.kind(), word, text(ContextKind::InvalidArg)) {
        (ArgumentConflict | InvalidSubcommand, Some(word), _) => {
            return misplaced_or_unknown(word, &error, command);
        }
        (UnknownArgument, None, Some(value)) if !value.starts_with('-') => {
            Some(without_flag(value))
        }
        (UnknownArgument, None, Some(flag)) => elsewhere(flag, command),
        (ErrorKind::InvalidValue, None, Some(flag)) => {
            text(ContextKind::InvalidValue).and_then(|value| value_of_others(flag, value, command))
        }
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

/// The error for a word behind flags, or for a word that the tool does not have. The
/// message of clap would call it a subcommand; the pages call it a word.
fn misplaced_or_unknown(word: &str, error: &Error, command: &Command) -> Error {
    let (name, shown) = (command.get_name(), escape_controls(word));
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
    } else if Path::new(word).exists() {
        format!(
            "unexpected file '{shown}'\n\n  tip: runs are read from standard input: {name} ... \
             <{shown}"
        )
    } else {
        let guess = match error.get(ContextKind::SuggestedSubcommand) {
            Some(ContextValue::Strings(similar)) => similar.first(),
            _ => None,
        };
        let guess = guess.map(|guess| format!("did you mean '{guess}'? ")).unwrap_or_default();
        let words = words(command);
        format!("unrecognized word '{shown}'\n\n  tip: {guess}the words are: {words}")
    };
    command.clone().error(error.kind(), message)
}

/// The tip for a value that stands behind no flag.
fn without_flag(value: &str) -> String {
    let shown = escape_controls(value);
    if Path::new(value).exists() {
        format!(
            "'{shown}' is a file: --timetable names a timetable, and runs are read from standard \
             input"
        )
    } else {
        format!("'{shown}' needs a flag before it, such as --window or --environment: see --help")
    }
}

/// The error for a value such as `-15m` behind a flag, which clap takes for a flag.
fn negative_value(error: &Error, command: &Command) -> Option<Error> {
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else { return None };
    let is_number = |text: &str| {
        text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    if error.kind() != ErrorKind::UnknownArgument || !is_number(flag) {
        return None;
    }
    let arguments: Vec<String> =
        std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let takes_value = |flag: &str| {
        let jobs = std::iter::once(command).chain(command.get_subcommands());
        jobs.flat_map(Command::get_arguments).any(|arg| {
            flag.strip_prefix("--").is_some_and(|long| arg.get_long() == Some(long))
                && arg.get_action().takes_values()
        })
    };
    let pair = arguments.windows(2).find(|pair| takes_value(&pair[0]) && is_number(&pair[1]))?;
    let message = format!(
        "invalid value '{}' for '{}': it cannot be negative",
        escape_controls(&pair[1]),
        escape_controls(&pair[0])
    );
    Some(command.clone().error(ErrorKind::InvalidValue, message))
}

/// The tip for a value that the flag has in another job alone, such as a format.
fn value_of_others(flag: &str, value: &str, command: &Command) -> Option<String> {
    let long = flag.strip_prefix("--")?.split([' ', '=', '[']).next()?;
    let has_value = |job: &Command| {
        let arguments = job.get_arguments().filter(|arg| arg.get_long() == Some(long));
        let values = arguments.flat_map(clap::Arg::get_possible_values);
        values.into_iter().any(|known| known.matches(value, true))
    };
    let jobs = jobs(command, has_value)?;
    Some(format!("--{long} {} is of: {jobs}", escape_controls(&value.to_lowercase())))
}

/// The jobs of the tool of which that holds, as a list to read, if there are any.
fn jobs(command: &Command, holds: impl Fn(&Command) -> bool) -> Option<String> {
    let name = command.get_name();
    let mut jobs = Vec::new();
    jobs.extend(holds(command).then(|| format!("{name} (without a word)")));
    let words = command.get_subcommands().filter(|job| holds(job));
    jobs.extend(words.map(|word| format!("{name} {}", word.get_name())));
    (!jobs.is_empty()).then(|| jobs.join(", "))
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
    Some(format!("'{flag}' is a flag of: {}", jobs(command, |job| has(job, flag))?))
}
