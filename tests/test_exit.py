"""What the interpreter's exit does with logs that were left open."""

import subprocess
import sys

from fasterlog import FasterLog

CHILD = """
import shutil, sys
from fasterlog import FasterLog
logs = []
for path in sys.argv[1:]:
    log = FasterLog(path, mutable_size=65536, segment_size=65536, durability="process")
    log.learn(0, (1, 1), b"x")
    logs.append(log)
for path in sys.argv[2:]:
    shutil.rmtree(path)         # there is no place for their tail: closing fails
"""


def test_a_log_that_cannot_be_closed_at_exit_does_not_keep_others_open(fresh_path):
    good, *bad = [fresh_path() for _ in range(4)]
    done = subprocess.run([sys.executable, "-P", "-c", CHILD, good, *bad], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    # Each is told of, and none ends the closing of the others.
    assert done.stderr.count("LogPoisonedError: ") == len(bad), done.stderr
    assert all(path in done.stderr for path in bad)
    assert "TypeError" not in done.stderr
    with FasterLog(good) as log:
        assert log.recovery.clean and len(log) == 1
