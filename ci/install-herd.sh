#!/usr/bin/env bash
# Puts herd7 into the cache, once, and prints the command that runs it as the last line on stdout; the rest goes to stderr. Debian
# has it in newer suites only, linked against their C library: so that library is unpacked beside it, and the system stays as it is.
#   Usage: ci/install-herd.sh
# Exit status: 0 there; 77 it cannot be had here, with the reason; 1 anything else.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
if command -v herd7 > /dev/null; then
    command -v herd7
    exit 0
fi

prefix=${FASTERLOG_CACHE:-$HOME/.cache/fasterlog}/herdtools7
run=$prefix/herd7
if [ -x "$run" ]; then
    echo "$run"
    exit 0
fi
if ! command -v apt-get > /dev/null || ! command -v dpkg-deb > /dev/null; then
    echo "not run: herd7 is missing, and there is no apt to fetch it with" >&2
    exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=ci/newer-suites.sh
source "$here/newer-suites.sh"
if ! newer_suites "$work" deb testing; then
    echo "not run: herd7 is missing, and there is no mirror to fetch it from" >&2
    exit 77
fi
cd "$work"
# Its two libraries, no more: the interpreter in the C library's package finds them by path.
if ! apt-get -qq download herdtools7 libc6 libgmp10 >&2; then
    echo "not run: herd7 is missing, and the mirror does not serve it" >&2
    exit 77
fi
for package in ./*.deb; do
    dpkg-deb -x "$package" root
done
loader=$(find root -name 'ld-linux*.so.*' -type f | head -n 1)
library=$(dirname "$(find root -name libc.so.6 | head -n 1)")
mkdir -p "$prefix"
rm -rf "$prefix/root"
mkdir "$prefix/root"
cp -a root/. "$prefix/root/"
cat > "$work/herd7" <<RUN
#!/bin/sh
exec "$prefix/$loader" --library-path "$prefix/$library" "$prefix/root/usr/bin/herd7" -set-libdir "$prefix/root/usr/share/herdtools7/herd" "\$@"
RUN
chmod +x "$work/herd7"
"$work/herd7" -version >&2
# Last: half an installation is done again.
mv "$work/herd7" "$run"
echo "$run"
