"""FasterLog's rules on a plain dict, and the same commands carried out on a log: what test_model.py compares.

A command is a tuple of its name and plain arguments; an outcome is ("returned", plain value) or ("raised", name of the error).
"""

from helpers import as_tuple, view

from fasterlog import FasterLogError

FIRST_SLOT = 0
META_LIMIT = 1024  # of a ring of 64 KiB


class BodyFailed(Exception):
    """What a batch's body raises when it is to leave nothing."""


# ---- on a log


def perform(log, command):
    """Carries a command out; the outcome is plain, so that it can come from another process."""
    name, *arguments = command
    try:
        return "returned", ON_LOG[name](log, *arguments)
    except (FasterLogError, OverflowError, ValueError, BodyFailed) as error:
        return "raised", type(error).__name__


def _promise(log, ballot):
    report = log.promise(ballot)
    assert log.durable_lsn >= report.lsn or log.config.durability == "process"
    return report.committed_through, report.first_slot, [as_tuple(entry) for entry in report.entries]


def _lsn(log, lsn):
    assert 0 <= lsn <= log.published_lsn


def _batch(log, commands, fails):
    outcomes = []
    try:
        with log.batch() as batch:
            for name, *arguments in commands:
                try:
                    getattr(batch, name)(*arguments)
                    outcomes.append("returned")
                except FasterLogError as error:
                    outcomes.append(type(error).__name__)
            if fails:
                raise BodyFailed
    except BodyFailed:
        pass
    return outcomes


def _iterate(log, start, stop, gaps):
    slots = []
    try:
        for entry in log.iter_committed(start, stop, gaps=gaps):
            slots.append(as_tuple(entry))
    except FasterLogError as error:
        return slots, type(error).__name__
    return slots, None


ON_LOG = {
    "promise": _promise,
    "accept": lambda log, slot, ballot, value, under: _lsn(log, log.accept(slot, ballot, value, under=under)),
    "commit": lambda log, slot, ballot: _lsn(log, log.commit(slot, ballot)),
    "learn": lambda log, slot, ballot, value: _lsn(log, log.learn(slot, ballot, value)),
    "discard": lambda log, slot: log.discard(slot),
    "set_meta": lambda log, changes: log.set_meta(changes),
    "batch": _batch,
    "read": lambda log, slot: as_tuple(log.read(slot)),
    "read_committed": lambda log, slot: as_tuple(log.read_committed(slot)),
    "scan": lambda log, start, stop: [as_tuple(entry) for entry in log.scan_uncommitted(start, stop)],
    "iterate": _iterate,
    "checkpoint": lambda log: log.checkpoint(),
    "sync": lambda log: log.sync(),
    "view": view,
}


# ---- on the model


