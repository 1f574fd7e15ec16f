"""The files of a log as include/fasterlog/layout.h draws them: for tests that look at the bytes, or damage them."""

import glob
import os
import struct
from typing import NamedTuple

from fasterlog._crc import crc32c

FRAME = struct.Struct("<IBBHIIQQQQII")
SUPERBLOCK = struct.Struct("<8sII17Q16s6I")
SUPERBLOCK_STRIDE = 73728
SEGMENT_HEADER_SIZE = 64
TRAILER_SIZE = 128

# fmt: off
KINDS = (
    "none", "pending", "pad", "vote", "chosen", "promise", "discard", "trim", "meta", "batch", "sync", "restart", "entry",
)
# fmt: on


class Frame(NamedTuple):
    """One frame, and where it lies in its file."""

    offset: int
    length: int
    kind: str
    flags: int
    incarnation: int
    address: int
    slot: int
    ballot: tuple
    value: bytes

    @property
    def value_offset(self):
        return self.offset + FRAME.size


class Superblock:
    """One of the two superblocks, with the packed mapping behind it; the newest counts."""

    # fmt: off
    NAMES = (
        "magic", "version", "crc", "log_id", "sequence", "incarnation", "begin", "begin_incarnation", "end", "durable",
        "tail_end", "tail_slot_end", "first_slot",
        "promised_id", "promised_node", "learned_id", "learned_node", "floor_slot", "floor_id", "floor_node", "boot_id", "has_promised",
        "has_learned", "has_floor", "clean", "meta_bytes", "shared",
    )
    # fmt: on

    def __init__(self, data, index):
        self.index = index
        start = index * SUPERBLOCK_STRIDE
        blank = bytes(SUPERBLOCK.size)
        fields = SUPERBLOCK.unpack_from(data[start:] + blank)
        self.__dict__.update(zip(self.NAMES, fields, strict=True))
        self.meta = data[start + SUPERBLOCK.size :][: self.meta_bytes]

    def pack(self):
        self.crc = 0
        self.crc = crc32c(self._bytes())
        return self._bytes()

    def _bytes(self):
        return SUPERBLOCK.pack(*(getattr(self, name) for name in self.NAMES)) + self.meta


def superblock(path):
    """The newest one."""
    with open(f"{path}/SUPER", "rb") as file:
        data = file.read()
    return max((Superblock(data, index) for index in range(3)), key=lambda block: block.sequence)


def change_superblocks(path, **fields):
    """Sets fields in all superblocks, with the checksum that fits."""
    with open(f"{path}/SUPER", "r+b") as file:
        data = file.read()
        for index in range(3):
            block = Superblock(data, index)
            if block.sequence:
                block.__dict__.update(fields)
                file.seek(index * SUPERBLOCK_STRIDE)
                file.write(block.pack())


def set_version(name, version):
    """Makes a MANIFEST one of another format version, with the checksum that fits."""
    with open(name, "rb") as file:
        data = bytearray(file.read())
    struct.pack_into("<I", data, 8, version)
    data[12:16] = bytes(4)
    struct.pack_into("<I", data, 12, crc32c(bytes(data)))
    overwrite(name, 0, data)


def pretend_power_loss(path):
    """After this the log was last open in another life of the machine."""
    change_superblocks(path, boot_id=bytes(range(16)))


def _frame(data, offset):
    length8, kind, flags, incarnation, _, value_len, address, slot, *ballot, _, _ = FRAME.unpack_from(data, offset)
    start = offset + FRAME.size
    name = KINDS[kind] if kind < len(KINDS) else str(kind)
    return Frame(offset, 8 * length8, name, flags, incarnation, address, slot, tuple(ballot), data[start : start + value_len])


def ring_frames(path, ring_size=64 * 1024):
    """The frames of the ring file in address order, from the superblock's `begin` to the first that is none."""
    with open(f"{path}/ring", "rb") as file:
        data = file.read()
    data = data.ljust(ring_size, b"\0")
    twice = data + data  # a frame may wrap
    frames = []
    address = superblock(path).begin
    while True:
        frame = _frame(twice, address % ring_size)
        if frame.address != address or not frame.length or frame.kind in ("none", "pending"):
            return frames
        frames.append(frame)
        address += frame.length


def ring_frame(path, kind, slot, **options):
    """The last frame of the kind for the slot."""
    return [f for f in ring_frames(path, **options) if (f.kind, f.slot) == (kind, slot)][-1]


def segments(path):
    """The segment files in the order of their addresses."""
    return sorted(glob.glob(f"{path}/tail/*.seg"))


def entries(segment):
    """The frames of a segment, in file order."""
    with open(segment, "rb") as file:
        data = file.read()
    offset = SEGMENT_HEADER_SIZE
    while offset + FRAME.size <= len(data):
        frame = _frame(data, offset)
        if frame.kind != "entry":
            return
        yield frame
        offset += frame.length


def overwrite(name, offset, data):
    """Changes bytes of a file in place."""
    with open(name, "r+b") as file:
        file.seek(offset)
        file.write(data)


def flip(name, offset, bit=0):
    """Flips one bit of a file."""
    with open(name, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1 << bit]))


def disk_usage(path):
    """Bytes of disk that a directory takes, holes not counted."""
    return sum(os.lstat(os.path.join(folder, name)).st_blocks * 512 for folder, _, files in os.walk(path) for name in files)
