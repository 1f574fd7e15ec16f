"""FasterLog's calls, one by one: what each returns, refuses and leaves as it was."""

import copy
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import pytest
from helpers import KIB, as_tuple, eventually, run_threads, small_log, tree, value_of, view

from fasterlog import (
    Ballot,
    BallotConflictError,
    BallotMismatchError,
    BatchTooLargeError,
    Config,
    EntryTooLargeError,
    FasterLog,
    FasterLogError,
    GapError,
    LogClosedError,
    LogPoisonedError,
    NotCommittedError,
    SafetyViolationError,
    SlotCommittedError,
    SlotNotFoundError,
    StaleBallotError,
    TruncatedError,
)

LEVELS = ("process", "accept", "commit")
B1, B2, B3 = Ballot(1, 1), Ballot(2, 1), Ballot(3, 1)
LARGEST = 2**64 - 1


def committed_log(log, slots, ballot=B1):
    for slot in slots:
        log.accept(slot, ballot, value_of(slot, (ballot.id, ballot.node)))
        log.commit(slot, ballot)


# ---- promise


def test_promise_of_a_new_log_reports_nothing_but_where_it_stands(fresh_log):
    with fresh_log() as log:
        report = log.promise(B2)
        assert report.ballot == B2
        assert report.lsn == log.published_lsn
        assert (report.committed_through, report.first_slot) == (-1, 0)
        assert list(report.entries) == []
        assert report.floor == log.floor
        assert log.promised == B2


def test_promise_reports_votes_and_decisions_above_committed_through_in_slot_order(fresh_log):
    with fresh_log() as log:
        committed_log(log, [0, 1])
        log.accept(9, B1, b"nine")
        log.accept(3, B1, b"old three")
        log.accept(3, B2, b"three")
        log.learn(5, B1, b"five")  # C2: a decision above a gap must be there too
        report = log.promise(B3)
        assert report.committed_through == 1
        assert [as_tuple(entry) for entry in report.entries] == [
            (3, (2, 1), b"three", False),
            (5, (1, 1), b"five", True),
            (9, (1, 1), b"nine", False),
        ]


def test_promise_below_the_promised_is_stale_and_says_what_is_promised(fresh_log):
    with fresh_log() as log:
        log.promise(B2)
        with pytest.raises(StaleBallotError) as caught:
            log.promise(Ballot(2, 0))
        assert caught.value.promised == B2
        assert log.promised == B2


def test_promise_of_the_promised_ballot_is_idempotent(fresh_log):
    with fresh_log() as log:
        first = log.promise(B2)
        log.accept(0, B2, b"zero")
        second = log.promise(B2)
        assert [entry.slot for entry in second.entries] == [0]
        assert second.ballot == first.ballot == log.promised


def test_promise_is_durable_when_it_returns_with_everything_it_reports(fresh_log):
    with fresh_log(durability="accept") as log:
        log.accept(0, B1, b"zero", wait=False)
        report = log.promise(B2)
        assert log.durable_lsn >= report.lsn


# ---- accept


def test_accept_stores_a_vote_and_returns_the_frames_end(fresh_log):
    with fresh_log() as log:
        first = log.accept(7, B1, b"seven")
        assert first == log.published_lsn  # W8
        second = log.accept(8, B1, b"")
        assert second > first
        assert as_tuple(log.read(7)) == (7, (1, 1), b"seven", False)
        assert log.read(8).value == b""


def test_accept_raises_the_promise_to_its_ballot(fresh_log):
    with fresh_log() as log:
        log.accept(0, B2, b"zero")
        assert log.promised == B2
        with pytest.raises(StaleBallotError) as caught:
            log.accept(1, B1, b"one")
        assert caught.value.promised == B2
        assert 1 not in log


def test_accept_with_under_raises_the_promise_to_the_messages_ballot_and_keeps_the_entrys(fresh_log):
    with fresh_log() as log:
        log.accept(0, B1, b"zero", under=B3)  # W5
        assert log.promised == B3
        assert log.read(0).ballot == B1
        with pytest.raises(StaleBallotError):
            log.accept(1, B1, b"one", under=B2)
        log.accept(1, B1, b"one", under=B3)
        assert log.read(1).ballot == B1


