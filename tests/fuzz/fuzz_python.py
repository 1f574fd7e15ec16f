"""Hostile bytes from Python's side (RELIABILITY: P12, P3): the parsers, and whole directories on a real file system with files that are
damaged, swapped, cut or replaced by something that is no file.

What must hold: nothing but the documented errors comes out; and whatever can be read is something that the log was once told, byte for
byte.  A slot may be missing, or unreadable with an error; it is never another value.

    python tests/fuzz/fuzz_python.py [-runs=N] [-seed=N] [...]     under atheris, where that is installed: all its options
    main_random(seed, count)                                       without it, what test_fuzz_python.py does
"""

import contextlib
import os
import random
import shutil
import struct
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

if __name__ == "__main__":
    # Before anything imports the package; of the compiled modules it sees nothing, which the targets in recovery_probe.pyx make up for.
    import atheris

    with atheris.instrument_imports(include=["fasterlog"]):
        import fasterlog  # noqa: F401

import layout

from fasterlog import Ballot, Config, CorruptedEntryError, Entry, FasterLog, FasterLogError
from fasterlog.manifest import Manifest

ALLOWED = (FasterLogError, OSError, ValueError, TypeError, OverflowError, MemoryError)
KIB = 1024
OPTIONS = {"mutable_size": 64 * KIB, "segment_size": 64 * KIB, "durability": "process"}


class Bytes:
    """Small choices out of an input; zeros when it is used up."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        piece = self.data[self.at : self.at + size]
        self.at += size
        return piece.ljust(size, b"\0")

    def number(self, size=1):
        return int.from_bytes(self.take(size), "little")

    def more(self):
        return self.at < len(self.data)


# --- parsers --------------------------------------------------------------------------------------------------------------


def parsers(data):
    choice = Bytes(data)
    kind = choice.number() % 6
    rest = data[1:]
    try:
        if kind == 0:
            assert Manifest.unpack(rest, "name").pack() == rest
        elif kind == 1:
            # The same with a sum that fits, or nothing behind it is ever looked at.
            whole = b"FLMANIFS" + rest[8:].ljust(48, b"\0")
            name = tempfile.mktemp(dir=os.environ.get("TMPDIR"))
            Path(name).write_bytes(whole)
            layout.set_version(name, choice.number() % 3)
            manifest = Manifest.unpack(Path(name).read_bytes(), name)
            os.unlink(name)
            Config("x", mutable_size=manifest.mutable_size, segment_size=manifest.segment_size, identity=manifest.identity)
        elif kind == 2:
            entry = Entry.unpack(rest)
            assert entry.pack() == rest
        elif kind == 3:
            slot, node, ident = struct.unpack("<QQQ", choice.take(24))
            entry = Entry(slot, Ballot(ident, node), rest, committed=bool(rest[:1]))
            packed = bytearray(entry.pack())
            assert Entry.unpack(packed) == entry
            packed[slot % len(packed)] ^= 1 << node % 8
            with contextlib.suppress(CorruptedEntryError):
                raise AssertionError(f"a flipped bit passes: {Entry.unpack(packed)}")
        elif kind == 4:
            text = rest.decode("latin-1")
            Config(text, durability=text[:7], recovery=text[7:])
        else:
            signed = int.from_bytes(rest, "little", signed=True)
            ballot = Ballot(signed, choice.number(9))
            assert (ballot.id, ballot.node) == (signed, ballot.node)
    except ALLOWED:
        pass


# --- directories ----------------------------------------------------------------------------------------------------------


class Original:
    """A log's files, and everything that was ever written to it."""

    def __init__(self, folder, name, clean):
        self.votes, self.values, self.metas = set(), {}, [{}]
        path = os.path.join(folder, name)
        log = FasterLog(path, **OPTIONS)
        self._fill(log)
        image = path + ".image"
        if not clean:
            shutil.copytree(path, image)
        log.close()
        if clean:
            shutil.copytree(path, image)
        self.files = {
            str(file.relative_to(image)): file.read_bytes()
            for file in sorted(Path(image).rglob("*"))
            if file.is_file() and file.name != "LOCK"
        }
        shutil.rmtree(path)
        shutil.rmtree(image)

    def _fill(self, log):
        for slot in range(260):
            ballot = (1 + slot, 1)
            value = b"%d:" % slot * (60 + slot % 50)
            self.votes.add((slot, ballot, value))
            log.accept(slot, ballot, value)
            if slot % 40 == 7:
                ballot, value = (1 + slot, 2), value + b"!"
                self.votes.add((slot, ballot, value))
                log.accept(slot, ballot, value)
                log.commit(slot, ballot)
                self.values[slot] = (ballot, value)
            elif slot < 250:
                self.values[slot] = (ballot, value)
                log.learn(slot, ballot, value)
            if slot % 90 == 0:
                log.checkpoint()
                self.metas.append({"at": b"%d" % slot})
                log.set_meta(self.metas[-1])

    def check(self, log):
        for slot in range(270):
            try:
                entry = log.get(slot)
            except ALLOWED:
                continue
            self.check_entry(slot, entry)
        with contextlib.suppress(*ALLOWED):
            for entry in log.iter_committed(gaps="skip"):
                self.check_entry(entry.slot, entry)
        with contextlib.suppress(*ALLOWED):
            for entry in log.scan_uncommitted():
                self.check_entry(entry.slot, entry)
        with contextlib.suppress(*ALLOWED):
            assert dict(log.meta) in self.metas, f"a mapping that was never set: {log.meta}"

    def check_entry(self, slot, entry):
        if entry is None:
            return
        seen = ((entry.ballot.id, entry.ballot.node), entry.value)
        assert entry.slot == slot
        if entry.committed:
            assert self.values.get(slot) == seen, f"slot {slot} reads as {seen[0]} {seen[1][:40]}, which was never chosen"
        else:
            assert (slot, *seen) in self.votes, f"slot {slot} reads as a vote that was never cast"


