"""Accept, commit and learn: what each returns, refuses and leaves as it was."""

import pytest
from helpers import KIB, as_tuple, committed_log, eventually, small_log

from fasterlog import (
    Ballot,
    BallotConflictError,
    BallotMismatchError,
    EntryTooLargeError,
    LogPoisonedError,
    SafetyViolationError,
    SlotCommittedError,
    SlotNotFoundError,
    StaleBallotError,
    TruncatedError,
)

LEVELS = ("process", "accept", "commit")
B1, B2, B3 = Ballot(1, 1), Ballot(2, 1), Ballot(3, 1)
LARGEST = 2**64 - 1


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


def test_a_ballot_mismatch_names_both_ballots(fresh_log):
    with fresh_log() as log:
        log.accept(0, B1, b"zero")
        log.promise(B2)
        for commit in (lambda: log.commit(0), lambda: log.commit(0, B2)):
            with pytest.raises(BallotMismatchError) as caught:
                commit()
            assert (caught.value.ballot, caught.value.held) == (B2, B1)
            assert str(B1) in str(caught.value)
            assert str(B2) in str(caught.value)


def test_a_repeated_accept_returns_the_lsn_of_the_first(fresh_log):
    """W4: what it waits for is its own frame, not whatever has been written since."""
    with fresh_log() as log:
        first = log.accept(0, B1, b"zero")
        later = log.accept(1, B1, b"one")
        assert log.accept(0, B1, b"zero") == first < later