def test_accept_of_a_higher_ballot_replaces_the_vote(fresh_log):
    with fresh_log() as log:
        log.accept(0, B1, b"one")
        log.accept(0, B2, b"two")
        assert as_tuple(log.read(0)) == (0, (2, 1), b"two", False)
        assert [as_tuple(entry) for entry in log.scan_uncommitted()] == [(0, (2, 1), b"two", False)]


def test_accept_below_the_slots_vote_is_stale_though_the_promise_would_allow_it(fresh_log):
    with fresh_log() as log:
        log.accept(0, B2, b"two", under=B3)
        with pytest.raises(StaleBallotError):
            log.accept(0, B1, b"one", under=B3)
        assert log.read(0).value == b"two"


def test_accept_of_the_same_ballot_and_value_is_idempotent(fresh_log):
    with fresh_log() as log:
        first = log.accept(0, B1, b"zero")
        published = log.published_lsn
        assert log.accept(0, B1, b"zero") == first  # W4: the original frame's LSN
        assert log.published_lsn == published


def test_accept_of_the_same_ballot_and_another_value_is_a_conflict(fresh_log):
    with fresh_log() as log:
        log.accept(0, B1, b"zero")
        for other in (b"null", b"zer", b"zero0", b""):
            with pytest.raises(BallotConflictError):
                log.accept(0, B1, other)
        assert log.read(0).value == b"zero"


def test_accept_on_a_committed_slot_is_fine_with_its_value_only(fresh_log):
    with fresh_log() as log:
        committed_log(log, [0])
        value = log.read(0).value
        log.accept(0, B1, value)
        log.accept(0, B2, value)
        with pytest.raises(SlotCommittedError) as caught:
            log.accept(0, B2, b"another")
        assert as_tuple(caught.value.entry) == (0, (1, 1), value, True)
        assert as_tuple(log.read(0)) == (0, (1, 1), value, True)


def test_accept_on_a_slot_that_lies_in_the_tail_behaves_the_same(fresh_log):
    with fresh_log() as log:
        committed_log(log, [0])
        log.checkpoint()
        value = log.read(0).value
        log.accept(0, B2, value)
        with pytest.raises(SlotCommittedError) as caught:
            log.accept(0, B2, b"another")
        assert as_tuple(caught.value.entry) == (0, (1, 1), value, True)


def test_accept_reports_a_stale_ballot_before_a_bad_value(fresh_log):
    with fresh_log() as log:
        log.promise(B2)
        with pytest.raises(StaleBallotError):
            log.accept(0, B1, bytes(8 * KIB))


def test_accept_below_first_slot_is_truncated(fresh_log):
    with fresh_log(first_slot=10) as log:
        with pytest.raises(TruncatedError):
            log.accept(9, B1, b"nine")
        log.accept(10, B1, b"ten")


def test_accept_takes_any_buffer_and_copies_it(fresh_log):
    with fresh_log() as log:
        source = bytearray(b"first")
        log.accept(0, B1, source)
        source[:] = b"other"
        log.accept(1, B1, memoryview(b"..second..")[2:8])
        assert (log.read(0).value, log.read(1).value) == (b"first", b"second")


def test_accept_takes_a_tuple_for_a_ballot(fresh_log):
    with fresh_log() as log:
        log.accept(0, (1, 1), b"zero")
        assert log.read(0).ballot == B1


def test_accept_of_the_largest_value_fits_and_one_more_byte_does_not(fresh_log):
    with fresh_log() as log:
        size = log.config.max_value_size
        assert size == 64 * KIB // 16 - 64  # F4
        log.accept(0, B1, b"x" * size)
        assert log.read(0).value == b"x" * size
        with pytest.raises(EntryTooLargeError):
            log.accept(1, B1, b"x" * (size + 1))
        assert 1 not in log


def test_any_slot_up_to_the_largest_works_without_a_window(fresh_log):
    with fresh_log() as log:
        for slot in (LARGEST, 0, 2**63, 2**32):
            log.accept(slot, B1, b"%d" % slot)
        assert [entry.slot for entry in log.scan_uncommitted()] == [0, 2**32, 2**63, LARGEST]
        log.commit(LARGEST, B1)
        assert log.read_committed(LARGEST).value == b"%d" % LARGEST
        assert log.committed_range() == (LARGEST, LARGEST, 1)
        assert log.committed_through == -1


