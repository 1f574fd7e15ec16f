"""The shipped examples run, and the Cython one compiles against the installed package."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cython_build import build_extension

from fasterlog import Ballot, Entry, FasterLog

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.py")))
def test_example_runs(name, tmp_path):
    done = subprocess.run(
        [sys.executable, "-P", "-W", "error", EXAMPLES / name],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "TMPDIR": os.fspath(tmp_path)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout and not done.stderr


def test_a_downstream_module_can_cimport(tmp_path, fresh_path):
    tally = build_extension("tally", EXAMPLES / "cimport" / "tally.pyx", tmp_path)
    entries = [Entry(slot, (slot % 3, 1), (slot * 10).to_bytes(8, "little")) for slot in range(5)]
    assert tally.total(entries) == 100
    assert tally.highest_ballot(entries) == Ballot(2, 1)
    assert tally.highest_ballot([]) is None
    with pytest.raises(ValueError, match="slot 7: 3 bytes, not 8"):
        tally.total([Entry(7, (1, 1), b"abc")])
    with pytest.raises(TypeError):
        tally.total([b"not an entry"])

    with FasterLog(fresh_path()) as log:
        for entry in entries:
            log.learn(entry.slot, entry.ballot, entry.value)
        log.checkpoint()
        assert tally.total(log.iter_committed()) == 100
