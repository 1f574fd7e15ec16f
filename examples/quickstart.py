"""The first steps: vote, decide, read, apply in order, and find it all again."""

import tempfile

from fasterlog import Ballot, FasterLog

with tempfile.TemporaryDirectory() as directory:
    path = f"{directory}/node-1"
    ballot = Ballot(1, node=1)

    with FasterLog(path) as log:
        log.promise(ballot)
        for slot, command in enumerate([b"set x 1", b"set y 2", b"set x 3"]):
            log.accept(slot, ballot, command)  # on disk when it returns
        log.commit(0, ballot)
        log.commit(1, ballot)
        print(log.read(2))  # a vote: not yet decided

    # Committed entries, votes and the promise are all there again.
    with FasterLog(path) as log:
        print(log.recovery)
        state: dict[str, str] = {}
        for entry in log.iter_committed():
            _set, key, value = entry.value.decode().split()
            state[key] = value
        print(state, [entry.slot for entry in log.scan_uncommitted()], log.promised)
        assert state == {"x": "1", "y": "2"}
        assert log.promised == ballot
