"""Epochs: memory is reused only when no reader that could know it is left (PROTOCOL: E1, E2)."""

import threading
import time
from pathlib import Path

import pytest
from cython_build import build_extension
from helpers import in_child, run_threads, small_log

pytestmark = pytest.mark.thread_unsafe(reason="the epoch table is the process's, and the tests count in it")


@pytest.fixture(scope="module")
def probe(tmp_path_factory):
    source = Path(__file__).parent / "cython" / "epoch_probe.pyx"
    return build_extension("epoch_probe", source, tmp_path_factory.mktemp("epoch_probe"))


class Reader:
    """A thread that is inside an epoch from `enter` to `leave`."""

    def __init__(self, probe):
        self.entered, self.go = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run, args=(probe,), daemon=True)
        self.thread.start()
        assert self.entered.wait(10)

    def _run(self, probe):
        probe.enter()
        self.entered.set()
        self.go.wait(60)
        probe.leave()

    def leave(self):
        self.go.set()
        self.thread.join(10)
        assert not self.thread.is_alive()


def test_a_grace_period_with_nobody_inside_ends_at_once(probe):
    for _ in range(1000):
        probe.wait()


def test_a_thread_is_inside_from_enter_to_leave(probe):
    assert not probe.is_inside()
    probe.enter()
    assert probe.is_inside()
    probe.leave()
    assert not probe.is_inside()


def test_a_grace_period_waits_for_the_readers_that_were_inside(probe):
    readers = [Reader(probe) for _ in range(3)]
    waited = threading.Event()

    def wait():
        probe.wait()
        waited.set()

    waiter = threading.Thread(target=wait, daemon=True)
    waiter.start()
    for reader in readers:
        assert not waited.wait(0.05)
        reader.leave()
    assert waited.wait(10)
    waiter.join()


def test_a_grace_period_does_not_wait_for_readers_that_came_later(probe):
    first = Reader(probe)
    waited = threading.Event()
    waiter = threading.Thread(target=lambda: (probe.wait(), waited.set()), daemon=True)
    waiter.start()
    time.sleep(0.05)  # the waiter has begun
    later = Reader(probe)
    first.leave()
    assert waited.wait(10)
    waiter.join()
    later.leave()


def test_a_retired_item_is_released_when_its_last_reader_has_left(probe):
    reader = Reader(probe)
    probe.retire(1)
    probe.collect()
    assert not probe.is_released(1)
    later = Reader(probe)  # cannot know the item
    reader.leave()
    probe.collect()
    assert probe.is_released(1)
    later.leave()


def test_a_retired_item_with_no_reader_is_released_at_the_next_collection(probe):
    probe.retire(2)
    probe.collect()
    assert probe.is_released(2)


def test_an_item_may_be_retired_inside_an_epoch_and_outlives_it(probe):
    probe.enter()
    probe.retire(3)
    probe.leave()
    probe.collect()
    assert probe.is_released(3)


def test_threads_have_records_of_their_own(probe):
    barrier = threading.Barrier(16)

    def record():
        mine = probe.record()
        barrier.wait()  # all live at once
        assert probe.record() == mine
        return mine

    records = run_threads(*[record] * 16)
    assert len(set(records)) == 16
    assert all(record % 64 == 0 for record in records)  # a cache line each


def test_a_finished_threads_record_is_taken_over(probe, fresh_path):
    """There are never more records than threads lived at once, however many modules a thread went through."""

    def use_every_module(log, slot):
        log.promise((slot + 1, 1))
        log.accept(slot, (slot + 1, 1), b"x")
        log.commit(slot)
        log.learn(slot + 10**6, (1, 1), b"x")
        log.set_meta({"a": b"b"})
        log.read(slot)
        list(log.iter_committed(gaps="skip"))
        log.scan_uncommitted()
        with log.batch() as batch:
            batch.learn(slot + 2 * 10**6, (1, 1), b"x")
        log.checkpoint()
        log.sync()
        return probe.records_from_here()

    with small_log(fresh_path()) as log:
        counts = [run_threads(lambda slot=slot: use_every_module(log, slot))[0] for slot in range(60)]
    assert max(counts[30:]) <= max(counts[:30])


def test_a_forked_child_is_outside_whatever_its_parents_threads_did(probe):
    reader = Reader(probe)

    def wait_in_child():
        probe.wait()  # must not wait for a thread that is not here
        return "done"

    assert in_child(wait_in_child, seconds=20) == "done"
    reader.leave()
