"""Threads that stop at a chosen point inside the core: programs that test_stalled_threads.py runs, each in a process of its own.

    python stalls.py NAME          in the build with assertions, with FASTERLOG_STALL naming a file of zeros

Points are the numbers of FL_YIELD in the core; the file is described in include/fasterlog/testhooks.h.
"""

import json
import mmap
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import layout
from helpers import small_log, value_of, view

from fasterlog import BallotMismatchError, StaleBallotError

FRAME_FINISH, ACCEPT_CHECKED, MARK_CHOSEN, PROMISE, DISCARD_FRAME, BATCH_BODY, EVICTING, LEAF_STORED = 1, 2, 3, 7, 8, 9, 10, 11
B1, B2 = (1, 1), (2, 1)
# What must wait is given this long to go on wrongly; what must not wait is given as long as a machine may take.
PATIENCE, HANG = 0.3, 60.0


class Stalls:
    def __init__(self):
        with open(os.environ["FASTERLOG_STALL"], "r+b") as file:
            self.words = mmap.mmap(file.fileno(), 0)

    def stop_at(self, point, passes=1):
        """The next thread that comes there for the `passes`-th time stops."""
        struct.pack_into("<I", self.words, 8 * point, passes)

    def wait_stopped(self, point):
        deadline = time.monotonic() + HANG
        while struct.unpack_from("<I", self.words, 8 * point + 4)[0] != 1:
            assert time.monotonic() < deadline, f"no thread came to point {point}"
            time.sleep(0.001)

    def release(self, point):
        struct.pack_into("<I", self.words, 8 * point + 4, 2)


class Call(threading.Thread):
    """One call on a thread of its own."""

    def __init__(self, call):
        super().__init__(daemon=True)
        self.call, self.result, self.error = call, None, None
        self.start()

    def run(self):
        try:
            self.result = self.call()
        except Exception as error:
            self.error = error

    def waits(self):
        self.join(PATIENCE)
        return self.is_alive()

    def end(self):
        self.join(HANG)
        assert not self.is_alive(), "still waiting"
        if self.error is not None:
            raise self.error
        return self.result


def prepared(path, **options):
    """A log whose slots 0..9 have a leaf, and where ballot 1 is promised: an accept's first attempt writes."""
    log = small_log(path, **options)
    log.accept(9, B1, b"nine", wait=True)
    return log


def stopped(stalls, point, call, passes=1):
    stalls.stop_at(point, passes)
    thread = Call(call)
    stalls.wait_stopped(point)
    return thread


