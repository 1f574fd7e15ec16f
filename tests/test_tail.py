"""The immutable tail: appending, sealing, look-ups, what damage and failing system calls do. Driven through cython/tail_probe.pyx."""

import errno
import os
import random
import struct
import threading
from pathlib import Path

import pytest
from cython_build import build_extension

pytestmark = pytest.mark.thread_unsafe(reason="changes the process's table of system calls, and its fixture's folder is one test's")

SPAN = 1 << 18
HEADER, FRAME, TRAILER = 64, 56, 128
NOWHERE = (1 << 64) - 1
GOOD, BAD_HEADER, BAD_TRAILER, BAD_FOOTER, MISSING, BAD_VERSION, BAD_FILE = range(7)


@pytest.fixture(scope="module")
def probe(tmp_path_factory):
    source = Path(__file__).with_name("cython") / "tail_probe.pyx"
    return build_extension("tail_probe", source, tmp_path_factory.mktemp("tail_probe"))


@pytest.fixture
def tails(probe, tmp_path):
    """Opens the tail in a folder; all are closed at the end."""
    opened = []

    def make(folder="tail", **options):
        path = tmp_path / folder
        path.mkdir(exist_ok=True)
        tail = probe.Tail(str(path), **options)
        opened.append(tail)
        tail.open()
        return tail

    yield make
    probe.heal()
    for tail in opened:
        tail.close()


def entries(slots, size=100):
    return [(slot, slot % 1000 * 3, slot % 1000 * 5, (b"%d;" % slot * size)[: size + slot % 9]) for slot in slots]


def append(tail, added):
    status, addresses = tail.append(added)
    assert status == 0
    return dict(zip([entry[0] for entry in added], addresses, strict=True))


def found(tail):
    """slot -> entry, by enumeration and by address."""
    result = {}
    for segment in tail.each():
        for slot, address in segment or []:
            assert tail.at(address)[0] == slot
            result[slot] = tail.at(address)
    return result


def files(tmp_path, folder="tail"):
    return sorted((tmp_path / folder).iterdir())


def reopened(tails, tail, **options):
    tail.close()
    return tails(**options)


def test_an_empty_folder(tails, tmp_path):
    tail = tails()
    assert tail.report["segments"] == tail.report["entries"] == tail.report["end"] == 0
    assert tail.report["bad_address"] == NOWHERE
    assert tail.at(64) is None and tail.find(0) is None and tail.next_slot(0) is None
    assert tail.contiguous(5) == 5 and tail.each() == []
    assert tail.sync() == 0 and tail.seal() == 0 and tail.append([]) == (0, [])
    assert files(tmp_path) == []


def test_entries_are_found_by_address_at_once_and_by_slot_when_sealed(tails):
    tail = tails()
    added = entries(range(10, 20))
    places = append(tail, added)
    assert places[10] == HEADER
    for entry in added:
        assert tail.at(places[entry[0]]) == entry
        assert tail.find(entry[0]) is None
    assert tail.seal() == 0
    for entry in added:
        assert tail.at(places[entry[0]]) == tail.find(entry[0]) == entry
    assert tail.find(9) is None and tail.find(20) is None
    assert found(tail) == {entry[0]: entry for entry in added}


def test_ten_entries_take_little_disk(tails, tmp_path):
    tail = tails(segment_size=64 << 20, span_bits=27)
    append(tail, entries(range(10)))
    assert [path.stat().st_size for path in files(tmp_path)] == [64 << 10]
    assert tail.gauges == (10, 64 << 10)


def test_places_between_and_behind_frames_hold_nothing(tails):
    tail = tails()
    places = append(tail, entries(range(3)))
    taken = set(places.values())
    for address in [*range(700), SPAN - 8, SPAN, SPAN + 64, NOWHERE, NOWHERE - 7]:
        assert (tail.at(address) not in (None, "damaged")) == (address in taken)


