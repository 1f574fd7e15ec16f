#!/usr/bin/env bash
# Shows that README.md tells the truth to a new user: runs its test command and its main command, each as it stands there, in a
# fresh clone of the last commit and a fresh environment. They stand between the comments <!-- test-command --> and
# <!-- /test-command -->, <!-- main-command --> and <!-- /main-command -->.
#   Usage: ci/test-readme.sh [test] [main]     both without an argument
set -euo pipefail
cd "$(dirname "$0")/.."

[ "$#" -gt 0 ] || set -- test main
# Nothing of the tree, not even its build directory, may be in reach.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python=$(ci/make-venv.sh readme)/bin/python
for name in "$@"; do
    git clone --quiet . "$work/$name"
    awk -v name="$name" '$0 == "<!-- /" name "-command -->" { inside = 0 }
                         inside && !/^```/                  { print }
                         $0 == "<!-- " name "-command -->"  { inside = 1 }' "$work/$name/README.md" |
        sed 's/^\$ //' > "$work/$name.sh"
    if ! grep -q '[^[:space:]]' "$work/$name.sh"; then
        echo "README.md has no $name command"
        exit 1
    fi
    "$python" -m venv "$work/venv-$name"
    echo "-- the $name command:"
    cat "$work/$name.sh"
    echo "--"
    (cd "$work/$name" && PATH=$work/venv-$name/bin:$PATH PIP_QUIET=1 bash -euo pipefail "$work/$name.sh")
done
