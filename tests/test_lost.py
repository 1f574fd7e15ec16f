"""LOST: the list of lost slots as a file."""

import pytest
from helpers import small_log

from fasterlog import CorruptedLogError, FormatVersionError
from fasterlog._crc import crc32c
from fasterlog.lost import LOST_BYTES_MAX, LOST_SLOTS_MAX, LostSlots


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
