"""Reading one slot, and the scan of votes."""

import pytest
from helpers import committed_log, small_log, value_of, view

from fasterlog import (
    Ballot,
    NotCommittedError,
    SlotNotFoundError,
    TruncatedError,
)

B1 = Ballot(1, 1)


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
