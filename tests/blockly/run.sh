#!/usr/bin/env bash
# Holds the blocks against the real Blockly, headless in Node. Exit status 77: skipped, with the reason on standard
# error.
#
# BLOCKSIEVE names a built program; without it, `cargo build` makes one.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() { echo "skipped: $*" >&2; exit 77; }

# The packages of www/package-lock.json, and a copy of it to tell when they are stale.
install_packages() {
    local installed=www/node_modules/.installed-lock log status=0
    ! cmp -s www/package-lock.json "$installed" || return 0
    log=$(cd www && npm ci --loglevel=error 2>&1) || status=$?
    if [ "$status" != 0 ]; then
        printf '%s\n' "$log" | sed -n 1,4p >&2
        # A lock file that contradicts package.json is a fault of ours; anything else is the network.
        case $log in *EUSAGE*) exit 1 ;; esac
        skip "the packages of www/package-lock.json cannot be fetched here"
    fi
    cp www/package-lock.json "$installed"
}

command -v node >/dev/null || skip "no Node here"
command -v npm >/dev/null || skip "no npm here"
# Blockly's own jsdom asks for it.
node -e 'const [a, b] = process.versions.node.split("."); process.exit(a * 100 + +b < 2019 ? 1 : 0)' ||
    skip "Node $(node --version) is too old for Blockly, which takes 20.19 or later"
install_packages

if [ -z "${BLOCKSIEVE:-}" ]; then
    cargo build --quiet
    BLOCKSIEVE=$PWD/${CARGO_TARGET_DIR:-target}/debug/blocksieve
    case ${CARGO_TARGET_DIR:-} in /*) BLOCKSIEVE=$CARGO_TARGET_DIR/debug/blocksieve ;; esac
fi
export BLOCKSIEVE
node --test --test-reporter=spec tests/blockly/*.test.mjs
