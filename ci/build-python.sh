#!/usr/bin/env bash
# Builds a CPython from the distribution's source package, once: an ordinary one, a free-threaded one, or one with ThreadSanitizer
# compiled in. No package registry serves them. Prints the interpreter's path as its last line on stdout; everything else goes to stderr.
# When the interpreter is cached (${FASTERLOG_CACHE:-$HOME/.cache/fasterlog}/python-3.13[t[-tsan]]) it only prints that path.
#   Usage: ci/build-python.sh {gil|free-threaded|tsan} [SERIES]     SERIES defaults to 3.13
# Exit status: 0 built or cached; 3 the series is not served by the mirror (its sources are listed but refused); 1 anything else.
set -euo pipefail

kind=${1:?"usage: ci/build-python.sh {gil|free-threaded|tsan} [SERIES]"}
series=${2:-3.13}
here=$(cd "$(dirname "$0")" && pwd)

optimise="-DNDEBUG -O3 -Wall"
flags=(--disable-gil --disable-test-modules --with-ensurepip=install)
name=python-${series}t
case "$kind" in
gil)
    flags=(--disable-test-modules --with-ensurepip=install)
    name=python-$series
    ;;
free-threaded) ;;
tsan)
    # Line numbers and frame pointers, so that a report's stack is complete inside the interpreter too.
    optimise="-DNDEBUG -O2 -g1 -fno-omit-frame-pointer -Wall"
    flags+=(--with-thread-sanitizer)
    name=$name-tsan
    ;;
*)
    echo "unknown kind of interpreter: $kind" >&2
    exit 1
    ;;
esac

prefix=${FASTERLOG_CACHE:-$HOME/.cache/fasterlog}/$name
python=$prefix/bin/python$series
[ "$kind" = gil ] || python=${python}t
recipe="${flags[*]} OPT=$optimise"
# The stamp is written last and holds the recipe: half an installation, or one from other flags, is built anew.
stamp=$prefix/recipe
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$recipe" ]; then
    echo "$python"
    exit 0
fi

"$here/install-packages.sh" build-essential ca-certificates pkg-config xz-utils \
    libbz2-dev libffi-dev liblzma-dev libsqlite3-dev libssl-dev zlib1g-dev

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/log

# shellcheck source=ci/newer-suites.sh
source "$here/newer-suites.sh"
newer_suites "$work" deb-src testing stable

cd "$work"
package=python$series
archive=""
for version in $(apt-cache showsrc "$package" 2>/dev/null | awk '$1 == "Version:" { print $2 }' | sort -rVu); do
    if apt-get source -qq --download-only "$package=$version" >&2; then
        archive=$(find "$work" -maxdepth 1 -name "${package}_*.orig.tar.*" ! -name "*.asc")
        break
    fi
    echo "refused: $package $version" >&2
done
if [ -z "$archive" ]; then
    echo "not served by the mirror: $package" >&2
    exit 3
fi

echo "building $name from $(basename "$archive"), a few minutes" >&2
mkdir source
tar -xf "$archive" -C source --strip-components=1
cd source
rm -rf "$prefix"
mkdir -p "$prefix"
# The sanitized interpreter runs itself while it is built; what it finds then concerns CPython, not us.
export TSAN_OPTIONS=report_bugs=0
build() {
    ./configure --prefix="$prefix" "${flags[@]}" OPT="$optimise" && make -j"$(nproc)" && make install
}
if ! build > "$log" 2>&1; then
    tail -n 60 "$log" >&2
    echo "the build of $name failed" >&2
    exit 1
fi
if [ "$kind" = tsan ]; then
    cp Tools/tsan/suppressions_free_threading.txt "$prefix/"
fi
"$python" - "$kind" >&2 <<'CHECK'
import ctypes, sqlite3, ssl, sys, zlib
assert sys._is_gil_enabled() == (sys.argv[1] == "gil")
print(sys.version)
CHECK
echo "$recipe" > "$stamp"
echo "$python"
