#!/usr/bin/env bash
# Makes sure that the named Debian packages are there: installs the missing ones when root, names them and fails when not.
# Does nothing, and asks no mirror, when all are present.   Usage: ci/install-packages.sh PACKAGE...
set -euo pipefail

missing=()
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "missing packages, install them first: ${missing[*]}" >&2
    exit 1
fi
# One at a time: several lanes may want packages at once.
exec 9> "${TMPDIR:-/tmp}/fasterlog-packages.lock"
flock 9
echo "installing packages: ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >&2
apt-get install -qq --yes --no-install-recommends "${missing[@]}" >&2
