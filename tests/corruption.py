"""Damage to the files of a log, one fault at a time, and the verdict on what an opening over it showed.

A *fault* is a small tuple, so that a finding can be run again by itself:

    ("flip", file, offset, byte)           the byte at `offset` becomes `byte`
    ("flips", file, ((offset, byte), ..))  several at once: see Campaign on groups
    ("cut", file, length)                  the file ends at `length`
    ("grow", file, count, "zeros")         or "noise"
    ("zero", file, offset, size)           a sector; also "noise", and "stale", with the number of an older image of the same log behind
    ("swap", file, offset, size, other)    two sectors change places
    ("gone", file)  ("empty", file)  ("old", file, image)  ("foreign", file)  ("exchange", file, other file)

The judge knows the reference's every entry, and where in the ring each was written.  What must hold, whatever the fault:

    1  no other exception than FasterLogError and OSError; no signal, no second of processor time, no growth in memory (P12)
    2  what can be read is what the reference held (P3)
    3  refused: all files are as they were (P5)
    4  opened strictly: everything is there; or reads as CorruptedEntryError, if the fault touched its own frame in a sealed segment; or,
       in a log that was not closed, was written at or behind a damaged place above the last mark, and the report says that it is not
       clean, or uncertain (P6)
    5  opened for salvage: what is missing is named in `damaged_slots`, or a read says CorruptedEntryError; or the fault touched the
       header that would tell, and the report says that it is not clean
    6  opened again after that it shows the same (R4)
"""

import bisect
import contextlib
import mmap
import os
import pickle
import random
import resource
import signal
import sys
import time
import traceback
from collections import Counter

import layout
from helpers import small_log, tree
from reference_logs import RING_BYTES, inner_frames, write_files

from fasterlog import CorruptedEntryError, FasterLogError

HEADER = layout.FRAME.size
CPU_SECONDS_MOST = 1.0
HANG_SECONDS = 120.0
MEMORY_BYTES = 1 << 30
FINDINGS_MOST = 15
HARMLESS = ("no change", "intact", "intact, not clean", "told")


# ---- faults


def _replaced(data, offset, new):
    return data[:offset] + new + data[offset + len(new) :]


def damaged(reference, foreign, fault):
    """What the fault makes of the files: ({name: bytes or None}, {name: [(begin, end)] that differ})."""
    kind, name = fault[:2]
    data = reference.files[name]
    size = len(data)
    if kind == "flip":
        offset, byte = fault[2:]
        return {name: _replaced(data, offset, bytes([byte]))}, {name: [(offset, offset + 1)]}
    if kind == "flips":
        changed = bytearray(data)
        for offset, byte in fault[2]:
            changed[offset] = byte
        return {name: bytes(changed)}, {name: [(offset, offset + 1) for offset, _ in fault[2]]}
    if kind == "cut":
        return {name: data[: fault[2]]}, {name: [(fault[2], size)]}
    if kind == "grow":
        count, what = fault[2:]
        more = bytes(count) if what == "zeros" else random.Random(count).randbytes(count)
        return {name: data + more}, {name: [(size, size + count)]}
    if kind in ("zero", "noise", "stale"):
        offset, length = fault[2:4]
        old = reference.stale[fault[4]].get(name, b"") if kind == "stale" else b""
        new = {"zero": bytes(length), "noise": random.Random(offset).randbytes(length), "stale": old[offset : offset + length]}[kind]
        return {name: _replaced(data, offset, new[: size - offset])}, {name: [(offset, min(offset + length, size))]}
    if kind == "swap":
        offset, length, other = fault[2:]
        one, two = data[offset : offset + length], data[other : other + length]
        swapped = _replaced(_replaced(data, offset, two), other, one)
        return {name: swapped}, {name: [(offset, offset + length), (other, other + length)]}
    if kind == "exchange":
        other = fault[2]
        return {name: reference.files[other], other: data}, {name: [(0, size)], other: [(0, len(reference.files[other]))]}
    new = {"gone": lambda: None, "empty": lambda: b"", "old": lambda: reference.stale[fault[2]].get(name), "foreign": lambda: foreign[name]}
    return {name: new[kind]()}, {name: [(0, size)]}


