"""A checkpoint lets an old frame go only when what stands for it now is on disk."""

import os
import shutil
import signal
import time

import pytest
from helpers import KIB, Child

from fasterlog import FasterLog

pytestmark = [pytest.mark.crash, pytest.mark.thread_unsafe(reason="forks")]

RING = 64 * KIB


def revote_and_checkpoint(send, path):
    """Slot 0: a vote that is durable, then a higher one that nobody has waited for; then a checkpoint takes the space of the first."""
    with FasterLog(path, mutable_size=RING, durability="accept", lazy_sync_ms=60_000) as log:
        slot = 1

        def fill_to(used):
            nonlocal slot
            while log.used_space < used and log.stats().checkpoints == 0:
                log.learn(slot, (1, 1), b"f" * 200, wait=False)
                slot += 1

        log.accept(0, (1, 1), b"acknowledged")
        fill_to(26_000)
        log.sync()
        log.accept(0, (2, 1), b"second", wait=False)
        fill_to(RING // 2 + 1000)
        while log.stats().checkpoints == 0:
            time.sleep(0)
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_vote_outlives_a_higher_one_that_was_not_yet_on_disk(fresh_path):
    for _ in range(10):
        path = fresh_path()
        child = Child(lambda send, path=path: revote_and_checkpoint(send, path))
        child.finish()
        assert child.status == signal.SIGKILL
        with FasterLog(path) as log:
            assert log.read(0).value in (b"acknowledged", b"second")


def test_a_carried_vote_is_on_disk_before_its_old_place_is_given_up(fresh_path):
    """What the walk appends is synced as well, before the superblock that begins above the original."""
    for _ in range(10):
        path, image = fresh_path(), fresh_path("image")
        with FasterLog(path, mutable_size=RING, durability="accept", lazy_sync_ms=60_000) as log:
            log.accept(0, (1, 1), b"acknowledged")
            log.checkpoint()
            shutil.copytree(path, image)
            assert log.stats().carried_votes == 1
        with FasterLog(image) as log:
            assert log.read(0).value == b"acknowledged"
