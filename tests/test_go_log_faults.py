"""The ways in which the Go log that fasterlog is modelled on loses data, hangs or dies, each with the right behaviour.

Faults 8 (truncation) and 16 (snapshots) are tested with the modules that bring those.
"""

import shutil
import subprocess
import sys
import threading
import time

import layout
import pytest
from helpers import KIB, MIB, Child, as_tuple, run_threads, small_log, value_of, view

from fasterlog import (
    Ballot,
    BallotConflictError,
    BallotMismatchError,
    BufferFullError,
    CorruptedEntryError,
    CorruptedLogError,
    FasterLog,
    LogClosedError,
    LogLockedError,
    SlotCommittedError,
    StaleBallotError,
)

B1, B2, B3 = Ballot(1, 1), Ballot(2, 1), Ballot(3, 1)


def commit_new(log, slot, ballot=B1, size=None):
    log.accept(slot, ballot, value_of(slot, (ballot.id, ballot.node), size))
    log.commit(slot, ballot)


def test_fault_01_readers_live_on_while_the_tail_grows_past_a_segment(fresh_log):
    with fresh_log() as log:
        count = 3000
        kept = []

        def write():
            for slot in range(count):
                commit_new(log, slot, size=100)
                if slot % 100 == 99:
                    log.checkpoint()

        def read():
            slot = 0
            while slot < count:
                entry = log.get(slot)
                if entry is None or not entry.committed:
                    continue
                view = memoryview(entry)
                assert bytes(view) == value_of(slot, (1, 1), 100)
                if slot % 97 == 0:
                    kept.append((slot, view))
                slot += 1

        run_threads(write, read, read)
        assert log.stats().tail_segments >= 3
        assert all(bytes(view) == value_of(slot, (1, 1), 100) for slot, view in kept)


@pytest.mark.parametrize("place", ["ring", "tail", "reopened"])
def test_fault_02_accept_on_a_committed_slot_never_uncommits_it(fresh_path, place):
    path = fresh_path()
    with small_log(path) as log:
        log.accept(0, B2, b"chosen")
        log.commit(0, B2)
        if place != "ring":
            log.checkpoint()
        if place == "reopened":
            log.close()
            log = small_log(path)
        with log:
            for ballot, value, error in (
                (B1, b"chosen", StaleBallotError),
                (B1, b"other", StaleBallotError),
                (B2, b"other", SlotCommittedError),
                (B3, b"other", SlotCommittedError),
                (B3, b"chosen", None),
            ):
                if error is None:
                    log.accept(0, ballot, value)
                else:
                    with pytest.raises(error):
                        log.accept(0, ballot, value)
                assert as_tuple(log.read(0)) == (0, (2, 1), b"chosen", True)


def test_fault_03_a_lower_ballot_never_overwrites_a_higher_one(fresh_log):
    with fresh_log() as log:
        log.accept(0, B2, b"higher")
        with pytest.raises(StaleBallotError):
            log.accept(0, B1, b"lower")
        log.promise(B3)
        with pytest.raises(StaleBallotError):
            log.accept(1, B2, b"below the promise")
        with pytest.raises(StaleBallotError):
            log.promise(B2)
        with pytest.raises(BallotConflictError):
            for value in (b"one", b"two"):
                log.accept(1, B3, value)
        assert [as_tuple(entry) for entry in log.scan_uncommitted()] == [
            (0, (2, 1), b"higher", False),
            (1, (3, 1), b"one", False),
        ]


@pytest.mark.crash
@pytest.mark.thread_unsafe(reason="forks")
@pytest.mark.parametrize("level", ["process", "accept", "commit"])
@pytest.mark.parametrize("end", ["close", "kill -9"])
def test_fault_04_accepted_entries_outlive_the_process(fresh_path, level, end):
    path = fresh_path()

    def write(send):
        log = small_log(path, durability=level)
        for slot in range(100):
            log.accept(slot, B1, value_of(slot, (1, 1)))
        if end == "close":
            log.close()
        send("all returned")
        time.sleep(60)

    child = Child(write)
    assert child.receive(30) == "all returned"
    child.kill()
    with small_log(path, durability=level) as log:
        assert [as_tuple(entry) for entry in log.scan_uncommitted()] == [
            (slot, (1, 1), value_of(slot, (1, 1)), False) for slot in range(100)
        ]


