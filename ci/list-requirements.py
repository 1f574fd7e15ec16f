"""Prints requirements of pyproject.toml, one a line: of the build ("build-system") or of the named extras.

So that a script installs tools, or builds without isolation, from the one place where they are written down.
"""

import sys
import tomllib
from pathlib import Path

pyproject = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())
for group in sys.argv[1:]:
    if group == "build-system":
        requirements = pyproject["build-system"]["requires"]
    elif group == "runtime":
        requirements = pyproject["project"]["dependencies"]
    else:
        requirements = pyproject["project"]["optional-dependencies"][group]
    print("\n".join(requirements))
