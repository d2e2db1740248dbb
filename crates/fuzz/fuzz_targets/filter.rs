//! Any bytes as a timetable and the runs for it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use window_filter::fuzz::fuzz_filter;

fuzz_target!(|data: &[u8]| fuzz_filter(data));
