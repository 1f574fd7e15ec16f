"""MANIFEST: what a log's directory is and the sizes that never change; small, checksummed, replaced whole.

     0        8         12    16       24             32             40          44             48           56
     +--------+---------+-----+--------+--------------+--------------+-----------+--------------+------------+---------
     |FLMANIFS| version | crc | log_id | mutable_size | segment_size | span_bits | identity_len | first_slot | identity
     +--------+---------+-----+--------+--------------+--------------+-----------+--------------+------------+---------

Little-endian; crc is the CRC-32C of everything with crc = 0.  It is the last file that a log's creation writes, so a directory without it
holds no log yet.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from fasterlog._crc import crc32c
from fasterlog.errors import CorruptedLogError, FormatVersionError

__all__ = ["MANIFEST_NAME", "Manifest"]

MANIFEST_NAME = "MANIFEST"
MANIFEST_BYTES_MAX = 64 * 1024
FORMAT_VERSION = 1

_MAGIC = b"FLMANIFS"
_HEAD = struct.Struct("<8sIIQQQIIQ")
_CRC_AT = 12


@dataclass(frozen=True, slots=True)
class Manifest:
    """One log's manifest; sizes in bytes."""

    log_id: int
    mutable_size: int
    segment_size: int
    span_bits: int
    first_slot: int
    identity: bytes

    def pack(self) -> bytes:
        head = _HEAD.pack(
            _MAGIC,
            FORMAT_VERSION,
            0,
            self.log_id,
            self.mutable_size,
            self.segment_size,
            self.span_bits,
            len(self.identity),
            self.first_slot,
        )
        data = bytearray(head + self.identity)
        data[_CRC_AT : _CRC_AT + 4] = crc32c(data).to_bytes(4, "little")
        return bytes(data)

    @classmethod
    def unpack(cls, data: bytes, path: str) -> Manifest:
        """Raises `FormatVersionError` for another version, `CorruptedLogError` for anything else that is not a manifest."""
        if len(data) < _HEAD.size or data[:8] != _MAGIC:
            raise CorruptedLogError(f"{path} is not the manifest of a fasterlog directory", path=path)
        _, version, crc, log_id, mutable, segment, span, length, first = _HEAD.unpack_from(data)
        if version != FORMAT_VERSION:
            raise FormatVersionError(
                f"{path} has format version {version}; this fasterlog reads version {FORMAT_VERSION}",
                found=version,
                supported=FORMAT_VERSION,
            )
        plain = bytearray(data)
        plain[_CRC_AT : _CRC_AT + 4] = bytes(4)
        if crc32c(plain) != crc or len(data) != _HEAD.size + length:
            raise CorruptedLogError(f"{path} does not fit its checksum", path=path)
        return cls(log_id, mutable, segment, span, first, data[_HEAD.size :])
