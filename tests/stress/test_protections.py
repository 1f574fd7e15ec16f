"""Each protection of the write path is needed: taken out, its stress program fails; left in, the same program passes.

Only the `invariants` build can take one out (FASTERLOG_WITHOUT), and has points at which a thread gives way at a bad moment
(FASTERLOG_YIELD).
"""

import os
import subprocess
import sys

import pytest

from fasterlog import _core

pytestmark = [
    pytest.mark.stress,
    pytest.mark.slow,
    pytest.mark.skipif(not _core.INVARIANTS, reason="only the invariants build can take protections out"),
    pytest.mark.timeout(600),
]

HAMMERS = f"{os.path.dirname(os.path.abspath(__file__))}/hammers.py"

# Protection: the program that needs it, and its number of threads.
NEEDED_BY = {
    "epoch": ("recycle", 4),
    "publish-last": ("contend", 4),
    "cas-before-publish": ("contend", 4),
    "discard-barrier": ("discard", 4),
    "promise-grace": ("promise", 4),
    "begin-first": ("kill", 2),
}
# One pass in so many gives way; and seconds of each attempt.
ATTEMPTS = [(3, 5), (10, 10), (2, 20), (30, 20), (5, 60)]


def run(program, threads, one_in, seconds, without=None):
    environment = {**os.environ, "FASTERLOG_YIELD": str(one_in)}
    environment.pop("FASTERLOG_WITHOUT", None)
    if without:
        environment["FASTERLOG_WITHOUT"] = without
    return subprocess.run(
        [sys.executable, HAMMERS, program, str(seconds), str(threads)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds + 240,
    )


@pytest.mark.parametrize("program", sorted({program for program, _ in NEEDED_BY.values()}))
def test_with_all_protections_it_passes(program):
    threads = max(threads for name, threads in NEEDED_BY.values() if name == program)
    for one_in in (3, 10):
        done = run(program, threads, one_in, seconds=5)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("protection", NEEDED_BY)
def test_without_it_its_program_fails(protection):
    program, threads = NEEDED_BY[protection]
    for one_in, seconds in ATTEMPTS:
        try:
            done = run(program, threads, one_in, seconds, without=protection)
        except subprocess.TimeoutExpired:
            return  # a hang is a failure too
        if done.returncode != 0:
            return
    pytest.fail(f"{program} never noticed that {protection} was taken out: {done.stdout}")
