//! The name of a window on the command line: refused, with the names that are
//! meant or held, where nothing is held for it. Pure.

use std::collections::BTreeSet;
use std::path::Path;

use maintenance_core::alike::most_alike;
use maintenance_core::cli::Refusal;
use maintenance_core::ledger::LedgerState;
use maintenance_core::short_name::clip;

/// The most names that an error lists.
const MOST_NAMES: usize = 10;

/// Refuses a name that nothing is held for.
pub(crate) fn check(state: &LedgerState, name: &str, ledger: &Path) -> Result<(), Refusal> {
    let names: BTreeSet<&str> = state.all_active().flat_map(|active| active.hold.names()).collect();
    if names.contains(name) {
        return Ok(());
    }
    let refusal = Refusal::config(format!("nothing is held for a window {:?}", clip(name)));
    let ledger = ledger.display();
    if names.is_empty() {
        return Err(refusal.hint(format!("nothing at all is held in the ledger {ledger}")));
    }
    let meant = most_alike(name, names.iter().copied());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::test_ledger::{ledger, pausing, task, window};

    #[test]
    fn a_name_is_refused_unless_a_hold_has_it() {
        let path = Path::new("x.ledger");
        let state = ledger([pausing(&task("a"), &[window("night", 0, 9), window("day", 9, 20)])]);
        assert!(check(&state, "night", path).is_ok() && check(&state, "day", path).is_ok());
        assert!(
            check(&state, "nigth", path).is_err() && check(&ledger([]), "night", path).is_err()
        );
    }
}
