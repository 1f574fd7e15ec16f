"""CRC-32C: known answers, a bitwise model, chaining, and both ways to compute it."""

import random

import pytest

from fasterlog._crc import _crc32c_portable, crc32c

BOTH = pytest.mark.parametrize("checksum", [crc32c, _crc32c_portable])

# Around a word, and around three strides of 40, 168 and 1024 bytes, where the hardware way changes its step.
EDGES = sorted({edge + delta for edge in (0, 8, 120, 240, 504, 1008, 3072, 6144, 9216) for delta in range(-9, 10)})


def model(data, seed=0):
    state = ~seed & 0xFFFFFFFF
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = state >> 1 ^ (0x82F63B78 if state & 1 else 0)
    return ~state & 0xFFFFFFFF


@BOTH
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        # RFC 3720, B.4
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(range(31, -1, -1)), 0x113FDB5C),
    ],
)
def test_known_answers(checksum, data, expected):
    assert checksum(data) == expected


@BOTH
def test_random_data_against_a_bitwise_model(checksum):
    draw = random.Random(1)
    for size in [*range(70), 127, 128, 129, 500, 511, 777]:
        data = draw.randbytes(size)
        seed = draw.getrandbits(32)
        assert checksum(data, seed) == model(data, seed), size


def test_hardware_and_tables_agree_at_every_step_size_and_alignment():
    data = random.Random(2).randbytes(10_000)
    view = memoryview(data)
    for size in EDGES:
        if size >= 0:
            for start in range(8):
                part = view[start : start + size]
                assert crc32c(part, size) == _crc32c_portable(part, size), (start, size)


@BOTH
def test_a_sum_can_be_continued(checksum):
    draw = random.Random(3)
    data = draw.randbytes(5000)
    whole = checksum(data)
    for _ in range(200):
        cut = draw.randrange(len(data) + 1)
        assert checksum(data[cut:], checksum(data[:cut])) == whole


@pytest.mark.parametrize("make", [bytearray, memoryview, lambda data: memoryview(data).cast("I")])
def test_any_contiguous_buffer_is_taken(make):
    data = bytes(range(16)) * 700
    assert crc32c(make(data)) == crc32c(data) == _crc32c_portable(data)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [(("text",), TypeError), ((b"", -1), OverflowError), ((b"", 1 << 32), OverflowError), ((None,), TypeError)],
)
def test_bad_arguments(arguments, error):
    with pytest.raises(error):
        crc32c(*arguments)


def test_a_strided_buffer_is_refused():
    with pytest.raises(BufferError):
        crc32c(memoryview(bytes(10))[::2])
