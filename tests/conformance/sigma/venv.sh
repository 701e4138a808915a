#!/usr/bin/env bash
# Makes a folder with pySigma in it, once, under target/, and prints the path of its Python. Says why it cannot, with status 77.
set -euo pipefail
cd "$(dirname "$0")/../../.."

venv=${CARGO_TARGET_DIR:-target}/sigma-venv
package=pySigma==2.0.1

skip() { echo "$*" >&2; exit 77; }

command -v python3 >/dev/null || skip "no python3 here"
mkdir -p "$(dirname "$venv")"
# Tests run side by side: one makes it, the others wait.
exec 9>"$venv.lock"
! command -v flock >/dev/null || flock 9
if [ ! -e "$venv/ready" ] || [ "$(cat "$venv/ready")" != "$package" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv" >&2 || skip "python3 cannot make a virtual environment (Debian: python3-venv)"
    "$venv/bin/python" -m pip --quiet --disable-pip-version-check install "$package" >&2 || skip "pip cannot fetch $package"
    echo "$package" >"$venv/ready"
fi
cd "$venv" && echo "$(pwd)/bin/python"
