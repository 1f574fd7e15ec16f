"""Every system call of every operation fails, with every errno that applies, once and from then on; reads and writes are short, too.

What has to hold each time: a clean exception or success; what was acknowledged is there at the next opening, and nothing that nobody
wrote; no descriptor is left.  A failed write or sync poisons (P7); a full disk, no memory, no descriptors do not (P8): when the fault
is gone the log goes on.

Each operation runs alone on a copy of the same files, with the background threads held still, so that call number k is the same one
in every run.  FASTERLOG_FAULT_PAIRS is how many random pairs of faults each operation meets beside; FASTERLOG_FAULT_SEED chooses them.
"""

import contextlib
import errno
import os
import random
import shutil

import pytest
from crash_oracle import Expected, events_of
from helpers import small_log, value_of, view

from fasterlog import CorruptedLogError, DiskFullError, FasterLogError, LogPoisonedError
from fasterlog.testing import SimulatedDisk, quiet_background

pytestmark = pytest.mark.thread_unsafe(reason="one table of system calls")

PAIRS = int(os.environ.get("FASTERLOG_FAULT_PAIRS", "10"))
SEED = int(os.environ.get("FASTERLOG_FAULT_SEED", "1"))
LEVELS = ("process", "accept", "commit")
BALLOT = (3, 1)
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
RESOURCES = (errno.ENOMEM, errno.EMFILE)
# EINTR: the table's real entries take it up again themselves, so none ever returns it.
ERRNOS = {
    "open": (errno.EIO, errno.ENOSPC, errno.EMFILE, errno.ENOMEM),
    "close": (errno.EIO, errno.ENOSPC),
    "pread": (errno.EIO, errno.ENOMEM),
    "pwrite": (errno.EIO, *FULL, errno.ENOMEM, errno.EAGAIN),
    "fdatasync": (errno.EIO, errno.ENOSPC, errno.EDQUOT),
    "fsync": (errno.EIO, errno.ENOSPC, errno.EDQUOT),
    "ftruncate": (errno.EIO, errno.ENOSPC, errno.EFBIG),
    "size": (errno.EIO,),
    "rename": (errno.EIO, errno.ENOSPC, errno.EDQUOT),
    "unlink": (errno.EIO,),
    "mkdir": (errno.EIO, errno.ENOSPC, errno.EDQUOT),
    "flock": (errno.EAGAIN, errno.ENOLCK),
    "memfd": (errno.ENOMEM, errno.EMFILE),
    "mmap": (errno.ENOMEM,),
    "madvise": (errno.ENOMEM, errno.EIO),
}


def options(level):
    return {"durability": level, "lazy_sync_ms": 60_000, "full_timeout": 0.2}


# ---- the operations: how the files are made ready, what is done, and how the oracle calls it


def fill_tail(log):
    """The open segment is nearly full, and large entries wait in the ring: the next checkpoint goes on in a new segment."""
    for slot in range(100, 116):
        log.learn(slot, BALLOT, value_of(slot, BALLOT, 3500))
    log.checkpoint()
    for slot in range(116, 124):
        log.learn(slot, BALLOT, value_of(slot, BALLOT, 3500))


def fill_ring(log):
    """No room for a large vote: the next one has to reclaim first."""
    slot = 200
    while log.available_space > len(LARGE):
        log.learn(slot, BALLOT, value_of(slot, BALLOT, min(3000, log.available_space - 100)))
        slot += 1


def do_batch(log):
    with log.batch() as batch:
        for slot in (300, 301):
            batch.learn(slot, BALLOT, value_of(slot, BALLOT))
        batch.set_meta({"batch": b"1"})
    return batch.lsn


def do_sync(log):
    lsn = log.learn(40, BALLOT, b"forty", wait=False)
    log.sync()
    return lsn


BATCH = ("batch", [*(("learn", slot, BALLOT, value_of(slot, BALLOT)) for slot in (300, 301)), ("meta", {"batch": b"1"})])
NEW_VOTE = ("accept", 40, BALLOT, value_of(40, BALLOT))
LARGE = value_of(40, BALLOT, 3900)