def test_slot_window_bounds_how_far_ahead_a_slot_may_lie(fresh_log):
    with fresh_log(slot_window=100) as log:
        log.accept(99, B1, b"inside")
        with pytest.raises(ValueError, match="100"):
            log.accept(101, B1, b"outside")
        assert 101 not in log
        log.learn(0, B1, b"zero")
        log.accept(100, B1, b"the window moves with the first undecided slot")


@pytest.mark.parametrize("level", LEVELS)
def test_waited_for_calls_are_durable_when_they_return(fresh_log, level):
    with fresh_log(durability=level) as log:
        calls = {
            "accept": lambda: log.accept(0, B1, b"zero"),
            "commit": lambda: log.commit(0, B1),
            "learn": lambda: log.learn(1, B1, b"one"),
        }
        waits = {"process": (), "accept": ("accept",), "commit": ("accept", "commit", "learn")}
        for name, call in calls.items():
            lsn = call()
            if name in waits[level]:
                assert log.durable_lsn >= lsn, name


@pytest.mark.parametrize("level", LEVELS)
def test_wait_true_makes_any_call_durable_at_any_level(fresh_log, level):
    with fresh_log(durability=level) as log:
        for lsn in (
            log.accept(0, B1, b"zero", wait=True),
            log.commit(0, B1, wait=True),
            log.learn(1, B1, b"one", wait=True),
        ):
            assert log.durable_lsn >= lsn
        for call in (
            lambda: log.discard(5, wait=True),
            lambda: log.set_meta({"term": b"1"}, wait=True),
        ):
            call()
            assert log.durable_lsn >= log.published_lsn


def test_lazy_sync_makes_unwaited_calls_durable_by_itself(fresh_log):
    with fresh_log(durability="accept", lazy_sync_ms=5) as log:
        lsn = log.accept(0, B1, b"zero", wait=False)
        eventually(lambda: log.durable_lsn >= lsn)


# ---- commit


def test_commit_marks_the_vote_of_its_ballot(fresh_log):
    with fresh_log() as log:
        lsn = log.accept(0, B1, b"zero")
        assert log.commit(0, B1) > lsn
        assert as_tuple(log.read(0)) == (0, (1, 1), b"zero", True)
        assert as_tuple(log.read_committed(0)) == (0, (1, 1), b"zero", True)
        assert log.scan_uncommitted() == []


def test_commit_of_another_ballot_is_a_mismatch_and_commits_nothing(fresh_log):
    with fresh_log() as log:
        log.accept(0, B2, b"zero")
        for other in (B1, B3, Ballot(2, 2)):
            with pytest.raises(BallotMismatchError):
                log.commit(0, other)
        assert log.read(0).committed is False


def test_commit_without_a_ballot_requires_the_promised_one(fresh_log):
    with fresh_log() as log:
        log.accept(0, B1, b"zero")
        log.promise(B2)
        with pytest.raises(BallotMismatchError):
            log.commit(0)
        log.accept(0, B2, b"zero")
        log.commit(0)
        assert log.read(0).committed is True


def test_commit_of_a_stale_vote_by_its_own_ballot_is_a_decision(fresh_log):
    with fresh_log() as log:
        log.accept(0, B1, b"zero")
        log.promise(B2)
        log.commit(0, B1)
        assert log.read_committed(0).ballot == B1


def test_commit_without_a_vote_points_to_learn(fresh_log):
    with fresh_log() as log, pytest.raises(SlotNotFoundError, match="learn"):
        log.commit(0, B1)


def test_commit_is_idempotent(fresh_log):
    with fresh_log() as log:
        log.accept(0, B1, b"zero")
        first = log.commit(0, B1)
        published = log.published_lsn
        assert log.commit(0, B1) == first
        log.checkpoint()
        log.commit(0, B1)
        assert log.published_lsn >= published
        assert len(log) == 1


def test_commit_below_first_slot_is_truncated(fresh_log):
    with fresh_log(first_slot=10) as log, pytest.raises(TruncatedError):
        log.commit(9, B1)


# ---- learn


def test_learn_commits_a_value_that_was_never_accepted(fresh_log):
    with fresh_log() as log:
        log.learn(4, B2, b"four")
        assert as_tuple(log.read_committed(4)) == (4, (2, 1), b"four", True)
        assert log.promised is None  # a decision promises nothing


def test_learn_replaces_whatever_vote_there_was(fresh_log):
    with fresh_log() as log:
        log.accept(0, B2, b"vote")
        log.learn(0, B1, b"chosen")
        assert as_tuple(log.read(0)) == (0, (1, 1), b"chosen", True)
        assert log.scan_uncommitted() == []


