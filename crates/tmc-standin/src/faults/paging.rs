//! Lists that lie.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http::{Answer, Ask};

/// A lie about a page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum PagingLie {
    /// `total` is off by so many.
    Total {
        /// The number, also negative.
        by: i64,
    },
    /// `total` is always two pages away and pages beyond the end are full of
    /// items that were never there.
    Endless {},
    /// The list has no end: `total` is always the same, or is not there, and
    /// pages beyond the end are full of items that were never there.
    WithoutEnd {
        /// The total, if it says one.
        total: Option<u64>,
    },
    /// The first item comes twice, the last one of a full page not at all.
    Duplicate {},
    /// The middle item is missing.
    Missing {},
    /// There are no items.
    Empty {},
    /// The last item comes so many times more, beyond `limit`.
    TooMany {
        /// The number of times.
        extra: usize,
    },
    /// The first item lacks a member.
    Without {
        /// Its name, e.g. `date`.
        member: String,
    },
    /// The first item has another value for a member.
    With {
        /// Its name, e.g. `date`.
        member: String,
        /// The value.
        value: Value,
    },
    /// The items of the page before, under this page's offset.
    Repeated {},
}

impl PagingLie {
    /// The request that is handled instead of the one that came.
    pub(crate) fn distort(&self, ask: &mut Ask) {
        if *self != (Self::Repeated {}) {
            return;
        }
        let before = asked_offset(ask).saturating_sub(asked(ask, "limit").unwrap_or(100));
        if let Ok(Value::Object(mut body)) = serde_json::from_slice(&ask.body) {
            body.insert("offset".to_owned(), before.into());
            ask.body = Value::Object(body).to_string().into();
            return;
        }
        for (_, value) in ask.query.iter_mut().filter(|(name, _)| name == "offset") {
            *value = before.to_string();
        }
    }

    /// Changes the page in the answer; what is no page stays as it is.
    pub(crate) fn apply(&self, asked_offset: u64, answer: &mut Answer) {
        let Ok(mut page) = serde_json::from_slice::<Value>(&answer.body) else { return };
        let number = |name: &str| page.get(name).and_then(Value::as_u64);
        let (Some(total), Some(limit)) = (number("total"), number("limit")) else { return };
        let Some(items) = page.get_mut("items").and_then(Value::as_array_mut) else { return };
        let mut lied_total = total;
        match self {
            Self::Total { by } => lied_total = total.saturating_add_signed(*by),
            Self::Endless {} => {
                lied_total = asked_offset + 2 * limit;
                fill(items, asked_offset, limit);
            }
            Self::WithoutEnd { total } => {
                fill(items, asked_offset, limit);
                let Some(total) = total else {
                    page.as_object_mut().map(|page| page.remove("total"));
                    answer.body = Bytes::from(page.to_string());
                    return;
                };
                lied_total = *total;
            }
            Self::Duplicate {} => {
                if let Some(first) = items.first().cloned() {
                    items.insert(1, first);
                    items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                }
            }
            Self::Missing {} => {
                if !items.is_empty() {
                    items.remove(items.len() / 2);
                }
            }
            Self::Empty {} => items.clear(),
            Self::TooMany { extra } => {
                if let Some(last) = items.last().cloned() {
                    items.extend(std::iter::repeat_n(last, *extra));
                }
            }
            Self::Without { member } => {
                if let Some(Value::Object(first)) = items.first_mut() {
                    first.remove(member);
                }
            }
            Self::With { member, value } => {
                if let Some(Value::Object(first)) = items.first_mut() {
                    first.insert(member.clone(), value.clone());
                }
            }
            Self::Repeated {} => page["offset"] = asked_offset.into(),
        }
        page["total"] = lied_total.into();
        answer.body = Bytes::from(page.to_string());
    }
}

/// Fills a page with items that were never there.
fn fill(items: &mut Vec<Value>, offset: u64, limit: u64) {
    items.extend((offset + items.len() as u64..offset + limit).map(invented));
}

/// An item that no task or plan has, in a form that any list takes. The same at
/// a place, whatever page shows it.
fn invented(n: u64) -> Value {
    let id = format!("endless-{n}");
    json!({"id": id, "executable": id, "executionId": id, "taskId": id, "name": id,
        "date": "2099-12-31T00:00:00.000Z", "type": "TASK", "status": "execution_successful"})
}

/// The offset that a request asks for.
pub(crate) fn asked_offset(ask: &Ask) -> u64 {
    asked(ask, "offset").unwrap_or(0)
}

/// A number of a request: of its body, or else of its query.
fn asked(ask: &Ask, name: &str) -> Option<u64> {
    if let Ok(body) = serde_json::from_slice::<Value>(&ask.body) {
        return body.get(name).and_then(Value::as_u64);
    }
    let (_, value) = ask.query.iter().find(|(known, _)| known == name)?;
    value.parse().ok()
}
