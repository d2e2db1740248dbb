//! What goes wrong on demand: which requests it concerns, and what it does.

pub(crate) mod paging;

use anyhow::{Context as _, ensure};
use globset::{GlobBuilder, GlobMatcher};
use serde::{Deserialize, Serialize};

use crate::actions::Action;
use crate::http::Ask;

pub use paging::PagingLie;

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
    /// What the log calls it; the kind of effect if absent.
    #[serde(default)]
    pub name: Option<String>,
    /// The method of the requests concerned; any if absent.
    #[serde(default)]
    pub method: Option<String>,
    /// Their path: `*` is one segment or a part of it, `**` any number of them.
    #[serde(default)]
    pub path: Option<String>,
    /// A text that their body or query must contain.
    #[serde(default)]
    pub body_contains: Option<String>,
    /// So many of them are spared at first.
    #[serde(default)]
    pub skip: u64,
    /// So many are hit; all if absent.
    #[serde(default)]
    pub times: Option<u64>,
    /// Which share of the others is hit, 0 to 1; all if absent.
    #[serde(default)]
    pub probability: Option<f64>,
    /// Decides which ones these are.
    #[serde(default)]
    pub seed: u64,
    /// What goes wrong.
    pub effect: Effect,
}

/// What goes wrong.
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
        #[serde(default)]
        retry_after: Option<String>,
        /// The body; an error body of the API if absent.
        #[serde(default)]
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
    /// This body instead of the true one, the status as it was.
    Body {
        /// The body; may be empty.
        text: String,
    },
    /// A body that begins as a list does and goes on with blanks.
    Huge {
        /// How many MiB.
        mebibytes: usize,
    },
    /// A redirect (307).
    Redirect {
        /// Where to; to the very same place if absent, so without end.
        #[serde(default)]
        to: Option<String>,
    },
    /// A list that is not what it should be.
    Paging(PagingLie),
    /// Somebody does something just before or after the request is handled.
    Act {
        /// What is done.
        action: Action,
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
    pub fn before(action: Action) -> Self {
        Self::Act { action, after: false }
    }

    /// Somebody does something just after the request was handled.
    #[must_use]
    pub fn after(action: Action) -> Self {
        Self::Act { action, after: true }
    }

    fn word(&self) -> &'static str {
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

/// The faults that are in force, with what they have seen.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
}

/// A fault that hits a request.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) name: String,
    pub(crate) effect: Effect,
    /// A number in [0, 1) for what the effect leaves to chance.
    pub(crate) chance: f64,
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    path: Option<GlobMatcher>,
    seen: u64,
    hit: u64,
}

impl Faults {
    /// Puts faults in force, all or none.
    pub(crate) fn add(&mut self, faults: Vec<Fault>) -> anyhow::Result<()> {
        let mut armed = Vec::with_capacity(faults.len());
        for fault in faults {
            let share = fault.probability.unwrap_or(1.0);
            ensure!((0.0..=1.0).contains(&share), "probability {share} is not in [0, 1]");
            if let Effect::Latency { min_ms, max_ms, .. } = fault.effect {
                ensure!(min_ms <= max_ms, "latency: {min_ms} ms is more than {max_ms} ms");
            }
            if let Effect::Status { status, .. } = fault.effect {
                ensure!((200..600).contains(&status), "status {status} is not in [200, 599]");
            }
            let path = fault.path.as_deref().map(matcher).transpose()?;
            armed.push(Armed { fault, path, seen: 0, hit: 0 });
        }
        self.armed.extend(armed);
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.armed.clear();
    }

    /// What goes wrong with this request.
    pub(crate) fn hit(&mut self, ask: &Ask, query: &str) -> Vec<Hit> {
        self.armed.iter_mut().filter_map(|armed| armed.hit(ask, query)).collect()
    }
}

