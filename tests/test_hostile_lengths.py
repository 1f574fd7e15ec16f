"""P12, F2: a header that fits its checksum and names a length that the file does not have, or another place."""

import shutil
import struct

import layout
import pytest
from helpers import KIB, small_log, value_of, view

from fasterlog._crc import crc32c

B1 = (1, 1)
LENGTHS = [4096, 2**20, 2**26, 2**31, 2**32 - 1, 2**32 - 8, 2**32 - 56, 2**32 - 64, 2**32 - 120]


def forged(path, kind, address, incarnation, value_len):
    """A frame's header with a checksum that fits; its length in the publish word is what 32 bits make of it."""
    log_id = layout.superblock(path).log_id
    seed = (log_id ^ log_id >> 32) & 0xFFFFFFFF
    length = (layout.FRAME.size + value_len + 7 & 0xFFFFFFFF) & ~7
    fields = [length // 8, layout.KINDS.index(kind), 0, incarnation, 0, value_len, address, 3, *B1, 0, 0]
    raw = layout.FRAME.pack(*fields)
    fields[4] = crc32c(raw[:8] + raw[12:], seed)
    return layout.FRAME.pack(*fields)


def test_the_forged_header_is_one(fresh_path):
    """With a length that is there it is taken for a frame."""
    path = fresh_path()
    with small_log(path) as log:
        log.learn(3, B1, b"")
        log.checkpoint()
    (segment,) = layout.segments(path)
    (entry,) = layout.entries(segment)
    with open(segment, "rb") as file:
        file.seek(entry.offset)
        assert forged(path, "entry", entry.address, entry.incarnation, 0) == file.read(layout.FRAME.size)


@pytest.mark.parametrize("value_len", LENGTHS)
def test_a_segments_entry_longer_than_its_file(fresh_path, value_len):
    path = fresh_path()
    with small_log(path) as log:
        for slot in range(5, 10):
            log.learn(slot, B1, value_of(slot, B1))
        log.checkpoint()
        before = view(log)
    (segment,) = layout.segments(path)
    last = list(layout.entries(segment))[-1]
    end = last.offset + last.length
    layout.overwrite(segment, end, forged(path, "entry", last.address + last.length, last.incarnation, value_len))
    with small_log(path) as log:
        assert view(log) == before
        assert log.recovery.bytes_cut > 0


@pytest.mark.parametrize("power_loss", [False, True])
@pytest.mark.parametrize("kind", ["vote", "batch", "meta"])
@pytest.mark.parametrize("value_len", LENGTHS)
def test_a_rings_frame_longer_than_the_ring(fresh_path, kind, value_len, power_loss):
    path, image = fresh_path(), fresh_path("image")
    with small_log(path, durability="accept") as log:
        log.accept(5, B1, b"five")
        before = view(log)
        shutil.copytree(path, image)
    last = layout.ring_frames(image)[-1]
    end = last.address + last.length
    layout.overwrite(f"{image}/ring", end, forged(image, kind, end, last.incarnation, value_len))
    if power_loss:
        layout.pretend_power_loss(image)
    with small_log(image) as log:
        assert view(log) == before


def test_the_header_is_what_the_struct_says():
    assert struct.calcsize(layout.FRAME.format) == layout.FRAME.size == 56


@pytest.mark.parametrize("power_loss", [False, True])
def test_a_frame_of_another_lap_ends_the_log(fresh_path, power_loss):
    """F2: whole, of this log and this incarnation, but not of this address: at the levels other than "process" the file is full of them."""
    path, image = fresh_path(), fresh_path("image")
    with small_log(path, durability="accept") as log:
        log.accept(5, B1, b"five")
        before = view(log)
        shutil.copytree(path, image)
    last = layout.ring_frames(image)[-1]
    end = last.address + last.length
    layout.overwrite(f"{image}/ring", end, forged(image, "vote", end + 64 * KIB, last.incarnation, 0))
    if power_loss:
        layout.pretend_power_loss(image)
    with small_log(image) as log:
        assert view(log) == before
