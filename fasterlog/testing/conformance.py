"""A conformance suite for the log under a consensus engine: what any acceptor's storage must hold to, whoever wrote it.

Describe your log to the suite with an `Adapter`, then let pytest collect the checks from a subclass:

    from fasterlog.testing.conformance import Adapter, ConformanceSuite

    class MyAdapter(Adapter):
        ...

    class TestMyLog(ConformanceSuite):
        adapter = MyAdapter

Each check is a method whose docstring says which property of consensus is lost without it.  What an adapter says it cannot do is
skipped, aloud.  Without pytest, `run_checks(TestMyLog)` runs the same checks and returns what failed.

*Acknowledged* means here: the call has returned, and so has a `sync()` after it.  Engines answer their peers no earlier.

What the suite cannot see: an fsync that is missing, since the files are looked at through the page cache.
"""

from __future__ import annotations

import copy
import json
import os
import random
import select
import shutil
import signal
import tempfile
import threading
import traceback
import unittest
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple, NoReturn, Self, TypeAlias

__all__ = ["Adapter", "ConformanceSuite", "Operation", "Vote", "check_names", "run_checks"]

BallotPair: TypeAlias = tuple[int, int]
"""A ballot: (number, node), compared in this order."""

SECTOR = 512
HANG_SECONDS = 60.0


class Vote(NamedTuple):
    """What a slot holds: a vote, or a decision if `committed`."""

    slot: int
    ballot: BallotPair
    value: bytes
    committed: bool


class Operation(NamedTuple):
    """One change of a batch."""

    kind: Literal["accept", "commit", "learn"]
    slot: int
    ballot: BallotPair
    value: bytes = b""


class Adapter(ABC):
    """One open log, as the suite uses it.

    The flags say what the log can do; a check that needs what is not there is skipped.
    """

    refusals: ClassVar[tuple[type[Exception], ...]]
    """What the log raises when it refuses a call.  Anything else that comes out of a call fails the check."""

    promises: ClassVar[bool] = True
    """`promise` and `promised` are there, and accepts heed the promise.  (A log whose engine keeps it in `meta` has none.)"""
    learns: ClassVar[bool] = True
    """`learn` is there."""
    discards: ClassVar[bool] = True
    """`discard` is there."""
    has_meta: ClassVar[bool] = True
    """`meta` and `set_meta` are there."""
    batches: ClassVar[bool] = True
    """`batch` is there: all or none."""
    threads: ClassVar[bool] = True
    """Any call may run on any thread."""
    exclusive: ClassVar[bool] = True
    """A second opening of the same path, in this process, is refused with one of `refusals`."""
    outlives_kill: ClassVar[bool] = True
    """What was acknowledged outlives kill -9 of the process."""
    copyable: ClassVar[bool] = True
    """A copy of the files below the path is a log, and one call waits for the disk once at most: the power cuts mix the sectors
    from before a call with those from after it, which an order between two syncs within the call would forbid."""

    @classmethod
    @abstractmethod
    def open(cls, path: Path) -> Self:
        """Opens the log in the folder `path`, which it creates if need be."""

    @abstractmethod
    def close(self) -> None:
        """Everything that was acknowledged, and usually the rest, is there at the next opening."""

    @abstractmethod
    def accept(self, slot: int, ballot: BallotPair, value: bytes) -> None:
        """Phase 2b: the vote for (ballot, value)."""

    @abstractmethod
    def commit(self, slot: int, ballot: BallotPair) -> None:
        """Phase 3: the vote of this ballot is chosen."""

    @abstractmethod
    def read(self, slot: int) -> Vote | None:
        """What the slot holds; None if nothing."""

    @abstractmethod
    def entries(self) -> Iterable[Vote]:
        """All votes and decisions, in slot order."""

    def sync(self) -> None:  # noqa: B027  (a log whose calls return when they are durable needs none)
        """Returns when everything that returned before is durable."""

    def learn(self, slot: int, ballot: BallotPair, value: bytes) -> None:
        """Commits a value that this node may never have voted for."""
        raise NotImplementedError

    def promise(self, ballot: BallotPair) -> Iterable[Vote]:
        """Phase 1b: the promise is durable, and this is what a new leader has to know: every vote, and every decision that is not
        below an unbroken run of decisions from the first slot on (those may be in it too)."""
        raise NotImplementedError

    def promised(self) -> BallotPair | None:
        """The highest ballot promised or accepted."""
        raise NotImplementedError

    def discard(self, from_slot: int) -> None:
        """Drops all votes at and above the slot; refused if there is a decision among them."""
        raise NotImplementedError

    def meta(self) -> dict[str, bytes]:
        """The small mapping."""
        raise NotImplementedError

    def set_meta(self, key: str, value: bytes) -> None:
        """Changes it."""
        raise NotImplementedError

    def batch(self, operations: Sequence[Operation]) -> None:
        """All of them, or none and a refusal."""
        raise NotImplementedError


