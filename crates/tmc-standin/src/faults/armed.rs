//! The faults in force, and those of them that hit a request.

use anyhow::{Context as _, ensure};
use globset::{GlobBuilder, GlobMatcher};

use super::{Effect, Fault};
use crate::http::Ask;

/// The faults that are in force, each with the number of requests that it has met.
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

    /// The faults that hit this request.
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
    /// The numbers that an `f64` distinguishes in [0, 1).
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
    fn requests_are_distinguished_by_method_path_and_body() {
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
