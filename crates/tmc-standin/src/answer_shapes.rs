//! Shapes of answers in which tenants differ from the description: one switch
//! for each. The routes answer as described; this brings the answer into the
//! shape that is wanted, and refuses what the shape wants refused.

mod pauses;

use bytes::Bytes;
use hyper::{StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::Time;
use crate::http::{Answer, ApiRefusal, Ask};

pub use pauses::{ContextShape, PauseAnswer};

/// The form of this tenant's answers. Every member is optional; by default they
/// look as the vendor's description says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "a switchboard")]
pub struct AnswerShapes {
    /// A client that accepts only `application/json` is refused with 406.
    pub any_accept_only: bool,
    /// The form in which a refusal gives its reason.
    pub errors: ErrorShape,
    /// The form of date-times.
    pub dates: DateShape,
    /// The form of `pause`.
    pub pause: PauseShape,
    /// The answer to a pause or resume that is done.
    pub pause_answer: PauseAnswer,
    /// The form in which `pauseContext` is shown.
    pub contexts: ContextShape,
    /// Who paused is not shown.
    pub no_pause_user: bool,
    /// Answers have no header `Date`.
    pub no_date_header: bool,
    /// The encoding of the text of an answer.
    pub encoding: Encoding,
    /// IDs that consist of digits are numbers.
    pub numeric_ids: bool,
    /// The letters of `type` and `status`.
    pub letters: Letters,
    /// Arrays come as `{"items": […]}`, and pages as bare arrays.
    pub lists_swapped: bool,
    /// The answer where a list has no items.
    pub no_items: NoItems,
    /// The number that `total` gives.
    pub total: TotalShape,
    /// A task or plan that is asked for by its ID is answered with another.
    pub other_object: bool,
    /// The search takes no offset above this one; any if absent.
    pub search_offsets: Option<usize>,
    /// The search takes no span of more days than this; any if absent.
    pub search_days: Option<i64>,
    /// The refusal of an offset or a span that is not taken.
    pub refuses: Refuses,
    /// Each scheduled run is listed twice.
    pub twins: bool,
}

/// The form in which a refusal gives its reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ErrorShape {
    /// `{"status", "message", "detail", "requestId"}`.
    #[default]
    Described,
    /// `{"errors": [{"code", "message"}]}`.
    Errors,
    /// `{"error", "error_description"}`.
    OAuth,
    /// `{"code": …}` and nothing else.
    Code,
    /// A page of HTML.
    Html,
    /// Bare text.
    Text,
    /// No body at all.
    Empty,
}

/// The form of date-times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DateShape {
    /// `2026-12-01T02:00:00.000Z`
    #[default]
    Described,
    /// `2026-12-01T02:00:00.000+0000`
    BasicOffset,
    /// `2026-12-01T02:00:00`, which is UTC.
    NoZone,
    /// `2026-12-01T02:00Z`
    NoSeconds,
    /// Epoch milliseconds, a number.
    Millis,
    /// Epoch milliseconds, the digits in a string.
    MillisText,
    /// `1 December 2026`, which nobody can read for certain.
    Words,
}

/// The form of `pause`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PauseShape {
    /// `true`
    #[default]
    Described,
    /// `"true"`
    Text,
    /// `1`
    Number,
    /// `"maybe"`, which nobody can read.
    Odd,
}

/// The encoding of the text of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Encoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// UTF-8 with a byte order mark.
    ByteOrderMark,
    /// ISO 8859-1, which `Content-Type` declares.
    Latin1,
}

/// The letters of `type` and `status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Letters {
    /// `TASK` and `executing`.
    #[default]
    Described,
    /// `task` and `EXECUTING`.
    Swapped,
}

/// The answer where a list has no items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NoItems {
    /// A page without items.
    #[default]
    Described,
    /// 204.
    NoContent,
    /// 200 without a body.
    Nothing,
}

