"""Every name in a directory is durable before anything is acknowledged that can only be found by it. Through cython/names_probe.pyx."""

import os
from pathlib import Path

import pytest
from cython_build import build_extension
from helpers import KIB, value_of

from fasterlog import FasterLog

pytestmark = pytest.mark.thread_unsafe(reason="changes the process's table of system calls")

BALLOT = (1, 1)


@pytest.fixture(scope="module")
def probe(tmp_path_factory):
    return build_extension("names_probe", Path(__file__).with_name("cython") / "names_probe.pyx", tmp_path_factory.mktemp("names_probe"))


@pytest.fixture
def names(probe):
    probe.watch()
    yield probe
    probe.restore()


def write(log, slots):
    for slot in slots:
        log.learn(slot, BALLOT, value_of(slot, BALLOT, 1000), wait=False)
    log.checkpoint()


@pytest.mark.parametrize("level", ["process", "accept", "commit"])
def test_from_creation_over_rotation_to_the_next_opening(names, fresh_path, level):
    path = fresh_path("a/b/log")
    options = {"mutable_size": 64 * KIB, "segment_size": 64 * KIB, "durability": level}
    with FasterLog(path, **options) as log:
        assert names.unsynced() == []
        log.promise((1, 1))
        write(log, range(200))
        assert len(os.listdir(os.path.join(path, "tail"))) >= 3
        assert names.unsynced() == []
    with FasterLog(path) as log:
        write(log, range(200, 300))
    assert names.unsynced() == []
    assert names.acknowledged_early() == []


@pytest.mark.parametrize("made_by", ["the user", "a try that was killed"])
def test_directories_above_that_were_not_synced(names, fresh_path, made_by):
    """Two levels are there, as a plain mkdir leaves them; a log that is created below them may rely on their names."""
    path = fresh_path("a/b/log")
    if made_by == "the user":
        os.makedirs(os.path.dirname(path))
        names.made(os.path.dirname(path))
    else:
        os.mkdir(os.path.dirname(os.path.dirname(path)))
    names.made(os.path.dirname(os.path.dirname(path)))
    with FasterLog(path, mutable_size=64 * KIB, segment_size=64 * KIB) as log:
        assert names.unsynced() == []
        write(log, range(3))
    assert names.acknowledged_early() == []


@pytest.mark.parametrize("name", ["MANIFEST", "SUPER", "ring", "tail"])
def test_names_that_a_killed_process_left_unsynced(names, fresh_path, name):
    """Killed between making a name and syncing its directory: the next opening does what is left of it before it acknowledges anything."""
    path = fresh_path()
    FasterLog(path, mutable_size=64 * KIB, segment_size=64 * KIB).close()
    names.watch()
    names.made(os.path.join(path, name))
    names.made(path)
    with FasterLog(path) as log:
        assert names.unsynced() == []
        write(log, range(3))
    assert names.acknowledged_early() == []


def test_a_segment_whose_name_a_killed_process_left_unsynced(names, fresh_path):
    path = fresh_path()
    with FasterLog(path, mutable_size=64 * KIB, segment_size=64 * KIB) as log:
        write(log, range(100))
    segments = [os.path.join(path, "tail", name) for name in os.listdir(os.path.join(path, "tail"))]
    assert len(segments) >= 2
    names.watch()
    for segment in segments:
        names.made(segment)
    with FasterLog(path) as log:
        assert names.unsynced() == []
        write(log, range(100, 103))
    assert names.acknowledged_early() == []
