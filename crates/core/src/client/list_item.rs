//! The items of a list: what one must have, and when one comes twice. Pure.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use serde::Deserialize;
use serde::de::Error as _;
use serde_json::value::RawValue;

use super::error::Discrepancy;
use super::{date, objects};
use crate::identifier;
use crate::jsonl::splice::replace_value;
use crate::jsonl::text::without_lone_surrogates;
use crate::time::UtcTime;

/// One page, as the API sends it. All but the items may be missing.
#[derive(Debug)]
pub(super) struct RawPage {
    pub(super) items: Vec<Box<RawValue>>,
    pub(super) limit: Option<u64>,
    pub(super) offset: Option<u64>,
    pub(super) total: Option<u64>,
}

impl RawPage {
    /// Reads a page as described; a bare array of items; or nothing at all,
    /// which is a page without items.
    pub(super) fn read(body: &[u8]) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct PageBody {
            items: Option<Vec<Box<RawValue>>>,
            #[serde(default, deserialize_with = "objects::count")]
            limit: Option<u64>,
            #[serde(default, deserialize_with = "objects::count")]
            offset: Option<u64>,
            #[serde(default, deserialize_with = "objects::count")]
            total: Option<u64>,
        }
        let bare = |items| Self { items, limit: None, offset: None, total: None };
        match body.trim_ascii() {
            b"" | b"null" => Ok(bare(Vec::new())),
            [b'[', ..] => serde_json::from_slice(body).map(bare),
            _ => {
                let PageBody { items, limit, offset, total } = serde_json::from_slice(body)?;
                let items = match (items, total) {
                    (Some(items), _) => items,
                    (None, Some(0)) => Vec::new(),
                    (None, _) => return Err(serde_json::Error::custom("missing field `items`")),
                };
                Ok(Self { items, limit, offset, total })
            }
        }
    }
}

/// The kind of items in a list, and so what an item must have and when one
/// comes twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Items {
    /// Scheduled runs: `id` and `date`. Two runs may have the same ID and date, since
    /// two triggers may start one task at one instant, but not also the same name of a
    /// trigger.
    Runs,
    /// Tasks or plans: `executable`, never twice.
    Executables,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ItemMembers<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    executable: Option<&'a RawValue>,
    #[serde(borrow, default)]
    date: Option<&'a RawValue>,
    #[serde(borrow, default)]
    source_trigger_name: Option<&'a RawValue>,
}

/// The items of a list that came so far.
#[derive(Debug)]
pub(super) struct SeenItems {
    items: Items,
    hasher: RandomState,
    /// Hashes of what must not come again: all executables, or the named
    /// triggers' runs of the date at hand.
    keys: HashSet<u64>,
    date: Option<UtcTime>,
    may_repeat: bool,
    /// Whether some item had an ID or a date in another shape than described.
    pub(super) is_odd: bool,
}

impl SeenItems {
    pub(super) fn new(items: Items, hasher: RandomState) -> Self {
        Self { items, hasher, keys: HashSet::new(), date: None, may_repeat: false, is_odd: false }
    }

    /// From now on equal runs are two runs: two triggers of one name.
    pub(super) fn may_repeat(&mut self) {
        self.may_repeat = self.items == Items::Runs;
    }

    /// Whether these are runs, whose list can be cut by time.
    pub(super) fn are_runs(&self) -> bool {
        self.items == Items::Runs
    }