/// The number that `total` gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TotalShape {
    /// The number of items of the list.
    #[default]
    Described,
    /// The number of items of the page.
    OfThePage,
    /// One more than the list has.
    OneMore,
    /// One less, if the list has any.
    OneLess,
    /// It is not there.
    Absent,
}

/// The refusal of an offset or a span that is not taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Refuses {
    /// 400.
    #[default]
    BadRequest,
    /// 422.
    Unprocessable,
    /// 500.
    ServerError,
    /// A page without items, though `total` knows of some.
    EmptyPage,
}

impl AnswerShapes {
    /// Whether a search goes beyond what this tenant takes: its page is empty
    /// then, or the search is refused.
    pub(crate) fn is_beyond(
        &self,
        offset: usize,
        from: Time,
        to: Time,
    ) -> Result<bool, ApiRefusal> {
        let span = to.millis() - from.millis();
        let what = if self.search_offsets.is_some_and(|most| offset > most) {
            format!("offset {offset} is not supported")
        } else if self.search_days.is_some_and(|most| span > most * 86_400_000) {
            format!("a span of {span} ms is not supported")
        } else {
            return Ok(false);
        };
        let status = match self.refuses {
            Refuses::BadRequest => StatusCode::BAD_REQUEST,
            Refuses::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
            Refuses::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Refuses::EmptyPage => return Ok(true),
        };
        Err(ApiRefusal::new(status, what))
    }

    /// Whether this client accepts too little.
    pub(crate) fn refuses_accept(&self, ask: &Ask) -> bool {
        self.any_accept_only
            && ask.header(header::ACCEPT).is_some_and(|accept| !accept.contains("*/*"))
    }

    /// Brings an answer into the shape that is wanted.
    pub(crate) fn shape(&self, ask: &Ask, mut answer: Answer) -> Answer {
        if answer.status.is_client_error() || answer.status.is_server_error() {
            self.shape_error(&mut answer);
        } else if let Ok(mut value) = serde_json::from_slice::<Value>(&answer.body)
            && *self != Self::default()
            && !ask.path.starts_with("/security/")
        {
            self.walk(None, &mut value);
            let is_list = value.get("items").is_some() || value.is_array();
            if is_list && !self.shape_list(&mut value) {
                return match self.no_items {
                    NoItems::NoContent => Answer::empty(StatusCode::NO_CONTENT),
                    _ => Answer::empty(answer.status),
                };
            }
            if self.other_object && !is_list {
                rename(&mut value);
            }
            answer.body = Bytes::from(value.to_string());
        }
        let mut answer = self.pause_answer.shape(ask, answer);
        self.encode(&mut answer);
        answer
    }

