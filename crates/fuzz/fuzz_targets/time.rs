//! Any bytes as times and durations of the command line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use maintenance_core::fuzz::fuzz_time;

fuzz_target!(|data: &[u8]| fuzz_time(data));
