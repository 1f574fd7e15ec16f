"""Checks the contents of a wheel: what must and must not be in it, and that each module exports its PyInit_* alone."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

root = Path(__file__).parent.parent
tracked = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard", "fasterlog"],
    cwd=root,
    check=True,
    capture_output=True,
    text=True,
).stdout.split("\n")
tracked = [path for path in tracked if path and (root / path).exists()]
shipped = {path for path in tracked if path.endswith((".py", ".pyi", ".pxd", ".h", "py.typed"))}
modules = {path.removesuffix(".pyx") for path in tracked if path.endswith(".pyx")}

faults = []
with zipfile.ZipFile(sys.argv[1]) as wheel, tempfile.TemporaryDirectory() as folder:
    names = {name for name in wheel.namelist() if not name.endswith("/")}
    print("\n".join(sorted(names)))
    libraries = {name for name in names if name.endswith(".so")}
    metadata = {name for name in names if ".dist-info/" in name}
    faults += [f"missing from the wheel: {name}" for name in sorted(shipped - names)]
    faults += [f"does not belong into a wheel: {name}" for name in sorted(names - shipped - libraries - metadata)]
    built = {name.split(".")[0] for name in libraries}
    faults += [f"not compiled: {name}.pyx" for name in sorted(modules - built)]
    for path in modules | {"fasterlog/py"}:
        suffixes = [".pyi"] if path in modules else [".typed"]
        faults += [f"missing from the tree: {path}{suffix}" for suffix in suffixes if path + suffix not in shipped]
    for name in sorted(libraries):
        wheel.extract(name, folder)
        symbols = subprocess.run(
            ["nm", "--dynamic", "--defined-only", "--format=posix", Path(folder, name)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split("\n")
        exported = [line.split()[0] for line in symbols if line]
        expected = "PyInit_" + Path(name).name.split(".")[0]
        if exported != [expected]:
            faults.append(f"{name} exports {exported}, not {expected} alone")

print(f"{len(names)} files, {len(libraries)} modules, {len(faults)} faults")
sys.exit("\n".join(faults) or None)
