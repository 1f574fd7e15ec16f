"""Group commit: who waits, who leads, and what happens when the disk fails or takes its time (PROTOCOL: G1-G4; RELIABILITY: P7, P8)."""

import errno
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from cython_build import build_extension
from helpers import ends_poisoned, eventually, run_threads, small_log, value_of, view

from fasterlog import Ballot, DiskFullError, LogClosedError, LogPoisonedError

pytestmark = pytest.mark.thread_unsafe(reason="changes the process's table of system calls")

B1, B2 = Ballot(1, 1), Ballot(2, 1)
DISK_FULL = [errno.ENOSPC, errno.EDQUOT, errno.EFBIG]


@pytest.fixture(scope="module")
def built_probe(tmp_path_factory):
    source = Path(__file__).parent / "cython" / "fault_probe.pyx"
    return build_extension("fault_probe", source, tmp_path_factory.mktemp("fault_probe"))


@pytest.fixture
def probe(built_probe):
    built_probe.reset()
    yield built_probe
    built_probe.restore()


@pytest.fixture
def waiting_log(fresh_path):
    """A log whose accepts wait for the disk, and that syncs nothing by itself for a while."""

    def make(path=None, **options):
        return small_log(path or fresh_path(), **{"durability": "accept", "lazy_sync_ms": 60_000, **options})

    return make


def survivors(path, fresh_path):
    """What an opening after kill -9 at this moment would find."""
    image = fresh_path("image")
    shutil.copytree(path, image)
    with small_log(image) as log:
        return view(log)


# ---- groups


def test_waiters_share_groups(probe, waiting_log):
    threads, each = 16, 20
    with waiting_log() as log:
        probe.sync_slowly(0.002)  # so that they meet
        before = log.stats().syncs

        def accept(index):
            for number in range(each):
                lsn = log.accept(index * 1000 + number, B1, b"x")
                assert log.durable_lsn >= lsn

        run_threads(*[lambda index=index: accept(index) for index in range(threads)])
        assert log.stats().syncs - before < threads * each // 2
        assert len(log.scan_uncommitted()) == threads * each


def test_one_sync_for_a_batch(probe, waiting_log):
    with waiting_log() as log:
        before = probe.calls("fdatasync")
        with log.batch() as batch:
            for slot in range(30):
                batch.accept(slot, B1, b"x")
        assert 1 <= probe.calls("fdatasync") - before <= 2


def test_nothing_is_synced_for_what_is_durable_already(probe, waiting_log):
    with waiting_log() as log:
        log.accept(0, B1, b"x")
        log.sync()
        before = probe.calls("fdatasync")
        log.sync()
        log.wait_durable(log.durable_lsn)
        log.accept(0, B1, b"x")  # idempotent: durable already
        assert probe.calls("fdatasync") - before <= 1  # the mark of the last group, if anything


def test_no_call_syncs_at_level_process_but_sync_does(probe, fresh_log):
    with fresh_log() as log:
        before = probe.calls("fdatasync")
        log.promise(B1)
        log.accept(0, B1, b"x")
        log.commit(0, B1)
        log.set_meta({"a": b"b"})
        assert probe.calls("fdatasync") == before
        log.sync()
        assert probe.calls("fdatasync") > before


def test_short_writes_are_continued(probe, waiting_log, fresh_path):
    path = fresh_path()
    with waiting_log(path) as log:
        probe.write_short()
        for slot in range(300):
            log.learn(slot, B1, value_of(slot, (1, 1)), wait=slot % 50 == 0)
        log.checkpoint()
        expected = view(log)
    probe.reset()
    with small_log(path) as log:
        assert log.recovery.clean
        assert view(log) == expected


# ---- waiting


def test_a_wait_times_out_and_harms_nobody(probe, waiting_log):
    """G1: a waiter that leaves harms nobody."""
    with waiting_log() as log:
        lsn = log.accept(0, B1, b"x", wait=False)
        probe.sync_slowly(0.5)
        syncing = threading.Thread(target=log.sync)
        syncing.start()
        eventually(probe.is_syncing)
        with pytest.raises(TimeoutError):
            log.wait_durable(lsn, timeout=0.05)
        syncing.join(20)
        probe.sync_slowly(0)
        assert log.durable_lsn >= lsn
        log.wait_durable(lsn, timeout=0)


