#!/usr/bin/env bash
# Installs the packages of www/package-lock.json, unless they are there already. Exit status 77: they cannot be fetched
# here, with the reason on standard error.
set -euo pipefail
cd "$(dirname "$0")"

skip() { echo "skipped: $*" >&2; exit 77; }

command -v node >/dev/null || skip "no Node here"
command -v npm >/dev/null || skip "no npm here"
# Blockly's own jsdom and Vite ask for it.
node -e 'const [a, b] = process.versions.node.split("."); process.exit(a * 100 + +b < 2019 ? 1 : 0)' ||
    skip "Node $(node --version) is too old, the editor takes 20.19 or later"

# A copy of the lock file tells when the packages are stale.
installed=node_modules/.installed-lock
! cmp -s package-lock.json "$installed" || exit 0
status=0
log=$(npm ci --loglevel=error 2>&1) || status=$?
if [ "$status" != 0 ]; then
    printf '%s\n' "$log" | sed -n 1,4p >&2
    # A lock file that contradicts package.json is a fault of ours; anything else is the network.
    case $log in *EUSAGE*) exit 1 ;; esac
    skip "the packages of www/package-lock.json cannot be fetched here"
fi
cp package-lock.json "$installed"
