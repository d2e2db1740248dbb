//! Any bytes as a recurrence rule, judged by the slow evaluator.

#![no_main]

use libfuzzer_sys::fuzz_target;
use maintenance_core::fuzz::fuzz_rule;

fuzz_target!(|data: &[u8]| fuzz_rule(data));
