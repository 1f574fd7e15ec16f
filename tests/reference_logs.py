"""Small logs whose every entry is known, for tests that damage their files.

A child writes the log: three segments, values of mixed sizes, undecided votes, a promise, a mapping, batches, a discard.  It then closes
it, or is killed.  On the way it keeps copies of the directory: stale images of the same log.

The last part of its work, the *late* part, lies in the ring at and above the last SYNC mark of a log that was not closed: the groups
that P6 allows to be ambiguous.  Everything is waited for, so all of it is durable, and what the opened log must show is what
the child saw.
"""

import os
import pickle
import random
import shutil
import time
from dataclasses import dataclass, field

import layout
from helpers import KIB, Child, small_log, value_of, view

from fasterlog import Ballot

SIZES = (0, 1, 7, 8, 9, 60, 100, 100, 300, 300, 900, 2500)
RING_BYTES = 64 * KIB
LATE = 3000  # slots of the late part lie from here on


@dataclass
class Reference:
    """A directory's files, and what a log that is opened over them must show."""

    name: str
    level: str
    closed: bool
    files: dict
    stale: list
    view: dict
    history: dict
    """All that a slot has ever held, for those that may fall back to it: {slot: {(ballot, value, committed)}}."""
    metas: list
    frames: list = field(default_factory=list)
    begin: int = 0
    end: int = 0
    durable: int = 0
    """What the superblock says was on disk; SYNC marks say so of more.  Below them damage is rot and must be refused."""

    def options(self, **changed):
        return {"durability": self.level, "lazy_sync_ms": 60_000, **changed}


def read_files(path):
    """{relative name: bytes} of all files but LOCK, which may hold anything."""
    found = {}
    for folder, _, names in os.walk(path):
        for name in names:
            full = os.path.join(folder, name)
            if name != "LOCK":
                with open(full, "rb") as file:
                    found[os.path.relpath(full, path)] = file.read()
    return dict(sorted(found.items()))


def write_files(path, files):
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(os.path.join(path, "tail"))
    for name, data in files.items():
        with open(os.path.join(path, name), "wb") as file:
            file.write(data)


class _Writer:
    """One log's life, noted down."""

    def __init__(self, path, level, seed):
        self.log = small_log(path, durability=level, lazy_sync_ms=60_000)
        self.rng = random.Random(seed)
        self.history, self.metas = {}, [{}]
        self.wait = True

    def _note(self, slot, ballot, value, committed):
        self.history.setdefault(slot, set()).add(((ballot.id, ballot.node), value, committed))

    def accept(self, slot, ballot, size=None):
        value = value_of(slot, (ballot.id, ballot.node), self.rng.choice(SIZES) if size is None else size)
        self.log.accept(slot, ballot, value, wait=self.wait)
        self._note(slot, ballot, value, False)
        return value

    def choose(self, slot, ballot, size=None):
        value = self.accept(slot, ballot, size)
        self.log.commit(slot, ballot, wait=self.wait)
        self._note(slot, ballot, value, True)

    def learn(self, slot, ballot, size):
        value = value_of(slot, (ballot.id, ballot.node), size)
        self.log.learn(slot, ballot, value, wait=self.wait)
        self._note(slot, ballot, value, True)

    def meta(self, **changes):
        self.log.set_meta(changes, wait=self.wait)
        self.metas.append(dict(self.log.meta))

    def batch(self, ballot, learned, voted):
        with self.log.batch(wait=self.wait) as batch:
            for slot in learned:
                batch.learn(slot, ballot, value_of(slot, (ballot.id, ballot.node)))
                self._note(slot, ballot, value_of(slot, (ballot.id, ballot.node)), True)
            for slot in voted:
                batch.accept(slot, ballot, value_of(slot, (ballot.id, ballot.node)))
                self._note(slot, ballot, value_of(slot, (ballot.id, ballot.node)), False)

    def part(self, slots, ballot):
        """Decisions, with an undecided vote now and then: those are carried around the ring."""
        for slot in slots:
            if slot % 40 == 20:
                self.accept(slot, ballot, 50)
            elif slot % 7 == 3:
                self.learn(slot, ballot, self.rng.choice(SIZES))
            else:
                self.choose(slot, ballot)


