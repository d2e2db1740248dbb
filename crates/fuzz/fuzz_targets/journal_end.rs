//! Any bytes as a journal that is appended to.

#![no_main]

use libfuzzer_sys::fuzz_target;
use maintenance_core::fuzz::fuzz_journal_end;

fuzz_target!(|data: &[u8]| fuzz_journal_end(data));
