#!/usr/bin/env bash
# Holds the blocks against the real Blockly, headless in Node. Exit status 77: skipped, with the reason on standard
# error.
#
# BLOCKSIEVE names a built program; without it, `cargo build` makes one.
set -euo pipefail
cd "$(dirname "$0")/../.."

www/packages.sh

if [ -z "${BLOCKSIEVE:-}" ]; then
    cargo build --quiet
    BLOCKSIEVE=$PWD/${CARGO_TARGET_DIR:-target}/debug/blocksieve
    case ${CARGO_TARGET_DIR:-} in /*) BLOCKSIEVE=$CARGO_TARGET_DIR/debug/blocksieve ;; esac
fi
export BLOCKSIEVE
node --test --test-concurrency=2 --test-reporter=spec tests/blockly/*.test.mjs