    /// Takes the item at that index of the list, of the page at that offset.
    pub(super) fn item(
        &mut self,
        offset: u64,
        index: u64,
        raw: &RawValue,
    ) -> Result<(), Discrepancy> {
        let lacks = |field, value: Option<&RawValue>| {
            // All of it: of a secret that is cut in two, a part would be shown.
            let shown = value.unwrap_or(raw).get().to_owned();
            Discrepancy::Item { index, field, shown }
        };
        // An array of the right values would be read as an object too.
        let text = without_lone_surrogates(raw.get());
        let object = text.starts_with('{').then(|| serde_json::from_str(&text));
        let Some(Ok(item)): Option<Result<ItemMembers<'_>, _>> = object else {
            return Err(lacks(self.id(), None));
        };
        let key = match self.items {
            Items::Executables => {
                let value = item.executable.or(item.id);
                let id = value.and_then(id).ok_or_else(|| lacks("executable", value))?;
                Some(self.hasher.hash_one(id))
            }
            Items::Runs => {
                let known = item.id.and_then(id);
                let id = known.ok_or_else(|| lacks("id", item.id))?;
                let read = item.date.and_then(date::of_raw);
                let (date, is_plain) = read.ok_or_else(|| lacks("date", item.date))?;
                self.is_odd |= !is_plain || item.id.is_some_and(|id| !id.get().starts_with('"'));
                if Some(date) != self.date {
                    self.date = Some(date);
                    self.keys.clear();
                }
                let trigger = item.source_trigger_name.map(RawValue::get);
                let named = trigger.filter(|name| !matches!(*name, "null" | "\"\""));
                named.map(|name| self.hasher.hash_one((id, name)))
            }
        };
        match key {
            Some(key) if !self.keys.insert(key) && !self.may_repeat => {
                Err(Discrepancy::Repeated { offset })
            }
            _ => Ok(()),
        }
    }

    const fn id(&self) -> &'static str {
        match self.items {
            Items::Runs => "id",
            Items::Executables => "executable",
        }
    }
}

/// An ID, or a number's digits: as many as everything that reads it later knows.
fn id(raw: &RawValue) -> Option<Cow<'_, str>> {
    let text = raw.get();
    if text.starts_with('"') {
        let id: Cow<'_, str> = if text.contains('\\') {
            Cow::Owned(serde_json::from_str(text).ok()?)
        } else {
            Cow::Borrowed(text.get(1..text.len() - 1)?)
        };
        return identifier::check(&id).is_ok().then_some(id);
    }
    text.parse::<u64>().is_ok().then_some(Cow::Borrowed(text))
}

/// A run whose ID is a text and whose date is RFC 3339, so that all that reads
/// records can read it; all its other bytes stay.
pub(super) fn as_described(raw: Box<RawValue>) -> Box<RawValue> {
    let whole = without_lone_surrogates(raw.get());
    let Ok(item) = serde_json::from_str::<ItemMembers<'_>>(&whole) else { return raw };
    let mut text = Cow::Borrowed(raw.get());
    if let Some((time, false)) = item.date.and_then(date::of_raw)
        && let Some(replaced) = replace_value(&text, "date", &format!("\"{time}\""))
    {
        text = Cow::Owned(replaced);
    }
    if let Some(id) = item.id.filter(|id| !id.get().starts_with('"'))
        && let Some(replaced) = replace_value(&text, "id", &format!("\"{}\"", id.get()))
    {
        text = Cow::Owned(replaced);
    }
    match text {
        Cow::Owned(text) => RawValue::from_string(text).unwrap_or(raw),
        Cow::Borrowed(_) => raw,
    }
}