@pytest.mark.skipif(sys.gettrace() is not None, reason="the signal would hit the tracer's own code")
@pytest.mark.parametrize("call", ["wait_durable", "accept", "promise"])
def test_a_wait_for_the_disk_answers_ctrl_c(probe, waiting_log, call):
    with waiting_log() as log:
        lsn = log.accept(0, B1, b"x", wait=False)
        probe.sync_slowly(5)
        syncing = threading.Thread(target=log.sync)
        syncing.start()
        eventually(probe.is_syncing)
        timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            {
                "wait_durable": lambda: log.wait_durable(lsn),
                "accept": lambda: log.accept(1, B1, b"y"),
                "promise": lambda: log.promise(B2),
            }[call]()
        assert probe.is_syncing()  # it did not wait for the end of that
        probe.sync_slowly(0)
        syncing.join(20)
        log.sync()
        assert log.durable_lsn >= lsn


def test_others_run_while_one_waits_for_the_disk(probe, waiting_log):
    with waiting_log() as log:
        probe.sync_slowly(0.3)
        waited = threading.Event()
        counted = 0

        def accept():
            log.accept(0, B1, b"x")
            waited.set()

        def count():
            nonlocal counted
            eventually(lambda: probe.is_syncing() or waited.is_set())
            while not waited.is_set():
                log.learn(counted + 10, B1, b"x", wait=False)
                counted += 1
                time.sleep(0.001)

        run_threads(accept, count)
        probe.sync_slowly(0)
        assert counted > 5


def test_closing_while_others_wait_for_the_disk(probe, waiting_log, fresh_path):
    path = fresh_path()
    log = waiting_log(path)
    probe.sync_slowly(0.1)
    returned = []

    def accept(index):
        try:
            for number in range(100):
                slot = index * 1000 + number
                log.accept(slot, B1, b"x")
                returned.append(slot)
        except LogClosedError:
            pass

    def close():
        time.sleep(0.3)
        log.close()

    run_threads(close, *[lambda index=index: accept(index) for index in range(4)], hang_seconds=30)
    with small_log(path) as again:
        assert {entry.slot for entry in again.scan_uncommitted()} >= set(returned)


# ---- the disk fails


def assert_poisoned(log, error):
    assert log.poisoned.errno == error
    assert log.poisoned.durable_lsn == log.durable_lsn
    for call in (
        lambda: log.accept(500, B2, b"x"),
        lambda: log.promise(B2),
        lambda: log.learn(501, B2, b"x", wait=False),
        lambda: log.sync(),
        lambda: log.checkpoint(),
        lambda: log.wait_durable(log.published_lsn, 1),
    ):
        with pytest.raises(LogPoisonedError) as caught:
            call()
        assert caught.value.errno == error  # P7: the first one is kept


@pytest.mark.parametrize("level", ["accept", "commit"])
def test_a_failed_fdatasync_poisons_and_is_never_retried(probe, waiting_log, fresh_path, level):
    path = fresh_path()
    with ends_poisoned(waiting_log(path, durability=level)) as log:
        log.accept(0, B1, b"durable")
        probe.fail("fdatasync", errno.EIO, times=1)
        with pytest.raises(LogPoisonedError) as caught:
            log.accept(1, B1, b"lost")
        assert caught.value.errno == errno.EIO
        before = probe.calls("fdatasync")
        assert_poisoned(log, errno.EIO)
        assert probe.calls("fdatasync") == before
        assert log.durable_lsn < log.published_lsn
        assert log.read(0).value == b"durable"
    assert probe.calls("fdatasync") == before  # close does not try again either
    probe.reset()
    with small_log(path) as log:  # only reopening helps
        assert log.poisoned is None
        assert log.read(0).value == b"durable"
        log.accept(2, B2, b"on it goes")


def test_every_waiter_of_a_failed_group_is_told(probe, waiting_log):
    with ends_poisoned(waiting_log()) as log:
        log.accept(0, B1, b"x")
        probe.sync_slowly(0.02)
        probe.fail("fdatasync", errno.EIO, after=3, times=1)
        told = []

        def accept(index):
            with pytest.raises(LogPoisonedError):
                for number in range(1, 1000):
                    lsn = log.accept(index * 1000 + number, B1, b"x")
                    assert log.durable_lsn >= lsn
            told.append(index)

        run_threads(*[lambda index=index: accept(index) for index in range(8)], hang_seconds=30)
        assert sorted(told) == list(range(8))