OPERATIONS = {
    "promise": (None, lambda log: log.promise((5, 2)).lsn, ("promise", (5, 2))),
    "accept": (None, lambda log: log.accept(40, BALLOT, value_of(40, BALLOT)), NEW_VOTE),
    "accept a higher ballot": (None, lambda log: log.accept(40, (6, 0), b"six"), ("accept", 40, (6, 0), b"six")),
    "commit": (None, lambda log: log.commit(7, BALLOT), ("commit", 7, BALLOT, value_of(7, BALLOT))),
    "learn": (None, lambda log: log.learn(40, BALLOT, b"learned"), ("learn", 40, BALLOT, b"learned")),
    "discard": (None, lambda log: log.discard(8), ("discard", 8)),
    "batch": (None, do_batch, BATCH),
    "set_meta": (None, lambda log: log.set_meta({"key": b"new"}), ("meta", {"key": b"new"})),
    "sync": (None, do_sync, ("learn", 40, BALLOT, b"forty")),
    "checkpoint": (fill_tail, lambda log: log.checkpoint(), None),
    "accept into a full ring": (fill_ring, lambda log: log.accept(40, BALLOT, LARGE), ("accept", 40, BALLOT, LARGE)),
}


@pytest.fixture(scope="module")
def quiet():
    with quiet_background():
        yield


@pytest.fixture
def bench(quiet, scratch):
    return scratch


def make_base(path, level, *, killed=False):
    """A log with a bit of everything; closed, or as kill -9 leaves it."""
    with small_log(f"{path}-made", **options(level)) as log:
        log.promise((2, 0))
        for slot in range(12):
            log.accept(slot, BALLOT, value_of(slot, BALLOT))
        for slot in range(6):
            log.commit(slot, BALLOT)
        log.set_meta({"key": b"old"})
        log.checkpoint()
        log.accept(12, BALLOT, value_of(12, BALLOT))
        log.commit(6, BALLOT)
        log.sync()
        if killed:
            shutil.copytree(f"{path}-made", path)
    if not killed:
        os.rename(f"{path}-made", path)


def descriptors():
    return sorted(int(name) for name in os.listdir("/proc/self/fd"))


def faults_of(calls):
    """(kind, number among all, number among its kind, errno, how often) for every call of an operation."""
    counts = {}
    for number, call in enumerate(calls):
        for error in ERRNOS[call.kind]:
            yield call.kind, number, counts.get(call.kind, 0), error, 1
            yield call.kind, number, counts.get(call.kind, 0), error, None
        counts[call.kind] = counts.get(call.kind, 0) + 1


def inject(disk, fault):
    kind, number, of_kind, error, times = fault
    if times is None:
        return disk.fail(error, kinds=[kind], after=of_kind, here=True)
    return disk.fail(error, after=number, times=times, here=True)


def calls_since(disk, mark):
    """The calls that could have failed, after the mark."""
    calls = disk.calls
    begin = next(place for place, call in enumerate(calls) if call.kind == "mark" and call.number == mark)
    return [call for call in calls[begin:] if call.kind in ERRNOS]


def name_of(fault):
    kind, number, _, error, times = fault
    return f"call {number}, {kind}: {errno.errorcode[error]} {'once' if times else 'from then on'}"


CLEAN = (FasterLogError, OSError, MemoryError)


def attempt(call):
    try:
        return call(), None
    except CLEAN as failure:
        return None, failure


class Case:
    """One operation on a copy of the base."""

    def __init__(self, bench, level, disk):
        self.path, self.image, self.level, self.disk = f"{bench}/log", f"{bench}/image", level, disk

    def copy(self, base):
        shutil.rmtree(self.path, ignore_errors=True)
        shutil.copytree(base, self.path)

    def open(self):
        return small_log(self.path, **options(self.level))

    def check_files(self, expected, *, killed):
        """What an opening finds; before it the log is closed, or killed."""
        path = self.path
        if killed:
            shutil.rmtree(self.image, ignore_errors=True)
            shutil.copytree(self.path, self.image)
            path = self.image
        with small_log(path, **options(self.level)) as log:
            expected.check(log)


