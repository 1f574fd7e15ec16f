#!/usr/bin/env bash
# Shows what a user gets: builds a wheel as pip does, in isolation; looks at what it holds and at the symbols that its modules
# export; installs it alone into a fresh environment and imports every module from elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."

rm -rf build/venv-wheel build/wheel
venv=$(ci/make-venv.sh wheel)
"$venv/bin/pip" wheel --quiet --no-deps --wheel-dir build/wheel .
"$venv/bin/python" ci/check-wheel.py build/wheel/fasterlog-*.whl
"$venv/bin/pip" install --quiet --prefer-binary build/wheel/fasterlog-*.whl
"$venv/bin/pip" check
cd /
"$venv/bin/python" -W error -c '
import importlib, pathlib, fasterlog
root = pathlib.Path(fasterlog.__file__).parent
modules = sorted(path.name.split(".")[0] for path in root.glob("*.so"))
for name in modules:
    importlib.import_module("fasterlog." + name)
print("imported from the wheel:", *modules)
'
