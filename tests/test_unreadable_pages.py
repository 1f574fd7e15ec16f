"""Pages of the tail that the disk does not give: an error for their entries, never a signal, and everything else goes on.

By failing the call that checks pages (cython/pages_probe.pyx), by a file made shorter behind the log's back, and on a real file system
in user space that answers EIO for some blocks. The last two run in children, which a signal would end.
"""

import contextlib
import ctypes.util
import errno
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from cython_build import build_extension
from helpers import KIB, MIB, run_threads, tree, value_of

from fasterlog import CorruptedEntryError, CorruptedLogError, FasterLog, LogPoisonedError, SlotCommittedError, _core

BALLOT = (1, 1)
SIZE = 1000
# Slot 0 stays empty, so that no words leave memory: entries are then found by address, without the footers at the files' ends.
SLOTS = range(1, 300)
populates = pytest.mark.skipif(sys.platform != "linux", reason="not run: MADV_POPULATE_READ is Linux's")


def filled(path, slots=SLOTS, size=SIZE, **options):
    log = FasterLog(path, **{"mutable_size": MIB, "segment_size": MIB, "durability": "process", **options})
    for slot in slots:
        log.learn(slot, BALLOT, value_of(slot, BALLOT, size))
    log.checkpoint()
    return log


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return build_extension("pages_probe", Path(__file__).with_name("cython") / "pages_probe.pyx", tmp_path_factory.mktemp("pages_probe"))


@pytest.fixture
def probe(pages):
    pages.watch()
    yield pages
    pages.restore()


# ---------------------------------------------------------------------------------------------------- by failing the check itself


