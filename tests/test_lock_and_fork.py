"""One writer at a time: LOCK refuses a second opener in this or another process; a forked child is refused and keeps nothing."""

import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading

import pytest
from helpers import Child, eventually, in_child, run_threads, small_log, tree, value_of, view

from fasterlog import Ballot, ForkedError, LogLockedError

B1, B2 = Ballot(1, 1), Ballot(2, 1)

pytestmark = pytest.mark.thread_unsafe(reason="forks")


def try_open(path):
    """What a second opener gets: the class of its error and what it says, or None."""
    try:
        small_log(path).close()
    except Exception as error:
        return type(error).__name__, str(error), getattr(error, "pid", None)
    return None


# ---- LOCK


def test_a_second_opener_in_this_process_is_refused(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        log.accept(0, B1, b"zero")
        before = tree(path)
        with pytest.raises(LogLockedError) as caught:
            small_log(path).close()
        assert isinstance(caught.value, BlockingIOError)
        assert caught.value.pid == os.getpid()
        assert path in str(caught.value)
        assert tree(path) == before
        log.accept(1, B1, b"the first goes on")
    with small_log(path) as log:
        assert [entry.slot for entry in log.scan_uncommitted()] == [0, 1]


def test_a_second_opener_by_another_name_is_refused(fresh_path):
    path = fresh_path()
    link = path + ".link"
    with small_log(path):
        os.symlink(path, link)
        for other in (link, path + "/", os.path.relpath(path), f"{path}/../{os.path.basename(path)}"):
            with pytest.raises(LogLockedError):
                small_log(other).close()


def test_a_second_opener_on_another_thread_is_refused(fresh_path):
    path = fresh_path()
    logs = []

    def open_it():
        with contextlib.suppress(LogLockedError):
            logs.append(small_log(path))

    run_threads(*[open_it] * 8)
    assert len(logs) == 1
    logs[0].close()


def test_a_second_opener_in_another_process_is_refused(fresh_path):
    path = fresh_path()
    with small_log(path):
        code = "import sys, fasterlog\ntry: fasterlog.FasterLog(sys.argv[1])\nexcept fasterlog.LogLockedError as error: print(error.pid)"
        done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, timeout=60, cwd="/")
        assert (done.stdout.strip(), done.returncode) == (str(os.getpid()), 0), done.stderr
    assert try_open(path) is None


def test_the_lock_goes_with_its_holder(fresh_path):
    path = fresh_path()

    def hold(send):
        log = small_log(path)
        log.accept(0, B1, b"zero")
        send("open")
        signal.pause()

    child = Child(hold)
    assert child.receive(30) == "open"
    name, _, pid = try_open(path)
    assert (name, pid) == ("LogLockedError", child.pid)
    child.kill()
    with small_log(path) as log:
        assert 0 in log


def test_a_stale_lock_file_is_no_lock(fresh_path):
    path = fresh_path()
    small_log(path).close()
    with open(f"{path}/LOCK", "w") as file:
        file.write("1 elsewhere\n")  # a pid that lives, but holds no flock
    assert try_open(path) is None


# ---- fork


def test_a_forked_child_may_not_touch_its_parents_log(fresh_path):
    path = fresh_path()
    with small_log(path, durability="accept") as log:
        log.accept(0, B1, b"zero")
        log.learn(1, B1, b"one")
        follower, iterator = log.follow(1), log.iter_committed()
        calls = {
            "promise": lambda: log.promise(B2),
            "accept": lambda: log.accept(2, B2, b"two"),
            "commit": lambda: log.commit(0, B1),
            "learn": lambda: log.learn(3, B1, b"three"),
            "discard": lambda: log.discard(0),
            "batch": lambda: log.batch().__enter__().accept(4, B2, b"four"),
            "set_meta": lambda: log.set_meta({"term": b"1"}),
            "sync": lambda: log.sync(),
            "checkpoint": lambda: log.checkpoint(),
            "read": lambda: log.read(0),
            "scan": lambda: log.scan_uncommitted(),
            "follow": lambda: next(follower),
            "iterate": lambda: next(iterator),
            "wait_durable": lambda: log.wait_durable(log.published_lsn, 1),
        }

        def call_each():
            outcomes = {}
            for name, call in calls.items():
                try:
                    call()
                except Exception as error:
                    outcomes[name] = type(error).__name__
                else:
                    outcomes[name] = "went through"
            return outcomes

        before = view(log)
        assert in_child(call_each) == dict.fromkeys(calls, ForkedError.__name__)
        assert view(log) == before
        log.accept(2, B2, b"the parent goes on")
        before = view(log)
    with small_log(path) as log:
        assert view(log) == before


