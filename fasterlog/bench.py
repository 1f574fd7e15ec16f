"""`fasterlog bench`: what the log's operations cost on this machine, beside what nothing can beat.

Times vary between machines and moments, ratios hardly do.  So each round measures the floors (an
empty call into Cython, a raw write with fdatasync) and then every operation; a ratio is taken within
its round, and what is shown is the median of the rounds.  (What only touches memory gets five times
as many.)  Nothing is subtracted: each time includes the turn of the Python loop around it, which is
shown as a floor of its own.

Rounds write fresh slots of one log.  Its first lap over the mutable region is a warm-up and is thrown
away, since it touches the pages for the first time; what counts is the recycled memory that a log
lives on.  The background worker reclaims it, as ever, and is waited for between rounds.  There is no
explicit checkpoint or sync in between: the kernel protects pages that were synced, and the next store
to each of them would fault.  Reads of the tail have a log of their own, all of it checkpointed.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fasterlog import Ballot, FasterLog
from fasterlog._floor import Floor, write_sync

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Options", "Row", "run"]

BALLOT = Ballot(1, 1)
RING_BYTES_MAX = 64 << 20
RING_BYTES_MIN = 1 << 20
FRAME_HEADER_BYTES = 56
SCANNED = 1000
LARGE_VALUE = bytes(8 << 10)
WRITERS = 32
# Pieces in memory are made shorter than a time slice, so that most are not interrupted, and repeated more often.
MEMORY_ROUNDS = 5
# The goals are promised for values of this size, and for a reopened log of so many entries.
GOAL_SIZE = 128
GOAL_ENTRIES = 1_000_000

TURN = "empty loop turn"
PYTHON_CALL = "Python function, 3 arguments"
CALL_1 = "Cython method, 1 argument"
CALL_3 = "Cython method, 3 arguments"
RAW_SYNC = "pwrite + fdatasync in C"
ONE_WRITER = "durable accept, 1 thread"

SHORT = {None: "", CALL_3: "call", RAW_SYNC: "sync", ONE_WRITER: "one"}


@dataclass(frozen=True, slots=True)
class Options:
    """What `fasterlog bench` is asked to do."""

    size: int = GOAL_SIZE
    """Bytes of a value."""
    threads: int = 0
    """Concurrent reads are measured with 1, 2, 4, ... and this many threads; 0: one per CPU."""
    rounds: int = 11
    operations: int = 5000
    """Calls per operation and round, where they only touch memory."""
    syncs: int = 1000
    """The same, where each waits for the disk."""
    entries: int = GOAL_ENTRIES
    """Of the log that is reopened, and of the one whose memory is measured."""
    directory: Path | None = None
    """Where the logs are made (and removed); None: the directory for temporary files."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on an operation's ratio to a floor, or, without one, on its value."""

    text: str
    bound: float
    at_least: bool = False

    def met(self, figure: float) -> bool:
        return figure >= self.bound if self.at_least else figure <= self.bound


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result; `ratio` is to `base`, and `met` says whether it reaches `goal`."""

    name: str
    value: float
    unit: str
    base: str | None = None
    ratio: float | None = None
    goal: str | None = None
    met: bool | None = None


@dataclass(slots=True)
class Samples:
    """Nanoseconds per operation, by name, one for each round."""

    rounds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, ns: float) -> None:
        self.rounds.setdefault(name, []).append(ns)

    def median(self, name: str) -> float:
        return statistics.median(self.rounds[name])

    def times(self, name: str, base: str) -> float:
        """How many times as long as `base` it takes."""
        pairs = zip(self.rounds[name], self.rounds[base], strict=True)
        return statistics.median(ns / base_ns for ns, base_ns in pairs)

    def speed(self, name: str, base: str) -> float:
        """Its rate as a multiple of that of `base`."""
        pairs = zip(self.rounds[name], self.rounds[base], strict=True)
        return statistics.median(base_ns / ns for ns, base_ns in pairs)


def frame_bytes(size: int) -> int:
    return FRAME_HEADER_BYTES + size + 7 & ~7


# --- timed loops: one for each number of arguments, since unpacking them would cost more than a call


def python_call(a: Any, b: Any, c: Any) -> None:
    pass


def time_turns(slots: range) -> float:
    start = time.perf_counter_ns()
    for _slot in slots:
        pass
    return (time.perf_counter_ns() - start) / len(slots)


def time_1(call: Callable[[int], Any], slots: range) -> float:
    start = time.perf_counter_ns()
    for slot in slots:
        call(slot)
    return (time.perf_counter_ns() - start) / len(slots)


def time_2(call: Callable[[int, Any], Any], slots: range, a: Any) -> float:
    start = time.perf_counter_ns()
    for slot in slots:
        call(slot, a)
    return (time.perf_counter_ns() - start) / len(slots)


def time_3(call: Callable[[int, Any, Any], Any], slots: range, a: Any, b: Any) -> float:
    start = time.perf_counter_ns()
    for slot in slots:
        call(slot, a, b)
    return (time.perf_counter_ns() - start) / len(slots)


def time_views(read: Callable[[int], Any], slots: range) -> float:
    start = time.perf_counter_ns()
    for slot in slots:
        memoryview(read(slot))
    return (time.perf_counter_ns() - start) / len(slots)


def time_cycles(log: FasterLog, slots: range, ballot: Ballot, value: bytes) -> float:
    accept, commit, read = log.accept, log.commit, log.read
    start = time.perf_counter_ns()
    for slot in slots:
        accept(slot, ballot, value)
        commit(slot, ballot)
        read(slot)
    return (time.perf_counter_ns() - start) / len(slots)


def time_threads(threads: int, body: Callable[[int], None]) -> int:
    """Nanoseconds from the moment when all threads stand ready until the last one has ended."""
    ready = threading.Barrier(threads + 1)
    errors: list[BaseException] = []

    def work(index: int) -> None:
        ready.wait()
        try:
            body(index)
        except BaseException as error:
            errors.append(error)

    workers = [threading.Thread(target=work, args=(k,), daemon=True) for k in range(threads)]
    for worker in workers:
        worker.start()
    ready.wait()
    start = time.perf_counter_ns()
    for worker in workers:
        worker.join()
    took = time.perf_counter_ns() - start
    if errors:
        raise errors[0]
    return took


# --- operations that only touch memory


class MemoryRounds:
    """The operations of level "process", which makes no system call."""

    def __init__(self, options: Options, directory: Path) -> None:
        self.options = options
        self.value = bytes(options.size)
        # What is written in one piece takes an eighth of the ring at most, so that none has to wait for space.
        share = RING_BYTES_MAX // 8
        slot_bytes = frame_bytes(options.size) + frame_bytes(0)
        self.count = max(1, min(options.operations, share // slot_bytes))
        self.large = max(1, min(options.operations, share // (4 * len(LARGE_VALUE))))
        self.round_bytes = 2 * self.count * slot_bytes + self.large * len(LARGE_VALUE)
        self.ring_bytes = RING_BYTES_MIN
        while self.ring_bytes < min(4 * self.round_bytes, RING_BYTES_MAX) or self.ring_bytes < 17 * options.size:
            self.ring_bytes *= 2
        self.next_slot = 0
        self.threads = thread_counts(options.threads)
        self.log = FasterLog(directory / "ring", durability="process", mutable_size=self.ring_bytes)
        self.tail_slots = range(self.count)
        self.tail = FasterLog(directory / "tail", durability="process", mutable_size=self.ring_bytes)
        fill(self.tail, self.tail_slots, self.value)
        self.tail.checkpoint()

    def run(self) -> Samples:
        for _ in range(self.ring_bytes // self.round_bytes + 1):
            self.round(Samples())
        samples = Samples()
        for _ in range(self.options.rounds * MEMORY_ROUNDS):
            self.round(samples)
        self.log.close()
        self.tail.close()
        return samples

    def round(self, samples: Samples) -> None:
        self.floors(samples)
        self.single_calls(samples)
        self.tail_reads(samples)
        self.concurrent_reads(samples)
        self.scan(samples)
        self.throughput(samples)
        self.settle()

    def take(self, count: int) -> range:
        slots = range(self.next_slot, self.next_slot + count)
        self.next_slot = slots.stop
        return slots

    def settle(self) -> None:
        """Lets the background worker finish, so that it is seldom at work in a timed piece."""
        deadline = time.monotonic() + 1.0
        while self.log.stats().ring_used > self.ring_bytes // 2 and time.monotonic() < deadline:
            time.sleep(0.001)

    def floors(self, samples: Samples) -> None:
        floor = Floor()
        slots = self.tail_slots
        samples.add(TURN, time_turns(slots))
        samples.add(PYTHON_CALL, time_3(python_call, slots, BALLOT, self.value))
        samples.add(CALL_1, time_1(floor.empty, slots))
        samples.add(CALL_3, time_3(floor.empty3, slots, BALLOT, self.value))

    def single_calls(self, samples: Samples) -> None:
        log = self.log
        slots = self.take(self.count)
        samples.add("accept", time_3(log.accept, slots, BALLOT, self.value))
        samples.add("read uncommitted", time_1(log.read, slots))
        samples.add("commit", time_2(log.commit, slots, BALLOT))
        samples.add("read committed", time_1(log.read_committed, slots))
        samples.add("full cycle", time_cycles(log, self.take(self.count), BALLOT, self.value))

    def tail_reads(self, samples: Samples) -> None:
        slots = self.tail_slots
        samples.add("read committed, tail", time_1(self.tail.read_committed, slots))
        samples.add("zero-copy read, tail", time_views(self.tail.read, slots))
        start = time.perf_counter_ns()
        for _entry in self.tail.iter_committed(slots.start, slots.stop):
            pass
        samples.add("iterate committed", (time.perf_counter_ns() - start) / len(slots))

    def concurrent_reads(self, samples: Samples) -> None:
        slots = self.tail_slots
        for threads in self.threads:

            def body(index: int) -> None:
                # Bound once per thread: looked up at each call, they would contend for the log's reference count.
                time_1(self.tail.read_committed, slots)

            took = time_threads(threads, body)
            samples.add(reads_by(threads), took / (threads * len(slots)))

    def scan(self, samples: Samples) -> None:
        slots = self.take(SCANNED)
        for slot in slots:
            self.log.accept(slot, BALLOT, self.value)
        start = time.perf_counter_ns()
        found = self.log.scan_uncommitted(slots.start, slots.stop)
        samples.add("scan of 1000 uncommitted", time.perf_counter_ns() - start)
        assert len(found) == SCANNED
        self.commit(slots)

    def throughput(self, samples: Samples) -> None:
        slots = self.take(self.large)
        samples.add("write throughput", time_3(self.log.accept, slots, BALLOT, LARGE_VALUE))
        self.commit(slots)

    def commit(self, slots: range) -> None:
        for slot in slots:
            self.log.commit(slot, BALLOT)


def thread_counts(most: int) -> list[int]:
    most = most or os.cpu_count() or 1
    counts = [1]
    while counts[-1] * 2 <= most:
        counts.append(counts[-1] * 2)
    return counts if counts[-1] == most else [*counts, most]


def reads_by(threads: int) -> str:
    return f"concurrent reads, {threads} thread{'s' if threads > 1 else ''}"


# --- operations that wait for the disk


def durable_rounds(options: Options, directory: Path) -> Samples:
    value = bytes(options.size)
    record = bytes(frame_bytes(options.size))
    samples = Samples()
    with (
        zeroed_file(directory / "raw", len(record) * options.syncs) as raw,
        FasterLog(directory / "accept", durability="accept") as accepting,
        FasterLog(directory / "commit", durability="commit") as committing,
    ):
        for number in range(options.rounds + 1):
            # The first round grows the files and is thrown away.
            kept = samples if number else Samples()
            first = number * options.syncs * (WRITERS + 1)
            slots = range(first, first + options.syncs)
            kept.add(RAW_SYNC, write_sync(raw, record, 0, options.syncs) / options.syncs)
            kept.add(ONE_WRITER, time_3(accepting.accept, slots, BALLOT, value))
            kept.add(writers(), time_writers(accepting, slots.stop, options.syncs, value))
            for slot in slots:
                committing.accept(slot, BALLOT, value, wait=False)
            committing.sync()
            kept.add("durable commit", time_2(committing.commit, slots, BALLOT))
    return samples


def time_writers(log: FasterLog, first: int, syncs: int, value: bytes) -> float:
    each = max(1, syncs // 4)

    def body(index: int) -> None:
        time_3(log.accept, range(first + index * each, first + (index + 1) * each), BALLOT, value)

    return time_threads(WRITERS, body) / (WRITERS * each)


def writers() -> str:
    return f"durable accept, {WRITERS} threads"


@contextmanager
def zeroed_file(path: Path, size: int) -> Iterator[int]:
    """A descriptor of a file whose blocks are written: so are those that the log syncs into."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, bytes(size))
        os.fsync(descriptor)
        yield descriptor
    finally:
        os.close(descriptor)


