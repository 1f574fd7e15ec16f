"""A few of the models, where the tools are installed; ci/test-models.sh runs all of them, with every twin and mutant."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CACHED = Path(os.environ.get("FASTERLOG_CACHE", Path.home() / ".cache" / "fasterlog")) / "herdtools7" / "herd7"


def run(script, *arguments):
    done = subprocess.run([sys.executable, HERE / script, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_litmus_tests_of_epoch_and_publishing():
    herd = os.environ.get("FASTERLOG_HERD") or shutil.which("herd7") or (str(CACHED) if CACHED.exists() else None)
    if herd is None:
        pytest.skip("not run: herd7 is not installed; ci/install-herd.sh fetches it")
    run("run_litmus.py", "--herd", herd, "epoch-enter-scan", "ring-publish-help", "promise-grace", "discard-barrier")


def test_spin_model_of_the_superblocks():
    if shutil.which("spin") is None or shutil.which("gcc") is None:
        pytest.skip("not run: spin or gcc is not installed")
    run("run_spin.py", "super")
