#!/usr/bin/env bash
# Checks the editor's page, runs its unit tests and builds it into www/dist. Exit status 77: something it needs is not here
# (said on standard error).
#
# In: www/wasm/pkg, which www/wasm/build.sh makes, and the packages of www/package-lock.json.
set -euo pipefail
cd "$(dirname "$0")/.."

www/packages.sh
[ -e www/wasm/pkg/blocksieve.js ] || { echo "skipped: no www/wasm/pkg; \`make wasm\` builds it" >&2; exit 77; }
cd www
npx --no-install tsc -p .
npx --no-install vitest run
npx --no-install vite build --logLevel warn
find dist -type f -name '*.js' -exec cat {} + | gzip -9 | wc -c | xargs printf 'editor: %s bytes of scripts, gzipped\n'
