"""Checkpoint and reclaim: the ring's space comes back, and nothing is lost wherever it is cut short (PROTOCOL: C5, C6, T1)."""

import errno
import shutil
import threading
from pathlib import Path

import layout
import pytest
from cython_build import build_extension
from helpers import KIB, as_tuple, ends_poisoned, run_threads, small_log, value_of, view

from fasterlog import Ballot, BufferFullError, DiskFullError, FasterLogError, LogPoisonedError

B1, B2 = Ballot(1, 1), Ballot(2, 1)
LEVELS = ("process", "accept", "commit")


@pytest.fixture(scope="module")
def built_probe(tmp_path_factory):
    source = Path(__file__).parent / "cython" / "fault_probe.pyx"
    return build_extension("fault_probe", source, tmp_path_factory.mktemp("fault_probe"))


@pytest.fixture
def probe(built_probe):
    built_probe.reset()
    yield built_probe
    built_probe.restore()


def commit_new(log, slots, ballot=B1):
    for slot in slots:
        log.accept(slot, ballot, value_of(slot, (ballot.id, ballot.node)), wait=False)
        log.commit(slot, ballot, wait=False)


def stored(path):
    """Slots in the tail, in the order of the files."""
    return [frame.slot for segment in layout.segments(path) for frame in layout.entries(segment)]


@pytest.mark.parametrize("level", LEVELS)
def test_each_checkpoint_writes_its_slots_sorted_and_once(fresh_path, level):
    path = fresh_path()
    with small_log(path, durability=level) as log:
        commit_new(log, [5, 3, 9, 1])
        log.checkpoint()
        commit_new(log, [8, 2])  # T1: a late slot is simply in a later place
        log.checkpoint()
        log.checkpoint()
        assert stored(path) == [1, 3, 5, 9, 2, 8]
        assert [entry.slot for entry in log.iter_committed(gaps="skip")] == [1, 2, 3, 5, 8, 9]


