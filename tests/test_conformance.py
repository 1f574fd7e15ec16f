"""The conformance suite (fasterlog.testing.conformance) on fasterlog itself, on a simple journal that is right, and on journals that
are each wrong in one way: those have to fail the check that is named for it, or the suite is worth nothing."""

import fcntl
import json
import os
import unittest

import pytest

from fasterlog import Ballot, BallotMismatchError, FasterLog, FasterLogError
from fasterlog.testing.conformance import Adapter, ConformanceSuite, Operation, Vote, check_names, run_checks

pytestmark = [pytest.mark.crash, pytest.mark.thread_unsafe(reason="forks")]


# ---- fasterlog


def vote_of(entry):
    return Vote(entry.slot, tuple(entry.ballot), entry.value, entry.committed)


class FasterLogAdapter(Adapter):
    refusals = (FasterLogError,)

    def __init__(self, path):
        self.log = FasterLog(path, mutable_size=1 << 20, durability="accept", lazy_sync_ms=60_000)
        self.sync, self.close, self.discard = self.log.sync, self.log.close, self.log.discard
        self.accept, self.commit, self.learn = self.log.accept, self.log.commit, self.log.learn

    # Abstract methods are looked up in the class: the log's own, see __init__.
    accept = commit = close = None

    @classmethod
    def open(cls, path):
        return cls(path)

    def read(self, slot):
        entry = self.log.get(slot)
        return entry and vote_of(entry)

    def entries(self):
        held = [*self.log.scan_uncommitted(), *self.log.iter_committed(gaps="skip")]
        return sorted(map(vote_of, held))

    def promise(self, ballot):
        return [vote_of(entry) for entry in self.log.promise(ballot).entries]

    def promised(self):
        return self.log.promised and tuple(self.log.promised)

    def meta(self):
        return self.log.meta

    def set_meta(self, key, value):
        self.log.set_meta({key: value})

    def batch(self, operations):
        with self.log.batch() as batch:
            for kind, slot, ballot, value in operations:
                getattr(batch, kind)(slot, ballot, *([value] if kind != "commit" else []))


class TestFasterLog(ConformanceSuite):
    adapter = FasterLogAdapter


# ---- a journal of lines, each one record: as simple as it can be


class Refused(Exception):
    pass


class Journal(Adapter):
    """Votes, promises and decisions as lines of a file; a line counts if it is whole."""

    refusals = (Refused,)
    learns = discards = has_meta = batches = threads = False

    @classmethod
    def open(cls, path):
        return cls(path)

    def __init__(self, path):
        path.mkdir(exist_ok=True)
        self.file = open(path / "journal", "a+b", buffering=0)  # noqa: SIM115  (closed by close)
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.file.close()
            raise Refused("open elsewhere") from None
        self.slots, self.highest = {}, None
        self.file.seek(0)
        end = 0
        for line in self.file:
            try:
                kind, slot, ballot, value = json.loads(line)
            except ValueError:
                break
            self.apply(kind, slot, tuple(ballot), bytes.fromhex(value))
            end += len(line)
        self.file.truncate(end)

    def close(self):
        self.file.close()

    def apply(self, kind, slot, ballot, value):
        if kind == "commit":
            self.slots[slot] = self.slots[slot]._replace(committed=True)
            return
        self.highest = max(self.highest or ballot, ballot)
        if kind == "accept":
            self.slots[slot] = Vote(slot, ballot, value, False)

    def write(self, kind, slot, ballot, value=b""):
        self.append((json.dumps([kind, slot, ballot, value.hex()]) + "\n").encode())
        self.apply(kind, slot, ballot, value)

    def append(self, line):
        assert self.file.write(line) == len(line)
        os.fdatasync(self.file)

    def accept(self, slot, ballot, value):
        if not isinstance(slot, int) or not 0 <= slot < 1 << 64 or not isinstance(value, bytes):
            raise TypeError(f"not a slot and its value: {slot!r}, {value!r}")
        ballot = tuple(Ballot(*ballot))
        held = self.slots.get(slot)
        if held is not None and (held.committed or held.ballot == ballot):
            if held.value != value:
                raise Refused(f"slot {slot} holds another value")
            return
        self.check_ballot(ballot)
        self.write("accept", slot, ballot, value)

    def check_ballot(self, ballot):
        if self.highest is not None and ballot < self.highest:
            raise Refused(f"{ballot} is lower than {self.highest}")

    def commit(self, slot, ballot):
        held = self.slots.get(slot)
        if held is None or (held.ballot != ballot and not held.committed):
            raise Refused(f"slot {slot} holds no vote of {ballot}")
        if not held.committed:
            self.write("commit", slot, ballot)

    def promise(self, ballot):
        self.check_ballot(ballot)
        self.write("promise", 0, ballot)
        return self.entries()

    def promised(self):
        return self.highest

    def read(self, slot):
        return self.slots.get(slot)

    def entries(self):
        return sorted(self.slots.values())


class TestJournal(ConformanceSuite):
    adapter = Journal


# ---- and the same with one mistake each


class ForgetsThePromise(Journal):
    def __init__(self, path):
        super().__init__(path)
        self.highest = None


