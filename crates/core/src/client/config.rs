//! Where the API is, who asks, and the bounds of the whole conversation.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use super::waits::WaitObserver;

/// The regions that the vendor names. Others are accepted: new ones appear
/// faster than new versions of a tool.
pub const KNOWN_REGIONS: [&str; 12] =
    ["eu", "us", "us-west", "ap", "au", "in", "sg", "ie", "uk", "fr", "il", "ae"];

/// The faults of a base URL.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BaseUrlError {
    /// Not a region's name.
    #[error("not a region: only lower-case letters, digits and hyphens, such as eu or us-west")]
    Region,
    /// Not a URL at all.
    #[error("not a URL such as https://api.eu.cloud.talend.com")]
    Url,
    /// A credential in a URL ends up in process lists and histories.
    #[error("a URL must not hold a user name or a password")]
    UserInfo,
    /// A query or fragment would be lost.
    #[error("a base URL has no query and no fragment")]
    Query,
    /// A token would travel in the clear.
    #[error("only https, except for a loopback address: the token would travel in the clear")]
    Insecure,
}

/// The address that the paths of the API are appended to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// `https://api.<region>.cloud.talend.com`, as the API's descriptions give
    /// it for each region.
    pub fn region(region: &str) -> Result<Self, BaseUrlError> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if region.is_empty() || !region.bytes().all(fits) || region.starts_with('-') {
            return Err(BaseUrlError::Region);
        }
        Self::parse(&format!("https://api.{region}.cloud.talend.com"))
            .map_err(|_| BaseUrlError::Region)
    }

    /// Another base URL: https, or http on a loopback address. A path is kept
    /// as a prefix.
    ///
    /// # Errors
    ///
    /// The text is no such URL, or has a user, a password, a query or a fragment.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let url = Url::parse(text).map_err(|_| BaseUrlError::Url)?;
        if url.cannot_be_a_base() || url.host_str().is_none_or(str::is_empty) {
            return Err(BaseUrlError::Url);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Query);
        }
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if is_loopback(&url) => Ok(Self(url)),
            "http" => Err(BaseUrlError::Insecure),
            _ => Err(BaseUrlError::Url),
        }
    }

    /// Scheme, host and port: what a token is asked for (`audience`).
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Whether it is asked by TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The base with these path segments after it, each percent-encoded.
    pub(super) fn join(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    })
}

/// Who asks. Neither form can be printed, and both are wiped when dropped.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// A personal access token, or a service account's token that somebody
    /// else fetched and renews.
    Token(SecretString),
    /// A service account, whose tokens are fetched and renewed here.
    ServiceAccount {
        /// The account's ID.
        id: SecretString,
        /// Its secret.
        secret: SecretString,
    },
}

/// The bound of the requests in flight at a time.
///
/// ```
/// use maintenance_core::client::Concurrency;
///
/// let fixed = Concurrency::fixed(4);
/// assert_eq!((fixed.first(), fixed.most()), (4, 4));
/// assert!(Concurrency::GROWING.first() < Concurrency::GROWING.most());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concurrency {
    first: usize,
    most: usize,
}

impl Concurrency {
    /// 8 at first, and up to 32 where answers are slow.
    pub const GROWING: Self = Self { first: 8, most: 32 };

    /// The same number all the time; at least 1.
    #[must_use]
    pub const fn fixed(number: usize) -> Self {
        let number = if number == 0 { 1 } else { number };
        Self { first: number, most: number }
    }

    /// The number at first.
    #[must_use]
    pub const fn first(self) -> usize {
        self.first
    }

    /// The largest number.
    #[must_use]
    pub const fn most(self) -> usize {
        self.most
    }
}

/// The bounds of the whole conversation with the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests in flight at a time.
    pub concurrency: Concurrency,
    /// Requests a minute, for the Orchestration and the Processing API each;
    /// at least 1.
    pub rate: usize,
    /// The time for one attempt, its answer's body included.
    pub timeout: Duration,
    /// The number of times that one request is repeated.
    pub retries: u32,
    /// The time for everything together.
    pub deadline: Option<Duration>,
    /// The number of items that one list may have.
    pub max_items: u64,
    /// Whether an API that is away is asked again within seconds, whatever wait
    /// it asks for: for a caller with a time to keep.
    pub is_urgent: bool,
}

