"""Promise, discard and the mapping."""

import pytest
from helpers import as_tuple, committed_log, small_log

from fasterlog import (
    Ballot,
    SlotCommittedError,
    SlotNotFoundError,
    StaleBallotError,
)

B1, B2, B3 = Ballot(1, 1), Ballot(2, 1), Ballot(3, 1)
LARGEST = 2**64 - 1


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


def test_promise_of_a_log_that_is_committed_to_the_last_slot_reports_nothing(fresh_log):
    with fresh_log(first_slot=2**64 - 1) as log:
        log.learn(2**64 - 1, B1, b"x")
        report = log.promise(B2)
        assert (report.committed_through, report.entries) == (2**64 - 1, ())
