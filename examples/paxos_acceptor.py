"""One acceptor of Multi-Paxos on a log: it answers three messages, and a restart makes it forget none of its answers."""

import tempfile

from fasterlog import Ballot, FasterLog, StaleBallotError

Message = tuple[str, Ballot, int, bytes]  # kind, ballot, slot, value


def answer(log: FasterLog, message: Message) -> str:
    """What to send back.  Every call of the log has returned by then, so what the answer says is on disk."""
    kind, ballot, slot, value = message
    try:
        if kind == "prepare":
            report = log.promise(ballot)
            return f"promised, having seen {[(entry.slot, entry.value) for entry in report.entries]}"
        if kind == "accept":
            log.accept(slot, ballot, value)
            return f"accepted slot {slot}"
        log.learn(slot, ballot, value, wait=True)
        return f"slot {slot} is decided"
    except StaleBallotError as error:
        return f"refused, {error.promised} is promised"


old, new = Ballot(1, node=1), Ballot(2, node=2)

with tempfile.TemporaryDirectory() as directory:
    with FasterLog(directory) as log:
        print(answer(log, ("prepare", old, 0, b"")))
        print(answer(log, ("accept", old, 0, b"set x 1")))

    with FasterLog(directory) as log:  # restarted, and a new leader asks
        report = answer(log, ("prepare", new, 0, b""))
        print(report)
        assert "set x 1" in report
        assert answer(log, ("accept", old, 1, b"too late")).startswith("refused")
        print(answer(log, ("accept", new, 0, b"set x 1")))
        print(answer(log, ("decide", new, 0, b"set x 1")))
        assert log.read_committed(0).value == b"set x 1"