# --- a large log: reopening it, and the memory it takes


def fill(log: FasterLog, slots: range, value: bytes) -> None:
    accept, commit = log.accept, log.commit
    for slot in slots:
        accept(slot, BALLOT, value)
        commit(slot, BALLOT)


def reopen_rounds(options: Options, directory: Path) -> Samples:
    with FasterLog(directory, durability="process") as log:
        fill(log, range(options.entries), bytes(options.size))
    samples = Samples()
    for _ in range(options.rounds):
        start = time.perf_counter_ns()
        log = FasterLog(directory, durability="process")
        samples.add(reopened(options), time.perf_counter_ns() - start)
        with log:
            assert len(log) == options.entries
    return samples


def reopened(options: Options) -> str:
    return f"reopen, {options.entries:,} entries"


def memory_per_entry(options: Options, directory: Path) -> float:
    """Anonymous bytes of a fresh process, for each committed entry that it holds."""
    arguments = [os.fspath(directory), str(options.size), str(options.entries)]
    command = [sys.executable, "-P", "-m", "fasterlog.bench", *arguments]
    return float(subprocess.run(command, check=True, capture_output=True).stdout)


def memory_main(directory: str, size: str, entries: str) -> None:
    # At level "process" the mutable region is its file: it is no anonymous memory, nor the tail.
    log = FasterLog(directory, durability="process")
    value = bytes(int(size))
    fill(log, range(SCANNED), value)
    log.checkpoint()
    gc.collect()
    before = anonymous_bytes()
    fill(log, range(SCANNED, SCANNED + int(entries)), value)
    log.checkpoint()
    gc.collect()
    print((anonymous_bytes() - before) / int(entries))
    log.close()