def patterns(byte, rng):
    """The ten: each bit, all zeros, all ones (those that change anything), and a random byte."""
    fixed = [byte ^ 1 << bit for bit in range(8)] + [0x00, 0xFF, rng.randrange(256)]
    return list(dict.fromkeys(one for one in fixed if one != byte))


def quiet_ranges(reference, name):
    """Where a single byte should not matter at all: what no superblock, frame or footer covers.  [(begin, end)]"""
    data = reference.files[name]
    if name == "SUPER":
        used = []
        for index in range(3):
            block = layout.Superblock(data, index)
            used.append((index * layout.SUPERBLOCK_STRIDE, index * layout.SUPERBLOCK_STRIDE + layout.SUPERBLOCK.size + block.meta_bytes))
    elif name == "ring":
        begin, end = reference.begin % RING_BYTES, reference.end % RING_BYTES + 2 * HEADER
        used = [(begin, end)] if begin < end else [(0, end), (begin, RING_BYTES)]
    elif name.startswith("tail/"):
        frames = _entries(data)
        end = frames[-1].offset + frames[-1].length if frames else layout.SEGMENT_HEADER_SIZE
        footer = data.rstrip(b"\0")
        sealed = data[-layout.TRAILER_SIZE :][:8] == b"FL-TRAIL"
        used = [(0, end + HEADER)] if not sealed else [(0, len(data))]
        assert sealed or len(footer) <= end
    else:
        return []
    quiet, at = [], 0
    for begin, end in sorted(used):
        if begin > at:
            quiet.append((at, min(begin, len(data))))
        at = max(at, end)
    if at < len(data):
        quiet.append((at, len(data)))
    return quiet


_entries_of = {}


def _entries(data):
    """The frames of a segment's bytes."""
    key = (len(data), data[:64], hash(data))
    if key not in _entries_of:
        found, offset = [], layout.SEGMENT_HEADER_SIZE
        while offset + HEADER <= len(data):
            frame = layout._frame(data, offset)
            if frame.kind != "entry":
                break
            found.append(frame)
            offset += frame.length
        _entries_of[key] = found
    return _entries_of[key]


def is_sealed(data):
    return data[-layout.TRAILER_SIZE :][:8] == b"FL-TRAIL"


def flips(reference, name, seed, count=1, group=512):
    """`count` patterns for every byte of the file.  Bytes that should not matter, and bytes of different entries of a sealed segment,
    which are looked at only when they are read, come in groups; a group that shows anything unexpected is taken apart."""
    data = reference.files[name]
    rng = random.Random(f"{seed} {name}")
    quiet = quiet_ranges(reference, name)
    chosen = [rng.sample(options, min(count, len(options))) for options in (patterns(byte, rng) for byte in data)]
    grouped = set()
    for begin, end in quiet:
        for at in range(begin, end, group):
            places = range(at, min(at + group, end))
            grouped.update(places)
            for turn in range(count):
                yield ("flips", name, tuple((place, chosen[place][turn % len(chosen[place])]) for place in places))
    if name.startswith("tail/") and is_sealed(data) and group > 1:
        frames = _entries(data)
        for step in range(max(frame.length for frame in frames)):
            places = [frame.offset + step for frame in frames if step < frame.length]
            grouped.update(places)
            for turn in range(count):
                yield ("flips", name, tuple((place, chosen[place][turn % len(chosen[place])]) for place in places))
    for offset in range(len(data)):
        if offset not in grouped:
            for byte in chosen[offset]:
                yield ("flip", name, offset, byte)


def cuts(reference, name, step):
    """Every length; where nothing is read only every `step`-th, and those next to what is."""
    lengths = set(range(len(reference.files[name])))
    for begin, end in quiet_ranges(reference, name):
        lengths -= {length for length in range(begin + 2, end - 2) if length % step}
    return [("cut", name, length) for length in sorted(lengths, reverse=True)]


