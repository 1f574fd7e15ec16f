"""`fasterlog demo`: the log's main job on real data, with a kill -9 in the middle.

1. A child process feeds lines as commands: it promises a ballot, and several threads accept and
   commit groups of lines, slot i holding line i.  After each call that returned it says so on a pipe.
2. The parent kills the child with SIGKILL while it is at work, and reads the pipe to its end.
3. The parent opens the log and checks that nothing acknowledged is missing (see `check_survivors`).
4. It promises a higher ballot, proposes again the votes that the promise reports, as a new leader
   would, and feeds the rest.
5. It closes and opens the log once more and compares every committed entry with the input.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from fasterlog import Ballot, FasterLog, FasterLogError
from fasterlog.config import Durability

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

__all__ = ["Options", "run", "run_check"]

NODE = 1
# Values are cut to this: longer than any line of code, shorter than the default `max_value_size`.
LINE_BYTES_MAX = 1 << 20
GROUP_BYTES_MAX = 1 << 20
# The child stops here and waits for its end, so that there is always something left to finish.
CHILD_SHARE = 0.75
PROBLEMS_SHOWN = 10

# One message of the child: what returned, first slot, number of slots.  Far below PIPE_BUF, so each
# write is whole or absent, whichever thread makes it and whenever the kill comes.
MESSAGE = struct.Struct("<BQI")
ACCEPTED, COMMITTED = 0, 1
Report = Callable[[int, range], None]


@dataclass(frozen=True, slots=True)
class Options:
    """What `fasterlog demo` is asked to do."""

    inputs: tuple[Path, ...] = ()
    """Files whose lines are fed; none: the standard library's."""
    directory: Path | None = None
    """Where the log is made; None: a temporary directory, removed at the end."""
    durability: Durability = "accept"
    threads: int = 4
    group: int = 64
    """Lines per batch."""
    limit: int | None = None
    """At most so many lines."""
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """A row of the closing table."""

    name: str
    seconds: float
    lines: int = 0
    size: int = 0


@dataclass(slots=True)
class Outcome:
    """What the run came to."""

    phases: list[Phase] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, name: str, seconds: float, fed: Sequence[bytes] = ()) -> None:
        self.phases.append(Phase(name, seconds, len(fed), sum(map(len, fed))))


# --- the input


def corpus(inputs: Sequence[Path], limit: int | None) -> list[bytes]:
    """The lines of the files, without their line ends; slot i is to hold line i."""
    lines: list[bytes] = []
    for path in inputs or standard_library():
        for line in path.read_bytes().split(b"\n"):
            lines += cut(line)
        if limit is not None and len(lines) >= limit:
            return lines[:limit]
    return lines


def cut(line: bytes) -> list[bytes]:
    if len(line) <= LINE_BYTES_MAX:
        return [line]
    return [line[at : at + LINE_BYTES_MAX] for at in range(0, len(line), LINE_BYTES_MAX)]


def standard_library() -> list[Path]:
    root = Path(sysconfig.get_paths()["stdlib"])
    foreign = {"site-packages", "dist-packages"}
    return sorted(path for path in root.rglob("*.py") if foreign.isdisjoint(path.parts))


def spool(lines: Sequence[bytes], path: Path) -> None:
    """Writes the lines for the child to read: lengths in front, since lines may hold anything."""
    with path.open("wb") as file:
        for line in lines:
            file.write(len(line).to_bytes(4, "little"))
            file.write(line)


def unspool(path: Path) -> list[bytes]:
    data = path.read_bytes()
    lines = []
    at = 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "little")
        lines.append(data[at + 4 : end])
        at = end
    return lines


# --- feeding


def groups(slots: Iterable[int], lines: Sequence[bytes], most: int) -> Iterator[range]:
    """Cuts ascending slots into runs of neighbours, of at most `most` lines and 1 MiB or one line."""
    start = stop = size = 0
    for slot in slots:
        full = stop - start >= most or size + len(lines[slot]) > GROUP_BYTES_MAX
        if stop > start and (slot != stop or full):
            yield range(start, stop)
            start = stop
        if stop == start:
            start, size = slot, 0
        stop = slot + 1
        size += len(lines[slot])
    if stop > start:
        yield range(start, stop)