def anonymous_bytes() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise OSError("the kernel does not tell RssAnon in /proc/self/status")


# --- the rows


def memory_rows(samples: Samples, options: Options) -> list[Row]:
    rows = [Row(name, samples.median(name), "ns") for name in (TURN, PYTHON_CALL, CALL_1, CALL_3)]
    goals = {
        "accept": 3.0,
        "commit": 3.0,
        "read committed": 2.5,
        "read uncommitted": 2.5,
        "read committed, tail": 2.5,
        "zero-copy read, tail": 5.0,
        "full cycle": 9.0,
    }
    for name, bound in goals.items():
        goal = Goal(f"≤ {bound:g}", bound) if options.size == GOAL_SIZE else None
        rows.append(judged(name, samples.median(name), "ns", goal, samples.times(name, CALL_3), CALL_3))
    rows += [
        Row(name, samples.median(name), "ns", CALL_3, samples.times(name, CALL_3))
        for name in (*(name for name in samples.rounds if name.startswith("concurrent")), "iterate committed")
    ]
    scan = "scan of 1000 uncommitted"
    rows.append(Row(scan, samples.median(scan) / 1e3, "µs"))
    # Bytes per nanosecond are GB/s.
    rate = len(LARGE_VALUE) / samples.median("write throughput") * 1e3
    rows.append(Row("write throughput, 8 KiB values", rate, "MB/s"))
    return rows


