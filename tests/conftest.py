"""Fixtures for every test file. Each call of a factory makes a new directory: with --parallel-threads the threads of a test share
its fixtures, and no two of them may meet in one log."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from cython_build import build_extension
from helpers import small_log


@pytest.fixture
def fresh_path(tmp_path):
    """Makes the path of a log that does not exist yet, a new one at each call."""

    def make(name="log"):
        return f"{tempfile.mkdtemp(dir=tmp_path)}/{name}"

    return make


@pytest.fixture
def fresh_log(fresh_path):
    """Opens a new small log; to be used in a with statement."""

    def open_fresh(**options):
        return small_log(fresh_path(), **options)

    return open_fresh


@pytest.fixture
def scratch(tmp_path):
    """A directory for many small logs, in which a sync costs nothing."""
    base = "/dev/shm" if os.path.isdir("/dev/shm") else tmp_path
    folder = tempfile.mkdtemp(prefix="fasterlog-", dir=base)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def break_it(tmp_path_factory):
    """Breaks the log in one way, in this process and for good: for forked children, to show that a harness sees it."""
    source = Path(__file__).parent / "cython" / "broken_probe.pyx"
    return build_extension("broken_probe", source, tmp_path_factory.mktemp("broken_probe")).break_it
