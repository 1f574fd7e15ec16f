"""Second openers, close beside everything else, and views that outlive their log (P9-P11), where the suite does not show them elsewhere.

test_lock_and_fork.py has the lock and fork themselves, test_go_log_faults.py (fault 13) that close beside other calls ends well, and
test_read.py that views outlive close.  Here: one opener out of many at once, the bound of a second on every close and on what it ends,
and views through rotation, eviction, the loss of the folder and the interpreter's own end.
"""

import mmap
import os
import random
import shutil
import struct
import subprocess
import sys
import threading
import time

import layout
import pytest
from helpers import Child, in_child, run_threads, small_log, value_of

from fasterlog import Ballot, BufferFullError, FasterLogError, LogClosedError, LogLockedError

pytestmark = [pytest.mark.crash, pytest.mark.thread_unsafe(reason="forks, and measures time")]

B1 = Ballot(1, 1)
LEVELS = ("process", "accept", "commit")
# Sanitized builds are some ten times slower.
BOUND = 10.0 if os.environ.get("FASTERLOG_SANITIZER") else 1.0


# ---- P9: one writer


def refused(path):
    try:
        small_log(path).close()
    except LogLockedError as error:
        return error.pid
    return None


def test_children_of_any_depth_are_refused_and_leave_the_lock_alone(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        assert in_child(lambda: refused(path)) == os.getpid()
        assert in_child(lambda: in_child(lambda: refused(path))) == os.getpid()
        assert refused(path) == os.getpid()
        log.accept(0, B1, b"zero")


def test_the_lock_outlives_another_descriptor_of_its_file(fresh_path):
    """POSIX's own locks would be gone with the first close of any descriptor; those of a refused opener too."""
    path = fresh_path()
    with small_log(path):
        with open(f"{path}/LOCK", "r+b"):
            pass
        assert refused(path) == os.getpid()
        assert in_child(lambda: refused(path)) == os.getpid()


def test_of_many_processes_at_once_one_at_a_time_is_in(fresh_path):
    path = fresh_path()
    inside = mmap.mmap(-1, 4096)  # shared: the number of the process that is in
    small_log(path).close()

    def open_often(send, number):
        rng = random.Random(number)
        entered = 0
        end = time.monotonic() + 1.5
        while time.monotonic() < end or not entered:
            try:
                with small_log(path) as log:
                    assert struct.unpack_from("<Q", inside)[0] == 0
                    struct.pack_into("<Q", inside, 0, number)
                    log.accept(1000 * number + entered, B1, b"x")
                    time.sleep(rng.uniform(0, 0.002))
                    assert struct.unpack_from("<Q", inside)[0] == number
                    struct.pack_into("<Q", inside, 0, 0)
                entered += 1
            except LogLockedError:
                time.sleep(rng.uniform(0, 0.002))
        send(entered)

    children = [Child(open_often, number) for number in range(1, 5)]
    counts = [child.finish() for child in children]
    assert [child.status for child in children] == [0] * 4
    with small_log(path) as log:
        assert len(log.scan_uncommitted()) == sum(count for (count,) in counts)


# ---- P10: close


def waits_for_room(log):
    """Fills the ring with votes, then waits for a place that never comes."""
    slot = threading.get_ident() % 10**6 * 10**6
    while True:
        log.accept(slot, B1, b"x" * 200)
        slot += 1


def writes(log):
    slot = threading.get_ident() % 10**6 * 10**6
    while True:
        log.accept(slot, B1, value_of(slot, (1, 1)))
        log.commit(slot, B1)
        slot += 1


def repeats(call):
    def loop(log):
        while True:
            call(log)

    return loop


USES = {
    "read": repeats(lambda log: bytes(memoryview(log.read(7)))),
    "iterate": repeats(lambda log: [entry.value for entry in log.iter_committed(gaps="skip")]),
    "scan": repeats(lambda log: log.scan_uncommitted()),
    "follow": lambda log: [entry.value for entry in log.follow(0)],
    "follow what is durable": lambda log: [entry.value for entry in log.follow(0, durable=True)],
    "write": writes,
    "wait for room": waits_for_room,
    "sync": repeats(lambda log: log.sync()),
    "checkpoint": repeats(lambda log: log.checkpoint()),
    "meta": repeats(lambda log: log.set_meta({"a": b"b"})),
    "close": repeats(lambda log: (time.sleep(0.05), log.close(), log.read(0))),
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("use", [*USES, "all of them"])
def test_close_and_what_it_ends_take_less_than_a_second(fresh_path, use, level):
    path = fresh_path()
    log = small_log(path, durability=level, full_timeout=60, lazy_sync_ms=5)
    for slot in range(200):
        log.learn(slot, B1, value_of(slot, (1, 1)), wait=slot == 199)
    calls = list(USES.values()) if use == "all of them" else [USES[use]] * 3
    ended = []

    def use_it(call):
        try:
            call(log)
        except (LogClosedError, BufferFullError):
            ended.append(time.monotonic())

    def close():
        time.sleep(0.1)
        begun = time.monotonic()
        log.close()
        return begun

    begun, *_ = run_threads(close, *[lambda call=call: use_it(call) for call in calls], hang_seconds=30)
    assert len(ended) == len(calls)
    assert max(time.monotonic(), *ended) - begun < BOUND
    with small_log(path, durability=level) as log:
        for slot in range(200):
            assert log.read_committed(slot).value == value_of(slot, (1, 1))


@pytest.mark.parametrize("level", LEVELS)
def test_a_waiter_for_what_is_never_written_ends_with_close(fresh_path, level):
    log = small_log(fresh_path(), durability=level, lazy_sync_ms=60_000)
    lsn = log.learn(0, B1, b"zero", wait=False)

    def wait():
        started = time.monotonic()
        try:
            while True:
                log.wait_durable(lsn, 30)
        except FasterLogError:
            return time.monotonic() - started

    def close():
        time.sleep(0.1)
        log.close()

    _, *seconds = run_threads(close, wait, wait, hang_seconds=40)
    assert max(seconds) < 0.1 + BOUND


# ---- P11: views


def test_views_live_through_rotation_eviction_close_and_the_loss_of_the_folder(fresh_path):
    path = fresh_path()
    shown = {}
    with small_log(path) as log:
        for slot in range(6000):
            log.accept(slot, B1, value_of(slot, (1, 1), 60))
            log.commit(slot, B1)
            if slot % 7 == 0:  # from the ring, which is used again many times over
                shown[slot, "ring"] = memoryview(log.read(slot))
            if slot % 500 == 499:
                log.checkpoint()
                for earlier in range(slot - 499, slot, 11):  # from the segment that is still open, or has just been sealed
                    shown[earlier, "tail"] = memoryview(log.read(earlier))
        log.checkpoint()
        assert log.stats().tail_segments >= 3
        for slot in range(0, 6000, 13):  # slots that are in sealed segments only
            shown[slot, "sealed"] = memoryview(log.read(slot))
        check = [bytes(view) == value_of(slot, (1, 1), 60) for (slot, _), view in shown.items()]
        assert all(check)
    sizes = [os.path.getsize(name) for name in layout.segments(path)]
    with small_log(path) as log:  # another life of the log does not cut the files under the views
        log.learn(6000, B1, b"more")
        log.checkpoint()
        assert [os.path.getsize(name) for name in layout.segments(path)][: len(sizes) - 1] == sizes[:-1]
    shutil.rmtree(path)
    assert len(shown) > 1500
    for (slot, _), view in shown.items():
        assert bytes(view) == value_of(slot, (1, 1), 60)


AT_EXIT = """
import atexit, os, sys, threading, time, weakref
from fasterlog import FasterLog, LogClosedError

def value(slot):
    return b"%d;" % slot * 9

log = FasterLog(sys.argv[1], mutable_size=65536, segment_size=65536, durability="process")
for slot in range(2000):
    log.learn(slot, (1, 1), value(slot))
log.checkpoint()
entries = [log.read(slot) for slot in range(2000)]
views = [memoryview(entry) for entry in entries]

def look():
    for slot in range(2000):
        assert bytes(views[slot]) == entries[slot].value == value(slot)
    print("looked")

class Late:
    # Finalized when the module's names go, after every atexit function.
    def __init__(self):
        self.views, self.value, self.write = views, value, os.write
    def __del__(self):
        for slot in range(2000):
            if bytes(self.views[slot]) != self.value(slot):
                self.write(1, b"wrong\\n")
        self.write(1, b"late\\n")

def view_for_ever():
    while True:
        for view in views:
            bytes(view)

def read_for_ever():
    while True:
        for slot in range(2000):
            bytes(memoryview(log.read(slot)))

def follow_for_ever():
    for entry in log.follow(0):
        pass

def until_closed(target):
    # Without the traceback: 3.13t stops daemon threads wherever they are, and one that is importing what prints a traceback
    # would keep the lock of sys.modules, which the end of the interpreter needs.
    try:
        target()
    except LogClosedError:
        time.sleep(1e6)

atexit.register(look)
if sys.argv[2] == "closed":
    log.close()
if sys.argv[2] == "busy":
    for target in (view_for_ever, read_for_ever, follow_for_ever):
        threading.Thread(target=until_closed, args=(target,), daemon=True).start()
    time.sleep(0.1)
late = Late()
"""


@pytest.mark.parametrize("log_is", ["closed", "open", "busy"])
def test_views_live_until_the_interpreter_has_ended(fresh_path, log_is):
    command = [sys.executable, "-P", "-c", AT_EXIT, fresh_path(), log_is]
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split()
    # Daemon threads that still run may keep the names from going at all.
    assert lines == ["looked", "late"] or (log_is == "busy" and lines == ["looked"]), done.stdout + done.stderr
    assert time.monotonic() - started < 20 * BOUND
