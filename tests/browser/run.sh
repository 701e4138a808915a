#!/usr/bin/env bash
# Runs the tests of the browser's modules in Node: hostile sizes, and that they answer what the host answers. Exit status 77: skipped,
# with the reason on standard error. Arguments are for the cargo that builds the host's side, in the place of its features.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v node >/dev/null || { echo "skipped: no Node here" >&2; exit 77; }
[ -e www/wasm/pkg/more/blocksieve.js ] || { echo "skipped: no www/wasm/pkg; \`make wasm\` builds it" >&2; exit 77; }

BLOCKSIEVE_DOOR=$(mktemp -d)
export BLOCKSIEVE_DOOR
trap 'rm -rf "$BLOCKSIEVE_DOOR"' EXIT
[ $# -gt 0 ] || set -- --features cli,evtx,serve,wasm,wasm-more
cargo test --quiet "$@" --test door
node --test --test-concurrency=2 --test-reporter=spec tests/browser/limits.mjs tests/browser/parity.mjs
