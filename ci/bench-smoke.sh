#!/usr/bin/env bash
# Shows that every benchmark runs: once each, quickly. The figures mean nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$(ci/make-venv.sh release)
ci/install-package.sh "$venv" cli,bench
# asv keeps a description of the machine in the home folder.
export HOME=$PWD/build/bench-home
mkdir -p "$HOME"
export PYTHONSAFEPATH=1
cd asv_benchmarks
"$venv/bin/asv" machine --yes > /dev/null
"$venv/bin/asv" run --python=same --quick --dry-run --show-stderr "$@"
