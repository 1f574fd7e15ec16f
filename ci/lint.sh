#!/usr/bin/env bash
# Shows that the code keeps to the style that tools can see: ruff's rules and layout, cython-lint, mypy in strict mode.
# (That the stubs fit the compiled modules is a test of the suite.)
set -euo pipefail
cd "$(dirname "$0")/.."

venv=$(ci/make-venv.sh lint)
"$venv/bin/python" ci/list-requirements.py lint cli runtime |
    "$venv/bin/pip" install --quiet --prefer-binary --requirement /dev/stdin

"$venv/bin/ruff" check .
"$venv/bin/ruff" format --check .
# It looks for its helpers on the path.
PATH=$venv/bin:$PATH cython-lint fasterlog/*.pyx fasterlog/*.pxd fasterlog/testing/*.pyx
"$venv/bin/mypy"