def test_fault_05_a_full_ring_is_an_error_after_its_time_and_ends_with_close(fresh_log):
    with fresh_log(full_timeout=0.2) as log:
        voted = []
        with pytest.raises(BufferFullError) as caught:
            for slot in range(10_000):
                log.accept(slot, B1, b"x" * 200)
                voted.append(slot)
        assert isinstance(caught.value, TimeoutError)
        assert len(voted) * 200 > 32 * KIB
        assert [entry.slot for entry in log.scan_uncommitted()] == voted
        log.commit(voted[0], B1)  # W6: a ring full of votes can still be committed ...
        log.promise(B2)  # ... and promised
        for slot in voted[1:]:
            log.commit(slot, B1)
        log.accept(20_000, B2, b"and then there is room again")
    with fresh_log(full_timeout=60) as log:

        def fill():
            with pytest.raises(LogClosedError):
                for slot in range(10_000):
                    log.accept(slot, B1, b"x" * 200)

        def close_later():
            time.sleep(0.3)
            log.close()

        run_threads(fill, close_later, hang_seconds=30)


def test_fault_06_one_undecided_slot_at_the_front_blocks_nothing(fresh_path):
    path = fresh_path()
    with small_log(path, full_timeout=0.5) as log:
        log.accept(0, B1, b"undecided")
        for slot in range(1, 10_000):
            commit_new(log, slot)
        assert as_tuple(log.read(0)) == (0, (1, 1), b"undecided", False)
    with small_log(path) as log:
        assert as_tuple(log.read(0)) == (0, (1, 1), b"undecided", False)
        log.commit(0, B1)
        assert log.committed_through == 9_999


def test_fault_07_concurrent_commits_of_a_slot_store_it_once(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        for slot in range(100):
            log.accept(slot, B1, value_of(slot, (1, 1)))

        def commit_all():
            for slot in range(100):
                log.commit(slot, B1)

        run_threads(*[commit_all] * 8)
        run_threads(*[log.checkpoint] * 4)
        assert (len(log), log.stats().tail_entries) == (100, 100)
    stored = [frame.slot for segment in layout.segments(path) for frame in layout.entries(segment)]
    assert sorted(stored) == list(range(100))


def test_fault_07_a_commit_that_races_a_higher_accept_drops_neither(fresh_log):
    with fresh_log() as log:
        for slot in range(300):
            low, high = Ballot(2 * slot + 1, 1), Ballot(2 * slot + 2, 1)
            log.accept(slot, low, b"low")

            def commit(slot=slot, low=low):
                try:
                    log.commit(slot, low)
                except BallotMismatchError:
                    return False
                return True

            def accept(slot=slot, high=high):
                try:
                    log.accept(slot, high, b"high")
                except SlotCommittedError:
                    return False
                return True

            committed, accepted = run_threads(commit, accept)
            assert committed is not accepted
            entry = log.read(slot)
            if committed:
                assert (entry.ballot, entry.value, entry.committed) == (low, b"low", True)
            else:
                assert (entry.ballot, entry.value, entry.committed) == (high, b"high", False)
                log.commit(slot, high)


def test_fault_09_a_flipped_bit_is_reported_and_hides_nothing_behind_it(fresh_path):
    path, image = fresh_path(), fresh_path("image")
    with small_log(path, durability="accept") as log:
        for slot in range(100):
            log.accept(slot, B1, value_of(slot, (1, 1)))
        log.commit(50, B1)
        log.sync()
        shutil.copytree(path, image)
    path = image
    frame = layout.ring_frame(path, "vote", 50)
    layout.flip(f"{path}/ring", frame.value_offset + 1)
    for _ in range(2):  # a refusal changes nothing, so the next one is the same
        with pytest.raises(CorruptedLogError, match="ring"):
            small_log(path).close()
    with small_log(path, recovery="salvage") as log:
        assert log.recovery.clean is False
        assert log.recovery.damaged_slots == (50,)
        assert [entry.slot for entry in log.scan_uncommitted()] == [slot for slot in range(100) if slot != 50]
        with pytest.raises(CorruptedEntryError):
            log.read(50)
        log.learn(50, B1, value_of(50, (1, 1)))  # a peer knew it
    with small_log(path) as log:
        assert log.recovery.clean is True
        assert log.read_committed(50).value == value_of(50, (1, 1))


def test_fault_09_a_flipped_bit_in_the_tail_damages_its_own_entry_only(fresh_path):
    path = fresh_path()
    with small_log(path, durability="commit") as log:
        for slot in range(2000):
            commit_new(log, slot, size=100)
        log.checkpoint()
    sealed, *_ = layout.segments(path)
    frame = next(frame for frame in layout.entries(sealed) if frame.slot == 50)
    layout.flip(sealed, frame.value_offset + 1)
    with small_log(path) as log:
        with pytest.raises(CorruptedEntryError) as caught:
            log.read(50)
        assert (caught.value.slot, caught.value.ballot) == (50, B1)
        with pytest.raises(CorruptedEntryError):
            list(log.iter_committed())
        rest = [entry.slot for entry in log.iter_committed(skip_errors=True)]
        assert rest == [slot for slot in range(2000) if slot != 50]


def test_fault_10_ten_entries_take_little_disk(fresh_path):
    path = fresh_path()
    with FasterLog(path) as log:  # the default sizes: 64 MiB of ring, segments of 64 MiB
        for slot in range(10):
            commit_new(log, slot)
        log.checkpoint()
        assert layout.disk_usage(path) < 4 * MIB
    assert layout.disk_usage(path) < 4 * MIB


@pytest.mark.thread_unsafe(reason="starts processes")
def test_fault_11_a_second_process_is_refused_and_harms_nothing(fresh_path):
    path = fresh_path()
    code = f"from fasterlog import FasterLog; FasterLog({path!r})"
    with small_log(path) as log:
        for slot in range(50):
            commit_new(log, slot)
            if slot % 10 == 0:
                done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd="/")
                assert done.returncode == 1
                assert LogLockedError.__name__ in done.stderr
        before = view(log)
    with small_log(path) as log:
        assert view(log) == before
        assert len(log) == 50


