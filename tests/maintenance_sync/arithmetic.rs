//! The times that `scripts/maintenance-sync` computes itself, in bash.

use std::fs;
use std::process::Command;

use chrono::DateTime;

use super::root;

/// Calls a function of the wrapper with each of these texts, and returns `length` as the
/// function leaves it, or `no` where the function fails.
fn called(function: &str, texts: &[&str]) -> Vec<String> {
    let wrapper = fs::read_to_string(root().join("scripts/maintenance-sync")).unwrap();
    let (_, rest) = wrapper.split_once(&format!("\n{function}() {{\n")).unwrap();
    let (body, _) = rest.split_once("\n}\n").unwrap();
    let call = "for text; do if work \"$text\"; then echo \"$length\"; else echo no; fi; done";
    let script = format!("set -euo pipefail\nwork() {{\n{body}\n}}\n{call}");
    let output = Command::new("bash").args(["-c", &script, "bash"]).args(texts).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_time_of_the_tools_is_the_same_second_on_every_day_of_the_calendar() {
    let days = [
        "1970-01-01T00:00:00",
        "1999-12-31T23:59:59",
        "2000-02-29T12:00:00",
        "2000-03-01T00:00:00",
        "2024-02-28T23:59:59",
        "2024-02-29T00:00:00",
        "2026-01-01T08:09:08",
        "2026-12-31T23:59:59",
        // The clock goes forward and back in Paris, New York and Lord Howe.
        "2026-03-29T00:59:59",
        "2026-03-29T01:00:00",
        "2026-10-25T00:59:59",
        "2026-10-25T01:00:00",
        "2026-03-08T07:00:00",
        "2026-11-01T05:59:59",
        "2026-11-01T06:00:00",
        "2026-04-04T15:00:00",
        "2026-10-03T15:30:00",
        // No year of a leap day.
        "2100-02-28T23:59:59",
        "2100-03-01T00:00:00",
        "9999-12-31T23:59:59",
    ];
    let texts: Vec<String> = days.iter().map(|day| format!("{day}.000Z")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let seconds = |text: &&str| DateTime::parse_from_rfc3339(text).unwrap().timestamp().to_string();
    let expected: Vec<String> = texts.iter().map(seconds).collect();
    assert_eq!(called("seconds_of", &texts), expected);
    // Anything else asks for everything.
    let others =
        ["", "null", "2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000+01:00"];
    assert_eq!(called("seconds_of", &others), ["no"; 5]);
}

#[test]
fn a_setting_is_a_number_with_one_unit_and_nothing_is_guessed() {
    for (text, seconds) in [
        ("90", "90"),
        ("90s", "90"),
        ("4m", "240"),
        ("08m", "480"),
        ("0009h", "32400"),
        ("7d", "604800"),
        ("0", "0"),
        ("9999999d", "863999913600"),
    ] {
        assert_eq!(called("in_seconds", &[text]), [seconds], "{text}");
    }
    let others = ["", "1h30m", "1d12h", "PT2H", "1.5h", "-5", "+5m", "5 m", "5M", "99999999", "m"];
    assert_eq!(called("in_seconds", &others), ["no"; 11]);
}
