//! Any bytes as selected runs.

#![no_main]

use libfuzzer_sys::fuzz_target;
use task_pause::fuzz::fuzz_selected;

fuzz_target!(|data: &[u8]| fuzz_selected(data));
