"""The slot index: one word a slot, found without a lock while the table grows and shrinks (PROTOCOL: I1-I3)."""

import random
import threading
from itertools import chain
from pathlib import Path

import pytest
from cython_build import build_extension
from helpers import run_threads, small_log, value_of

LARGEST = 2**64 - 1
LEAF = 64
RANDOM_SLOTS = list({random.Random(seed).getrandbits(64) for seed in range(2000)})


@pytest.fixture(scope="module")
def probe(tmp_path_factory):
    source = Path(__file__).parent / "cython" / "index_probe.pyx"
    return build_extension("index_probe", source, tmp_path_factory.mktemp("index_probe"))


def test_a_slot_has_no_word_before_it_is_prepared(probe):
    index = probe.Index()
    assert index.word(5) is None
    assert index.change(5, 0, 8 | probe.VOTED) is None
    index.prepare(5)
    assert index.word(5) == 0
    assert index.change(5, 0, 8 | probe.VOTED) is True
    assert index.change(5, 0, 16 | probe.VOTED) is False
    assert index.word(5) == 8 | probe.VOTED
    assert probe.state(index.word(5)) == probe.VOTED


@pytest.mark.parametrize("slots", [
    range(5000),
    range(0, 64 * 3000, 64),
    range(LARGEST - 3000, LARGEST + 1),
    [2**power for power in range(64)],
    RANDOM_SLOTS,
    range(0, 2**40 * 2000, 2**40),
], ids=["dense", "a leaf each", "highest", "powers", "random", "strides"])  # fmt: skip
def test_words_stay_what_they_are_while_the_table_grows(probe, slots):
    index = probe.Index()
    for number, slot in enumerate(slots):
        index.prepare(slot)
        assert index.change(slot, 0, 8 * number | probe.VOTED)
    assert all(index.word(slot) == 8 * number | probe.VOTED for number, slot in enumerate(slots))
    assert index.leaves == len({slot // LEAF for slot in slots})


def test_leaves_are_found_in_order(probe):
    index = probe.Index()
    numbers = [*sorted(random.Random(2).sample(range(2**58 - 1), 300)), 2**58 - 1]
    for number in random.Random(3).sample(numbers, len(numbers)):
        index.prepare(number * LEAF)
    found, number = [], 0
    while (number := index.next_leaf(number)) is not None:
        found.append(number)
        number += 1
    assert found == numbers
    assert probe.Index().next_leaf(0) is None


def test_evicted_words_are_told_from_absent_ones(probe):
    index = probe.Index()
    for slot in range(1000):
        index.prepare(slot)
        index.change(slot, 0, 8 * slot | probe.TAIL)
    assert index.evict(700) == 0
    whole = 700 // LEAF * LEAF  # leaves go as a whole
    assert [index.word(slot) for slot in (0, whole - 1)] == ["evicted", "evicted"]
    assert index.word(whole) == 8 * whole | probe.TAIL
    assert index.word(5000) is None
    assert index.leaves == (1000 - whole + LEAF - 1) // LEAF
    index.prepare(3)  # an evicted leaf does not come back
    assert index.word(3) == "evicted"
    assert index.evict(100) == 0  # nor does the bound go back
    assert index.word(whole - 1) == "evicted"


def test_an_index_may_begin_evicted(probe):
    index = probe.Index(1024)
    assert (index.word(1023), index.word(1024)) == ("evicted", None)


@pytest.mark.stress
def test_readers_never_miss_a_word_while_others_grow_and_evict(probe):
    index = probe.Index()
    count = 20_000
    written = 0
    done = threading.Event()

    def write():
        nonlocal written
        try:
            for slot in range(count):
                index.prepare(slot)
                assert index.change(slot, 0, 8 * slot | probe.TAIL)
                written = slot + 1
                if slot % 1000 == 999:
                    index.evict(slot - 500)
        finally:
            done.set()

    def read(seed):
        rng = random.Random(seed)
        while not done.is_set():
            if written:
                slot = rng.randrange(written)
                assert index.word(slot) in (8 * slot | probe.TAIL, "evicted")

    run_threads(write, *[lambda seed=seed: read(seed) for seed in range(3)])


@pytest.mark.stress
def test_one_word_has_one_winner(probe):
    index = probe.Index()
    slots = 2000

    def take(number):
        won = []
        for slot in range(slots):
            index.prepare(slot * 7)
            if index.change(slot * 7, 0, 8 * number | probe.VOTED):
                won.append((slot, number))
        return won

    won = run_threads(*[lambda number=number: take(number) for number in range(4)])
    winners = list(chain(*won))
    assert sorted(slot for slot, _ in winners) == list(range(slots))
    assert all(index.word(slot * 7) == 8 * number | probe.VOTED for slot, number in winners)


def test_memory_does_not_grow_with_the_log(fresh_path):
    """Slots of sealed segments leave the index, and are still found, read and refused (I3)."""
    path = fresh_path()
    with small_log(path) as log:
        for slot in range(20_000):
            log.learn(slot, (1, 1), value_of(slot, (1, 1)))
        log.checkpoint()
        for slot in (0, 1, 63, 64, 5000, 19_999):
            assert log.read(slot).value == value_of(slot, (1, 1))
            assert slot in log
            log.learn(slot, (1, 1), value_of(slot, (1, 1)))
            with pytest.raises(ValueError, match="committed"):
                log.accept(slot, (2, 1), b"another")
        assert len(log) == 20_000
        assert [entry.slot for entry in log.iter_committed(4990, 5010)] == list(range(4990, 5010))
        assert log.last_slot == 19_999
