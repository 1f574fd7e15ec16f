"""Workloads for the crash states: they use every operation, and note between the calls what has begun and what has returned."""

import random
import threading

from helpers import run_threads, small_log, value_of

BATCH_SLOT = 2**40  # slots of batches lie this much higher


class Run:
    """A log on a simulated disk; each operation is noted before and after."""

    def __init__(self, disk, path, level, events=()):
        self.disk, self.path, self.level = disk, path, level
        self.before = list(events)  # stand for what earlier runs have left
        self.events = {}
        self.count = 0
        self.lock = threading.Lock()
        self.log = None

    def open(self):
        self.log = small_log(self.path, durability=self.level, lazy_sync_ms=1)
        self.note("durable", self.log.durable_lsn)

    def close(self):
        self.log.close()

    def reopen(self):
        self.close()
        self.open()

    def note(self, *event):
        self.events[self.disk.mark()] = event

    def noted(self, marks):
        return self.before + [self.events[number] for number in range(marks)]

    def do(self, call, operation, lsn_of=lambda result: result):
        with self.lock:
            number = self.count
            self.count += 1
        self.note("begin", number, operation)
        lsn = lsn_of(call())
        durable = self.log.durable_lsn
        self.note("returned", number, lsn, durable)
        return lsn

    def promise(self, ballot):
        self.do(lambda: self.log.promise(ballot), ("promise", ballot), lambda report: report.lsn)

    def accept(self, slot, ballot, value, wait=None):
        lsn = self.do(lambda: self.log.accept(slot, ballot, value, wait=wait), ("accept", slot, ballot, value))
        assert wait is False or self.level == "process" or lsn <= self.log.durable_lsn

    def commit(self, slot, ballot, value, wait=None):
        self.do(lambda: self.log.commit(slot, ballot, wait=wait), ("commit", slot, ballot, value))

    def learn(self, slot, ballot, value, wait=None):
        self.do(lambda: self.log.learn(slot, ballot, value, wait=wait), ("learn", slot, ballot, value))

    def discard(self, slot):
        self.do(lambda: self.log.discard(slot), ("discard", slot))

    def set_meta(self, changes):
        self.do(lambda: self.log.set_meta(changes), ("meta", changes))

    def batch(self, operations):
        def call():
            with self.log.batch() as batch:
                for kind, *what in operations:
                    (batch.set_meta if kind == "meta" else getattr(batch, kind))(*what)
            return batch.lsn

        self.do(call, ("batch", operations))

    def sync(self):
        self.log.sync()
        self.note("durable", self.log.durable_lsn)

    def checkpoint(self):
        self.log.checkpoint()
        self.note("durable", self.log.durable_lsn)


def mixed(run, seed, steps=90):
    """All operations in random order, from one thread."""
    rng = random.Random(seed)
    log = run.log
    ballot = max(((log.promised.id, log.promised.node) if log.promised else (1, 1)), (1, 1))
    votes = {entry.slot: ((entry.ballot.id, entry.ballot.node), entry.value) for entry in log.scan_uncommitted()}
    committed = {entry.slot for entry in log.iter_committed(gaps="skip")}
    batch = BATCH_SLOT + 4 * rng.randrange(2**20)
    for step in range(steps):
        votes = {slot: vote for slot, vote in votes.items() if slot < BATCH_SLOT}
        decided = max((slot for slot in committed if slot < BATCH_SLOT), default=-1)
        kind = rng.choices(
            ("accept", "again", "commit", "learn", "discard", "promise", "batch", "meta", "sync", "checkpoint", "reopen"),
            (30, 4, 22, 8, 3, 3, 5, 5, 4, 4, 3),
        )[0]
        wait = rng.choice((None, None, True, False))
        slot = max(decided, max(votes, default=-1)) + rng.choice((1, 1, 1, 2))
        size = rng.choice((0, 5, 60, 300, 700, 2000, 3900))
        if kind == "accept" and len(votes) < 10:
            run.accept(slot, ballot, value_of(slot, ballot, size), wait)
            votes[slot] = (ballot, value_of(slot, ballot, size))
        elif kind == "again" and votes:
            slot = rng.choice(list(votes))
            if votes[slot][0] < ballot:
                votes[slot] = (ballot, value_of(slot, ballot, size))
            if votes[slot][0] == ballot:
                run.accept(slot, *votes[slot], wait)
        elif kind == "commit" and votes:
            slot = rng.choice(list(votes))
            run.commit(slot, *votes[slot], wait)
            committed.add(slot)
            del votes[slot]
        elif kind == "learn":
            run.learn(slot, ballot, value_of(slot, ballot, size), wait)
            committed.add(slot)
        elif kind == "discard" and votes and not any(slot >= BATCH_SLOT for slot in committed) and max(votes) > decided:
            slot = decided + 1
            run.discard(slot)
            votes = {at: vote for at, vote in votes.items() if at < slot}
        elif kind == "promise":
            ballot = (ballot[0] + 1, rng.randrange(3))
            run.promise(ballot)
        elif kind == "batch" and step > steps // 2:
            slots = [batch + place for place in range(rng.choice((2, 3)))]
            batch += 4
            operations = [("learn", at, ballot, value_of(at, ballot, rng.choice((10, 500, 1000)))) for at in slots]
            committed.update(slots)
            run.batch([*operations, ("meta", {f"batch {seed} {step}": b"x"})] if rng.random() < 0.5 else operations)
        elif kind == "meta":
            run.set_meta({f"key {rng.randrange(3)}": rng.choice((None, b"%d" % step, b"%d" % step * 40))})
        elif kind == "sync":
            run.sync()
        elif kind == "checkpoint":
            run.checkpoint()
        elif kind == "reopen":
            run.reopen()


def rotating(run, seed, steps=70):
    """Large values: the ring goes round, and segments fill and are followed by others, while a vote stays undecided and is carried."""
    rng = random.Random(seed)
    first = run.log.last_slot + 1
    ballot = max(((run.log.promised.id, run.log.promised.node) if run.log.promised else (1, 1)), (1, 1))
    run.accept(first, ballot, value_of(first, ballot, 1500))
    for slot in range(first + 1, first + steps):
        value = value_of(slot, ballot, rng.choice((3900, 3000, 2500)))
        if rng.random() < 0.3:
            run.learn(slot, ballot, value)
        else:
            run.accept(slot, ballot, value)
            run.commit(slot, ballot, value)
        if rng.random() < 0.04:
            run.checkpoint()


def threaded(run, seed, steps=25):
    """Three writers with slots of their own, and a fourth thread that promises, syncs and checkpoints."""
    ballot = (2**32, 1)

    def write(index):
        rng = random.Random(seed * 8 + index)
        for number in range(steps):
            slot = 3 * number + index
            value = value_of(slot, ballot, rng.choice((20, 400, 1500)))
            run.accept(slot, ballot, value, rng.choice((None, False)))
            if rng.random() < 0.8:
                run.commit(slot, ballot, value)
            if rng.random() < 0.1:
                run.set_meta({f"writer {index}": b"%d" % slot})
            if rng.random() < 0.1:
                at = BATCH_SLOT + 4 * (3 * number + index)
                run.batch([("learn", at + place, ballot, value_of(at, ballot, 100)) for place in range(2)])

    def control():
        rng = random.Random(seed * 8 + 5)
        for _ in range(8):
            rng.choice((run.sync, run.checkpoint, lambda: run.promise(ballot)))()

    run_threads(lambda: write(0), lambda: write(1), lambda: write(2), control)
