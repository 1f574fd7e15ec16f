"""Which log this is, and how often it was opened: what tells a lost or rolled-back disk from one that was merely restarted."""

import os
import shutil
import signal
import struct

import layout
import pytest
from helpers import Child, small_log

from fasterlog import FasterLog, LogClosedError


def opened(path, **options):
    with small_log(path, **options) as log:
        assert log.recovery.incarnation == log.incarnation
        return log.log_id, log.incarnation


@pytest.mark.parametrize("level", ["process", "accept", "commit"])
def test_it_rises_by_one_at_each_opening(fresh_path, level):
    path = fresh_path()
    log_id, first = opened(path, durability=level)
    assert first == 1
    assert [opened(path, durability=level) for _ in range(4)] == [(log_id, 1 + i) for i in range(1, 5)]


def test_it_stays_the_same_while_the_log_is_open(fresh_log):
    with fresh_log() as log:
        before = log.log_id, log.incarnation
        log.promise((1, 1))
        for slot in range(300):
            log.learn(slot, (1, 1), b"x" * 500)  # over several laps of the ring
        log.checkpoint()
        assert (log.log_id, log.incarnation) == before
    for name in ("log_id", "incarnation"):
        with pytest.raises(LogClosedError):
            getattr(log, name)
        with pytest.raises(AttributeError):
            setattr(log, name, 1)


@pytest.mark.crash
@pytest.mark.parametrize("level", ["process", "accept"])
def test_it_rises_by_one_after_a_kill(fresh_path, level):
    path = fresh_path()
    log_id, _ = opened(path)
    for turn in range(2, 12, 2):

        def work(send):
            log = small_log(path, durability=level)
            send((log.log_id, log.incarnation))
            slot = 0
            while True:
                log.accept(slot, (1, 1), b"x")
                slot += 1

        child = Child(work)
        assert child.receive(30) == (log_id, turn)
        os.kill(child.pid, signal.SIGKILL)
        child.finish()
        assert opened(path) == (log_id, turn + 1)


@pytest.mark.crash
def test_what_was_seen_is_on_disk(fresh_path):
    """A superblock of the incarnation that a caller has seen is in the file, whatever the level: a peer may have been told."""
    path = fresh_path()
    with small_log(path, durability="process") as log, open(f"{path}/SUPER", "rb") as file:
        blocks = file.read()
        found = [struct.unpack_from("<8sIIQQQ", blocks, where) for where in range(0, len(blocks) - 48, 73_728)]
        assert max(block[5] for block in found if block[0] == b"FLSUPERB" and block[3] == log.log_id) == log.incarnation == 1


def test_an_older_copy_has_a_lower_one(fresh_path):
    path, copy = fresh_path(), fresh_path()
    log_id, _ = opened(path)
    opened(path)
    shutil.copytree(path, copy)
    assert [opened(path) for _ in range(2)] == [(log_id, 3), (log_id, 4)]
    # The copy was made at 2: opened once it has 3, and its peers have seen 4.
    assert opened(copy) == (log_id, 3)
    # It catches up if it is opened again and again: the number alone does not do (docs/lost-disk.md).
    assert opened(copy) == (log_id, 4)


def test_a_new_directory_is_another_log(fresh_path):
    path = fresh_path()
    numbers = set()
    for _ in range(20):
        log_id, incarnation = opened(path)
        assert incarnation == 1 and 0 < log_id < 2**64
        numbers.add(log_id)
        shutil.rmtree(path)
    assert len(numbers) == 20


def test_a_refused_opening_takes_none(fresh_path):
    path = fresh_path()
    with FasterLog(path, mutable_size=65536, segment_size=65536) as log:
        seen = log.incarnation
        with pytest.raises(BlockingIOError):
            FasterLog(path)
    assert opened(path)[1] == seen + 1


def test_many_openings_that_were_killed_do_not_use_the_incarnations_up(fresh_path):
    """Frames bear 16 bits of them; a process that is killed right after each opening never came to a checkpoint."""
    path = fresh_path()
    with small_log(path) as log:
        log.accept(5, (1, 1), b"a vote that stays")
    for _ in range(2):
        with open(f"{path}/SUPER", "r+b") as file:
            data = file.read()
            for index in range(3):
                block = layout.Superblock(data, index)
                if block.sequence:
                    block.incarnation = block.begin_incarnation + 1000
                    file.seek(index * layout.SUPERBLOCK_STRIDE)
                    file.write(block.pack())
        log = small_log(path)
        begin = layout.superblock(path)
        assert begin.incarnation == log.incarnation
        assert begin.incarnation - begin.begin_incarnation < 2
        assert log.read(5).value == b"a vote that stays"
        log.close()