def test_values_of_all_sizes(tails):
    tail = tails(segment_size=4 << 20, span_bits=24)
    sizes = [0, 1, 7, 8, 9, 4095, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20, 5 << 20, 3]
    added = [(slot, 1, 2, os.urandom(size)) for slot, size in enumerate(sizes)]
    append(tail, added)
    assert found(tail) == dict(enumerate(added))
    tail = reopened(tails, tail, segment_size=4 << 20, span_bits=24)
    assert found(tail) == dict(enumerate(added))


def test_segments_roll_seal_and_come_back(tails, tmp_path):
    tail = tails()
    added = entries(range(3000))
    places = {}
    for begin in range(0, 3000, 217):
        places |= append(tail, added[begin : begin + 217])
    before = tail.segments()
    assert len(before) > 5 and all(sealed for _, sealed, *_ in before[:-1]) and not before[-1][1]
    # One run each: slots are in order, across appends too.
    assert {runs for _, _, runs, *_ in before} == {1}
    assert [path.name for path in files(tmp_path)] == [f"{segment[0]:016x}.seg" for segment in before]
    for path, segment in zip(files(tmp_path), before, strict=True):
        assert path.stat().st_size == segment[4] and path.stat().st_size % 4096 == 0
    assert tail.gauges == (3000, sum(segment[4] for segment in before))
    tail = reopened(tails, tail)
    assert tail.segments() == before
    report = tail.report
    assert (report["segments"], report["entries"], report["bytes_cut"], report["bad_reason"]) == (len(before), 3000, 0, GOOD)
    assert report["end"] == places[2999] + FRAME + (len(added[2999][3]) + 7) // 8 * 8
    assert found(tail) == {entry[0]: entry for entry in added}
    assert {slot: address for segment in tail.each() for slot, address in segment} == places


def test_appending_goes_on_after_reopening(tails):
    tail = tails()
    added = []
    for begin in range(0, 1000, 50):
        added += entries(range(begin, begin + 50))
        append(tail, added[-50:])
        tail = reopened(tails, tail)
        assert tail.dirty
        assert tail.sync() == 0 and not tail.dirty
    assert found(tail) == {entry[0]: entry for entry in added}
    assert tail.report["segments"] == 3


def test_slots_in_any_order_are_sorted_into_runs(tails):
    draw = random.Random(4)
    slots = list(range(400)) + list(range(500, 600)) + [NOWHERE, NOWHERE - 1, 1 << 40]
    draw.shuffle(slots)
    tail = tails()
    for begin in range(0, len(slots), 40):
        append(tail, entries(sorted(slots[begin : begin + 40]), size=8))
    for _ in range(2):
        assert [slot for slot, _ in tail.each()[0]] == sorted(slots)
        assert tail.seal() == 0
    assert tail.segments()[0][2:4] == (4, len(slots))
    tail = reopened(tails, tail)
    assert [slot for slot, _ in tail.each()[0]] == sorted(slots)
    for slot in slots:
        assert tail.find(slot)[0] == slot
    assert tail.contiguous(0) == 400 and tail.contiguous(400) == 400 and tail.contiguous(550) == 600
    assert tail.contiguous(NOWHERE - 1) == NOWHERE
    assert tail.next_slot(0) == 0 and tail.next_slot(400) == 500 and tail.next_slot(600) == 1 << 40
    assert tail.next_slot((1 << 40) + 1) == NOWHERE - 1 and tail.next_slot(NOWHERE) == NOWHERE


def test_a_slot_that_was_written_twice_is_listed_once(tails):
    tail = tails()
    for slots in (range(10), range(5, 15), range(3, 4), range(20, 30), range(18, 40)):
        append(tail, entries(slots))
    expected = [*range(15), *range(18, 40)]
    for _ in range(2):
        assert [slot for slot, _ in tail.each()[0]] == expected
        tail.seal()
    tail = reopened(tails, tail)
    assert [slot for slot, _ in tail.each()[0]] == expected
    assert tail.report["entries"] == len(expected)


