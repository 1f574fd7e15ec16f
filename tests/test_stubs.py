"""The stubs say what the modules have: stubtest compares them at run time."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("mypy", reason="mypy is not installed here; it has no wheels for free-threaded builds")


@pytest.mark.slow
def test_stubs_fit_the_modules(tmp_path):
    allowlist = f"{os.path.dirname(__file__)}/stubtest_allowlist.txt"
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "fasterlog", "--allowlist", allowlist, "--ignore-unused-allowlist"],
        capture_output=True,
        text=True,
        timeout=280,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
