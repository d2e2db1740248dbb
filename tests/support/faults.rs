//! The faults of the stand-in, and their expected consequences.

use tmc_standin::Effect;

use super::cells::tries_every_cell;

/// Longer than an honest answer takes, and shorter than that of some faults.
const SHORT: &str = "500ms";

/// The expected consequence of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consequence {
    /// Tried again; if it lasts, this exit code.
    Again(i32),
    /// This exit code at once.
    Over(i32),
}
use Consequence::{Again, Over};

pub(crate) fn status(status: u16) -> Effect {
    // Without this, a 429 is waited for as long as the API's minute asks.
    let retry_after = (status == 429).then(|| "0".to_owned());
    Effect::Status { status, retry_after, body: None, processed: false }
}

/// The flags under which a fault shows soon.
pub(crate) fn bounds(effect: Option<&Effect>) -> Vec<&'static str> {
    let slow = matches!(effect, Some(Effect::Latency { .. } | Effect::Drip { .. }));
    let mut flags = vec!["--retries", "1"];
    flags.extend(["--timeout", SHORT].into_iter().filter(|_| slow));
    flags
}

/// Every kind of fault, what it leads to, and words of the message.
pub(crate) fn faults() -> Vec<(Effect, Consequence, &'static str)> {
    let mut all = vec![
        (status(400), Over(69), "answered 400 Bad Request"),
        (status(401), Over(77), "answered 401 Unauthorized"),
        (status(403), Over(77), "answered 403 Forbidden"),
        (status(404), Over(78), "answered 404 Not Found"),
        (status(405), Over(69), "answered 405 Method Not Allowed"),
        (status(406), Over(69), "answered 406 Not Acceptable"),
        (status(501), Over(69), "answered 501 Not Implemented"),
        (Effect::reset(), Again(69), "no answer from http://127.0.0.1"),
        (Effect::reset_after(), Again(69), "no answer from http://127.0.0.1"),
        (Effect::Truncate { keep: 10 }, Again(69), "no answer from http://127.0.0.1"),
        (Effect::Body { text: String::new() }, Again(69), "it is not JSON"),
        (Effect::Body { text: "<html>".to_owned() }, Again(69), "it is not JSON"),
        (Effect::Body { text: "{\"a\":}".to_owned() }, Over(69), "cannot be read"),
        (Effect::Huge { mebibytes: 33 }, Over(69), "larger than 32 MiB"),
        (Effect::Redirect { to: None }, Over(69), "is a redirect (307)"),
        (
            Effect::Redirect { to: Some("https://elsewhere.example/x".to_owned()) },
            Over(69),
            "to https://elsewhere.example, which is not followed",
        ),
        (Effect::latency_ms(60_000), Again(69), "none within 500ms"),
        (Effect::Drip { bytes: 1, every_ms: 300 }, Again(69), "none within 500ms"),
    ];
    for code in [408, 425, 429, 500, 502, 503, 504] {
        all.push((status(code), Again(69), "the API answered"));
    }
    all
}

/// The faults that the suite puts at one endpoint: of those that the tools distinguish by
/// nothing but their number or address, one by turns. All of them, where every cell is
/// tried.
pub(crate) fn faults_of_turn(turn: usize) -> Vec<(Effect, Consequence, &'static str)> {
    const REFUSED: [u16; 4] = [400, 405, 406, 501];
    const REPEATED: [u16; 7] = [504, 408, 425, 500, 429, 502, 503];
    let mut all = faults();
    if !tries_every_cell() {
        let of_turn = [REFUSED[turn % REFUSED.len()], REPEATED[turn % REPEATED.len()]];
        let is_alike = |status: &u16| REFUSED.contains(status) || REPEATED.contains(status);
        all.retain(|(effect, ..)| match effect {
            Effect::Status { status, .. } => !is_alike(status) || of_turn.contains(status),
            Effect::Redirect { to } => to.is_some() == turn.is_multiple_of(2),
            _ => true,
        });
    }
    all
}

/// Whether that may be the refusal of a long span.
pub(crate) fn may_ask_too_much(effect: &Effect) -> bool {
    matches!(effect, Effect::Status { status: 400 | 500 | 501 | 504, .. })
}