def durable_rows(samples: Samples, options: Options) -> list[Row]:
    alone = Goal("≥ 0.9", 0.9, at_least=True)
    many = Goal("≥ 4", 4.0, at_least=True)
    at_goal_size = options.size == GOAL_SIZE

    def row(name: str, base: str, goal: Goal | None) -> Row:
        ratio = samples.speed(name, base)
        return judged(name, samples.median(name) / 1e3, "µs", goal if at_goal_size else None, ratio, base)

    return [
        Row(RAW_SYNC, samples.median(RAW_SYNC) / 1e3, "µs"),
        row(ONE_WRITER, RAW_SYNC, alone),
        row(writers(), ONE_WRITER, many),
        row("durable commit", RAW_SYNC, None),
    ]


def large_rows(samples: Samples, memory: float, options: Options) -> list[Row]:
    at_goal = options.size == GOAL_SIZE and options.entries == GOAL_ENTRIES
    fast = Goal("≤ 50 ms", 50.0) if at_goal else None
    small = Goal("≤ 16 bytes", 16.0) if at_goal else None
    name = reopened(options)
    return [
        judged(name, samples.median(name) / 1e6, "ms", fast),
        judged("anonymous memory per entry", memory, "bytes", small),
    ]


def judged(
    name: str,
    value: float,
    unit: str,
    goal: Goal | None,
    ratio: float | None = None,
    base: str | None = None,
) -> Row:
    figure = value if ratio is None else ratio
    met = None if goal is None else goal.met(figure)
    return Row(name, value, unit, base, ratio, None if goal is None else goal.text, met)


