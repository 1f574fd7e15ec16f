#!/usr/bin/env bash
# Shows that damage is refused, told or harmless, and that a lack of memory loses nothing: every byte flipped and every length cut of
# reference logs, every allocation failed; and runs the model-based tests at their larger size. Seeds: FASTERLOG_CORRUPTION_SEED.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$(ci/make-venv.sh corruption)
ci/install-package.sh "$venv" test
export PYTHONSAFEPATH=1
export FASTERLOG_CORRUPTION=${FASTERLOG_CORRUPTION:-all} FASTERLOG_CORRUPTION_SECONDS=${FASTERLOG_CORRUPTION_SECONDS:-5}
export FASTERLOG_OOM=all HYPOTHESIS_PROFILE=${HYPOTHESIS_PROFILE:-ci}
"$venv/bin/pytest" -q -rP -o timeout=1500 -o faulthandler_timeout=0 --durations=10 \
    tests/faults/test_corruption.py tests/faults/test_out_of_memory.py tests/property "$@" |
    grep -E 'faults|MemoryError|passed|failed|^E  |FAILED|call  '