_state = {}


def originals():
    if not _state:
        folder = tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
        _state["folder"] = folder
        _state["logs"] = [Original(folder, "killed", False), Original(folder, "clean", True)]
    return _state["folder"], _state["logs"]


def forget():
    if _state:
        shutil.rmtree(_state.pop("folder"))
        _state.clear()


def spoil(files, choice):
    """One change to one file; or to its place in the folder, which is returned for later."""
    names = sorted(files)
    name = names[choice.number() % len(names)]
    data = bytearray(files[name])
    what = choice.number() % 13
    at = choice.number(3) % max(len(data), 1)
    size = choice.number(2) % 5000
    if what <= 1 and data:
        data[at] ^= 1 << choice.number() % 8
    elif what == 2:
        data[at : at + 8] = choice.take(8)
    elif what == 3:
        data[at : at + size] = bytes(len(data[at : at + size]))
    elif what == 4:
        del data[at:]
    elif what == 5:
        data += bytes(size) + choice.take(4)
    elif what == 6:
        source = choice.number(3) % max(len(data), 1)
        data[at : at + size] = data[source : source + size]
    elif what == 7:
        sector, other = at // 512 * 512, choice.number(3) % max(len(data), 1) // 512 * 512
        data[sector : sector + 512], data[other : other + 512] = data[other : other + 512], data[sector : sector + 512]
    elif what == 8:
        other = names[choice.number() % len(names)]
        files[other], data = bytes(data), bytearray(files[other])
    elif what == 9:
        del files[name]
        return None
    elif what == 10:
        del files[name]
        return name, choice.number() % 4
    elif what == 11:
        data[at:at] = choice.take(size % 64 + 1)
    elif what == 12:
        del data[at : at + size]
    files[name] = bytes(data)
    return None


def lay_out(path, files, others):
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(os.path.join(path, "tail"))
    for name, data in files.items():
        with open(os.path.join(path, name), "wb") as file:
            file.write(data)
    for name, kind in others:
        place = os.path.join(path, name)
        if kind == 0:
            os.mkdir(place)
        elif kind == 1:
            os.mkfifo(place)
        elif kind == 2:
            os.symlink("/etc/passwd", place)
        else:
            with open(place, "wb") as file:
                file.truncate(1 << 40)


def directory(data):
    folder, logs = originals()
    choice = Bytes(data)
    flags = choice.number()
    original = logs[flags & 1]
    files, others = dict(original.files), []
    for _ in range(1 + (flags >> 1) % 4):
        placed = spoil(files, choice) if files else None
        if placed:
            others.append(placed)
    path = os.path.join(folder, "log")
    lay_out(path, files, others)
    if flags & 8 and not others and "SUPER" in files:
        with contextlib.suppress(OSError, struct.error, ValueError):
            layout.pretend_power_loss(path)
    options = {"durability": "process" if flags & 16 else "accept", "recovery": "salvage" if flags & 32 else "strict"}
    for _ in range(2):
        try:
            # A new log in the place of the old one is right where nothing of it is left; it has no entries, which is what is checked.
            with FasterLog(path, **{**OPTIONS, **options}) as log:
                original.check(log)
        except ALLOWED:
            pass


# --- running --------------------------------------------------------------------------------------------------------------


def one(data):
    if data[:1] < b"\x40":
        parsers(data[1:])
    else:
        directory(data[1:])


def main_random(seed, count, function=one):
    random_bytes = random.Random(seed)
    for number in range(count):
        data = random_bytes.randbytes(random_bytes.randrange(1, 80))
        try:
            function(data)
        except BaseException as error:
            error.add_note(f"seed {seed}, input {number}: {data.hex()}")
            raise


def main():
    atheris.Setup(sys.argv, one)
    try:
        atheris.Fuzz()
    finally:
        forget()


if __name__ == "__main__":
    main()