def test_overlapping_segments_are_searched_newest_first(tails):
    draw = random.Random(5)
    tail = tails()
    latest = {}
    for turn in range(30):
        slots = sorted(draw.sample(range(300), draw.randrange(1, 60)))
        added = [(slot, turn, 0, b"%d" % turn) for slot in slots]
        append(tail, added)
        latest |= {entry[0]: entry for entry in added}
        assert tail.seal() == 0
    for _ in range(2):
        for slot in range(310):
            assert tail.find(slot) == latest.get(slot)
            assert tail.next_slot(slot) == min((s for s in latest if s >= slot), default=None)
            assert tail.contiguous(slot) == next(s for s in range(slot, 400) if s not in latest)
        tail = reopened(tails, tail)


def test_an_entry_larger_than_a_segment_has_one_of_its_own(tails):
    tail = tails()
    added = [(1, 1, 1, b"small"), (2, 1, 1, os.urandom(200_000)), (3, 1, 1, b"small"), (4, 1, 1, b"more")]
    append(tail, added)
    assert [segment[3] for segment in tail.segments()] == [1, 1, 2]
    tail = reopened(tails, tail)
    assert found(tail) == {entry[0]: entry for entry in added}
    # Nor does it disturb an open segment without entries, as a failed append leaves behind.
    assert tail.append([(9, 1, 1, bytes(SPAN))])[0] == -errno.EFBIG
    append(tail, [(5, 1, 1, b"last")])
    assert tail.find(2) == added[1]


def test_damage_in_the_ring_is_not_carried_over(tails):
    tail = tails()
    append(tail, entries(range(5)))
    status, addresses = tail.append(entries(range(5, 9)), damaged=True)
    assert status == -errno.EBADMSG
    assert [address == NOWHERE for address in addresses] == [False, False, False, True]
    assert sorted(found(tail)) == list(range(5))


# --- leases -------------------------------------------------------------------------------------------------------------


def test_a_pinned_segment_outlives_the_tail_and_its_file(tails, tmp_path):
    tail = tails()
    places = append(tail, entries(range(2000)))
    pins = [tail.pin(places[slot]) for slot in (3, 1000, 1999)]
    tail.close()
    for path in files(tmp_path):
        path.unlink()
    assert [pin.value() for pin in pins] == [entry[3] for entry in entries((3, 1000, 1999))]
    mapped = Path("/proc/self/maps").read_text()
    assert mapped.count("tail/") >= 3
    for pin in pins:
        pin.release()
    assert str(tmp_path) not in Path("/proc/self/maps").read_text()


def test_closing_gives_everything_back(tails, tmp_path):
    def held():
        maps = Path("/proc/self/maps").read_text().count(str(tmp_path))
        return maps, sum(1 for fd in Path("/proc/self/fd").iterdir() if str(tmp_path) in os.path.realpath(fd))

    tail = tails()
    append(tail, entries(range(2000)))
    # A sealed segment needs no descriptor.
    assert held() == (len(tail.segments()), 1)
    tail.close()
    assert held() == (0, 0)


@pytest.mark.stress
def test_readers_beside_appends_seals_and_rolls(tails):
    tail = tails()
    places = append(tail, entries(range(700)))
    tail.seal()
    done = threading.Event()
    bad = []

    def read():
        while not done.is_set():
            bad.append(tail.read_all(list(places.values()), 700, 3))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for begin in range(700, 9000, 100):
        append(tail, entries(range(begin, begin + 100)))
        if begin % 300 == 0:
            tail.seal()
    done.set()
    for reader in readers:
        reader.join()
    assert bad and not any(bad)


# --- what a crash or a hostile file leaves ------------------------------------------------------------------------------


@pytest.fixture
def three_segments(tails, tmp_path):
    """Two sealed segments and an open one, closed again; returns the entries and where they lie."""
    tail = tails()
    added = entries(range(30))
    places = {}
    for begin in (0, 10, 20):
        places |= append(tail, added[begin : begin + 10])
        if begin < 20:
            tail.seal()
    tail.close()
    return {entry[0]: entry for entry in added}, places