def _work(send, path, level, closed, seed):
    writer = _Writer(path, level, seed)
    log, one, two, three = writer.log, Ballot(1, 1), Ballot(2, 1), Ballot(3, 2)
    copies = 0

    def keep_copy():
        nonlocal copies
        shutil.copytree(path, f"{path}.stale{copies}")
        copies += 1

    writer.meta(term=b"1", name=b"node")
    writer.part(range(120), one)
    log.checkpoint()
    keep_copy()
    log.promise(two)
    writer.batch(two, [1000, 1001], [1002])
    slot = 120
    while len(layout.segments(path)) < 3:
        writer.part(range(slot, slot + 10), two)
        log.checkpoint()
        slot += 10
    writer.part(range(slot, slot + 15), two)
    writer.accept(1010, two)
    writer.accept(1011, two)
    log.discard(1010 + 1, wait=True)
    writer.meta(term=b"2")
    log.checkpoint()
    keep_copy()
    # From here on in the ring only.
    writer.part(range(slot + 15, slot + 30), two)
    writer.batch(two, [1003], [1004, 1005])
    writer.accept(1006, two, 1500)
    log.promise(three)
    log.sync()
    keep_copy()
    log.sync()
    if not closed:
        writer.wait = False  # one group
        writer.accept(LATE, three, 70)
        writer.choose(LATE + 1, three, 200)
        writer.meta(term=b"3")
        writer.batch(three, [LATE + 2], [LATE + 3])
        writer.learn(LATE + 4, three, 30)
        writer.accept(LATE + 5, Ballot(4, 1), 120)
        log.sync()
    seen = view(log)
    with open(f"{path}.pickle", "wb") as file:
        pickle.dump((seen, writer.history, writer.metas), file)
    if closed:
        log.close()
    send("done")
    while not closed:
        time.sleep(1)


def build(path, level, closed, seed):
    """Writes the log at `path` and reads it into a Reference; `path` is not needed afterwards."""
    for _ in range(50):
        reference = _build(path, level, closed, seed)
        marks = [frame.slot for frame in reference.frames if frame.kind == "sync"]
        if closed or any((f.kind, f.slot) == ("vote", LATE) and f.address >= max([reference.durable, *marks]) for f in reference.frames):
            return reference
    raise AssertionError("each time the lazy sync came before the kill")


def _build(path, level, closed, seed):
    for made in (path, *(f"{path}.stale{number}" for number in range(3))):
        shutil.rmtree(made, ignore_errors=True)
    child = Child(_work, path, level, closed, seed)
    assert child.receive(60) == "done", "the child that writes the log failed"
    if closed:
        child.finish()
        assert child.status == 0
    else:
        child.kill()
    with open(f"{path}.pickle", "rb") as file:
        seen, history, metas = pickle.load(file)
    stale = [read_files(f"{path}.stale{number}") for number in range(3)]
    reference = Reference(f"{level}-{'closed' if closed else 'killed'}", level, closed, read_files(path), stale, seen, history, metas)
    head = layout.superblock(path)
    reference.begin, reference.durable = head.begin, head.durable
    reference.frames = layout.ring_frames(path)
    if closed:
        reference.frames = [frame for frame in reference.frames if frame.address < head.end]
    last = reference.frames[-1] if reference.frames else None
    reference.end = last.address + last.length if last else head.begin
    assert len(layout.segments(path)) == 3
    return reference


def inner_frames(frame):
    """The frames inside a batch, with addresses; of any other frame that one itself."""
    if frame.kind != "batch":
        return [frame]
    inner, at = [], 0
    while at + layout.FRAME.size <= len(frame.value):
        one = layout._frame(frame.value, at)
        inner.append(one._replace(address=frame.address))
        at += one.length
    return inner