/// When a run begins, and its ID.
pub(super) fn date_of(raw: &RawValue) -> Option<UtcTime> {
    let text = without_lone_surrogates(raw.get());
    let item: ItemMembers<'_> = serde_json::from_str(&text).ok()?;
    item.date.and_then(date::of_raw).map(|(time, _)| time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_written_as_described_and_keeps_its_other_bytes() {
        for (item, written) in [
            (
                r#"{"id": 42 , "date":"2026-12-01T02:00:00+0000","x":1.50}"#,
                r#"{"id": "42" , "date":"2026-12-01T02:00:00.000Z","x":1.50}"#,
            ),
            (
                r#"{"date":1796090400000,"type":"task","id":"t"}"#,
                r#"{"date":"2026-12-01T02:00:00.000Z","type":"task","id":"t"}"#,
            ),
            (
                r#"{"id":"t","date":"2026-12-01T03:00:00+01:00"}"#,
                r#"{"id":"t","date":"2026-12-01T03:00:00+01:00"}"#,
            ),
        ] {
            let raw = RawValue::from_string(item.to_owned()).unwrap();
            assert_eq!(as_described(raw).get(), written);
        }
    }

    /// Everywhere else an ID is read by `objects::id`.
    #[test]
    fn an_id_is_one_in_a_list_if_it_is_one_everywhere() {
        #[derive(Deserialize)]
        struct HasId {
            #[serde(deserialize_with = "crate::client::objects::id")]
            id: String,
        }
        let nines = "9".repeat(112);
        for (id, is_one) in [
            ("\"t\"", true),
            ("\"\\u0074\"", true),
            ("0", true),
            ("42", true),
            ("18446744073709551615", true),
            ("18446744073709551616", false),
            (&*nines, false),
            ("-1", false),
            ("-0", false),
            ("4.2", false),
            ("4e2", false),
            ("\"\"", false),
            ("\"..\"", false),
            ("\" t\"", false),
            ("null", false),
            ("true", false),
            ("{}", false),
            ("[7]", false),
        ] {
            let item = format!(r#"{{"id":{id},"date":"2026-12-01T02:00:00Z"}}"#);
            let raw = RawValue::from_string(item.clone()).unwrap();
            for items in [Items::Runs, Items::Executables] {
                let taken = SeenItems::new(items, RandomState::new()).item(0, 0, &raw).is_ok();
                assert_eq!(taken, is_one, "{items:?} {id}");
            }
            let read = serde_json::from_str::<HasId>(&item);
            assert_eq!(read.is_ok(), is_one, "{id}");
            if let Ok(before) = read {
                let written = serde_json::from_str::<HasId>(as_described(raw).get()).unwrap();
                assert_eq!(written.id, before.id, "{id}");
            }
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_read_over_and_passed_on() {
        for text in [
            r#"{"id":"t","date":"2026-12-01T03:00:00+01:00","\ud83d":1}"#,
            r#"{"\udc00":{"\ud800":[]},"id":"t","date":"2026-12-01T02:00:00Z","x":"\ud83d"}"#,
        ] {
            let raw = RawValue::from_string(text.to_owned()).unwrap();
            let mut known = SeenItems::new(Items::Runs, RandomState::new());
            assert!(known.item(0, 0, &raw).is_ok(), "{text}");
            assert!(date_of(&raw).is_some(), "{text}");
            assert_eq!(as_described(raw.clone()).get(), raw.get());
        }
        // Of an ID it is no part: two IDs would look the same.
        let raw = r#"{"id":"t\ud83d","date":"2026-12-01T02:00:00Z"}"#.to_owned();
        let mut known = SeenItems::new(Items::Runs, RandomState::new());
        assert!(known.item(0, 0, &RawValue::from_string(raw).unwrap()).is_err());
    }

    #[test]
    fn pages_are_read_in_every_shape() {
        for (body, items, total) in [
            (r#"{"items":[{}],"total":7}"#, Some(1), Some(7)),
            (" [{},{}] ", Some(2), None),
            ("[]", Some(0), None),
            ("", Some(0), None),
            (" null\n", Some(0), None),
            (r#"{"items":null,"total":0}"#, Some(0), Some(0)),
            (r#"{"total":"0"}"#, Some(0), Some(0)),
            (r#"{"total":3}"#, None, None),
            (r#"{"a":1}"#, None, None),
            ("{", None, None),
        ] {
            let page = RawPage::read(body.as_bytes());
            assert_eq!(page.as_ref().ok().map(|page| page.items.len()), items, "{body}");
            assert_eq!(page.ok().and_then(|page| page.total), total, "{body}");
        }
    }
}