def test_fault_12_plain_concurrent_use_never_mixes_slots_up(fresh_log):
    with fresh_log() as log:
        threads, count = 8, 400

        def work(index):
            for number in range(count):
                slot = number * threads + index
                commit_new(log, slot)
                assert as_tuple(log.read(slot)) == (slot, (1, 1), value_of(slot, (1, 1)), True)

        run_threads(*[lambda index=index: work(index) for index in range(threads)])
        assert [as_tuple(entry) for entry in log.iter_committed()] == [
            (slot, (1, 1), value_of(slot, (1, 1)), True) for slot in range(threads * count)
        ]


@pytest.mark.parametrize("use", ["read", "iterate", "scan", "accept", "sync", "follow", "checkpoint"])
def test_fault_13_close_beside_any_other_call_ends_it_cleanly(fresh_path, use):
    for _ in range(10):
        close_beside(fresh_path(), use)


def close_beside(path, use):
    log = small_log(path)
    for slot in range(200):
        commit_new(log, slot)
        log.accept(1000 + slot, B1, b"vote")
    following = log.follow(0)
    numbers = iter(range(10_000, 10**9))
    call = {
        "read": lambda: bytes(memoryview(log.read(7))),
        "iterate": lambda: [entry.value for entry in log.iter_committed()],
        "scan": lambda: log.scan_uncommitted(),
        "accept": lambda: log.accept(next(numbers), B1, b""),
        "sync": lambda: log.sync(),
        "follow": lambda: next(following),
        "checkpoint": lambda: log.checkpoint(),
    }[use]
    started = threading.Event()

    def use_it():
        try:
            while True:
                call()
                started.set()
        except (LogClosedError, BufferFullError):
            started.set()

    def close():
        started.wait(10)
        log.close()

    users = [use_it] if use in ("follow", "accept") else [use_it] * 3
    run_threads(close, *users, hang_seconds=20)
    with small_log(path) as again:
        assert len(again) == 200


def test_fault_14_iteration_in_order_shows_no_hole_while_commits_go_on(fresh_log):
    with fresh_log() as log:
        count = 2000
        done = threading.Event()

        def write():
            try:
                for slot in range(count):
                    commit_new(log, slot)
            finally:
                done.set()

        def iterate():
            reached = 0
            while reached < count:
                last = done.is_set()
                known = log.committed_through + 1
                slots = [entry.slot for entry in log.iter_committed(gaps="raise")]
                assert slots == list(range(len(slots)))  # no GapError, no hole
                assert len(slots) >= max(known, reached)  # L1: all that had returned before the call
                reached = len(slots)
                assert reached == count or not last

        run_threads(write, iterate, iterate)


def test_fault_15_a_stale_vote_is_never_committed(fresh_log):
    with fresh_log() as log:
        log.accept(0, B1, b"stale")
        log.promise(B3)
        for ballot in (None, B2, B3):
            with pytest.raises(BallotMismatchError):
                log.commit(0, ballot)
        assert log.read(0).committed is False
        log.learn(0, B3, b"chosen elsewhere")
        assert log.read_committed(0).value == b"chosen elsewhere"
