"""What the crash states have found: each fault as the shortest run that shows it."""

import contextlib
import os
import shutil

import layout
import pytest
from helpers import KIB, small_log, value_of

from fasterlog.testing import SimulatedDisk, another_boot, crash_states

pytestmark = [pytest.mark.crash, pytest.mark.thread_unsafe(reason="one table of system calls")]

BALLOT = (1, 1)


@pytest.fixture
def disk_path(scratch):
    path = f"{scratch}/disk"
    os.mkdir(path)
    return path


@contextlib.contextmanager
def opened(state, scratch, **options):
    """The log as it is found after a power cut."""
    path = state.write_to(f"{scratch}/state")
    with another_boot(), small_log(f"{path}/log", **options) as log:
        yield log
    shutil.rmtree(path)


def test_a_trailer_is_on_disk_only_after_its_entries(disk_path, scratch):
    """A trailer that verifies ends all doubt about a segment; one whose entries were not synced lost acknowledged values for good."""
    slots = range(30)
    with SimulatedDisk(disk_path) as disk, small_log(f"{disk_path}/log", durability="accept", lazy_sync_ms=60_000) as log:
        for slot in slots:
            log.learn(slot, BALLOT, value_of(slot, BALLOT, 3900), wait=True)
        log.checkpoint()
        disk.mark()
    recording = disk.recording()
    assert sum(call.kind == "rename" and call.target.endswith(".seg") for call in recording.calls) > 1
    count = 0
    for state in crash_states(recording, count=1500, kinds=["power"]):
        if not any(name.endswith(".seg") for name in state.files):
            continue
        with opened(state, scratch) as log:
            held = {entry.slot: entry.value for entry in log.iter_committed(gaps="skip")}
            assert log.recovery.damaged_slots == ()
            assert all(value == value_of(slot, BALLOT, 3900) for slot, value in held.items())
            count += len(held) > 0
    assert count > 100


@pytest.mark.parametrize("meta", [False, True])
def test_a_batch_is_whole_after_a_checkpoint_without_a_sync(disk_path, scratch, meta):
    """At level "process" a checkpoint wrote a batch's slots to the tail unsynced, each on its own, and gave its frame away."""
    with SimulatedDisk(disk_path) as disk, small_log(f"{disk_path}/log", durability="process") as log:
        for turn in range(4):
            with log.batch() as batch:
                for slot in range(4 * turn, 4 * turn + 4):
                    batch.learn(slot, BALLOT, value_of(slot, BALLOT, 700))
                if meta:
                    batch.set_meta({f"batch {turn}": b"x"})
            fill = 1000 + 10 * turn
            for slot in range(fill, fill + 9):
                log.learn(slot, BALLOT, value_of(slot, BALLOT, 3900))
    for state in crash_states(disk.recording(), count=2000, kinds=["power"]):
        with opened(state, scratch, durability="process") as log:
            for turn in range(4):
                there = {slot in log for slot in range(4 * turn, 4 * turn + 4)} | ({f"batch {turn}" in log.meta} if meta else set())
                assert len(there) == 1, f"a part of batch {turn}: {state}"


def test_a_footer_of_a_killed_process_is_on_disk_before_the_next_segment(disk_path, scratch):
    """Its successor found it in the page cache, took it for durable and went on; a power cut left an unsealed segment in the middle."""
    path = f"{disk_path}/log"
    with SimulatedDisk(disk_path) as disk, small_log(path, durability="accept", lazy_sync_ms=60_000) as log:
        for slot in range(24):
            log.learn(slot, BALLOT, value_of(slot, BALLOT, 3900), wait=True)
        log.checkpoint()
    first = disk.recording()
    # Killed between the writing of the first trailer (128 bytes) and its sync.
    trailer = next(place for place, call in enumerate(first.calls) if call.kind == "pwrite" and call.size == 128)
    killed = next(place for place, call in enumerate(first.calls) if place > trailer and call.kind == "fdatasync")
    state = next(s for s in crash_states(first, count=20, kinds=["kill"], first_prefix=killed) if s.prefix == killed)
    shutil.rmtree(disk_path)
    state.write_to(disk_path)
    with SimulatedDisk(disk_path) as disk, small_log(path, durability="accept", lazy_sync_ms=60_000) as log:
        known = {entry.slot for entry in log.iter_committed(gaps="skip")}
        for slot in range(100, 106):
            log.learn(slot, BALLOT, value_of(slot, BALLOT, 3900), wait=True)
        log.checkpoint()
    both = first.then(killed, disk.recording())
    assert sum(call.kind == "rename" and call.target.endswith(".seg") for call in both.calls) > 1
    for state in crash_states(both, count=600, kinds=["power"], first_prefix=killed):
        with opened(state, scratch) as log:
            assert known <= {entry.slot for entry in log.iter_committed(gaps="skip")}