class OverwritesAHigherBallot(Journal):
    def check_ballot(self, ballot):
        pass


class AcknowledgesBeforeWriting(Journal):
    def append(self, line):
        self.waiting = [*getattr(self, "waiting", []), line]
        if len(self.waiting) > 10:
            self.flush()

    def flush(self):
        for line in getattr(self, "waiting", []):
            super().append(line)
        self.waiting = []

    def close(self):
        if not self.file.closed:
            self.flush()
        super().close()


class WritesTheDecisionOver(Journal):
    def accept(self, slot, ballot, value):
        held = self.slots.get(slot)
        if held is not None and held.committed and ballot > held.ballot:
            return self.write("accept", slot, ballot, value)
        return super().accept(slot, ballot, value)


class CommitsWhateverItHolds(Journal):
    def commit(self, slot, ballot):
        held = self.slots.get(slot)
        super().commit(slot, held.ballot if held is not None else ballot)


class TakesATornLineForAnEnd(Journal):
    """Does not cut a torn line, so what is appended behind it is lost."""

    def __init__(self, path):
        torn = path / "journal"
        before = torn.read_bytes() if torn.exists() else b""
        super().__init__(path)
        self.file.truncate(0)
        assert self.file.write(before) == len(before)


class OpensTwice(Journal):
    def __init__(self, path):
        super().__init__(path)
        fcntl.flock(self.file, fcntl.LOCK_UN)


class AppliesABatchOneByOne(FasterLogAdapter):
    def batch(self, operations):
        for kind, slot, ballot, value in operations:
            getattr(self.log, kind)(slot, ballot, *([value] if kind != "commit" else []))


class DropsTheReportAboveAGap(FasterLogAdapter):
    def promise(self, ballot):
        return [vote for vote in super().promise(ballot) if not vote.committed]


class ForgetsTheMapping(FasterLogAdapter):
    def __init__(self, path):
        super().__init__(path)
        self.kept = {}

    def meta(self):
        return dict(self.kept)

    def set_meta(self, key, value):
        self.kept[key] = value


WRONG = [
    (ForgetsThePromise, "test_a_promise_outlives_a_reopening"),
    (ForgetsThePromise, "test_everything_outlives_a_reopening"),
    (OverwritesAHigherBallot, "test_a_lower_ballot_is_refused"),
    (OverwritesAHigherBallot, "test_a_promise_refuses_lower_votes"),
    (OverwritesAHigherBallot, "test_a_promise_never_goes_down"),
    (OverwritesAHigherBallot, "test_a_vote_raises_the_promise"),
    (AcknowledgesBeforeWriting, "test_what_was_acknowledged_outlives_kill_9"),
    (AcknowledgesBeforeWriting, "test_what_was_acknowledged_outlives_a_power_cut"),
    (WritesTheDecisionOver, "test_a_committed_slot_never_changes"),
    (CommitsWhateverItHolds, "test_a_commit_names_the_ballot_that_is_held"),
    (TakesATornLineForAnEnd, "test_what_was_acknowledged_outlives_a_power_cut"),
    (OpensTwice, "test_a_second_opening_is_refused"),
    (AppliesABatchOneByOne, "test_a_batch_is_all_or_none"),
    (AppliesABatchOneByOne, "test_a_batch_outlives_kill_9_whole_or_not_at_all"),
    (DropsTheReportAboveAGap, "test_a_promise_reports_decisions_above_a_gap"),
    (ForgetsTheMapping, "test_the_mapping_is_kept"),
]


@pytest.mark.parametrize(("adapter", "check"), WRONG, ids=lambda value: getattr(value, "__name__", value))
def test_a_wrong_log_fails_the_check_that_is_for_it(adapter, check):
    suite = type("Suite", (ConformanceSuite,), {"adapter": adapter})
    failure = run_checks(suite, [check])[check]
    assert isinstance(failure, AssertionError), f"{adapter.__name__} passes {check}: {failure!r}"


def test_what_an_adapter_cannot_do_is_skipped_with_its_reason():
    outcomes = run_checks(TestJournal, ["test_learning_decides_a_slot", "test_a_batch_is_all_or_none", "test_a_lower_ballot_is_refused"])
    skipped = [failure for failure in outcomes.values() if isinstance(failure, unittest.SkipTest)]
    assert [str(failure) for failure in skipped] == [
        "not run: the adapter says learns = False",
        "not run: the adapter says batches = False",
    ]
    assert outcomes["test_a_lower_ballot_is_refused"] is None


def test_every_check_says_what_is_lost_without_it():
    assert len(check_names(ConformanceSuite)) >= 25
    for name in check_names(ConformanceSuite):
        assert getattr(ConformanceSuite, name).__doc__, name


def test_a_refusal_of_an_unknown_kind_is_a_failure():
    class Strange(FasterLogAdapter):
        refusals = (BallotMismatchError,)

    suite = type("Suite", (ConformanceSuite,), {"adapter": Strange})
    assert isinstance(run_checks(suite, ["test_a_lower_ballot_is_refused"])["test_a_lower_ballot_is_refused"], FasterLogError)


def test_the_parts_of_a_batch_have_names():
    assert Operation("commit", 1, (2, 3)) == ("commit", 1, (2, 3), b"")
