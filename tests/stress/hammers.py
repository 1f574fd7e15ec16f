"""Programs that hammer a log from many threads and check all they see.

test_hammers.py runs them as tests. test_protections.py runs them as processes of their own, which a protection that has been taken out
must make fail:  python hammers.py NAME SECONDS THREADS
"""

import itertools
import os
import pickle
import random
import shutil
import sys
import tempfile
import threading
import time

if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from helpers import KIB, Child, as_tuple, pair, run_threads, small_log, value_of, view

from fasterlog import (
    BallotConflictError,
    BallotMismatchError,
    BufferFullError,
    SlotCommittedError,
    StaleBallotError,
)

# Every accept bears its own ballot under this promise, so that votes compete within slots and not for the promise.
UNDER = (2**48, 0)


class Time:
    """True until it is over, or until any thread has failed."""

    def __init__(self, seconds):
        self.deadline = time.monotonic() + seconds
        self.failed = False

    def __bool__(self):
        return not self.failed and time.monotonic() < self.deadline

    def guard(self, worker, *arguments):
        """The worker as a callable that ends the others when it fails."""

        def guarded():
            try:
                return worker(*arguments)
            except BaseException:
                self.failed = True
                raise

        return guarded


def check(entry):
    """Any entry that a log shows holds the one value of its slot and ballot."""
    assert entry.value == value_of(entry.slot, pair(entry.ballot)), f"wrong value: {as_tuple(entry)}"
    return entry


def check_reopened(path, before):
    """The log as recovery reads it says what users saw: it never contradicts the index."""
    with small_log(path) as log:
        after = view(log)
        differing = [key for key in before if before[key] != after[key]]
        assert not differing, {key: _difference(before[key], after[key]) for key in differing}


def use_and_end(path, use, kill, **options):
    """Runs `use(log)` on a new log and ends it, by close or, in a child, by kill -9; then opens it again and compares."""

    def until_killed(send):
        log = small_log(path, **options)
        use(log)
        with open(f"{path}.view", "wb") as file:
            pickle.dump(view(log), file)
        send("done")
        time.sleep(60)

    if kill:
        child = Child(until_killed)
        said = child.receive(90)
        child.kill()
        assert said == "done"
        with open(f"{path}.view", "rb") as file:
            before = pickle.load(file)
    else:
        with small_log(path, **options) as log:
            use(log)
            before = view(log)
    check_reopened(path, before)
    shutil.rmtree(path)


def _difference(before, after):
    if not isinstance(before, dict):
        return before, after
    keys = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    return {key: (before.get(key), after.get(key)) for key in keys[:5]}


# ---- everything at once