@pytest.mark.thread_unsafe(reason="changes the process's table of system calls")
class TestFailingCheck:
    def test_one_call_checks_64_kib_for_all_readers_and_for_good(self, probe, fresh_path):
        with filled(fresh_path()) as log:
            probe.watch()
            for _ in range(3):
                run_threads(*[lambda: [log.read(slot) for slot in SLOTS]] * 3)
            # 299 entries of 1056 bytes lie in 5 pieces; three threads may meet at each.
            assert 5 <= probe.calls() <= 3 * 5 + 3
            probe.watch()
            list(log.iter_committed())
            assert probe.calls() == 0

    def test_what_is_appended_later_is_checked_later(self, probe, fresh_path):
        with filled(fresh_path(), range(1, 3)) as log:
            assert log.read(1).value == value_of(1, BALLOT, SIZE)
            for slot in SLOTS:
                log.learn(slot, BALLOT, value_of(slot, BALLOT, SIZE))
                if slot % 7 == 0:
                    log.checkpoint()
                assert log.read(slot).value == value_of(slot, BALLOT, SIZE)
            assert all(log.read(slot).value == value_of(slot, BALLOT, SIZE) for slot in SLOTS)

    # 133: EHWPOISON, which Python does not name.
    @pytest.mark.parametrize("error", [errno.EFAULT, errno.EIO, 133])
    def test_every_call_says_so_and_the_log_goes_on(self, probe, fresh_path, error):
        value = value_of(5, BALLOT, SIZE)
        with filled(fresh_path()) as log:
            probe.watch(error)

            def batched(change, *arguments):
                with log.batch() as batch:
                    getattr(batch, change)(5, BALLOT, *arguments)

            for attempt in (
                lambda: log.read(5),
                lambda: log.read_committed(5),
                lambda: log.get(5),
                lambda: log.accept(5, BALLOT, value),
                lambda: log.learn(5, BALLOT, value),
                lambda: log.commit(5, BALLOT),
                lambda: list(log.iter_committed(5)),
                lambda: next(log.follow(5, timeout=1)),
                lambda: batched("learn", value),
                lambda: batched("accept", value),
                lambda: batched("commit"),
            ):
                with pytest.raises(CorruptedEntryError) as caught:
                    attempt()
                assert caught.value.errno == errno.EIO and caught.value.slot == 5 and caught.value.ballot is None
                assert caught.value.path == os.path.join(log.path, "tail", "0" * 16 + ".seg")
                assert caught.value.offset == 64 + 4 * (56 + SIZE)
                assert f"{os.strerror(errno.EIO)} at offset {caught.value.offset} of {caught.value.path}" in str(caught.value)
            assert 5 in log and len(log) == len(SLOTS)
            assert list(log.iter_committed(skip_errors=True)) == []
            assert log.promise((2, 1)).unknown == tuple(SLOTS)
            assert log.poisoned is None
            log.learn(1000, BALLOT, b"goes on")
            log.checkpoint()
            probe.watch()
            assert log.read(5).value == value
            assert log.commit(5, BALLOT) and log.learn(5, BALLOT, value)
            assert [entry.slot for entry in log.iter_committed(gaps="skip")] == [*SLOTS, 1000]

    @pytest.mark.parametrize("call", ["accept", "learn", "commit", "batch accept", "batch learn", "batch commit"])
    def test_calls_that_write_check_pages_themselves(self, probe, fresh_path, call):
        """Nothing has read the slot before: the call has to take the slow step, and then finds the entry there."""
        arguments = (5, BALLOT) if "commit" in call else (5, BALLOT, value_of(5, BALLOT, SIZE))
        with filled(fresh_path()) as log:
            probe.watch()
            if call.startswith("batch"):
                with log.batch() as batch:
                    getattr(batch, call.removeprefix("batch "))(*arguments)
            else:
                getattr(log, call)(*arguments)
            assert probe.calls() == 1
            with pytest.raises(SlotCommittedError):
                log.accept(70, BALLOT, b"another")  # in a piece that is not checked yet either
            assert probe.calls() == 2

    def test_a_bad_neighbour_does_not_take_an_entry_with_it(self, probe, fresh_path):
        with filled(fresh_path()) as log:
            probe.watch(errno.EFAULT, at_least=16 * KIB)
            assert [entry.value for entry in log.iter_committed()] == [value_of(slot, BALLOT, SIZE) for slot in SLOTS]

    def test_a_large_value_is_checked_to_its_end(self, probe, fresh_path):
        size = 3 * MIB + 5
        with filled(fresh_path(), [1, 2], size, mutable_size=64 * MIB, segment_size=16 * MIB) as log:
            # The header's piece is read in; the value's lies in one call of more bytes.
            probe.watch(errno.EFAULT, at_least=MIB)
            with pytest.raises(CorruptedEntryError) as caught:
                log.read(2)
            # The header could be read, and names the ballot.
            assert caught.value.errno == errno.EIO and caught.value.offset == 64 + (56 + size + 7) // 8 * 8
            probe.watch()
            assert log.read(2).value == value_of(2, BALLOT, size)

    def test_where_the_kernel_cannot_tell_pages_count_as_checked(self, probe, fresh_path):
        with filled(fresh_path()) as log:
            probe.watch(errno.EINVAL)
            assert [entry.slot for entry in log.iter_committed()] == list(SLOTS)
            assert 5 <= probe.calls() <= 6

    def test_no_memory_for_the_check_is_no_damage(self, probe, fresh_path):
        with filled(fresh_path()) as log:
            probe.watch(errno.ENOMEM)
            with pytest.raises(MemoryError):
                log.read(5)
            probe.watch()
            assert log.read(5)

    def test_a_footer_is_checked_before_readers_search_it(self, probe, fresh_path):
        """Sealing fails, which poisons as any failure of work on the tail does, and nothing has changed: the next opening goes on."""
        with filled(fresh_path(), range(200), mutable_size=256 * KIB, segment_size=256 * KIB) as log:
            probe.watch(errno.EFAULT)
            learned = 200
            with pytest.raises(LogPoisonedError):  # from one of these, if the background's checkpoint comes first
                while learned < 400:
                    log.learn(learned, BALLOT, value_of(learned, BALLOT, SIZE))
                    learned += 1
                log.checkpoint()
            assert len(os.listdir(os.path.join(log.path, "tail"))) == 1
            assert log.poisoned.errno == errno.EIO
            probe.watch()
            with contextlib.suppress(LogPoisonedError):
                log.close()
        with FasterLog(log.path) as log:
            log.checkpoint()
            assert {entry.slot for entry in log.iter_committed(gaps="skip")} >= set(range(learned))


