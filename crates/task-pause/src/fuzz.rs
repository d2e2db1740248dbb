//! Fuzz targets: functions of any bytes that panic where a promise is broken. See
//! `maintenance_core::fuzz`.

pub use crate::input::fuzz::{fuzz_piped, fuzz_selected};
pub use crate::jobs::fuzz_history;

#[cfg(test)]
#[path = "../../core/src/fuzz/bounded.rs"]
mod bounded;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selected_runs_are_holds_or_an_error_with_its_line() {
        bounded::run("selected", fuzz_selected, 500);
    }

    #[test]
    fn a_journal_is_shown_whatever_lines_it_has() {
        bounded::run("history", fuzz_history, 300);
    }
}