def corrupt(path, offset, data):
    with path.open("r+b") as file:
        file.seek(offset, os.SEEK_END if offset < 0 else os.SEEK_SET)
        file.write(data)


def flip(path, offset):
    corrupt(path, offset, bytes([path.read_bytes()[offset] ^ 0x10]))


def test_a_torn_end_is_cut_counted_and_written_over(three_segments, tails, tmp_path):
    expected, places = three_segments
    last = files(tmp_path)[2]
    size = last.stat().st_size
    flip(last, places[27] % SPAN + FRAME)
    tail = tails()
    assert found(tail) == {slot: entry for slot, entry in expected.items() if slot < 27}
    assert tail.report["bytes_cut"] > 3 * FRAME and tail.report["bad_reason"] == GOOD
    assert tail.report["end"] == places[27]
    assert append(tail, [expected[27]])[27] == places[27]
    append(tail, entries(range(40, 60), size=300))
    tail = reopened(tails, tail)
    assert tail.report["bytes_cut"] == 0
    assert sorted(found(tail)) == [*range(28), *range(40, 60)]
    assert last.stat().st_size == size


def test_every_length_of_the_last_file(three_segments, tails, tmp_path):
    expected, places = three_segments
    last = files(tmp_path)[2]
    data = last.read_bytes()
    end = places[29] % SPAN + FRAME + 120
    for length in [*range(0, end, 5), HEADER - 1, HEADER, len(data)]:
        last.write_bytes(data[:length])
        tail = tails()
        if length < HEADER:
            # Its header was durable before the file had this name: not a crash, but damage.
            assert (tail.report["bad_reason"], tail.report["bad_address"]) == (BAD_HEADER, 2 * SPAN)
        else:
            assert tail.report["bad_reason"] == GOOD
            kept = found(tail)
            assert list(kept) == list(range(len(kept)))
            assert all(expected[slot] == entry for slot, entry in kept.items())
        assert last.stat().st_size == length
        tail.close()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_any_flipped_bit_is_noticed_or_harmless(three_segments, tails, tmp_path, number):
    expected, places = three_segments
    path = files(tmp_path)[number]
    data = path.read_bytes()
    used = [offset for offset in range(len(data)) if data[offset]]
    for offset in {*used, *range(HEADER), *range(len(data) - TRAILER, len(data)), 5000}:
        if number == 2 and offset >= HEADER and offset not in used:
            continue
        flip(path, offset)
        tail = tails()
        report = tail.report
        for slot, place in places.items():
            by_address = tail.at(place)
            assert by_address in (expected[slot], "damaged", None)
            assert tail.find(slot) in (expected[slot], "damaged", None)
            if by_address is None:
                assert report["bad_reason"] != GOOD or report["bytes_cut"]
        if HEADER <= offset < HEADER + FRAME:
            assert tail.at(number * SPAN + HEADER) in ("damaged", None)
        tail.close()
        path.write_bytes(data)


def test_damage_is_reported_and_the_rest_is_loaded(three_segments, tails, tmp_path):
    paths = files(tmp_path)
    middle = paths[1].read_bytes()
    cases = {
        BAD_HEADER: lambda: flip(paths[1], 20),
        BAD_TRAILER: lambda: flip(paths[1], len(middle) - 100),
        BAD_FOOTER: lambda: flip(paths[1], struct.unpack_from("<Q", middle, len(middle) - TRAILER + 40)[0]),
        MISSING: lambda: paths[1].unlink(),
    }
    for reason, damage in cases.items():
        damage()
        tail = tails()
        assert (tail.report["bad_reason"], tail.report["bad_address"]) == (reason, SPAN)
        assert sorted(found(tail)) == [*range(10), *range(20, 30)]
        assert tail.find(15) is None and tail.next_slot(10) is None
        tail.close()
        paths[1].write_bytes(middle)