@pytest.mark.parametrize("other", [b"the same", b"another"])
def test_recovery_compares_the_ring_with_a_sealed_segment_that_nothing_has_looked_at_yet(fresh_path, other):
    """A slot that is decided in both: the value in the tail lies on pages that are not checked when the ring is replayed."""
    small = {"mutable_size": 256 * KIB, "segment_size": 64 * KIB, "durability": "accept"}
    path, ring, tail = fresh_path(), fresh_path(), fresh_path()
    FasterLog(path, **small).close()
    shutil.copytree(path, tail)
    with FasterLog(path, **small) as log:
        log.learn(5, BALLOT, other, wait=True)
        shutil.copytree(path, ring)  # as a crash leaves it, with the decision in the ring
    with FasterLog(tail, **small) as log:
        log.learn(5, BALLOT, b"the same")
        for slot in range(6, 300):
            log.learn(slot, BALLOT, value_of(slot, BALLOT, SIZE), wait=False)
    shutil.rmtree(f"{ring}/tail")
    shutil.copytree(f"{tail}/tail", f"{ring}/tail")
    if other == b"the same":
        with FasterLog(ring) as log:
            assert log.read(5).value == other
    else:
        with pytest.raises(CorruptedLogError, match="two different values were chosen for slot 5"):
            FasterLog(ring)


# --------------------------------------------------------------------------------------- the ring's file, at the level that maps it


@pytest.fixture
def left_open(fresh_path):
    """A log of level "process" as the end of its process leaves it."""
    path, left = fresh_path(), fresh_path("left")
    with FasterLog(path, mutable_size=256 * KIB, segment_size=256 * KIB, durability="process") as log:
        for slot in range(20):
            log.accept(slot, BALLOT, value_of(slot, BALLOT, SIZE))
        log.sync()
        shutil.copytree(path, left)
    return left


@pytest.mark.thread_unsafe(reason="changes the process's table of system calls")
@pytest.mark.parametrize("recovery", ["strict", "salvage"])
class TestRingThatCannotBeReadIn:
    @pytest.mark.parametrize("error", [errno.EFAULT, errno.EIO, 133])
    def test_the_log_is_refused_before_anything_looks_at_the_ring(self, probe, left_open, recovery, error):
        """Each of these was a SIGBUS, at the first look of the replay."""
        before = tree(left_open)
        probe.watch(error)
        with pytest.raises(OSError) as caught:
            FasterLog(left_open, durability="process", recovery=recovery)
        assert type(caught.value) is OSError and caught.value.errno == errno.EIO
        assert caught.value.filename == os.path.join(left_open, "ring")
        assert probe.calls() == 1
        assert {**tree(left_open), "LOCK": None} == {**before, "LOCK": None}
        probe.watch()
        with FasterLog(left_open, durability="process", recovery=recovery) as log:
            assert [entry.slot for entry in log.scan_uncommitted()] == list(range(20))

    def test_where_the_kernel_cannot_tell_the_log_opens(self, probe, left_open, recovery):
        probe.watch(errno.EINVAL)
        with FasterLog(left_open, durability="process", recovery=recovery) as log:
            assert probe.calls() >= 1
            assert log.read(7).value == value_of(7, BALLOT, SIZE)

    def test_no_memory_is_no_damage(self, probe, left_open, recovery):
        probe.watch(errno.ENOMEM)
        with pytest.raises(MemoryError):
            FasterLog(left_open, durability="process", recovery=recovery)

    def test_where_the_ring_is_not_mapped_it_is_not_asked_for(self, probe, left_open, recovery):
        probe.watch(errno.EFAULT)
        with FasterLog(left_open, durability="accept", recovery=recovery) as log:
            assert probe.calls() == 0
            assert log.read(7).value == value_of(7, BALLOT, SIZE)


# ------------------------------------------------------------------------------------------------------- by what the file cannot give

