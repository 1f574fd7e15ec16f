"""Something else in place of each file of a log, and of its directory: a clean error or the log as it was, soon, in little memory."""

import os
import resource
import shutil
import socket
import time

import pytest
import reference_logs
from helpers import in_child, small_log, view

pytestmark = pytest.mark.thread_unsafe(reason="starts processes, and its folders are one test's")

PLACES = ("MANIFEST", "SUPER", "ring", "LOCK", "tail", "first segment", "last segment", "the directory")
TIB = 1 << 40


def make_fifo(path):
    os.mkfifo(path)


def make_folder(path):
    os.mkdir(path)


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as one:
        os.chdir(os.path.dirname(path))  # a socket's path is short
        one.bind(os.path.basename(path))


def make_empty(path):
    with open(path, "w"):
        pass


def make_huge(path):
    with open(path, "w") as file:
        os.truncate(file.fileno(), TIB)


ODD = {
    "fifo": make_fifo,
    "folder": make_folder,
    "socket": make_socket,
    "empty": make_empty,
    "huge": make_huge,
    "dangling link": lambda path: os.symlink("nowhere", path),
    "link to itself": lambda path: os.symlink(os.path.basename(path), path),
    "link to zeros": lambda path: os.symlink("/dev/zero", path),
    "link to a fifo": lambda path: (os.mkfifo(path + ".fifo"), os.symlink(path + ".fifo", path)),
}


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return reference_logs.build(str(tmp_path_factory.mktemp("reference") / "log"), "accept", True, 1)


def place_of(path, place):
    segments = sorted(os.listdir(f"{path}/tail"))
    return {
        "first segment": f"{path}/tail/{segments[0]}",
        "last segment": f"{path}/tail/{segments[-1]}",
        "the directory": path,
    }.get(place, f"{path}/{place}")


def look(path, options):
    """In a child with little memory: what an opening says, and how long it takes."""
    with open("/proc/self/statm") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + (512 << 20),) * 2)
    started = time.process_time()
    try:
        with small_log(path, **options) as log:
            seen = view(log)
            told = bool(log.recovery.damaged_slots or log.recovery.damaged_unknown or log.recovery.segments_rebuilt)
    except (OSError, ValueError) as error:
        return type(error).__name__, str(error), True, time.process_time() - started
    return "opened", seen["len"], told, time.process_time() - started


@pytest.mark.parametrize("recovery", ["strict", "salvage"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("odd", ODD)
def test_an_odd_file_is_a_clean_error(fresh_path, reference, odd, place, recovery):
    path = fresh_path()
    reference_logs.write_files(path, reference.files)
    with open(f"{path}/LOCK", "w"):
        pass
    target = place_of(path, place)
    if os.path.isdir(target):
        shutil.rmtree(target)
    else:
        os.unlink(target)
    here = os.getcwd()
    try:
        ODD[odd](target)
    finally:
        os.chdir(here)
    outcome, what, told, seconds = in_child(look, path, reference.options(recovery=recovery), seconds=20)
    assert seconds < 1
    if place == "LOCK" and odd in ("empty", "huge", "fifo"):  # it may hold anything; a FIFO that is opened both ways does not wait
        assert (outcome, what) == ("opened", reference.view["len"])
    elif (place, odd) == ("the directory", "folder"):
        assert (outcome, what) == ("opened", 0)
    elif (place, odd) == ("the directory", "dangling link"):
        assert outcome != "opened" or what == 0
    elif recovery == "strict":
        assert outcome != "opened", f"{outcome}: {what}"
    elif outcome == "opened":
        assert "segment" in place or place in ("tail", "ring"), "salvage is for what holds entries"
        assert told