def unsynced_entries(path):
    names = layout.segments(path)
    return [entry for entry in layout.entries(names[0]) if entry.offset >= layout.superblock(path).tail_end] if names else []


def test_what_was_cut_from_the_tail_does_not_come_back(disk_path, scratch):
    """A new entry ended exactly where one that had been cut began, and that one verified again."""
    path, cut = f"{disk_path}/log", f"{scratch}/cut"
    with small_log(path, durability="process", lazy_sync_ms=60_000) as log:
        while len(unsynced_entries(path)) < 4:  # until a step has moved some
            log.learn(log.last_slot + 1, BALLOT, b"old" * 500)
        shutil.copytree(path, cut)
    kept, torn, *_ = unsynced_entries(cut)
    layout.flip(layout.segments(cut)[0], torn.value_offset)
    # The rest of the ring is gone with the power, too.
    with open(f"{cut}/ring", "r+b") as file:
        file.write(bytes(64 * KIB))
    with another_boot():
        with small_log(cut, durability="process") as log:
            assert [entry.slot for entry in log.iter_committed(gaps="skip")] == list(range(kept.slot + 1))
            log.learn(torn.slot, BALLOT, b"new" * 500)
        with small_log(cut, durability="process") as log:
            held = [(entry.slot, entry.value) for entry in log.iter_committed(gaps="skip")]
            assert held == [*((slot, b"old" * 500) for slot in range(kept.slot + 1)), (torn.slot, b"new" * 500)]
            assert log.recovery.clean


def test_a_batch_is_on_disk_before_a_recovery_writes_its_mapping_to_the_superblock(disk_path, scratch):
    """The batch lay in the page cache only; a power cut in the recovery kept its mapping and lost its slots."""
    path = f"{disk_path}/log"
    with SimulatedDisk(disk_path) as disk, small_log(path, durability="accept", lazy_sync_ms=60_000) as log:
        disk.mark()
        with log.batch() as batch:
            for slot in range(2):
                batch.learn(slot, BALLOT, b"value" * 300)
            batch.set_meta({"batch": b"x"})
    first = disk.recording()
    begun = next(place for place, call in enumerate(first.calls) if call.kind == "mark")
    killed = next(place for place, call in enumerate(first.calls) if place > begun and call.kind == "fdatasync")
    state = next(s for s in crash_states(first, count=20, kinds=["kill"], first_prefix=killed) if s.prefix == killed)
    shutil.rmtree(disk_path)
    state.write_to(disk_path)
    with SimulatedDisk(disk_path) as disk, small_log(path, durability="accept", lazy_sync_ms=60_000) as log:
        assert "batch" in log.meta and 0 in log and 1 in log
    both = first.then(killed, disk.recording())
    for state in crash_states(both, count=600, kinds=["power"], first_prefix=killed):
        with opened(state, scratch) as log:
            assert len({"batch" in log.meta, 0 in log, 1 in log}) == 1, state


def test_a_clean_close_has_zeroed_the_ring_on_disk(disk_path, scratch):
    """Level "process": the superblock said that the space behind the end was zero, and the zeros were in the page cache only.  After a
    power cut the log went on in old bytes; then kill -9, and it did not open."""
    path = f"{disk_path}/log"
    with SimulatedDisk(disk_path) as disk:
        with small_log(path, durability="process", lazy_sync_ms=60_000) as log:
            for slot in range(30):
                log.learn(slot, BALLOT, value_of(slot, BALLOT, 1000))
            log.sync()
        closed = len(disk.calls)
    for state in crash_states(disk.recording(), count=300, kinds=["power"], first_prefix=closed - 20):
        with opened(state, scratch, durability="process") as log:
            begin, end = log.published_lsn - log.used_space, log.published_lsn
            with open(f"{log.path}/ring", "rb") as file:
                ring = file.read()
            used = {address % len(ring) for address in range(begin, end)}
            assert not any(byte for place, byte in enumerate(ring) if place not in used), state
