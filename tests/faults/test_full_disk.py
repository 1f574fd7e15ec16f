"""Disks that are really full (P8): a clean error before anything is acknowledged; the log stays open and readable, and goes on later.

    ext4     a small loop-mounted file system, filled up by another file
    tmpfs    a small mount, filled up likewise
    limit    RLIMIT_FSIZE, with SIGXFSZ ignored as Python has it

A child works on the log until its calls fail for want of space, goes on for a while, looks at what it holds, and ends in one of three
ways: space is freed and it works on, or it closes the log, or it is gone without closing it.  Then the log is opened on the disk that
is still full, and at last where there is room.  How much space there is at first is drawn from all sizes between nothing and enough,
so that each file's growth meets the end of it.  No signal may end a child: level "process" maps the ring's file.

FASTERLOG_FULL_DISKS is the number of disks for each kind and level, FASTERLOG_SEED makes the same choices again.
"""

import contextlib
import faulthandler
import os
import random
import resource
import signal
import tempfile

import disks
import pytest
from helpers import KIB, MIB, Child, copytree_sparse, pair, small_log, tree, value_of
from killing import BATCH_ONE, BATCH_TWO, LEARNED, Acknowledged

from fasterlog import BufferFullError, DiskFullError

pytestmark = [pytest.mark.crash, pytest.mark.thread_unsafe(reason="forks")]

DISKS = int(os.environ.get("FASTERLOG_FULL_DISKS", "6"))
KINDS = ("ext4", "tmpfs", "limit")
BALLAST = "ballast"
RLIM_INFINITY = resource.RLIM_INFINITY


class Small:
    """A place for a log with `free` bytes left in it; more() gives it room."""

    def __init__(self, kind, folder, free):
        self.kind, self.folder, self._free = kind, str(folder), free
        self.path = f"{folder}/log"
        if kind == "ext4":
            self.close = disks.Disk(folder, image=disks.make_image("ext4", 16 * MIB, ["-m", "0"])).close
        else:
            disks.mount("tmpfs", folder, "tmpfs", options=f"size={4 * MIB}" if kind == "tmpfs" else "")
            self.close = lambda: disks.unmount(folder)
        if kind != "limit":
            self.fill(free)

    def fill(self, free):
        """All but `free` bytes go to another file."""
        fd = os.open(f"{self.folder}/{BALLAST}", os.O_CREAT | os.O_WRONLY)
        with contextlib.suppress(OSError):
            while True:
                os.write(fd, bytes(4 * KIB))
        os.ftruncate(fd, max(0, os.fstat(fd).st_size - free))
        os.fsync(fd)
        os.close(fd)

    def enter(self):
        """To be called by a process before it uses the place."""
        if self.kind == "limit":
            resource.setrlimit(resource.RLIMIT_FSIZE, (self._free, RLIM_INFINITY))

    def more(self):
        if self.kind == "limit":
            resource.setrlimit(resource.RLIMIT_FSIZE, (RLIM_INFINITY, RLIM_INFINITY))
        else:
            os.unlink(f"{self.folder}/{BALLAST}")


class Writer:
    """Makes calls of all kinds on a log; says what has returned, and counts what failed for want of space."""

    def __init__(self, log, send, rng):
        self._log, self._send, self._rng = log, send, rng
        self._ballot = pair(log.promised) if log.promised else (1, 1)
        self._slot = max((entry.slot for entry in log.scan_uncommitted() if entry.slot < LEARNED), default=0)
        self._slot = max([self._slot, *(entry.slot for entry in log.iter_committed(gaps="skip") if entry.slot < LEARNED)]) + 1
        self.failed = 0

    def one(self, calls=None):
        calls = calls or ("accept",) * 12 + ("learn",) * 4 + ("batch", "meta", "promise", "checkpoint", "sync", "discard")
        try:
            getattr(self, "_" + self._rng.choice(calls))()
        except (DiskFullError, BufferFullError):
            self.failed += 1

    def _value(self, slot):
        return value_of(slot, self._ballot)

    def _accept(self):
        self._slot += 1
        slot, ballot = self._slot, self._ballot
        self._log.accept(slot, ballot, self._value(slot))
        self._send(("vote", slot, ballot))
        self._log.commit(slot, ballot)
        self._send(("chosen", slot, ballot))

    def _learn(self):
        self._slot += 1
        slot = self._slot + LEARNED
        self._log.learn(slot, self._ballot, self._value(slot))
        self._send(("chosen", slot, self._ballot))

    def _batch(self):
        self._slot += 1
        with self._log.batch() as batch:
            for slot in (self._slot + BATCH_ONE, self._slot + BATCH_TWO):
                batch.learn(slot, self._ballot, self._value(slot))
        self._send(("batch", self._slot + BATCH_ONE, self._ballot))

    def _meta(self):
        self._log.set_meta({"last": b"%d" % self._slot})
        self._send(("meta", "last", self._slot))

    def _promise(self):
        higher = (self._ballot[0] + 1, 1)
        try:
            self._log.promise(higher)
        finally:
            self._ballot = max(self._ballot, pair(self._log.promised)) if self._log.promised else self._ballot
        self._send(("promise", None, higher))

    def _checkpoint(self):
        self._log.checkpoint()

    def _sync(self):
        self._send(("sync", self._slot, None))
        self._log.sync()
        self._send(("synced", self._slot, None))

    def _discard(self):
        self._log.discard(2**50)  # nothing is there; it is a call that writes

    def settle(self):
        for entry in self._log.scan_uncommitted():
            self._log.commit(entry.slot, entry.ballot)


