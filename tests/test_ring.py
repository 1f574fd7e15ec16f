"""The mutable region: reserve - write - publish around a true ring (PROTOCOL: F1, F3, W1-W3, W6)."""

import random
from itertools import chain
from pathlib import Path

import layout
import pytest
from cython_build import build_extension
from helpers import KIB, run_threads, small_log, value_of

from fasterlog import BufferFullError, _core

RING = 64 * KIB
HEADER = 56


@pytest.fixture(scope="module")
def probe(tmp_path_factory):
    source = Path(__file__).parent / "cython" / "ring_probe.pyx"
    return build_extension("ring_probe", source, tmp_path_factory.mktemp("ring_probe"))


@pytest.mark.parametrize("size", [64 * KIB, 192 * KIB, 7 * 64 * KIB, 2**20, 31 * 2**16])
def test_a_place_is_the_address_modulo_the_size(probe, size):
    ring = probe.Ring(size)
    rng = random.Random(size)
    addresses = [rng.randrange(2**64) & ~7 for _ in range(20_000)]
    addresses += [number * size + offset for number in (0, 1, 2, 2**40) for offset in (0, 8, size - 8)]
    addresses += [2**64 - 8, 2**63, 2**63 - 8]
    assert all(ring.place(address) == address % size for address in addresses)


def test_published_is_the_contiguous_prefix(probe):
    """W3: a stalled writer holds `published`, not the others' reservations; whoever publishes moves it over all that is ready."""
    ring = probe.Ring(RING)
    first, second, third = (ring.reserve(size) for size in (0, 8, 16))
    assert (first, second, third) == (0, HEADER, HEADER + HEADER + 8)
    for address, size in ((second, 8), (third, 16)):
        ring.fill(address, 1, bytes(size))
        ring.publish(address, size)
        assert ring.cursors == (0, 0, third + HEADER + 16)
    ring.fill(first, 1, b"")
    ring.publish(first, 0)
    assert ring.cursors[1] == ring.cursors[2]


def test_a_reservation_is_marked_pending_with_its_length_at_once(probe):
    ring = probe.Ring(RING)
    address = ring.reserve(20)
    word = ring.word(address)
    assert (word & 0xFFFFFFFF) * 8 == HEADER + 24
    assert word >> 32 & 0xFF == 1


def test_a_frame_over_the_end_of_the_ring_is_one_piece(probe):
    ring = probe.Ring(RING)
    value = random.Random(1).randbytes(900)
    for number in range(1000):
        address = ring.reserve(len(value))
        ring.fill(address, number, value)
        ring.publish(address, len(value))
        assert ring.read(address) == (number, value, True, True)
        ring.reclaim(ring.cursors[1])
    assert ring.cursors[0] > 10 * RING


@pytest.mark.parametrize("size", range(25))
def test_every_length_is_padded_with_zeros_and_verifies(probe, size):
    ring = probe.Ring(RING)
    value = bytes(range(1, size + 1))
    address = ring.reserve(size)
    ring.fill(address, 5, value)
    ring.publish(address, size)
    assert ring.read(address) == (5, value, True, True)
    assert ring.cursors[1] == HEADER + (size + 7) // 8 * 8