def test_learn_again_with_the_same_value_is_fine(fresh_log):
    with fresh_log() as log:
        log.learn(0, B1, b"chosen")
        log.learn(0, B1, b"chosen")
        log.learn(0, B3, b"chosen")
        log.checkpoint()
        log.learn(0, B1, b"chosen")
        assert len(log) == 1
        assert log.poisoned is None


@pytest.mark.parametrize("place", ["ring", "tail"])
def test_learn_of_another_committed_value_is_a_safety_violation_and_poisons(fresh_path, place):
    path = fresh_path()
    with small_log(path) as log:
        committed_log(log, [0])
        value = log.read(0).value
        log.accept(1, B1, b"vote")
        if place == "tail":
            log.checkpoint()
        with pytest.raises(SafetyViolationError):
            log.learn(0, B3, b"another")
        assert log.poisoned is not None
        assert log.poisoned.reason
        for change in (
            lambda: log.promise(B3),
            lambda: log.accept(2, B3, b"two"),
            lambda: log.commit(1, B1),
            lambda: log.learn(3, B1, b"three"),
            lambda: log.discard(1),
            lambda: log.set_meta({"key": b"value"}),
            lambda: log.checkpoint(),
        ):
            with pytest.raises(LogPoisonedError):
                change()
        # A poisoned log still reads.
        assert log.read(0).value == value
        assert [entry.slot for entry in log.scan_uncommitted()] == [1]
        assert [entry.slot for entry in log.iter_committed()] == [0]
        assert (len(log), log.committed_through) == (1, 0)
    with small_log(path) as log:  # only reopening helps
        assert log.poisoned is None
        assert log.read(0).value == value
        log.accept(2, B3, b"two")


# ---- discard


def test_discard_drops_votes_at_and_above_its_slot(fresh_log):
    with fresh_log() as log:
        for slot in (1, 4, 5, 900):
            log.accept(slot, B1, b"%d" % slot)
        log.discard(4)
        assert [entry.slot for entry in log.scan_uncommitted()] == [1]
        assert 4 not in log
        with pytest.raises(SlotNotFoundError):
            log.read(5)
        log.accept(4, B1, b"another value may follow, even of the same ballot")


def test_discard_is_refused_at_and_below_a_committed_slot(fresh_log):
    with fresh_log() as log:
        log.accept(9, B1, b"nine")
        committed_log(log, [5])
        for start in (0, 5):
            with pytest.raises(SlotCommittedError):
                log.discard(start)
        log.checkpoint()
        with pytest.raises(SlotCommittedError):
            log.discard(5)
        assert 9 in log
        log.discard(6)
        assert 9 not in log


def test_discard_of_nothing_is_fine(fresh_log):
    with fresh_log() as log:
        log.discard(0)
        log.discard(LARGEST)


# ---- batch


def test_batch_takes_effect_as_a_whole_at_its_end(fresh_log):
    with fresh_log() as log:
        log.accept(0, B1, b"zero")
        log.accept(9, B1, b"nine")
        with log.batch() as batch:
            batch.discard(9)
            batch.commit(0, B1)
            batch.accept(1, B1, b"one")
            batch.learn(2, B1, b"two")
            batch.set_meta({"term": b"1"})
            assert (log.read(0).committed, 1 in log, 2 in log, 9 in log) == (False, False, False, True)
            assert log.meta == {}
        assert batch.lsn == log.published_lsn
        assert (log.read(0).committed, log.read(2).committed) == (True, True)
        assert log.read(1).value == b"one"
        assert 9 not in log
        assert log.meta == {"term": b"1"}


def test_batch_whose_body_raises_leaves_nothing(fresh_log):
    with fresh_log() as log:
        log.accept(0, B1, b"zero")
        before, lsn = view(log), log.published_lsn
        with pytest.raises(RuntimeError, match="no"), log.batch() as batch:
            batch.accept(1, B2, b"one")
            batch.commit(0, B1)
            batch.set_meta({"term": b"1"})
            raise RuntimeError("no")
        assert view(log) == before
        assert log.published_lsn == lsn


def test_an_empty_batch_writes_nothing(fresh_log):
    with fresh_log() as log:
        lsn = log.published_lsn
        with log.batch():
            pass
        assert log.published_lsn == lsn


