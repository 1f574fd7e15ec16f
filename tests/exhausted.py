"""Runs one operation of a log with the k-th allocation failing, for k = 1, 2, ... until it gets through without (P14).

    python exhausted.py FOLDER core|core-all|python|python-all OPERATION...

core: allocations of fasterlog's modules, by way of faults/oom_shim.c, which must be preloaded.  python: the interpreter's own, by way of
_testcapi.set_nomemory.  With -all the k-th allocation and every later one fail.

After each failure: a MemoryError, or success; what the log shows is what it showed before or what the whole operation makes of it; the same
operation succeeds now; others do; after closing, an opening shows the same; no descriptor and no mapping is left over.  Prints a line for
each operation and ends with status 1 at the first that is not so.
"""

import contextlib
import ctypes
import faulthandler
import gc
import os
import shutil
import sys
import threading
import time

import layout
import reference_logs
from helpers import as_tuple, small_log, value_of, view

import fasterlog
from fasterlog import Ballot

TURNS_MOST = 5000
BALLOT, HIGHER, HIGHEST = Ballot(5, 1), Ballot(6, 1), Ballot(7, 1)
LARGE = bytes(range(256)) * 12


class Core:
    """Fails allocations of the core."""

    def __init__(self, everything):
        self.shim = ctypes.CDLL(None)
        assert self.shim.oom_find_modules() > 10
        self.count = 1 << 40 if everything else 1
        self.shim.oom_arm.argtypes = [ctypes.c_long, ctypes.c_long]

    def arm(self, number):
        self.shim.oom_arm(number, self.count)

    def disarm(self):
        self.shim.oom_disarm()

    def reached(self):
        return self.shim.oom_failed() > 0


class Interpreter:
    """Fails allocations of the interpreter."""

    def __init__(self, everything):
        import _testcapi

        self.api, self.everything = _testcapi, everything
        # The function itself: with no memory at all, a method of ours might not even be called.
        self.disarm = _testcapi.remove_mem_hooks

    def arm(self, number):
        self.api.set_nomemory(number - 1, 0 if self.everything else number)

    def reached(self):
        return None  # it does not tell


# ---- operations: (how the log is prepared, what is done)


def nothing(log):
    pass


def vote(slot, value=b"a vote"):
    return lambda log: log.accept(slot, BALLOT, value)


def committed_tail(log):
    for slot in range(5000, 5040):
        log.learn(slot, BALLOT, value_of(slot, (5, 1), 200))
    log.checkpoint()


def idle(log):
    log.promise(HIGHER)
    log.checkpoint()
    log.sync()


def many_votes(log):
    for slot in range(7000, 7300):
        log.accept(slot, BALLOT, b"")


def much_committed(log):
    for slot in range(8000, 8008):
        log.learn(slot, BALLOT, LARGE)


def batch(log):
    with log.batch() as changes:
        for slot in (9000, 9100, 9200):
            changes.learn(slot, BALLOT, b"one of three")
        changes.accept(9300, BALLOT, b"and a vote")
        changes.set_meta({"batch": b"yes"})


def nearly_full_segment(log):
    for slot in range(20000, 20024):
        log.learn(slot, BALLOT, LARGE)
        if slot % 8 == 7 and slot < 20016:
            log.checkpoint()


def follow(log):
    follower = log.follow(5000, timeout=0.0)
    return [next(follower) for _ in range(40)]


