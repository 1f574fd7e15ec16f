"""Compiles a small Cython module against the installed package, as a downstream project would: nothing of the source tree is used."""

import hashlib
import importlib.machinery
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

DIRECTIVES = ("binding=False", "freethreading_compatible=True")


def compiler():
    """The C compiler as a list of words; the test is skipped where there is none."""
    words = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    if shutil.which(words[0]) is None:
        words = ["cc"]
    if shutil.which(words[0]) is None:
        pytest.skip("no C compiler")
    return words


def package_folder():
    spec = importlib.util.find_spec("fasterlog")
    return Path(spec.submodule_search_locations[0])


def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{shlex.join(map(str, command))}\n{done.stdout}{done.stderr}"
    assert "performance hint" not in done.stdout + done.stderr, done.stdout + done.stderr


def sources_digest(source, package):
    """Of all that a module is made from: the same means that it may be used again."""
    digest = hashlib.sha256(Path(source).read_bytes() + sys.version.encode())
    for path in sorted([*package.rglob("*.pxd"), *package.rglob("*.h")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]


def build_extension(name, source, folder):
    """Compiles `source` (a .pyx) into `folder` and returns the imported module.

    FASTERLOG_PROBES names a folder that keeps what was compiled, for those who run the same tests many times.
    """
    pytest.importorskip("Cython")
    package = package_folder()
    if "FASTERLOG_PROBES" in os.environ:
        folder = Path(os.environ["FASTERLOG_PROBES"], sources_digest(source, package))
        folder.mkdir(parents=True, exist_ok=True)
    target = Path(folder, name + sysconfig.get_config_var("EXT_SUFFIX"))
    if not ("FASTERLOG_PROBES" in os.environ and target.exists()):
        compile_extension(name, source, folder, target, package)
    loader = importlib.machinery.ExtensionFileLoader(name, str(target))
    spec = importlib.util.spec_from_file_location(name, str(target), loader=loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def compile_extension(name, source, folder, target, package):
    c_file = Path(folder, f"{name}.c")
    unfinished = target.with_suffix(".unfinished")
    directives = [word for directive in DIRECTIVES for word in ("-X", directive)]
    run([
        sys.executable, "-m", "cython", "-3", *directives,
        "-I", package.parent, "--module-name", name, source, "-o", c_file,
    ])  # fmt: skip
    # As the package itself is compiled, so that inlined sums are made by the same instructions.
    machine = ["-msse4.2", "-mpclmul"] if platform.machine() == "x86_64" else []
    paths = {sysconfig.get_path("include"), sysconfig.get_path("platinclude")}
    run([
        *compiler(), "-shared", "-fPIC", "-O2", *machine, "-Werror=incompatible-pointer-types",
        f"-I{package / 'include'}", *(f"-I{path}" for path in sorted(paths)), c_file, "-o", unfinished,
    ])  # fmt: skip
    unfinished.rename(target)
