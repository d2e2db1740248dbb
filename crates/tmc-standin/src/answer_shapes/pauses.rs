//! The answers of tenants to a pause or resume, and the form in which they show
//! it.

use bytes::Bytes;
use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use crate::http::{Answer, Ask};

/// The answer to a pause or resume that is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PauseAnswer {
    /// 202 if it changes something, 204 if not.
    #[default]
    Described,
    /// 204 always.
    NoContent,
    /// 202 always.
    Accepted,
    /// 200 always, without a body.
    Ok,
    /// 200 always, with a body that is no JSON.
    OkWithText,
    /// 202 always, with an object.
    AcceptedWithObject,
}

impl PauseAnswer {
    /// The answer that this tenant gives instead.
    pub(super) fn shape(self, ask: &Ask, answer: Answer) -> Answer {
        let is_pause = ask.method == Method::PUT && ask.path.ends_with("/pause");
        if !is_pause || !answer.status.is_success() {
            return answer;
        }
        let (status, body) = match self {
            Self::Described => return answer,
            Self::NoContent => (StatusCode::NO_CONTENT, ""),
            Self::Accepted => (StatusCode::ACCEPTED, ""),
            Self::Ok => (StatusCode::OK, ""),
            Self::OkWithText => (StatusCode::OK, "done"),
            Self::AcceptedWithObject => (StatusCode::ACCEPTED, "{\"status\":\"accepted\"}"),
        };
        let mut shaped = Answer::empty(status);
        shaped.body = Bytes::from_static(body.as_bytes());
        shaped
    }
}

/// The form in which `pauseContext` is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ContextShape {
    /// As it was sent.
    #[default]
    Described,
    /// With HTML's entities.
    Html,
    /// Percent-encoded.
    Url,
    /// As the field of a form, with `+` for blanks.
    Form,
    /// In lower case.
    LowerCase,
    /// Only forty characters of it, and an ellipsis.
    Ellipsis,
    /// Replaced by a text of the tenant's own.
    Replaced,
}

impl ContextShape {
    pub(super) fn write(self, text: &str) -> Option<String> {
        Some(match self {
            Self::Described => return None,
            Self::Html => text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
                .replace('\'', "&#39;")
                .replace('=', "&#x3D;"),
            Self::Url => form_urlencoded::byte_serialize(text.as_bytes())
                .collect::<String>()
                .replace('+', "%20"),
            Self::Form => form_urlencoded::byte_serialize(text.as_bytes()).collect(),
            Self::LowerCase => text.to_lowercase(),
            Self::Ellipsis if text.chars().count() <= 40 => return None,
            Self::Ellipsis => text.chars().take(40).chain(['…']).collect(),
            Self::Replaced => "Paused by the API".to_owned(),
        })
    }
}
