#!/usr/bin/env bash
# Runs the editor in a real browser. Exit status 77: skipped, with the reason on standard error.
#
# In: www/dist, which www/page.sh builds. BLOCKSIEVE_CHROMIUM names the browser, BLOCKSIEVE a built program; without it,
# `cargo build` makes one.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() { echo "skipped: $*" >&2; exit 77; }

[ -e www/dist/index.html ] || skip "no www/dist; \`make page\` builds it"
if [ -z "${BLOCKSIEVE_CHROMIUM:-}" ]; then
    BLOCKSIEVE_CHROMIUM=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
        skip "no Chromium here; install Debian's chromium"
fi
export BLOCKSIEVE_CHROMIUM
www/packages.sh
if [ -z "${BLOCKSIEVE:-}" ]; then
    # The page is built into the program. With the features of the tests nothing else is built again.
    cargo build --quiet ${FEATURES:+--features "$FEATURES"}
    BLOCKSIEVE=$PWD/${CARGO_TARGET_DIR:-target}/debug/blocksieve
    case ${CARGO_TARGET_DIR:-} in /*) BLOCKSIEVE=$CARGO_TARGET_DIR/debug/blocksieve ;; esac
fi
export BLOCKSIEVE
node --test --test-concurrency=2 --test-reporter=spec tests/browser/*.page.mjs
