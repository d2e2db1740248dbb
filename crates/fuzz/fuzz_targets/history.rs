//! Any bytes as a journal that is shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use task_pause::fuzz::fuzz_history;

fuzz_target!(|data: &[u8]| fuzz_history(data));