/// One attempt to exchange a request for an answer, for `--verbose`. It holds
/// no header and no body.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// `GET`, `POST` or `PUT`.
    pub method: &'static str,
    /// Path and query.
    pub path: &'a str,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Bytes of the answer's body, after decompression.
    pub bytes: usize,
    /// From the first byte sent to the last one read.
    pub took: Duration,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// The error, where there was no whole answer.
    pub failure: Option<&'a str>,
    /// The wait that a refusal asked for.
    pub retry_after: Option<Duration>,
}

/// Is called with each attempt.
pub type Observer = Box<dyn Fn(&Exchange<'_>) + Send + Sync>;

/// Everything that a client is made of.
pub struct Config {
    /// Where the API is.
    pub base: BaseUrl,
    /// Who asks.
    pub credentials: Credentials,
    /// The bounds of the conversation.
    pub limits: Limits,
    /// Root certificates in PEM to trust besides the platform's own.
    pub extra_roots: Option<Vec<u8>>,
    /// Is called with each attempt.
    pub observer: Option<Observer>,
    /// Is called with each wait.
    pub wait_observer: Option<WaitObserver>,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("base", &self.base.to_string())
            .field("credentials", &self.credentials)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Default for Limits {
        /// The API allows 1,800 transactions a minute and source address.
        fn default() -> Self {
            Self {
                concurrency: Concurrency::GROWING,
                rate: 1800,
                timeout: Duration::from_secs(30),
                retries: 5,
                deadline: None,
                max_items: 1_000_000,
                is_urgent: false,
            }
        }
    }

    #[test]
    fn regions_make_urls_and_unsafe_urls_are_refused() {
        let eu = BaseUrl::region("eu").unwrap();
        assert_eq!(eu.to_string(), "https://api.eu.cloud.talend.com");
        assert_eq!(eu.origin(), "https://api.eu.cloud.talend.com");
        for region in ["", "EU", "eu.evil.example/", "eu@x", "-eu", "é"] {
            assert_eq!(BaseUrl::region(region), Err(BaseUrlError::Region), "{region}");
        }
        for loopback in
            ["http://127.0.0.1:8080", "http://127.9.9.9", "http://[::1]:9", "http://localhost:1"]
        {
            assert!(BaseUrl::parse(loopback).is_ok(), "{loopback}");
        }
        for (text, error) in [
            ("http://api.eu.cloud.talend.com", BaseUrlError::Insecure),
            ("http://127.0.0.1.evil.example", BaseUrlError::Insecure),
            ("http://localhost.evil.example", BaseUrlError::Insecure),
            ("https://me:secret@api.eu.cloud.talend.com", BaseUrlError::UserInfo),
            ("https://api.eu.cloud.talend.com?x=1", BaseUrlError::Query),
            ("ftp://127.0.0.1", BaseUrlError::Url),
            ("data:,x", BaseUrlError::Url),
            ("api.eu.cloud.talend.com", BaseUrlError::Url),
        ] {
            assert_eq!(BaseUrl::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn paths_are_appended_and_encoded() {
        for base in ["http://127.0.0.1:1/mock", "http://127.0.0.1:1/mock/"] {
            let url = BaseUrl::parse(base).unwrap().join(&["orchestration", "a/b?c", "pause"]);
            assert_eq!(url.as_str(), "http://127.0.0.1:1/mock/orchestration/a%2Fb%3Fc/pause");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let config = Config {
            base: BaseUrl::region("eu").unwrap(),
            credentials: Credentials::ServiceAccount {
                id: "canary-id".to_owned().into(),
                secret: "canary-secret".to_owned().into(),
            },
            limits: Limits::default(),
            extra_roots: None,
            observer: None,
            wait_observer: None,
        };
        let text = format!("{config:?} {:?}", Credentials::Token("canary-token".to_owned().into()));
        assert!(!text.contains("canary"), "{text}");
    }
}