def test_batch_checks_at_each_call_and_goes_on_after_a_refused_one(fresh_log):
    with fresh_log() as log:
        log.promise(B2)
        committed_log(log, [0], B2)
        log.accept(1, B2, b"one")
        with log.batch() as batch:
            with pytest.raises(StaleBallotError):
                batch.accept(5, B1, b"five")
            with pytest.raises(SlotCommittedError):
                batch.accept(0, B2, b"another")
            with pytest.raises(BallotConflictError):
                batch.accept(1, B2, b"another")
            with pytest.raises(BallotMismatchError):
                batch.commit(1, B1)
            with pytest.raises(SlotNotFoundError):
                batch.commit(7, B2)
            with pytest.raises(SlotCommittedError):
                batch.discard(0)
            batch.accept(2, B2, b"two")
        assert [entry.slot for entry in log.scan_uncommitted()] == [1, 2]


def test_batch_sees_its_own_calls(fresh_log):
    with fresh_log() as log:
        with log.batch() as batch:
            batch.accept(0, B1, b"zero")
            batch.commit(0, B1)
            with pytest.raises(SlotCommittedError):
                batch.accept(0, B1, b"another")
        assert as_tuple(log.read_committed(0)) == (0, (1, 1), b"zero", True)


def test_batch_is_one_frame_and_one_wait(fresh_log):
    with fresh_log(durability="accept") as log:
        with log.batch() as batch:
            for slot in range(20):
                batch.accept(slot, B1, b"%d" % slot)
        assert log.durable_lsn >= batch.lsn
        assert len(log.scan_uncommitted()) == 20


def test_batch_that_does_not_fit_is_refused_and_leaves_nothing(fresh_log):
    with fresh_log() as log:
        with pytest.raises(BatchTooLargeError), log.batch() as batch:
            for slot in range(100):
                batch.accept(slot, B1, b"x" * 1000)
        assert log.scan_uncommitted() == []
        assert log.promised is None


def test_a_batch_cannot_be_used_after_its_end(fresh_log):
    with fresh_log() as log:
        with log.batch() as batch:
            batch.accept(0, B1, b"zero")
        with pytest.raises((ValueError, RuntimeError)):
            batch.accept(1, B1, b"one")
        assert 1 not in log