CHILD = """
import errno, os, sys
from fasterlog import CorruptedEntryError, FasterLog
from helpers import value_of
path, mode = sys.argv[1:]
slots = range(1, 300)
def fill(log):
    for slot in slots:
        log.learn(slot, (1, 1), value_of(slot, (1, 1), 1000))
    log.checkpoint()
log = FasterLog(path, mutable_size=1 << 20, segment_size=1 << 20, durability="process")
fill(log)
if mode == "reopened":
    for slot in range(1000, 2000):          # over into another segment: the first one is sealed
        log.learn(slot, (1, 1), value_of(slot, (1, 1), 1000))
    log.close()
    log = FasterLog(path, durability="process")
first = os.path.join(path, "tail", "0" * 16 + ".seg")
cut = 38 * 4096                             # on a page: what lies behind it on the same one would read as zeros
os.truncate(first, cut)
good, bad = [], []
for slot in slots:
    try:
        assert log.read(slot).value == value_of(slot, (1, 1), 1000)
        good.append(slot)
    except CorruptedEntryError as error:
        assert error.errno == errno.EIO and error.path == first and error.slot == slot, repr(error)
        assert error.offset == 64 + (slot - 1) * 1056, repr(error)
        bad.append(slot)
assert good == [*range(1, 148)] and bad == [*range(148, 300)], (good, bad)
print("good", len(good), "bad", len(bad))
sys.stdout.flush()
os._exit(0)                                 # the log cannot be closed cleanly any more
"""


def run_child(source, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent), "PYTHONSAFEPATH": "1", **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@populates
@pytest.mark.crash
@pytest.mark.parametrize("mode", ["fresh", "reopened"])
def test_a_segment_cut_behind_our_back_is_an_error(fresh_path, mode):
    done = run_child(CHILD, fresh_path(), mode)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "good 147 bad 152\n"


@populates
@pytest.mark.crash
@pytest.mark.skipif(not _core.INVARIANTS, reason="only the invariants build can take protections out")
def test_without_the_check_that_is_a_signal(fresh_path):
    done = run_child(CHILD, fresh_path(), "fresh", FASTERLOG_WITHOUT="checked-pages")
    assert done.returncode == -signal.SIGBUS, (done.returncode, done.stdout, done.stderr)


# ------------------------------------------------------------------------------------------- on a file system that gives EIO for blocks

MOUNT = """
import errno, os, sys
import mfusepy

class Mirror(mfusepy.Operations):
    # Another directory's files, but reads that touch a block listed in the file "bad" there (lines: name, first byte, last byte) fail.
    def __init__(self, root):
        self.root = root
    def place(self, path):
        return os.path.join(self.root, path.lstrip("/"))
    def getattr(self, path, fh=None):
        found = os.lstat(self.place(path))
        names = ("st_atime", "st_ctime", "st_gid", "st_mode", "st_mtime", "st_nlink", "st_size", "st_uid")
        return {name: getattr(found, name) for name in names}
    def readdir(self, path, fh):
        return [".", "..", *os.listdir(self.place(path))]
    def open(self, path, flags):
        return os.open(self.place(path), os.O_RDWR)
    def create(self, path, mode, fi=None):
        return os.open(self.place(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
    def read(self, path, size, offset, fh):
        if os.path.exists(self.root + ".bad"):
            with open(self.root + ".bad") as file:
                for line in file:
                    name, first, end = line.split()
                    if path.endswith(name) and offset < int(end) and offset + size > int(first):
                        raise mfusepy.FuseOSError(errno.EIO)
        return os.pread(fh, size, offset)
    def write(self, path, data, offset, fh):
        return os.pwrite(fh, data, offset)
    def truncate(self, path, length, fh=None):
        os.truncate(self.place(path), length)
    def release(self, path, fh):
        os.close(fh)
    def fsync(self, path, datasync, fh):
        os.fsync(fh)
    def fsyncdir(self, path, datasync, fh):
        pass
    def flush(self, path, fh):
        pass
    def mkdir(self, path, mode):
        os.mkdir(self.place(path), mode)
    def unlink(self, path):
        os.unlink(self.place(path))
    def rename(self, old, new):
        os.rename(self.place(old), self.place(new))

mfusepy.FUSE(Mirror(sys.argv[1]), sys.argv[2], foreground=True, nothreads=True)
"""

