//! Any bytes as the body of an answer of the API.

#![no_main]

use libfuzzer_sys::fuzz_target;
use maintenance_core::fuzz::fuzz_api;

fuzz_target!(|data: &[u8]| fuzz_api(data));
