#!/usr/bin/env bash
# Checks the lock-free protocols against the C11 memory model (herd7, litmus tests) and the durability protocol by exhaustive search
# (Spin). Nothing of the package is built: the models are the algorithms, each named after the code that it mirrors.
#   Usage: ci/test-models.sh [full]     full: generated weakenings too, and the large configurations of the Spin models
# Ends with 77 if one of the two tools cannot be had here; the other one runs all the same.
set -euo pipefail
cd "$(dirname "$0")/.."

size=${1:-quick}
status=0
skipped=0
found=0
herd=$(ci/install-herd.sh) || found=$?
case "$found" in
0) python3 tests/models/run_litmus.py --herd "$herd" $([ "$size" != full ] || echo --generated) || status=1 ;;
77) echo "litmus: not run: herd7 cannot be had here" && skipped=1 ;;
*) status=1 ;;
esac
if ci/install-packages.sh spin gcc libc6-dev; then
    python3 tests/models/run_spin.py --size "$size" || status=1
else
    echo "spin: not run: the packages spin, gcc and libc6-dev cannot be had here"
    skipped=1
fi
[ "$status" -ne 0 ] || [ "$skipped" -eq 0 ] || status=77
exit "$status"