def measure(options: Options, directory: Path, step: Callable[[str], None]) -> list[Row]:
    """All rows; `step` is told what comes next."""
    step("operations in memory")
    rows = memory_rows(MemoryRounds(options, directory / "memory").run(), options)
    step("operations that wait for the disk")
    rows += durable_rows(durable_rounds(options, directory), options)
    step("a large log")
    reopening = reopen_rounds(options, directory / "reopen")
    memory = memory_per_entry(options, directory / "resident")
    return rows + large_rows(reopening, memory, options)


def run(options: Options, console: Console, as_json: bool) -> None:
    """Measures and prints a table, or one JSON object on standard output."""
    directory = Path(tempfile.mkdtemp(prefix="fasterlog-bench-", dir=options.directory))
    collecting = gc.isenabled()
    gc.disable()  # as timeit does: a collection in the middle of a loop is nobody's cost
    try:
        if as_json:
            rows = measure(options, directory, lambda text: None)
            print(json.dumps({**machine(), **plain(options), "rows": [asdict(row) for row in rows]}))
            return
        with console.status("") as status:
            rows = measure(options, directory, lambda text: status.update(f"measuring {text}"))
        show(rows, options, console)
    finally:
        if collecting:
            gc.enable()
        shutil.rmtree(directory)


def plain(options: Options) -> dict[str, Any]:
    return {**asdict(options), "directory": os.fspath(options.directory or tempfile.gettempdir())}


def machine() -> dict[str, Any]:
    from fasterlog import __version__

    return {
        "fasterlog": __version__,
        "python": platform.python_version(),
        "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
    }


def show(rows: Sequence[Row], options: Options, console: Console) -> None:
    from rich.box import SIMPLE
    from rich.table import Table

    about = machine()
    console.print(
        f"fasterlog {about['fasterlog']}, Python {about['python']}"
        f"{' free-threaded' if about['free_threaded'] else ''}, {about['system']},"
        f" {about['cpus']} CPUs; values of {options.size} bytes; medians of {options.rounds} rounds"
        " after a warm-up lap over the mutable region",
        highlight=False,
    )
    table = Table("operation", "each", "ratio", "goal", box=SIMPLE, pad_edge=False, padding=(0, 1))
    for column in table.columns:
        column.no_wrap = True
    table.columns[1].justify = table.columns[2].justify = "right"
    marks = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f} {SHORT[row.base]}"
        goal = f"{row.goal:6} {marks[row.met]}" if row.goal else ""
        table.add_row(row.name, f"{row.value:,.1f} {row.unit:2}", ratio, goal)
    console.print(table)
    console.print(
        f"call: the time of an empty {CALL_3}\nsync: the rate of {RAW_SYNC}\none: the rate of {ONE_WRITER}",
        highlight=False,
    )


if __name__ == "__main__":
    memory_main(*sys.argv[1:])
