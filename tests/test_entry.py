"""Ballot and Entry: values that order, compare, hash, pickle, show their bytes and pack."""

import copy
import itertools
import pickle
import struct
import threading
import weakref
import zlib

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fasterlog import Ballot, CorruptedEntryError, Entry, FasterLog

MAX = 2**64 - 1
uint64s = st.integers(0, MAX)
entries = st.builds(Entry, uint64s, st.tuples(uint64s, uint64s), st.binary(max_size=300), st.booleans())


class Index:
    """An integer by __index__ alone."""

    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


# ---- ballots


def test_ballots_are_ordered_by_id_then_node():
    ballots = [Ballot(id, node) for id, node in itertools.product((0, 1, 2**63, MAX), repeat=2)]
    for one, other in itertools.product(ballots, repeat=2):
        a, b = tuple(one), tuple(other)
        assert (one < other, one <= other, one > other, one >= other) == (a < b, a <= b, a > b, a >= b)
        assert (one == other, one != other) == (a == b, a != b)
        assert (hash(one) == hash(other)) == (a == b)


def test_a_ballot_is_no_tuple_but_unpacks_like_one():
    id, node = Ballot(7, node=2)
    assert (id, node) == (7, 2)
    assert Ballot(7, 2) != (7, 2)
    with pytest.raises(TypeError):
        assert Ballot(7, 2) < (8, 2)
    assert repr(Ballot(7, 2)) == "Ballot(id=7, node=2)"


def test_ballots_take_anything_with_an_index():
    assert Ballot(Index(7), numpy.uint64(MAX)) == Ballot(id=7, node=MAX)


@pytest.mark.parametrize("bad", [-1, 2**64, -(2**64), 10**40])
def test_ballots_outside_uint64(bad):
    with pytest.raises(OverflowError, match=f"ballot id must be 0 to {MAX}, not {bad}$"):
        Ballot(bad, 0)
    with pytest.raises(OverflowError, match="ballot node"):
        Ballot(0, bad)


@pytest.mark.parametrize("bad", [True, 1.0, "1", None, b"1", numpy.bool_(True)])
def test_ballots_of_what_is_no_integer(bad):
    with pytest.raises(TypeError, match="ballot id must be an integer, not"):
        Ballot(bad, 0)
    with pytest.raises(TypeError, match="ballot node must be an integer, not"):
        Ballot(0, bad)


def test_ballots_need_both_numbers():
    for arguments in ((), (1,), (1, 2, 3)):
        with pytest.raises(TypeError):
            Ballot(*arguments)


def test_zoned_ballots():
    ballot = Ballot.zoned(9, zone=3, node=5)
    assert (ballot.id, ballot.node) == (9, 3 << 32 | 5)
    assert (ballot.zone, ballot.zone_node) == (3, 5)
    assert Ballot.zoned(9, 3, 2**32 - 1) < Ballot.zoned(9, 4, 0) < Ballot.zoned(10, 0, 0)
    with pytest.raises(OverflowError, match="zone must be 0 to 4294967295"):
        Ballot.zoned(1, 2**32, 0)
    with pytest.raises(OverflowError, match="node must be 0 to 4294967295"):
        Ballot.zoned(1, 0, -1)
    with pytest.raises(OverflowError, match="counter"):
        Ballot.zoned(2**64, 0, 0)


@pytest.mark.parametrize("value", [Ballot(7, 2), Entry(3, (7, 2), b"value", True)], ids=repr)
def test_values_are_immutable(value):
    for name in ("id", "node", "slot", "ballot", "value", "committed", "new"):
        with pytest.raises(AttributeError):
            setattr(value, name, 1)
    before = repr(value)
    value.__init__(*value.__reduce__()[1][:-1], 5)
    assert repr(value) == before
    with pytest.raises(TypeError):
        type("Sub", (type(value),), {})
    with pytest.raises(TypeError):
        weakref.ref(value)


@pytest.mark.parametrize("value", [Ballot(7, MAX), Entry(3, (7, 2), b"value", True)], ids=repr)
def test_values_pickle_and_copy(value):
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value
    assert copy.copy(value) is value and copy.deepcopy(value) is value


# ---- entries


def test_an_entry_is_what_it_was_made_of():
    entry = Entry(slot=41, ballot=Ballot(7, 2), value=b"set x 1")
    assert (entry.slot, entry.ballot, entry.value) == (41, Ballot(7, 2), b"set x 1")
    assert entry.committed is False
    assert Entry(41, (7, 2), b"", True).committed is True
    assert Entry(41, (Index(7), 2), b"").ballot == Ballot(7, 2)
    assert len(entry) == 7 and len(Entry(0, (0, 0), b"")) == 0
    assert Entry(0, (0, 0), b""), "an entry with an empty value is still something"


