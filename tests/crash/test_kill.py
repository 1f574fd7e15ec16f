"""kill -9 at any moment, over and over on one log: what had returned is there, what had not is there whole or not at all.

A child works on the log and says over a pipe what has returned; after each kill the parent opens the log and compares.  After half of
the kills the log is opened by children first, which are killed in turn while they recover: several times, then comes the opening that
counts.

FASTERLOG_KILLS is the number of cycles, the levels taken together; FASTERLOG_SEED makes the same choices again (not the same timing).
"""

import faulthandler
import os
import random
import re
import threading
import time

import pytest
from helpers import MIB, Child, small_log, value_of
from killing import Acknowledged, work

pytestmark = [pytest.mark.crash, pytest.mark.thread_unsafe(reason="forks")]

KILLS = int(os.environ.get("FASTERLOG_KILLS", "60"))
LEVELS = ("process", "accept", "commit")


def seed_of(name):
    seed = os.environ.get("FASTERLOG_SEED") or f"1/{name}"
    print(f"seed {seed}")
    return seed


def kill_over_and_over(fresh_path, level, cycles, rng, opened=None):
    """Each of the cycles, and the line that sums up."""
    count = interrupted = hits = 0
    opening = Opening(rng)
    for cycle in range(cycles):
        if cycle % 10 == 0:  # a new log now and then, so that the votes that stay do not fill the ring
            path, acknowledged = fresh_path(), Acknowledged(level)
        child = Child(work, path, level, 1 + 2 * cycle, cycle * 10**6, cycle, opened)
        # Some kills hit the opening, the others work that is certainly under way, however slow the machine is.
        messages = child.at_least(rng.choice((0, 1, 2, 20)), 60)
        messages += child.collect(rng.uniform(0.0, 0.03)) + child.kill()
        for message in messages:
            acknowledged.add(message)
        count += len(messages)
        if cycle % 2:  # R4: and again while it recovers
            tries = rng.randrange(1, 5)
            interrupted += tries
            hits += sum(opening.interrupt(path, level) for _ in range(tries))
        started = time.monotonic()
        with small_log(path, durability=level) as log:
            opening.took(time.monotonic() - started)
            acknowledged.check(log)
    assert count >= cycles
    assert hits, "no kill hit an opening"
    return f"{cycles} cycles, {count} returned; {hits} of {interrupted} kills of an opening came before it had ended"


@pytest.mark.slow
@pytest.mark.timeout(300 + KILLS)
@pytest.mark.parametrize("level", LEVELS)
def test_what_had_returned_outlives_kill_9(fresh_path, level):
    print(f"{level}: {kill_over_and_over(fresh_path, level, max(4, KILLS // len(LEVELS)), random.Random(seed_of(level)))}")


@pytest.mark.parametrize("level", LEVELS)
def test_the_kills_catch_a_log_that_does_not_write(fresh_path, break_it, level):
    """Or whose shared memory is not the file's: then everything is lost with the process."""

    def kill(send):
        faulthandler.disable()  # such logs may die in any way
        if level == "process":
            break_it("private map")
            kill_over_and_over(fresh_path, level, 20, random.Random(1))
        else:
            kill_over_and_over(fresh_path, level, 20, random.Random(1), lambda: break_it("no pwrite"))

    child = Child(lambda send: send(failure_of(kill, send)))
    (message,) = child.finish()
    assert re.search("are gone|older vote|was chosen|went back|Corrupted|ended with status", message), message


def failure_of(call, *arguments):
    try:
        call(*arguments)
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:2000]
    return "nothing was noticed"


class Opening:
    """Kills children inside FasterLog(...), at moments spread over as long as it takes."""

    def __init__(self, rng):
        self._rng = rng
        self._seconds = 0.003

    def took(self, seconds):
        self._seconds += (seconds - self._seconds) / 8

    def interrupt(self, path, level):
        """Whether the kill came before the opening had ended."""

        def open_it(send):
            send("begins")
            log = small_log(path, durability=level)
            send("has ended")
            time.sleep(60)
            del log  # not before

        child = Child(open_it)
        assert child.at_least(1, 60) == ["begins"]
        messages = child.collect(self._rng.uniform(0.0, 2.5 * self._seconds)) + child.kill()
        return "has ended" not in messages


@pytest.mark.parametrize("level", LEVELS)
def test_a_kill_while_a_log_is_made_leaves_something_that_opens(fresh_path, level):
    rng = random.Random(seed_of(level))
    for _ in range(max(5, KILLS // 15)):
        path = fresh_path()
        child = Child(lambda send, path=path: small_log(path, durability=level))
        child.collect(rng.uniform(0.0, 0.006))
        child.kill()
        with small_log(path, durability=level) as log:
            log.accept(0, (1, 1), b"zero")
            assert log.recovery.entries == 0


def test_a_killed_writer_never_uncommits(fresh_path):
    """At level "accept" a commit may be lost with the process, but never one that was durable when somebody saw it."""
    path = fresh_path()
    rng = random.Random(seed_of("never uncommits"))
    seen = set()

    def commit_and_follow(send, first):
        log = small_log(path, durability="accept", lazy_sync_ms=1)

        def follow():
            for entry in log.follow(0, durable=True):
                if entry.slot >= first:
                    send(entry.slot)

        threading.Thread(target=follow, daemon=True).start()
        for slot in range(log.committed_through + 1, 10**9):
            log.learn(slot, (1, 1), value_of(slot, (1, 1)))

    for _ in range(max(5, KILLS // 15)):
        child = Child(commit_and_follow, max(seen, default=0))
        seen.update(child.at_least(1, 60))
        seen.update(child.collect(rng.uniform(0.0, 0.05)))
        seen.update(child.kill())
        with small_log(path) as log:
            assert log.committed_through >= max(seen, default=-1)
    assert seen


def test_a_kill_leaves_no_half_written_value(fresh_path):
    """Values that fill several pages, cut anywhere."""
    rng = random.Random(seed_of("half-written"))
    size = 60_000

    def write(send, path, first):
        log = small_log(path, mutable_size=1 * MIB)
        for slot in range(first, 10**9):
            log.learn(slot, (1, 1), value_of(slot, (1, 1), size))
            send(slot)

    path, returned = fresh_path(), -1
    for _ in range(max(5, KILLS // 15)):
        child = Child(write, path, returned + 1)
        messages = child.collect(rng.uniform(0.005, 0.03)) + child.kill()
        returned = max([returned, *messages])
        with small_log(path, mutable_size=1 * MIB) as log:
            held = {entry.slot: entry.value for entry in log.iter_committed(gaps="skip")}
            assert returned == -1 or returned in held
            for slot, value in held.items():
                assert value == value_of(slot, (1, 1), size)
