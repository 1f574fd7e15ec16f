"""What failing each call has found."""

import errno

import pytest
from helpers import ends_poisoned, small_log, value_of, view

from fasterlog import LogPoisonedError
from fasterlog.testing import SimulatedDisk

pytestmark = pytest.mark.thread_unsafe(reason="one table of system calls")

BALLOT = (1, 1)


@pytest.fixture
def disk(scratch):
    with SimulatedDisk(scratch) as disk:
        yield disk


def committed(log, slots):
    for slot in slots:
        log.learn(slot, BALLOT, value_of(slot, BALLOT, 1000), wait=False)


@pytest.mark.parametrize("level", ["process", "accept", "commit"])
@pytest.mark.parametrize("file", [".seg", "SUPER"])
def test_a_failed_write_to_the_tail_or_the_superblock_poisons(disk, level, file):
    """It was an error of the one call: the next one wrote over pages in doubt, and acknowledged more."""
    with ends_poisoned(small_log(f"{disk.directory}/log", durability=level)) as log:
        committed(log, range(10))
        log.sync()
        expected = view(log)["entries"]
        disk.fail(errno.EIO, kinds=["pwrite"], path=file, times=1)
        with pytest.raises(LogPoisonedError) as caught:
            log.checkpoint()
        assert caught.value.errno == log.poisoned.errno == errno.EIO
        with pytest.raises(LogPoisonedError):
            log.accept(100, BALLOT, b"more")
        assert view(log)["entries"] == expected
    with small_log(f"{disk.directory}/log") as log:
        assert view(log)["entries"] == expected


def test_a_poisoned_log_never_says_that_it_has_synced(disk):
    """sync() and checkpoint() returned on a poisoned log that had nothing to write."""
    with ends_poisoned(small_log(f"{disk.directory}/log", durability="accept", lazy_sync_ms=60_000)) as log:
        committed(log, range(4))
        log.sync()
        disk.fail(errno.EIO, kinds=["pwrite"], path=".seg", times=1)
        with pytest.raises(LogPoisonedError):
            log.checkpoint()
        disk.mend()
        for call in (log.sync, log.checkpoint, log.sync):
            with pytest.raises(LogPoisonedError):
                call()


@pytest.mark.parametrize("kind", ["pread", "madvise"])
def test_no_memory_while_a_segment_is_read_is_no_damage(disk, kind):
    """Each lack of memory was reported as a damaged segment, or as a disk that cannot read."""
    path = f"{disk.directory}/log"
    with small_log(path) as log:
        committed(log, range(40))
        log.checkpoint()
        expected = view(log)
    failures = 0
    for after in range(200):
        fault = disk.fail(errno.ENOMEM, kinds=[kind], after=after, times=1)
        try:
            log = small_log(path)
        except MemoryError:
            failures += 1
            continue
        except OSError as error:  # of a small file that is read from Python: it has the errno
            assert error.errno == errno.ENOMEM
            failures += 1
            continue
        finally:
            disk.mend()
        with log:
            assert view(log) == expected
        if not fault.hits:
            break
    assert failures
