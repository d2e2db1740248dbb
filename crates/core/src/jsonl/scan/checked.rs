//! What `serde_json` says of a whole value, without keeping it.
//!
//! `serde_json::Value` would do, but for an object whose first member has the
//! name by which the library hands raw values on to itself: it refuses that,
//! valid as it is. `IgnoredAny` passes over lone surrogates and numbers that
//! are out of range.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A value that was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checked {
    /// An object.
    Object {
        /// Whether it has no members.
        is_empty: bool,
    },
    /// Anything else.
    Other,
}

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Checked;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_unit<E>(self) -> Result<Checked, E> {
        Ok(Checked::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Checked, E> {
        Ok(Checked::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Checked, E> {
        Ok(Checked::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Checked, E> {
        Ok(Checked::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Checked, E> {
        Ok(Checked::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Checked, E> {
        Ok(Checked::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Checked, A::Error> {
        while seq.next_element::<Checked>()?.is_some() {}
        Ok(Checked::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Checked, A::Error> {
        let mut is_empty = true;
        while map.next_entry::<Checked, Checked>()?.is_some() {
            is_empty = false;
        }
        Ok(Checked::Object { is_empty })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn it_says_what_the_value_says() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        let (fits, bomb) = (deep(127), deep(128));
        for text in [
            "null",
            "true",
            "-1",
            "1.5e3",
            "1e999",
            "\"a\"",
            r#""\ud800""#,
            r#""\ud83d\ude00""#,
            "[1,[]]",
            "[1,]",
            "{}",
            r#"{"a":{"b":1e999}}"#,
            r#"{"\u0061":[null]}"#,
            r#"{"a":1,}"#,
            r#"{"\udc00":1}"#,
            "{} {}",
            "",
            "01",
            &fits,
            &bomb,
        ] {
            let value = serde_json::from_str::<Value>(text);
            let checked = serde_json::from_str::<Checked>(text);
            let expected = value.map(|value| match value {
                Value::Object(object) => Checked::Object { is_empty: object.is_empty() },
                _ => Checked::Other,
            });
            let told = |error: serde_json::Error| error.to_string();
            assert_eq!(checked.map_err(told), expected.map_err(told), "{text}");
        }
    }
}
