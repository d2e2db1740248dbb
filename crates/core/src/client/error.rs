//! Every way in which a conversation with the API can end badly.

use std::fmt;

use crate::short_name::clip;

/// A request, as messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLine {
    /// `GET`, `POST` or `PUT`.
    pub method: &'static str,
    /// The path, without host and query.
    pub path: String,
    /// The number of attempts.
    pub attempts: u32,
}

impl RequestLine {
    /// Whether a token is asked for.
    pub(super) fn is_for_token(&self) -> bool {
        self.path.ends_with("/security/oauth/token")
    }
}

impl fmt::Display for RequestLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, clip(&self.path))?;
        if self.attempts > 1 {
            write!(f, " ({} attempts)", self.attempts)?;
        }
        Ok(())
    }
}

/// The API's own text on an error: `{"status", "message", "detail",
/// "requestId"}`, of which only the status is sure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiMessage {
    /// The text, cut to a length that a person reads.
    pub text: Option<String>,
    /// The ID that the vendor's support asks for.
    pub request_id: Option<String>,
}

impl ApiMessage {
    /// Whether the answer is a page of HTML, and so hardly of the API itself.
    pub(super) fn is_html(&self) -> bool {
        self.text.as_ref().is_some_and(|text| text.trim_start().starts_with('<'))
    }

    /// Whether it holds one of these words, which are in lower case.
    pub(super) fn mentions(&self, words: &[&str]) -> bool {
        let text = self.text.as_deref().unwrap_or_default().to_lowercase();
        words.iter().any(|word| text.contains(word))
    }
}

impl fmt::Display for ApiMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = &self.text {
            write!(f, ": {text}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request ID {id})")?;
        }
        Ok(())
    }
}

/// A conversation with the API that ended badly.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ClientError {
    /// The API answered, and refused.
    #[error("{request}: the API answered {status}{}{said}", reason(*.status))]
    Status {
        /// The request.
        request: RequestLine,
        /// The HTTP status.
        status: u16,
        /// The API's own text.
        said: ApiMessage,
    },
    /// There was no answer, or not all of one.
    #[error("{request}: no answer from {host}: {cause}")]
    NoAnswer {
        /// The request.
        request: RequestLine,
        /// Scheme, host and port that were asked.
        host: String,
        /// The innermost cause.
        cause: String,
        /// The server's certificate is not trusted.
        untrusted: bool,
    },
    /// The answer is not what the API's description promises.
    #[error("{request}: the answer cannot be read: {what}")]
    Unreadable {
        /// The request.
        request: RequestLine,
        /// Its fault.
        what: String,
    },
    /// The answer points elsewhere. A token is never taken there.
    #[error("{request}: the answer is a redirect ({status}) to {target}, which is not followed")]
    Redirect {
        /// The request.
        request: RequestLine,
        /// The HTTP status.
        status: u16,
        /// Scheme and host that it points to.
        target: String,
    },
    /// A list does not add up, also after it was read again.
    #[error("the list of {list} is not complete: {what}")]
    Incomplete {
        /// The list.
        list: String,
        /// The contradiction.
        what: Discrepancy,
        /// Part of the list had been handed out already.
        handed_out: bool,
    },
    /// A list has more items than `--max-items`, and may have no end.
    #[error("the list of {list} {what} {most} items (--max-items)")]
    TooLong {
        /// The list.
        list: String,
        /// The sentence up to the number: `does not end after`.
        what: String,
        /// The number of items that it may have.
        most: u64,
    },
    /// The overall deadline passed.
    #[error("{request}: the deadline for the whole conversation has passed")]
    Deadline {
        /// The last request.
        request: RequestLine,
    },
    /// The time for which the request was of use ended before it could be sent, or
    /// sent again.
    #[error("{request}: not sent: the time that it was for is over")]
    Late {
        /// The request.
        request: RequestLine,
    },
    /// The client cannot be made: certificates that cannot be read.
    #[error("cannot set up the connection: {0}")]
    Setup(String),
}

