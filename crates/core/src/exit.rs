//! Exit codes by name, and the facts that each error has for scripts and people.

/// The exit codes of the tools. The numbers are part of the contract with
/// scripts; where they come from `sysexits.h` they keep its meaning.
/// `CONTRIBUTING.md`, *An exit code*, says what a new one needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, also when nothing was selected.
    Done = 0,
    /// 1: done in part, or the answer to a flag: `--exit-status` (nothing was selected) or
    /// `--overdue` (a hold is past its end).
    Partial = 1,
    /// 2: flags or their values make no sense.
    Usage = 2,
    /// 65: a line or a timetable cannot be read.
    BadInput = 65,
    /// 69: the API could not be reached, kept failing past its retries, or `--deadline` is
    /// over.
    Unavailable = 69,
    /// 73: the ledger cannot be created.
    CannotCreate = 73,
    /// 74: an I/O error; nothing was changed that is not recorded.
    Io = 74,
    /// 75: another `task-pause` holds the ledger.
    Busy = 75,
    /// 77: refused: credentials or permissions.
    Refused = 77,
    /// 78: configuration: no credentials, unknown region or environment, a limit.
    Config = 78,
    /// 129: the terminal or the connection is gone (SIGHUP).
    HungUp = 129,
    /// 130: interrupted (SIGINT).
    Interrupted = 130,
    /// 143: terminated (SIGTERM).
    Terminated = 143,
}

impl Exit {
    /// The number that the process ends with.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The meaning of the number with every tool, as the help and the manual
    /// pages have it where a tool has no closer one.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "Done, also when there was nothing to do.",
            Self::Partial => "Done in part, or what a flag asked to report with this code.",
            Self::Usage => "Flags or their values make no sense.",
            Self::BadInput => "A line of input or a timetable cannot be accepted.",
            Self::Unavailable => "The API was not reached or kept failing, or --deadline is over.",
            Self::CannotCreate => "The ledger cannot be created.",
            Self::Io => "An input or output error.",
            Self::Busy => "Another process holds the ledger: try again later.",
            Self::Refused => "Refused: credentials or permissions.",
            Self::Config => "Configuration: no credentials, or an unknown region or environment.",
            Self::HungUp => "Hung up (SIGHUP): the terminal or the connection is gone.",
            Self::Interrupted => "Interrupted (SIGINT).",
            Self::Terminated => "Terminated (SIGTERM).",
        }
    }
}

/// The facts that every typed error of this crate has about itself, so that the
/// command line prints it once and ends with the right code.
pub trait Explain: std::error::Error {
    /// The exit code that this error ends a tool with.
    fn exit(&self) -> Exit;

    /// The `code` for scripts, which stays the same when the message is improved.
    fn code(&self) -> &'static str;

    /// The hint for a person, in one sentence. It is never part of the message
    /// itself.
    fn hint(&self) -> Option<String> {
        None
    }

    /// Whether the same command may succeed later without a change.
    fn retryable(&self) -> bool {
        false
    }

    /// The HTTP status that the API answered, if that is what went wrong.
    fn status(&self) -> Option<u16> {
        None
    }

    /// The API's own ID of the request, which its support asks for.
    fn request_id(&self) -> Option<&str> {
        None
    }
}
