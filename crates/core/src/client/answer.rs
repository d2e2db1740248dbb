//! The meaning of an attempt's answer: pure, but for the clock that a
//! `Retry-After` date is held against.

use std::error::Error as _;
use std::iter::successors;
use std::time::Duration;

use reqwest::header::{self, HeaderMap};
use reqwest::{StatusCode, Url};

use super::error::{ClientError, Made, RequestLine};
use super::waits::WaitReason;
use super::{refusal_reason, retry};
use crate::clock;
use crate::time::UtcTime;

/// One attempt that did not succeed.
pub(super) struct AttemptFailure {
    pub(super) error: ClientError,
    /// Another attempt may succeed.
    pub(super) again: bool,
    /// The wait that the server asks for.
    pub(super) retry_after: Option<Duration>,
    /// Whether this attempt can have had its effect.
    pub(super) made: Made,
}

impl AttemptFailure {
    /// The reason of the wait before the next attempt.
    pub(super) fn wait_reason(&self) -> WaitReason {
        match self.error.status() {
            Some(status) if self.retry_after.is_some() => WaitReason::Asked(status),
            Some(status) => WaitReason::Refused(status),
            None => WaitReason::NoAnswer,
        }
    }
}

/// A request that is given up before it is sent.
pub(super) const fn not_sent(error: ClientError) -> AttemptFailure {
    AttemptFailure { error, again: false, retry_after: None, made: Made::No }
}

/// A request that is given up since its caller's time is over.
pub(super) fn late(line: &RequestLine) -> AttemptFailure {
    not_sent(ClientError::Late { request: line.clone() })
}

/// An answer whose body cannot be used, or did not come.
pub(super) fn unreadable_body(line: &RequestLine, what: String) -> AttemptFailure {
    AttemptFailure {
        error: ClientError::Unreadable { request: line.clone(), what },
        again: true,
        retry_after: None,
        made: Made::Unknown,
    }
}

/// A request that this host did not answer within a limit, or not wholly.
pub(super) fn no_answer(
    line: &RequestLine,
    host: String,
    limit: Duration,
    error: &reqwest::Error,
) -> AttemptFailure {
    let (cause, untrusted) = innermost(error);
    let cause = if error.is_timeout() && !error.is_connect() {
        format!("none within {limit:?}")
    } else {
        cause
    };
    AttemptFailure {
        made: if error.is_connect() || error.is_builder() { Made::No } else { Made::Unknown },
        again: !untrusted && !error.is_builder(),
        retry_after: None,
        error: ClientError::NoAnswer { request: line.clone(), host, cause, untrusted },
    }
}

/// When the API answered, by its own clock (the header `Date`).
pub(super) fn date_of(headers: &HeaderMap) -> Option<UtcTime> {
    headers.get(header::DATE).and_then(|value| retry::read_date(value.to_str().ok()?))
}

/// An answer that points elsewhere.
pub(super) fn redirect(
    status: StatusCode,
    headers: &HeaderMap,
    line: &RequestLine,
) -> AttemptFailure {
    let target = headers
        .get(header::LOCATION)
        .and_then(|value| Url::parse(value.to_str().ok()?).ok())
        .map_or_else(|| "another path".to_owned(), |url| url.origin().ascii_serialization());
    let request = line.clone();
    let error = ClientError::Redirect { request, status: status.as_u16(), target };
    AttemptFailure { error, again: false, retry_after: None, made: Made::No }
}

/// An answer that is neither a success nor a redirect.
pub(super) fn refusal(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    line: &RequestLine,
) -> AttemptFailure {
    let retry_after = headers.get(header::RETRY_AFTER).and_then(|value| {
        // A date is by the clock of the one who wrote it.
        let now = date_of(headers).unwrap_or_else(clock::now);
        retry::read_retry_after(value.to_str().ok()?, now)
    });
    let status = status.as_u16();
    // A request that timed out (408) may have been read in full.
    let refused = (400..500).contains(&status) && status != 408;
    AttemptFailure {
        error: ClientError::Status {
            request: line.clone(),
            status,
            said: refusal_reason::read(body),
        },
        again: retry::is_transient(status),
        retry_after,
        made: if refused { Made::No } else { Made::Unknown },
    }
}

/// The innermost cause in words, and whether it is a certificate that is not
/// trusted.
pub(super) fn innermost(error: &reqwest::Error) -> (String, bool) {
    let causes = successors(error.source(), |&cause| {
        // An I/O error that wraps another one skips it in its own chain.
        let wrapped = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let wrapped = wrapped.map(|inner| inner as &(dyn std::error::Error + 'static));
        wrapped.or_else(|| cause.source())
    });
    let Some(cause) = causes.last() else { return (error.to_string(), false) };
    let untrusted =
        matches!(cause.downcast_ref::<rustls::Error>(), Some(rustls::Error::InvalidCertificate(_)));
    (cause.to_string(), untrusted)
}

/// Whether these bytes begin and end as a JSON object or array does. What
/// does not is a proxy's page, or cut off: worth another attempt.
pub(super) fn looks_like_json(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    matches!((body.first(), body.last()), (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']')))
}

/// Whether a body is absent: empty, or the JSON value `null`.
pub(super) fn is_nothing(body: &[u8]) -> bool {
    matches!(body.trim_ascii(), b"" | b"null")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever this computer's clock shows.
    #[test]
    fn a_date_in_retry_after_is_held_against_the_date_of_the_answer() {
        let line = RequestLine { method: "GET", path: "/tasks".into(), attempts: 1 };
        for (date, expected) in
            [("Sun, 06 Nov 1994 08:49:07 GMT", Some(30)), ("Sun, 06 Nov 1994 08:49:37 GMT", None)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(header::DATE, date.parse().unwrap());
            headers.insert(header::RETRY_AFTER, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
            let failure = refusal(StatusCode::TOO_MANY_REQUESTS, &headers, b"", &line);
            assert_eq!(failure.retry_after, expected.map(Duration::from_secs), "{date}");
        }
    }

    #[test]
    fn only_whole_json_looks_like_it() {
        for (body, whole) in [
            ("{}", true),
            (" [1]\n", true),
            ("", false),
            ("{\"items\":[{", false),
            ("<html></html>", false),
            ("null", false),
        ] {
            assert_eq!(looks_like_json(body.as_bytes()), whole, "{body}");
        }
    }
}
