#!/usr/bin/env bash
# Runs the tests of the browser's module in Node. Exit status 77: skipped, with the reason on standard error.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v node >/dev/null || { echo "skipped: no Node here" >&2; exit 77; }
[ -e www/wasm/pkg/blocksieve.js ] || { echo "skipped: no www/wasm/pkg; \`make wasm\` builds it" >&2; exit 77; }
node --test --test-reporter=spec tests/browser/limits.mjs
