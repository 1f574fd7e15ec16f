#!/usr/bin/env bash
# Shows that no thread of ours touches memory that another one writes without an order between them: the stress tests under
# ThreadSanitizer, in an interpreter that is sanitized itself, with CPython's own suppressions and none of ours. Then shows that
# the lane can see such a fault at all: a module with a plain race and one with a release store weakened to relaxed must be
# reported, and their correct twin must not.   Usage: ci/test-tsan.sh [PYTEST_ARGUMENT...]
# Exit status: 77 if the interpreter's source is not served.
set -euo pipefail
cd "$(dirname "$0")/.."

status=0
sanitized=$(ci/build-python.sh tsan) && python=$(ci/build-python.sh free-threaded) || status=$?
if [ "$status" -eq 3 ]; then
    echo "not run: the source of the sanitized interpreter is not served here"
    exit 77
fi
[ "$status" -eq 0 ] || exit 1

# Everything is built and installed with the plain interpreter, of the same ABI and twenty times as fast; the sanitized one only runs.
venv=$(ci/make-venv.sh tsan "$python")
ci/install-package.sh "$venv" test -Db_sanitize=thread
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')

out=$PWD/build/tsan
rm -rf "$out"
mkdir -p "$out/racy"
extension=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
headers=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("include"))')
"$venv/bin/cython" -3 -X freethreading_compatible=True ci/racy/racy.pyx -o "$out/racy/racy.c"
cc -shared -fPIC -O1 -g -fsanitize=thread -I "$headers" -I fasterlog/include "$out/racy/racy.c" -o "$out/racy/racy$extension"

# ThreadSanitizer of this age cannot place its shadow when addresses are scattered over more than 28 bits.
run=()
if [ "$(cat /proc/sys/vm/mmap_rnd_bits 2> /dev/null || echo 28)" -gt 28 ]; then
    run=(setarch --addr-no-randomize)
fi
export PYTHONSAFEPATH=1
export FASTERLOG_SANITIZER=thread
# The sanitizer slows everything down some ten times.
export FASTERLOG_STRESS_SECONDS=${FASTERLOG_STRESS_SECONDS:-8}

# Arguments: a name for the reports, then what to run. Reports go to files, one a process, whatever the test runner captures.
sanitize() {
    local name=$1
    shift
    TSAN_OPTIONS="suppressions=$(dirname "$sanitized")/../suppressions_free_threading.txt:halt_on_error=0:exitcode=66:history_size=7:second_deadlock_stack=1:log_path=$out/$name" \
        PYTHONPATH=$site:$out/racy "${run[@]}" "$sanitized" "$@"
}
reports() {
    cat "$out/$1".* 2> /dev/null | grep -c 'WARNING: ThreadSanitizer' || true
}

for fault in plain relaxed; do
    sanitize "racy-$fault" ci/racy/run_racy.py "$fault" || true
    echo "racy module, $fault: $(reports "racy-$fault") reports, at least 1 wanted"
    [ "$(reports "racy-$fault")" -gt 0 ] || { echo "ThreadSanitizer did not see a deliberate race"; exit 1; }
done
sanitize racy-none ci/racy/run_racy.py none
echo "racy module, correct twin: $(reports racy-none) reports, 0 wanted"

status=0
sanitize suite -m pytest -s -p no:cacheprovider -m "not crash" tests/stress "$@" || status=$?
found=$(reports suite)
[ "$found" -eq 0 ] || cat "$out"/suite.*
echo "stress tests: $found reports, 0 wanted; exit status $status"
[ "$status" -eq 0 ] && [ "$found" -eq 0 ]
