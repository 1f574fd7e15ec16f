#!/usr/bin/env bash
# Shows that the suite passes on newer interpreters with the GIL than the machine's own.
#   Usage: ci/test-gil.sh [SERIES...]     3.13 and 3.14; a series whose source is not served is named and left out
# Exit status: 77 if no series could be had.
set -euo pipefail
cd "$(dirname "$0")/.."

[ "$#" -gt 0 ] || set -- 3.13 3.14
tested=0
for series in "$@"; do
    status=0
    python=$(ci/build-python.sh gil "$series") || status=$?
    if [ "$status" -eq 3 ]; then
        echo "not run: $series, its source is not served here"
        continue
    fi
    [ "$status" -eq 0 ] || exit 1
    venv=$(ci/make-venv.sh "gil-$series" "$python")
    ci/install-package.sh "$venv" test
    PYTHONSAFEPATH=1 "$venv/bin/pytest" -m "not slow"
    tested=$((tested + 1))
done
[ "$tested" -gt 0 ] || exit 77