def sectors(reference, name, seed):
    rng = random.Random(f"{seed} sectors {name}")
    size = len(reference.files[name])
    for length in (512, 4096):
        places = range(0, size, length)
        for offset in places:
            yield ("zero", name, offset, length)
            yield ("noise", name, offset, length)
            for image in range(len(reference.stale)):
                yield ("stale", name, offset, length, image)
            whole = [place for place in places if place != offset and place + length <= size]
            if offset + length <= size:
                for other in rng.sample(whole, min(3, len(whole))):
                    yield ("swap", name, offset, length, other)


def whole_files(reference, name):
    for count in (1, 7, 8, 56, 64, 127, 128, 512, 4096, 65536, 1 << 20):
        yield ("grow", name, count, "zeros")
        yield ("grow", name, count, "noise")
    yield ("gone", name)
    yield ("empty", name)
    yield ("foreign", name)
    for image in range(len(reference.stale)):
        yield ("old", name, image)
    for other in reference.files:
        if other > name:
            yield ("exchange", name, other)


def sampled(reference, name, seed, count):
    """About `count` faults of each kind, of the same kinds as above, without listing them all."""
    rng = random.Random(f"{seed} sample {name}")
    data = reference.files[name]
    quiet = quiet_ranges(reference, name)
    read = [offset for offset in range(len(data)) if not any(begin + 8 <= offset < end - 8 for begin, end in quiet)]
    places = rng.choices(read, k=count) + rng.choices(range(len(data)), k=count // 8)
    found = [("flip", name, offset, rng.choice(patterns(data[offset], rng))) for offset in places]
    found += [("cut", name, length) for length in rng.choices(read, k=count // 2) + rng.choices(range(len(data)), k=count // 8)]
    others = list(sectors(reference, name, seed))
    return found + rng.sample(others, min(count, len(others))) + list(whole_files(reference, name))


# ---- the judge


class Judge:
    """Knows a reference; decides what an opening may show after a fault."""

    def __init__(self, reference):
        self.reference = reference
        self.entries = reference.view["entries"]
        self.starts = [frame.address for frame in reference.frames]
        self.settled, self.headers = {}, []
        for frame in reference.frames:
            for one in inner_frames(frame):
                if one.kind in ("vote", "chosen"):
                    self.settled[one.slot] = frame.address

    def ring_hit(self, ranges):
        """The frames that the ranges of the ring file touch: [(frame, is its header touched)], in address order."""
        reference, hit = self.reference, {}
        for begin, end in ranges:
            for lap in (reference.begin // RING_BYTES * RING_BYTES, (reference.begin // RING_BYTES + 1) * RING_BYTES):
                low, high = max(begin + lap, reference.begin), min(end + lap, reference.end)
                at = max(0, bisect.bisect_right(self.starts, low) - 1)
                for frame in reference.frames[at:]:
                    if frame.address >= high:
                        break
                    if frame.address + frame.length > low:
                        header = low < frame.address + HEADER or end == RING_BYTES  # a file's new end takes the whole frame
                        hit[frame.address] = (frame, header or hit.get(frame.address, (None, False))[1])
        return [hit[address] for address in sorted(hit)]

    def tail_hit(self, touched):
        """{slot: is its header touched} for the entries that were touched; None as a slot: what finds the others was."""
        hit = {}
        for name, ranges in touched.items():
            if not name.startswith("tail/"):
                continue
            data = self.reference.files[name]
            frames = _entries(data)
            starts = [frame.offset for frame in frames]
            for begin, end in ranges:
                if begin < layout.SEGMENT_HEADER_SIZE or end > starts[-1] + frames[-1].length:
                    hit[None] = True
                at = max(0, bisect.bisect_right(starts, begin) - 1)
                for frame in frames[at:]:
                    if frame.offset >= end:
                        break
                    if frame.offset + frame.length > begin:
                        header = begin < frame.offset + HEADER and end > frame.offset
                        hit[frame.slot] = hit.get(frame.slot, False) or header
        return hit

    def cut_bound(self, ring):
        """What was written from this address of the ring on may be cut (P6): behind damage above the last mark that still stands."""
        if self.reference.closed:
            return None
        hit = {frame.address for frame, _ in ring}
        mark = max([self.reference.durable] + [f.slot for f in self.reference.frames if f.kind == "sync" and f.address not in hit])
        return min((address for address in hit if address >= mark), default=None)

    def untold(self, touched, ring):
        """Slots that nobody can name any more: what said which they are is itself damaged."""
        slots = set()
        if touched.get("SUPER") == [(0, len(self.reference.files["SUPER"]))]:
            return set(self.entries)  # an older one says that the log begins where something else stands by now
        for frame, header in ring:
            if header or frame.kind == "batch":
                slots.update(one.slot for one in inner_frames(frame) if one.kind in ("vote", "chosen"))
        for name, ranges in touched.items():
            if name.startswith("tail/"):
                data = self.reference.files[name]
                footer = is_sealed(data) and not any(end > _entries(data)[-1].offset + _entries(data)[-1].length for _, end in ranges)
                if not footer:
                    slots.update(slot for slot, header in self.tail_hit({name: ranges}).items() if header and slot is not None)
        return slots

    def opened(self, log, salvage, touched):
        """Looks at an open log.  Returns (class, finding or None)."""
        shown, errors = observe(log, self.entries)
        report = log.recovery
        for slot, entry in shown.items():
            if entry not in self.reference.history.get(slot, ()):
                return "wrong", f"slot {slot} shows {entry[0]}, {len(entry[1])} bytes, committed={entry[2]}: it never held that"
        ring = self.ring_hit(touched.get("ring", ()))
        said = not report.clean or report.tail_uncertain
        bound = self.cut_bound(ring)
        tail = self.tail_hit(touched)
        touched_slots = {one.slot for frame, _ in ring for one in inner_frames(frame)} | set(tail)
        untold = self.untold(touched, ring) if salvage else ()
        lost = 0
        for slot, (_, *expected) in self.entries.items():
            if shown.get(slot) == tuple(expected):
                continue
            lost += 1
            error = errors.get(slot)
            if isinstance(error, CorruptedEntryError):
                if slot in touched_slots or salvage:
                    if error.slot != slot:
                        return "silent", f"the error about slot {slot} names {error.slot}"
                    continue
                return "false alarm", f"slot {slot} was not touched and reads as {error!r}"
            if slot in report.damaged_slots:
                continue
            if bound is not None and self.settled.get(slot, -1) >= bound:
                if said:
                    continue
                return "unsaid", f"slot {slot}, in the last group, is not as it was, and the report is clean"
            if slot in untold and said:
                continue
            return "silent", f"slot {slot} is {shown.get(slot, ('absent',))[0]} {error!r}; report: {report!r}"
        finding = self.controls(log, salvage, touched, bound, ring, said)
        if finding:
            return "silent", finding
        if lost:
            return ("told" if salvage or bound is None else "cut"), None
        return ("intact" if report.clean else "intact, not clean"), None

    def controls(self, log, salvage, touched, bound, ring, said):
        """Promise and mapping."""
        reference = self.reference
        promised = None if log.promised is None else (log.promised.id, log.promised.node)
        rolled_back = salvage and touched.get("SUPER") == [(0, len(reference.files["SUPER"]))]
        may_fall = said and (bound is not None or rolled_back or (salvage and any(header for _, header in ring)))
        if promised != reference.view["promised"] and not (may_fall and (promised or (0, 0)) < reference.view["promised"]):
            return f"the promise is {promised}, it was {reference.view['promised']}; report: {log.recovery!r}"
        meta = dict(log.meta)
        may_fall = said and (bound is not None or rolled_back or (salvage and ring))
        if meta != reference.view["meta"] and not (may_fall and meta in reference.metas):
            return f"the mapping is {meta}, it was {reference.view['meta']}; report: {log.recovery!r}"
        return None


def observe(log, slots):
    """({slot: (ballot, value, committed)}, {slot: exception}) of all that can be read, and of `slots`."""
    shown, errors = {}, {}
    with contextlib.suppress(CorruptedEntryError):
        for entry in log.scan_uncommitted():
            shown[entry.slot] = ((entry.ballot.id, entry.ballot.node), entry.value, entry.committed)
    for entry in log.iter_committed(gaps="skip", skip_errors=True):
        shown[entry.slot] = ((entry.ballot.id, entry.ballot.node), entry.value, entry.committed)
    for slot in slots:
        if slot not in shown:
            try:
                entry = log.read(slot)
                shown[slot] = ((entry.ballot.id, entry.ballot.node), entry.value, entry.committed)
            except FasterLogError as error:
                errors[slot] = error
    return shown, errors


# ---- the loop


class Bench:
    """One directory, in which one fault after the other is made, opened over, judged and mended."""

    def __init__(self, path, reference, foreign, salvage):
        self.path, self.reference, self.foreign, self.salvage = path, reference, foreign, salvage
        self.judge = Judge(reference)
        self.rng = random.Random(1)
        write_files(path, reference.files)

    def _write(self, name, data):
        full = f"{self.path}/{name}"
        if data is None:
            os.unlink(full)
            return
        descriptor = os.open(full, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            os.pwrite(descriptor, data, 0)
            os.ftruncate(descriptor, len(data))
        finally:
            os.close(descriptor)

    def _restore(self, changed, all_files):
        """After a refusal only what the fault changed; else whatever is not as it was."""
        for name in changed:
            self._write(name, self.reference.files[name])
        if not all_files:
            return
        for folder in ("", "tail"):
            for entry in os.scandir(f"{self.path}/{folder}"):
                name = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_file() and name != "LOCK" and name not in self.reference.files:
                    os.unlink(entry.path)
        for name, data in self.reference.files.items():
            with open(f"{self.path}/{name}", "rb") as file:
                found = file.read()
            if found != data:
                self._write(name, data)

    def run(self, fault):
        """Returns (class, finding or None)."""
        changed, touched = damaged(self.reference, self.foreign, fault)
        if all(data == self.reference.files[name] for name, data in changed.items()):
            return "no change", None
        for name, data in changed.items():
            self._write(name, data)
        opened = True
        try:
            outcome = self._open(touched)
            if outcome is None:
                opened = False
                outcome = ("refused", self._untouched(changed))
            return outcome
        except Exception:
            return "wrong error", traceback.format_exc()
        finally:
            self._restore(changed, opened)

    def _open(self, touched):
        options = self.reference.options(recovery="salvage" if self.salvage else "strict")
        try:
            log = small_log(self.path, **options)
        except (FasterLogError, OSError):
            return None
        try:
            outcome, finding = self.judge.opened(log, self.salvage, touched)
            seen = None
            if finding is None and (outcome not in HARMLESS or self.rng.random() < 0.01):
                log.learn(1 << 40, (9, 9), b"after")
                seen = observe(log, self.judge.entries)[0]
        finally:
            log.close()
        if seen is not None:
            with small_log(self.path, **options) as log:
                again = observe(log, self.judge.entries)[0]
                if again != seen:
                    differ = sorted(slot for slot in seen.keys() | again.keys() if seen.get(slot) != again.get(slot))
                    finding = f"opened again it differs at slots {differ[:5]}"
        return outcome, finding

    def _untouched(self, changed):
        expected = {**self.reference.files, **changed}
        for name, data in expected.items():
            try:
                with open(f"{self.path}/{name}", "rb") as file:
                    found = file.read()
            except FileNotFoundError:
                found = None
            if found != data:
                return f"refused, but {name} is changed"
        names = len(os.listdir(self.path)) + len(os.listdir(f"{self.path}/tail"))
        there = sum(data is not None for data in expected.values())
        if names != there + 1 + os.path.exists(f"{self.path}/LOCK"):
            return f"refused, but there are other files: {sorted(tree(self.path))}"
        return None


class Tally:
    def __init__(self):
        self.counts, self.findings, self.cases, self.slowest, self.memory = Counter(), [], 0, (0.0, None), 0

    def add(self, other):
        self.counts.update(other.counts)
        self.findings += other.findings
        self.cases += other.cases
        self.slowest = max(self.slowest, other.slowest, key=lambda pair: pair[0])
        self.memory = max(self.memory, other.memory)

    def line(self):
        counts = ", ".join(f"{name} {count}" for name, count in sorted(self.counts.items()))
        return f"{self.cases} faults: {counts}; slowest {self.slowest[0] * 1e3:.0f} ms, memory +{self.memory >> 20} MiB"


def _run_one(bench, fault, tally):
    """One fault, or a group, which is taken apart when it shows anything else than that nothing happened."""
    before = time.process_time()
    outcome, finding = bench.run(fault)
    spent = time.process_time() - before
    if spent > tally.slowest[0]:
        tally.slowest = (spent, fault[:3])
    if fault[0] == "flips" and (finding or outcome not in HARMLESS):
        places = fault[2]
        if len(places) > 1:
            middle = len(places) // 2
            _run_one(bench, ("flips", fault[1], places[:middle]), tally)
            _run_one(bench, ("flips", fault[1], places[middle:]), tally)
            return
    tally.cases += len(fault[2]) if fault[0] == "flips" else 1
    if spent > CPU_SECONDS_MOST and not finding:
        outcome, finding = "slow", f"{spent:.1f} s of processor time"
    tally.counts[outcome] += len(fault[2]) if fault[0] == "flips" else 1
    if finding:
        tally.counts["FINDING " + outcome] += 1
        if len(tally.findings) < FINDINGS_MOST:
            tally.findings.append(f"{bench.reference.name}, salvage={bench.salvage}, {fault!r}: {outcome}: {finding}")


def _worker(bench, faults, board, index, stop):
    resource.setrlimit(resource.RLIMIT_AS, (_bytes_mapped() + MEMORY_BYTES,) * 2)
    tally = Tally()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number, fault in faults:
        board[index] = number
        _run_one(bench, fault, tally)
        if stop is not None and time.monotonic() > stop:
            break
    tally.memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) * 1024
    return tally


def _bytes_mapped():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * mmap.PAGESIZE


def run(scratch, reference, foreign, faults, salvage=False, workers=None, seconds=None):
    """Runs the faults in forked workers; returns a Tally.  A worker that dies or hangs is a finding that names its fault.

    faults: a list.  seconds: stop after so long (for samples, which come in random order).
    """
    workers = workers or min(2, os.cpu_count() or 1)
    board = memoryview(mmap.mmap(-1, 8 * workers)).cast("Q")
    total, children = Tally(), {}
    stop = None if seconds is None else time.monotonic() + seconds
    for index in range(workers):
        mine = [(number, faults[number]) for number in range(len(faults)) if number // 64 % workers == index]
        result = f"{scratch}/result{index}"
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                tally = _worker(Bench(f"{scratch}/log{index}", reference, foreign, salvage), mine, board, index, stop)
                with open(result, "wb") as file:
                    pickle.dump(tally, file)
                status = 0
            except BaseException:
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(status)
        children[pid] = (index, result)
    _watch(children, board, faults, total, reference, salvage)
    return total


def _watch(children, board, faults, total, reference, salvage):
    moved = {index: (None, time.monotonic()) for index, _ in children.values()}
    while children:
        time.sleep(0.01)
        for pid, (index, result) in list(children.items()):
            now = time.monotonic()
            if board[index] != moved[index][0]:
                moved[index] = (board[index], now)
            hung = now - moved[index][1] > HANG_SECONDS
            if hung:
                os.kill(pid, signal.SIGABRT)  # the fault handler shows its stacks
            done, status = os.waitpid(pid, 0 if hung else os.WNOHANG)
            if not done:
                continue
            del children[pid]
            if status == 0:
                with open(result, "rb") as file:
                    total.add(pickle.load(file))
            else:
                what = "hang" if hung else f"the process ended with status {status}"
                total.counts["FINDING crash"] += 1
                total.findings.append(f"{reference.name}, salvage={salvage}, {faults[board[index]]!r}: {what}")