def test_batch_survives_a_reopen_as_a_whole(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        with log.batch() as batch:
            for slot in range(10):
                batch.accept(slot, B1, value_of(slot, (1, 1)))
                batch.commit(slot, B1)
            batch.accept(10, B1, b"vote")
            batch.set_meta({"term": b"7"})
        before = view(log)
    with small_log(path) as log:
        assert view(log) == before


# ---- meta


def test_set_meta_merges_and_none_removes(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        assert log.meta == {}
        log.set_meta({"term": b"1", "vote": b"n1"})
        log.set_meta({"term": b"2", "wörter": b"\0\xff"})
        log.set_meta({"vote": None, "never there": None})
        expected = {"term": b"2", "wörter": b"\0\xff"}
        assert log.meta == expected
    with small_log(path) as log:
        assert log.meta == expected


def test_meta_is_a_copy(fresh_log):
    with fresh_log() as log:
        log.set_meta({"term": b"1"})
        log.meta["term"] = b"2"
        log.meta["other"] = b"3"
        assert log.meta == {"term": b"1"}


def test_meta_takes_any_bytes_like_value(fresh_log):
    with fresh_log() as log:
        log.set_meta({"a": bytearray(b"one"), "b": memoryview(b"two"), "": b""})
        assert log.meta == {"a": b"one", "b": b"two", "": b""}


def test_meta_survives_the_reclaiming_of_its_frame(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        log.set_meta({"term": b"1"})
        committed_log(log, range(2000))  # several times around the ring
        assert log.meta == {"term": b"1"}
    with small_log(path) as log:
        assert log.meta == {"term": b"1"}


# ---- reads


def test_read_of_a_slot_that_holds_nothing(fresh_log):
    with fresh_log() as log:
        for read in (log.read, log.read_committed):
            with pytest.raises(SlotNotFoundError) as caught:
                read(3)
            assert isinstance(caught.value, KeyError)
            assert "3" in str(caught.value)
            assert not str(caught.value).startswith("'")  # plain text, not the repr of a KeyError's argument


def test_read_committed_of_a_vote_is_refused(fresh_log):
    with fresh_log() as log:
        log.accept(0, B1, b"zero")
        with pytest.raises(NotCommittedError):
            log.read_committed(0)


def test_read_below_first_slot_is_truncated(fresh_log):
    with fresh_log(first_slot=10) as log:
        for read in (log.read, log.read_committed):
            with pytest.raises(TruncatedError):
                read(9)
            with pytest.raises(SlotNotFoundError):
                read(10)


def test_get_gives_a_default_where_read_raises_not_found(fresh_log):
    with fresh_log() as log:
        log.accept(0, B1, b"zero")
        assert log.get(0).value == b"zero"
        assert log.get(1) is None
        assert log.get(1, "none") == "none"
        assert log.get(1, default="none") == "none"


def test_in_tells_of_votes_and_commits_and_len_counts_commits(fresh_log):
    with fresh_log() as log:
        log.accept(0, B1, b"zero")
        log.learn(2, B1, b"two")
        assert [slot in log for slot in range(4)] == [True, False, True, False]
        assert len(log) == 1
        log.checkpoint()
        assert [slot in log for slot in range(4)] == [True, False, True, False]
        assert len(log) == 1


def test_reads_are_the_same_from_ring_and_tail_and_after_a_reopen(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        committed_log(log, range(50))
        log.accept(50, B1, b"vote")
        before = view(log)
        log.checkpoint()
        assert view(log) == before
    with small_log(path) as log:
        assert view(log) == before


def test_memoryview_of_an_entry_shows_its_value_read_only(fresh_log):
    with fresh_log() as log:
        log.learn(0, B1, b"zero")
        ring = memoryview(log.read(0))
        log.checkpoint()
        tail = memoryview(log.read(0))
        assert bytes(ring) == bytes(tail) == b"zero"
        assert ring.readonly and tail.readonly


def test_views_stay_valid_after_close(fresh_log):
    with fresh_log() as log:
        committed_log(log, range(10))
        ring = [memoryview(log.read(slot)) for slot in range(10)]
        log.checkpoint()
        tail = [memoryview(log.read(slot)) for slot in range(10)]
        entry = log.read(3)
    for slot in range(10):
        expected = value_of(slot, (1, 1))
        assert bytes(ring[slot]) == bytes(tail[slot]) == expected
    assert entry.value == value_of(3, (1, 1))


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


# ---- properties


def test_properties_of_an_empty_log(fresh_log):
    with fresh_log() as log:
        assert log.committed_range() == (None, None, 0)
        assert (log.committed_through, log.first_slot, log.last_slot) == (-1, 0, -1)
        assert (log.floor, log.promised) == (None, None)
        assert (len(log), log.meta, log.poisoned) == (0, {}, None)


def test_properties_of_an_empty_log_with_a_first_slot(fresh_log):
    with fresh_log(first_slot=10) as log:
        assert log.committed_range() == (None, None, 0)
        assert (log.committed_through, log.first_slot, log.last_slot) == (9, 10, 9)


def test_committed_through_is_the_end_of_the_contiguous_prefix(fresh_log):
    with fresh_log() as log:
        committed_log(log, [0, 1, 3, 4])
        assert log.committed_through == 1
        assert log.committed_range() == (0, 4, 4)
        committed_log(log, [2])
        assert log.committed_through == 4
        log.checkpoint()
        assert log.committed_through == 4
        assert log.committed_range() == (0, 4, 5)


def test_committed_through_passes_over_a_prefix_longer_than_a_leaf(fresh_log):
    with fresh_log() as log:
        for slot in reversed(range(1, 300)):
            log.learn(slot, B1, b"x")
        assert log.committed_through == -1
        log.learn(0, B1, b"x")
        assert log.committed_through == 299


def test_last_slot_counts_votes_and_commits(fresh_log):
    with fresh_log() as log:
        log.accept(5, B1, b"five")
        assert log.last_slot == 5
        log.learn(9, B1, b"nine")
        assert log.last_slot == 9


def test_ballot_max_is_the_highest_ballot_seen(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        log.accept(0, B1, b"zero")
        assert log.ballot_max == B1
        log.learn(1, B3, b"one")
        assert (log.ballot_max, log.promised) == (B3, B1)
    with small_log(path) as log:
        assert (log.ballot_max, log.promised) == (B3, B1)


def test_config_is_the_effective_one_and_the_stored_sizes_stand(fresh_path):
    path = fresh_path()
    with small_log(path, first_slot=3, identity=b"node-1") as log:
        config = log.config
        assert isinstance(config, Config)
        assert (config.mutable_size, config.segment_size, config.first_slot) == (64 * KIB, 64 * KIB, 3)
    with FasterLog(path, mutable_size=128 * KIB, segment_size=256 * KIB, first_slot=9, identity=b"node-1") as log:
        config = log.config
        assert (config.mutable_size, config.segment_size, config.first_slot) == (64 * KIB, 64 * KIB, 3)
        assert (config.durability, log.first_slot) == ("accept", 3)


# ---- sync, checkpoint, space


@pytest.mark.parametrize("level", LEVELS)
def test_sync_covers_everything_returned_before_it(fresh_log, level):
    with fresh_log(durability=level) as log:
        lsns = [log.accept(slot, B1, b"x", wait=False) for slot in range(50)]
        log.sync()
        assert log.durable_lsn >= lsns[-1]
        assert log.durable_lsn <= log.published_lsn


@pytest.mark.parametrize("level", LEVELS)
def test_wait_durable_makes_its_ticket_durable(fresh_log, level):
    with fresh_log(durability=level) as log:
        lsn = log.accept(0, B1, b"zero", wait=False)
        log.wait_durable(lsn, timeout=10)
        assert log.durable_lsn >= lsn
        log.wait_durable(lsn)


def test_wait_durable_beyond_what_is_published_does_not_hang(fresh_log):
    with fresh_log() as log, pytest.raises((TimeoutError, ValueError)):
        log.wait_durable(log.published_lsn + 4096, timeout=0.05)


def test_checkpoint_drains_the_ring_to_the_tail(fresh_log):
    with fresh_log() as log:
        committed_log(log, range(100))
        log.accept(100, B1, b"vote")
        used = log.used_space
        log.checkpoint()
        assert log.used_space < used // 4
        assert log.available_space > 0
        assert slots_of(log.iter_committed()) == list(range(100))
        assert slots_of(log.scan_uncommitted()) == [100]


def test_used_and_available_space_share_the_ring(fresh_log):
    with fresh_log() as log:
        used, available = log.used_space, log.available_space
        assert 0 < available <= 64 * KIB
        assert used + available <= 64 * KIB
        log.accept(0, B1, b"x" * 1000)
        assert log.used_space >= used + 1000
        assert log.available_space <= available - 1000


def test_checkpoint_of_nothing_is_fine(fresh_log):
    with fresh_log() as log:
        log.checkpoint()
        log.checkpoint()
        assert len(log) == 0


def test_stats_is_an_immutable_record(fresh_log):
    with fresh_log() as log:
        committed_log(log, range(10))
        log.checkpoint()
        stats = log.stats()
        name = next(name for name in dir(stats) if not name.startswith("_"))
        with pytest.raises((AttributeError, TypeError)):
            setattr(stats, name, 1)
        assert "\n" not in repr(stats)


# ---- opening, closing


def test_path_may_be_any_path_like_and_config_does_the_same(fresh_path):
    import pathlib

    path = pathlib.Path(fresh_path())
    with FasterLog(path, mutable_size=64 * KIB) as log:
        log.accept(0, B1, b"zero")
        config = log.config
    with FasterLog(config=config) as log:
        assert log.read(0).value == b"zero"


def test_close_is_idempotent_and_later_calls_say_so(fresh_log):
    log = fresh_log()
    with log:
        log.learn(0, B1, b"zero")
        follower = log.follow(0)
        iterator = log.iter_committed()
    log.close()
    log.close()
    for call in (
        lambda: log.promise(B3),
        lambda: log.accept(1, B3, b"one"),
        lambda: log.commit(0, B1),
        lambda: log.learn(0, B1, b"zero"),
        lambda: log.discard(0),
        lambda: log.batch().__enter__(),
        lambda: log.set_meta({}),
        lambda: log.meta,
        lambda: log.read(0),
        lambda: log.read_committed(0),
        lambda: log.get(0),
        lambda: 0 in log,
        lambda: len(log),
        lambda: log.scan_uncommitted(),
        lambda: next(iter(log.iter_committed())),
        lambda: next(log.follow(0)),
        lambda: next(follower),
        lambda: next(iterator),
        lambda: log.committed_range(),
        lambda: log.committed_through,
        lambda: log.promised,
        lambda: log.sync(),
        lambda: log.wait_durable(0),
        lambda: log.durable_lsn,
        lambda: log.checkpoint(),
        lambda: log.used_space,
        lambda: log.stats(),
        lambda: log.__enter__(),
    ):
        with pytest.raises(LogClosedError) as caught:
            call()
        assert isinstance(caught.value, ValueError)


def test_with_closes_also_when_the_body_raises(fresh_log):
    log = fresh_log()
    with pytest.raises(RuntimeError), log:
        raise RuntimeError
    with pytest.raises(LogClosedError):
        log.read(0)


@pytest.mark.thread_unsafe(reason="looks for a warning, which is process-wide")
def test_an_unclosed_log_warns_and_gives_back_its_lock(fresh_path):
    path = fresh_path()
    log = small_log(path)
    log.accept(0, B1, b"zero")
    with pytest.warns(ResourceWarning, match="log"):
        del log
    with small_log(path) as log:
        assert 0 in log


def test_an_unclosed_log_is_closed_where_warnings_are_errors_too(fresh_path):
    """The warning must not keep the log from being closed: its memory goes away with the object (STYLE: pitfall 7)."""
    code = (
        "import sys, fasterlog\n"
        "for turn in range(20):\n"
        "    log = fasterlog.FasterLog(sys.argv[1], mutable_size=65536)\n"
        "    log.accept(turn, (1, 1), b'x')\n"
        "    del log\n"
        "with fasterlog.FasterLog(sys.argv[1]) as log: print(len(log.scan_uncommitted()))"
    )
    command = [sys.executable, "-W", "error", "-c", code, fresh_path()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/")
    assert (done.returncode, done.stdout) == (0, "20\n"), done.stderr
    assert "unclosed log" in done.stderr


def test_a_log_refuses_pickle_and_copy_and_has_a_short_repr(fresh_log):
    with fresh_log() as log:
        for refuse in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                refuse(log)
        assert "\n" not in repr(log)
        assert "log" in repr(log)
    assert "closed" in repr(log)


def test_reports_pickle_and_have_short_reprs(fresh_log):
    with fresh_log() as log:
        log.accept(0, B1, b"zero")
        report = log.promise(B2)
        again = pickle.loads(pickle.dumps(report))
        assert (again.ballot, again.lsn, list(map(as_tuple, again.entries))) == (
            report.ballot,
            report.lsn,
            list(map(as_tuple, report.entries)),
        )
        recovery = pickle.loads(pickle.dumps(log.recovery))
        assert recovery == log.recovery
        assert "\n" not in repr(report) + repr(recovery) + repr(log.config)


def test_closing_writes_nothing_that_opening_again_does_not_undo(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        committed_log(log, range(20))
        log.accept(20, B2, b"vote")
        log.set_meta({"term": b"1"})
        before = view(log)
    for _ in range(3):
        with small_log(path) as log:
            assert view(log) == before


def test_every_error_is_a_fasterlog_error(fresh_log):
    with fresh_log() as log, pytest.raises(FasterLogError):
        log.read(0)


def test_nothing_is_written_outside_the_directory(fresh_path):
    path = fresh_path("inside")
    with small_log(path) as log:
        committed_log(log, range(10))
        log.checkpoint()
    assert os.listdir(os.path.dirname(path)) == ["inside"]
    assert tree(path)


# ---- waits: they time out, let other threads run, and answer Ctrl-C


def test_waiting_calls_release_the_interpreter(fresh_log):
    with fresh_log() as log:
        ticks = 0

        def follow():
            with pytest.raises(TimeoutError):
                next(log.follow(0, timeout=0.5))

        def count():
            nonlocal ticks
            deadline = time.monotonic() + 0.4
            while time.monotonic() < deadline:
                ticks += 1
                time.sleep(0.001)

        run_threads(follow, count)
        assert ticks > 10


@pytest.mark.thread_unsafe(reason="sends a signal to the process")
def test_follow_answers_ctrl_c(fresh_log):
    with fresh_log() as log:
        timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            next(log.follow(0, timeout=30))
        timer.join()
        log.accept(0, B1, b"the log goes on")


@pytest.mark.thread_unsafe(reason="sends a signal to the process")
def test_waiting_for_ring_space_answers_ctrl_c(fresh_log):
    with fresh_log(full_timeout=30) as log:
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            for slot in range(10_000):
                log.accept(slot, B1, b"x" * 1000)
        timer.join()
        log.discard(0)
        log.accept(0, B2, b"the log goes on")
