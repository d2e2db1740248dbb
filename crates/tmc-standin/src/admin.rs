//! The stand-in's own interface under `/_standin/`, for demos and scripts.
//!
//! It asks for no credentials and keeps no log.

use hyper::{Method, StatusCode};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::actions::WorldAction;
use crate::clock::{Clock, Time};
use crate::http::{Answer, ApiRefusal, Ask};
use crate::options::Options;
use crate::shared::StandinState;

/// The beginning of the paths of the interface.
pub(crate) const PREFIX: &str = "/_standin/";

/// The body of `POST /_standin/clock`: one or two of these.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    /// The instant that the clock shall show.
    at: Option<Time>,
    /// Whether it stands still from now on.
    frozen: Option<bool>,
    /// The length by which to move it, e.g. `PT1H30M` or `90m`.
    advance: Option<SignedDuration>,
}

pub(crate) fn answer(shared: &StandinState, ask: &Ask) -> Answer {
    route(shared, ask).unwrap_or_else(|refusal| refusal.into_answer(0))
}

fn route(shared: &StandinState, ask: &Ask) -> Result<Answer, ApiRefusal> {
    let ok = StatusCode::OK;
    match (&ask.method, ask.path.strip_prefix(PREFIX).unwrap_or_default()) {
        (&Method::GET, "health") => Answer::json(ok, &json!({"status": "up"})),
        (&Method::GET, "requests") => Answer::json(ok, &*shared.log()),
        (&Method::GET, "state") => Answer::json(ok, &shared.tenant().snapshot()),
        (&Method::GET, "clock") => Answer::json(ok, &json!({"now": shared.tenant().now()})),
        (&Method::POST, "clock") => set_clock(shared, &ask.json()?),
        (&Method::POST, "faults") => {
            let added = shared.faults().add(ask.json()?);
            added.map_err(|error| ApiRefusal::bad(format!("{error:#}")))?;
            Ok(Answer::empty(StatusCode::NO_CONTENT))
        }
        (&Method::DELETE, "faults") => {
            shared.faults().clear();
            Ok(Answer::empty(StatusCode::NO_CONTENT))
        }
        (&Method::GET, "options") => Answer::json(ok, &shared.tenant().options),
        (&Method::POST, "options") => {
            let mut tenant = shared.tenant();
            tenant.options = changed(&tenant.options, ask.json()?)?;
            Ok(Answer::empty(StatusCode::NO_CONTENT))
        }
        (&Method::POST, "actions") => {
            let actions: Vec<WorldAction> = ask.json()?;
            let mut tenant = shared.tenant();
            for action in actions {
                tenant.act(action).map_err(|error| ApiRefusal::bad(format!("{error:#}")))?;
            }
            Ok(Answer::empty(StatusCode::NO_CONTENT))
        }
        (method, path) => Err(ApiRefusal::not_found(format!("no {method} {PREFIX}{path}"))),
    }
}

fn set_clock(shared: &StandinState, change: &ClockChange) -> Result<Answer, ApiRefusal> {
    let mut tenant = shared.tenant();
    let mut clock = tenant.clock;
    if let Some(by) = change.advance {
        clock.advance(by);
    }
    let at = change.at.unwrap_or_else(|| clock.now());
    let frozen = change.frozen.unwrap_or(matches!(clock, Clock::Frozen(_)));
    tenant.clock = if frozen { Clock::Frozen(at) } else { Clock::running_from(at) };
    Answer::json(StatusCode::OK, &json!({"now": tenant.now()}))
}

/// The options with those that the change names replaced.
fn changed(options: &Options, change: Map<String, Value>) -> Result<Options, ApiRefusal> {
    let bad = |error: serde_json::Error| ApiRefusal::bad(error.to_string());
    let mut value = serde_json::to_value(options).map_err(bad)?;
    if let Value::Object(members) = &mut value {
        members.extend(change);
    }
    serde_json::from_value(value).map_err(bad)
}
