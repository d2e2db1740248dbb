//! The name of a window on the command line: refused, with the names that are
//! meant or held, where nothing is held for it. Pure.

use std::collections::BTreeSet;
use std::path::Path;

use maintenance_core::cli::Refusal;
use maintenance_core::ledger::LedgerState;
use maintenance_core::short_name::clip;

/// The most names that an error lists.
const MOST_NAMES: usize = 10;

/// The likeness of two names, from 0 to 1, of which one may be meant as the other.
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
    let held = format!("windows with holds: {}{more}, in {ledger}", first.join(", "));
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
