"""The storage side of a Raft follower: AppendEntries, RequestVote and the commit index on one log.

A term is a ballot; the log's promise is the current term, so a message of an older one is refused by the log itself.  An entry keeps
the ballot of the term that made it, and `under` is the term of the message that brings it.
"""

import tempfile
from collections.abc import Sequence

from fasterlog import Ballot, FasterLog, StaleBallotError


def term(number: int) -> Ballot:
    return Ballot(number, node=0)


class Follower:
    def __init__(self, path: str) -> None:
        self.log = FasterLog(path, first_slot=1)

    def request_vote(self, number: int, candidate: str) -> bool:
        """One vote for each term: on disk before the answer."""
        try:
            self.log.promise(term(number))
        except StaleBallotError:
            return False
        vote = b"%d %s" % (number, candidate.encode())
        held = self.log.meta.get("vote", b"")
        if held.split(b" ")[0] == b"%d" % number:
            return held == vote
        self.log.set_meta({"vote": vote}, wait=True)
        return True

    def append_entries(self, number: int, previous: tuple[int, int], entries: Sequence[tuple[int, bytes]], commit: int) -> bool:
        """`previous` is (index, term) of what comes before; `entries` are (term, command)."""
        if not self.follows(number) or not self.matches(*previous):
            return False
        last = previous[0] + len(entries)
        for index, (made_in, command) in enumerate(entries, start=previous[0] + 1):
            if index in self.log and not self.matches(index, made_in):
                self.log.discard(index)  # an older leader's, never committed
            self.log.accept(index, term(made_in), command, under=term(number))
        for index in range(self.log.committed_through + 1, min(commit, last) + 1):
            self.log.commit(index, self.log.read(index).ballot)
        return True

    def follows(self, number: int) -> bool:
        """False for a leader of the past; a new one's term is promised, and so on disk, before anything else."""
        promised = self.log.promised
        if promised is None or promised < term(number):
            self.log.promise(term(number))
        return promised is None or promised <= term(number)

    def matches(self, index: int, made_in: int) -> bool:
        if index == 0:
            return True
        entry = self.log.get(index)
        return entry is not None and entry.ballot == term(made_in)


with tempfile.TemporaryDirectory() as directory:
    follower = Follower(directory)
    assert follower.request_vote(1, "a")
    assert not follower.request_vote(1, "b")
    assert follower.append_entries(1, (0, 0), [(1, b"one"), (1, b"two"), (1, b"three")], commit=1)

    # The leader of term 2 never saw "three": its own entry takes the place.
    assert follower.append_entries(2, (2, 1), [(2, b"drei")], commit=3)
    assert not follower.append_entries(1, (3, 1), [(1, b"late")], commit=4)

    values = [entry.value for entry in follower.log.iter_committed()]
    assert values == [b"one", b"two", b"drei"]
    follower.log.close()
    print(values)