def open_log(place, level, options):
    return small_log(place.path, durability=level, lazy_sync_ms=1, full_timeout=0.05, **options)


def work_until_full(send, place, level, options, seed, end, spoil):
    rng = random.Random(seed)
    if spoil:
        spoil()
    place.enter()
    acknowledged = Acknowledged(level)

    def note(message):
        acknowledged.add(message)
        send(message)

    try:
        log = open_log(place, level, options)
    except DiskFullError:
        send(("no room to open", None, None))
        return
    writer = Writer(log, note, rng)
    for _ in range(2500):
        writer.one()
        if writer.failed > 40:
            break
    assert log.poisoned is None
    acknowledged.check(log)  # it still reads
    send(("full" if writer.failed else "never full", None, None))
    if end == "more":
        place.more()
        writer.settle()
        before = writer.failed
        for _ in range(300):
            writer.one()
        assert writer.failed == before, "there is space, and still it is full"
        acknowledged.check(log)
        log.close()
        send(("closed", None, None))
    elif end == "close":
        with contextlib.suppress(DiskFullError):
            log.close()
            send(("closed", None, None))
    os._exit(0)


def open_while_full(send, place, level, options, acknowledged):
    place.enter()
    try:
        log = open_log(place, level, options)
    except DiskFullError:
        send("refused")
        return
    acknowledged.check(log)
    send("opened")
    os._exit(0)


def run(folder, kind, level, count, seed, spoil=None):
    """Returns how often what happened."""
    seen = dict.fromkeys(("never full", "full", "no room to open", "refused", "opened"), 0)
    for number in range(count):
        rng = random.Random(f"{seed}/{number}")
        options = {"mutable_size": rng.choice((64 * KIB, 256 * KIB))}
        free = rng.choice((rng.randrange(160 * KIB), rng.randrange(64 * KIB, 512 * KIB), rng.randrange(1 * MIB)))
        if kind == "limit":
            free = rng.choice((rng.randrange(4 * KIB, 144 * KIB), rng.randrange(144 * KIB, 288 * KIB), rng.randrange(200 * KIB, 640 * KIB)))
            options["segment_size"] = 1 * MIB
        place = Small(kind, tempfile.mkdtemp(dir=folder), free)
        end = rng.choice(("more", "close", "kill"))
        where = f"seed {seed}, number {number}, {free} bytes free, {options}, {end}"
        child = Child(work_until_full, place, level, options, f"{seed}/{number}/work", end, spoil)
        messages = child.finish()
        assert child.status == 0, f"{where}: the child ended with status {child.status}"
        acknowledged, closed = Acknowledged(level), False
        for message in messages:
            if message[0] in seen:
                seen[message[0]] += 1
            elif message[0] == "closed":
                closed = True
            else:
                acknowledged.add(message)
        if closed:  # then all that had returned is on disk
            acknowledged.add(("sync", "close", None))
            acknowledged.add(("synced", "close", None))
        try:
            if end != "more" or ("no room to open", None, None) in messages:
                child = Child(open_while_full, place, level, options, acknowledged)
                answers = child.finish()
                assert child.status == 0, f"the opening ended with status {child.status}"
                seen[answers[0]] += 1
                place.more()
            with small_log(place.path, durability=level, **options) as log:
                acknowledged.check(log)
                Writer(log, acknowledged.add, rng).one(("accept",))
            with small_log(place.path, durability=level, **options) as log:
                acknowledged.check(log)
        except BaseException as failure:
            raise AssertionError(f"{where}: {failure!r}") from failure
        place.close()
    return seen


