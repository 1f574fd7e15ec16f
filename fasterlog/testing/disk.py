"""A disk that remembers what was asked of it, and fails on command."""

from __future__ import annotations

import contextlib
import errno as _errno
import itertools
import os
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING

from fasterlog.testing import _calls

if TYPE_CHECKING:
    from typing import Self

    from typing_extensions import Buffer

__all__ = ["FAULTY", "Call", "Fault", "Recording", "SimulatedDisk", "another_boot", "quiet_background"]

FAULTY = tuple(kind for kind in _calls.KINDS if kind not in ("store", "mark"))
"""The kinds of calls that can be made to fail."""

_boots = itertools.count(1)
_FOREVER = 2**62


@dataclass(frozen=True, slots=True)
class Call:
    """One record of a trace.

    kind: "open", "close", "pread", "pwrite", "fdatasync", "fsync", "ftruncate", "size", "rename", "unlink", "mkdir", "flock", "memfd",
    "mmap" or "madvise"; "store": bytes changed through a shared mapping; "mark": `SimulatedDisk.mark` was called.
    """

    kind: str
    fd: int = -1
    result: int = 0
    """What the call returned, or -errno."""
    path: str = ""
    """Of open, unlink, mkdir, and what rename renames; relative to the disk's directory, "" the directory itself."""
    target: str = ""
    """The new name of a rename."""
    offset: int = 0
    size: int = 0
    """Bytes asked for."""
    flags: int = 0
    """Of open."""
    number: int = 0
    """Of a mark."""
    begin: int = 0
    """fdatasync and fsync: how long the trace was when the call began; it covers what was written before that."""
    thread: int = 0
    data: bytes = b""
    """What was written."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Files as they were when recording began, and every call since; pickles."""

    initial: dict[str, bytes | None]
    """Relative path to content; None: a directory."""
    calls: tuple[Call, ...]

    def then(self, prefix: int, later: Recording) -> Recording:
        """One recording of two processes on the same files: the first was killed after `prefix` calls, and `later` is its successor's.

        What the first had not synced is then still in doubt when the power fails under the second.  `ValueError` for a prefix that the
        recording does not have.
        """
        if not 0 <= prefix <= len(self.calls):
            raise ValueError(f"prefix must be 0 to {len(self.calls)}, not {prefix}")
        moved = (replace(call, begin=call.begin + prefix) if call.kind in ("fdatasync", "fsync") else call for call in later.calls)
        return Recording(self.initial, (*self.calls[:prefix], *moved))


class Fault:
    """Calls that fail; made by `SimulatedDisk.fail` and `SimulatedDisk.short`."""

    __slots__ = ("_number",)

    def __init__(self, number: int) -> None:
        self._number = number

    @property
    def hits(self) -> int:
        """How many calls have failed because of it."""
        return _calls.hits(self._number)


