"""Out of memory at every allocation of every operation: of the core, and of the interpreter (P14).  How is told in exhausted.py.

FASTERLOG_OOM=all runs everything: both kinds, the k-th allocation alone and with all later ones, all levels.  By default the core's run
at one level, and a few operations with the interpreter's.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import cython_build
import exhausted
import pytest

HERE = Path(__file__).parent
ALL = os.environ.get("FASTERLOG_OOM") == "all"
LEVELS = ("process", "accept", "commit") if ALL else ("accept",)
PYTHON = tuple(exhausted.OPERATIONS) if ALL else ("accept", "batch", "read tail", "promise")

pytestmark = [pytest.mark.thread_unsafe(reason="starts processes"), *((pytest.mark.slow, pytest.mark.timeout(3600)) if ALL else ())]


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    """The preloaded library that makes the core's allocations fail."""
    if not sys.platform.startswith("linux") or os.confstr("CS_GNU_LIBC_VERSION") is None:
        pytest.skip("not run: the shim replaces glibc's allocation functions")
    if os.environ.get("FASTERLOG_SANITIZER"):
        pytest.skip("not run: a sanitizer has allocation functions of its own")
    library = tmp_path_factory.mktemp("shim") / "oom_shim.so"
    cython_build.run([*cython_build.compiler(), "-shared", "-fPIC", "-O2", HERE / "oom_shim.c", "-o", library, "-ldl"])
    return library


def run(folder, mode, level, names, shim=None):
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    if shim is not None:
        environment["LD_PRELOAD"] = str(shim)
    scratch = f"/dev/shm/fasterlog-oom-{os.getpid()}" if os.access("/dev/shm", os.W_OK) else str(folder)
    os.makedirs(scratch, exist_ok=True)
    command = [sys.executable, "-W", "ignore::ResourceWarning", str(HERE.parent / "exhausted.py"), scratch, mode, level, *names]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    print(done.stdout)
    assert done.returncode == 0, f"{done.stdout[-1000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("mode", ["core", "core-all"])
def test_the_core(tmp_path, shim, mode, level):
    said = run(tmp_path, mode, level, exhausted.OPERATIONS, shim)
    for name in ("accept", "batch", "promise", "checkpoint", "rotation", "close", "open", "open new"):
        line = next(line for line in said.splitlines() if line.startswith(f"{mode}, {name}, fresh"))
        assert ", 0 MemoryErrors" not in line, f"nothing failed: {line}"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("mode", ["python", "python-all"])
def test_the_interpreter(tmp_path, mode, level):
    if importlib.util.find_spec("_testcapi") is None:
        pytest.skip("not run: this interpreter comes without _testcapi")
    said = run(tmp_path, mode, level, PYTHON)
    assert "MemoryErrors" in said