@pytest.mark.slow
@pytest.mark.timeout(300 + 2 * DISKS)
@pytest.mark.parametrize("level", ["process", "accept", "commit"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_is_a_clean_error_and_loses_nothing(tmp_path, kind, level):
    disks.need("ext4")
    seed = os.environ.get("FASTERLOG_SEED") or f"1/{kind}/{level}"
    print(f"seed {seed}")
    seen = disks.in_private_mounts(run, tmp_path, kind, level, DISKS, seed)
    print(f"{kind}, {level}: {seen}")
    assert seen["full"] + seen["no room to open"] > 0


# ---- a copy with holes in the ring's file, on a disk that has no room for what the holes would take


def open_and_use(send, path):
    """Goes once around the ring, if it opens, so that each of its pages is stored to."""
    try:
        log = small_log(path, durability="process", mutable_size=256 * KIB)
    except DiskFullError:
        send("full")
        return
    found = os.stat(f"{path}/ring")
    send(found.st_blocks * 512 >= found.st_size)
    try:
        for slot in range(1000, 1300):
            log.accept(slot, (2, 1), value_of(slot, (2, 1), 1000))
    except (DiskFullError, BufferFullError):
        send("full")
    os._exit(0)


def sparse_copy_on_a_full_disk(folder, kind):
    source = f"{tempfile.mkdtemp(dir=folder)}/log"
    with small_log(source, durability="process", mutable_size=256 * KIB) as log:
        for slot in range(400):  # over the end of the ring: its file is whole
            log.learn(slot, (1, 1), value_of(slot, (1, 1), 1000))
    place = Small(kind, tempfile.mkdtemp(dir=folder), 1 * MIB)
    copytree_sparse(source, place.path)
    place.fill(0)
    before = tree(place.path)
    assert os.stat(f"{place.path}/ring").st_blocks * 512 < os.path.getsize(f"{place.path}/ring")
    child = Child(open_and_use, place.path)
    assert (child.finish(), child.status) == (["full"], 0)
    assert {**tree(place.path), "LOCK": None} == {**before, "LOCK": None}
    place.more()
    child = Child(open_and_use, place.path)
    assert (child.finish()[0], child.status) == (True, 0)
    with small_log(place.path, durability="process", mutable_size=256 * KIB) as log:
        for slot in range(400):
            assert log.read(slot).value == value_of(slot, (1, 1), 1000)
    place.close()


@pytest.mark.parametrize("kind", ["ext4", "tmpfs"])
def test_a_ring_with_holes_on_a_full_disk_is_refused_and_opens_later(tmp_path, kind):
    """The log opened, and the first store into a hole was a SIGBUS."""
    disks.need("ext4")
    disks.in_private_mounts(sparse_copy_on_a_full_disk, tmp_path, kind)


@pytest.fixture
def spoil(break_it):
    def make(how):
        def in_child():
            faulthandler.disable()  # the signal is wanted
            break_it(how)

        return in_child

    return make


def test_the_harness_sees_a_signal(tmp_path, spoil):
    disks.need("ext4")
    # A sanitizer makes something else of it.
    status = r"\d+" if os.environ.get("FASTERLOG_SANITIZER") else int(signal.SIGBUS)
    with pytest.raises(AssertionError, match=f"the child ended with status {status}"):
        disks.in_private_mounts(run, tmp_path, "ext4", "process", 50, "1", spoil("holes"))


@pytest.mark.parametrize("level", ["accept", "commit"])
def test_the_harness_catches_a_log_that_does_not_notice(tmp_path, spoil, level):
    disks.need("ext4")
    # A segment that is shorter than the log believes ends a reader of its map.
    with pytest.raises(AssertionError, match=r"are gone|was chosen|older vote|went back|Corrupted|the child ended with status"):
        disks.in_private_mounts(run, tmp_path, "ext4", level, 50, "1", spoil("never full"))