def test_addresses_near_the_end_of_uint64s_half_work_like_others(probe):
    start = (2**62 // RING) * RING + 4096
    ring = probe.Ring(RING, start)
    address = ring.reserve(100)
    assert address == start
    ring.fill(address, 9, b"x" * 100)
    ring.publish(address, 100)
    assert ring.read(address) == (9, b"x" * 100, True, True)


def test_a_full_ring_refuses_and_keeps_room_for_the_others(probe):
    """W6: what one class leaves free, another may still take."""
    ring = probe.Ring(RING)
    while ring.reserve(1000, RING // 8) is not None:
        pass
    free = RING - ring.cursors[2]
    assert RING // 8 <= free < RING // 8 + 2 * KIB
    assert ring.reserve(0, RING // 8 + free) is None
    while ring.reserve(1000, RING // 16) is not None:
        pass
    assert ring.cursors[2] > RING - RING // 8
    while ring.reserve(0) is not None:
        pass
    assert RING - HEADER < ring.cursors[2] <= RING


@pytest.mark.stress
@pytest.mark.parametrize("threads", [2, 4, 16])
def test_many_writers_never_stall_published_and_never_overlap(probe, threads):
    ring = probe.Ring(4096 * KIB)

    def write(index):
        rng = random.Random(index)
        addresses = []
        for number in range(300):
            value = bytes([index]) * rng.randrange(200)
            address = ring.reserve(len(value))
            ring.fill(address, index * 1000 + number, value)
            ring.publish(address, len(value), pad=number % 5 == 0)
            addresses.append((address, index * 1000 + number, value))
        return addresses

    written = chain(*run_threads(*[lambda index=index: write(index) for index in range(threads)]))
    assert ring.cursors[1] == ring.cursors[2]  # nobody is left to help
    end = 0
    for address, slot, value in sorted(written):
        assert address == end
        end = address + HEADER + (len(value) + 7) // 8 * 8
        assert ring.read(address)[:2] == (slot, value)
    assert end == ring.cursors[2]


# ---- in the log


@pytest.mark.slow
@pytest.mark.thread_unsafe(reason="a million entries once are enough")
def test_a_small_ring_takes_a_million_entries_with_an_early_slot_undecided(fresh_path):
    """The undecided vote is carried around the ring for ever, and pins nothing."""
    count = 100_000 if _core.INVARIANTS else 1_000_000
    path = fresh_path()
    with small_log(path, mutable_size=128 * KIB, segment_size=16 * 1024 * KIB) as log:
        log.accept(3, (1, 1), b"undecided")
        for slot in range(4, count):
            log.accept(slot, (1, 1), b"%d" % slot)
            log.commit(slot, (1, 1))
        assert (log.read(3).value, log.read(3).committed) == (b"undecided", False)
        assert log.stats().carried_votes > 0
        assert len(log) == count - 4
    with small_log(path) as log:
        assert (log.read(3).value, log.read(3).committed) == (b"undecided", False)
        assert [entry.slot for entry in log.scan_uncommitted()] == [3]
        for slot in range(4, count, 997):
            assert log.read_committed(slot).value == b"%d" % slot
        assert len(log) == count - 4
        log.commit(3, (1, 1))
        assert log.read_committed(3).value == b"undecided"


def test_many_votes_are_carried_as_long_as_they_leave_room(fresh_path):
    path = fresh_path()
    stuck = range(0, 400, 10)
    with small_log(path) as log:
        for slot in stuck:
            log.accept(slot, (1, 1), value_of(slot, (1, 1), 500))
        for slot in range(1000, 6000):
            log.learn(slot, (1, 1), b"x" * 100)
        assert [(entry.slot, entry.value) for entry in log.scan_uncommitted()] == [(slot, value_of(slot, (1, 1), 500)) for slot in stuck]
    with small_log(path) as log:
        assert [entry.slot for entry in log.scan_uncommitted()] == list(stuck)


@pytest.mark.parametrize("size", [0, 300])  # the smallest leave not even the room of a mark
def test_a_ring_full_of_votes_still_takes_promises_marks_and_discards(fresh_log, size):
    with fresh_log(full_timeout=0.05) as log:
        slot = 0
        with pytest.raises(BufferFullError):
            for slot in range(10_000):
                log.accept(slot, (1, 1), b"x" * size)
        assert slot not in log
        for number in range(2, 20):
            log.promise((number, 1))
        log.set_meta({"term": b"2"})
        log.commit(0, (1, 1))
        log.discard(slot // 2)
        log.accept(slot, (20, 1), b"there is room again")


def test_other_calls_go_on_while_one_waits_for_room(fresh_log):
    with fresh_log(full_timeout=30) as log:
        voted = []

        def fill():
            for slot in range(2000):
                log.accept(slot, (1, 1), b"x" * 500)
                voted.append(slot)

        def commit():
            done = 0
            while done < 2000:
                if done < len(voted):
                    log.commit(voted[done], (1, 1))
                    done += 1

        run_threads(fill, commit, hang_seconds=60)
        assert len(log) == 2000
        assert log.stats().waits_full >= 0


def test_a_rings_frames_are_found_in_the_file_at_their_places(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        for slot in range(50):
            log.accept(slot, (1, 1), value_of(slot, (1, 1)))
        log.commit(7, (1, 1))
        frames = layout.ring_frames(path)
    votes = [(frame.slot, frame.ballot, frame.value) for frame in frames if frame.kind == "vote"]
    assert votes == [(slot, (1, 1), value_of(slot, (1, 1))) for slot in range(50)]
    assert [frame.slot for frame in frames if frame.kind == "chosen"] == [7]


@pytest.mark.stress
def test_a_buffer_that_changes_under_the_call_gives_one_of_its_values(fresh_log):
    """F3: the checksum is that of our copy, whatever the caller's buffer becomes meanwhile."""
    size, written = 60_000, 0
    buffer = bytearray(size)
    running = True

    def change():
        while running:
            for byte in range(256):
                buffer[::7] = bytes([byte]) * len(buffer[::7])

    def accept(log):
        nonlocal running, written
        try:
            for slot in range(300):
                log.learn(slot, (1, 1), buffer)
                assert len(log.read(slot).value) == size
                written += 1
        finally:
            running = False

    with fresh_log(mutable_size=1024 * KIB, segment_size=4096 * KIB) as log:
        run_threads(change, lambda: accept(log))
        log.checkpoint()  # the checkpoint verifies what it carries
        assert all(len(entry.value) == size for entry in log.iter_committed())
        assert written == 300