def test_a_predecessor_that_is_another_is_noticed(three_segments, tails, tmp_path):
    tail = tails(folder="other")
    append(tail, entries(range(10)))
    tail.seal()
    append(tail, entries(range(10, 19)))
    tail.seal()
    tail.close()
    files(tmp_path)[1].write_bytes(files(tmp_path, "other")[1].read_bytes())
    tail = tails()
    assert (tail.report["bad_reason"], tail.report["bad_address"]) == (MISSING, SPAN)


def test_another_logs_segments(three_segments, tails):
    assert tails(log_id=8).report["bad_reason"] == BAD_HEADER
    assert tails(span_bits=17).report["bad_reason"] == BAD_HEADER
    # The seed is made from the log's id, so this cannot happen; frames would not verify.
    assert tails(seed=98).report["bytes_cut"] > 0


@pytest.mark.parametrize("number", [0, 1, 2])
def test_what_is_no_file(three_segments, tails, tmp_path, number):
    path = files(tmp_path)[number]
    path.unlink()
    makers = [path.mkdir, lambda: os.mkfifo(path), lambda: path.symlink_to("/dev/zero")]
    for make in makers:
        make()
        tail = tails()
        assert (tail.report["bad_reason"], tail.report["bad_address"]) == (BAD_FILE, number * SPAN)
        tail.close()
        path.rmdir() if path.is_dir() else path.unlink()
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert tails().report["bad_reason"] == BAD_FILE


def test_foreign_names_are_ignored(three_segments, tails, tmp_path):
    expected, _ = three_segments
    for name in ("README", "0" * 16, "0" * 15 + "1.seg", "0" * 16 + ".seg~", "G" * 16 + ".seg", f"{3 * SPAN:016x}.seg.tmp"):
        (tmp_path / "tail" / name).write_bytes(b"x" * 100)
    tail = tails()
    assert tail.report["bad_reason"] == GOOD and found(tail) == expected
    # The temporary file of a creation that a crash cut off makes way.
    tail.seal()
    append(tail, entries([99]))
    assert not list((tmp_path / "tail").glob("*.tmp"))


def test_a_stray_number_far_away_takes_no_memory(three_segments, tails, tmp_path):
    expected, _ = three_segments
    (tmp_path / "tail" / f"{NOWHERE - SPAN + 1:016x}.seg").write_bytes(b"")
    tail = tails()
    assert tail.report["bad_reason"] == MISSING and tail.report["bad_address"] == 3 * SPAN
    assert found(tail) == expected


def test_random_bytes_never_crash(three_segments, tails, tmp_path):
    expected, places = three_segments
    draw = random.Random(6)
    originals = [path.read_bytes() for path in files(tmp_path)]
    for _ in range(300):
        number = draw.randrange(3)
        path = files(tmp_path)[number]
        data = bytearray(originals[number])
        for _ in range(draw.randrange(1, 6)):
            offset = draw.choice([draw.randrange(2000), len(data) - draw.randrange(1, 300), draw.randrange(len(data))])
            size = draw.choice([1, 4, 8, 512])
            data[offset : offset + size] = draw.choice([bytes(size), b"\xff" * size, draw.randbytes(size)])
        path.write_bytes(data[: draw.choice([len(data), len(data), draw.randrange(len(data))])])
        tail = tails()
        for slot, place in places.items():
            assert tail.at(place) in (expected[slot], "damaged", None)
            assert tail.find(slot) in (expected[slot], "damaged", None)
            tail.next_slot(slot), tail.contiguous(slot)
        tail.close()
        path.write_bytes(originals[number])


# --- failing system calls -----------------------------------------------------------------------------------------------


