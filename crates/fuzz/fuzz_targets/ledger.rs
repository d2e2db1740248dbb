//! Any bytes as a ledger.

#![no_main]

use libfuzzer_sys::fuzz_target;
use maintenance_core::fuzz::fuzz_ledger;

fuzz_target!(|data: &[u8]| fuzz_ledger(data));
