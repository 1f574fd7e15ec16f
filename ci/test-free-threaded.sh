#!/usr/bin/env bash
# Shows that the package keeps its promise on builds without the GIL: the GIL stays off after everything is imported, the whole
# suite passes, each unit test passes when four threads run it at once, and the stress tests pass.
#   Usage: ci/test-free-threaded.sh [SERIES...]     3.13 and 3.14; a series whose source is not served is named and left out
# Exit status: 77 if no series could be had.
set -euo pipefail
cd "$(dirname "$0")/.."

[ "$#" -gt 0 ] || set -- 3.13 3.14
tested=0
for series in "$@"; do
    status=0
    python=$(ci/build-python.sh free-threaded "$series") || status=$?
    if [ "$status" -eq 3 ]; then
        echo "not run: ${series}t, its source is not served here"
        continue
    fi
    [ "$status" -eq 0 ] || exit 1
    venv=$(ci/make-venv.sh "free-threaded-$series" "$python")
    ci/install-package.sh "$venv" test
    export PYTHONSAFEPATH=1

    # Not PYTHON_GIL=0: it would hide a module that does not declare itself.
    "$venv/bin/python" -W error -c '
import importlib, pkgutil, sys, fasterlog
for module in pkgutil.walk_packages(fasterlog.__path__, "fasterlog."):
    if not module.name.endswith("__main__") and ".integrations." not in module.name:
        importlib.import_module(module.name)
assert not sys._is_gil_enabled(), "importing fasterlog turned the GIL on"
print("the GIL is off on", sys.version)
'
    "$venv/bin/pytest"
    # Without those that break the process's system calls or its memory: they are one at a time by nature.
    "$venv/bin/pytest" -m "not (stress or crash or slow)" --parallel-threads=4 \
        --ignore=tests/faults --ignore=tests/fuzz --ignore=tests/models
    "$venv/bin/pytest" -m stress
    tested=$((tested + 1))
done
[ "$tested" -gt 0 ] || exit 77
