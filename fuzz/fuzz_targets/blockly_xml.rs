//! Any bytes as Blockly XML; see `blocksieve_fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blocksieve_fuzz::workspaces::workspace(
    data,
    blocksieve::source::blockly::Format::Xml
));
