#!/usr/bin/env bash
# Shows that the tests see what they are for, as far as a change may have touched that: puts faults into the core, one at a time, and
# expects the tests that are named for each to fail. Those of files changed since BASE, and three fixed ones; starts none after six
# minutes, so on a large change some are left out, and said to be. 
#   Usage: ci/test-mutants.sh [BASE]     the last commit's parent without an argument
# All of them: ci/run-mutants.py --all. They stand in ci/mutants.
set -euo pipefail
cd "$(dirname "$0")/.."

base=${1:-${FASTERLOG_MUTANTS_BASE:-HEAD~1}}
if ! git rev-parse --quiet --verify "$base^{commit}" > /dev/null; then
    echo "no commit $base here: the fixed mutants alone"
    base=HEAD
fi
exec python3 ci/run-mutants.py --changed "$base" --minutes 6
