//! Any bytes as a calendar.

#![no_main]

use libfuzzer_sys::fuzz_target;
use maintenance_core::fuzz::fuzz_ical;

fuzz_target!(|data: &[u8]| fuzz_ical(data));
