//! Any bytes as lines, and a member that is spliced into them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use maintenance_core::fuzz::fuzz_line;

fuzz_target!(|data: &[u8]| fuzz_line(data));
