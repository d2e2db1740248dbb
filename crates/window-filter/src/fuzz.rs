//! Fuzz targets: functions of any bytes that panic where a promise is broken. See
//! `maintenance_core::fuzz`.

pub use crate::listing::fuzz::fuzz_listing;
pub use crate::parallel::fuzz::{filtered, fuzz_filter};

#[cfg(test)]
#[path = "../../core/src/fuzz/bounded.rs"]
mod bounded;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_filtered_the_same_in_blocks_of_any_size() {
        bounded::run("filter", fuzz_filter, 100);
    }

    #[test]
    fn windows_that_are_listed_are_the_same_timetable_again() {
        bounded::run("listing", fuzz_listing, 100);
    }
}
