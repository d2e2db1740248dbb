//! A fault: the requests that it concerns, and its effect on them.

use serde::{Deserialize, Serialize};

use super::paging::PagingLie;
use crate::actions::WorldAction;

/// Something that goes wrong with certain requests.
///
/// In JSON, all members but `effect` optional:
/// `{"method": "PUT", "path": "/orchestration/**/pause", "bodyContains":
/// "\"pause\":true", "skip": 1, "times": 2, "probability": 0.3, "seed": 7,
/// "effect": {"status": {"status": 503, "retryAfter": "2"}}}`.
///
/// ```
/// use tmc_standin::{Effect, Fault};
/// let fault = Fault::new(Effect::reset()).on("PUT", "/**/pause").skip(1).times(1);
/// # assert_eq!(fault.times, Some(1));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// Its name in the log; the kind of effect if absent.
    pub name: Option<String>,
    /// The method of the requests concerned; any if absent.
    pub method: Option<String>,
    /// Their path: `*` is one segment or a part of it, `**` any number of them.
    pub path: Option<String>,
    /// A text that their body or query must contain.
    pub body_contains: Option<String>,
    /// So many of them are spared at first.
    #[serde(default)]
    pub skip: u64,
    /// So many are hit; all if absent.
    pub times: Option<u64>,
    /// Which share of the others is hit, 0 to 1; all if absent.
    pub probability: Option<f64>,
    /// Decides which ones these are.
    #[serde(default)]
    pub seed: u64,
    /// The effect on the requests.
    pub effect: Effect,
}

/// The effect of a fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Effect {
    /// The answer takes so long, each one its own time between the two.
    Latency {
        /// Milliseconds at least.
        min_ms: u64,
        /// Milliseconds at most.
        max_ms: u64,
        /// Whether the request has its effect before the wait. If not, and if
        /// the client goes away meanwhile, it never has one.
        #[serde(default)]
        processed: bool,
    },
    /// An answer with this status instead of the true one.
    Status {
        /// The status.
        status: u16,
        /// The value of `Retry-After`.
        retry_after: Option<String>,
        /// The body; an error body of the API if absent.
        body: Option<String>,
        /// Whether the request has its effect all the same.
        #[serde(default)]
        processed: bool,
    },
    /// The connection is reset instead of an answer.
    Reset {
        /// Whether the request has its effect all the same.
        #[serde(default)]
        processed: bool,
    },
    /// The body ends early: `Content-Length` promises more.
    Truncate {
        /// So many bytes are sent.
        keep: usize,
    },
    /// The body comes in small pieces.
    Drip {
        /// Bytes a piece.
        bytes: usize,
        /// Milliseconds between two.
        every_ms: u64,
    },
    /// This body instead of the true one, the status as it was. What does not
    /// begin as JSON does is declared as HTML.
    Body {
        /// The body; may be empty.
        text: String,
    },
    /// A body that begins as a list does and goes on with blanks.
    Huge {
        /// The size in MiB.
        mebibytes: usize,
    },
    /// A redirect (307).
    Redirect {
        /// Where to; to the very same place if absent, so without end.
        to: Option<String>,
    },
    /// A list that is not what it should be.
    Paging(PagingLie),
    /// Somebody does something just before or after the request is handled.
    Act {
        /// The action.
        action: WorldAction,
        /// After the request was handled, not before.
        #[serde(default)]
        after: bool,
    },
}

impl Effect {
    /// Every answer takes so long.
    #[must_use]
    pub fn latency_ms(millis: u64) -> Self {
        Self::Latency { min_ms: millis, max_ms: millis, processed: false }
    }

    /// A status with the API's error body, without effect.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Status { status, retry_after: None, body: None, processed: false }
    }

    /// A reset connection; the request has no effect.
    #[must_use]
    pub fn reset() -> Self {
        Self::Reset { processed: false }
    }

    /// A reset connection; the request has its effect, the answer is lost.
    #[must_use]
    pub fn reset_after() -> Self {
        Self::Reset { processed: true }
    }

    /// Somebody does something just before the request is handled.
    #[must_use]
    pub fn before(action: WorldAction) -> Self {
        Self::Act { action, after: false }
    }

    /// Somebody does something just after the request was handled.
    #[must_use]
    pub fn after(action: WorldAction) -> Self {
        Self::Act { action, after: true }
    }

    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Latency { .. } => "latency",
            Self::Status { .. } => "status",
            Self::Reset { .. } => "reset",
            Self::Truncate { .. } => "truncate",
            Self::Drip { .. } => "drip",
            Self::Body { .. } => "body",
            Self::Huge { .. } => "huge",
            Self::Redirect { .. } => "redirect",
            Self::Paging(_) => "paging",
            Self::Act { .. } => "act",
        }
    }
}

impl Fault {
    /// A fault that hits every request.
    #[must_use]
    pub fn new(effect: Effect) -> Self {
        Self {
            name: None,
            method: None,
            path: None,
            body_contains: None,
            skip: 0,
            times: None,
            probability: None,
            seed: 0,
            effect,
        }
    }

    /// Only requests with this method and a path like this.
    #[must_use]
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.method = Some(method.to_owned());
        self.path = Some(path.to_owned());
        self
    }

    /// Only requests whose body or query contains this text.
    #[must_use]
    pub fn containing(mut self, text: &str) -> Self {
        self.body_contains = Some(text.to_owned());
        self
    }

    /// The first so many are spared.
    #[must_use]
    pub fn skip(mut self, skip: u64) -> Self {
        self.skip = skip;
        self
    }

    /// At most so many are hit.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Only such a share is hit, chosen by the seed.
    #[must_use]
    pub fn probability(mut self, probability: f64, seed: u64) -> Self {
        self.probability = Some(probability);
        self.seed = seed;
        self
    }
}
