//! `resume --window NAME`: which windows are given back, and that this is
//! remembered.
//!
//! The ledger has it on disk before anything else is done, so that it counts
//! also where the API is away: the next call gives back what this one could not.

use std::collections::BTreeSet;
use std::path::Path;

use maintenance_core::cli::Refusal;
use maintenance_core::hold::{Hold, HoldWindow};
use maintenance_core::ledger::{Ledger, LedgerError, LedgerState};
use maintenance_core::short_name::clip;
use maintenance_core::time::UtcTime;

use crate::agenda::Item;

/// How many names an error lists at most.
const MOST_NAMES: usize = 10;

/// How alike two names are, from 0 to 1, of which one may be meant as the other.
const ALIKE: f64 = 0.85;

/// Refuses a name that nothing is held for.
pub(crate) fn check(state: &LedgerState, name: &str, ledger: &Path) -> Result<(), Refusal> {
    let names: BTreeSet<&str> = state.all_open().flat_map(|open| open.hold.names()).collect();
    if names.contains(name) {
        return Ok(());
    }
    let refusal = Refusal::config(format!("nothing is held for a window {:?}", clip(name)));
    let ledger = ledger.display();
    if names.is_empty() {
        return Err(refusal.hint(format!("nothing at all is held in the ledger {ledger}")));
    }
    let meant = similar(name, &names);
    let first: Vec<String> =
        names.iter().take(MOST_NAMES).map(|name| format!("{:?}", clip(name))).collect();
    let more = match names.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let held = format!("held for are {}{more}, in {ledger}", first.join(", "));
    Err(refusal.hint(match meant {
        Some(meant) => format!("did you mean {:?}? {held}", clip(meant)),
        None => held,
    }))
}

/// The name that is most like it, if any is.
fn similar<'a>(name: &str, names: &BTreeSet<&'a str>) -> Option<&'a str> {
    let plain = |name: &str| {
        let words = name.to_lowercase();
        words.chars().filter(|c| c.is_alphanumeric()).collect::<String>()
    };
    let wanted = plain(name);
    let likeness = |name: &str| {
        let known = plain(name);
        let is_part = wanted.len() > 2 && known.contains(&wanted);
        strsim::jaro_winkler(&wanted, &known).max(if is_part { ALIKE } else { 0.0 })
    };
    let scored = names.iter().map(|name| (likeness(name), *name));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
    best.filter(|(score, _)| *score >= ALIKE).map(|(_, name)| name)
}

/// Puts on disk that the windows of that name are given back, of all items that
/// are held for one.
pub(crate) fn record(
    ledger: &mut Ledger,
    name: &str,
    items: &[Item],
    now: UtcTime,
) -> Result<(), LedgerError> {
    for item in items {
        let Some(open) = ledger.state().snapshot(&item.target) else { continue };
        let is_named = |window: &&HoldWindow| *window.name == *name;
        let mut windows: Vec<HoldWindow> =
            open.hold.windows().iter().filter(is_named).cloned().collect();
        if windows.is_empty() {
            continue;
        }
        // Of a hold the last such line counts.
        windows.extend(open.released.iter().flat_map(Hold::windows).cloned());
        ledger.release(&item.target, &windows, now)?;
        if item.still_held {
            ledger.move_hold(&item.target, &item.hold, now)?;
        }
    }
    ledger.sync()
}

/// Records that `--reassert` takes windows up again that had been given back.
pub(crate) fn take_up(ledger: &mut Ledger, item: &Item, now: UtcTime) -> Result<(), LedgerError> {
    let Some(open) = ledger.state().snapshot(&item.target) else { return Ok(()) };
    let Some(released) = &open.released else { return Ok(()) };
    if item.due || !item.hold.windows().iter().any(|window| open.is_released(window)) {
        return Ok(());
    }
    let is_left = |window: &&HoldWindow| !item.hold.has(window);
    let left: Vec<HoldWindow> = released.windows().iter().filter(is_left).cloned().collect();
    ledger.release(&item.target, &left, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_again_in_spite_of_case_spaces_and_letters() {
        let names = BTreeSet::from(["Database upgrade", "Q3 patching", "weekend"]);
        for (name, expected) in [
            ("q3 patching", Some("Q3 patching")),
            ("Q3 patching ", Some("Q3 patching")),
            ("Q3patching", Some("Q3 patching")),
            ("Q3  Patching", Some("Q3 patching")),
            ("Q3-patching", Some("Q3 patching")),
            ("Q3 pathcing", Some("Q3 patching")),
            ("database", Some("Database upgrade")),
            ("weekends", Some("weekend")),
            ("", None),
            ("year-end freeze", None),
        ] {
            assert_eq!(similar(name, &names), expected, "{name:?}");
        }
    }
}