class SimulatedDisk:
    """Records the calls on all files below `directory`, which exists, while it is used as a context manager.

        with SimulatedDisk("/dev/shm/x") as disk:
            log = FasterLog("/dev/shm/x/log")
            disk.fail(errno.EIO, kinds=["fdatasync"], after=3)
            ...
        for state in crash_states(disk.recording(), count=1000):
            ...

    The calls are real ones, on real files; a memory file system makes them fast.  What a fasterlog log does is seen by itself.
    Storage of one's own is seen if it works through the methods of this class (`open`, `pwrite`, `fdatasync`, ...).

    One at a time in a process, and to be entered and left while no log is open below the directory.

    Thread-safety: any method on any thread.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = os.path.abspath(os.fspath(directory))
        self._calls: list[Call] = []
        self._initial: dict[str, bytes | None] = {}
        self._marks = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        # A log may be about to make the directory itself, but not those above it.
        if not os.path.isdir(os.path.dirname(self.directory)):
            raise NotADirectoryError(_errno.ENOTDIR, "its parent is no directory, so nothing could be recorded", self.directory)
        self._initial = read_tree(self.directory)
        self._calls = []
        self._marks = 0
        _calls.start(self.directory)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        _calls.stop()
        self._collect()

    # --- the trace

    def mark(self) -> int:
        """Notes a moment in the trace, say "this call has returned"; the first mark has number 0."""
        with self._lock:  # numbers in the order of the trace
            number = self._marks
            self._marks += 1
            _calls.mark(number)
        return number

    @property
    def calls(self) -> tuple[Call, ...]:
        """The trace so far."""
        self._collect()
        return tuple(self._calls)

    def recording(self) -> Recording:
        return Recording(self._initial, self.calls)

    def _collect(self) -> None:
        with self._lock:
            self._calls += [self._call(*record) for record in _calls.take()]

    def _call(self, kind: int, fd: int, result: int, offset: int, size: int, begin: int, thread: int, data: bytes) -> Call:
        name = _calls.KINDS[kind]
        path = target = ""
        flags = number = 0
        if name in ("open", "unlink", "mkdir", "rename"):
            path, _, target = os.fsdecode(data).partition("\0")
            path, target, data = self._relative(path), self._relative(target), b""
        if name == "open":
            flags, offset = offset, 0
        if name == "mark":
            number, offset = offset, 0
        return Call(name, fd, result, path, target, offset, size, flags, number, begin, thread, data)

    def _relative(self, path: str) -> str:
        return "" if not path or path == self.directory else os.path.relpath(path, self.directory)

    # --- faults

    def fail(
        self,
        errno: int = _errno.EIO,
        *,
        kinds: Iterable[str] = FAULTY,
        after: int = 0,
        times: int | None = None,
        path: str = "",
        here: bool = False,
    ) -> Fault:
        """From now on, of the calls of these kinds, lets `after` succeed and then `times` (None: all) fail with `errno`; they are not made.

        path: only files whose path contains it.  here: only calls of this thread count.
        """
        if errno <= 0:
            raise ValueError(f"errno must be positive, not {errno}")
        return self._rule(kinds, errno, after, times, path, here)

    def short(
        self,
        *,
        kinds: Iterable[str] = ("pread", "pwrite"),
        after: int = 0,
        times: int | None = None,
        path: str = "",
        here: bool = False,
    ) -> Fault:
        """As `fail`, but the reads and writes take half of what they are given."""
        kinds = tuple(kinds)
        if not set(kinds) <= {"pread", "pwrite"}:
            raise ValueError(f"only reads and writes can be short, not {kinds}")
        return self._rule(kinds, 0, after, times, path, here)

    def _rule(self, kinds: Iterable[str], errno: int, after: int, times: int | None, path: str, here: bool) -> Fault:
        kinds = tuple(kinds)
        if not set(kinds) <= set(FAULTY):
            raise ValueError(f"kinds must be of {FAULTY}, not {kinds}")
        return Fault(_calls.fail(kinds, errno, after, _FOREVER if times is None else times, path, here))

    def mend(self) -> None:
        """No more faults."""
        _calls.clear_faults()

    # --- for storage of one's own: the calls, on absolute paths or paths below the directory

    def open(self, path: str | os.PathLike[str], flags: int = os.O_RDWR, mode: int = 0o666) -> int:
        """The descriptor.  Symbolic links are not followed, and a child that is executed does not get it."""
        return _calls.file_open(self._absolute(path), flags, mode)

    def close(self, fd: int) -> None:
        _calls.file_close(fd)

    def pread(self, fd: int, size: int, offset: int) -> bytes:
        return _calls.file_pread(fd, size, offset)

    def pwrite(self, fd: int, data: Buffer, offset: int) -> int:
        """The number of bytes written, which may be less than were given."""
        return _calls.file_pwrite(fd, data, offset)

    def fdatasync(self, fd: int) -> None:
        _calls.file_fdatasync(fd)

    def fsync(self, fd: int) -> None:
        _calls.file_fsync(fd)

    def ftruncate(self, fd: int, size: int) -> None:
        _calls.file_ftruncate(fd, size)

    def size(self, fd: int) -> int:
        return _calls.file_size(fd)

    def rename(self, source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
        _calls.file_rename(self._absolute(source), self._absolute(target))

    def unlink(self, path: str | os.PathLike[str]) -> None:
        _calls.file_unlink(self._absolute(path))

    def mkdir(self, path: str | os.PathLike[str], mode: int = 0o777) -> None:
        _calls.file_mkdir(self._absolute(path), mode)

    def sync_directory(self, path: str | os.PathLike[str] = "") -> None:
        """fsync of a directory: creations, renames and removals in it are durable."""
        _calls.file_sync_directory(self._absolute(path))

    def _absolute(self, path: str | os.PathLike[str]) -> str:
        whole = os.path.normpath(os.path.join(self.directory, os.fspath(path)))
        if "\0" in whole:
            raise ValueError(f"path must not hold a null character: {whole!r}")
        return whole


def read_tree(directory: str) -> dict[str, bytes | None]:
    """Every file below the directory: relative path to content, None for a directory."""
    found: dict[str, bytes | None] = {}
    for folder, folders, files in os.walk(directory):
        for name in folders:
            found[os.path.relpath(os.path.join(folder, name), directory)] = None
        for name in files:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, directory)] = file.read()
    return found


@contextlib.contextmanager
def another_boot(number: int | None = None) -> Iterator[int]:
    """Inside, logs are opened as after a restart of the machine: what lies in their files has come from a disk, not from the page cache.

    number: which boot; 0 is this machine's own.  None: one that has not been yet; the context manager gives its number.
    Of the process: other threads' openings count the same.  May be nested.
    """
    before = _calls.boot_number()
    now = next(_boots) if number is None else number
    _calls.set_boot(now)
    try:
        yield now
    finally:
        _calls.set_boot(before)


@contextlib.contextmanager
def quiet_background() -> Iterator[None]:
    """Inside, the threads that sync and checkpoint logs in the background do nothing, so that the same work makes the same calls."""
    _calls.pause_background(True)
    try:
        time.sleep(0.1)  # the nap that they are in now
        yield
    finally:
        _calls.pause_background(False)