def everything(path, seconds, threads):
    """All calls on all threads over a moving window of slots: a committed slot returns exactly the value of its ballot, for ever."""
    chosen = {}  # slot: its ballot as seen after a commit had returned
    running = Time(seconds)
    start = time.monotonic()

    def write(log, index):
        rng = random.Random(index)
        while running:
            slot = log.committed_through + 1 + rng.randrange(24)
            # Ballots rise with time, a little out of step: accepts replace each other, and some are late.
            ballot = (int((time.monotonic() - start) * 5000) + rng.randrange(5), index)
            try:
                log.accept(slot, ballot, value_of(slot, ballot), under=UNDER)
                if rng.random() < 0.8:
                    log.commit(slot, ballot)  # fine too where another ballot's commit came first
                    decided = pair(check(log.read_committed(slot)).ballot)
                    assert chosen.setdefault(slot, decided) == decided, f"slot {slot} changed"
            except SlotCommittedError as error:
                check(error.entry)
            except (StaleBallotError, BallotMismatchError):
                pass
            known = chosen.get(slot)
            entry = check(log.read(slot))
            if known is not None:
                assert (entry.committed, pair(entry.ballot)) == (True, known), f"slot {slot} changed"
            if rng.random() < 0.01:
                log.set_meta({f"thread {index}": b"%d" % slot})

    def read(log, index):
        rng = random.Random(-index)
        reached = -1
        views = []
        while running:
            through = log.committed_through
            assert through >= reached, "committed_through went back"
            reached = through
            known = {slot: chosen[slot] for slot in range(max(0, through - 50), through + 1) if slot in chosen}
            for entry in log.iter_committed(max(0, through - 50), through + 1):
                assert known.get(entry.slot, pair(check(entry).ballot)) == pair(entry.ballot)
            for entry in log.scan_uncommitted():
                check(entry)
            if through > 0:
                entry = check(log.read_committed(rng.randrange(through)))
                views.append((entry.slot, pair(entry.ballot), memoryview(entry)))
            if index == 1:
                report = log.promise(UNDER)
                assert report.committed_through >= through
                assert [entry.slot for entry in report.entries] == sorted(check(e).slot for e in report.entries)
            if rng.random() < 0.1:
                rng.choice((log.checkpoint, log.sync))()
            del views[:-200]
        for slot, ballot, shown in views:
            assert bytes(shown) == value_of(slot, ballot)

    with small_log(path) as log:
        readers = max(1, threads // 3)
        run_threads(
            *[running.guard(write, log, index) for index in range(threads - readers)],
            *[running.guard(read, log, index + 1) for index in range(readers)],
            hang_seconds=seconds + 60,
        )
        for slot, ballot in chosen.items():
            assert as_tuple(log.read(slot)) == (slot, ballot, value_of(slot, ballot), True)
        assert len(log) == len(list(log.iter_committed(gaps="skip"))) >= len(chosen)
        before = view(log)
    check_reopened(path, before)
    return len(chosen)


# ---- one protection each


def recycle(path, seconds, threads):
    """Readers of entries whose ring space is being reused: a copy is the entry's, or it is taken again from where the entry went."""
    running = Time(seconds)
    newest = 0

    def write(log):
        nonlocal newest
        for slot in itertools.count():
            if not running:
                break
            log.accept(slot, UNDER, value_of(slot, UNDER, 300))
            log.commit(slot, UNDER)
            newest = slot

    def checkpoint(log):
        while running:
            log.checkpoint()

    def read(log, index):
        rng = random.Random(index)
        while running:
            slot = max(0, newest - rng.randrange(60))
            entry = log.get(slot)
            if entry is not None:
                assert as_tuple(entry)[1:3] == (UNDER, value_of(slot, UNDER, 300)), f"wrong: {as_tuple(entry)}"

    def look(log):
        while running:
            for entry in log.scan_uncommitted(max(0, newest - 5)):
                assert entry.value == value_of(entry.slot, UNDER, 300)
            for entry in log.iter_committed(max(0, newest - 30), newest, gaps="skip"):
                assert entry.value == value_of(entry.slot, UNDER, 300)

    with small_log(path) as log:
        workers = [(write, log), (checkpoint, log), (look, log)]
        workers += [(read, log, index) for index in range(max(1, threads - 3))]
        run_threads(*[running.guard(*worker) for worker in workers], hang_seconds=seconds + 60)
        return newest


def contend(path, seconds, threads, kill=True):
    """Competing accepts of equal and different ballots on few slots, beside commits, in many short lives of a log."""
    running = Time(seconds)
    rounds = 0

    def compete(log, index):
        rng = random.Random(rounds * threads + index)
        for turn in range(40):
            slot = rng.randrange(6)
            ballot = (1 + turn // 4 + rng.randrange(2), 1)  # threads share ballots
            value = b"%d;" % index + value_of(slot, ballot, rng.choice((0, 100, 2000)))
            try:
                log.accept(slot, ballot, value, under=UNDER, wait=rng.random() < 0.1)
                if rng.random() < 0.02:
                    log.commit(slot, ballot)
            except (StaleBallotError, BallotConflictError, BallotMismatchError, SlotCommittedError):
                pass

    def use(log):
        run_threads(*[running.guard(compete, log, index) for index in range(threads)], hang_seconds=60)
        log.sync()

    while running:
        sizes = {"mutable_size": (64, 512)[rounds % 2] * KIB, "durability": ("accept", "process")[rounds // 2 % 2]}
        use_and_end(f"{path}.{rounds}", use, kill, lazy_sync_ms=1, **sizes)
        rounds += 1
    return rounds


def discard(path, seconds, threads, kill=True):
    """Accepts beside a discard, in many short lives of a log: a vote is in the log if, and only if, it is in the index."""
    running = Time(seconds)
    rounds = 0

    def accept(log, index):
        for slot in range(index, 100 * (threads - 1), threads - 1):
            log.accept(slot, UNDER, value_of(slot, UNDER))

    def discard_once(log):
        while running and len(log.scan_uncommitted()) < 10:
            pass
        log.discard(0)

    def use(log):
        accepts = [running.guard(accept, log, index) for index in range(threads - 1)]
        run_threads(*accepts, running.guard(discard_once, log), hang_seconds=60)

    while running:
        use_and_end(f"{path}.{rounds}", use, kill, mutable_size=512 * KIB)
        rounds += 1
    return rounds


def promise(path, seconds, threads):
    """An accept that returned before or beside a promise of a higher ballot is in the promise's report (C2)."""
    running = Time(seconds)
    rounds = 0

    def accept(log, slot, ballot):
        try:
            log.accept(slot, ballot, value_of(slot, ballot))
        except StaleBallotError:
            return None
        return slot

    with small_log(path, mutable_size=512 * KIB) as log:
        while running:
            low, high = (2 * rounds + 1, 1), (2 * rounds + 2, 1)
            slots = [rounds * threads + index for index in range(threads - 1)]
            report, *accepted = run_threads(
                lambda high=high: log.promise(high),
                *[lambda slot=slot, low=low: accept(log, slot, low) for slot in slots],
            )
            accepted = {slot for slot in accepted if slot is not None}
            reported = {entry.slot for entry in report.entries}
            assert accepted <= reported, f"accepted, but unknown to the promise: {accepted - reported}"
            log.discard(slots[0])
            rounds += 1
    return rounds


def kill(path, seconds, threads):
    """kill -9 around checkpoints of a tiny ring: promise, meta and decisions that had returned are there."""
    running = Time(seconds)
    rng = random.Random(1)
    reached, cycles = 0, 0

    def work(send, first):
        log = small_log(path)

        def checkpoint():
            while True:
                log.checkpoint()

        for _ in range(max(1, threads - 1)):
            threading.Thread(target=checkpoint, daemon=True).start()
        for number in itertools.count(first):
            log.promise((number, 1))
            log.set_meta({"number": b"%d" % number})
            log.learn(number, (number, 1), value_of(number, (number, 1)))
            send(number)
            if rng.random() < 0.02:
                log.sync()

    following = 1
    while running:
        child = Child(work, following)
        messages = child.collect(rng.uniform(0.0, 0.05)) + child.kill()
        reached = max([reached, *messages])
        with small_log(path) as log:
            if reached:
                promised = log.promised.id if log.promised else 0
                assert promised >= reached, f"promised {reached}, now {promised}"
                assert int(log.meta["number"]) >= reached
            for number in messages:
                assert log.read(number).value == value_of(number, (number, 1))
            following = 1 + (log.promised.id if log.promised else 0)
        cycles += 1
    return cycles


def fill(path, seconds, threads):
    """A ring that is full of votes most of the time: every waiter goes on when there is room, and none waits for ever."""
    running = Time(seconds)
    numbers = itertools.count()

    def work(log):
        done = 0
        while running:
            slot = next(numbers)
            try:
                log.accept(slot, UNDER, value_of(slot, UNDER, 3000))
            except BufferFullError:
                continue
            log.commit(slot, UNDER)
            done += 1
        return done

    with small_log(path, full_timeout=30.0) as log:
        counts = run_threads(*[running.guard(work, log)] * threads, hang_seconds=seconds + 90)
        assert len(log) == sum(counts)
        return len(log)


HAMMERS = {function.__name__: function for function in (everything, recycle, contend, discard, promise, kill, fill)}

if __name__ == "__main__":
    name, seconds, threads = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    with tempfile.TemporaryDirectory() as folder:
        turns = HAMMERS[name](f"{folder}/log", seconds, threads)
    print(f"{name}: {turns} turns in {seconds} s")
    sys.stdout.flush()
