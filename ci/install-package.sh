#!/usr/bin/env bash
# Builds a variant of fasterlog in a build directory of its own, build/meson-LANE, and installs it into the environment of the lane
# with the extras named.   Usage: ci/install-package.sh VENV EXTRAS [MESON_OPTION...]
#   e.g. ci/install-package.sh build/venv-invariants test -Dvariant=invariants
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${1:?"usage: ci/install-package.sh VENV EXTRAS [MESON_OPTION...]"}
extras=${2:?"name the extras, e.g. test"}
shift 2
lane=$(basename "$venv")
build=build/meson-${lane#venv-}
pip=("$venv/bin/python" -m pip install --disable-pip-version-check --prefer-binary)
if "$venv/bin/python" -c 'import sys, sysconfig; sys.exit(not sysconfig.get_config_var("Py_GIL_DISABLED"))'; then
    export PIP_CONSTRAINT=$PWD/ci/free-threaded-constraints.txt
fi

options=()
for option in "$@"; do
    options+=("-Csetup-args=$option")
done
"$venv/bin/python" ci/list-requirements.py build-system | "${pip[@]}" --quiet --requirement /dev/stdin
# Without isolation, so that the build directory keeps its objects from one run to the next.
mkdir -p "$build"
PATH=$venv/bin:$PATH "${pip[@]}" --verbose --no-build-isolation -Cbuild-dir="$build" "${options[@]}" ".[$extras]" \
    > "$build.log" 2>&1 || { tail -n 80 "$build.log"; echo "the build failed: $build.log"; exit 1; }