/// A contradiction in a list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Discrepancy {
    /// The list was changed, or is counted wrongly.
    #[error("its total changed from {before} to {now} while it was read")]
    Total {
        /// As the first page had it; `none` if it had none.
        before: String,
        /// As a later one has it.
        now: String,
    },
    /// A page is too short or too long.
    #[error("the page at offset {offset} holds {got} items where {expected} belong")]
    Length {
        /// The page.
        offset: u64,
        /// As many as the total leaves for it.
        expected: u64,
        /// As many as it holds.
        got: u64,
    },
    /// Another page than the one that was asked for.
    #[error("the page at offset {offset} says that it is the one at offset {got}")]
    Offset {
        /// The page.
        offset: u64,
        /// The page that it says it is.
        got: u64,
    },
    /// Two neighbours do not meet: something was added or removed before them.
    #[error("the page at offset {offset} does not begin where the one before it ended")]
    Gap {
        /// The page.
        offset: u64,
    },
    /// The same items again.
    #[error("the page at offset {offset} repeats items that came before")]
    Repeated {
        /// The page.
        offset: u64,
    },
    /// A page without items where there must be some.
    #[error("the page at offset {offset} is empty, though the list goes on there")]
    Empty {
        /// The page.
        offset: u64,
    },
    /// No reading is like the one before it.
    #[error("it changes whenever it is read")]
    Changing,
    /// The pages go on and on.
    #[error("it holds more than {got} items where its total is {total}")]
    Endless {
        /// Its total.
        total: u64,
        /// As many as came.
        got: u64,
    },
    /// Every reading shows the same items, and not as many as the total.
    #[error("its total is {total}, but every reading shows the same {got} items")]
    Mismatch {
        /// Its total.
        total: u64,
        /// As many as there are.
        got: u64,
    },
    /// The API pages no further, and less cannot be asked for.
    #[error("the API refuses offset {offset}, and no shorter time can be asked for")]
    Crowded {
        /// The offset that is refused.
        offset: u64,
    },
    /// An item without what every item has.
    #[error("item {index} has no readable `{field}`: {shown:.300}")]
    Item {
        /// Its index in the list, from 0.
        index: u64,
        /// The missing member.
        field: &'static str,
        /// The member as it came, or else the item.
        shown: String,
    },
}

/// The reason phrase of an HTTP status, if it has one.
fn reason(status: u16) -> String {
    reqwest::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .map(|reason| format!(" {reason}"))
        .unwrap_or_default()
}

impl ClientError {
    /// Puts what may be shown in the place of each text from outside.
    pub(super) fn show(&mut self, show: impl Fn(&str) -> String) {
        match self {
            Self::Status { said, .. } => {
                for text in [&mut said.text, &mut said.request_id] {
                    *text = text.as_deref().map(&show).filter(|text| !text.is_empty());
                }
            }
            Self::NoAnswer { cause: text, .. }
            | Self::Unreadable { what: text, .. }
            | Self::Redirect { target: text, .. } => *text = show(text),
            Self::Incomplete { what: Discrepancy::Item { shown, .. }, .. } => *shown = show(shown),
            Self::Incomplete { .. }
            | Self::TooLong { .. }
            | Self::Deadline { .. }
            | Self::Late { .. }
            | Self::Setup(_) => {}
        }
    }

    /// The HTTP status, where the API answered.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } | Self::Redirect { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether this can be the refusal of an offset or a span of time that is
    /// too large: 400, or what gateways and databases make of it.
    #[must_use]
    pub(super) fn may_ask_too_much(&self) -> bool {
        matches!(self.status(), Some(400 | 413 | 416 | 422 | 500 | 501 | 504))
    }

    /// Whether the API says that what was asked for does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }
}

/// A change that was not answered as it should be, and what is known of it.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct SendError {
    /// The error of the last attempt.
    pub error: ClientError,
    /// Whether the change can have been made all the same.
    pub made: Made,
}

/// The effect of a failed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// Certainly not made: each attempt was refused before it was processed,
    /// or never reached the API.
    No,
    /// It may have been made: an answer was lost, or the service failed on it.
    Unknown,
}
