//! One error, printed once, with its exit code.

use std::env::args_os;
use std::io::{self, IsTerminal as _, Write as _};

use serde_json::json;

use super::common::{CommonArgs, LogFormat};
use super::ending::Ending;
use super::messages::Messages;
use crate::client::{ClientError, SendError};
use crate::exit::{Exit, Explain};
use crate::jsonl::{LineError, ReadError, WriteError};
use crate::ledger::{JournalError, LedgerError};
use crate::private_file::FileError;
use crate::scope::MissingField;
use crate::timetable::TimetableError;

/// A refusal of the command line's second step: the flags can be read, but
/// what they ask for cannot be done.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    exit: Exit,
    message: String,
    hint: Option<String>,
}

impl Refusal {
    /// Flags that make no sense together (exit code 2).
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into(), hint: None }
    }

    /// Configuration that is missing or does not fit (exit code 78).
    #[must_use]
    pub fn config(message: impl Into<String>) -> Self {
        Self { exit: Exit::Config, message: message.into(), hint: None }
    }

    /// Credentials that must not be used as they are (exit code 77).
    #[must_use]
    pub fn refused(message: impl Into<String>) -> Self {
        Self { exit: Exit::Refused, message: message.into(), hint: None }
    }

    /// Input that cannot be accepted (exit code 65).
    #[must_use]
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self { exit: Exit::BadInput, message: message.into(), hint: None }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Explain for Refusal {
    fn exit(&self) -> Exit {
        self.exit
    }

    fn code(&self) -> &'static str {
        match self.exit {
            Exit::Usage => "usage",
            Exit::BadInput => "bad-input",
            Exit::Refused => "unsafe-credentials",
            _ => "configuration",
        }
    }

    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}

/// Prints what clap answers to the arguments, an error as `--log-format` asks
/// for it, and returns the code to end with.
pub(super) fn usage(error: &clap::Error, tool: &str) -> Exit {
    if !error.use_stderr() {
        return match error.print() {
            // A reader of the help that went away has read enough.
            Err(lost) if lost.kind() != io::ErrorKind::BrokenPipe => {
                let lost = WriteError::Io(lost).into();
                report(&lost, &Messages::new(tool, &CommonArgs::default()))
            }
            _ => Exit::Done,
        };
    }
    if !wants_json() {
        let messages = Messages::new(tool, &CommonArgs::default());
        let text = error.render();
        let is_colored = messages.wants_color(io::stderr().is_terminal());
        let text = if is_colored { text.ansi().to_string() } else { text.to_string() };
        // In one piece, so that the lines of other tools of a pipe do not come between.
        let _ = io::stderr().write_all(format!("{tool}: {text}").as_bytes());
        return Exit::Usage;
    }
    let text = error.to_string();
    let (message, _) = text.split_once("\n\nFor more information").unwrap_or((&text, ""));
    let (message, _) = message.split_once("\n\nUsage:").unwrap_or((message, ""));
    let message = message.strip_prefix("error: ").unwrap_or(message);
    let (message, tip) = message.split_once("\n\n  tip: ").unwrap_or((message, "see --help"));
    let refusal = Refusal::usage(message.trim()).hint(tip.trim());
    let common = CommonArgs { log_format: LogFormat::Json, ..CommonArgs::default() };
    report(&refusal.into(), &Messages::new("", &common))
}

/// Whether the arguments, which could not be read, ask for messages in JSON.
fn wants_json() -> bool {
    let arguments: Vec<_> = args_os().collect();
    arguments.iter().any(|argument| argument == "--log-format=json")
        || arguments.windows(2).any(|pair| pair[0] == "--log-format" && pair[1] == "json")
}

/// Prints why the exit code is not 0, and returns it.
pub(super) fn ended(ending: &Ending, messages: &Messages) -> Exit {
    let Some(reason) = ending.reason() else { return Exit::Done };
    if reason.is_answer {
        messages.answer(&reason.to_string(), reason.code(), reason.exit());
    } else {
        explained(Some(reason), &reason.to_string(), messages);
    }
    reason.exit()
}

/// Prints an error and returns the code to end with.
///
/// Its first typed cause decides on the code. An error without a typed cause can only be
/// an I/O error of a tool, since all errors of core are typed.
///
/// If the reader of the output has gone away, that is no error: the call ends with 0
/// and no message.
pub(super) fn report(error: &anyhow::Error, messages: &Messages) -> Exit {
    if matches!(error.downcast_ref(), Some(WriteError::Closed)) {
        return Exit::Done;
    }
    explained(error.chain().find_map(explain), &format!("{error:#}"), messages)
}

/// Prints an error of which that much is known.
fn explained(known: Option<&dyn Explain>, message: &str, messages: &Messages) -> Exit {
    let exit = known.map_or(Exit::Io, Explain::exit);
    let hint = known.and_then(Explain::hint);
    let mut object = json!({
        "level": "error",
        "code": known.map_or("io", Explain::code),
        "message": message,
        "retryable": known.is_some_and(Explain::retryable),
        "hint": hint,
        "exit": exit.code(),
    });
    if let Some(status) = known.and_then(Explain::status) {
        object["status"] = json!(status);
    }
    if let Some(id) = known.and_then(Explain::request_id) {
        object["requestId"] = json!(id);
    }
    messages.error(&object, message, hint.as_deref());
    exit
}

/// The typed errors of this crate, each in its turn.
pub(super) fn explain<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a dyn Explain> {
    None.or_else(|| cause.downcast_ref::<Refusal>().map(|error| error as &dyn Explain))
        .or_else(|| cause.downcast_ref::<LineError>().map(|error| error as &dyn Explain))
        .or_else(|| cause.downcast_ref::<ClientError>().map(|error| error as &dyn Explain))
        .or_else(|| cause.downcast_ref::<SendError>().map(|sent| &sent.error as &dyn Explain))
        .or_else(|| match cause.downcast_ref() {
            Some(ReadError::Line(error)) => Some(error as &dyn Explain),
            _ => None,
        })
        .or_else(|| cause.downcast_ref::<LedgerError>().map(|error| error as &dyn Explain))
        .or_else(|| cause.downcast_ref::<JournalError>().map(|error| error as &dyn Explain))
        .or_else(|| cause.downcast_ref::<FileError>().map(|error| error as &dyn Explain))
        .or_else(|| cause.downcast_ref::<TimetableError>().map(|error| error as &dyn Explain))
        .or_else(|| cause.downcast_ref::<MissingField>().map(|error| error as &dyn Explain))
}
