"""An embedded, durable log for consensus protocols: WPaxos, Multi-Paxos, Raft.

from fasterlog import Ballot, FasterLog

with FasterLog("data/node-1") as log:
    log.promise(Ballot(7, node=2))
    log.accept(41, Ballot(7, 2), b"set x 1")
    log.commit(41, Ballot(7, 2))
    log.read(41).value
"""

from __future__ import annotations

from fasterlog.config import Config
from fasterlog.errors import (
    BallotConflictError,
    BallotMismatchError,
    BatchTooLargeError,
    BufferFullError,
    CorruptedEntryError,
    CorruptedLogError,
    CorruptedSnapshotError,
    DiskFullError,
    EntryTooLargeError,
    FasterLogError,
    ForkedError,
    FormatVersionError,
    GapError,
    IdentityError,
    LogClosedError,
    LogLockedError,
    LogPoisonedError,
    NoSnapshotError,
    NotCommittedError,
    NotCoveredError,
    ReadOnlyLogError,
    SafetyViolationError,
    SlotCommittedError,
    SlotNotFoundError,
    StaleBallotError,
    TruncatedError,
)
from fasterlog.reports import Poison, PromiseReport, RecoveryReport, Stats

try:
    from fasterlog._entry import Ballot, Entry
    from fasterlog._log import FasterLog
except ModuleNotFoundError as error:
    if error.name is None or not error.name.startswith("fasterlog._"):
        raise
    raise ImportError(
        f"{error.name}, a compiled part of fasterlog, is not in {__path__[0]}. If that is a source"
        " tree, install it (pip install .) and start Python from another directory, or with -P."
    ) from error

__all__ = [
    "Ballot",
    "BallotConflictError",
    "BallotMismatchError",
    "BatchTooLargeError",
    "BufferFullError",
    "Config",
    "CorruptedEntryError",
    "CorruptedLogError",
    "CorruptedSnapshotError",
    "DiskFullError",
    "Entry",
    "EntryTooLargeError",
    "FasterLog",
    "FasterLogError",
    "ForkedError",
    "FormatVersionError",
    "GapError",
    "IdentityError",
    "LogClosedError",
    "LogLockedError",
    "LogPoisonedError",
    "NoSnapshotError",
    "NotCommittedError",
    "NotCoveredError",
    "Poison",
    "PromiseReport",
    "ReadOnlyLogError",
    "RecoveryReport",
    "SafetyViolationError",
    "SlotCommittedError",
    "SlotNotFoundError",
    "StaleBallotError",
    "Stats",
    "TruncatedError",
    "__version__",
]

__version__: str


def __getattr__(name: str) -> str:
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Looked up when asked for: importlib.metadata takes longer to import than all of fasterlog.
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version("fasterlog")
    except PackageNotFoundError:  # a copy of the package that no installer made
        found = "0+unknown"
    globals()["__version__"] = found
    return found
