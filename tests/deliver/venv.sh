#!/usr/bin/env bash
# Makes the Python that runs tests/deliver/server.py, once, under target/, and prints its path. Says why it cannot, with status 77.
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=${CARGO_TARGET_DIR:-target}/deliver-venv
python=$venv/bin/python
packages=(aiosmtpd==1.4.6 trustme==1.2.1)

command -v python3 >/dev/null || { echo "no python3 here" >&2; exit 77; }
mkdir -p "$(dirname "$venv")"
# Tests run side by side: one makes it, the others wait.
exec 9>"$venv.lock"
! command -v flock >/dev/null || flock 9
if [ ! -e "$venv/ready" ] || [ "$(cat "$venv/ready")" != "${packages[*]}" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv" >&2 || { echo "python3 cannot make a virtual environment (Debian: python3-venv)" >&2; exit 77; }
    "$python" -m pip install --quiet --disable-pip-version-check "${packages[@]}" >&2 || { echo "pip cannot fetch ${packages[*]}" >&2; exit 77; }
    echo "${packages[*]}" >"$venv/ready"
fi
echo "$python"
