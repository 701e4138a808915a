#!/usr/bin/env bash
# Checks the editor's page, runs its unit tests and builds it into www/dist. Exit status 77: something it needs is not here
# (said on standard error).
#
# In: www/wasm/pkg, which www/wasm/build.sh makes, and the packages of www/package-lock.json. Out: www/dist; beside what packs
# well the same packed, which is what the binary keeps of it.
set -euo pipefail
cd "$(dirname "$0")/.."

www/packages.sh
[ -e www/wasm/pkg/blocksieve.js ] || { echo "skipped: no www/wasm/pkg; \`make wasm\` builds it" >&2; exit 77; }
cd www
npx --no-install tsc -p .
npx --no-install vitest run
npx --no-install vite build --logLevel warn
find dist -type f -size +1k \( -name '*.html' -o -name '*.js' -o -name '*.css' -o -name '*.svg' -o -name '*.json' -o -name '*.wasm' \
    -o -name '*.ndjson' -o -name '*.csv' \) -exec gzip -9 -k -n -f {} +
find dist -type f -name '*.js' -exec cat {} + | gzip -9 | wc -c | xargs printf 'editor: %s bytes of scripts, gzipped\n'
