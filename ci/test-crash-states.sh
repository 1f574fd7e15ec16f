#!/usr/bin/env bash
# Shows that nothing acknowledged is lost in the states that a crash may leave, and that every system call may fail. Each seed is a run of
# its own, so a long series can be stopped and gone on with.
#   Usage: ci/test-crash-states.sh [FIRST_SEED LAST_SEED]    20,000 crash states a seed; seeds 1 to 25 are the full run
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$(ci/make-venv.sh crash-states)
ci/install-package.sh "$venv" test
export PYTHONSAFEPATH=1
export FASTERLOG_CRASH_STATES=${FASTERLOG_CRASH_STATES:-20000}
for seed in $(seq "${1:-1}" "${2:-1}"); do
    FASTERLOG_CRASH_SEED=$seed "$venv/bin/pytest" -q -rP tests/crash/test_crash_states.py |
        grep -E ' states of |passed|failed|^E  |FAILED'
done
export FASTERLOG_FAULT_PAIRS=${FASTERLOG_FAULT_PAIRS:-200}
FASTERLOG_FAULT_SEED=${1:-1} "$venv/bin/pytest" -q -rP tests/faults |
    grep -E ' calls, .* cases|passed|failed|^E  |FAILED'