def feed(
    log: FasterLog,
    ballot: Ballot,
    lines: Sequence[bytes],
    work: Sequence[range],
    threads: int,
    report: Report,
) -> None:
    """Accepts and commits the groups on several threads; raises the first error of any of them."""
    errors: list[BaseException] = []

    def body(mine: Sequence[range]) -> None:
        try:
            for group in mine:
                feed_group(log, ballot, lines, group, report)
        except BaseException as error:
            errors.append(error)

    # Every thread takes each n-th group: neighbours are fed at the same time.
    workers = [threading.Thread(target=body, args=(work[index::threads],), daemon=True) for index in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if errors:
        raise errors[0]


def feed_group(log: FasterLog, ballot: Ballot, lines: Sequence[bytes], group: range, report: Report) -> None:
    with log.batch() as batch:
        for slot in group:
            batch.accept(slot, ballot, lines[slot])
    report(ACCEPTED, group)
    with log.batch() as batch:
        for slot in group:
            batch.commit(slot, ballot)
    report(COMMITTED, group)


# --- the child


def child_main(arguments: Sequence[str]) -> None:
    """Feeds three quarters of the lines, tells its parent, and waits to be killed."""
    directory, spooled, durability, threads, group = arguments
    lines = unspool(Path(spooled))
    pipe = sys.stdout.fileno()

    def report(kind: int, slots: range) -> None:
        os.write(pipe, MESSAGE.pack(kind, slots.start, len(slots)))

    log = FasterLog(directory, durability=cast(Durability, durability))
    ballot = Ballot(1, NODE)
    log.promise(ballot)
    share = range(int(len(lines) * CHILD_SHARE))
    feed(log, ballot, lines, list(groups(share, lines, int(group))), int(threads), report)
    # Never closed: the kill is meant to find it as it is.  Ends by itself if the parent is gone.
    sys.stdin.buffer.read()
    os._exit(0)


@dataclass(slots=True)
class Acknowledged:
    """What the child said had returned, a byte for each slot."""

    accepted: bytearray
    committed: bytearray
    commits: int = 0
    seconds: float = 0.0
    """From the first message to the child's end: without the time that Python takes to start."""

    def add(self, data: bytes) -> bytes:
        """Takes in whole messages; returns the piece of one that is left."""
        whole = len(data) - len(data) % MESSAGE.size
        for kind, first, count in MESSAGE.iter_unpack(data[:whole]):
            marks = self.committed if kind == COMMITTED else self.accepted
            marks[first : first + count] = b"\1" * count
            self.commits += count * (kind == COMMITTED)
        return data[whole:]


def run_child(options: Options, log_path: Path, lines: Sequence[bytes], moved: Callable[[int], None]) -> Acknowledged:
    """Runs the child, kills it in the middle, and returns what it had acknowledged."""
    spooled = log_path.with_name("lines")
    spool(lines, spooled)
    acknowledged = Acknowledged(bytearray(len(lines)), bytearray(len(lines)))
    target = int(len(lines) * CHILD_SHARE * random.uniform(0.5, 0.9))
    command = [sys.executable, "-P", "-m", "fasterlog.demo", os.fspath(log_path), os.fspath(spooled)]
    command += [options.durability, str(options.threads), str(options.group)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        rest, start = b"", 0.0
        while data := os.read(child.stdout.fileno(), 1 << 16):
            start = start or time.perf_counter()
            rest = acknowledged.add(rest + data)
            moved(acknowledged.commits)
            if acknowledged.commits >= target:
                child.kill()
        acknowledged.seconds = time.perf_counter() - start
    spooled.unlink()
    if child.returncode != -9:
        raise ChildProcessError(f"the child ended by itself, with status {child.returncode}")
    return acknowledged


# --- checking


def check_survivors(log: FasterLog, lines: Sequence[bytes], acknowledged: Acknowledged, durability: Durability) -> list[str]:
    """What was acknowledged before the kill and is not in the log as it should be.

    At every level each accept that returned must be there, as a vote or committed.  At "process" and
    "commit" each commit that returned must be, too; at "accept" commits follow a little later, and
    the last may be votes again.
    """
    problems = []
    for slot, line in enumerate(lines):
        if not acknowledged.accepted[slot]:
            continue
        entry = log.get(slot)
        if entry is None:
            problems.append(f"slot {slot}: accepted and acknowledged, but lost")
        elif entry.value != line:
            problems.append(f"slot {slot}: holds {entry!r}, not the line that was accepted")
        elif acknowledged.committed[slot] and not entry.committed and durability != "accept":
            problems.append(f"slot {slot}: committed and acknowledged, but only a vote")
    return problems


def check(path: Path, lines: Sequence[bytes]) -> list[str]:
    """How the log's committed entries differ from the lines, byte for byte."""
    problems = []
    slot = 0
    with FasterLog(path) as log:
        for entry in log.iter_committed(gaps="skip"):
            if entry.slot != slot:
                problems.append(f"slots {slot} to {entry.slot - 1} are not committed")
            slot = entry.slot + 1
            if entry.slot >= len(lines):
                problems.append(f"slot {entry.slot}: there is no such line")
            elif entry.value != lines[entry.slot]:
                problems.append(f"slot {entry.slot}: {entry!r} is not {lines[entry.slot]!r:.60}")
    if slot < len(lines):
        problems.append(f"slots {slot} to {len(lines) - 1} are not committed")
    return problems


# --- the parent


def run(options: Options, console: Console) -> bool:
    """Runs the demo and prints what happens; False if anything was lost or differs."""
    lines = corpus(options.inputs, options.limit)
    if not lines:
        raise ValueError("the input has no lines")
    directory = prepare_directory(options.directory)
    console.print(
        f"{len(lines):,} lines, {sum(map(len, lines)):,} bytes; durability {options.durability!r},"
        f" {options.threads} threads, batches of {options.group} lines; log in {directory / 'log'}",
        highlight=False,
        soft_wrap=True,
    )
    outcome = Outcome()
    try:
        with progress_bar(console) as progress:
            go_through(options, directory / "log", lines, progress, outcome)
    finally:
        # What shows a difference is worth looking at.
        if not options.keep and not outcome.problems:
            shutil.rmtree(directory)
    show_phases(outcome.phases, console)
    show_verdict(outcome.problems, "nothing acknowledged was lost, and every committed entry equals its line", console)
    return not outcome.problems


def prepare_directory(wanted: Path | None) -> Path:
    if wanted is None:
        return Path(tempfile.mkdtemp(prefix="fasterlog-demo-"))
    wanted.mkdir(parents=True, exist_ok=True)
    if any(wanted.iterdir()):
        raise ValueError(f"{wanted} is not empty")
    return wanted


def go_through(options: Options, path: Path, lines: Sequence[bytes], progress: Progress, outcome: Outcome) -> None:
    task = progress.add_task("feeding (child)", total=len(lines))

    def moved(done: int) -> None:
        progress.update(task, completed=done)

    acknowledged = run_child(options, path, lines, moved)
    fed = [line for line, mark in zip(lines, acknowledged.committed, strict=True) if mark]
    outcome.add("child, until kill -9", acknowledged.seconds, fed)
    progress.console.print(
        f"killed the child after {acknowledged.accepted.count(1):,} acknowledged accepts and {acknowledged.commits:,} acknowledged commits",
        soft_wrap=True,
    )

    progress.update(task, description="reopening")
    start = time.perf_counter()
    log = FasterLog(path, durability=options.durability)
    outcome.add("reopen", time.perf_counter() - start)
    with log:
        progress.console.print(str(log.recovery), highlight=False)
        outcome.problems += check_survivors(log, lines, acknowledged, options.durability)
        progress.update(task, description="finishing")
        finish(options, log, lines, moved, outcome, progress.console)

    progress.update(task, description="checking")
    start = time.perf_counter()
    outcome.problems += check(path, lines)
    outcome.add("check every byte", time.perf_counter() - start, lines)
    progress.update(task, description="done", completed=len(lines))


def finish(
    options: Options,
    log: FasterLog,
    lines: Sequence[bytes],
    moved: Callable[[int], None],
    outcome: Outcome,
    console: Console,
) -> None:
    """What a new leader does: a higher ballot, the votes it finds once more, then the rest."""
    done = len(log)
    lock = threading.Lock()

    def report(kind: int, slots: range) -> None:
        nonlocal done
        if kind == COMMITTED:
            with lock:
                done += len(slots)
                moved(done)

    start = time.perf_counter()
    ballot = Ballot(log.promised.id + 1 if log.promised else 1, NODE)
    # A vote is proposed again with the value that was found, never with one's own.
    values = list(lines)
    found = log.promise(ballot).entries
    decided = {entry.slot for entry in found if entry.committed}
    for entry in found:
        values[entry.slot] = entry.value
    console.print(
        f"promised {ballot}: {len(found) - len(decided):,} votes to propose again, {len(decided):,} decisions above a gap",
        soft_wrap=True,
        highlight=False,
    )
    rest = [slot for slot in range(log.committed_through + 1, len(lines)) if slot not in decided]
    feed(log, ballot, values, list(groups(rest, values, options.group)), options.threads, report)
    outcome.add("finish", time.perf_counter() - start, [values[slot] for slot in rest])


def run_check(options: Options, console: Console) -> bool:
    """Compares the log that an earlier demo kept with the input; False if a byte differs."""
    if options.directory is None:
        raise ValueError("--check needs the --directory that a demo has kept")
    try:
        problems = check(options.directory / "log", corpus(options.inputs, options.limit))
    except FasterLogError as error:
        problems = [f"{type(error).__name__}: {error}"]
    show_verdict(problems, "every committed entry equals its line", console)
    return not problems


# --- what is shown


def progress_bar(console: Console) -> Progress:
    from rich import progress

    return progress.Progress(
        progress.TextColumn("{task.description:16}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        console=console,
    )


def show_phases(phases: Sequence[Phase], console: Console) -> None:
    from rich.table import Table

    table = Table("phase", "lines", "seconds", "lines/s", "MB/s")
    for column in table.columns[1:]:
        column.justify = "right"
    for phase in phases:
        cells = [phase.name, "", f"{phase.seconds:.3f}"]
        if phase.lines:
            cells[1] = f"{phase.lines:,}"
            cells.append(f"{phase.lines / phase.seconds:,.0f}")
            cells.append(f"{phase.size / phase.seconds / 1e6:.1f}")
        table.add_row(*cells)
    console.print(table)


def show_verdict(problems: Sequence[str], good: str, console: Console) -> None:
    """The first few differences, or that there is none."""
    for problem in problems[:PROBLEMS_SHOWN]:
        console.print(problem, style="red", markup=False, highlight=False)
    if len(problems) > PROBLEMS_SHOWN:
        console.print(f"... and {len(problems) - PROBLEMS_SHOWN:,} more", style="red")
    if not problems:
        console.print(good)


if __name__ == "__main__":
    child_main(sys.argv[1:])
