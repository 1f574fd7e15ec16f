#!/usr/bin/env bash
# Shows that nothing acknowledged is lost when a process is killed, the power goes or the disk is full: kill -9 loops, power cuts on
# loop-mounted ext4 and xfs, images of a disk that has lost or torn what it had not flushed, disks that are really full.
#   Usage: ci/test-power.sh [PYTEST_ARGUMENT...]
# FASTERLOG_KILLS, FASTERLOG_POWER_CUTS, FASTERLOG_BLOCK_IMAGES and FASTERLOG_FULL_DISKS say how many, FASTERLOG_SEED which ones.
# Exit status: 77 if anything of it cannot run here: it takes root, mount namespaces, loop devices and /dev/fuse. All mounts are in
# namespaces of the tests' own and all images are without a name, so nothing is left behind, however this ends.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" -ne 0 ]; then
    echo "not run: mounting needs root"
    exit 77
fi
for device in /dev/loop-control /dev/fuse; do
    if [ ! -e "$device" ]; then
        echo "not run: there is no $device"
        exit 77
    fi
done
ci/install-packages.sh e2fsprogs xfsprogs

export FASTERLOG_KILLS=${FASTERLOG_KILLS:-500}
export FASTERLOG_POWER_CUTS=${FASTERLOG_POWER_CUTS:-100}
export FASTERLOG_BLOCK_IMAGES=${FASTERLOG_BLOCK_IMAGES:-300}
export FASTERLOG_FULL_DISKS=${FASTERLOG_FULL_DISKS:-20}

venv=$(ci/make-venv.sh power)
ci/install-package.sh "$venv" test
out=$PWD/build/power.log
status=0
PYTHONSAFEPATH=1 "$venv/bin/pytest" -s --durations=5 \
    tests/crash/test_kill.py tests/crash/test_power_cut.py tests/crash/test_block_images.py tests/faults/test_full_disk.py "$@" |
    tee "$out" || status=$?
[ "$status" -eq 0 ] || exit "$status"
# A harness that has skipped has not shown anything.
if grep '^SKIPPED.*not run' "$out"; then
    exit 77
fi
