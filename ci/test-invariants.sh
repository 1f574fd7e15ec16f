#!/usr/bin/env bash
# Shows that the checks inside the core hold: the whole suite on a build with every assertion on, capacities made small so that
# wrap-around and growth happen in seconds; then the stress tests with the yield points switched on.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$(ci/make-venv.sh invariants)
ci/install-package.sh "$venv" test -Dvariant=invariants
# For the tests on a file system in user space; without it they say "not run".
[ "$(id -u)" -ne 0 ] || ci/install-packages.sh fuse3
export PYTHONSAFEPATH=1
"$venv/bin/pytest" "$@"
# Once more where threads meet: one pass in so many through a yield point gives the processor away. The slow ones set it themselves.
FASTERLOG_YIELD=200 "$venv/bin/pytest" -m "stress and not slow" "$@"