impl Armed {
    fn hit(&mut self, ask: &Ask, query: &str) -> Option<Hit> {
        let Fault { name, method, body_contains, skip, times, probability, seed, effect, .. } =
            &self.fault;
        let contains = |text: &String| {
            query.contains(text) || String::from_utf8_lossy(&ask.body).contains(text)
        };
        if method.as_ref().is_some_and(|method| ask.method.as_str() != method)
            || self.path.as_ref().is_some_and(|path| !path.is_match(&ask.path))
            || !body_contains.as_ref().is_none_or(contains)
        {
            return None;
        }
        self.seen += 1;
        if self.seen <= *skip
            || times.is_some_and(|times| self.hit >= times)
            || probability.is_some_and(|share| chance(*seed, self.seen) >= share)
        {
            return None;
        }
        self.hit += 1;
        let name = name.clone().unwrap_or_else(|| effect.word().to_owned());
        let chance = chance(seed.wrapping_add(1), self.seen);
        Some(Hit { name, effect: effect.clone(), chance })
    }
}

fn matcher(path: &str) -> anyhow::Result<GlobMatcher> {
    let glob = GlobBuilder::new(path).literal_separator(true).build();
    Ok(glob.with_context(|| format!("path \"{path}\""))?.compile_matcher())
}

/// A number in [0, 1) that depends on nothing but its arguments.
fn chance(seed: u64, n: u64) -> f64 {
    /// The numbers that an `f64` tells apart in [0, 1).
    const STEPS: u32 = 1 << 24;
    let bits = u32::try_from(crate::random::mix(seed, n) >> 40).unwrap_or(0);
    f64::from(bits) / f64::from(STEPS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use hyper::{HeaderMap, Method};

    fn ask(method: Method, path: &str, body: &'static str) -> Ask {
        Ask {
            method,
            path: path.to_owned(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
            source: [127, 0, 0, 1].into(),
        }
    }

    fn hits(fault: Fault, asks: &[Ask]) -> Vec<usize> {
        let mut faults = Faults::default();
        faults.add(vec![fault]).unwrap();
        let hit = |ask: &&(usize, &Ask), faults: &mut Faults| !faults.hit(ask.1, "").is_empty();
        let all: Vec<_> = asks.iter().enumerate().collect();
        all.iter().filter(|ask| hit(ask, &mut faults)).map(|(n, _)| *n).collect()
    }

    #[test]
    fn requests_are_told_apart_by_method_path_and_body() {
        let asks = [
            ask(Method::GET, "/a/tasks/1/pause", ""),
            ask(Method::PUT, "/a/tasks/1/pause", r#"{"pause":true}"#),
            ask(Method::PUT, "/a/plans/1/pause", r#"{"pause":false}"#),
        ];
        let fault = || Fault::new(Effect::reset());
        assert_eq!(hits(fault(), &asks), [0, 1, 2]);
        assert_eq!(hits(fault().on("PUT", "/**/pause"), &asks), [1, 2]);
        assert_eq!(hits(fault().on("PUT", "/a/tasks/*/pause"), &asks), [1]);
        assert_eq!(hits(fault().on("PUT", "/a/*/pause"), &asks), [0; 0]);
        assert_eq!(hits(fault().containing("false"), &asks), [2]);
    }

    #[test]
    fn some_are_spared_and_then_some_are_hit() {
        let asks = vec![ask(Method::GET, "/", ""); 6];
        assert_eq!(hits(Fault::new(Effect::reset()).skip(2).times(3), &asks), [2, 3, 4]);
    }

    #[test]
    fn the_seed_decides_which_share_is_hit() {
        let asks = vec![ask(Method::GET, "/", ""); 1_000];
        let fault = |seed| Fault::new(Effect::reset()).probability(0.3, seed);
        let first = hits(fault(1), &asks);
        assert!((250..350).contains(&first.len()), "{}", first.len());
        assert_eq!(hits(fault(1), &asks), first);
        assert_ne!(hits(fault(2), &asks), first);
    }

    #[test]
    fn faults_that_make_no_sense_are_refused() {
        let refused = [
            Fault::new(Effect::reset()).probability(1.5, 0),
            Fault::new(Effect::reset()).on("GET", "/a{"),
            Fault::new(Effect::status(99)),
            Fault::new(Effect::Latency { min_ms: 2, max_ms: 1, processed: false }),
        ];
        for fault in refused {
            assert!(Faults::default().add(vec![fault.clone()]).is_err(), "{fault:?}");
        }
        let unknown = r#"{"effect":{"reset":{}},"pth":"/"}"#;
        assert!(serde_json::from_str::<Fault>(unknown).is_err());
    }
}