def check_operation(case, base, operation, inject_all, turn):
    """Opens, makes ready, injects, does it, and looks at everything; returns the calls that the operation has made."""
    prepare, do, what = OPERATIONS[operation]
    disk = case.disk
    before = descriptors()
    case.copy(base)
    log = case.open()
    if prepare:
        prepare(log)
        log.sync()
    seen = view(log)
    events = [*events_of(seen), ("durable", log.durable_lsn)]
    mark = disk.mark()
    faults = inject_all()
    lsn, failure = attempt(lambda: do(log))
    disk.mend()
    done = calls_since(disk, mark)
    poisoned = log.poisoned
    if what is not None:
        events.append(("begin", 1, what))
    check_verdict(done, failure, poisoned)
    if failure is None and what is not None:
        events.append(("returned", 1, lsn or 0, log.durable_lsn))
    if poisoned is not None:
        if operation == "discard":  # it is done in memory, and may be done on disk
            seen["entries"] = {slot: entry for slot, entry in seen["entries"].items() if slot < 8}
        check_poisoned(log, poisoned, seen, disk)
    elif failure is not None:
        lsn, again = attempt(lambda: do(log))  # the fault is gone
        assert again is None, f"it does not go on after {failure!r}: {again!r}"
        if what is not None:
            events.append(("returned", 1, lsn or 0, log.durable_lsn))
    killed = turn % 2 == 0
    if killed:
        case.check_files(Expected(events, lasting=case.level == "process"), killed=True)
    if poisoned is None:
        log.accept(50, (9, 9), b"goes on")
        events += [("begin", 2, ("accept", 50, (9, 9), b"goes on")), ("returned", 2, 0, log.durable_lsn)]
        log.close()
        events.append(("durable", 2**62))
    else:
        with contextlib.suppress(LogPoisonedError):
            log.close()
    case.check_files(Expected(events, lasting=case.level == "process"), killed=False)
    assert descriptors() == before, "descriptors are left open"
    return done, faults


def check_verdict(calls, failure, poisoned):
    """The exception fits the calls that have failed."""
    failed = [call for call in calls if call.result < 0 and not (call.kind == "unlink" and call.result == -errno.ENOENT)]
    errors = {-call.result for call in failed}
    if failure is None:
        return
    assert errors, f"nothing failed but {failure!r}"
    lasting = [
        call for call in failed if call.kind in ("fdatasync", "fsync") or (call.kind == "pwrite" and -call.result not in FULL + RESOURCES)
    ]
    if lasting:
        assert poisoned is not None, f"not poisoned by {lasting[0]}"
        assert poisoned.errno in errors
        assert isinstance(failure, LogPoisonedError) and failure.errno in errors, f"{failure!r}"
    elif poisoned is None:
        if errors <= set(FULL):
            assert isinstance(failure, DiskFullError) and failure.errno in errors, f"{failure!r}"
        elif errors == {errno.ENOMEM}:
            assert isinstance(failure, MemoryError), f"{failure!r}"
        else:
            assert getattr(failure, "errno", None) in errors or isinstance(failure, MemoryError), f"{failure!r}"


def check_poisoned(log, poisoned, seen, disk):
    """P7: nothing more is acknowledged or tried, what was durable can be read."""
    mark = disk.mark()
    for call in (
        lambda: log.accept(60, (9, 9), b"no"),
        log.sync,
        log.checkpoint,
        lambda: log.promise((9, 9)),
        lambda: log.learn(61, (1, 1), b""),
    ):
        with pytest.raises(LogPoisonedError) as caught:
            call()
        assert caught.value.errno == poisoned.errno
    again = [call for call in calls_since(disk, mark) if call.kind in ("pwrite", "fdatasync", "fsync")]
    assert not again, f"tried again: {again[0]}"
    assert log.poisoned == poisoned
    now = view(log)["entries"]
    for slot, entry in seen["entries"].items():
        assert slot in now and (now[slot][2] == entry[2] or not entry[3]), f"slot {slot} cannot be read any more"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_call_of_an_operation_fails(bench, operation, level):
    base = f"{bench}/base"
    make_base(base, level)
    cases = 0
    with SimulatedDisk(bench) as disk:
        case = Case(bench, level, disk)
        calls, _ = check_operation(case, base, operation, list, 0)
        for turn, fault in enumerate(faults_of(calls)):
            try:
                _, injected = check_operation(case, base, operation, lambda fault=fault: [inject(disk, fault)], turn)
                assert injected[0].hits, "the call was not made"
            except BaseException as failure:
                failure.add_note(f"{operation} at {level}: {name_of(fault)}")
                raise
            cases += 1
        for turn in range(sum(call.kind in ("pread", "pwrite") for call in calls)):
            for times in (1, None):
                shorts = lambda turn=turn, times=times: [disk.short(after=turn, times=times, here=True)]  # noqa: E731
                done, _ = check_operation(case, base, operation, shorts, turn)
                assert not [call for call in done if call.result < 0 and call.kind == "pwrite"]
                cases += 1
        cases += pairs(disk, case, base, operation, level, calls)
    print(f"{operation} at {level}: {len(calls)} calls, {cases} cases")