READER = """
import errno, os, sys
from fasterlog import CorruptedEntryError, FasterLog
from helpers import value_of
path, footers = sys.argv[1:]
log = FasterLog(path)
slots = range(1, 1300) if footers == "no" else range(1300)
bad = []
for slot in slots:
    try:
        assert log.read(slot).value == value_of(slot, (1, 1), 1000)
    except CorruptedEntryError as error:
        assert error.errno == errno.EIO and error.path.endswith("/tail/" + "0" * 16 + ".seg") and error.slot == slot, repr(error)
        bad.append(error.offset)
assert log.poisoned is None
log.learn(5000, (1, 1), b"goes on")
log.close()                                 # and closes as ever
print(*bad)
"""


@contextlib.contextmanager
def mirror(tmp_path):
    """(folder of the files, where they are mounted)."""
    if os.geteuid() != 0 or not os.path.exists("/dev/fuse"):
        pytest.skip("not run: mounting needs root and /dev/fuse")
    if importlib.util.find_spec("mfusepy") is None or ctypes.util.find_library("fuse3") is None:
        pytest.skip("not run: mfusepy or libfuse3 is not installed")
    root, mounted = tmp_path / "files", tmp_path / "mounted"
    root.mkdir()
    mounted.mkdir()
    server = subprocess.Popen([sys.executable, "-c", MOUNT, root, mounted], stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 20
        while not os.path.ismount(mounted):
            if server.poll() is not None:
                pytest.skip(f"not run: the file system cannot be mounted: {server.stderr.read()[-300:]}")
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield root, mounted
    finally:
        subprocess.run(["umount", "-l", mounted], check=False)
        server.wait(20)
        server.stderr.close()


@populates
@pytest.mark.crash
@pytest.mark.parametrize("footers", ["no", "yes"])
def test_blocks_that_a_disk_cannot_read_are_errors(tmp_path, footers):
    """Found by address, and through footers; two bad blocks in a sealed segment."""
    first = 1 if footers == "no" else 0
    bad = [(200_704, 204_800), (409_600, 413_696)]
    with mirror(tmp_path) as (root, mounted):
        # Level "accept": nothing but segments is mapped, and those read-only.
        with FasterLog(mounted / "log", mutable_size=MIB, segment_size=MIB, durability="accept") as log:
            for slot in range(first, 1300):
                log.learn(slot, BALLOT, value_of(slot, BALLOT, SIZE), wait=False)
        names = sorted(os.listdir(root / "log" / "tail"))
        assert len(names) == 2
        Path(f"{root}.bad").write_text("".join(f"{names[0]} {begin} {end}\n" for begin, end in bad))
        done = run_child(READER, mounted / "log", footers)
        assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
    touched = [64 + i * (56 + SIZE) for i in range(1000) if any(64 + i * 1056 < end and 64 + (i + 1) * 1056 > begin for begin, end in bad)]
    assert [int(offset) for offset in done.stdout.split()] == touched
    assert len(touched) == 9


OPENER = """
import errno, sys
from fasterlog import FasterLog
path = sys.argv[1]
for recovery in ("strict", "salvage"):
    try:
        FasterLog(path, durability="process", recovery=recovery)
    except OSError as error:
        assert error.errno == errno.EIO and error.filename == path + "/ring", repr(error)
    else:
        raise SystemExit("it opened")
"""


@populates
@pytest.mark.crash
def test_a_block_of_the_ring_that_the_disk_cannot_read_refuses_the_log(tmp_path, left_open):
    """At level "process" it was a SIGBUS, in the replay or at a later store."""
    with mirror(tmp_path) as (root, mounted):
        shutil.copytree(left_open, root / "log")
        before = tree(root / "log")
        Path(f"{root}.bad").write_text("ring 8192 12288\n")
        done = run_child(OPENER, mounted / "log")
        assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
        assert {**tree(root / "log"), "LOCK": None} == {**before, "LOCK": None}
        os.unlink(f"{root}.bad")
        with FasterLog(mounted / "log", durability="process") as log:
            assert [entry.slot for entry in log.scan_uncommitted()] == list(range(20))
