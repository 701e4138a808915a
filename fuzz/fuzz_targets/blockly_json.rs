//! Any bytes as Blockly JSON; see `blocksieve_fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blocksieve_fuzz::workspaces::workspace(
    data,
    blocksieve::source::blockly::Format::Json
));