# ---------------------------------------------------------------------------------------------------------------- helpers


def value_of(slot: int, ballot: BallotPair) -> bytes:
    """The one value that (slot, ballot) has in the random checks: nothing can be mixed up or invented unseen."""
    head = b"%d:%d:%d;" % (slot, *ballot)
    return head * (1 + (slot * 7 + ballot[0]) % 40)


class _Expected:
    """What the log must hold after a crash: everything acknowledged; besides, perhaps, what was under way."""

    def __init__(self) -> None:
        self.votes: dict[int, BallotPair] = {}
        self.chosen: dict[int, BallotPair] = {}
        self.promised: BallotPair = (0, 0)
        self.meta = -1

    def add(self, kind: str, slot: int, ballot: BallotPair) -> None:
        if kind == "meta":
            self.meta = slot
        elif kind == "promise":
            self.promised = max(self.promised, ballot)
        else:
            if kind == "accept":
                self.promised = max(self.promised, ballot)
                self.votes[slot] = ballot
            if kind in ("commit", "learn"):
                self.chosen[slot] = ballot

    def check(self, log: Adapter) -> None:
        held = {vote.slot: vote for vote in log.entries()}
        for slot, ballot in self.votes.items():
            assert slot in held, f"the acknowledged vote of slot {slot} is gone"
            assert held[slot].committed or held[slot].ballot >= ballot, f"slot {slot} holds an older vote than was acknowledged"
        for slot, ballot in self.chosen.items():
            assert slot in held and held[slot].committed, f"slot {slot} was committed and is no longer"
            assert held[slot].value == value_of(slot, ballot), f"the decision of slot {slot} has changed"
        for vote in held.values():
            assert vote.value == value_of(vote.slot, vote.ballot), f"slot {vote.slot} holds a value that nobody wrote"
            assert log.read(vote.slot) == vote, f"slot {vote.slot} reads otherwise than it is listed"
        if log.promises:
            assert (log.promised() or (0, 0)) >= self.promised, f"promised {self.promised}, now {log.promised()}"
        if log.has_meta and self.meta >= 0:
            assert int(log.meta().get("number", b"-1")) >= self.meta, "the mapping went back"


class _Child:
    """A forked process that acknowledges what it has done over a pipe, and is killed with SIGKILL."""

    def __init__(self, body: Callable[[Callable[[object], None]], None]) -> None:
        self._reading, writing = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # threads of others may be there; the child uses none of them
            self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self._reading)
                body(lambda message: _send(writing, message))
            except BaseException:
                traceback.print_exc()
                _send(writing, "failed: " + traceback.format_exc(limit=-1)[-1000:])
            finally:
                os._exit(1)
        os.close(writing)
        self._rest = b""
        self.ended = False

    def receive(self, seconds: float, least: int = 0) -> Iterator[list[Any]]:
        """What comes within `seconds`, then what is missing to `least` messages, however long that takes."""
        count = 0
        while not self.ended and (count < least or seconds > 0.0):
            wait = seconds if count >= least else HANG_SECONDS
            if not select.select([self._reading], [], [], wait)[0]:
                assert count >= least, f"the child said nothing for {wait} s"
                return
            for message in self._read():
                count += 1
                yield message
            if count >= least:
                seconds = min(seconds, 0.001)

    def kill(self) -> Iterator[list[Any]]:
        """SIGKILL; what was still in the pipe."""
        os.kill(self.pid, signal.SIGKILL)
        while not self.ended:
            yield from self._read()
        os.close(self._reading)
        os.waitpid(self.pid, 0)

    def _read(self) -> Iterator[list[Any]]:
        data = os.read(self._reading, 1 << 16)
        self.ended = not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            assert isinstance(message, list), message
            yield message


def _send(descriptor: int, message: object) -> None:
    # One write of less than PIPE_BUF bytes: it arrives whole or not at all.
    os.write(descriptor, json.dumps(message).encode() + b"\n")


