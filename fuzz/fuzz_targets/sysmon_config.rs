//! Any bytes as a configuration of Sysmon; see `blocksieve_fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blocksieve_fuzz::configs::config(data));
