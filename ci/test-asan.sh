#!/usr/bin/env bash
# Shows that the core keeps within its memory and within C's rules: the whole suite under AddressSanitizer and
# UndefinedBehaviourSanitizer. Every allocation goes through malloc, so that Python's pools hide none.
#   Usage: ci/test-asan.sh [PYTEST_ARGUMENT...]
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$(ci/make-venv.sh asan)
# Modules are loaded into an interpreter that is not linked with the runtimes: they are preloaded, and symbols stay open till then.
ci/install-package.sh "$venv" test -Db_sanitize=address,undefined -Db_lundef=false

export FASTERLOG_SANITIZER=address
export PYTHONSAFEPATH=1
export PYTHONMALLOC=malloc
# CPython frees little at its end: what leaks is looked for by tests that count.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:strict_string_checks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
# The stubs are no concern of this lane, and mypy is slow here.
LD_PRELOAD="$(cc -print-file-name=libasan.so) $(cc -print-file-name=libubsan.so)" "$venv/bin/python" -m pytest -s --ignore=tests/test_stubs.py "$@"
