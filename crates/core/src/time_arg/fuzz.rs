//! Fuzz target: times and durations of the command line.

use std::time::Duration;

use super::{TimeArg, TimeArgError, parse_duration};
use crate::time::UtcTime;
use crate::zone::Zone;

/// Any text as a TIME and as a DURATION.
///
/// # Panics
///
/// A value that was read is not the same when it is written and read again, or a time
/// that is in range does not resolve.
pub fn fuzz_time(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(time) = UtcTime::parse(text) {
        assert_eq!(UtcTime::parse(&time.to_string()), Some(time), "{text}");
        assert_eq!(text.parse(), Ok(TimeArg::At(time)), "{text}");
    }
    if let Ok(length) = parse_duration(text) {
        duration(text, length);
    }
    if let Ok(arg) = text.parse::<TimeArg>() {
        time(text, arg);
    }
}

/// A duration means the same behind a sign, and in plain units.
fn duration(text: &str, length: Duration) {
    let millis = i64::try_from(length.as_millis());
    let from_now = |sign: i64| millis.map(|millis| TimeArg::FromNow(sign * millis));
    // Digits alone behind a minus would be epoch milliseconds; no duration is that.
    assert!(!text.bytes().all(|byte| byte.is_ascii_digit()), "{text}");
    for (sign, text) in [(1, format!("+{text}")), (-1, format!("-{text}"))] {
        let expected = from_now(sign).map_err(|_| TimeArgError::Range);
        assert_eq!(text.parse(), expected, "{text}");
    }
    let whole = Duration::from_secs(length.as_secs());
    let iso = format!("PT{}S", length.as_secs());
    let plain = format!("{}s", length.as_secs());
    for written in [iso, plain] {
        // The library has a largest number of seconds in one unit.
        if let Ok(again) = parse_duration(&written) {
            assert_eq!(again, whole, "{text} as {written}");
        } else {
            assert!(length.as_secs() > 631_107_417_600, "{text} as {written}");
        }
    }
}

/// A time resolves to an instant, which reads back the same; or it is out of range.
fn time(text: &str, arg: TimeArg) {
    let now = UtcTime::from_millis(1_780_000_000_000).unwrap_or(UtcTime::MIN);
    let zones = [Zone::utc(), Zone::fixed("east", 50_400), Zone::fixed("west", -43_200)];
    for zone in zones {
        match arg.resolve(now, &zone) {
            Ok(time) => {
                assert_eq!(time.to_string().parse(), Ok(TimeArg::At(time)), "{text}");
                if let TimeArg::At(at) = arg {
                    assert_eq!(time, at, "{text}");
                }
            }
            Err(error) => {
                assert_eq!(error, TimeArgError::Range, "{text}");
                assert!(!matches!(arg, TimeArg::At(_)), "{text}");
            }
        }
    }
    if let TimeArg::Civil(local) = arg {
        let written = local.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        assert_eq!(written.parse(), Ok(arg), "{text} as {written}");
    }
}
