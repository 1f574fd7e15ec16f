"""LOST: the list of lost slots as a file, and what calls say of a slot that is on it."""

import errno
import os
import re
import shutil
from itertools import product

import layout
import pytest
from helpers import committed_log, small_log, value_of

from fasterlog import (
    Ballot,
    BallotMismatchError,
    CorruptedEntryError,
    CorruptedLogError,
    DiskFullError,
    FormatVersionError,
    SlotCommittedError,
)
from fasterlog._crc import crc32c
from fasterlog.lost import LOST_BYTES_MAX, LOST_SLOTS_MAX, LostSlots
from fasterlog.testing import SimulatedDisk, quiet_background

B1, B2 = Ballot(1, 1), Ballot(2, 2)
LOST = 1
MARKED = 2


def test_a_list_comes_back_as_it_was():
    lost = LostSlots({7: (1, 2), 2**64 - 1: None, 0: (0, 0)}, below=9)
    assert LostSlots.unpack(lost.pack(5), 5, "LOST") == lost
    assert lost
    assert not LostSlots()


def test_a_known_ballot_is_kept():
    lost = LostSlots()
    lost.add(1, None, "x")
    lost.add(1, (2, 3), "x")
    lost.add(1, None, "x")
    assert lost.slots == {1: (2, 3)}


def test_the_list_is_bounded():
    lost = LostSlots(dict.fromkeys(range(LOST_SLOTS_MAX)))
    assert len(lost.pack(1)) <= LOST_BYTES_MAX
    with pytest.raises(CorruptedLogError, match=str(LOST_SLOTS_MAX)):
        lost.add(LOST_SLOTS_MAX, None, "x")


def test_damage_of_every_byte_is_noticed():
    data = LostSlots({7: (1, 2)}, below=9).pack(5)
    for place in range(len(data)):
        spoilt = bytearray(data)
        spoilt[place] ^= 4
        with pytest.raises((CorruptedLogError, FormatVersionError)):
            LostSlots.unpack(bytes(spoilt), 5, "LOST")
    for size in range(len(data)):
        with pytest.raises(CorruptedLogError):
            LostSlots.unpack(data[:size], 5, "LOST")
    with pytest.raises(CorruptedLogError):
        LostSlots.unpack(data, 6, "LOST")


def test_another_version_is_named():
    data = bytearray(LostSlots({7: (1, 2)}).pack(5))
    data[8] = 2
    data[12:16] = bytes(4)
    data[12:16] = crc32c(bytes(data)).to_bytes(4, "little")
    with pytest.raises(FormatVersionError):
        LostSlots.unpack(bytes(data), 5, "LOST")


def test_a_list_that_cannot_be_read_refuses_the_opening(fresh_path):
    path = fresh_path()
    small_log(path).close()
    with open(f"{path}/LOST", "wb") as file:
        file.write(b"nonsense")
    with pytest.raises(CorruptedLogError, match="LOST"):
        small_log(path)


# ---- calls


@pytest.fixture
def lossy_path(fresh_path):
    """The vote in slot 0 is whole; that in 1 has rotted, so the slot is lost; that in 2 too, but a mark says that it was chosen."""

    def make():
        path, image = fresh_path(), fresh_path("image")
        with small_log(path, durability="accept") as log:
            for slot in range(4):
                log.accept(slot, B1, value_of(slot, B1))
            log.commit(MARKED)
            log.accept(0, B1, value_of(0, B1), wait=True)
            log.sync()
            shutil.copytree(path, image)
        for slot in (LOST, MARKED):
            layout.flip(f"{image}/ring", layout.ring_frame(image, "vote", slot).value_offset)
        with small_log(image, recovery="salvage") as log:
            assert log.recovery.damaged_slots == (LOST, MARKED)
        return image

    return make


def batched(log, name):
    """The batch's call of that name, with nothing after it: a refusal has to come from the call, not from the exit."""

    def call(*arguments):
        try:
            with log.batch() as batch:
                getattr(batch, name)(*arguments)
                raise KeyboardInterrupt  # not refused
        except KeyboardInterrupt:
            return None

    return call


def told_as_lost(call, *arguments, **options):
    with pytest.raises(CorruptedEntryError, match=f"slot {LOST} is lost: its entry was damaged; learn it") as caught:
        call(*arguments, **options)
    assert (caught.value.slot, caught.value.ballot) == (LOST, B1)


def test_a_commit_of_a_lost_slot_is_refused(lossy_path):
    """It returned an LSN, and nothing was recorded; and `committed_range` then counted the slot."""
    with small_log(lossy_path()) as log:
        before = log.committed_range()
        for options in ({}, {"wait": True}):
            for ballot in (None, B1, B2):
                told_as_lost(log.commit, LOST, ballot, **options)
                told_as_lost(batched(log, "commit"), LOST, ballot)
        assert log.committed_range() == before == (None, None, 0)
        assert log.stats().commits == 0
        log.learn(LOST, B2, b"chosen")
        assert log.commit(LOST) and log.commit(LOST, B1)
        assert log.committed_range() == (LOST, LOST, 1)


