#!/usr/bin/env bash
# Makes the virtual environment of a lane, build/venv-LANE, unless it is there for the same interpreter, and prints its path as the
# last line. Installs the compiler and Python's headers where they are missing.   Usage: ci/make-venv.sh LANE [PYTHON]
set -euo pipefail
cd "$(dirname "$0")/.."

lane=${1:?"usage: ci/make-venv.sh LANE [PYTHON]"}
python=${2:-python3}
venv=$PWD/build/venv-$lane

needed=()
command -v cc > /dev/null || needed+=(build-essential)
command -v "$python" > /dev/null || needed+=(python3 python3-dev python3-venv)
[ "${#needed[@]}" -eq 0 ] || ci/install-packages.sh "${needed[@]}"

# An interpreter of one's own brings both; a distribution's may come without.
check='import ensurepip, os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))'
"$python" -c "$check" 2> /dev/null || ci/install-packages.sh python3-dev python3-venv

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, not " + sys.version)'
base='import os, sys; print(os.path.realpath(sys._base_executable), sys.version)'
if [ ! -x "$venv/bin/pip" ] || [ "$("$python" -c "$base")" != "$("$venv/bin/python" -c "$base")" ]; then
    rm -rf "$venv"
    "$python" -m venv "$venv" >&2
    # Older ones take an option for the build only once.
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check 'pip>=23.1' >&2
fi
echo "$venv"
