#!/usr/bin/env bash
# Makes the folder of what examples/ci and the formats for machines are held against, once, under target/, and prints its path: `bin/` with
# check-jsonschema, pre-commit and xmlschema-validate, and `schemas/` as packages carry them. Says why it cannot, with status 77.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=${CARGO_TARGET_DIR:-target}/rules-tools
programs=(check-jsonschema==0.39.0 pre-commit==4.7.0 xmlschema==4.3.2)
# The schema of SARIF 2.1.0 that OASIS publishes is in a crate that is never built; junit-10.xsd of Jenkins' xUnit plugin is in the sources
# of pytest, which holds its own reports to it.
sarif=serde-sarif=0.8.0
junit=pytest==9.2.0
all="${programs[*]} $sarif $junit"

skip() { echo "$*" >&2; exit 77; }

command -v python3 >/dev/null || skip "no python3 here"
mkdir -p "$(dirname "$tools")"
# Tests run side by side: one makes it, the others wait.
exec 9>"$tools.lock"
! command -v flock >/dev/null || flock 9
if [ ! -e "$tools/ready" ] || [ "$(cat "$tools/ready")" != "$all" ]; then
    rm -rf "$tools"
    python3 -m venv "$tools" >&2 || skip "python3 cannot make a virtual environment (Debian: python3-venv)"
    pip=("$tools/bin/python" -m pip --quiet --disable-pip-version-check)
    "${pip[@]}" install "${programs[@]}" >&2 || skip "pip cannot fetch ${programs[*]}"

    mkdir "$tools/schemas" "$tools/sources"
    "${pip[@]}" download --no-deps --no-binary pytest --dest "$tools/sources" "$junit" >&2 || skip "pip cannot fetch the sources of $junit"
    tar -xOzf "$tools"/sources/pytest-*.tar.gz --wildcards '*/junit-10.xsd' >"$tools/schemas/junit-10.xsd"

    printf '[package]\nname = "schemas"\nedition = "2024"\n[lib]\npath = "lib.rs"\n[dependencies]\n%s = "=%s"\n[workspace]\n' \
        "${sarif%%=*}" "${sarif#*=}" >"$tools/sources/Cargo.toml"
    : >"$tools/sources/lib.rs"
    told=$("${CARGO:-cargo}" metadata --quiet --format-version 1 --manifest-path "$tools/sources/Cargo.toml") || skip "cargo cannot fetch $sarif"
    manifest=$(grep -o "\"[^\"]*${sarif%%=*}-${sarif#*=}[/\\\\]*Cargo.toml\"" <<<"$told" | head -1 | tr -d '"')
    cp "$(dirname "$manifest")/src/schema.json" "$tools/schemas/sarif-2.1.0.json"
    [ -s "$tools/schemas/junit-10.xsd" ]
    echo "$all" >"$tools/ready"
fi
cd "$tools" && pwd
