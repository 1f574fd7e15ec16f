"""The order in which files are written and synced, call by call (PROTOCOL: C1, C5, C6, R3, T2, O3; RELIABILITY: P1, P13).

A crash shows a wrong order only if it comes between the two calls.  Here the calls are written down and the order itself is checked, over
lives of a log that go around the ring more than once.
"""

import errno
import os
import shutil
import time
from pathlib import Path

import layout
import pytest
from cython_build import build_extension
from helpers import KIB, small_log, value_of

from fasterlog import Ballot

pytestmark = pytest.mark.thread_unsafe(reason="changes the process's table of system calls")

B1, B2 = Ballot(1, 1), Ballot(2, 1)
RING = 64 * KIB


@pytest.fixture(scope="module")
def built_probe(tmp_path_factory):
    source = Path(__file__).parent / "cython" / "trace_probe.pyx"
    return build_extension("trace_probe", source, tmp_path_factory.mktemp("trace_probe"))


@pytest.fixture
def probe(built_probe):
    built_probe.start()
    yield built_probe
    built_probe.stop()


def live(log, first, count, level):
    """Everything, on one thread: several times around the ring, with votes that stay and entries that wait for no disk."""
    for slot in range(first, first + count):
        ballot = Ballot(1 + slot // 50, 1)
        log.accept(slot, ballot, value_of(slot, (ballot.id, 1)), wait=None if slot % 20 == 0 else False)
        if slot % 100 != 7:
            log.commit(slot, ballot)
        if slot % 60 == 30:
            log.promise(ballot)
            log.set_meta({"slot": b"%d" % slot})
        if slot % 60 == 50:  # before the ring is half full, and the background thread takes part
            log.checkpoint()
        if slot % 250 == 249:
            log.discard(slot + 1)
            log.sync()
        if slot % 400 == 399:  # the votes that stayed
            for vote in log.scan_uncommitted():
                log.commit(vote.slot, vote.ballot)


def options(level):
    # What happens in the background is not part of the order on this thread.
    return {"durability": level, "lazy_sync_ms": 60_000, "mutable_size": RING, "segment_size": 64 * KIB}


def file_of(name):
    base = os.path.basename(name)
    return "segment" if ".seg" in base else base


class Order:
    """What must hold at each call; `dirty` are files that were written and not yet synced."""

    def __init__(self, level):
        self.level, self.dirty, self.unnamed = level, set(), set()
        self.super_latest = self.super_durable = None
        self.super_writes = 0

    def see(self, number, kind, name, target, offset, size):
        where = f"call {number}: {kind} {name} {target} {offset} {size}"
        file = file_of(name)
        segments = {other for other in self.dirty if file_of(other) == "segment"}
        others = {other for other in self.dirty if file_of(other) == "ring"}
        superblocks = {other for other in self.dirty if file_of(other) == "SUPER"}
        if kind == "pwrite" and file == "SUPER":
            self.super_writes += 1
            if self.level != "process":
                assert not segments, f"C5: a superblock before the tail is on disk; {where}"
                assert not others, f"C5: a superblock before what it relies on is on disk; {where}"
            place = offset // layout.SUPERBLOCK_STRIDE
            if self.super_writes == 1:
                # An opening's first: the one in force once more, since a killed process may have left it in the page cache only.
                assert self.super_latest in (None, place), f"C6: not the superblock in force; {where}"
            else:
                assert place not in (self.super_latest, self.super_durable), f"C6: over a superblock that counts; {where}"
                assert self.super_writes > 2 or "SUPER" not in map(file_of, self.dirty), f"C6: before the one in force is durable; {where}"
            self.super_latest = place
        if kind == "pwrite" and file == "ring" and self.level != "process":
            assert not superblocks, f"C6: space is written before the superblock above it is on disk; {where}"
        if kind == "create" and file == "segment":
            assert not segments, f"T2: a segment before its predecessor is on disk; {where}"
        if kind == "rename":
            assert name not in self.dirty, f"P13: a name for bytes that are not on disk; {where}"
            # With it the folder is a log: the rest must be there.
            assert os.path.basename(target) != "MANIFEST" or not self.unnamed, f"P13: before {self.unnamed} are named durably; {where}"
            self.unnamed.add(target)
        if kind == "mkdir" or (kind == "create" and file == "ring"):
            self.unnamed.add(name)
        if kind == "pwrite":
            self.dirty.add(name)
        if kind == "sync":
            self.dirty.discard(name)
            self.unnamed -= {other for other in self.unnamed if os.path.dirname(other) == name.rstrip("/")}
            if file == "SUPER":
                self.super_durable = self.super_latest


def check(calls, level, place=None):
    order = Order(level)
    order.super_latest = order.super_durable = place
    for number, call in enumerate(calls):
        order.see(number, *call)
    return order


def names_of(calls):
    return [(kind, file_of(name)) for kind, name, *_ in calls]


@pytest.mark.parametrize("level", ["process", "accept", "commit"])
def test_nothing_is_written_before_what_it_relies_on_is_on_disk(probe, fresh_path, level):
    path = fresh_path()
    for turn in range(3):
        place = layout.superblock(path).index if turn else None
        probe.start()
        with small_log(path, **options(level)) as log:
            assert not check(probe.taken(), level, place).unnamed
            live(log, turn * 1000, 1000, level)
        order = check(probe.taken(), level, place)
        assert not order.unnamed, f"names that may not be on disk: {order.unnamed}"
        assert not {file_of(name) for name in order.dirty} - {"LOCK"}, f"closed and not on disk: {order.dirty}"
        assert order.super_writes > 10
    assert len(layout.segments(path)) >= 2


def test_an_opening_names_everything_durably(probe, fresh_path):
    """P13, P1: the log's folder itself, whatever of its path is missing, and what is in it."""
    path = f"{fresh_path('a')}/b/c"
    with small_log(path):
        order = check(probe.taken(), "process")
        assert not order.unnamed, f"names that may not be on disk: {order.unnamed}"
        made = {name for kind, name, *_ in probe.taken() if kind == "mkdir"}
        assert path in made and os.path.dirname(path) in made


def test_an_accept_returns_after_its_bytes_are_written_and_synced(probe, fresh_path):
    with small_log(fresh_path(), **options("accept")) as log:
        for slot in range(20):
            probe.start()
            lsn = log.accept(slot, B1, b"x" * 100)
            calls = [call for call in probe.taken() if file_of(call[1]) == "ring"]
            assert calls[-1][0] == "sync", calls
            assert any(kind == "pwrite" and offset <= lsn - 8 < offset + size for kind, _, _, offset, size in calls), (lsn, calls)


def test_a_sync_at_level_process_takes_the_tail_then_the_superblock_then_the_ring(probe, fresh_path):
    with small_log(fresh_path(), **options("process")) as log:
        for slot in range(400):
            log.learn(slot, B1, b"x" * 400)
        # The background's checkpoints: no sync has covered a byte of what they moved, so neither have they synced it.
        seen, now = None, log.stats().checkpoints
        while seen != now:  # until the background is done
            time.sleep(0.3)
            seen, now = now, log.stats().checkpoints
        assert now > 2
        probe.start()
        log.sync()
        syncs = [file_of(name) for kind, name, *_ in probe.taken() if kind == "sync"]
        assert syncs[:1] == ["segment"] and syncs[-1:] == ["ring"], syncs
        assert "SUPER" in syncs[1:-1], syncs


@pytest.mark.parametrize("level", ["process", "accept"])
def test_an_opening_writes_again_what_may_not_be_on_disk(probe, fresh_path, level):
    """R3: what was read may be in the page cache only, or look clean after a failed fsync; a superblock, then RESTART, follow it."""
    path, image = fresh_path(), fresh_path("image")
    with small_log(path, **options(level)) as log:
        log.accept(0, B1, b"first", wait=True)
        log.learn(1, B1, b"x" * 300, wait=True)
        last = log.accept(2, B1, b"last", wait=True)
        probe.stop()
        shutil.copytree(path, image)
        probe.start()
        mark = max([frame.slot for frame in layout.ring_frames(image) if frame.kind == "sync"] + [layout.superblock(image).durable])
        *_, behind = layout.ring_frames(image)
        end = behind.address + behind.length
        probe.start()
        with small_log(image, **options(level)):
            calls = probe.taken()
    written = set()
    restart = None
    for number, (kind, name, _, offset, size) in enumerate(calls):
        if kind == "pwrite" and file_of(name) == "ring":
            written |= set(range(offset, offset + size, 8))
            if end in range(offset, offset + size):
                restart = number  # RESTART stands behind the last frame
    assert set(range(mark, last, 8)) <= written, "what lies above the last mark was not written again"
    kinds = names_of(calls)
    superblocks = [number for number, call in enumerate(kinds) if call == ("pwrite", "SUPER")]
    synced = [number for number, call in enumerate(kinds) if call == ("sync", "SUPER")]
    # The one in force, once more; then twice the one with the new incarnation.
    assert len(superblocks) == 3 and len(synced) == 3
    if level != "process":
        assert synced[1] < restart, "RESTART before the superblock that announces its incarnation"
    assert kinds[max(number for number, call in enumerate(kinds) if call[1] == "ring")] == ("sync", "ring")


def test_an_opening_syncs_the_open_segment_again(probe, fresh_path):
    """R3, for the tail."""
    path, image = fresh_path(), fresh_path("image")
    with small_log(path, **options("accept")) as log:
        log.learn(0, B1, b"zero")
        log.checkpoint()
        probe.stop()
        shutil.copytree(path, image)
        probe.start()
        with small_log(image, **options("accept")):
            kinds = names_of(probe.taken())
    assert ("pwrite", "segment") in kinds
    _, announcing, _ = (number for number, call in enumerate(kinds) if call == ("pwrite", "SUPER"))
    assert ("sync", "segment") in kinds[kinds.index(("pwrite", "segment")) : announcing]


@pytest.mark.parametrize("level", ["process", "accept", "commit"])
def test_control_is_never_held_over_a_sync(probe, fresh_path, level):
    """C1: whoever needs it for a short step would wait for the disk."""
    with small_log(fresh_path(), **options(level)) as log:
        probe.watch_control(log)
        live(log, 0, 500, level)
        log.checkpoint()
        log.sync()
        with log.batch() as batch:
            batch.learn(10_000, B2, b"x")
            batch.set_meta({"a": b"b"})
        log.sync()
        assert any(kind == "sync" for kind, *_ in probe.taken())
        assert probe.control_was_held() == 0
        probe.watch_control(None)


# ---- O3


def test_level_process_is_refused_where_files_are_copied_on_write(probe, fresh_path):
    """O3: a store that needs a new block on a full disk is a signal and not an error."""
    path = fresh_path()
    small_log(path, durability="accept").close()
    probe.pretend_in_place(0)
    with pytest.raises(OSError, match="overwrites in place") as caught:
        small_log(path, durability="process").close()
    assert caught.value.errno == errno.EOPNOTSUPP
    with small_log(path, durability="accept") as log:
        log.accept(0, B1, b"zero")
    probe.pretend_in_place(1)
    with small_log(path, durability="process") as log:
        assert 0 in log


def test_at_level_process_the_file_is_there_before_it_is_stored_to(probe, fresh_path):
    """O3: the file grows by written zeros, ahead of every reservation."""
    path = fresh_path()
    size = 4096 * KIB
    with small_log(path, durability="process", mutable_size=size) as log:
        zeroed = os.path.getsize(f"{path}/ring")
        for slot in range(2000):
            probe.start()
            log.learn(slot, B1, b"x" * 1000)
            for kind, name, _, offset, length in probe.taken():
                if kind == "pwrite" and file_of(name) == "ring":
                    assert offset <= zeroed, "a gap"
                    zeroed = max(zeroed, offset + length)
            assert log.published_lsn <= zeroed
            if log.stats().checkpoints:
                break
        assert zeroed > 64 * KIB


def test_salvage_lists_what_is_lost_before_it_replaces_a_file(probe, fresh_path):
    """A crash in between must not leave a tail that is whole and no word of what it has lost: those slots could be voted on again."""
    path = fresh_path()
    with small_log(path, **options("accept")) as log:
        for slot in range(1500):
            log.learn(slot, B1, b"x" * 200)
        log.checkpoint()
    damaged = layout.segments(path)[1]
    layout.flip(damaged, next(layout.entries(damaged)).value_offset)
    probe.start()
    with small_log(path, **options("accept"), recovery="salvage") as log:
        assert len(log.recovery.damaged_slots) == 1
    calls = probe.taken()
    (listed,) = (number for number, call in enumerate(calls) if call[0] == "rename" and file_of(call[2]) == "LOST")
    replaced = min(number for number, call in enumerate(calls) if call[0] == "rename" and call[2].endswith(".seg"))
    named = min(number for number, call in enumerate(calls) if number > listed and call[0] == "sync" and call[1].rstrip("/") == path)
    assert listed < named < replaced