def checked_after_failure(tails, tail, expected, added):
    """Nothing of a failed append is visible, the same append works later, and everything is there once."""
    if tail.sync_error:
        assert tail.append(added)[0] == tail.sync() == tail.seal() == -tail.sync_error
        tail = reopened(tails, tail)
        # What was written and not cut is there; recovery takes it as it is.
        present = found(tail)
        added = [entry for entry in added if entry[0] not in present]
    append(tail, added)
    assert tail.sync() == 0
    for _ in range(2):
        assert found(tail) == expected
        assert sum(segment[3] for segment in tail.segments()) == len(expected)
        tail = reopened(tails, tail)
        assert tail.report["bad_reason"] == GOOD


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("once", [True, False])
def test_a_failure_at_every_call_of_an_append(tails, probe, code, once):
    before, added = entries(range(300)), entries(range(300, 1500))
    expected = {entry[0]: entry for entry in before + added}
    calls, position = 1000, 0
    while position < calls:
        folder = f"{code}-{once}-{position}"
        tail = tails(folder=folder)
        append(tail, before)
        probe.fail("all", position, code, once)
        status, _ = tail.append(added)
        seen = probe.heal()
        if status == 0:
            # The last calls may be zeros ahead, for which a full disk is no error.
            assert code == errno.ENOSPC or position >= seen
        else:
            assert status == -code
            places = [address for segment in tail.each() for _, address in segment]
            assert all(tail.at(address) in expected.values() for address in places)
        if status == 0:
            calls = seen
            tail = reopened(tails, tail, folder=folder)
            assert found(tail) == expected
        else:
            checked_after_failure(lambda f=folder, **options: tails(folder=f, **options), tail, expected, added)
        position += 1


def test_a_full_disk_hides_what_was_written(tails, probe):
    tail = tails()
    append(tail, entries(range(10)))
    probe.fail("pwrite", 0, errno.ENOSPC)
    status, addresses = tail.append(entries(range(10, 20)))
    probe.heal()
    assert status == -errno.ENOSPC and not tail.sync_error
    assert all(tail.at(address) == "damaged" for address in addresses if address)
    assert sorted(found(tail)) == list(range(10))
    append(tail, entries(range(10, 20)))
    assert sorted(found(tail)) == list(range(20))


def test_a_failed_sync_is_final(tails, probe):
    tail = tails()
    append(tail, entries(range(10)))
    probe.fail("fdatasync", 0, errno.EIO, once=True)
    assert tail.sync() == -errno.EIO and tail.sync_error == errno.EIO
    probe.heal()
    assert tail.sync() == tail.seal() == tail.rewrite(0) == tail.append(entries([10]))[0] == -errno.EIO
    assert sorted(found(tail)) == list(range(10))


def test_rewriting_changes_nothing_but_the_page_cache(tails, tmp_path, probe):
    tail = tails()
    places = append(tail, entries(range(50)))
    data = files(tmp_path)[0].read_bytes()
    assert tail.sync() == 0 and not tail.dirty
    probe.fail("pwrite", 1000, errno.EIO)
    for begin in (0, places[20], places[49] + 10_000):
        assert tail.rewrite(begin) == 0
    assert probe.heal() == 2 + 3  # entries, and each time the zeros behind them
    assert tail.dirty
    assert files(tmp_path)[0].read_bytes() == data


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"span_bits": 11}, errno.EINVAL),
        ({"span_bits": 36}, errno.EINVAL),
        ({"segment_size": SPAN + 1}, errno.EINVAL),
        ({"segment_size": 10}, errno.EINVAL),
    ],
)
def test_sizes_that_do_not_fit_the_format(probe, tmp_path, options, code):
    with pytest.raises(OSError) as caught:
        probe.Tail(str(tmp_path), **options)
    assert caught.value.errno == code


def test_a_missing_folder(probe, tmp_path):
    with pytest.raises(OSError) as caught:
        probe.Tail(str(tmp_path / "none")).open()
    assert caught.value.errno == errno.ENOENT
    with pytest.raises(OSError) as caught:
        probe.Tail("x" * 5000)
    assert caught.value.errno == errno.ENAMETOOLONG
