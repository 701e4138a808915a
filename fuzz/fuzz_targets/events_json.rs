//! Any bytes as JSON: lines, arrays, laid out; see `blocksieve_fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blocksieve_fuzz::events::events(data));