OPERATIONS = {
    "accept": (nothing, lambda log: log.accept(6000, HIGHER, b"small")),
    "accept large": (nothing, lambda log: log.accept(6000, HIGHER, LARGE)),
    "accept buffer": (nothing, lambda log: log.accept(6000, HIGHER, bytearray(LARGE))),
    "accept far": (nothing, lambda log: log.accept(1 << 60, BALLOT, b"far")),
    "commit": (vote(6000), lambda log: log.commit(6000, BALLOT)),
    "commit higher": (lambda log: log.accept(6000, HIGHEST, b""), lambda log: log.commit(6000, HIGHEST, wait=True)),
    "learn": (nothing, lambda log: log.learn(6000, HIGHEST, b"small")),
    "learn large": (nothing, lambda log: log.learn(6000, HIGHEST, LARGE, wait=True)),
    "discard": (many_votes, lambda log: log.discard(7100)),
    "batch": (nothing, batch),
    "set_meta": (nothing, lambda log: log.set_meta({"key": b"value" * 100, "term": None})),
    "meta": (nothing, lambda log: log.meta),
    "promise": (many_votes, lambda log: log.promise(HIGHER)),
    "read": (vote(6000), lambda log: log.read(6000)),
    "read large": (vote(6000, LARGE), lambda log: log.read(6000).value),
    "read tail": (committed_tail, lambda log: [log.read(slot).value for slot in (5000, 5039, 3, 60)]),
    "get": (committed_tail, lambda log: [log.get(slot) for slot in (5000, 4999, 1 << 50)]),
    "scan": (many_votes, lambda log: log.scan_uncommitted()),
    "iterate": (committed_tail, lambda log: list(log.iter_committed(gaps="skip"))),
    "follow": (committed_tail, follow),
    "stats": (nothing, lambda log: (log.stats(), repr(log.stats()), len(log), log.committed_range(), log.floor, log.ballot_max)),
    "sync": (vote(6000), lambda log: log.sync()),
    "checkpoint": (much_committed, lambda log: log.checkpoint()),
    "rotation": (nearly_full_segment, lambda log: log.checkpoint()),
    "close": (much_committed, None),
    "close idle": (idle, None),
    "open": (None, None),
    "open new": (None, None),
}


# Their results are compared with what an undisturbed call returns.
READS = ("meta", "read", "read large", "read tail", "get", "scan", "iterate", "follow")


# ---- what is looked at


def handles():
    return len(os.listdir("/proc/self/fd"))


def mappings(path):
    """Those of rings (a memfd, or the file) and segments."""
    with open("/proc/self/maps") as file:
        return sum("memfd:" in line or path in line for line in file)


def half(before, after, now):
    """Which part of what the log shows is neither as before nor as after the whole operation."""
    return [name for name in now if now[name] not in (before[name], after[name])]


class Turn:
    def __init__(self, folder, reference, faults, fresh_thread):
        self.path, self.reference, self.faults, self.fresh_thread = f"{folder}/log", reference, faults, fresh_thread
        self.threads, self.end = [], threading.Event()

    def attempt(self, number, act):
        """Runs `act` with the fault on; returns (its result or None, the MemoryError or None)."""
        outcome = [None, None]
        arm, disarm = self.faults.arm, self.faults.disarm

        def guarded():
            arm(number)
            try:
                result = act()
            finally:
                disarm()
            outcome[0] = result

        def body():
            try:
                guarded()
            except MemoryError as error:
                outcome[1] = error

        if self.fresh_thread:  # with the epoch record, the counters and the leases of a thread yet to be made
            failures = []

            def run():
                try:
                    body()
                except BaseException as failure:
                    failures.append(failure)
                finally:
                    done.set()
                self.end.wait()  # a thread that ends hands its records on, and the next would not have to make any

            done = threading.Event()
            self.threads.append(threading.Thread(target=run, daemon=True))
            self.threads[-1].start()
            done.wait()
            if failures:
                raise failures[0]
        else:
            body()
        if outcome[1] is not None:
            outcome[1].__traceback__ = None
        return outcome

    def fresh(self, name):
        shutil.rmtree(self.path, ignore_errors=True)
        if name != "open new":
            reference_logs.write_files(self.path, self.reference.files)

    def open(self):
        return small_log(self.path, **self.reference.options(lazy_sync_ms=5))

    def expected(self, name):
        """What the log shows before and after the operation, undisturbed."""
        prepare, act = OPERATIONS[name]
        self.fresh(name)
        if prepare is None:
            with self.open() as log:
                return None, view(log)
        with self.open() as log:
            prepare(log)
            before = view(log)
            if name in READS:
                self.result = act(log)
            elif act is not None:
                act(log)
            if name == "rotation":
                assert len(layout.segments(self.path)) == 4
            return before, view(log)

    def run(self, name, number, before, after):
        """One turn; returns whether the fault was met."""
        prepare, act = OPERATIONS[name]
        self.fresh(name)
        if name.startswith("open"):
            log, error = self.attempt(number, self.open)
            if log is None:
                assert error is not None
                log = self.open()
            assert view(log) == after, "it opened to something else"
        else:
            log = self.open()
            prepare(log)
            assert view(log) == before
            if act is None:
                _, error = self.attempt(number, log.close)
                log.close()
                log = self.open()
                assert view(log) == after, "after closing it opened to something else"
            else:
                result, error = self.attempt(number, lambda: act(log))
                assert error is not None or name not in READS or result == self.result, f"a wrong result: {result!r}"
                now = view(log)
                assert error is not None or now == after, "it returned, and was not done"
                assert not half(before, after, now), f"half done: {half(before, after, now)}"
                assert log.poisoned is None, log.poisoned
                act(log)
                assert view(log) == after, "the same call again makes something else of it"
        self.probe(log)
        seen = view(log)
        log.close()
        with self.open() as log:
            assert view(log) == seen, "opened again it shows something else"
        return error is not None

    def probe(self, log):
        """The log still does its work."""
        log.accept(1 << 50, HIGHEST, b"probe")
        log.commit(1 << 50, HIGHEST)
        log.learn((1 << 50) + 1, HIGHEST, LARGE)
        log.promise(HIGHEST)
        log.checkpoint()
        assert as_tuple(log.read(1 << 50)) == (1 << 50, (7, 1), b"probe", True)
        log.sync()
        with contextlib.suppress(TimeoutError):
            next(log.follow(0, timeout=0.0))


