//! Any bytes as one chunk of EVTX; see `blocksieve_fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blocksieve_fuzz::events::chunk(data));