def test_closing_in_a_forked_child_leaves_the_parents_log_open_and_locked(fresh_path):
    path = fresh_path()
    with small_log(path, durability="accept") as log:
        log.accept(0, B1, b"zero")

        def close():
            log.close()
            gc.collect()
            return try_open(path)[0]

        assert in_child(close) == "LogLockedError"
        log.accept(1, B1, b"one")
        assert try_open(path)[0] == "LogLockedError"
    with small_log(path) as log:
        assert [entry.slot for entry in log.scan_uncommitted()] == [0, 1]


@pytest.mark.parametrize("level", ["process", "accept"])
def test_a_child_does_not_keep_the_lock_when_its_parent_dies(fresh_path, level):
    """O2: an inherited descriptor would hold the flock for as long as the orphan lives."""
    path = fresh_path()

    def parent(send):
        log = small_log(path, durability=level)
        log.accept(0, B1, b"zero")
        orphan = os.fork()
        if orphan == 0:
            signal.pause()
        send(orphan)
        signal.pause()

    child = Child(parent)
    orphan = child.receive(30)
    assert orphan
    try:
        assert try_open(path)[0] == "LogLockedError"
        os.kill(child.pid, signal.SIGKILL)
        os.waitpid(child.pid, 0)
        os.kill(orphan, 0)  # it lives
        eventually(lambda: try_open(path) is None)
    finally:
        os.kill(orphan, signal.SIGKILL)
    with small_log(path) as log:
        assert 0 in log


@pytest.mark.parametrize("level", ["process", "accept"])
def test_no_descriptor_passes_to_another_program(fresh_path, level):
    path = fresh_path()
    with small_log(path, durability=level) as log:
        for slot in range(100):
            log.learn(slot, B1, value_of(slot, (1, 1)))
        log.checkpoint()
        memoryview(log.read(5))
        program = subprocess.Popen(["sleep", "60"], close_fds=False)
        try:
            folder = f"/proc/{program.pid}/fd"
            eventually(lambda: os.readlink(f"/proc/{program.pid}/exe").endswith(("sleep", "coreutils")))
            inherited = []
            for number in os.listdir(folder):
                # One that is gone by now was its loader's own, open for a moment: what it inherits stays.
                with contextlib.suppress(FileNotFoundError):
                    inherited.append(os.readlink(f"{folder}/{number}"))
        finally:
            program.kill()
            program.wait()
    assert not [name for name in inherited if path in name or "memfd" in name]


@pytest.mark.parametrize("level", ["process", "accept", "commit"])
def test_a_forked_child_may_open_logs_of_its_own(fresh_path, level):
    path, other = fresh_path(), fresh_path()
    with small_log(path, durability=level) as log:
        for slot in range(2000):  # the worker pool runs
            log.learn(slot, B1, b"parent's", wait=False)

        def use_another():
            with small_log(other, durability=level, lazy_sync_ms=5) as own:
                for slot in range(2000):
                    lsn = own.learn(slot, B1, b"child's", wait=False)
                eventually(lambda: level == "process" or own.durable_lsn >= lsn)
                own.checkpoint()
                return len(own)

        assert in_child(use_another) == 2000
        log.learn(2000, B1, b"parent's")
        assert len(log) == 2001
    with small_log(other) as log:
        assert {entry.value for entry in log.iter_committed()} == {b"child's"}


def test_a_fork_beside_busy_threads_gives_a_child_that_works(fresh_path):
    path = fresh_path()
    with small_log(path, durability="accept") as log:
        stop = threading.Event()

        def write(index):
            slot = index
            while not stop.is_set():
                log.learn(slot, B1, b"x", wait=slot % 50 == index)
                slot += 4

        def fork():
            try:
                for _ in range(20):
                    other = fresh_path()

                    def use(other=other):
                        with small_log(other) as own:
                            own.accept(0, B1, b"zero")
                            return own.read(0).value

                    assert in_child(use, seconds=20) == b"zero"
            finally:
                stop.set()

        run_threads(fork, *[lambda index=index: write(index) for index in range(4)])


def test_views_of_the_parent_stay_readable_in_the_child(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        for slot in range(10):
            log.learn(slot, B1, value_of(slot, (1, 1)))
        log.checkpoint()
        entries = [log.read(slot) for slot in range(10)]
        views = [memoryview(entry) for entry in entries]

        def read():
            return [bytes(shown) for shown in views] + [entry.value for entry in entries]

        assert in_child(read) == [value_of(slot, (1, 1)) for slot in range(10)] * 2


@pytest.mark.parametrize("level", ["process", "accept"])
def test_the_rings_memory_is_not_in_a_forked_child(fresh_path, level):
    """O2: a child that could write it would write its parent's log."""

    def maps():
        with open("/proc/self/maps") as file:
            return [line for line in file if "fasterlog-ring" in line or line.rstrip().endswith("/ring")]

    if not os.path.exists("/proc/self/maps"):
        pytest.skip("not run: no /proc")
    with small_log(fresh_path(), durability=level):
        assert len(maps()) == 2
        assert in_child(maps) == []
