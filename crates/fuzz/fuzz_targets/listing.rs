//! Any bytes as a timetable whose windows are listed and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use window_filter::fuzz::fuzz_listing;

fuzz_target!(|data: &[u8]| fuzz_listing(data));
