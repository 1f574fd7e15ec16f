#!/usr/bin/env bash
# Shows which lines the suite reaches, in .py and .pyx files alike. Slow, and never to be timed: every line calls a tracer.
# Works on a copy, build/coverage, because the report needs Cython's output beside each .pyx.
#   Usage: ci/coverage.sh [PYTEST_ARGUMENT...]     all but slow, stress and crash tests without an argument
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$(ci/make-venv.sh coverage)
"$venv/bin/pip" install --quiet 'coverage>=7.10'
copy=$PWD/build/coverage
rm -rf "$copy"
mkdir -p "$copy/build"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    [ ! -e "$file" ] || cp --parents "$file" "$copy/"
done
cd "$copy"
ci/install-package.sh "$venv" test -Dvariant=linetrace
# The modules were traced under these names, and the plug-in looks for their C files here.
"$venv/bin/cython" -3 -X linetrace=True -I . fasterlog/*.pyx fasterlog/testing/*.pyx

# A traced build takes the GIL in code that is nogil everywhere else, in the worker's threads at exit and in forked children too. So its
# verdict on a test does not count - the other lanes give that - and the two files that live from forks and exits stay out.
# So do those that take the table of system calls or the memory away under it, and what belongs to them.
if [ "$#" -eq 0 ]; then
    set -- -m "not (slow or stress or crash)" --ignore=tests/faults --ignore=tests/fuzz --ignore=tests/models
    for name in cli lock_and_fork conformance testing call_order unreadable_pages directory_syncs stalled_threads exit; do
        set -- "$@" "--ignore=tests/test_$name.py"
    done
fi
PYTHONSAFEPATH=1 "$venv/bin/coverage" run --data-file=.coverage.run -m pytest "$@" || echo "tests failed under the tracer: see above"
# Brings the names in the environment and in the tree together.
"$venv/bin/coverage" combine --quiet .coverage.run
# Well below what it is, so that it fails when tracing itself is broken.
"$venv/bin/coverage" report --fail-under=50