    /// Shapes every member below a value.
    fn walk(&self, name: Option<&str>, value: &mut Value) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| self.walk(name, value)),
            Value::Object(members) => {
                for (name, value) in members {
                    self.walk(Some(name), value);
                }
            }
            plain => {
                if let Some(shaped) = name.and_then(|name| self.member(name, plain)) {
                    *plain = shaped;
                }
            }
        }
    }

    /// A member in another shape, if it has one.
    fn member(&self, name: &str, value: &Value) -> Option<Value> {
        let text = value.as_str();
        match name {
            "date" | "pauseDate" | "triggerTimestamp" | "startTimestamp" | "finishTimestamp" => {
                self.dates.write(text?)
            }
            "pause" => self.pause.write(value.as_bool()?),
            "pauseContext" => Some(self.contexts.write(text?)?.into()),
            "user" | "userType" if self.no_pause_user => Some(Value::Null),
            "id" | "executable" | "taskId" | "planId" | "executionId" | "taskIds"
            | "workspaceId"
                if self.numeric_ids =>
            {
                let number: u64 = text?.parse().ok()?;
                Some(number.into())
            }
            "type" | "status" | "executionType" | "misfiredExecutionReason"
                if self.letters == Letters::Swapped =>
            {
                let upper = text?.chars().all(|letter| !letter.is_lowercase());
                let swap = if upper { str::to_lowercase } else { str::to_uppercase };
                Some(swap(text?).into())
            }
            _ => None,
        }
    }

    /// Shapes a list; false if its answer is to have no body.
    fn shape_list(&self, value: &mut Value) -> bool {
        let is_page = value.get("items").is_some();
        let items = value.get("items").unwrap_or(value).as_array().map_or(0, Vec::len);
        let total = value.get("total").and_then(Value::as_u64);
        if items == 0 && total.unwrap_or(0) == 0 && self.no_items != NoItems::Described {
            return false;
        }
        if let (Some(total), Some(page)) = (total, value.as_object_mut()) {
            let total = match self.total {
                TotalShape::Described => Some(total),
                TotalShape::OfThePage => Some(items as u64),
                TotalShape::OneMore => Some(total + 1),
                TotalShape::OneLess => Some(total.saturating_sub(1)),
                TotalShape::Absent => None,
            };
            page.remove("total");
            page.extend(total.map(|total| ("total".to_owned(), total.into())));
        }
        if self.lists_swapped {
            *value = if is_page { value["items"].take() } else { json!({"items": value.take()}) };
        }
        true
    }

    fn shape_error(&self, answer: &mut Answer) {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let detail = body["detail"].as_str().unwrap_or_default();
        let message = body["message"].as_str().unwrap_or_default();
        let shaped = match self.errors {
            ErrorShape::Described => return,
            ErrorShape::Errors => json!({"errors": [{"code": message, "message": detail}]}),
            ErrorShape::OAuth => json!({"error": message, "error_description": detail}),
            ErrorShape::Code => json!({"code": detail}),
            ErrorShape::Html => {
                return answer
                    .replace_body(&format!("<html><body><h1>{detail}</h1></body></html>"));
            }
            ErrorShape::Text => return answer.replace_body(detail),
            ErrorShape::Empty => return answer.replace_body(""),
        };
        answer.replace_body(&shaped.to_string());
    }

    fn encode(&self, answer: &mut Answer) {
        match self.encoding {
            Encoding::ByteOrderMark if !answer.body.is_empty() => {
                answer.body = [b"\xEF\xBB\xBF", &answer.body[..]].concat().into();
            }
            Encoding::Latin1 => {
                let text = String::from_utf8_lossy(&answer.body);
                let byte = |letter: char| u8::try_from(u32::from(letter)).unwrap_or(b'?');
                answer.body = text.chars().map(byte).collect::<Vec<u8>>().into();
                let kind = header::HeaderValue::from_static("application/json;charset=ISO-8859-1");
                answer.headers.insert(header::CONTENT_TYPE, kind);
            }
            _ => {}
        }
    }
}

impl DateShape {
    fn write(self, text: &str) -> Option<Value> {
        let time: Time = text.parse().ok()?;
        let without_zone = text.get(..19)?;
        Some(match self {
            Self::Described => return None,
            Self::BasicOffset => format!("{}+0000", text.strip_suffix('Z')?).into(),
            Self::NoZone => without_zone.into(),
            Self::NoSeconds => format!("{}Z", text.get(..16)?).into(),
            Self::Millis => time.millis().into(),
            Self::MillisText => time.millis().to_string().into(),
            Self::Words => "1 December 2026".into(),
        })
    }
}

impl PauseShape {
    fn write(self, paused: bool) -> Option<Value> {
        Some(match self {
            Self::Described => return None,
            Self::Text => paused.to_string().into(),
            Self::Number => u8::from(paused).into(),
            Self::Odd => "maybe".into(),
        })
    }
}

/// Another object than the one that was asked for.
fn rename(value: &mut Value) {
    for name in ["id", "executable"] {
        if let Some(id) = value.get_mut(name) {
            *id = "another-object".into();
        }
    }
}
