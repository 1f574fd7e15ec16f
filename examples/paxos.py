"""Multi-Paxos in a page: three acceptors, each with its own log, and a leader that is replaced in the middle.

Messages are method calls here; a real system sends them over a network, and an acceptor answers only after its log has returned.
"""

import tempfile
from collections.abc import Sequence

from fasterlog import Ballot, Entry, FasterLog, PromiseReport, StaleBallotError

NOTHING = b""  # what a new leader proposes where it finds a gap


class Acceptor:
    """Phases 1b and 2b.  The log refuses by itself what a promise forbids."""

    def __init__(self, path: str) -> None:
        self.log = FasterLog(path)

    def prepare(self, ballot: Ballot) -> PromiseReport | None:
        try:
            return self.log.promise(ballot)
        except StaleBallotError:
            return None

    def accept(self, slot: int, ballot: Ballot, value: bytes) -> bool:
        try:
            self.log.accept(slot, ballot, value)
        except StaleBallotError:
            return False
        return True

    def decided(self, slot: int, ballot: Ballot, value: bytes) -> None:
        self.log.learn(slot, ballot, value)  # it may have missed the vote


class Leader:
    """Phases 1a, 2a and 3 for one ballot."""

    def __init__(self, acceptors: Sequence[Acceptor], ballot: Ballot) -> None:
        self.acceptors = acceptors
        self.ballot = ballot
        self.majority = len(acceptors) // 2 + 1
        reports = [report for acceptor in acceptors if (report := acceptor.prepare(ballot))]
        if len(reports) < self.majority:
            raise RuntimeError(f"{ballot} has no majority")
        self.next_slot = 0
        self.take_over(reports)

    def take_over(self, reports: Sequence[PromiseReport]) -> None:
        """Proposes again, under this ballot, what an earlier leader may have got chosen."""
        found: dict[int, Entry] = {}
        for entry in (entry for report in reports for entry in report.entries):
            held = found.get(entry.slot)
            if held is None or (entry.committed, entry.ballot) > (held.committed, held.ballot):
                found[entry.slot] = entry
        first = max(report.committed_through for report in reports) + 1
        self.next_slot = first
        for slot in range(first, max(found, default=-1) + 1):
            self.propose(found[slot].value if slot in found else NOTHING)

    def propose(self, value: bytes) -> int:
        slot, self.next_slot = self.next_slot, self.next_slot + 1
        votes = sum(acceptor.accept(slot, self.ballot, value) for acceptor in self.acceptors)
        if votes < self.majority:
            raise RuntimeError(f"slot {slot}: only {votes} votes")
        for acceptor in self.acceptors:
            acceptor.decided(slot, self.ballot, value)
        return slot


with tempfile.TemporaryDirectory() as directory:
    acceptors = [Acceptor(f"{directory}/{name}") for name in "abc"]

    first = Leader(acceptors, Ballot(1, node=1))
    for number in range(5):
        first.propose(b"command %d" % number)

    # It reaches one acceptor with the next command, and is gone.
    acceptors[0].accept(5, first.ballot, b"command 5")

    # The new leader hears of that vote and has to propose it again.
    second = Leader(acceptors, Ballot(2, node=2))
    second.propose(b"command 6")

    # The old one is refused.
    assert not acceptors[1].accept(7, first.ballot, b"too late")

    for acceptor in acceptors:
        values = [entry.value for entry in acceptor.log.iter_committed()]
        assert values == [b"command %d" % number for number in range(7)]
        acceptor.log.close()
    print("three logs agree on seven commands")
