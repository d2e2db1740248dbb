//! The dates of the API, in the shapes that tenants write them.
//!
//! The description promises RFC 3339. What is read besides: an offset without
//! a colon (`+0000`), no offset at all (which is UTC, as all dates of the API
//! are), no seconds, a blank for the `T`, a zone's name in brackets behind the
//! offset, and epoch milliseconds. Anything else is refused: a date that is
//! read wrongly puts a run into the wrong window, in silence.

use std::ops::RangeInclusive;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::time::{UtcTime, parse_civil};

/// The numbers that are read as epoch milliseconds: those of thirteen digits,
/// from 2001 to 2286. Others count seconds or microseconds, or are a date
/// without its punctuation (`20261201020000`).
const MILLIS: RangeInclusive<i64> = 1_000_000_000_000..=9_999_999_999_999;

/// The instant of a JSON value: a string, or epoch milliseconds.
pub(super) fn of_value(value: &Value) -> Option<UtcTime> {
    match value {
        Value::String(text) => of_text(text),
        Value::Number(number) => {
            let whole = number.as_f64().filter(|number| number.fract() == 0.0);
            #[expect(clippy::cast_possible_truncation, reason = "it is whole, and saturates")]
            let millis = number.as_i64().or_else(|| whole.map(|number| number as i64));
            of_millis(millis?)
        }
        _ => None,
    }
}

/// The instant of a JSON value in its own bytes, and whether it is written as
/// the description promises.
pub(super) fn of_raw(raw: &RawValue) -> Option<(UtcTime, bool)> {
    let plain = raw.get().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    if let Some(time) = plain.and_then(UtcTime::parse) {
        return Some((time, true));
    }
    let value: Value = serde_json::from_str(raw.get()).ok()?;
    let is_plain = value.as_str().is_some_and(|text| UtcTime::parse(text).is_some());
    Some((of_value(&value)?, is_plain))
}

/// The instant of a text.
pub(super) fn of_text(text: &str) -> Option<UtcTime> {
    let text = text.trim();
    if let Some(time) = UtcTime::parse(text) {
        return Some(time);
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return of_millis(text.parse().ok()?);
    }
    // `2026-12-01T02:00:00+01:00[Europe/Paris]`: the offset says it all.
    let text = match text.split_once('[') {
        Some((text, name)) if name.ends_with(']') => text,
        Some(_) => return None,
        None => text,
    };
    let (date, time) = text.split_at_checked(10)?;
    let time = time.strip_prefix(['T', 't', ' '])?;
    let offset = time.find(['Z', 'z', '+', '-']);
    let (time, offset) = offset.map_or((time, "Z"), |at| time.split_at(at));
    let (time, fraction) = time.split_once(['.', ',']).unwrap_or((time, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(fraction) {
        return None;
    }
    // Checks that it is a date and a time, with or without seconds.
    parse_civil(&format!("{date}T{time}"))?;
    let seconds = if time.len() == 5 { ":00" } else { "" };
    let fraction = if fraction.is_empty() { "0" } else { fraction };
    let offset = match offset.trim_start() {
        "z" => "Z".to_owned(),
        short if short.len() == 3 && is_digits(&short[1..]) => format!("{short}:00"),
        basic if basic.len() == 5 && is_digits(&basic[1..]) => {
            format!("{}:{}", &basic[..3], &basic[3..])
        }
        other => other.to_owned(),
    };
    UtcTime::parse(&format!("{date}T{time}{seconds}.{fraction}{offset}"))
}

fn of_millis(millis: i64) -> Option<UtcTime> {
    MILLIS.contains(&millis).then(|| UtcTime::from_millis(millis)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_every_shape_are_the_same_instant() {
        let instant = UtcTime::parse("2026-12-01T02:00:00Z");
        for json in [
            r#""2026-12-01T02:00:00.000Z""#,
            r#""2026-12-01T02:00:00Z""#,
            r#""2026-12-01T02:00:00+0000""#,
            r#""2026-12-01T02:00:00.000+0000""#,
            r#""2026-12-01T03:00:00+01""#,
            r#""2026-12-01T03:00:00,000+0100""#,
            r#""2026-11-30T21:00:00-0500""#,
            r#""2026-12-01T02:00:00""#,
            r#""2026-12-01T02:00:00.000000""#,
            r#""2026-12-01 02:00:00""#,
            r#""2026-12-01T02:00""#,
            r#""2026-12-01T02:00Z""#,
            r#""2026-12-01T03:00+01:00""#,
            r#""2026-12-01t02:00:00z""#,
            r#""2026-12-01T02:00:00Z[UTC]""#,
            r#""2026-12-01T03:00+01:00[Europe/Paris]""#,
            r#"" 2026-12-01T02:00:00Z ""#,
            r#""2026-12-01T02:00:00\u005a""#,
            "1796090400000",
            "1796090400000.0",
            r#""1796090400000""#,
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(of_value(&value), instant, "{json}");
            let raw: &RawValue = serde_json::from_str(json).unwrap();
            assert_eq!(of_raw(raw).map(|(time, _)| time), instant, "{json}");
        }
    }

    #[test]
    fn what_is_no_date_for_certain_is_none() {
        for json in [
            "null",
            "true",
            "[]",
            "{}",
            "0",
            "-1",
            "1796090400",
            "1796090400000.5",
            "20261201020000",
            "202612010200",
            "1796090400000000",
            r#""20261201020000""#,
            r#""202612010200""#,
            r#""99999999999999""#,
            "1e400",
            r#""""#,
            r#""soon""#,
            r#""2026-12-01""#,
            r#""20261201""#,
            r#""1796090400""#,
            r#""2026-13-01T02:00:00""#,
            r#""2026-12-01T25:00""#,
            r#""01/12/2026 02:00""#,
            r#""2026-12-01T02:00:00+1""#,
            r#""2026-12-01T02:00:00 UTC""#,
            r#""2026-12-01T02:00:00.x""#,
            r#""2026-12-01T02""#,
            r#""2026-12-01T02:00:00[""#,
        ] {
            let value = serde_json::from_str(json).unwrap_or(Value::Null);
            assert_eq!(of_value(&value), None, "{json}");
        }
    }
}