def test_a_vote_in_a_lost_slot_is_refused_as_lost(lossy_path):
    """It was refused as committed with another value, which nobody knows of a mere vote."""
    with small_log(lossy_path()) as log:
        values = value_of(LOST, B1), b"another", memoryview(b"x" * 3000)[:1000]
        for ballot, value in [*product([B1], values), *product([B2], values)]:
            told_as_lost(log.accept, LOST, ballot, value)
            told_as_lost(batched(log, "accept"), LOST, ballot, value)
        log.learn(LOST, B2, b"chosen")
        with pytest.raises(SlotCommittedError, match="another value"):
            log.accept(LOST, B2, b"another")


def test_a_vote_in_a_lost_slot_is_not_made_possible_by_a_discard(lossy_path):
    with small_log(lossy_path()) as log:
        with log.batch() as batch:
            batch.discard(LOST)
            told_as_lost(batch.accept, LOST, B2, b"another")
            told_as_lost(batch.commit, LOST)
            batch.learn(LOST, B2, b"chosen")
            batch.commit(LOST)
        assert log.read_committed(LOST).value == b"chosen"


def test_reads_of_a_lost_slot_tell_its_ballot(lossy_path):
    for _ in range(2):  # as long as LOST keeps it
        with small_log(lossy_path()) as log:
            for read in (log.read, log.read_committed, log.get):
                told_as_lost(read, LOST)


def test_a_slot_that_is_chosen_without_its_value_is_none_that_is_lost(lossy_path):
    """The mark stands: to commit it again is fine.  But it is no committed entry that is held: `committed_range` said so."""
    with small_log(lossy_path()) as log:
        assert log.commit(MARKED, B1) and log.commit(MARKED) and log.commit(MARKED, B2)
        assert log.committed_range() == (None, None, 0)
        with pytest.raises(SlotCommittedError):
            log.accept(MARKED, B2, b"another")
        with pytest.raises(CorruptedEntryError, match="is chosen with"):
            log.read(MARKED)
        with pytest.raises(BallotMismatchError):
            log.commit(0, B2)
        log.commit(0, B1)
        assert log.committed_range() == (0, 0, 1)


def test_a_promise_shows_what_is_unknown(lossy_path):
    with small_log(lossy_path()) as log:
        report = log.promise(B2)
    assert report.unknown == (LOST, MARKED)
    assert "entries=<2>, unknown=<2: 1, 2>)" in repr(report)


# ---- files

WRITING = ("open", "pwrite", "ftruncate", "fsync", "fdatasync", "mkdir", "rename")


@pytest.mark.thread_unsafe(reason="replaces the table of system calls")
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG], ids=errno.errorcode.get)
@pytest.mark.parametrize("what", ["a new log", "salvage"])
def test_a_full_disk_at_opening_is_told_as_one(fresh_path, what, code):
    """LOST, MANIFEST and rebuilt segments: it came as a plain OSError."""
    folder, base = fresh_path(), fresh_path("base")
    if what == "salvage":
        with small_log(base, durability="accept") as log:
            committed_log(log, range(2000))
            log.checkpoint()
        layout.flip(layout.segments(base)[0], next(layout.entries(layout.segments(base)[0])).value_offset)
    refusals, after, end = set(), 0, False
    with quiet_background():
        while not end:
            shutil.rmtree(folder, ignore_errors=True)
            if what == "salvage":
                shutil.copytree(base, f"{folder}/log")
            else:
                os.mkdir(folder)
            with SimulatedDisk(folder) as disk:
                disk.fail(code, kinds=WRITING, after=after)
                try:
                    log = small_log(f"{folder}/log", recovery="salvage")
                except OSError as error:
                    assert type(error) is DiskFullError, (after, error)
                    assert error.errno == code
                    assert error.path.startswith(folder) and error.path in str(error)
                    refusals.add(os.path.basename(error.path))
                else:
                    disk.mend()
                    log.close()
                    end = True
                disk.mend()
            after += 1
    assert {"SUPER", "MANIFEST"} <= refusals if what == "a new log" else {"LOST", "tail"} <= refusals, refusals


@pytest.mark.parametrize("name", ["MANIFEST", "SUPER", "LOST"])
@pytest.mark.parametrize("there", ["folder", "FIFO", "dangling link", "link", "far too large"])
def test_what_is_no_file_where_one_belongs_is_named(lossy_path, name, there):
    """It came as EINVAL, ELOOP or EFBIG, the last of which is a full disk's."""
    folder = lossy_path()
    path = f"{folder}/{name}"
    os.rename(path, path + ".away")
    text = {"folder": "is a folder", "FIFO": "is a FIFO", "far too large": f"has {1 << 40} bytes"}.get(there, "is a symbolic link")
    if there == "folder":
        os.mkdir(path)
    elif there == "FIFO":
        os.mkfifo(path)
    elif there == "far too large":
        with open(path, "wb") as file:
            file.truncate(1 << 40)
    else:
        os.symlink(path + (".away" if there == "link" else ".nowhere"), path)
    for recovery in ("strict", "salvage"):
        with pytest.raises(CorruptedLogError, match=re.escape(f"{path} {text}")) as caught:
            small_log(folder, recovery=recovery)
        assert caught.value.path == path
