"""The command line: the demo finds nothing lost and does notice what is changed; the bench prints every row."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from fasterlog import Ballot, Entry, FasterLog

pytest.importorskip("click")
pytest.importorskip("rich")

from fasterlog import demo

LINES = 4000


def command(*arguments, status=0):
    done = subprocess.run(
        [sys.executable, "-P", "-m", "fasterlog", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def make_input(tmp_path):
    """Writes a file of lines that are not all text, a new one in a new folder at each call."""

    def make():
        chance = random.Random(7)
        lines = [chance.randbytes(chance.randrange(80)).replace(b"\n", b"") for _ in range(LINES)]
        lines[:3] = [b"", b"\r\0\xff", b"x" * 100_000]
        path = Path(tempfile.mkdtemp(dir=tmp_path)) / "input"
        path.write_bytes(b"\n".join(lines))
        return path

    return make


# ---- demo


@pytest.mark.crash
@pytest.mark.parametrize("durability", ["process", "accept", "commit"])
def test_the_demo_loses_nothing(make_input, durability):
    output = command("demo", "--input", make_input(), "--durability", durability, "--threads", 3, "--batch", 16)
    assert f"{LINES:,} lines" in output
    assert re.search(r"killed the child after [\d,]+ acknowledged accepts", output)
    assert "recovery: " in output
    assert "nothing acknowledged was lost, and every committed entry equals its line" in output
    directory = re.search(r"log in (.*)/log", output)[1]
    assert not os.path.exists(directory)


@pytest.mark.crash
def test_the_demo_works_without_batches(make_input):
    command("demo", "--input", make_input(), "--limit", 300, "--batch", 1, "--threads", 8)


@pytest.mark.crash
def test_a_changed_byte_ends_the_check_with_status_1(make_input):
    source = make_input()
    kept = source.with_name("kept")
    command("demo", "--input", source, "--directory", kept, "--keep")
    assert "every committed entry equals" in command("demo", "--input", source, "--directory", kept, "--check")

    lines = source.read_bytes().split(b"\n")
    lines[1234] += b"!"
    source.write_bytes(b"\n".join(lines))
    output = command("demo", "--input", source, "--directory", kept, "--check", status=1)
    assert "slot 1234: Entry(slot=1234" in output and "slot 1235" not in output

    output = command("demo", "--input", source, "--directory", kept, "--check", "--limit", 10, status=1)
    assert "slot 10: there is no such line" in output and f"and {LINES - 20:,} more" in output


@pytest.mark.crash
def test_a_damaged_log_ends_the_check_with_status_1(make_input):
    source = make_input()
    kept = source.with_name("kept")
    command("demo", "--input", source, "--directory", kept, "--keep")
    with FasterLog(kept / "log") as log:
        log.checkpoint()
    lines = source.read_bytes().split(b"\n")
    for segment in (kept / "log" / "tail").iterdir():
        data = segment.read_bytes()
        if lines[1234] in data:
            segment.write_bytes(data.replace(lines[1234], bytes(len(lines[1234]))))
    assert "equals its line" not in command("demo", "--input", source, "--directory", kept, "--check", status=1)


def test_the_demo_writes_into_empty_directories_only(make_input):
    source = make_input()
    assert "is not empty" in command("demo", "--input", source, "--directory", source.parent, status=1)
    assert "needs the --directory" in command("demo", "--check", "--limit", 5, status=1)
    assert "0 is not in the range" in command("demo", "--limit", 0, status=2)
    assert source.exists()


def test_the_default_input_is_the_standard_library():
    assert demo.standard_library()
    assert len(demo.corpus((), limit=100_000)) == 100_000


def test_groups_hold_neighbours_and_every_slot_once():
    lines = [b"x" * (slot % 7) for slot in range(1000)]
    slots = [slot for slot in range(1000) if slot % 10 != 3]
    groups = list(demo.groups(slots, lines, 4))
    assert [slot for group in groups for slot in group] == slots
    assert max(map(len, groups)) == 4
    large = [bytes(demo.GROUP_BYTES_MAX // 2)] * 5
    assert list(map(len, demo.groups(range(5), large, 64))) == [2, 2, 1]
    assert list(demo.groups([], lines, 4)) == []


class Held(dict):
    """As much of a log as the check needs."""

    def put(self, slot, value, committed):
        self[slot] = Entry(slot, Ballot(1, 1), value, committed)


def survivors(held, durability="accept"):
    lines = [b"zero", b"one", b"two", b"three"]
    acknowledged = demo.Acknowledged(bytearray(4), bytearray(4))
    message = demo.MESSAGE.pack(demo.ACCEPTED, 0, 3) + demo.MESSAGE.pack(demo.COMMITTED, 0, 2)
    assert acknowledged.add(message + b"\1\0") == b"\1\0"
    assert acknowledged.commits == 2
    return demo.check_survivors(held, lines, acknowledged, durability)


def test_what_was_acknowledged_has_to_be_there():
    held = Held()
    held.put(0, b"zero", True)
    held.put(1, b"one", True)
    held.put(2, b"two", False)
    for durability in ("process", "accept", "commit"):
        assert survivors(held, durability) == []

    held.put(1, b"one", False)
    assert survivors(held, "accept") == []
    assert survivors(held, "process") == ["slot 1: committed and acknowledged, but only a vote"]

    held.put(1, b"other", True)
    assert survivors(held)[0].startswith("slot 1: holds Entry(slot=1")
    del held[2]
    assert survivors(held)[1] == "slot 2: accepted and acknowledged, but lost"


# ---- bench


TINY = ("--rounds", 5, "--operations", 300, "--syncs", 8, "--entries", 300)
ROWS = [
    "empty loop turn",
    "Python function, 3 arguments",
    "Cython method, 1 argument",
    "Cython method, 3 arguments",
    "accept",
    "commit",
    "read committed",
    "read uncommitted",
    "read committed, tail",
    "zero-copy read, tail",
    "full cycle",
    "concurrent reads, 1 thread",
    "concurrent reads, 2 threads",
    "concurrent reads, 3 threads",
    "iterate committed",
    "scan of 1000 uncommitted",
    "write throughput, 8 KiB values",
    "pwrite + fdatasync in C",
    "durable accept, 1 thread",
    "durable accept, 32 threads",
    "durable commit",
    "reopen, 300 entries",
    "anonymous memory per entry",
]


def test_the_bench_has_every_row(tmp_path):
    result = json.loads(command("bench", *TINY, "--json", "--threads", 3, "--directory", tmp_path))
    assert [row["name"] for row in result["rows"]] == ROWS
    assert (result["size"], result["rounds"]) == (128, 5)
    for row in result["rows"]:
        assert row["value"] > 0 or row["unit"] == "bytes"
        assert row["met"] in (None, True, False) and (row["goal"] is None) == (row["met"] is None)
        assert (row["ratio"] is None) == (row["base"] is None)
    judged = {row["name"] for row in result["rows"] if row["goal"]}
    assert judged == {*ROWS[4:11], "durable accept, 1 thread", "durable accept, 32 threads"}
    assert not list(tmp_path.iterdir())


def test_the_bench_prints_a_table(tmp_path):
    output = command("bench", *TINY, "--size", 1000, "--directory", tmp_path)
    assert all(row in output for row in ROWS if "threads" not in row)
    assert "missed" not in output, "the goals are for values of 128 bytes"


# ---- the command itself


def test_help_and_version():
    assert "demo" in command("--help") and "bench" in command("-h")
    assert "SIGKILL" in command("demo", "--help")
    assert re.search(r"fasterlog.*\d", command("--version"))


def test_without_its_packages_it_says_how_to_install_them():
    for package in ("click", "rich"):
        code = f"import sys; sys.modules[{package!r}] = None; import fasterlog.cli"
        done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
        assert done.returncode == 1
        assert "pip install fasterlog[cli]" in done.stderr and "Traceback" not in done.stderr


def test_a_source_tree_says_that_it_has_to_be_installed(tmp_path):
    Path(tmp_path, "fasterlog").mkdir(exist_ok=True)
    for source in Path(demo.__file__).parent.glob("*.py"):
        shutil.copy(source, Path(tmp_path, "fasterlog").joinpath(source.name))
    # -S: an editable installation would otherwise answer first.
    importing = [sys.executable, "-S", "-c", "import fasterlog"]
    done = subprocess.run(importing, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    assert "ImportError: fasterlog._" in done.stderr and "pip install ." in done.stderr
