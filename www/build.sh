#!/usr/bin/env bash
# Builds the editor's page with its engine into www/dist, which `cargo build` takes into the binary for `blocksieve serve`. Exit
# status 77: something it needs is not here (said on standard error).
set -euo pipefail
cd "$(dirname "$0")/.."
www/wasm/build.sh
www/page.sh
