"""Writes the seeds of the fuzz targets: recipes (recipes.pxi) of logs as they really come about, and the ring of a log that this package
has just written, turned into a recipe frame by frame.   Usage: python tests/fuzz/make_seeds.py FOLDER  (FOLDER/replay, /tail, /open)
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import layout

from fasterlog import FasterLog
from fasterlog._crc import crc32c

SAME_BOOT, SHARED, SALVAGE, CLEAN, PROCESS, OLDER = 1, 2, 4, 8, 16, 32
KIND = {name: number for number, name in enumerate(layout.KINDS)}
NO_SUMS, HEADER_SUM, BOTH_SUMS = 0, 1, 2


def word(number, size=8):
    return number.to_bytes(size, "little")


class Ring:
    """A recipe for the ring."""

    def __init__(self, flags=0, begin=0, incarnation=1, raises=0, mark=0, later=False):
        self.data = bytearray([flags, begin // 512 | (0x80 if later else 0), incarnation, raises, mark])
        self.given = set()  # operands of the next frame that are there already

    def op(self, number, *operands, bits=0):
        self.data.append(number | bits << 5)
        if number in (23, 24):
            self.given.add(number)
        for operand in operands:
            self.data += operand if isinstance(operand, bytes) else bytes([operand])
        return self

    def frame(self, kind, slot=0, ballot=1, size=0, fill=0, flags=0):
        long = size > 255
        operands = [slot] if 23 not in self.given else []
        operands += [ballot] if 24 not in self.given else []
        self.given.clear()
        return self.op(KIND[kind], *operands, size >> 4 if long else size, fill, bits=flags | (4 if long else 0))

    def vote(self, slot, ballot=1, size=24):
        return self.frame("vote", slot, ballot, size, fill=slot & 255)

    def commit(self, slot, ballot=1, size=24):
        return self.frame("chosen", slot, ballot, size, fill=slot & 255)

    def learn(self, slot, ballot=1, size=24):
        return self.frame("chosen", slot, ballot, size, fill=slot & 255, flags=1)

    def sync(self):
        """A mark: everything up to here was on disk."""
        return self.op(23, word(0)).frame("sync")

    def marked(self, address):
        return self.op(23, word(address)).frame("sync")

    def batch(self, *frames):
        self.op(13)
        for name, *operands in frames:
            getattr(self, name)(*operands)
        return self.op(14)

    def restart(self, by=1):
        return self.op(19, by, bits=1).frame("restart")

    def gap(self, words):
        return self.op(0, words)

    def poke(self, offset, mask, sums=NO_SUMS):
        """A byte of the last frame."""
        return self.op(17, offset, mask, bits=sums)


class Tail:
    """A recipe for the segments."""

    def __init__(self):
        self.data = bytearray()

    def op(self, number, *operands, bits=0):
        self.data.append(number | bits << 4)
        for operand in operands:
            self.data += operand if isinstance(operand, bytes) else bytes([operand])
        return self

    def segment(self, gap=0):
        return self.op(0, bits=gap)

    def entries(self, count, size=24, fill=1):
        return self.op(1, count, size, fill)

    def slot(self, number):
        return self.op(2, word(number), bits=1)

    def seal(self):
        return self.op(3)

    def entry(self, ballot=1, size=24, fill=1):
        return self.op(4, ballot, size, fill)


def whole(ring, tail=None, manifest=b"\0", superblock=b"\0"):
    """A recipe for a directory."""
    tail = bytes(tail.data) if tail else b""
    return word(len(tail), 2) + tail + manifest + bytes([len(superblock)]) + superblock + bytes(ring.data)


def rings():
    yield "empty", Ring()
    yield "votes", Ring().vote(0).vote(1).vote(2, size=3).sync()
    yield "committed", Ring().frame("promise", ballot=2).vote(0, 2).commit(0, 2).learn(1, 3, 60).vote(2, 3).vote(2, 4, 30).commit(2, 4, 30)
    yield "far slots", Ring().op(23, word(2**64 - 1)).vote(0).op(23, word(2**40)).learn(0).vote(7).op(24, word(2**63), word(9)).vote(8)
    yield "discard", Ring().vote(0).vote(1).vote(2).commit(0).frame("discard", slot=1).vote(1, 5)
    yield "missing", Ring().commit(3, size=9).commit(4).vote(4).frame("vote", 3, 1, 9, 3, flags=2)
    yield "two values", Ring().learn(0, 1, 8).learn(0, 2, 9)
    yield "batch", Ring().batch(("vote", 0), ("commit", 0), ("learn", 1), ("frame", "discard", 9)).vote(5)
    yield "nested", Ring().op(13).op(13).vote(1).op(14).vote(2).op(14)
    yield "restarts", Ring(raises=3).vote(0).restart().vote(1).restart(2).vote(2)
    yield "stale", Ring(raises=1).vote(0).restart().vote(1).op(19, word(1, 2)).vote(2).vote(3)
    yield "wraps", Ring(begin=65024, later=True).vote(0, size=4000).vote(1, size=300).commit(0, size=4000)
    yield "later lap", Ring(begin=512, later=True).vote(0).vote(1)
    yield "clean", Ring(CLEAN | SHARED).vote(0).commit(0).op(20).vote(9)
    yield "clean and damaged", Ring(CLEAN | SALVAGE).vote(0).vote(1).poke(60, 1).vote(2).op(20)
    yield "mapping", Ring().op(KIND["meta"], 0, 1, 10, 0).op(25, b"\1\0\0\0a\1\0\0\0b").frame("trim", slot=3).vote(4)
    yield "hole", Ring(SAME_BOOT | SHARED | PROCESS).vote(0).frame("pending", size=40).vote(2).gap(9).vote(3)
    yield "torn", Ring().vote(0).vote(1).poke(60, 255).vote(2).vote(3)
    yield "torn batch", Ring(SALVAGE, mark=255).vote(0).poke(16, 4).batch(("vote", 1), ("vote", 2)).poke(56 + 56, 1).vote(3).sync()
    yield "rotten", Ring(SALVAGE).vote(0).vote(1).vote(2).poke(24, 1).vote(3).marked(400).vote(4)
    yield "rotten restart", Ring(SALVAGE, raises=2).vote(0).restart().poke(8, 1).vote(1).marked(200)
    yield "pads", Ring().frame("pad", size=200).vote(0).frame("pad", size=7)
    yield "short file", Ring().op(28, word(40, 2), bits=1).vote(0).vote(1).vote(2)
    yield "lengths", Ring().op(21, word(9999, 2)).vote(0).op(21, word(7, 2)).vote(1).op(22, word(0x8008, 2)).vote(2)
    yield "bytes", Ring().vote(0).op(15, 16, bytes(range(16))).vote(1).op(16, word(3, 2)).vote(9).op(18, 1, word(77), bits=2)
    yield "unknown opening", Ring(SALVAGE).vote(0).op(19, word(2, 2)).frame("restart").vote(1).op(19, word(4, 2)).vote(2)
    yield "rest", Ring().op(26, word(7, 4), word(1234, 4)).frame("chosen").op(29, 9).op(27).op(30, word(64)).frame("entry", 1)


def tails():
    yield "empty", Tail().segment()
    yield "open", Tail().segment().entries(5)
    yield "sealed", Tail().segment().entries(9, 40).seal()
    yield "three", Tail().segment().entries(9).seal().segment().entries(3).slot(2**64 - 3).entries(2).seal().segment().entries(4)
    yield (
        "late slots",
        Tail().segment().slot(100).entries(4).slot(5).entries(3).slot(100).entry(2, 7).seal().segment().slot(3).entries(9).seal(),
    )
    yield "missing", Tail().segment().entries(2).seal().segment(gap=2).entries(2).seal()
    yield "not sealed", Tail().segment().entries(3).segment().entries(3)
    yield "torn", Tail().segment().entries(6).op(10, 1, word(77)).op(12, 9, b"garbage!!")
    yield "runs", Tail().segment().slot(1).entry().slot(5).entry().slot(9).entries(3).seal()
    yield "footer", Tail().segment().entries(5).seal().op(9, 2, word(2, 4)).segment().entries(1)
    yield "trailer", Tail().segment().entries(5).seal().op(8, 4, word(2**40)).op(6, word(70, 2), 4)
    yield "header", Tail().segment().op(7, 3, word(1 << 18)).entries(2).op(5, word(70, 2), 8)
    yield "size", Tail().segment().entries(8).op(11, word(7, 2))
    yield "end", Tail().segment().entries(2).op(14, word(100)).op(13, word(0), word(0, 4)).segment().op(4, 1, 200, 0, bits=1)


def directories():
    for name, ring in rings():
        yield name, whole(ring)
    for name, tail in tails():
        yield "tail " + name, whole(Ring(OLDER).vote(0).learn(20), tail)
        yield "salvaged tail " + name, whole(Ring(SALVAGE | PROCESS | CLEAN).vote(30).op(20), tail)
    yield "same in both", whole(Ring(mark=9).learn(0), Tail().segment().entries(2, 24, 0).seal())
    yield "superblock", whole(Ring(OLDER).vote(0), superblock=b"\3" + bytes([5]) + word(4) + bytes([7]) + word(100) + bytes([17]) + word(1))
    yield "its mapping", whole(Ring().vote(0), superblock=b"\x80\x0a\1\0\0\0a\1\0\0\0b")
    yield "its sum", whole(Ring(OLDER | SHARED | SAME_BOOT | PROCESS).vote(0), superblock=b"\x08\x40\0\1")
    yield "its size", whole(Ring().vote(0), superblock=b"\x10\x10\0")
    yield "manifest", whole(Ring().vote(0), manifest=b"\1\6" + word(1 << 17, 4))
    yield "its length", whole(Ring().vote(0), manifest=b"\x0c\x09\1\x30")


REAL_ENTRIES = 9  # slots that real_ring() leaves with a vote or a value


def real_ring():
    """Everything that a log writes, read back from its file."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/log"
        with FasterLog(path, mutable_size=65536, segment_size=65536, durability="process") as log:
            log.promise((3, 1))
            for slot in range(6):
                log.accept(slot, (3, 1), b"value %d" % slot)
            log.commit(1, (3, 1))
            log.learn(9, (4, 2), b"learnt")
            log.accept(11, (3, 1), b"dropped")
            log.discard(10)
            log.set_meta({"term": b"4"})
            with log.batch() as batch:
                batch.accept(6, (4, 2), b"one")
                batch.learn(7, (4, 2), b"two")
            log.sync()
            frames = layout.ring_frames(path)
    first = frames[0].incarnation
    ring = Ring(SHARED, incarnation=first - 1, raises=1).op(19, word(first, 2))
    votes = {}
    for frame in frames:
        copy(ring, frame, votes)
    return ring


