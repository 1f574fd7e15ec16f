"""MANIFEST: what goes in comes out, and nothing else is taken for one."""

import random

import pytest

from fasterlog import CorruptedLogError, FormatVersionError
from fasterlog.manifest import Manifest

KNOWN = Manifest(log_id=2**63 + 5, mutable_size=65536, segment_size=131072, span_bits=19, first_slot=7, identity=b"node-1")


def test_what_is_packed_is_unpacked():
    for manifest in (KNOWN, Manifest(1, 65536, 65536, 18, 2**64 - 1, b"")):
        assert Manifest.unpack(manifest.pack(), "MANIFEST") == manifest


def test_the_format_is_what_it_was():
    """The golden bytes of format version 1: a change of them is a new version."""
    assert KNOWN.pack().hex() == (
        "464c4d414e494653010000008ce0b9b8050000000000008000000100000000000000020000000000130000000600000007000000000000006e6f64652d31"
    )


@pytest.mark.parametrize("place", range(8, len(KNOWN.pack())))
def test_any_flipped_bit_is_noticed(place):
    data = bytearray(KNOWN.pack())
    data[place] ^= 1 << random.Random(place).randrange(8)
    with pytest.raises((CorruptedLogError, FormatVersionError), match="MANIFEST"):
        Manifest.unpack(bytes(data), "MANIFEST")


@pytest.mark.parametrize("length", range(len(KNOWN.pack())))
def test_any_shorter_one_is_refused(length):
    with pytest.raises(CorruptedLogError, match="MANIFEST"):
        Manifest.unpack(KNOWN.pack()[:length], "MANIFEST")


def test_another_version_is_named():
    data = bytearray(KNOWN.pack())
    data[8] = 2
    with pytest.raises(FormatVersionError, match=r"version 2.*version 1") as caught:
        Manifest.unpack(bytes(data), "MANIFEST")
    assert (caught.value.found, caught.value.supported) == (2, 1)
