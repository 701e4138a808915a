#!/usr/bin/env bash
# Runs the tests of the browser's modules in Node: hostile sizes, and that they answer what the host answers. Exit status 77: skipped,
# with the reason on standard error.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v node >/dev/null || { echo "skipped: no Node here" >&2; exit 77; }
[ -e www/wasm/pkg/more/blocksieve.js ] || { echo "skipped: no www/wasm/pkg; \`make wasm\` builds it" >&2; exit 77; }

BLOCKSIEVE_DOOR=$(mktemp -d)
export BLOCKSIEVE_DOOR
trap 'rm -rf "$BLOCKSIEVE_DOOR"' EXIT
# All that can be built is built, so that nothing is built twice.
cargo test --quiet --features "${FEATURES:-cli,evtx,serve,wasm,wasm-more}" --test door
node --test --test-reporter=spec tests/browser/limits.mjs tests/browser/parity.mjs