def copy(ring, frame, votes):
    """One frame of a file, and those in it."""
    if frame.kind == "batch":
        ring.op(13)
        at = 0
        while at < len(frame.value):
            inner = layout._frame(frame.value, at)
            copy(ring, inner, votes)
            at += inner.length
        ring.op(14)
        return
    bare = frame.kind == "chosen" and not frame.flags & 1
    ring.op(23, word(frame.slot)).op(24, word(frame.ballot[0]), word(frame.ballot[1]))
    if bare:
        ring.op(26, word(len(frame.value), 4), word(crc32c(votes[frame.slot]), 4))
    ring.frame(frame.kind, size=len(frame.value), flags=frame.flags & 3)
    if frame.value and not bare:
        votes[frame.slot] = frame.value
        ring.op(25, frame.value)


def write(folder, target, name, data):
    place = Path(folder, target)
    place.mkdir(parents=True, exist_ok=True)
    place.joinpath("seed-" + name.replace(" ", "-")).write_bytes(bytes(data))


def main(folder):
    for name, ring in [*rings(), ("real", real_ring())]:
        write(folder, "replay", name, ring.data)
    for name, tail in tails():
        write(folder, "tail", name, tail.data)
    for name, data in [*directories(), ("real", whole(real_ring()))]:
        write(folder, "open", name, data)


if __name__ == "__main__":
    main(sys.argv[1])