def run(folder, mode, name, fresh_thread, reference):
    everything = mode.endswith("-all")
    faults = Core(everything) if mode.startswith("core") else Interpreter(everything)
    turn = Turn(folder, reference, faults, fresh_thread)
    before, after = turn.expected(name)
    turn.run(name, 1 << 40 if mode.startswith("core") else 1 << 30, before, after)  # undisturbed: everything is loaded and warm
    started, met, quiet, number = time.monotonic(), 0, 0, 0
    at_start = handles(), mappings(turn.path)
    quiet_enough = 3 if mode.startswith("core") else 30  # an interpreter goes on without some of what it asks for
    while quiet < quiet_enough:
        number += 1
        assert number < TURNS_MOST, "it never gets through"
        try:
            raised = turn.run(name, number, before, after)
        except BaseException:
            print(f"FAILED {mode}, {name}, allocation {number}, {'fresh' if fresh_thread else 'same'} thread", flush=True)
            raise
        reached = faults.reached()
        met += raised
        quiet = quiet + 1 if not (raised if reached is None else reached) else 0
    gc.collect()
    for _ in range(50):  # what a thread could still see when a log was closed goes with the next one
        # Threads that were kept also keep leases on the segments they have read.
        left = handles() - at_start[0], 0 if fresh_thread else mappings(turn.path) - at_start[1]
        if max(left) <= 0:
            break
        time.sleep(0.01)
        turn.fresh("open")
        turn.open().close()
    assert max(left) <= 0, f"{mode}, {name}: left over: {left[0]} descriptors, {left[1]} mappings"
    print(f"{mode}, {name}, {'fresh' if fresh_thread else 'same'} thread: {number - quiet} allocations, {met} MemoryErrors, "
          f"{time.monotonic() - started:.1f} s", flush=True)  # fmt: skip


def main(folder, mode, level, *names):
    faulthandler.enable()
    gc.disable()
    print(fasterlog.__file__)
    reference = reference_logs.build(f"{folder}/reference", level, False, 1)
    for name in names or OPERATIONS:
        # The interpreter's allocations fail on every thread at once: also on one that only waits for the other.
        for fresh_thread in (False, True) if mode.startswith("core") else (False,):
            run(folder, mode, name, fresh_thread, reference)


if __name__ == "__main__":
    main(*sys.argv[1:])