def test_entries_copy_buffers_that_may_change():
    source = bytearray(b"abc")
    entry = Entry(1, (1, 1), source)
    source[0] = 0
    assert entry.value == b"abc"
    assert Entry(1, (1, 1), numpy.arange(3, dtype=numpy.uint8)[::-1]).value == b"\2\1\0"
    value = b"abc"
    assert Entry(1, (1, 1), value).value is value


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        (TypeError, (1, (1, 1), "text")),
        (TypeError, (1, (1, 1), 5)),
        (TypeError, (1, (1, 1), [1, 2])),
        (TypeError, (1, None, b"")),
        (TypeError, (1, 7, b"")),
        (TypeError, (1, (1, 2, 3), b"")),
        (TypeError, (1, [1, 2], b"")),
        (TypeError, (1, (1, True), b"")),
        (TypeError, (True, (1, 1), b"")),
        (TypeError, (1.5, (1, 1), b"")),
        (TypeError, (None, (1, 1), b"")),
        (OverflowError, (2**64, (1, 1), b"")),
        (OverflowError, (-1, (1, 1), b"")),
        (OverflowError, (1, (1, 2**64), b"")),
        (TypeError, ()),
        (TypeError, (1, (1, 1))),
    ],
    ids=repr,
)
def test_entries_of_wrong_parts(error, arguments):
    with pytest.raises(error):
        Entry(*arguments)


def test_entries_compare_by_all_four_attributes():
    parts = (1, Ballot(1, 1), b"x", False)
    entry = Entry(*parts)
    same = Entry(1, (1, 1), bytearray(b"x"))
    assert entry == same and hash(entry) == hash(same)
    for index, other in enumerate((2, Ballot(1, 2), b"y", True)):
        assert entry != Entry(*parts[:index], other, *parts[index + 1 :])
    assert entry != parts and entry != b"x"
    with pytest.raises(TypeError):
        assert entry < same


def test_long_values_are_cut_short_in_reprs():
    assert repr(Entry(1, (7, 2), b"abc", True)) == ("Entry(slot=1, ballot=Ballot(id=7, node=2), value=b'abc', committed=True)")
    shown = repr(Entry(1, (7, 2), b"a" * 5000))
    assert "value=b'" + "a" * 32 + "'...<5000 bytes>" in shown and "\n" not in shown


def test_memoryviews_of_entries_are_read_only_and_keep_the_bytes():
    view = memoryview(Entry(1, (1, 1), bytearray(b"abc")))
    assert (view.readonly, view.format, view.shape, view.contiguous) == (True, "B", (3,), True)
    assert bytes(view) == b"abc" and view.obj.slot == 1
    with pytest.raises(TypeError):
        view[0] = 1
    with pytest.raises(ValueError):
        numpy.asarray(view)[0] = 1
    assert bytes(memoryview(Entry(1, (1, 1), b""))) == b""
    assert b"".join([Entry(1, (1, 1), b"a"), Entry(2, (1, 1), b"b")]) == b"ab"


def test_the_value_of_a_tail_entry_is_built_once_by_however_many_threads(fresh_path):
    threads = 4
    with FasterLog(fresh_path(), durability="process", mutable_size=1 << 16) as log:
        for slot in range(200):
            log.learn(slot, Ballot(1, 1), b"%d" % slot * 20)
        log.checkpoint()
        shared = [log.read(slot) for slot in range(200)]
    barrier = threading.Barrier(threads)
    seen = [None] * threads

    def build(index):
        barrier.wait()
        seen[index] = [entry.value for entry in shared]

    workers = [threading.Thread(target=build, args=(index,)) for index in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for slot, values in enumerate(zip(*seen, strict=True)):
        assert values[0] == b"%d" % slot * 20
        assert len({id(value) for value in values}) == 1


# ---- the packed form


def test_the_packed_bytes():
    entry = Entry(0x0102030405060708, (0x1112131415161718, 0x2122232425262728), b"xyz", True)
    packed = entry.pack()
    assert packed[:29] == bytes.fromhex("0807060504030201 1817161514131211 2827262524232221 03000000 01")
    assert packed[29:32] == b"xyz"
    assert packed[32:] == zlib.crc32(packed[:32]).to_bytes(4, "little")
    assert len(packed) == len(entry) + 33


@given(entries)
def test_unpack_is_the_inverse_of_pack(entry):
    packed = entry.pack()
    for data in (packed, bytearray(packed), memoryview(packed), numpy.frombuffer(packed, "u1")):
        assert Entry.unpack(data) == entry


@given(entries, st.data())
def test_any_changed_byte_is_noticed(entry, data):
    packed = bytearray(entry.pack())
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CorruptedEntryError):
        Entry.unpack(packed)


@given(entries, st.data())
def test_any_other_length_is_noticed(entry, data):
    packed = entry.pack()
    with pytest.raises(CorruptedEntryError):
        Entry.unpack(packed[: data.draw(st.integers(0, len(packed) - 1))])
    with pytest.raises(CorruptedEntryError):
        Entry.unpack(packed + b"\0")


def test_the_error_says_what_is_wrong_and_where():
    packed = bytearray(Entry(1, (1, 1), b"x" * 10).pack())

    def check(data, text, offset):
        with pytest.raises(CorruptedEntryError, match=text) as caught:
            Entry.unpack(data)
        assert caught.value.offset == offset

    check(b"", "0 bytes, but a packed entry has at least 33", 0)
    check(packed[:32], "32 bytes", 32)
    check(packed[:-1], "the value's length is 10, but 9 bytes are there", 24)
    packed[30] ^= 1
    check(packed, "the checksum is 0x.{8}, but the bytes have 0x.{8}", 39)
    flagged = struct.pack("<QQQIB", 1, 1, 1, 0, 2)
    check(flagged + zlib.crc32(flagged).to_bytes(4, "little"), "flag is 2, not 0 or 1", 28)


@pytest.mark.parametrize("data", ["text", 5, None, [1]])
def test_unpack_takes_bytes_only(data):
    with pytest.raises(TypeError, match="data must be bytes-like"):
        Entry.unpack(data)
