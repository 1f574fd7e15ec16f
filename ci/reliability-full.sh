#!/usr/bin/env bash
# The full column of docs/reliability.md, in pieces that can be stopped and gone on with: what a chunk printed is kept in
# build/reliability/COMMIT, and a chunk that has passed is not run again at that commit.
#   Usage: ci/reliability-full.sh [PIECE...]     all pieces without an argument; --list names them
#          HOURS=3 ci/reliability-full.sh        starts no chunk after three hours, and says what was not run
set -euo pipefail
cd "$(dirname "$0")/.."

pieces=(crash-states kills power-cuts block-images full-disks faults corruption memory hostile-files model-based tsan models mutants)
if [ "${1:-}" = --list ]; then
    printf '%s\n' "${pieces[@]}"
    exit 0
fi
[ "$#" -eq 0 ] || pieces=("$@")
out=$PWD/build/reliability/$(git rev-parse --short HEAD)$(git diff --quiet HEAD || echo -changed)
mkdir -p "$out"
started=$SECONDS
passed=0 failed=0 skipped=0 missing=()

venv=$(ci/make-venv.sh reliability)
ci/install-package.sh "$venv" test
export PYTHONSAFEPATH=1
# Long tests are meant here: no time-outs of the runner's own.
tests=("$venv/bin/pytest" -q -s -rA -o timeout=0 -o faulthandler_timeout=0)

# chunk NAME COMMAND...: runs it unless it has passed before.
chunk() {
    local name=$1 status=0 began=$SECONDS
    shift
    [ ! -e "$out/$name.passed" ] || { passed=$((passed + 1)) && return; }
    if [ -n "${HOURS:-}" ] && [ $((SECONDS - started)) -ge $((HOURS * 3600)) ]; then
        missing+=("$name")
        return
    fi
    "$@" > "$out/$name.log" 2>&1 < /dev/null || status=$?
    # What a harness could not do here is not passed, whatever its status.
    if [ "$status" -eq 0 ] && grep -q 'not run' "$out/$name.log"; then
        status=77
    fi
    if [ "$status" -eq 0 ]; then
        echo "$(date -u +%F) $((SECONDS - began)) s: $*" > "$out/$name.passed"
        passed=$((passed + 1))
    elif [ "$status" -eq 77 ]; then
        skipped=$((skipped + 1))
        grep 'not run' "$out/$name.log" | head -n 3 || tail -n 3 "$out/$name.log"
    else
        failed=$((failed + 1))
        tail -n 30 "$out/$name.log"
    fi
    echo "$name: $((SECONDS - began)) s, status $status"
}
seeds() { seq -f "%g" 1 "$1"; }

for piece in "${pieces[@]}"; do
    case "$piece" in
    crash-states) # 25 x 20,000 states, and 25 x 200 pairs of faults
        for seed in $(seeds 25); do chunk "crash-states-$seed" ci/test-crash-states.sh "$seed" "$seed"; done ;;
    kills) # 20 x 1,000
        for seed in $(seeds 20); do
            chunk "kills-$seed" env FASTERLOG_KILLS=1000 "FASTERLOG_SEED=full-$seed" "${tests[@]}" tests/crash/test_kill.py
        done ;;
    power-cuts) # 10 x (300 ext4 + 100 xfs)
        for seed in $(seeds 10); do
            chunk "power-cuts-$seed" env FASTERLOG_POWER_CUTS=400 "FASTERLOG_SEED=full-$seed" "${tests[@]}" tests/crash/test_power_cut.py
        done ;;
    block-images) # 10 x 1,000
        for seed in $(seeds 10); do
            chunk "block-images-$seed" env FASTERLOG_BLOCK_IMAGES=1000 "FASTERLOG_SEED=full-$seed" \
                "${tests[@]}" tests/crash/test_block_images.py
        done ;;
    full-disks)
        chunk full-disks env FASTERLOG_FULL_DISKS=200 FASTERLOG_SEED=full "${tests[@]}" tests/faults/test_full_disk.py ;;
    faults) # every call, every errno; pairs of them at random
        chunk faults env FASTERLOG_FAULT_PAIRS=5000 "${tests[@]}" tests/faults/test_every_call.py ;;
    corruption) # every byte with ten patterns, every length
        for log in accept-closed accept-killed; do
            chunk "corruption-$log" env FASTERLOG_CORRUPTION=full "${tests[@]}" tests/faults/test_corruption.py -k "$log"
        done ;;
    memory)
        chunk memory env FASTERLOG_OOM=all "${tests[@]}" tests/faults/test_out_of_memory.py ;;
    hostile-files) # 20 x 10 million
        for seed in $(seeds 20); do
            chunk "hostile-files-$seed" env FASTERLOG_FUZZ_RUNS=10000000 "FASTERLOG_FUZZ_SEED=$seed" ci/test-fuzz.sh
        done ;;
    model-based) # 100 x 1,000 programs of 50 steps
        for seed in $(seeds 100); do
            chunk "model-based-$seed" env HYPOTHESIS_PROFILE=full "${tests[@]}" tests/property "--hypothesis-seed=$seed"
        done ;;
    tsan) # half an hour
        chunk tsan env FASTERLOG_STRESS_SECONDS=120 ci/test-tsan.sh ;;
    models)
        chunk models ci/test-models.sh full ;;
    mutants)
        chunk mutants-named python3 ci/run-mutants.py --all
        chunk mutants-random python3 ci/run-mutants.py --random 200 --seed 1 ;;
    *)
        echo "no such piece: $piece" >&2
        exit 2 ;;
    esac
done
[ "${#missing[@]}" -eq 0 ] || echo "not run: ${missing[*]}"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
