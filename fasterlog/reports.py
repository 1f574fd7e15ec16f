"""What a log tells about itself: immutable values that pickle, copy and have one-line reprs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fasterlog._entry import Ballot, Entry

__all__ = ["Poison", "PromiseReport", "RecoveryReport", "Stats"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryReport:
    """What opening a log found.  `str(report)` is text of several lines for people."""

    clean: bool = True
    """Nothing was cut, damaged or missing."""
    entries: int = 0
    """Committed entries held."""
    votes: int = 0
    """Slots that hold a vote which is not known to be chosen."""
    bytes_cut: int = 0
    """Bytes at the end of the log that had not been written whole, and were cut off."""
    damaged_slots: tuple[int, ...] = ()
    """Slots whose entry is lost here; ascending.  Ask the peers, and `learn` what was chosen: until then this node does not vote there."""
    damaged_ballots: tuple[Ballot | None, ...] = ()
    """For each of `damaged_slots` the ballot of what is lost, None where nothing tells it."""
    damaged_unknown: int = 0
    """Damaged places in the mutable region that do not even tell what they held: a promise, the mapping, a vote.  Stays for good, at
    every later opening (and counts a place again where salvage was interrupted): this node may have forgotten what it has promised, and
    must not vote any more.  See docs/lost-disk.md."""
    segments_rebuilt: int = 0
    """Segments that salvage put in the place of damaged or missing ones."""
    tail_uncertain: bool = False
    """The log was not closed: of its last two groups it cannot be told whether what is missing was never written whole or was damaged
    later.  Everything before them was checked.  (A single bad sector can hold several small groups, with the marks that vouch for
    them; that is not told apart either.)"""
    incarnation: int = 0
    """How often the log has been opened for writing."""
    duration: float = 0.0
    """Seconds that it took."""

    def __str__(self) -> str:
        lines = [
            f"recovery: {'clean' if self.clean else 'not clean'}, in {self.duration * 1e3:.1f} ms",
            f"  committed entries  {self.entries:,}",
            f"  undecided votes    {self.votes:,}",
            f"  bytes cut          {self.bytes_cut:,}",
            f"  damaged slots      {_listed(self.damaged_slots)}",
            f"  damaged, unknown   {self.damaged_unknown:,}",
            f"  segments rebuilt   {self.segments_rebuilt:,}",
            f"  incarnation        {self.incarnation}",
        ]
        if self.tail_uncertain:
            lines.append("  the last groups may be torn or damaged: this cannot be told apart")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseReport:
    """The answer of phase 1b: what a new leader has to know of this acceptor."""

    ballot: Ballot
    """The ballot that is now promised."""
    lsn: int = 0
    """Of the record of the promise."""
    committed_through: int = -1
    """All slots from `first_slot` to this one are committed here; `first_slot - 1` if none is."""
    first_slot: int = 0
    """The lowest slot that the log may hold; a snapshot stands for those below."""
    floor: tuple[int, Ballot] | None = None
    """Slot and ballot of the last entry dropped below `first_slot`."""
    entries: tuple[Entry, ...] = ()
    """In slot order: of each slot above `committed_through` the decision, or the highest vote."""
    unknown: tuple[int, ...] = ()
    """Slots of which this node has lost what it held, a decision or a vote: it cannot speak for them.  Ask the others, and `learn`."""

    def __repr__(self) -> str:
        # Entries and unknown slots may be many; one line stays one line.
        return (
            f"PromiseReport(ballot={self.ballot!r}, lsn={self.lsn},"
            f" committed_through={self.committed_through}, first_slot={self.first_slot},"
            f" floor={self.floor!r}, entries=<{len(self.entries)}>, unknown=<{_listed(self.unknown)}>)"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Poison:
    """Why a log takes no more writes."""

    errno: int = 0
    """Of the first system call that failed; 0 when none did."""
    reason: str = ""
    durable_lsn: int = 0
    """Everything below is on disk; nothing above was acknowledged as durable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Counters since the log was opened, and gauges of the moment.

    Each figure is right on its own; together they are not one moment's picture, since writers go on
    meanwhile.
    """

    # Calls that took effect.
    accepts: int = 0
    commits: int = 0
    learns: int = 0
    promises: int = 0
    discards: int = 0
    batches: int = 0

    # Group commit.
    syncs: int = 0
    """Groups written and synced."""
    sync_bytes: int = 0
    sync_latency: tuple[tuple[int, int], ...] = ()
    """Histogram: (upper bound in microseconds, groups between it and the bound before)."""

    # Checkpoints.
    checkpoints: int = 0
    reclaimed_bytes: int = 0
    """Bytes of the mutable region that were freed for use again."""
    carried_votes: int = 0
    """Undecided votes that were copied forward to free the space behind them."""

    background_errno: int = 0
    """Of the last background sync or checkpoint that failed (a full disk, say); 0 once it succeeds."""

    # Contention.
    index_losses: int = 0
    """Records turned into padding because another writer took the slot first."""
    waits_full: int = 0
    """Calls that had to wait for space in the mutable region."""

    # Gauges.
    ring_used: int = 0
    """Bytes of the mutable region in use."""
    ring_size: int = 0
    tail_bytes: int = 0
    tail_segments: int = 0
    tail_entries: int = 0
    committed_entries: int = 0
    uncommitted_entries: int = 0
    published_lsn: int = 0
    durable_lsn: int = 0

    def __repr__(self) -> str:
        # Only what is not zero: the rest would hide it.
        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        shown["sync_latency"] = tuple(bucket for bucket in self.sync_latency if bucket[1])
        return f"Stats({', '.join(f'{name}={value!r}' for name, value in shown.items() if value)})"

    @property
    def group_bytes_mean(self) -> float:
        """Mean size of a synced group in bytes; 0.0 before the first."""
        return self.sync_bytes / self.syncs if self.syncs else 0.0

    @property
    def ring_free(self) -> int:
        """Bytes of the mutable region that are free."""
        return self.ring_size - self.ring_used


def _listed(slots: tuple[int, ...]) -> str:
    if not slots:
        return "none"
    shown = ", ".join(str(slot) for slot in slots[:10])
    return f"{len(slots):,}: {shown}{', ...' if len(slots) > 10 else ''}"
