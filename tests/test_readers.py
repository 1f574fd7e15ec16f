"""Iterating over committed entries, and following."""

import time

import layout
import pytest
from helpers import as_tuple, committed_log, run_threads, small_log, value_of

from fasterlog import (
    Ballot,
    CorruptedEntryError,
    GapError,
    LogClosedError,
    LogPoisonedError,
    SafetyViolationError,
    TruncatedError,
)

B1, B2 = Ballot(1, 1), Ballot(2, 1)


# ---- scans


def test_scan_uncommitted_is_one_highest_vote_per_slot_in_order(fresh_log):
    with fresh_log() as log:
        for slot in (300, 7, 64, 63):
            log.accept(slot, B1, b"first")
        log.accept(64, B2, b"second")
        log.commit(63, B1)
        assert [as_tuple(entry) for entry in log.scan_uncommitted()] == [
            (7, (1, 1), b"first", False),
            (64, (2, 1), b"second", False),
            (300, (1, 1), b"first", False),
        ]


def test_scan_uncommitted_is_bounded_half_open(fresh_log):
    with fresh_log() as log:
        for slot in range(10):
            log.accept(slot, B1, b"%d" % slot)
        assert [entry.slot for entry in log.scan_uncommitted(3, 6)] == [3, 4, 5]
        assert [entry.slot for entry in log.scan_uncommitted(start=8)] == [8, 9]
        assert [entry.slot for entry in log.scan_uncommitted(stop=2)] == [0, 1]
        assert log.scan_uncommitted(6, 3) == []


def slots_of(iterator):
    return [entry.slot for entry in iterator]


@pytest.mark.parametrize("place", ["ring", "tail", "both"])
def test_iter_committed_is_half_open_and_in_slot_order(fresh_log, place):
    with fresh_log() as log:
        committed_log(log, range(6))
        if place != "ring":
            log.checkpoint()
        committed_log(log, range(6, 10))
        if place == "tail":
            log.checkpoint()
        log.accept(10, B1, b"a vote is no part of it")
        assert slots_of(log.iter_committed()) == list(range(10))
        assert slots_of(log.iter_committed(3, 8)) == [3, 4, 5, 6, 7]
        assert slots_of(log.iter_committed(start=8)) == [8, 9]
        assert slots_of(log.iter_committed(stop=2)) == [0, 1]
        assert slots_of(log.iter_committed(4, 4)) == []
        assert all(entry.value == value_of(entry.slot, (1, 1)) for entry in log.iter_committed())


@pytest.mark.parametrize("place", ["ring", "tail"])
def test_iter_committed_at_a_gap(fresh_log, place):
    with fresh_log() as log:
        committed_log(log, [2, 3, 6])
        log.accept(4, B1, b"an undecided slot is a gap")
        if place == "tail":
            log.checkpoint()
        iterator = log.iter_committed()  # begins at the lowest committed slot held
        assert [next(iterator).slot, next(iterator).slot] == [2, 3]
        with pytest.raises(GapError, match="4"):
            next(iterator)
        with pytest.raises(GapError):
            next(log.iter_committed(0))
        assert slots_of(log.iter_committed(gaps="stop")) == [2, 3]
        assert slots_of(log.iter_committed(0, gaps="stop")) == []
        assert slots_of(log.iter_committed(gaps="skip")) == [2, 3, 6]
        assert slots_of(log.iter_committed(0, 6, gaps="skip")) == [2, 3]


def test_iter_committed_of_an_empty_log_is_empty(fresh_log):
    with fresh_log() as log:
        assert slots_of(log.iter_committed()) == []
        log.accept(0, B1, b"vote")
        assert slots_of(log.iter_committed()) == []


def test_iter_committed_goes_never_beyond_the_bound_taken_at_the_call(fresh_log):
    with fresh_log() as log:
        committed_log(log, range(5))
        iterator = log.iter_committed()
        assert next(iterator).slot == 0
        committed_log(log, range(5, 10))
        log.checkpoint()
        assert slots_of(iterator) == [1, 2, 3, 4]  # L1


# ---- follow


def test_follow_hands_out_what_is_there_and_times_out_at_the_end(fresh_log):
    with fresh_log() as log:
        committed_log(log, range(5))
        follower = log.follow(2, timeout=0.01)
        assert [next(follower).slot for _ in range(3)] == [2, 3, 4]
        with pytest.raises(TimeoutError):
            next(follower)
        committed_log(log, [5])
        assert next(follower).slot == 5  # resumed where it stood


def test_follow_waits_at_a_gap_and_never_skips_it(fresh_log):
    with fresh_log() as log:
        committed_log(log, [0, 2])
        follower = log.follow(0, timeout=0.01)
        assert next(follower).slot == 0
        with pytest.raises(TimeoutError):
            next(follower)
        committed_log(log, [1])
        assert [next(follower).slot, next(follower).slot] == [1, 2]


def test_follow_is_woken_by_a_commit(fresh_log):
    with fresh_log() as log:
        follower = log.follow(0, timeout=30)

        def commit_later():
            time.sleep(0.05)
            log.learn(0, B1, b"zero")

        entry, _ = run_threads(lambda: next(follower), commit_later, hang_seconds=25)
        assert entry.value == b"zero"


def test_follow_durable_hands_out_only_what_cannot_go_back(fresh_log):
    with fresh_log(durability="accept", lazy_sync_ms=20) as log:
        lsns = [log.learn(slot, B1, b"x", wait=False) for slot in range(20)]
        for entry, lsn in zip(log.follow(0, timeout=10, durable=True), lsns, strict=False):
            assert log.durable_lsn >= lsn
            if entry.slot == 19:
                break


@pytest.mark.parametrize("start", [0, 100])
def test_follow_ends_with_an_error_when_the_log_closes(fresh_log, start):
    with fresh_log() as log:
        follower = log.follow(start)

        def close_later():
            time.sleep(0.05)
            log.close()

        with pytest.raises(LogClosedError):
            run_threads(lambda: next(follower), close_later, hang_seconds=20)


def test_follow_ends_with_an_error_when_the_log_is_poisoned(fresh_log):
    with fresh_log() as log:
        log.learn(0, B1, b"zero")
        follower = log.follow(1)

        def poison_later():
            time.sleep(0.05)
            with pytest.raises(SafetyViolationError):
                log.learn(0, B1, b"another")

        with pytest.raises(LogPoisonedError):
            run_threads(lambda: next(follower), poison_later, hang_seconds=20)


def test_follow_below_first_slot_is_truncated(fresh_log):
    with fresh_log(first_slot=10) as log, pytest.raises(TruncatedError):
        next(log.follow(9, timeout=0.01))


def test_follow_ends_behind_the_last_slot_there_is(fresh_log):
    with fresh_log(first_slot=2**64 - 2) as log:
        for slot in (2**64 - 2, 2**64 - 1):
            log.learn(slot, B1, b"x")
        assert [entry.slot for entry in log.follow(2**64 - 2, timeout=5)] == [2**64 - 2, 2**64 - 1]


def test_follow_says_what_is_damaged_rather_than_wait(fresh_path):
    """L2: nobody is going to commit that slot again."""
    path = fresh_path()
    with small_log(path) as log:
        for slot in range(5):
            log.learn(slot, (1, 1), b"value" * 20)
        log.checkpoint()
        (segment,) = layout.segments(path)
        layout.flip(segment, list(layout.entries(segment))[2].value_offset)
        follower = log.follow(0, timeout=5)
        assert [next(follower).slot for _ in range(2)] == [0, 1]
        with pytest.raises(CorruptedEntryError):
            next(follower)
