"""Iterators over committed entries (PROTOCOL: L1, L2).

iter_committed takes its bound at the call: the highest slot committed then.  Every entry whose commit returned before the call
is at or below it and committed for good, so it is found; later ones at or below it may be; none above is.  If truncation
overtakes the iterator, the next step says so.

follow waits on the event that every commit raises.  It registers, looks once more, and only then sleeps (see _core.pyx, events).  With
durable=True an entry is handed out only once nothing can take it back: everything reserved when it was seen is on disk.
"""
import math
from numbers import Real

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport uint32_t, uint64_t

cimport cython
from fasterlog._atomic cimport fl_load_seqcst
from fasterlog._core cimport (
    BELOW_FIRST, CLOSED, CORE_POISONED, CORRUPTED, NOT_COMMITTED, NOT_FOUND, POISONED, VALUE_MISSING, core_committed, event_cancel,
    event_prepare, event_wait,
)
from fasterlog._entry cimport Entry
from fasterlog._handle cimport LogHandle, slot_parse
from fasterlog._io cimport clock_ns
from fasterlog._read cimport READ_COMMITTED, next_slot, read_entry
from fasterlog.errors import GapError

cdef enum:
    SLICE_NS = 50_000_000


@cython.final
cdef class CommittedIterator:
    """Entries of `FasterLog.iter_committed`, in slot order.  Belongs to one thread."""

    def __init__(self):
        raise TypeError("made by FasterLog.iter_committed()")

    def __iter__(self):
        return self

    def __next__(self):
        cdef Entry entry
        cdef uint64_t slot
        cdef bint found
        cdef int status
        while not self.done:
            slot = self.next_slot
            entry = read_entry(self.handle.core, slot, READ_COMMITTED, &status)
            if entry is None and (status == NOT_FOUND or status == NOT_COMMITTED):
                if self.stop_at_gap:
                    self.done = True
                    break
                if not self.skip_gaps:
                    self.done = True
                    raise GapError(f"slot {slot} is not committed, and the range goes on to slot {self.last}", slot=slot)
                with nogil:
                    slot = next_slot(self.handle.core, slot, READ_COMMITTED, &found)
                self.handle.check_open()                 # closed meanwhile: nothing is found any more
                self.done = not found or slot > self.last
                self.next_slot = slot
                continue
            if slot == self.last:
                self.done = True
            self.next_slot = slot + 1
            if entry is not None:
                return entry
            if not (self.skip_errors and (status == CORRUPTED or status == VALUE_MISSING)):
                self.done = self.done or status == BELOW_FIRST or status == CLOSED
                self.handle.refuse_read(status, slot)
        raise StopIteration


cdef CommittedIterator committed_iterator(LogHandle handle, object start, object stop, str gaps, bint skip_errors):
    cdef CommittedIterator iterator = CommittedIterator.__new__(CommittedIterator)
    cdef uint64_t end
    if gaps not in ("raise", "stop", "skip"):
        raise ValueError(f"gaps is {gaps!r}, not one of 'raise', 'stop', 'skip'")
    iterator.handle = handle
    iterator.skip_gaps, iterator.stop_at_gap, iterator.skip_errors = gaps == "skip", gaps == "stop", skip_errors
    iterator.done = core_committed(handle.core, &iterator.next_slot, &iterator.last) == 0
    if start is not None:
        iterator.next_slot = slot_parse(start)
        if iterator.next_slot < fl_load_seqcst(&handle.core.first_slot):
            handle.refuse_read(BELOW_FIRST, iterator.next_slot)
    if stop is not None and stop != 1 << 64:
        end = slot_parse(stop)
        iterator.done = iterator.done or end == 0
        iterator.last = min(iterator.last, end - 1)
    iterator.done = iterator.done or iterator.next_slot > iterator.last
    return iterator


@cython.final
cdef class Follower:
    """Entries of `FasterLog.follow`, each once it is committed.  Belongs to one thread.

    After `TimeoutError` or Ctrl-C the next step goes on at the same slot.
    """

    def __init__(self):
        raise TypeError("made by FasterLog.follow()")

    def __iter__(self):
        return self

    def __next__(self):
        cdef Entry entry
        cdef uint64_t deadline = clock_ns() + self.timeout_ns if self.timeout_ns != <uint64_t>-1 else 0
        cdef int status
        if self.done:
            raise StopIteration
        while True:
            entry = read_entry(self.handle.core, self.next_slot, READ_COMMITTED, &status)
            if entry is not None:
                break
            if status != NOT_FOUND and status != NOT_COMMITTED:
                self.handle.refuse_read(status, self.next_slot)
            follower_wait(self, deadline)
        if self.durable and self.next_slot >= self.safe_end:
            follower_settle(self, deadline)
        if self.next_slot == <uint64_t>-1:
            self.done = True                             # there is no slot behind it
        self.next_slot += 1
        return entry


cdef int follower_settle(Follower self, uint64_t deadline) except -1:
    """What is committed in a row now, and this entry, becomes durable; saves a wait for each of the entries up to there."""
    cdef uint64_t end = self.handle.core.origin + fl_load_seqcst(&self.handle.core.contiguous.word)
    cdef uint64_t lsn = fl_load_seqcst(&self.handle.core.ring.reserved.word)
    self.handle.wait_durable_until(lsn, deadline)
    self.safe_end = max(end, self.next_slot + 1)
    return 0


cdef int follower_wait(Follower self, uint64_t deadline) except -1:
    """One bounded sleep until something is committed; looks at signals, time and the log's state."""
    cdef LogHandle handle = self.handle
    cdef uint64_t pause = SLICE_NS
    cdef uint64_t now = clock_ns()
    cdef uint32_t sequence
    cdef int status
    if fl_load_seqcst(&handle.core.state) & CORE_POISONED:
        handle.refuse(POISONED, NULL, NULL)
    if deadline != 0:
        if now >= deadline:
            raise TimeoutError(f"slot {self.next_slot} was not committed in time")
        pause = min(pause, deadline - now)
    handle.slow_enter()
    try:
        sequence = event_prepare(&handle.core.commits)
        if read_entry(handle.core, self.next_slot, READ_COMMITTED, &status) is not None or (
                status != NOT_FOUND and status != NOT_COMMITTED):
            event_cancel(&handle.core.commits)
        else:
            with nogil:
                event_wait(&handle.core.commits, sequence, pause)
    finally:
        handle.slow_leave()
    return PyErr_CheckSignals()


cdef uint64_t timeout_parse(object timeout) except? 0xffffffffffffffff:
    """Seconds to nanoseconds; the largest number stands for no limit."""
    if timeout is None:
        return <uint64_t>-1
    if not isinstance(timeout, Real):
        raise TypeError(f"timeout must be a number of seconds or None, not {type(timeout).__name__}")
    seconds = float(timeout)
    if math.isnan(seconds) or seconds < 0:
        raise ValueError(f"timeout is {timeout!r}; it must be None or at least 0 seconds")
    return <uint64_t>(min(seconds, 1e9) * 1e9)


cdef Follower follower(LogHandle handle, object start, object timeout, bint durable):
    cdef Follower iterator = Follower.__new__(Follower)
    iterator.handle = handle
    iterator.next_slot = slot_parse(start)
    iterator.timeout_ns = timeout_parse(timeout)
    iterator.durable = durable
    iterator.safe_end = 0
    iterator.done = False
    if iterator.next_slot < fl_load_seqcst(&handle.core.first_slot):
        handle.refuse_read(BELOW_FIRST, iterator.next_slot)
    return iterator
