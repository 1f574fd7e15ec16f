"""One thread stops at the worst place, the others must do the right thing (PROTOCOL: W1, W4, W5, W7, C2, C3, G2).

What the stress tests meet by chance, these bring about. The programs are in stalls.py.
"""

import os
import subprocess
import sys

import pytest
from stalls import PROGRAMS

from fasterlog import _core

pytestmark = [
    pytest.mark.skipif(not _core.INVARIANTS, reason="only the invariants build can stop a thread inside the core"),
    pytest.mark.skipif(os.environ.get("FASTERLOG_SANITIZER") == "thread", reason="too slow for its time limits"),
]


@pytest.mark.parametrize("name", PROGRAMS)
def test_with_a_thread_stopped(tmp_path, name):
    words = tmp_path / "stalls"
    words.write_bytes(bytes(2 * 64 * 4))
    environment = {name: value for name, value in os.environ.items() if name != "FASTERLOG_YIELD"}
    environment |= {"FASTERLOG_STALL": str(words), "TMPDIR": str(tmp_path)}
    program = f"{os.path.dirname(os.path.abspath(__file__))}/stalls.py"
    done = subprocess.run([sys.executable, "-P", program, name], env=environment, capture_output=True, text=True, timeout=200)
    assert (done.returncode, done.stdout) == (0, "passed\n"), done.stdout + done.stderr
