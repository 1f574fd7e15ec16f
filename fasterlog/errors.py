"""The exceptions of fasterlog.

Each derives from `FasterLogError` and from the built-in exception that fits, so that code which
knows nothing of fasterlog still does the right thing with them.  All of them pickle and copy with
their attributes.

A constructor takes the text, then the class's attributes by keyword; an attribute that is not given
keeps the default that the class shows.  Under "Retry" each docstring says whether the same call may
be made again.
"""

from __future__ import annotations

import errno as _errno
import io
import os
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from fasterlog._entry import Ballot, Entry

__all__ = [
    "BallotConflictError",
    "BallotMismatchError",
    "BatchTooLargeError",
    "BufferFullError",
    "CorruptedEntryError",
    "CorruptedLogError",
    "CorruptedSnapshotError",
    "DiskFullError",
    "EntryTooLargeError",
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
    "ReadOnlyLogError",
    "SafetyViolationError",
    "SlotCommittedError",
    "SlotNotFoundError",
    "StaleBallotError",
    "TruncatedError",
]


class FasterLogError(Exception):
    """Base of every exception that fasterlog raises on its own account.

    Wrong types and integers outside uint64 raise plain `TypeError` and `OverflowError` instead.
    Retry: see the subclass.
    """

    def __init__(self, message: str = "", **attributes: Any) -> None:
        super().__init__(message)
        for name, value in attributes.items():
            if name.startswith("_") or not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} has no attribute {name!r}")
            setattr(self, name, value)

    def __str__(self) -> str:
        # KeyError would show the repr of the text, OSError an errno in front of it.
        return str(self.args[0]) if self.args else ""

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.args, self._state()

    def _state(self) -> dict[str, Any]:
        return dict(self.__dict__)


class _SystemError(FasterLogError, OSError):
    """What those that are an `OSError` share: `errno` is always set, and survives pickling."""

    _errno_default: ClassVar[int] = _errno.EIO

    def __init__(self, message: str = "", **attributes: Any) -> None:
        super().__init__(message, **attributes)
        if self.errno is None:
            self.errno = self._errno_default
        if self.strerror is None:
            self.strerror = os.strerror(self.errno)

    def _state(self) -> dict[str, Any]:
        # OSError keeps these outside the instance's dictionary.
        return {**self.__dict__, "errno": self.errno, "strerror": self.strerror}


class SlotNotFoundError(FasterLogError, KeyError):
    """The slot holds neither a vote nor a committed entry.

    Attributes: `slot`.
    Retry: yes, once the slot has been accepted or learned.
    """

    slot: int | None = None


class TruncatedError(FasterLogError, KeyError):
    """The slot lies below the log's first slot: a snapshot stands for it.

    Attributes: `slot`; `first_slot`, the lowest slot that the log may still hold.
    Retry: no; load a snapshot, then go on at `first_slot`.
    """

    slot: int | None = None
    first_slot: int | None = None


class NoSnapshotError(FasterLogError, KeyError):
    """There is no intact snapshot that answers the call.

    Attributes: `slot`, if one was asked for.
    Retry: yes, once a snapshot has been made or installed.
    """

    slot: int | None = None


class StaleBallotError(FasterLogError, ValueError):
    """The ballot is lower than the promise, or than the vote that the slot holds.

    Attributes: `ballot`, the one given; `promised`, the one that stands against it; `slot`, None
    for a promise.
    Retry: no, not with this ballot; a new phase 1 with a ballot above `promised`.
    """

    ballot: Ballot | None = None
    promised: Ballot | None = None
    slot: int | None = None


class BallotConflictError(FasterLogError, ValueError):
    """The slot holds another value under the same ballot: one ballot proposed two values.

    Attributes: `slot`, `ballot`.
    Retry: no; two proposers share a ballot, which a consensus protocol must rule out.
    """

    slot: int | None = None
    ballot: Ballot | None = None


class BallotMismatchError(FasterLogError, ValueError):
    """The slot's vote is not of the ballot that commit names, or, without one, of the promised one.

    Attributes: `slot`; `ballot`, the one expected; `held`, the ballot of the vote.
    Retry: no; ask for the chosen value and `learn` it.
    """

    slot: int | None = None
    ballot: Ballot | None = None
    held: Ballot | None = None


class SlotCommittedError(FasterLogError, ValueError):
    """The slot is committed with another value, or a discard would have dropped a committed slot.

    Attributes: `slot`; `entry`, what is committed there, where it is known.
    Retry: no; a committed slot never changes.
    """

    slot: int | None = None
    entry: Entry | None = None


class NotCommittedError(FasterLogError, ValueError):
    """The slot is not known to be chosen: a read of a mere vote, or a snapshot of undecided slots.

    Attributes: `slot`.
    Retry: yes, once the slot has been committed.
    """

    slot: int | None = None


class GapError(FasterLogError, ValueError):
    """An iteration came to a slot that is not committed although a later one is.

    Attributes: `slot`, the first missing one.
    Retry: yes, once the slot has been learned; or iterate with `gaps="stop"` or `gaps="skip"`.
    """

    slot: int | None = None


class EntryTooLargeError(FasterLogError, ValueError):
    """The value is larger than the log's `max_value_size`.

    Attributes: `size` and `limit` in bytes; `slot`.
    Retry: no; split the value, or open the log with a larger `mutable_size`.
    """

    size: int | None = None
    limit: int | None = None
    slot: int | None = None


