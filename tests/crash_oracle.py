"""What a log has to hold, and what it may hold, after a crash: from the events that a workload noted.

An event is ("begin", number, operation) or ("returned", number, lsn, durable_lsn), or ("durable", lsn).  An operation is a tuple:

    ("promise", ballot)   ("accept", slot, ballot, value)   ("commit", slot, ballot, value)   ("learn", slot, ballot, value)
    ("discard", from_slot)   ("meta", {key: value or None})   ("batch", [operations])

Slots and keys of a batch are its own, so that all or none can be seen.  What is durable, must be there; what has returned must be
there if stores survive (kill -9 at level "process"); what has begun may be there; nothing else may.
"""

from helpers import pair, view


class Expected:
    """`lasting`: everything that has returned must be there, durable or not.

    `may_miss`: of a slot that is chosen and not durable the value may be missing, if the log says so.
    """

    def __init__(self, events, *, lasting=False, may_miss=False):
        self.may_miss = may_miss
        self.votes, self.chosen = {}, {}  # slot -> {(ballot, value)}: may be there
        self.chosen_values = {}  # slot -> {value}
        self.forbidden = {}  # slot -> {(ballot, value)}: discarded for good
        self.must_vote, self.must_chosen = {}, {}
        self.ballots, self.promised = {None}, None
        self.meta, self.meta_least = {}, {}  # key -> values in order; index of the oldest that may be there
        self.batches = []  # (operations, must)
        operations = {event[1]: event[2] for event in events if event[0] == "begin"}
        returned = {event[1]: event[2] for event in events if event[0] == "returned"}
        durable = max((event[-1] for event in events if event[0] in ("returned", "durable")), default=-1)
        last = {number for number, lsn in returned.items() if lasting or lsn <= durable}
        for event in events:
            if event[0] == "begin":
                self._begun(operations[event[1]])
            elif event[0] == "returned" and event[1] in last:
                self._lasts(operations[event[1]])
        self.batches = [(operation[1], number in last) for number, operation in operations.items() if operation[0] == "batch"]

    def _begun(self, operation):
        kind, *what = operation
        if kind in ("promise", "accept"):
            self.ballots.add(what[0] if kind == "promise" else what[1])
        if kind == "accept":
            slot, ballot, value = what
            self.votes.setdefault(slot, set()).add((ballot, value))
            self.forbidden.get(slot, set()).discard((ballot, value))
        elif kind in ("commit", "learn"):
            slot, ballot, value = what
            self.chosen.setdefault(slot, set()).add((ballot, value))
        elif kind == "discard":
            for slot in [slot for slot in self.must_vote if slot >= what[0]]:
                del self.must_vote[slot]
        elif kind == "meta":
            for key, value in what[0].items():
                self.meta.setdefault(key, [None]).append(value)
        elif kind == "batch":
            for inner in what[0]:
                self._begun(inner)

    def _lasts(self, operation):
        kind, *what = operation
        if kind in ("promise", "accept"):
            ballot = what[0] if kind == "promise" else what[1]
            self.promised = max(self.promised or ballot, ballot)
        if kind == "accept":
            slot, ballot, _ = what
            self.must_vote[slot] = max(self.must_vote.get(slot, ballot), ballot)
        elif kind in ("commit", "learn"):
            self.must_chosen[what[0]] = what[2]
        elif kind == "discard":
            # The workload is one thread where it discards: what had begun before has begun before this returned.
            for slot, votes in self.votes.items():
                if slot >= what[0]:
                    self.forbidden.setdefault(slot, set()).update(votes)
        elif kind == "meta":
            for key in what[0]:
                self.meta_least[key] = len(self.meta[key]) - 1
        elif kind == "batch":
            for inner in what[0]:
                self._lasts(inner)

    # --- the checks

    def check(self, log):
        held = {slot: entry[1:] for slot, entry in view(log, skip_errors=self.may_miss)["entries"].items()}
        for slot, (ballot, value, committed) in held.items():
            self._check_possible(slot, ballot, value, committed)
        for slot, value in self.must_chosen.items():
            assert slot in held and held[slot][2], f"slot {slot} was committed, and is {held.get(slot)!s:.100}"
            assert held[slot][1] == value, f"slot {slot} was committed with another value"
        for slot, ballot in self.must_vote.items():
            assert slot in held, f"the vote {ballot} in slot {slot} is lost"
            assert held[slot][2] or held[slot][0] >= ballot, f"slot {slot} holds {held[slot][0]}, older than {ballot}"
        self._check_promise(log)
        self._check_meta(log.meta)
        for operations, must in self.batches:
            self._check_batch(operations, must, held, log.meta)
        self._check_report(log, held)

    def _check_possible(self, slot, ballot, value, committed):
        written = self.votes.get(slot, set()) | self.chosen.get(slot, set())
        assert (ballot, value) in written, f"slot {slot} holds {ballot} {value[:40]!r}, which nobody wrote"
        if committed:
            assert value in {value for _, value in self.chosen.get(slot, ())}, f"slot {slot} is committed, and nobody did that"
        else:
            assert (ballot, value) in self.votes.get(slot, ()), f"slot {slot} holds a vote that nobody cast"
            assert (ballot, value) not in self.forbidden.get(slot, ()), f"slot {slot}: the discarded vote {ballot} is back"

    def _check_promise(self, log):
        promised = log.promised and pair(log.promised)
        assert promised in self.ballots, f"{promised} is promised, and nobody did that"
        assert self.promised is None or (promised and promised >= self.promised), f"the promise {self.promised} is lost: {promised}"

    def _check_meta(self, meta):
        assert set(meta) <= set(self.meta), "the mapping has a key that nobody set"
        for key, values in self.meta.items():
            allowed = values[self.meta_least.get(key, 0) :]
            assert meta.get(key) in allowed, f"meta {key!r} is {meta.get(key)!r}, not of {allowed}"

    def _check_batch(self, operations, must, held, meta):
        there = set()
        for kind, *what in operations:
            if kind == "meta":
                there |= {meta.get(key) == value for key, value in what[0].items()}
            else:
                there.add(what[0] in held and (kind == "accept" or held[what[0]][2]))
        assert len(there) == 1, "a batch is there in part"
        assert there == {True} or not must, "a batch is lost"

    def _check_report(self, log, held):
        report = log.recovery
        committed = sum(entry[2] for entry in held.values())
        for slot in report.damaged_slots:
            assert self.may_miss and slot in self.chosen, f"slot {slot} is damaged"
            assert slot not in self.must_chosen and slot not in self.must_vote and slot not in held, f"slot {slot} is damaged"
        assert (report.entries, report.votes) == (committed, len(held) - committed) and len(log) == committed
        assert report.bytes_cut >= 0 and (report.clean or report.bytes_cut > 0 or report.damaged_slots)
        through = log.first_slot - 1
        while through + 1 in held and held[through + 1][2]:
            through += 1
        assert log.committed_through == through


def events_of(seen):
    """As if everything in a log's view had just been done, and were durable: what a workload that goes on with it begins with."""
    operations = [("promise", seen["promised"])] if seen["promised"] else []
    for slot, ballot, value, committed in seen["entries"].values():
        operations.append(("learn" if committed else "accept", slot, ballot, value))
    if seen["meta"]:
        operations.append(("meta", seen["meta"]))
    events = [("durable", 0)]
    for number, operation in enumerate(operations):
        number = -1 - number
        events += [("begin", number, operation), ("returned", number, 0, 0)]
    return events
