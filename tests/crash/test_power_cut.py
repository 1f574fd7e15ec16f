"""Power cuts on real file systems: what was acknowledged as durable is there after the file system is mounted again (P1, P2, P4).

A child works on a log on a loop-mounted ext4 or xfs.  It is stopped; some of its pages may still be written, in any order; then the
file system is shut down without writing its journal (FS_IOC_SHUTDOWN) or just after writing it.  What was in the page cache only is gone.
Mounted again, under the id of another boot, the next child opens the log, compares it with what was acknowledged, and goes on in it:
so recovered logs are cut and recovered in turn.  Some cuts hit an opening.

FASTERLOG_POWER_CUTS is the number of cuts, a quarter of them on xfs; FASTERLOG_SEED makes the same choices again (not the same timing).
"""

import os
import random
import signal

import disks
import pytest
from helpers import KIB, MIB, Child, small_log
from killing import Acknowledged, settle, use

pytestmark = [pytest.mark.crash, pytest.mark.thread_unsafe(reason="forks")]

CUTS = int(os.environ.get("FASTERLOG_POWER_CUTS", "24"))
SHARES = {"ext4": 4, "xfs": 12}  # one cut in so many, for each level
LIVES = 12  # of one disk; then a new one, so that the checks do not grow with the run
SECONDS = 300 + CUTS


def seed_of(*names):
    return os.environ.get("FASTERLOG_SEED") or "/".join(("1", *names))


def live(send, path, level, options, acknowledged, number, seed):
    """One life of the log: opens it, compares, works on it until the power goes."""
    disks.die_with_parent()
    rng = random.Random(seed)
    try:
        log = small_log(path, durability=level, lazy_sync_ms=1, **options)
        last = acknowledged.check(log)
        if rng.random() < 0.3:  # R4: a log that has been recovered and closed is the same
            log.close()
            log = small_log(path, durability=level, lazy_sync_ms=1, **options)
            last = acknowledged.check(log)
    except BaseException as failure:
        send(("failed", None, f"{type(failure).__name__}: {failure}"[:2000]))
        raise
    send(("open", None, None))
    if rng.random() < 0.5:
        settle(log, 0, last + 1)
    use(log, send, 1 + 2 * number, last, number, sync=True)
    send(("idle", None, None))  # all writers have been refused by a promise
    signal.pause()


def cut_power(folder, kind, level, cuts, seed, spoil=None):
    """Returns how many things had been acknowledged, and how many cuts hit an opening."""
    rng = random.Random(seed)
    disk = None
    count = openings = 0
    disks.new_boot()
    for number in range(cuts):
        if number % LIVES == 0:
            if disk is not None:
                disk.close()
            disk = disks.Disk(folder, kind)
            path = f"{folder}/log"
            acknowledged = Acknowledged(level, power=True)
            options = {"mutable_size": rng.choice((64 * KIB, 64 * KIB, 256 * KIB, 1 * MIB))}
        if spoil:
            spoil()
        child = Child(live, path, level, options, acknowledged, number % LIVES, f"{seed}/{number}")
        messages = []
        wanted = rng.choice((0, 1, 2, 20, 60))
        while len(messages) < wanted and not child.ended and ("idle", None, None) not in messages:
            messages += child.at_least(1, 60)
        messages += child.collect(rng.uniform(0.0, 0.03))
        if not child.ended:
            disks.stop(child)
        openings += not messages
        if rng.random() < 0.5:
            disks.write_back(folder, rng)
        disk.cut(rng.choice((disks.LOSE_JOURNAL, disks.LOSE_JOURNAL, disks.FLUSH_JOURNAL)))
        os.kill(child.pid, signal.SIGKILL)
        messages += child.finish()
        before = acknowledged.count
        for message in messages:
            acknowledged.add(message)
        assert child.status == signal.SIGKILL, f"the child ended by itself with status {child.status}"
        acknowledged.died()
        count += acknowledged.count - before
        disk.start_again()
    with small_log(path, durability=level) as log:
        acknowledged.check(log)
    disk.close()
    return count, openings


@pytest.mark.slow
@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("level", ["process", "accept", "commit"])
@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_what_was_durable_outlives_a_power_cut(tmp_path, kind, level):
    disks.need(kind)
    cuts, seed = max(1, round(CUTS / SHARES[kind])), seed_of(kind, level)
    print(f"seed {seed}")
    count, openings = disks.in_private_mounts(cut_power, tmp_path / "disk", kind, level, cuts, seed)
    print(f"{kind}, {level}: {cuts} cuts, {openings} of them before the opening had ended, {count} acknowledged")
    assert count >= cuts


@pytest.mark.parametrize("level", ["process", "accept", "commit"])
@pytest.mark.parametrize("kind", ["ext4", "xfs"])
def test_the_harness_catches_a_log_that_does_not_sync(tmp_path, break_it, kind, level):
    disks.need(kind)
    with pytest.raises(AssertionError, match=r"Corrupted|are gone|was chosen|older vote|went back"):
        disks.in_private_mounts(cut_power, tmp_path / "disk", kind, level, 30, "1", lambda: break_it("no fdatasync"))