def _files(path: Path) -> dict[str, bytes]:
    found = {}
    for folder, _, names in os.walk(path):
        for name in names:
            place = Path(folder, name)
            if place.is_file():
                found[str(place.relative_to(path))] = place.read_bytes()
    return found


def _cut(before: bytes | None, after: bytes | None, rng: random.Random) -> bytes | None:
    """A file after a power cut: of the sectors that changed since the last sync any may be on disk; so may the new length."""
    if before is None or after is None:
        return rng.choice((before, after))
    size = rng.choice((len(before), len(after)))
    image = bytearray()
    keep = rng.choice((0.1, 0.5, 0.9))
    for place in range(0, size, SECTOR):
        end = min(place + SECTOR, size)
        sector = (after if rng.random() < keep else before)[place:end]
        image += sector.ljust(end - place, b"\0")
    return bytes(image)


def _write_tree(path: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        place = path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def _run_threads(workers: Sequence[Callable[[], object]]) -> None:
    """All at once; the first failure is raised here."""
    barrier = threading.Barrier(len(workers))
    failures: list[BaseException] = []

    def body(worker: Callable[[], object]) -> None:
        try:
            barrier.wait()
            worker()
        except BaseException as failure:
            failures.append(failure)

    running = [threading.Thread(target=body, args=(worker,), daemon=True) for worker in workers]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(HANG_SECONDS)
    if failures:
        raise failures[0]
    assert not any(thread.is_alive() for thread in running), f"a thread still runs after {HANG_SECONDS} s"


LOW: BallotPair = (1, 1)
MIDDLE: BallotPair = (2, 1)
HIGH: BallotPair = (3, 1)


# --------------------------------------------------------------------------------------------------------------- the suite


class ConformanceSuite:
    """Subclass it as `Test...`, set `adapter`, and pytest collects the checks."""

    adapter: ClassVar[type[Adapter]]

    seed: ClassVar[int] = int(os.environ.get("FASTERLOG_CONFORMANCE_SEED", "1"))
    kills: ClassVar[int] = int(os.environ.get("FASTERLOG_CONFORMANCE_KILLS", "8"))
    power_cuts: ClassVar[int] = int(os.environ.get("FASTERLOG_CONFORMANCE_POWER_CUTS", "25"))

    # ---- for the checks

    @contextmanager
    def opened(self, path: Path) -> Iterator[Adapter]:
        log = self.adapter.open(path)
        try:
            yield log
        finally:
            log.close()

    def refused(self, log: Adapter, call: Callable[[], object], why: str) -> None:
        """The call is refused, and nothing has changed."""
        before = list(log.entries())
        try:
            call()
        except log.refusals:
            assert list(log.entries()) == before, f"a refused call has changed the log: {why}"
            return
        raise AssertionError(f"not refused: {why}")

    def needs(self, *flags: str) -> None:
        for flag in flags:
            if not getattr(self.adapter, flag):
                self.skip(f"not run: the adapter says {flag} = False")

    @staticmethod
    def skip(reason: str) -> NoReturn:
        raise unittest.SkipTest(reason)  # pytest takes it for a skip as well

    @staticmethod
    def held(log: Adapter, slot: int) -> Vote:
        vote = log.read(slot)
        assert vote is not None, f"slot {slot} holds nothing"
        return vote

    # ---- votes

    def test_a_vote_is_held_as_it_was_cast(self, tmp_path: Path) -> None:
        """A leader adopts the votes that acceptors report: a changed value, slot or ballot would be proposed instead of the chosen one."""
        sizes = [0, 1, 7, 8, 9, 100, 511, 512, 513, 3000]
        with self.opened(tmp_path / "log") as log:
            for slot, size in enumerate(sizes):
                log.accept(slot, LOW, bytes(range(256)) * (size // 256) + b"\0" * (size % 256))
            for slot, size in enumerate(sizes):
                expected = bytes(range(256)) * (size // 256) + b"\0" * (size % 256)
                assert log.read(slot) == Vote(slot, LOW, expected, False)
            assert [vote.slot for vote in log.entries()] == list(range(len(sizes)))

    def test_slots_come_in_any_order_and_with_gaps(self, tmp_path: Path) -> None:
        """Multi-Paxos decides slots independently: one that is missing must not hide, move or block the others."""
        slots = [5, 0, 1000, 3, 70]
        with self.opened(tmp_path / "log") as log:
            for slot in slots:
                log.accept(slot, LOW, value_of(slot, LOW))
            log.commit(70, LOW)
            assert [vote.slot for vote in log.entries()] == sorted(slots)
            assert log.read(4) is None
            assert self.held(log, 70).committed and not self.held(log, 1000).committed

    def test_a_lower_ballot_is_refused(self, tmp_path: Path) -> None:
        """An acceptor that goes back to a lower ballot forgets the vote that made a quorum: two values can be chosen."""
        with self.opened(tmp_path / "log") as log:
            log.accept(0, HIGH, b"high")
            self.refused(log, lambda: log.accept(0, MIDDLE, b"low"), "a vote of a lower ballot on a higher one")
            self.refused(log, lambda: log.accept(0, (3, 0), b"low"), "the same number of a lower node")
            assert log.read(0) == Vote(0, HIGH, b"high", False)

    def test_a_higher_ballot_replaces_the_vote(self, tmp_path: Path) -> None:
        """A new leader must be able to have its value accepted, or nothing is ever decided after the first leader fails."""
        with self.opened(tmp_path / "log") as log:
            log.accept(0, LOW, b"low")
            log.accept(0, HIGH, b"high")
            assert log.read(0) == Vote(0, HIGH, b"high", False)

    def test_the_same_vote_again_changes_nothing(self, tmp_path: Path) -> None:
        """Messages are sent again: an acceptor answers a repeated 2a as it did the first, also when the slot is decided by now."""
        with self.opened(tmp_path / "log") as log:
            for _ in range(3):
                log.accept(0, LOW, b"value")
                assert list(log.entries()) == [Vote(0, LOW, b"value", False)]
            for _ in range(2):
                log.commit(0, LOW)
                log.accept(0, LOW, b"value")
                assert list(log.entries()) == [Vote(0, LOW, b"value", True)]

    def test_another_value_of_the_same_ballot_is_refused(self, tmp_path: Path) -> None:
        """One ballot proposes one value for a slot; a second one means that two proposers share it, and both could be chosen."""
        with self.opened(tmp_path / "log") as log:
            log.accept(0, LOW, b"one")
            self.refused(log, lambda: log.accept(0, LOW, b"two"), "another value of the same ballot")

    # ---- decisions

    def test_a_committed_slot_never_changes(self, tmp_path: Path) -> None:
        """A decision is for ever: the engine has applied it, and answered its client."""
        with self.opened(tmp_path / "log") as log:
            log.accept(0, MIDDLE, b"chosen")
            log.commit(0, MIDDLE)
            self.refused(log, lambda: log.accept(0, HIGH, b"other"), "another value on a decided slot, of a higher ballot")
            self.refused(log, lambda: log.accept(0, LOW, b"other"), "another value on a decided slot, of a lower ballot")
            if log.discards:
                self.refused(log, lambda: log.discard(0), "a discard of a decided slot")
            vote = self.held(log, 0)
            assert (vote.value, vote.committed) == (b"chosen", True)
        with self.opened(tmp_path / "log") as log:
            self.refused(log, lambda: log.accept(0, HIGH, b"other"), "another value on a decided slot, after a reopening")
            vote = self.held(log, 0)
            assert (vote.value, vote.committed) == (b"chosen", True)

    def test_a_commit_names_the_ballot_that_is_held(self, tmp_path: Path) -> None:
        """The chosen value is that of one ballot.  A node that holds an older vote must not commit that: its value may be another."""
        with self.opened(tmp_path / "log") as log:
            log.accept(0, LOW, b"stale")
            self.refused(log, lambda: log.commit(0, HIGH), "the commit of a ballot of which there is no vote")
            self.refused(log, lambda: log.commit(7, LOW), "the commit of an empty slot")
            assert not self.held(log, 0).committed

    def test_a_commit_may_be_repeated(self, tmp_path: Path) -> None:
        """Commit messages are sent again, and several leaders tell of one decision."""
        with self.opened(tmp_path / "log") as log:
            log.accept(0, LOW, b"value")
            for _ in range(3):
                log.commit(0, LOW)
            assert list(log.entries()) == [Vote(0, LOW, b"value", True)]

    def test_learning_decides_a_slot(self, tmp_path: Path) -> None:
        """A node that missed the vote catches up; what it held before, of whatever ballot, was not chosen."""
        self.needs("learns")
        with self.opened(tmp_path / "log") as log:
            log.learn(0, MIDDLE, b"learned")
            log.accept(1, LOW, b"old")
            log.learn(1, MIDDLE, b"learned")
            log.learn(1, MIDDLE, b"learned")
            for slot in (0, 1):
                vote = self.held(log, slot)
                assert (vote.value, vote.committed) == (b"learned", True)

    def test_a_second_decision_for_a_slot_is_refused(self, tmp_path: Path) -> None:
        """Two different values chosen for one slot: consensus is broken somewhere, and a log that takes the second hides it."""
        self.needs("learns")
        log = self.adapter.open(tmp_path / "log")
        try:
            log.learn(0, MIDDLE, b"learned")
            self.refused(log, lambda: log.learn(0, HIGH, b"other"), "another value learned for a decided slot")
        finally:
            with suppress(*log.refusals):  # it may stop the log for good
                log.close()

    # ---- promises

    def test_a_promise_refuses_lower_votes(self, tmp_path: Path) -> None:
        """Phase 1 shuts out older leaders: a vote for one after the promise may complete a quorum that the new leader did not see."""
        self.needs("promises")
        with self.opened(tmp_path / "log") as log:
            log.promise(MIDDLE)
            self.refused(log, lambda: log.accept(0, LOW, b"late"), "a vote below the promise")
            log.accept(0, MIDDLE, b"fits")
            log.accept(1, HIGH, b"higher")
            assert [vote.slot for vote in log.entries()] == [0, 1]

    def test_a_promise_never_goes_down(self, tmp_path: Path) -> None:
        """As before: answering an older leader's phase 1 lets it back in."""
        self.needs("promises")
        with self.opened(tmp_path / "log") as log:
            log.promise(HIGH)
            self.refused(log, lambda: log.promise(MIDDLE), "a promise below the promise")
            list(log.promise(HIGH))
            assert log.promised() == HIGH

    def test_a_vote_raises_the_promise(self, tmp_path: Path) -> None:
        """Voting for a ballot implies its promise: an older leader must not get a vote in another slot after it."""
        self.needs("promises")
        with self.opened(tmp_path / "log") as log:
            log.accept(0, HIGH, b"high")
            self.refused(log, lambda: log.accept(1, MIDDLE, b"late"), "a vote below the ballot of another slot's vote")
            self.refused(log, lambda: log.promise(MIDDLE), "a promise below a vote")

    def test_a_promise_reports_every_vote(self, tmp_path: Path) -> None:
        """A new leader proposes again what it is told; a vote left out may be the chosen one, and is then overwritten."""
        self.needs("promises")
        with self.opened(tmp_path / "log") as log:
            log.accept(0, LOW, b"old")
            log.accept(0, MIDDLE, b"new")
            log.accept(5, MIDDLE, b"five")
            report = {vote.slot: vote for vote in log.promise(HIGH)}
            assert report[0] == Vote(0, MIDDLE, b"new", False)
            assert report[5] == Vote(5, MIDDLE, b"five", False)

    def test_a_promise_reports_decisions_above_a_gap(self, tmp_path: Path) -> None:
        """A new leader fills the slots it hears nothing of with no-ops: a decision above a gap that is left out would be overwritten."""
        self.needs("promises")
        with self.opened(tmp_path / "log") as log:
            for slot in (0, 5):
                log.accept(slot, LOW, b"value")
                log.commit(slot, LOW)
            report = {vote.slot: vote for vote in log.promise(HIGH)}
            assert 5 in report and report[5].committed

    def test_a_promise_outlives_a_reopening(self, tmp_path: Path) -> None:
        """An acceptor that forgets its promise votes for the older leader after all: that is how two values get chosen."""
        self.needs("promises")
        with self.opened(tmp_path / "log") as log:
            log.promise(MIDDLE)
        with self.opened(tmp_path / "log") as log:
            assert log.promised() == MIDDLE
            self.refused(log, lambda: log.accept(0, LOW, b"late"), "a vote below a promise from before the reopening")
            log.accept(0, HIGH, b"high")
        with self.opened(tmp_path / "log") as log:
            self.refused(log, lambda: log.accept(1, MIDDLE, b"late"), "a vote below a vote from before the reopening")

    # ---- discard, mapping, batches

    def test_a_discard_drops_votes_at_and_above_its_slot(self, tmp_path: Path) -> None:
        """Raft: entries that contradict the leader's go, those before them stay; what was dropped must not come back by itself."""
        self.needs("discards")
        expected = [Vote(0, LOW, b"zero", False), Vote(1, LOW, b"one", False), Vote(3, HIGH, b"new", False)]
        with self.opened(tmp_path / "log") as log:
            for slot, value in enumerate((b"zero", b"one", b"two", b"three")):
                log.accept(slot, LOW, value)
            log.discard(2)
            log.discard(2)
            log.accept(3, HIGH, b"new")
            assert list(log.entries()) == expected
        with self.opened(tmp_path / "log") as log:
            assert list(log.entries()) == expected

    def test_the_mapping_is_kept(self, tmp_path: Path) -> None:
        """Raft's term and vote live there: a node that forgets whom it voted for in a term votes twice, and there are two leaders."""
        self.needs("has_meta")
        with self.opened(tmp_path / "log") as log:
            log.set_meta("term", b"7")
            log.set_meta("vote", b"node-3")
            log.set_meta("term", b"8")
            assert log.meta() == {"term": b"8", "vote": b"node-3"}
        with self.opened(tmp_path / "log") as log:
            assert log.meta() == {"term": b"8", "vote": b"node-3"}

    def test_a_batch_is_all_or_none(self, tmp_path: Path) -> None:
        """An engine puts into one batch what is only right together: a truncated suffix and its replacement, a vote and its term."""
        self.needs("batches")
        with self.opened(tmp_path / "log") as log:
            log.accept(1, HIGH, b"high")
            stale = [Operation("accept", 0, HIGH, b"zero"), Operation("accept", 1, MIDDLE, b"stale")]
            self.refused(log, lambda: log.batch(stale), "a batch of which one vote is stale")
            log.batch([Operation("accept", 0, HIGH, b"zero"), Operation("accept", 2, HIGH, b"two"), Operation("commit", 0, HIGH)])
            expected = [Vote(0, HIGH, b"zero", True), Vote(1, HIGH, b"high", False), Vote(2, HIGH, b"two", False)]
            assert list(log.entries()) == expected
        with self.opened(tmp_path / "log") as log:
            assert list(log.entries()) == expected

    # ---- reopening and crashes

    def test_everything_outlives_a_reopening(self, tmp_path: Path) -> None:
        """Paxos and Raft assume stable storage: a restarted node is the same node.  Opening again and again changes nothing."""
        expected = _Expected()
        with self.opened(tmp_path / "log") as log:
            self.work(log, random.Random(self.seed), expected.add, 0, 150)
            before = list(log.entries())
        for _ in range(3):
            with self.opened(tmp_path / "log") as log:
                assert list(log.entries()) == before
                expected.check(log)

    def test_what_was_acknowledged_outlives_kill_9(self, tmp_path: Path) -> None:
        """Peers count a vote or promise once it is acknowledged: lost, the quorum that decided a slot no longer knows of it."""
        self.needs("outlives_kill")
        rng = random.Random(self.seed)
        expected = _Expected()
        for cycle in range(self.kills):
            seed = rng.randrange(1 << 30)
            child = _Child(partial(self._work_until_killed, tmp_path / "log", cycle, seed))
            # Some kills hit the opening, the others work that is certainly under way.
            least = (0, 1, 5, 30)[cycle % 4]
            for messages in (child.receive(rng.uniform(0.0, 0.02), least), child.kill()):
                for message in messages:
                    kind, slot, ballot = message
                    expected.add(kind, slot, tuple(ballot))
            with self.opened(tmp_path / "log") as log:
                try:
                    expected.check(log)
                except AssertionError as failure:
                    raise AssertionError(f"after kill {cycle} (seed {self.seed}): {failure}") from failure

    def test_a_batch_outlives_kill_9_whole_or_not_at_all(self, tmp_path: Path) -> None:
        """As above, and half a batch is a state that the engine never was in."""
        self.needs("outlives_kill", "batches")
        rng = random.Random(self.seed)
        size, acknowledged = 5, -1

        def write(first: int, say: Callable[[object], None]) -> None:
            log = self.adapter.open(tmp_path / "log")
            for number in range(first, 10**9):
                slots = range(number * size, number * size + size)
                # Decided as well, so that a log that keeps votes in a bounded place does not run full.
                accepts = [Operation("accept", slot, LOW, value_of(slot, LOW)) for slot in slots]
                log.batch(accepts + [Operation("commit", slot, LOW) for slot in slots])
                log.sync()
                say([number])

        for cycle in range(self.kills):
            child = _Child(partial(write, acknowledged + 1))
            for messages in (child.receive(rng.uniform(0.0, 0.02), (0, 3)[cycle % 2]), child.kill()):
                for message in messages:
                    (acknowledged,) = message
            with self.opened(tmp_path / "log") as log:
                held = {vote.slot for vote in log.entries() if vote.committed}
                assert len(held) == len(list(log.entries())), f"the votes of a batch without its decisions (seed {self.seed})"
                numbers = {slot // size for slot in held}
                for number in numbers:
                    assert set(range(number * size, number * size + size)) <= held, f"half of batch {number} (seed {self.seed})"
                assert set(range(acknowledged + 1)) <= numbers, f"an acknowledged batch is gone (seed {self.seed})"

    def test_what_was_acknowledged_outlives_a_power_cut(self, tmp_path: Path) -> None:
        """As with kill -9.  Of what the last call wrote any sectors may be on disk: the next opening must not take them for more, nor
        let them take acknowledged ones along."""
        self.needs("copyable")
        rng = random.Random(self.seed)
        expected = _Expected()
        with self.opened(tmp_path / "log") as log:
            self.work(log, rng, expected.add, 0, 20)
            for turn in range(self.power_cuts):
                self.work(log, rng, expected.add, 100 + 2 * turn, 1)
                before = _files(tmp_path / "log")
                self.work(log, rng, lambda kind, slot, ballot: None, 101 + 2 * turn, 1, sync=False)
                after = _files(tmp_path / "log")
                image = tmp_path / "image"
                cut = {name: _cut(before.get(name), after.get(name), rng) for name in before.keys() | after.keys()}
                _write_tree(image, {name: data for name, data in cut.items() if data is not None})
                there = copy.deepcopy(expected)
                for opening in range(2):  # the second finds what the first has appended behind a torn end
                    with self.opened(image) as survivor:
                        try:
                            there.check(survivor)
                        except AssertionError as failure:
                            raise AssertionError(f"after power cut {turn} (seed {self.seed}): {failure}") from failure
                        self.work(survivor, rng, there.add, 10**5 + 2 * turn + opening, 1)
                shutil.rmtree(image)
                log.sync()

    # ---- threads, misuse

    def test_threads_that_compete_for_slots(self, tmp_path: Path) -> None:
        """One vote per slot and ballot, whoever comes first: two acknowledged values of one ballot are two chosen values."""
        self.needs("threads")
        count = 4
        told: dict[tuple[int, BallotPair], set[bytes]] = {}
        lock = threading.Lock()

        def compete(log: Adapter, index: int) -> None:
            for slot in range(60):
                ballot = (1 + slot // 20, 1)
                value = b"%d:%d" % (slot, index)
                try:
                    log.accept(slot, ballot, value)
                except log.refusals:
                    continue
                with lock:
                    told.setdefault((slot, ballot), set()).add(value)
                if slot % 3 == index % 3:
                    log.commit(slot, ballot)

        with self.opened(tmp_path / "log") as log:
            _run_threads([partial(compete, log, index) for index in range(count)])
            assert told
            for (slot, ballot), values in told.items():
                assert len(values) == 1, f"slot {slot}: {ballot} was acknowledged with {values}"
                assert self.held(log, slot).value in values, f"slot {slot} holds another value than was acknowledged"
            before = list(log.entries())
        with self.opened(tmp_path / "log") as log:
            assert list(log.entries()) == before, "the files say otherwise than the memory did"

    def test_a_promise_beside_votes(self, tmp_path: Path) -> None:
        """A vote is in the report, or it is refused.  In between it is the vote that the new leader did not see."""
        self.needs("threads", "promises")
        with self.opened(tmp_path / "log") as log:
            for turn in range(30):
                low, high = (2 * turn + 1, 1), (2 * turn + 2, 1)
                accepted: list[int] = []
                reported: list[int] = []

                def accept(index: int, low: BallotPair = low, turn: int = turn, accepted: list[int] = accepted) -> None:
                    for slot in range(turn * 30 + index, turn * 30 + 30, 3):
                        try:
                            log.accept(slot, low, value_of(slot, low))
                        except log.refusals:
                            return
                        accepted.append(slot)

                def promise(high: BallotPair = high, reported: list[int] = reported) -> None:
                    reported.extend(vote.slot for vote in log.promise(high))

                _run_threads([promise, *[partial(accept, index) for index in range(3)]])
                missing = set(accepted) - set(reported)
                assert not missing, f"accepted below the promise, and not in its report: {missing}"

    def test_bad_input_is_refused(self, tmp_path: Path) -> None:
        """A slip in the engine must be an error, not a record that the next opening stumbles over."""
        bad: list[tuple[object, object, object]] = [
            (-1, LOW, b"x"),
            (1 << 64, LOW, b"x"),
            ("0", LOW, b"x"),
            (1.5, LOW, b"x"),
            (0, (-1, 1), b"x"),
            (0, (1,), b"x"),
            (0, None, b"x"),
            (0, LOW, None),
            (0, LOW, "text"),
            (0, LOW, 7),
        ]
        with self.opened(tmp_path / "log") as log:
            log.accept(0, LOW, b"value")
            for slot, ballot, value in bad:
                try:
                    log.accept(slot, ballot, value)  # type: ignore[arg-type]
                except Exception:
                    pass
                else:
                    raise AssertionError(f"taken: accept({slot!r}, {ballot!r}, {value!r})")
                assert list(log.entries()) == [Vote(0, LOW, b"value", False)]
        with self.opened(tmp_path / "log") as log:
            assert list(log.entries()) == [Vote(0, LOW, b"value", False)]

    def test_a_closed_log_takes_nothing(self, tmp_path: Path) -> None:
        """A vote that is acknowledged after the close is nowhere."""
        log = self.adapter.open(tmp_path / "log")
        log.close()
        log.close()
        try:
            log.accept(0, LOW, b"late")
        except Exception:
            pass
        else:
            raise AssertionError("a closed log has acknowledged a vote")

    def test_a_second_opening_is_refused(self, tmp_path: Path) -> None:
        """Two writers are two acceptors of one name: each answers for votes that the other never heard of."""
        self.needs("exclusive")
        with self.opened(tmp_path / "log") as log:
            log.accept(0, LOW, b"value")
            try:
                self.adapter.open(tmp_path / "log").close()
            except log.refusals:
                pass
            else:
                raise AssertionError("the same path could be opened twice")
            log.accept(1, LOW, b"value")
        with self.opened(tmp_path / "log") as log:
            assert [vote.slot for vote in log.entries()] == [0, 1]

    # ---- random work

    def work(
        self,
        log: Adapter,
        rng: random.Random,
        done: Callable[[str, int, BallotPair], None],
        first: int,
        count: int,
        sync: bool = True,
    ) -> None:
        """`count` slots from `first` on: votes, most of them committed, and what else the adapter can do.  `done` hears what is
        acknowledged."""

        def acknowledge(kind: str, slot: int, ballot: BallotPair) -> None:
            if sync:
                log.sync()
            done(kind, slot, ballot)

        for slot in range(first, first + count):
            ballot = (1 + slot // 4, 1)
            log.accept(slot, ballot, value_of(slot, ballot))
            acknowledge("accept", slot, ballot)
            if not sync:
                break  # one call: see `copyable`
            if rng.random() < 0.7:
                log.commit(slot, ballot)
                acknowledge("commit", slot, ballot)
            if log.learns and rng.random() < 0.2:
                log.learn(slot + 10**6, ballot, value_of(slot + 10**6, ballot))
                acknowledge("learn", slot + 10**6, ballot)
            if log.promises and rng.random() < 0.2:
                list(log.promise(ballot))
                acknowledge("promise", slot, ballot)
            if log.has_meta and rng.random() < 0.2:
                log.set_meta("number", b"%d" % slot)
                acknowledge("meta", slot, ballot)

    def _work_until_killed(self, path: Path, cycle: int, seed: int, say: Callable[[object], None]) -> None:
        log = self.adapter.open(path)
        self.work(log, random.Random(seed), lambda *told: say(told), cycle * 10**4, 10**4)


# ------------------------------------------------------------------------------------------------------------ without pytest


def check_names(suite: type[ConformanceSuite]) -> list[str]:
    """The checks' names."""
    return sorted(name for name in dir(suite) if name.startswith("test_"))


def run_checks(suite: type[ConformanceSuite], names: Iterable[str] | None = None) -> dict[str, BaseException | None]:
    """Runs the checks in fresh temporary folders: {name: what it raised, or None}; a skipped one has raised `unittest.SkipTest`."""
    outcomes: dict[str, BaseException | None] = {}
    for name in check_names(suite) if names is None else names:
        with tempfile.TemporaryDirectory() as folder:
            try:
                getattr(suite(), name)(Path(folder))
                outcomes[name] = None
            except Exception as failure:
                outcomes[name] = failure
    return outcomes