class BatchTooLargeError(FasterLogError, ValueError):
    """The batch does not fit into one frame of the log.  Nothing of it has been written.

    Attributes: `size` and `limit` in bytes.
    Retry: no; use smaller batches, or open the log with a larger `mutable_size`.
    """

    size: int | None = None
    limit: int | None = None


class FormatVersionError(FasterLogError, ValueError):
    """The files are of a format that this version of fasterlog does not know.  They are untouched.

    Attributes: `found`, `supported` (version numbers); `path`.
    Retry: no; open the log with the version that wrote it, or a newer one.
    """

    found: int | None = None
    supported: int | None = None
    path: str | None = None


class IdentityError(FasterLogError, ValueError):
    """The log in this directory has another `identity` than the one given: it is some other node's.

    Attributes: `stored`, `given` (bytes).
    Retry: no; check the path.
    """

    stored: bytes | None = None
    given: bytes | None = None


class NotCoveredError(FasterLogError, ValueError):
    """Truncation would drop entries that no durable snapshot covers.  Nothing has been dropped.

    Attributes: `slot`, the one asked for; `snapshot_slot`, that of the newest durable snapshot, or
    None.
    Retry: yes, once a snapshot covers the slot; `force=True` drops the entries without one.
    """

    slot: int | None = None
    snapshot_slot: int | None = None


class LogClosedError(FasterLogError, ValueError):
    """The log has been closed, or was being closed during the call.

    Retry: yes, on a newly opened log; whether a call that was waiting took effect is found out by
    reading.
    """


class BufferFullError(_SystemError, TimeoutError):
    """Undecided votes fill the mutable region, and none of its space came free in `full_timeout`.

    Nothing has been written.
    Attributes: `errno` (ETIMEDOUT); `timeout` in seconds; `slot`.
    Retry: yes, after commits, a discard or a truncation have made room.
    """

    _errno_default = _errno.ETIMEDOUT
    timeout: float | None = None
    slot: int | None = None


class LogLockedError(_SystemError, BlockingIOError):
    """Another writer, in this process or another one, has the log open.

    Attributes: `errno` (EWOULDBLOCK); `path`; `pid` and `host` of the other one, where its lock
    file names them.
    Retry: yes, when the other writer is gone.  `FasterLog.open_readonly` works beside it.
    """

    _errno_default = _errno.EWOULDBLOCK
    path: str | None = None
    pid: int | None = None
    host: str | None = None


class ReadOnlyLogError(_SystemError, io.UnsupportedOperation):
    """The log was opened with `FasterLog.open_readonly`, and the call would change it.

    Attributes: `errno` (EROFS).
    Retry: no.
    """

    _errno_default = _errno.EROFS


class CorruptedEntryError(_SystemError):
    """An entry's bytes do not fit their checksum, a chosen slot's value is missing, or a slot is lost.

    A lost slot held an entry, a vote or a decision, that was damaged.  It takes no vote and no commit.

    Attributes: `errno` (EBADMSG unless a system call gave another); `slot`, `ballot`; `path` of the
    file and `offset` in it, in bytes, where known.
    Retry: no; get the value from a peer.  `learn` puts it back where it was missing; damaged bytes in the
    tail stay damaged.
    """

    # What Linux file systems use for a bad checksum.
    _errno_default = _errno.EBADMSG
    slot: int | None = None
    ballot: Ballot | None = None
    path: str | None = None
    offset: int | None = None


class CorruptedLogError(_SystemError):
    """A file of the log is missing, not a log's file, or damaged in what had been synced.

    Nothing has been changed.
    Attributes: `errno` (EBADMSG unless a system call gave another); `path` of the file and `offset`
    in it, in bytes, where known; `damaged_slots`, where they can be told.
    Retry: no; restore the files, or open with `recovery="salvage"` and ask peers for the damaged
    slots.
    """

    _errno_default = _errno.EBADMSG
    path: str | None = None
    offset: int | None = None
    damaged_slots: tuple[int, ...] = ()


class CorruptedSnapshotError(_SystemError):
    """A snapshot's bytes do not fit their checksum.

    Attributes: `errno` (EBADMSG unless a system call gave another); `path`; `slot`.
    Retry: no; use an older snapshot, or install one from a peer.
    """

    _errno_default = _errno.EBADMSG
    path: str | None = None
    slot: int | None = None


class LogPoisonedError(_SystemError):
    """A write or sync failed earlier, or a safety rule was broken: the log answers reads only.

    What was durable stays readable; nothing later was acknowledged.
    Attributes: `errno` of the first failure; `reason`; `durable_lsn`, up to which everything is on
    disk.
    Retry: not on this object; close the log, mend the cause and open it again.
    """

    reason: str = ""
    durable_lsn: int = 0


class DiskFullError(_SystemError):
    """The disk, the quota or the file-size limit is used up.

    Nothing was acknowledged; the log stays open.
    Attributes: `errno` (ENOSPC, EDQUOT or EFBIG); `path`, where known.
    Retry: yes, once there is space.
    """

    _errno_default = _errno.ENOSPC
    path: str | None = None


class SafetyViolationError(FasterLogError, RuntimeError):
    """Two different values were chosen for one slot: the protocol above the log is broken.

    The log is poisoned.
    Attributes: `slot`; `entry`, the one that is committed here; `ballot`, that of the contradicting
    value.
    Retry: no; stop this node.
    """

    slot: int | None = None
    entry: Entry | None = None
    ballot: Ballot | None = None


class ForkedError(FasterLogError, RuntimeError):
    """The log was opened by the parent of this process; a child may not touch it.

    It may open other logs.
    Attributes: `pid` of the process that opened the log.
    Retry: no; open the log after the fork.
    """

    pid: int | None = None
