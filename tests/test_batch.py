"""Batches: several changes as one, checked at each call, all or none."""

import pytest
from helpers import as_tuple, committed_log, small_log, value_of, view

from fasterlog import (
    Ballot,
    BallotConflictError,
    BallotMismatchError,
    BatchTooLargeError,
    SlotCommittedError,
    SlotNotFoundError,
    StaleBallotError,
    TruncatedError,
)

B1, B2 = Ballot(1, 1), Ballot(2, 1)


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


def test_ballots_may_rise_within_a_batch_but_not_fall(fresh_log):
    with fresh_log() as log:
        with log.batch() as batch:
            batch.accept(1, B1, b"one")
            batch.accept(2, B2, b"two")
            with pytest.raises(StaleBallotError) as caught:
                batch.accept(3, B1, b"three")
            assert caught.value.promised == B2
        assert [entry.slot for entry in log.scan_uncommitted()] == [1, 2]
        assert log.promised == B2


def test_batch_looks_at_the_bounds_of_the_log_at_each_call(fresh_log):
    with fresh_log(first_slot=100, slot_window=10) as log, log.batch() as batch:
        for call in (lambda slot: batch.accept(slot, B1, b"x"), lambda slot: batch.learn(slot, B1, b"x")):
            with pytest.raises(TruncatedError):
                call(99)
            with pytest.raises(ValueError, match="slot_window"):
                call(110)