class Model:
    """`slots` maps a slot to (ballot, value, committed).

    `promised` is what the log says now.  An accept that was refused may have raised it, up to `promised_most`; since nobody
    could rely on that, after a crash it may be as low as `promised_least`.
    """

    def __init__(self, value_limit):
        self.value_limit = value_limit
        self.slots = {}
        self.meta = {}
        self.promised = self.promised_least = self.promised_most = None

    def copy(self):
        other = Model(self.value_limit)
        other.slots, other.meta = dict(self.slots), dict(self.meta)
        other.promised, other.promised_least = self.promised, self.promised_least
        other.promised_most = self.promised_most
        return other

    # Each returns the set of error names that are right, or an empty set when the call has to succeed; None in the set: may succeed.

    def accept(self, slot, ballot, value, under):
        message = under or ballot
        if self.promised is not None and message < self.promised:
            return {"StaleBallotError"}
        self.promised_most = highest(self.promised_most, message)
        held = self.slots.get(slot)
        if held is not None and held[2]:
            right = {None} if held[1] == value else {"SlotCommittedError"}
            if ballot < held[0]:
                right.add("StaleBallotError")
            if len(value) > self.value_limit:
                right.add("EntryTooLargeError")
            return right
        if held is not None and ballot < held[0]:
            return {"StaleBallotError"}
        if len(value) > self.value_limit:
            return {"EntryTooLargeError"}
        if held is not None and ballot == held[0] and value != held[1]:
            return {"BallotConflictError"}
        self.slots[slot] = (ballot, value, False)
        self.promised = highest(self.promised, message)
        self.promised_least = highest(self.promised_least, message)
        return set()

    def commit(self, slot, ballot):
        held = self.slots.get(slot)
        if held is None:
            return {"SlotNotFoundError"} | ({"BallotMismatchError"} if ballot is self.promised is None else set())
        if held[2]:
            return set() if ballot in (None, held[0]) else {None, "BallotMismatchError"}
        if held[0] != (self.promised if ballot is None else ballot):
            return {"BallotMismatchError"}
        self.slots[slot] = (held[0], held[1], True)
        return set()

    def learn(self, slot, ballot, value):
        held = self.slots.get(slot)
        if held is not None and held[2]:
            return set() if held[1] == value else {"SafetyViolationError"}
        self.slots[slot] = (ballot, value, True)
        return set()

    def discard(self, start):
        if any(held[2] for slot, held in self.slots.items() if slot >= start):
            return {"SlotCommittedError"}
        self.slots = {slot: held for slot, held in self.slots.items() if slot < start}
        return set()

    def set_meta(self, changes):
        merged = {key: value for key, value in {**self.meta, **changes}.items() if value is not None}
        if sum(8 + len(key.encode()) + len(value) for key, value in merged.items()) > META_LIMIT:
            return {"EntryTooLargeError"}
        self.meta = merged
        return set()

    # What reads have to give:

    def promise(self, ballot):
        if self.promised is not None and ballot < self.promised:
            return {"StaleBallotError"}, None
        self.promised = self.promised_least = self.promised_most = ballot
        through = self.committed_through()
        entries = [self.entry(slot) for slot in sorted(self.slots) if slot > through]
        return set(), (through, FIRST_SLOT, entries)

    def entry(self, slot):
        return slot, *self.slots[slot]

    def read(self, slot):
        return ({"SlotNotFoundError"}, None) if slot not in self.slots else (set(), self.entry(slot))

    def read_committed(self, slot):
        if slot in self.slots and not self.slots[slot][2]:
            return {"NotCommittedError"}, None
        return self.read(slot)

    def scan(self, start, stop):
        inside = (s for s in sorted(self.slots) if (start or 0) <= s and (stop is None or s < stop))
        return set(), [self.entry(slot) for slot in inside if not self.slots[slot][2]]

    def iterate(self, start, stop, gaps):
        committed = self.committed()
        if not committed:
            return set(), ([], None)
        start = committed[0] if start is None else start
        end = committed[-1] + 1 if stop is None else min(stop, committed[-1] + 1)
        inside = [slot for slot in committed if start <= slot < end]
        if gaps != "skip":
            unbroken = [slot for number, slot in enumerate(inside) if slot == start + number]
            if len(unbroken) < end - start:
                return set(), ([self.entry(slot) for slot in unbroken], "GapError" if gaps == "raise" else None)
        return set(), ([self.entry(slot) for slot in inside], None)

    def committed(self):
        return sorted(slot for slot, held in self.slots.items() if held[2])

    def committed_through(self):
        through = FIRST_SLOT - 1
        while through + 1 in self.slots and self.slots[through + 1][2]:
            through += 1
        return through

    def view(self):
        committed = self.committed()
        return {
            "entries": {slot: self.entry(slot) for slot in sorted(self.slots)},
            "promised": self.promised,
            "meta": self.meta,
            "committed_range": (committed[0], committed[-1], len(committed)) if committed else (None, None, 0),
            "committed_through": self.committed_through(),
            "first_slot": FIRST_SLOT,
            "last_slot": max(self.slots, default=FIRST_SLOT - 1),
            "floor": None,
            "len": len(committed),
        }

    def differences(self, seen, *, after_crash=False):
        """What a log's view shows otherwise than the model; takes over the promise where the rules leave it open."""
        least = self.promised_least if after_crash else self.promised
        in_order = [ballot for ballot in (least, seen["promised"], self.promised_most) if ballot is not None]
        if in_order != sorted(in_order) or (seen["promised"] is None and least is not None):
            return {"promised": (seen["promised"], f"{least} to {self.promised_most}")}
        self.promised = self.promised_most = seen["promised"]
        expected = self.view()
        return {key: (seen[key], expected[key]) for key in expected if seen[key] != expected[key]}


def highest(one, other):
    return other if one is None or (other is not None and other > one) else one
