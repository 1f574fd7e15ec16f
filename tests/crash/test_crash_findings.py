"""What the crash states have found: each fault as the shortest run that shows it."""

import contextlib
import os
import shutil

import pytest
from helpers import small_log, value_of

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