def test_a_committed_slots_vote_and_mark_far_apart_are_one_entry(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        log.accept(0, B1, b"early")
        log.accept(1, B1, b"other")
        for slot in range(10, 400):  # the vote is carried around meanwhile
            log.learn(slot, B1, b"x" * 200)
        log.commit(0, B1)
        log.checkpoint()
        assert stored(path).count(0) == 1
        assert as_tuple(log.read(0)) == (0, (1, 1), b"early", True)
    assert 1 not in stored(path)


def test_begin_moves_on_and_the_ring_is_empty_behind_it(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        commit_new(log, range(50))
        begin = layout.superblock(path).begin
        log.checkpoint()
        assert layout.superblock(path).begin > begin
        assert len(layout.ring_frames(path)) <= 2


def test_promise_and_meta_and_ballot_max_go_to_the_superblock(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        log.promise(Ballot(7, 3))
        log.learn(0, Ballot(9, 1), b"x")
        log.set_meta({"term": b"7"})
        log.checkpoint()
        block = layout.superblock(path)
    assert (block.promised_id, block.promised_node, block.learned_id) == (7, 3, 9)
    assert b"term" in block.meta


def test_votes_are_carried_and_keep_ballot_and_value(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        for slot in range(20):
            log.accept(slot, Ballot(slot + 1, 1), value_of(slot, (slot + 1, 1)))
        before = view(log)
        for _ in range(5):
            log.checkpoint()
        assert view(log) == before
        assert log.stats().carried_votes >= 20
        log.commit(3, Ballot(4, 1))
        assert log.read_committed(3).value == value_of(3, (4, 1))
        log.accept(4, Ballot(100, 1), b"replaced")
        log.checkpoint()
        before = view(log)
    with small_log(path) as log:
        assert view(log) == before


def test_votes_are_carried_into_space_that_was_never_used(fresh_path):
    """The ring's memory and file grow as needed; a checkpoint needs it too."""
    path = fresh_path()
    with small_log(path, mutable_size=1024 * KIB) as log:
        for slot in range(1000):
            log.accept(slot, B1, bytes(50))
        before = view(log)
        log.checkpoint()
        assert view(log) == before
    with small_log(path) as log:
        assert view(log) == before


def test_a_discarded_vote_does_not_come_back_through_a_checkpoint(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        for turn in range(20):
            for slot in range(10):
                log.accept(slot, Ballot(turn + 1, 1), b"vote")
            if turn % 2:
                log.checkpoint()
            log.discard(5)
            log.checkpoint()
        before = view(log)
        assert sorted(before["entries"]) == [0, 1, 2, 3, 4]
    with small_log(path) as log:
        assert view(log) == before


def test_the_ring_is_reclaimed_without_being_asked(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        for slot in range(5000):
            log.learn(slot, B1, b"x" * 100)
        stats = log.stats()
        assert stats.checkpoints > 0
        assert stats.reclaimed_bytes > 5000 * 100 - 64 * 1024
        found = stored(path)
        assert len(set(found)) == len(found) > 3000
    with small_log(path) as log:
        assert len(log) == 5000


@pytest.mark.parametrize("level", LEVELS)
def test_checkpoints_beside_everything_else(fresh_path, level):
    path = fresh_path()
    with small_log(path, durability=level, lazy_sync_ms=1) as log:
        done = threading.Event()

        def write(index):
            for number in range(200):
                slot = number * 4 + index
                log.accept(slot, B1, value_of(slot, (1, 1)), wait=False)
                if slot % 7:
                    log.commit(slot, B1, wait=False)
                assert log.read(slot).value == value_of(slot, (1, 1))

        def checkpoint():
            while not done.is_set():
                log.checkpoint()

        def all_writers():
            try:
                run_threads(*[lambda index=index: write(index) for index in range(4)])
            finally:
                done.set()

        run_threads(all_writers, checkpoint, checkpoint)
        before = view(log)
        assert len(before["entries"]) == 800
    with small_log(path) as log:
        assert view(log) == before


# ---- cut short


@pytest.mark.thread_unsafe(reason="changes the process's table of system calls")
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", ["pwrite", "fdatasync"])
@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC], ids=errno.errorcode.get)
def test_a_checkpoint_that_fails_at_any_call_loses_nothing(fresh_path, probe, level, kind, error):
    if (kind, error) == ("fdatasync", errno.ENOSPC):
        pytest.skip("fdatasync's errors all poison; one of them is enough")
    reached = 0
    for after in range(1000):
        path = fresh_path()
        probe.reset()
        with ends_poisoned(small_log(path, durability=level, lazy_sync_ms=60_000)) as log:
            commit_new(log, range(60))
            for slot in range(100, 110):
                log.accept(slot, B1, value_of(slot, (1, 1)))
            log.set_meta({"term": b"1"})
            log.sync()
            before = view(log)
            probe.fail(kind, error, after=after, times=1)
            try:
                log.checkpoint()
            except OSError as failure:
                assert failure.errno == error
            else:  # there are no more calls than that
                probe.reset()
                break
            reached += 1
            assert view(log) == before  # it still reads
            image = fresh_path("image")
            shutil.copytree(path, image)
            probe.reset()
            if log.poisoned is None:
                log.checkpoint()
                assert view(log) == before
        for folder in (path, image):
            with small_log(folder) as log:
                assert view(log) == before
    assert reached > 0


@pytest.mark.thread_unsafe(reason="changes the process's table of system calls")
@pytest.mark.parametrize("level", LEVELS)
def test_repeated_calls_never_uncommit_a_slot_that_a_checkpoint_has_half_moved(fresh_path, probe, level):
    for after in range(1000):
        path = fresh_path()
        probe.reset()
        with small_log(path, durability=level) as log:
            commit_new(log, [0])
            value = log.read(0).value
            probe.fail("pwrite", errno.ENOSPC, after=after, times=1)
            try:
                log.checkpoint()
            except OSError:
                cut_short = True
            else:
                cut_short = False
            probe.reset()
            for call in (
                lambda log=log, value=value: log.accept(0, B1, value),
                lambda log=log: log.commit(0, B1),
                lambda log=log, value=value: log.learn(0, B1, value),
                lambda log=log, value=value: log.accept(0, B2, value),
            ):
                call()
                assert as_tuple(log.read(0)) == (0, (1, 1), value, True)
            assert log.committed_range() == (0, 0, 1)
        with small_log(path) as log:
            assert as_tuple(log.read(0)) == (0, (1, 1), value, True)
        if not cut_short:
            break
    assert after > 0


def test_a_checkpoint_on_a_poisoned_log_is_refused(fresh_log):
    with fresh_log() as log:
        log.learn(0, B1, b"x")
        with pytest.raises(FasterLogError):
            log.learn(0, B1, b"y")
        with pytest.raises(LogPoisonedError):
            log.checkpoint()


@pytest.mark.parametrize("committed", [True, False])
def test_a_rotten_frame_in_the_rings_memory_is_not_carried(fresh_path, committed):
    """F3: a checkpoint verifies what it moves, and never makes a new checksum for it."""
    path = fresh_path()
    with ends_poisoned(small_log(path)) as log:
        for slot in range(5):
            log.accept(slot, B1, b"value" * 20)
            if committed:
                log.commit(slot, B1)
        frame = layout.ring_frame(path, "vote", 2)
        layout.flip(f"{path}/ring", frame.value_offset)  # at level "process" the file is the memory
        with pytest.raises(LogPoisonedError):
            log.checkpoint()
        assert not layout.segments(path) or all(entry.slot != 2 for name in layout.segments(path) for entry in layout.entries(name))
        assert log.read(1).value == b"value" * 20


def test_a_slot_that_was_voted_on_twice_is_one_entry(fresh_path):
    """T1: the walk meets it at each of its votes."""
    path = fresh_path()
    with small_log(path) as log:
        log.accept(0, B1, b"first")
        log.accept(0, Ballot(2, 1), b"second")
        log.commit(0, Ballot(2, 1))
        log.checkpoint()
        assert [entry.slot for name in layout.segments(path) for entry in layout.entries(name)] == [0]


@pytest.mark.thread_unsafe(reason="changes the process's table of system calls")
def test_a_checkpoint_that_is_cut_short_leaves_room_for_the_next_opening(fresh_path, probe):
    """W6: its copies may fill the ring, but for what RESTART needs."""
    path, image = fresh_path(), fresh_path("image")
    with small_log(path, full_timeout=0.05) as log:
        with pytest.raises(BufferFullError):
            for slot in range(10_000):
                log.accept(slot, B1, b"")
        probe.fail("pwrite", errno.ENOSPC)  # no superblock: the copies are there and nothing is given back
        for _ in range(3):
            with pytest.raises(DiskFullError):
                log.checkpoint()
        probe.reset()
        before = view(log)
        shutil.copytree(path, image)
    with small_log(image) as log:
        assert view(log) == before
