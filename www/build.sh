#!/usr/bin/env bash
# Builds the editor's page into www/dist. Exit status 77: something it needs is not here (said on standard error).
#
# In: www/wasm/pkg, which www/wasm/build.sh makes (it is called first), and the packages of www/package-lock.json. Out:
# www/dist, which `cargo build` takes into the binary for `blocksieve serve`.
set -euo pipefail
cd "$(dirname "$0")/.."

www/packages.sh
www/wasm/build.sh
cd www
npx --no-install tsc -p .
npx --no-install vite build --logLevel warn
find dist -type f -name '*.js' -exec cat {} + | gzip -9 | wc -c | xargs printf 'editor: %s bytes of scripts, gzipped\n'