def pairs(disk, case, base, operation, level, calls):
    rng = random.Random(f"{SEED}:{operation}:{level}")
    faults = list(faults_of(calls))
    for turn in range(PAIRS if faults else 0):
        two = rng.choice(faults), rng.choice(faults)
        try:
            check_operation(case, base, operation, lambda two=two: [inject(disk, fault) for fault in two], turn)
        except BaseException as failure:
            failure.add_note(f"{operation} at {level}, FASTERLOG_FAULT_SEED={SEED}: {' and '.join(map(name_of, two))}")
            raise
    return PAIRS if faults else 0


# ---- opening and closing


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("files", ["new", "closed", "killed"])
def test_every_call_of_an_opening_fails(bench, files, level):
    base = f"{bench}/base"
    if files == "new":
        os.mkdir(base)
    else:
        make_base(base, level, killed=files == "killed")
    with SimulatedDisk(bench) as disk:
        case = Case(bench, level, disk)
        calls, seen = check_opening(case, base, None, list)
        cases = 0
        for fault in faults_of(calls):
            try:
                _, now = check_opening(case, base, seen, lambda fault=fault: [inject(disk, fault)])
                assert now == seen
            except BaseException as failure:
                failure.add_note(f"opening {files} files at {level}: {name_of(fault)}")
                raise
            cases += 1
        for turn in range(sum(call.kind in ("pread", "pwrite") for call in calls)):
            for times in (1, None):
                _, now = check_opening(case, base, seen, lambda turn=turn, times=times: [disk.short(after=turn, times=times, here=True)])
                assert now == seen
                cases += 1
        rng = random.Random(f"{SEED}:{files}:{level}")
        faults = list(faults_of(calls))
        for _ in range(PAIRS):
            two = rng.choice(faults), rng.choice(faults)
            try:
                _, now = check_opening(case, base, seen, lambda two=two: [inject(disk, fault) for fault in two])
                assert now == seen
            except BaseException as failure:
                failure.add_note(f"opening {files} files at {level}, FASTERLOG_FAULT_SEED={SEED}: {' and '.join(map(name_of, two))}")
                raise
            cases += 1
    print(f"opening {files} files at {level}: {len(calls)} calls, {cases} cases")


def check_opening(case, base, seen, inject_all):
    """It fails cleanly or gives the log; then, without faults, it gives the log."""
    before = descriptors()
    case.copy(base)
    mark = case.disk.mark()
    inject_all()
    log, failure = attempt(case.open)
    case.disk.mend()
    calls = calls_since(case.disk, mark)
    if failure is None:
        assert seen is None or view(log) == seen
        log.accept(50, (9, 9), b"goes on")
        log.close()
    else:
        errors = {-call.result for call in calls if call.result < 0}
        if isinstance(failure, CorruptedLogError):  # what cannot be read is as good as damaged
            assert errno.EIO in errors and {call.kind for call in calls if call.result < 0} & {"pread", "madvise"}, f"{failure!r}"
        else:
            assert isinstance(failure, MemoryError) or failure.errno in errors, f"{failure!r}"
        assert not isinstance(failure, LogPoisonedError)
    assert descriptors() == before, "descriptors are left open"
    if failure is None:
        case.copy(base)
    with case.open() as log:
        return calls, view(log)


@pytest.mark.parametrize("level", LEVELS)
def test_every_call_of_a_close_fails(bench, level):
    base = f"{bench}/base"
    make_base(base, level)
    with SimulatedDisk(bench) as disk:
        case = Case(bench, level, disk)
        calls = check_close(case, base, list)
        cases = 0
        for fault in faults_of(calls):
            try:
                check_close(case, base, lambda fault=fault: [inject(disk, fault)])
            except BaseException as failure:
                failure.add_note(f"close at {level}: {name_of(fault)}")
                raise
            cases += 1
        for turn in range(sum(call.kind in ("pread", "pwrite") for call in calls)):
            for times in (1, None):
                check_close(case, base, lambda turn=turn, times=times: [disk.short(after=turn, times=times, here=True)])
                cases += 1
    print(f"close at {level}: {len(calls)} calls, {cases} cases")


def check_close(case, base, inject_all):
    before = descriptors()
    case.copy(base)
    log = case.open()
    fill_tail(log)
    log.sync()
    events = [*events_of(view(log)), ("durable", log.durable_lsn)]
    mark = case.disk.mark()
    inject_all()
    _, failure = attempt(log.close)
    case.disk.mend()
    calls = calls_since(case.disk, mark)
    check_verdict(calls, failure, failure if isinstance(failure, LogPoisonedError) else None)
    log.close()  # it is closed, whatever happened
    assert descriptors() == before, "descriptors are left open"
    case.check_files(Expected(events), killed=False)
    return calls