def slots_elsewhere(path):
    """The votes that another process finds: in this one a log's closing would wait for the stopped thread's epoch."""
    code = (
        "import sys; from fasterlog import FasterLog\nwith FasterLog(sys.argv[1]) as log: print([e.slot for e in log.scan_uncommitted()])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "FASTERLOG_STALL"}
    done = subprocess.run([sys.executable, "-P", "-c", code, path], env=environment, capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def repeated_accept_waits(stalls, path):
    """W4: the first caller's vote is in the index and not yet published: a kill would lose it, and the second may not call it there."""
    log = prepared(path)
    first = stopped(stalls, FRAME_FINISH, lambda: log.accept(0, B1, b"zero"), passes=2)
    assert log.read(0).value == b"zero"
    second = Call(lambda: log.accept(0, B1, b"zero"))
    assert second.waits(), "a repeated accept has returned before the vote was published"
    stalls.release(FRAME_FINISH)
    assert first.end() == second.end()


def commit_waits_for_the_vote(stalls, path):
    """W4: the mark relies on another thread's vote."""
    log = prepared(path)
    first = stopped(stalls, FRAME_FINISH, lambda: log.accept(0, B1, b"zero"), passes=2)
    second = Call(lambda: log.commit(0, B1))
    assert second.waits(), "a commit has returned before its vote was published"
    stalls.release(FRAME_FINISH)
    first.end(), second.end()


def repeated_commit_waits(stalls, path):
    """W4: committed in the index, the mark not yet published."""
    log = prepared(path)
    first = stopped(stalls, MARK_CHOSEN, lambda: log.commit(9, B1), passes=3)
    assert log.read(9).committed
    second = Call(lambda: log.commit(9, B1))
    again = Call(lambda: log.accept(9, B1, b"nine"))
    assert second.waits() and again.waits(), "a repeated call has returned before the mark was published"
    stalls.release(MARK_CHOSEN)
    first.end(), second.end(), again.end()


def promise_frame_comes_first(stalls, path):
    """W5: an accept that relies on the raised promise must not become durable without it."""
    log = prepared(path)
    promise = stopped(stalls, PROMISE, lambda: log.promise(B2))
    accept = Call(lambda: log.accept(0, B1, b"zero", under=B2))
    assert accept.waits(), "an accept has found the promise before its frame was in the log"
    stalls.release(PROMISE)
    promise.end(), accept.end()


def promise_waits_for_running_accepts(stalls, path):
    """C2: an accept that has passed its check is in the report, however slow it is."""
    log = prepared(path)
    accept = stopped(stalls, ACCEPT_CHECKED, lambda: log.accept(0, B1, b"zero"))
    promise = Call(lambda: log.promise(B2))
    assert promise.waits(), "a promise has reported beside an accept that passed its check before it"
    stalls.release(ACCEPT_CHECKED)
    accept.end()
    assert 0 in [entry.slot for entry in promise.end().entries]


def promise_shuts_out_at_once(stalls, path):
    """C2: raised before the grace period, not after it."""
    log = prepared(path)
    promise = stopped(stalls, PROMISE, lambda: log.promise(B2), passes=2)
    try:
        log.accept(0, B1, b"late")
    except StaleBallotError:
        pass
    else:
        raise AssertionError("accepted below a promise that is about to report")
    stalls.release(PROMISE)
    assert [entry.slot for entry in promise.end().entries] == [9]


def discard_waits_for_running_accepts(stalls, path):
    """C3: the slots are the discard's only after the grace period."""
    log = prepared(path)
    accept = stopped(stalls, FRAME_FINISH, lambda: log.accept(5, B1, b"five"))
    discard = Call(lambda: log.discard(5))
    assert discard.waits(), "a discard has not waited for an accept that had reserved its frame"
    stalls.release(FRAME_FINISH)
    accept.end(), discard.end()
    assert 5 not in log


def accepts_wait_for_the_discard(stalls, path):
    """C3: behind the barrier nothing is accepted between the DISCARD frame and the dropping of the words."""
    log = prepared(path)
    discard = stopped(stalls, DISCARD_FRAME, lambda: log.discard(5))
    accept = Call(lambda: log.accept(5, B1, b"five"))
    below = Call(lambda: log.accept(4, B1, b"four"))
    assert accept.waits(), "accepted behind a discard's barrier"
    below.end()
    stalls.release(DISCARD_FRAME)
    discard.end(), accept.end()
    assert [entry.slot for entry in log.scan_uncommitted()] == [4, 5]


def nothing_is_carried_past_a_discard(stalls, path):
    """C5: a copy above a DISCARD that has just made its slot absent would bring the vote back."""
    log = prepared(path)
    discard = stopped(stalls, DISCARD_FRAME, lambda: log.discard(5))
    checkpoint = Call(log.checkpoint)
    checkpoint.waits()
    stalls.release(DISCARD_FRAME)
    discard.end(), checkpoint.end()
    before = view(log)
    assert before["entries"] == {}
    image = f"{path}.image"  # as kill -9 would leave it
    shutil.copytree(path, image)
    with small_log(image) as log:
        assert view(log) == before, "the discarded vote is back"


def a_batch_holds_its_slots(stalls, path):
    """W7, C3: nobody gets between a batch's checks and its words."""
    log = prepared(path)

    def batch():
        with log.batch() as batch:
            batch.accept(3, B1, b"three")
            batch.accept(4, B1, b"four")

    running = stopped(stalls, BATCH_BODY, batch)
    accept = Call(lambda: log.accept(4, B2, b"other", under=B2))
    assert accept.waits(), "accepted in a slot of a running batch"
    other = Call(lambda: log.read(9))
    other.end()
    stalls.release(BATCH_BODY)
    running.end(), accept.end()
    assert log.read(4).value == b"other"


def a_batch_is_nothing_before_it_is_published(stalls, path):
    """W7, R1: killed with all of its frames written and the batch not published, nothing of it is there, whole as those frames are."""
    log = prepared(path)

    def batch():
        with log.batch() as batch:
            batch.accept(3, B1, b"three")
            batch.accept(4, B1, b"four")

    running = stopped(stalls, BATCH_BODY, batch)
    image = f"{path}.image"
    shutil.copytree(path, image)
    assert slots_elsewhere(image) == [9], "a part of a batch"
    stalls.release(BATCH_BODY)
    running.end()
    assert [entry.slot for entry in log.scan_uncommitted()] == [3, 4, 9]


def a_stalled_writer_delays_no_other_vote(stalls, path):
    """W1: nobody waits for an earlier writer to be able to vote, or to read a vote."""
    log = prepared(path)
    first = stopped(stalls, FRAME_FINISH, lambda: log.accept(0, B1, b"zero"))
    for slot in range(1, 9):
        log.accept(slot, B1, value_of(slot, B1))
        assert log.read(slot).value == value_of(slot, B1)
    assert first.is_alive() and 0 not in log
    stalls.release(FRAME_FINISH)
    first.end()
    assert [entry.slot for entry in log.scan_uncommitted()] == list(range(10))


def a_mark_that_loses_is_not_in_the_log(stalls, path):
    """W1: a commit beside an accept of a higher ballot; whoever wins the word, log and index say the same."""
    log = prepared(path)
    commit = stopped(stalls, MARK_CHOSEN, lambda: log.commit(9, B1), passes=2)
    log.accept(9, B2, b"higher", under=B2, wait=False)
    stalls.release(MARK_CHOSEN)
    try:
        commit.end()
    except BallotMismatchError:
        pass
    else:
        raise AssertionError("the commit of a vote that had been replaced")
    before = view(log)
    log.close()
    with small_log(path) as log:
        assert view(log) == before


def a_vote_that_loses_is_not_in_the_log(stalls, path):
    """W1: two accepts for one slot; the one that comes late to the index leaves a PAD."""
    log = prepared(path)
    low = stopped(stalls, FRAME_FINISH, lambda: log.accept(0, B1, b"low"))
    log.accept(0, (1, 2), b"high", under=(1, 2), wait=False)
    stalls.release(FRAME_FINISH)
    try:
        low.end()
    except StaleBallotError:
        pass
    else:
        raise AssertionError("a lower vote over a higher one")
    # As kill -9 would leave it: a vote that was published is in the file, whatever the index says.
    frames = [frame.value for frame in layout.ring_frames(path) if frame.kind == "vote" and frame.slot == 0]
    assert frames == [b"high"], frames


def a_group_is_only_what_is_published(stalls, path):
    """G2: a sync does not take a frame that is reserved and not published for written."""
    log = prepared(path, durability="accept", lazy_sync_ms=60_000)
    first = stopped(stalls, FRAME_FINISH, lambda: log.accept(0, B1, b"zero"))
    second = Call(lambda: log.accept(1, B1, b"one"))
    assert second.waits(), "durable over an earlier writer's hole"
    stalls.release(FRAME_FINISH)
    first.end(), second.end()


def a_group_writes_what_was_reserved_before_it_later(stalls, path):
    """G2, from the other side: what came behind a stalled writer is on disk once that one has published."""
    log = prepared(path, durability="accept", lazy_sync_ms=60_000)
    log.accept(2, B1, b"two", wait=False)
    first = stopped(stalls, FRAME_FINISH, lambda: log.accept(0, B1, b"zero", wait=False))
    published = log.published_lsn
    log.accept(1, B1, b"one", wait=False)
    try:
        assert log.durable_lsn < published  # or there would be no group before the release
        log.wait_durable(published, timeout=HANG)  # what lies before the hole can be had
        assert log.durable_lsn <= published
    finally:
        stalls.release(FRAME_FINISH)
    first.end()
    log.sync()
    with open(f"{path}/ring", "rb") as file:
        data = file.read()
    assert b"zero" in data and b"one" in data


def evicted_slots_are_never_absent(stalls, path):
    """I3: the bound is raised before the words go, so a reader that misses a word looks into the segments."""
    log = small_log(path)
    slots = 3000
    for slot in range(slots):
        log.learn(slot, B1, value_of(slot, B1), wait=False)
    stalls.stop_at(EVICTING)
    checkpoint = Call(
        lambda: (log.learn(slots, B1, b"x" * 3000), [log.learn(slots + n, B1, b"x" * 3000) for n in range(1, 40)], log.checkpoint())
    )
    stalls.wait_stopped(EVICTING)
    for slot in range(0, slots, 7):
        assert log.read(slot).value == value_of(slot, B1)
    stalls.release(EVICTING)
    checkpoint.end()


def a_leaf_is_there_before_its_key(stalls, path):
    """I2: a walk over the leaves, here a discard's, does not end at one that is being added."""
    log = small_log(path)
    log.accept(64 * 5, B1, b"behind")  # alone: the table takes another leaf without growing
    accept = stopped(stalls, LEAF_STORED, lambda: log.accept(64 * 3, B1, b"new leaf"))
    log.discard(0)
    assert [entry.slot for entry in log.scan_uncommitted()] == [], "the discard has overlooked votes"
    stalls.release(LEAF_STORED)
    accept.end()


PROGRAMS = {
    function.__name__: function
    for function in (
        repeated_accept_waits,
        commit_waits_for_the_vote,
        repeated_commit_waits,
        promise_frame_comes_first,
        promise_waits_for_running_accepts,
        promise_shuts_out_at_once,
        discard_waits_for_running_accepts,
        accepts_wait_for_the_discard,
        nothing_is_carried_past_a_discard,
        a_batch_holds_its_slots,
        a_batch_is_nothing_before_it_is_published,
        a_stalled_writer_delays_no_other_vote,
        a_mark_that_loses_is_not_in_the_log,
        a_vote_that_loses_is_not_in_the_log,
        a_group_is_only_what_is_published,
        a_group_writes_what_was_reserved_before_it_later,
        evicted_slots_are_never_absent,
        a_leaf_is_there_before_its_key,
    )
}

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        status = 0
        try:
            PROGRAMS[sys.argv[1]](Stalls(), f"{folder}/log")
            print("passed")
        except BaseException:
            traceback.print_exc()
            status = 1
        sys.stdout.flush()
        sys.stderr.flush()
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(status)  # stopped threads would hold up the closing of logs
