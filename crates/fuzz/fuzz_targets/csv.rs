//! Any bytes as a timetable in CSV.

#![no_main]

use libfuzzer_sys::fuzz_target;
use maintenance_core::fuzz::fuzz_csv;

fuzz_target!(|data: &[u8]| fuzz_csv(data));