def test_a_failed_write_poisons(probe, waiting_log):
    with ends_poisoned(waiting_log()) as log:
        log.accept(0, B1, b"x")
        probe.fail("pwrite", errno.EIO, times=1)
        with pytest.raises(LogPoisonedError):
            log.accept(1, B1, b"x")
        assert_poisoned(log, errno.EIO)


def test_a_failing_background_sync_poisons_too(probe, waiting_log):
    with ends_poisoned(waiting_log(lazy_sync_ms=5)) as log:
        probe.fail("fdatasync", errno.EIO)
        log.accept(0, B1, b"x", wait=False)
        eventually(lambda: log.poisoned is not None)
        probe.reset()
        assert_poisoned(log, errno.EIO)


@pytest.mark.parametrize("error", DISK_FULL, ids=errno.errorcode.get)
def test_a_full_disk_is_a_clean_error_and_the_log_goes_on(probe, waiting_log, fresh_path, error):
    """G4, P8: `synced` stays where it was, and the next group writes the same bytes again."""
    path = fresh_path()
    with waiting_log(path) as log:
        log.accept(0, B1, b"zero")
        probe.fail("pwrite", error)
        for _ in range(3):
            with pytest.raises(DiskFullError) as caught:
                log.accept(1, B1, b"one")
            assert caught.value.errno == error
        assert log.poisoned is None
        assert log.read(0).value == b"zero"
        probe.reset()  # somebody has made room
        assert survivors(path, fresh_path)["entries"][0] == (0, (1, 1), b"zero", False)
        log.accept(1, B1, b"one")
        log.accept(2, B1, b"two")
    with small_log(path) as log:
        assert [entry.value for entry in log.scan_uncommitted()] == [b"zero", b"one", b"two"]


def test_a_full_disk_while_a_log_is_made_or_opened_leaves_nothing_half_open(probe, fresh_path):
    path = fresh_path()
    probe.fail("pwrite", errno.ENOSPC)
    for _ in range(2):
        with pytest.raises(OSError) as caught:
            small_log(path).close()
        assert caught.value.errno == errno.ENOSPC
    probe.reset()
    with small_log(path) as log:
        log.accept(0, B1, b"zero")
    probe.fail("pwrite", errno.ENOSPC)
    with pytest.raises(OSError) as caught:
        small_log(path).close()
    assert caught.value.errno == errno.ENOSPC
    probe.reset()
    with small_log(path) as log:
        assert 0 in log


@pytest.mark.parametrize("kind", ["pwrite", "fdatasync"])
def test_an_opening_that_fails_at_any_call_can_be_repeated(probe, fresh_path, kind):
    path = fresh_path()
    with small_log(path) as log:
        for slot in range(100):
            log.learn(slot, B1, value_of(slot, (1, 1)))
        log.accept(200, B1, b"vote")
        expected = view(log)
        image = fresh_path("image")
        shutil.copytree(path, image)
    failures = 0
    for after in range(1000):
        probe.reset()
        probe.fail(kind, errno.EIO, after=after, times=1)
        try:
            log = small_log(image)
        except OSError as error:
            assert error.errno == errno.EIO
            failures += 1
            continue
        if kind == "pwrite" and after == 0:  # the text in LOCK, which a full disk may keep from being told
            log.close()
            continue
        probe.reset()
        with log:
            assert view(log) == expected
        break
    assert failures > 0, "no call failed"


@pytest.mark.parametrize(("lazy_ms", "seconds", "durable"), [(60_000, 0.4, False), (150, 10.0, True)])
def test_what_nobody_waits_for_is_synced_when_it_is_due_and_not_before(fresh_path, lazy_ms, seconds, durable):
    """The background looked every 50 ms at most and synced whatever it found, whatever `lazy_sync_ms` said."""
    with small_log(fresh_path(), durability="accept", lazy_sync_ms=lazy_ms) as log:
        log.sync()
        lsn = log.learn(0, (1, 1), b"x", wait=False)
        deadline = time.monotonic() + seconds
        while log.durable_lsn < lsn and time.monotonic() < deadline:
            time.sleep(0.01)
        assert (log.durable_lsn >= lsn) is durable
