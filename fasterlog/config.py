"""The options of a log, checked."""

from __future__ import annotations

import math
import operator
import os
from dataclasses import KW_ONLY, dataclass
from numbers import Real
from typing import Literal, TypeAlias, get_args

__all__ = ["Config", "Durability", "Recovery"]

Durability: TypeAlias = Literal["process", "accept", "commit"]
Recovery: TypeAlias = Literal["strict", "salvage"]

_KIB = 1 << 10
_MIB = 1 << 20
_UINT64_MAX = 2**64 - 1

_RING_STEP = 64 * _KIB  # the mapping granularity of every page size in use
_RING_MAX = 4 << 30
_SEGMENT_MIN = 64 * _KIB
_SEGMENT_MAX = 8 << 30
_VALUE_MAX = 64 * _MIB
# A frame, header included, may take a sixteenth of the ring: this leaves room to reclaim in steps.
_RING_SHARE = 16
_FRAME_HEADER = 64
_IDENTITY_MAX = 1024
_LAZY_SYNC_MS_MAX = 60_000


@dataclass(frozen=True, slots=True)
class Config:
    """How a log is opened: `FasterLog(config=Config("data/node-1", durability="commit"))`.

    Sizes are in bytes.  A value that cannot be used raises `TypeError`, `ValueError` or, for an
    integer outside uint64, `OverflowError`; the text names the option, the value and the limit.

    Immutable, so any thread may share it; pickles; `dataclasses.replace` makes a changed copy.
    """

    path: str | os.PathLike[str]
    """The log's directory; created if it is not there."""
    _: KW_ONLY
    mutable_size: int = 64 * _MIB
    """The mutable region: a multiple of 64 KiB, up to 4 GiB.  It bounds the undecided votes."""
    segment_size: int = 64 * _MIB
    """How large a file of the immutable tail grows before the next is begun: 64 KiB to 8 GiB."""
    max_value_size: int | None = None
    """The largest value: up to `mutable_size` / 16 - 64, at most 64 MiB.  None: just that."""
    durability: Durability = "accept"
    """What a returned call survives.

    - `"process"`: the end of the process (kill -9).  After a power cut only what `sync()` covered
      is there.
    - `"accept"`: promises and accepts are on disk before they return; commits follow within
      `lazy_sync_ms`.
    - `"commit"`: every call is on disk before it returns.
    """
    lazy_sync_ms: int = 50
    """The longest that a record nobody waits for stays unsynced, in milliseconds: 1 to 60000."""
    full_timeout: float = 5.0
    """How long a call waits for space in a mutable region full of undecided votes, in seconds."""
    first_slot: int = 0
    """The lowest slot of a new log.  A log that exists keeps the one it was created with."""
    identity: bytes = b""
    """Whose log this is, up to 1024 bytes.  Stored at creation; later another one is refused."""
    slot_window: int | None = None
    """How far above the first undecided slot a slot may lie; None: no limit."""
    recovery: Recovery = "strict"
    """At damage to synced bytes `"strict"` refuses to open; `"salvage"` lists the damaged slots."""

    def __post_init__(self) -> None:
        _check_path(self.path)
        self._check_sizes()
        self._set("lazy_sync_ms", _integer("lazy_sync_ms", self.lazy_sync_ms, 1, _LAZY_SYNC_MS_MAX))
        self._set("full_timeout", _seconds("full_timeout", self.full_timeout))
        self._set("first_slot", _integer("first_slot", self.first_slot, 0, _UINT64_MAX))
        if self.slot_window is not None:
            self._set("slot_window", _integer("slot_window", self.slot_window, 1, _UINT64_MAX))
        _check_identity(self.identity)
        _check_choice("durability", self.durability, get_args(Durability))
        _check_choice("recovery", self.recovery, get_args(Recovery))

    @property
    def resolved_max_value_size(self) -> int:
        """`max_value_size`, or what stands for None: `mutable_size` / 16 - 64, at most 64 MiB."""
        if self.max_value_size is not None:
            return self.max_value_size
        return _value_limit(self.mutable_size)

    def _check_sizes(self) -> None:
        ring = _integer("mutable_size", self.mutable_size, _RING_STEP, _RING_MAX)
        if ring % _RING_STEP:
            raise ValueError(f"mutable_size must be a multiple of {_RING_STEP} bytes, not {ring}")
        self._set("mutable_size", ring)
        self._set(
            "segment_size",
            _integer("segment_size", self.segment_size, _SEGMENT_MIN, _SEGMENT_MAX),
        )
        if self.max_value_size is None:
            return
        size = _integer("max_value_size", self.max_value_size, 1, _UINT64_MAX)
        limit = _value_limit(ring)
        if size > limit:
            raise ValueError(
                f"max_value_size {size} does not fit: with mutable_size {ring} it may be at most"
                f" {limit} bytes (mutable_size / 16 - 64, and 64 MiB)"
            )
        self._set("max_value_size", size)

    def _set(self, name: str, value: object) -> None:
        # The dataclass is frozen; the checked value replaces what was given (say, a NumPy integer).
        object.__setattr__(self, name, value)


def _value_limit(mutable_size: int) -> int:
    return min(mutable_size // _RING_SHARE - _FRAME_HEADER, _VALUE_MAX)


def _integer(name: str, value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not hasattr(type(value), "__index__"):
        raise TypeError(f"{name} must be an integer, not {type(value).__name__}")
    number = operator.index(value)  # type: ignore[arg-type]  # __index__ was looked for above
    if not 0 <= number <= _UINT64_MAX:
        raise OverflowError(f"{name} must be {low} to {high}, not {number}")
    if not low <= number <= high:
        raise ValueError(f"{name} must be {low} to {high}, not {number}")
    return number


def _seconds(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number of seconds, not {type(value).__name__}")
    seconds = float(value)
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"{name} must be finite and at least 0 seconds, not {seconds}")
    return seconds


def _check_path(path: object) -> None:
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be a str or os.PathLike, not {type(path).__name__}")
    text = os.fspath(path)
    if not isinstance(text, str):
        raise TypeError("path must be a str or a PathLike of str, not of bytes; see os.fsdecode")
    if not text or "\0" in text:
        raise ValueError(f"path must name a directory, not {text!r}")


def _check_identity(identity: object) -> None:
    if not isinstance(identity, bytes):
        raise TypeError(f"identity must be bytes, not {type(identity).__name__}")
    if len(identity) > _IDENTITY_MAX:
        raise ValueError(f"identity must be at most {_IDENTITY_MAX} bytes, not {len(identity)}")


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name} must be one of {listed}, not {value!r}")
