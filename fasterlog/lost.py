"""LOST: the slots whose entry this node has held and lost, so that the loss outlives the opening that found it.

     0        8         12    16       24      32        40      48
     +--------+---------+-----+--------+-------+---------+-------+------+-----------+-------------+-------+---
     |FLLOSTSL| version | crc | log_id | below | unknown | count | slot | ballot_id | ballot_node | known | ...
     +--------+---------+-----+--------+-------+---------+-------+------+-----------+-------------+-------+---

Little-endian; crc is the CRC-32C of everything with crc = 0; count records of 32 bytes, sorted by slot.  Salvage writes the file before
it touches anything else, and each opening rewrites it when slots have been learned again; without lost slots there is none.

below: set while salvage is under way and the footer of a segment is lost.  Then every slot under it that nothing else tells of
counts as lost, since it may have been in that segment; the opening puts the slots themselves on the list.

unknown: places where not even the slot could be told; counted once more where salvage was interrupted.  It may have been the promise, the
mapping, a discard, so it never becomes 0 again: such a node must not vote any more (docs/lost-disk.md).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from fasterlog._crc import crc32c
from fasterlog.errors import CorruptedLogError, FormatVersionError
from fasterlog.manifest import FORMAT_VERSION

__all__ = ["LOST_BYTES_MAX", "LOST_NAME", "LOST_SLOTS_MAX", "LostSlots"]

LOST_NAME = "LOST"
LOST_SLOTS_MAX = 1 << 20

_MAGIC = b"FLLOSTSL"
_HEAD = struct.Struct("<8sIIQQQQ")
_RECORD = struct.Struct("<QQQQ")
_CRC_AT = 12

LOST_BYTES_MAX = _HEAD.size + LOST_SLOTS_MAX * _RECORD.size


@dataclass(slots=True)
class LostSlots:
    """Lost slots, each with the ballot (id, node) that its header still told, or None."""

    slots: dict[int, tuple[int, int] | None] = field(default_factory=dict)
    below: int = 0
    unknown: int = 0

    def __bool__(self) -> bool:
        return bool(self.slots or self.below or self.unknown)

    def add(self, slot: int, ballot: tuple[int, int] | None, path: str) -> None:
        """Raises `CorruptedLogError` where the list gets too long for anybody to work through."""
        if ballot is not None or slot not in self.slots:
            self.slots[slot] = ballot
        if len(self.slots) > LOST_SLOTS_MAX:
            self._refuse(path)

    def check_below(self, first_slot: int, known: int, path: str) -> None:
        """The opening is going to list what nothing tells of under `below`: refused now, before a file is changed, where that is sure
        to be too much although the log may know `known` of them."""
        if self.below - first_slot - known > LOST_SLOTS_MAX:
            self._refuse(path)

    def _refuse(self, path: str) -> None:
        raise CorruptedLogError(
            f"{path}: more than {LOST_SLOTS_MAX} slots are lost; restore the files, or start this node anew from its peers",
            path=path,
        )

    def pack(self, log_id: int) -> bytes:
        records = (_RECORD.pack(slot, *(ballot or (0, 0)), ballot is not None) for slot, ballot in sorted(self.slots.items()))
        head = _HEAD.pack(_MAGIC, FORMAT_VERSION, 0, log_id, self.below, self.unknown, len(self.slots))
        data = bytearray(head + b"".join(records))
        data[_CRC_AT : _CRC_AT + 4] = crc32c(data).to_bytes(4, "little")
        return bytes(data)

    @classmethod
    def unpack(cls, data: bytes, log_id: int, path: str) -> LostSlots:
        """Raises `FormatVersionError` for another version, `CorruptedLogError` for anything else that is not this log's list."""
        if len(data) < _HEAD.size or data[:8] != _MAGIC:
            raise CorruptedLogError(f"{path} is not a list of lost slots", path=path)
        _, version, crc, owner, below, unknown, count = _HEAD.unpack_from(data)
        if version != FORMAT_VERSION:
            raise FormatVersionError(
                f"{path} has format version {version}; this fasterlog reads version {FORMAT_VERSION}",
                found=version,
                supported=FORMAT_VERSION,
            )
        plain = bytearray(data)
        plain[_CRC_AT : _CRC_AT + 4] = bytes(4)
        if crc32c(plain) != crc or owner != log_id or len(data) != _HEAD.size + count * _RECORD.size:
            raise CorruptedLogError(f"{path} does not fit its checksum or its log", path=path)
        records = _RECORD.iter_unpack(data[_HEAD.size :])
        return cls({slot: (id, node) if known else None for slot, id, node, known in records}, below, unknown)
