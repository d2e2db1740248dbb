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
