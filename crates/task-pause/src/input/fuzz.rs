//! Fuzz target: selected runs.

use std::collections::HashSet;

use maintenance_core::hold::Hold;
use maintenance_core::identifier;

use super::selected_runs::read;
use crate::types::{SelectedInput, WantedTarget};

/// Any bytes as selected runs.
///
/// # Panics
///
/// An error names no line. A target comes twice, or has an ID that is none. Holds of one
/// target overlap, are not in order, or are not those of its windows.
pub fn fuzz_selected(data: &[u8]) {
    let lines = data.split(|byte| *byte == b'\n').count();
    let strict = read(data, true);
    let input = match read(data, false) {
        Ok(input) => input,
        Err(error) => {
            let text = format!("{error:#}");
            let line = text.split_once("line ").map(|(_, rest)| rest.split([':', ',']).next());
            let line = line.flatten().and_then(|line| line.parse::<usize>().ok());
            assert!(line.is_some_and(|line| (1..=lines).contains(&line)), "{text}");
            assert_eq!(strict.map_err(|error| format!("{error:#}")).err(), Some(text));
            return;
        }
    };
    assert_eq!(strict.is_ok(), input.end.is_some());
    let SelectedInput { wanted, unsupported, .. } = input;
    assert!(wanted.len() + unsupported.len() <= lines);
    let mut known = HashSet::new();
    for WantedTarget { target, holds, .. } in &wanted {
        assert!(known.insert(target.clone()), "{target} comes twice");
        for id in [&target.id, &target.environment_id] {
            assert_eq!(identifier::check(id), Ok(()), "{target}");
        }
        ordered(holds);
    }
    for other in &unsupported {
        ordered(&other.holds);
    }
}

/// A window that every reader takes, as the last member of a run.
const PLAIN_WINDOW: &str = concat!(
    r#","window":{"name":"w","start":"2027-01-01T00:00:00Z","#,
    r#""end":"2027-01-01T01:00:00Z"}}"#
);

/// The lines that a filter passed on.
///
/// # Panics
///
/// As [`fuzz_selected`]. A run that can be read with a plain window cannot be read with the
/// one that the filter wrote, or is of another target.
pub fn fuzz_piped(lines: &[u8]) {
    fuzz_selected(lines);
    for line in String::from_utf8_lossy(lines).lines() {
        let Some(at) = line.rfind(r#","window":{"name":"#) else { continue };
        let plain = format!("{}{PLAIN_WINDOW}", &line[..at]);
        let Ok(plain) = read(plain.as_bytes(), false) else { continue };
        match read(line.as_bytes(), false) {
            Ok(own) => assert_eq!(targets(&own), targets(&plain), "{line}"),
            Err(error) => panic!("{error:#}: {line}"),
        }
    }
}

/// The IDs of all targets, those that can be paused first.
fn targets(input: &SelectedInput) -> Vec<&str> {
    let wanted = input.wanted.iter().map(|wanted| &*wanted.target.id);
    wanted.chain(input.unsupported.iter().map(|other| &*other.id)).collect()
}

/// Holds have a window, and a gap between them.
fn ordered(holds: &[Hold]) {
    assert!(!holds.is_empty());
    for hold in holds {
        assert!(!hold.windows().is_empty());
        assert!(hold.end().is_none_or(|end| hold.start() < end), "{hold:?}");
        for window in hold.windows() {
            assert!(hold.has(window) && hold.start() <= window.start, "{hold:?}");
            assert!(hold.end().is_none_or(|end| window.end.is_some_and(|own| own <= end)));
        }
    }
    for pair in holds.windows(2) {
        assert!(pair[0].end().is_some_and(|end| end < pair[1].start()), "{pair:?}");
        assert!(!pair[0].touches(&pair[1]), "{pair:?}");
    }
}
