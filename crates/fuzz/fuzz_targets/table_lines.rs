//! Any bytes as a timetable in JSON Lines.

#![no_main]

use libfuzzer_sys::fuzz_target;
use maintenance_core::fuzz::fuzz_table_lines;

fuzz_target!(|data: &[u8]| fuzz_table_lines(data));
