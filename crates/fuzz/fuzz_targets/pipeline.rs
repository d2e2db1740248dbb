//! Any bytes as a timetable and runs, through a filter and into the reader of selected runs.

#![no_main]

use libfuzzer_sys::fuzz_target;
use task_pause::fuzz::fuzz_piped;
use window_filter::fuzz::filtered;

fuzz_target!(|data: &[u8]| {
    if let Some(lines) = filtered(data) {
        fuzz_piped(lines.as_bytes());
    }
});
