#!/usr/bin/env bash
# Hostile files under libFuzzer with AddressSanitizer and UndefinedBehaviourSanitizer (RELIABILITY: P12, P3, R4): recovery's three targets
# (tests/fuzz/recovery_probe.pyx), after a check that the fuzzer finds faults which are planted on purpose.
#
# Environment:  FASTERLOG_FUZZ_RUNS     inputs in all, 1,000,000 by default; 200,000,000 is the full run
#               FASTERLOG_FUZZ_SEED     of the mutations; 1 by default, so that a run judges what has changed and not its luck. The full
#                                       run takes new ones
#               FASTERLOG_FUZZ_PLANTED  faults of tests/fuzz/planted.py: names, "all", "none"; two by default
#               FASTERLOG_FUZZ_TARGETS  "replay tail open" by default
# Findings are left in build/fuzz/finding-*. A corpus grows in build/fuzz/corpus-TARGET beside the one in the tree.
# Exit status: 77 if there is no clang with libFuzzer here.   Usage: ci/test-fuzz.sh
set -euo pipefail
cd "$(dirname "$0")/.."

runs=${FASTERLOG_FUZZ_RUNS:-1000000}
seed=${FASTERLOG_FUZZ_SEED:-1}
targets=${FASTERLOG_FUZZ_TARGETS:-replay tail open}
out=$PWD/build/fuzz

# A clang that has libFuzzer's library; Debian keeps that in a package of its own.
find_clang() {
    local name
    for name in clang-16 clang-19 clang-18 clang-17 clang-15 clang-14 clang; do
        command -v "$name" > /dev/null && [ -e "$("$name" -print-file-name=libclang_rt.fuzzer-x86_64.a)" ] && echo "$name" && return
    done
    return 1
}
clang=$(find_clang) || { ci/install-packages.sh clang-16 libclang-rt-16-dev llvm-16 && clang=$(find_clang); } || {
    echo "not run: no clang with libFuzzer here, and none can be installed"
    exit 77
}

venv=$(ci/make-venv.sh fuzz)
python=$venv/bin/python
config() { "$python" -c "import sysconfig; print(sysconfig.get_config_var('$1'))"; }
library=$(config LIBDIR)/$(config LDLIBRARY)
[ -e "$library" ] || {
    echo "not run: the interpreter has no library to embed ($library)"
    exit 77
}

# No UBSan report is let pass. Coverage counts edges alone: comparisons are traced by libFuzzer's full set, which halves the speed and
# says little here, since what is compared are fields that the recipes compute.
sanitize="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g1 -O1"
coverage="-fsanitize-coverage=inline-8bit-counters,pc-table"
export CC=$clang
ci/install-package.sh "$venv" test "-Dc_args=$sanitize $coverage" "-Dc_link_args=-fsanitize=address,undefined" -Db_lundef=false

site=$("$python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')
headers=$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
mkdir -p "$out"
machine=$([ "$(uname -m)" = x86_64 ] && echo "-msse4.2 -mpclmul" || true)
"$venv/bin/cython" -3 -X boundscheck=False -X wraparound=False -X cdivision=True -X initializedcheck=False -I "$site" \
    --module-name recovery_probe tests/fuzz/recovery_probe.pyx -o "$out/recovery_probe.c"
# shellcheck disable=SC2086
"$clang" -shared -fPIC $sanitize $machine -I "$headers" -I "$site/fasterlog/include" "$out/recovery_probe.c" \
    -o "$out/recovery_probe$(config EXT_SUFFIX)"
# shellcheck disable=SC2086
"$clang" $sanitize -fsanitize=fuzzer -rdynamic -I "$headers" tests/fuzz/driver.c "$library" "-Wl,-rpath,$(dirname "$library")" -o "$out/fuzz"

FASTERLOG_FUZZ_HOME=$("$python" -c 'import sys; print(sys.base_prefix)')
export FASTERLOG_FUZZ_HOME FASTERLOG_FUZZ_PATH=$site:$out PYTHONMALLOC=malloc PYTHONHASHSEED=0
# Leaks: CPython keeps what it has until its end; -rss_limit_mb bounds what grows.
export ASAN_OPTIONS=detect_leaks=0:handle_abort=1:allocator_may_return_null=1:quarantine_size_mb=8:malloc_context_size=6
export UBSAN_OPTIONS=print_stacktrace=1
FASTERLOG_FUZZ_FOLDERS=$(mktemp -d "$( [ -w /dev/shm ] && echo /dev/shm || echo /tmp)/fasterlog-fuzz.XXXXXX")
export FASTERLOG_FUZZ_FOLDERS
trap 'rm -rf "$FASTERLOG_FUZZ_FOLDERS"' EXIT

planted=${FASTERLOG_FUZZ_PLANTED-}
if [ "$planted" != none ]; then
    # shellcheck disable=SC2086
    CFLAGS="$sanitize $coverage $machine" "$python" tests/fuzz/planted.py "$out" $planted
fi

# How much of the whole a target gets: "open" runs Python and costs thirty times as much as the others.
share() { case $1 in replay) echo 62 ;; tail) echo 34 ;; open) echo 4 ;; esac; }

hunt() {
    local target=$1 count=$((runs * $(share "$1") / 100)) status=0
    mkdir -p "$out/corpus-$target"
    FASTERLOG_FUZZ_TARGET=$target \
        "$out/fuzz" -runs="$count" -seed="$seed" -max_len=1500 -timeout=20 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix="$out/finding-$target-" "$out/corpus-$target" "tests/fuzz/corpus/$target" > "$out/$target.log" 2>&1 || status=$?
    [ "$status" -eq 0 ] || grep -E -A12 'BROKEN|ERROR|runtime error|Test unit|Base64|driver:' "$out/$target.log" | head -n 60
    echo "fuzz $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$target.log") executions, exit status $status"
    return "$status"
}

# "open" beside the others: two processes.
(
    status=0
    for target in $targets; do
        [ "$target" = open ] || hunt "$target" || status=1
    done
    exit "$status"
) &
others=$!
status=0
case " $targets " in *" open "*) hunt open || status=1 ;; esac
wait "$others" || status=1
total=0
for target in $targets; do
    total=$((total + $(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$target.log" | grep . || echo 0)))
done
echo "fuzz: $total executions under AddressSanitizer and UBSan, seed $seed; $([ "$status" -eq 0 ] && echo 0 findings || echo FINDINGS in build/fuzz)"
exit "$status"
