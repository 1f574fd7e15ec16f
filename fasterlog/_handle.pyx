"""What every Python object on a log shares: the core, the slow steps, and turning a status into an exception.

The shape of every call: parse -> one attempt in the core (memory only, GIL held if it is small) -> while the core names a slow step,
take that without the GIL and try again -> wait for the disk, if the level says so -> return, or raise.

Slow steps and waits run in slices of SLICE_NS; between slices signals are looked at, so Ctrl-C ends a wait.  After that, or a time-out, the
outcome of the call is unknown: what it wrote is in the log and will be on disk with the next group.

Closing.  A slow step counts itself in `inflight` and then looks at the closed flag; close() sets the flag, waits a grace period (for
attempts), then for `inflight` to fall to 0 (for slow steps).  One of the two sees the other, so nothing is unmapped under a step.
"""
import os
from bisect import bisect_left
from errno import EIO

from cpython.exc cimport PyErr_CheckSignals
from libc.errno cimport EDQUOT, EFBIG, ENOMEM, ENOSPC
from libc.stdint cimport uint64_t

from fasterlog._atomic cimport (
    fl_add_seqcst, fl_load_seqcst, fl_or_seqcst, fl_sub_acqrel, pthread_mutex_lock, pthread_mutex_unlock,
)
from fasterlog._checkpoint cimport space_wait
from fasterlog._control cimport control_promise_mark
from fasterlog._core cimport (
    AGAIN, BALLOT_CONFLICT, BALLOT_MISMATCH, BELOW_FIRST, BEYOND_WINDOW, CLOSED, CORE_CLOSED, CORE_FORKED, CORRUPTED,
    FORKED, NEED_BARRIER, NEED_LEAF, NEED_LEARNED, NEED_PAGES, NEED_PROMISE, NEED_SPACE, NOT_COMMITTED, NOT_FOUND, NOT_PROMISED, OK,
    POISONED, RING_TOO_FULL, SAFETY_VIOLATION, SLOT_COMMITTED, STALE_PROMISE, STALE_VOTE, TIMED_OUT, TOO_LARGE, VALUE_MISSING,
    core_ballot_raise, core_free, core_new, core_poison, core_refusal, event_notify, log_core,
)
from fasterlog._entry cimport Ballot, Entry, ballot_new
from fasterlog._epoch cimport epoch_mine, epoch_wait
from fasterlog._index cimport index_prepare
from fasterlog._io cimport clock_ns, io
from fasterlog._phases cimport slot_pages
from fasterlog._read cimport READ_ANY, damage_locate, damage_place, leases_drop, read_entry
from fasterlog._recovery cimport log_close_files
from fasterlog._ring cimport ring_wait_published
from fasterlog._sync cimport sync_wait
from fasterlog._worker cimport worker_remove
from fasterlog.errors import (
    BallotConflictError, BallotMismatchError, BufferFullError, CorruptedEntryError, DiskFullError, EntryTooLargeError, ForkedError,
    LogClosedError, LogPoisonedError, NotCommittedError, SafetyViolationError, SlotCommittedError, SlotNotFoundError, StaleBallotError,
    TruncatedError,
)

cdef enum:
    SLICE_NS = 50_000_000
    CLOSE_NAP_NS = 200_000


cdef inline int epoch_claim() except -1:
    """This thread's epoch record, made at its first call: a walk without one would find nothing, and say that there is nothing."""
    if epoch_mine() == NULL:
        raise MemoryError("no memory for this thread's epoch record")
    return 0


cdef class LogHandle:

    def __cinit__(self, *arguments, **options):
        # Until a log is opened, and if that fails, the core is one that is closed: no method has to look for NULL.
        self.core = core_new()
        if self.core == NULL:
            raise MemoryError("no memory for the log")
        fl_or_seqcst(&self.core.state, CORE_CLOSED)
        fl_or_seqcst(&self.core.closed, 1)

    cdef void adopt(self, log_core *core) noexcept:
        """Takes over an open log's core."""
        core_free(self.core)
        self.core = core

    cdef int check_open(self) except -1:
        epoch_claim()
        cdef int status = core_refusal(self.core, fl_load_seqcst(&self.core.state) & (CORE_CLOSED | CORE_FORKED))
        if status != OK:
            self.refuse(status, NULL, NULL)
        return 0

    cdef int slow_enter(self) except -1:
        epoch_claim()
        fl_add_seqcst(&self.core.inflight, 1)
        cdef int status = core_refusal(self.core, fl_load_seqcst(&self.core.state) & (CORE_CLOSED | CORE_FORKED))
        if status != OK:
            self.slow_leave()
            self.refuse(status, NULL, NULL)
        return 0

    cdef void slow_leave(self) noexcept:
        # release: our last touch of the mappings; pairs with the load in shut().
        fl_sub_acqrel(&self.core.inflight, 1)

    cdef int resolve(self, int status, op_result *result, const vote_args *args, uint64_t *deadline) except -1:
        cdef log_core *core = self.core
        cdef int outcome = OK
        if status == AGAIN:
            return 0
        self.slow_enter()
        try:
            with nogil:
                if status == NEED_LEAF:
                    outcome = index_prepare(&core.index, result.slot)
                elif status == NEED_SPACE:
                    if deadline[0] == 0:
                        deadline[0] = clock_ns() + self.full_timeout
                    outcome = space_wait(core, result.need, result.keep_free, min(deadline[0], clock_ns() + <uint64_t>SLICE_NS))
                elif status == NEED_PROMISE:
                    outcome = control_promise_mark(core, args.under_id, args.under_node, result)
                    if outcome == STALE_PROMISE:
                        outcome = OK                 # raised further meanwhile: the next attempt says so
                elif status == NEED_LEARNED:
                    outcome = core_ballot_raise(&core.learned, args.ballot_id, args.ballot_node, result)
                    if outcome == STALE_PROMISE:
                        outcome = OK                 # a higher one is known by now
                elif status == NEED_PAGES:
                    outcome = slot_pages(core, args.slot)
                elif status == NEED_BARRIER:
                    pthread_mutex_lock(&core.control)
                    pthread_mutex_unlock(&core.control)
                else:
                    outcome = status
        finally:
            self.slow_leave()
        PyErr_CheckSignals()
        if outcome == OK:
            return 0
        if outcome == NEED_SPACE:                    # for the PROMISE frame
            return self.resolve(outcome, result, args, deadline)
        if outcome == TIMED_OUT:
            if clock_ns() < deadline[0]:
                return 0
            outcome = RING_TOO_FULL
        return self.refuse(outcome, result, args)

    cdef int finish(self, op_result *result, bint durable) except -1:
        if result.relies_on > fl_load_seqcst(&self.core.ring.published.word):
            self.wait_published(result.relies_on)
        if durable and fl_load_seqcst(&self.core.sync.durable.word) < result.lsn:
            self.wait_durable_until(result.lsn, 0)
        return 0

    cdef int wait_published(self, uint64_t lsn) except -1:
        """Another thread is between two instructions of its write, or has lost its processor there."""
        cdef uint64_t end = clock_ns() + self.full_timeout
        cdef bint there = False
        while not there:
            self.slow_enter()
            with nogil:
                there = ring_wait_published(&self.core.ring, lsn, min(end, clock_ns() + <uint64_t>SLICE_NS))
            self.slow_leave()
            PyErr_CheckSignals()
            if not there and clock_ns() >= end:
                raise TimeoutError(f"another thread's write below LSN {lsn} was not finished within {self.config.full_timeout} s")
        return 0

    cdef int wait_durable_until(self, uint64_t lsn, uint64_t deadline_ns) except -1:
        cdef log_core *core = self.core
        cdef uint64_t slice_end
        cdef int status = TIMED_OUT
        while status == TIMED_OUT:
            slice_end = clock_ns() + <uint64_t>SLICE_NS
            if deadline_ns != 0:
                slice_end = min(slice_end, deadline_ns)
            self.slow_enter()
            with nogil:
                status = sync_wait(core, lsn, slice_end)
            self.slow_leave()
            if status == TIMED_OUT:
                PyErr_CheckSignals()
                if deadline_ns != 0 and clock_ns() >= deadline_ns:
                    raise TimeoutError(f"LSN {lsn} was not durable in time")
        if status != OK:
            self.refuse(status, NULL, NULL)
        return 0

    cdef Entry read_or_raise(self, uint64_t slot, int wanted):
        cdef int status
        cdef Entry entry = read_entry(self.core, slot, wanted, &status)
        if entry is None:
            self.refuse_read(status, slot)
        return entry

    cdef int refuse_read(self, int status, uint64_t slot) except -1:
        cdef op_result result
        cdef vote_args args
        result.ballot_id = result.ballot_node = 0
        args.slot = slot
        return self.refuse(status, &result, &args)

    cdef int refuse(self, int status, op_result *result, const vote_args *args) except -1:
        cdef log_core *core = self.core
        cdef Ballot held = None
        cdef Ballot given = None
        if result != NULL:
            held = ballot_new(result.ballot_id, result.ballot_node)
        if args != NULL:
            slot = args.slot
            given = ballot_new(args.ballot_id, args.ballot_node)
        else:
            slot = None
        if status < 0:
            raise self.system_error(-status)
        if status == CLOSED:
            raise LogClosedError(f"the log {self.path} is closed")
        if status == FORKED:
            raise ForkedError(f"the log {self.path} was opened by this process's parent; a forked child may not touch it")
        if status == POISONED:
            raise LogPoisonedError(f"the log {self.path} is poisoned: {self.poison_text()}", errno=core.poison_errno or EIO,
                                   reason=self.poison_text(), durable_lsn=core.poison_durable)
        if status == BELOW_FIRST:
            first = fl_load_seqcst(&core.first_slot)
            raise TruncatedError(f"slot {slot} lies below the log's first slot {first}", slot=slot, first_slot=first)
        if status == BEYOND_WINDOW:
            raise ValueError(f"slot {slot} is {slot - result.need} above the first undecided slot {result.need}; slot_window allows "
                             f"less than {core.slot_window}")
        if status == STALE_PROMISE:
            given = ballot_new(args.under_id, args.under_node)
            raise StaleBallotError(f"ballot {given} is lower than the promised {held}", ballot=given, promised=held, slot=slot)
        if status == STALE_VOTE:
            raise StaleBallotError(f"slot {slot}: ballot {given} is lower than its vote's {held}", ballot=given, promised=held, slot=slot)
        if status == BALLOT_CONFLICT:
            raise BallotConflictError(f"slot {slot} holds another value of the same ballot {given}", slot=slot, ballot=given)
        if status == BALLOT_MISMATCH:
            raise BallotMismatchError(f"slot {slot} holds a vote of {held}, not of {given}, which was to be committed", slot=slot,
                                      ballot=given, held=held)
        if status == NOT_PROMISED:
            raise BallotMismatchError(f"slot {slot}: commit without a ballot means the promised one, and nothing is promised yet",
                                      slot=slot)
        if status == SLOT_COMMITTED:
            raise SlotCommittedError(f"slot {slot} is committed with another value", slot=slot, entry=self.entry_or_none(slot))
        if status == SAFETY_VIOLATION:
            core_poison(core, EIO, b"two different values were chosen for one slot")
            raise SafetyViolationError(f"slot {slot} is committed with another value than the one learned; the log is poisoned",
                                       slot=slot, entry=self.entry_or_none(slot), ballot=given)
        if status == NOT_FOUND:
            raise SlotNotFoundError(f"slot {slot} holds neither a vote nor a committed entry (a value from elsewhere: use learn)",
                                    slot=slot)
        if status == NOT_COMMITTED:
            raise NotCommittedError(f"slot {slot} holds a vote that is not committed", slot=slot)
        if status == VALUE_MISSING or status == CORRUPTED:
            raise self.damage_error(status, slot)
        if status == TIMED_OUT:
            raise TimeoutError("another thread's write was not finished in time")
        if status == RING_TOO_FULL:
            raise BufferFullError(f"the mutable region of {core.ring.size} bytes is full, with undecided votes or faster than it is "
                                  f"drained, and no space came free within {self.config.full_timeout} s",
                                  timeout=self.config.full_timeout, slot=slot)
        if status == TOO_LARGE:
            raise EntryTooLargeError(f"slot {slot}: a value of {args.size} bytes is larger than max_value_size, {core.max_value_size}",
                                     size=args.size, limit=core.max_value_size, slot=slot)
        raise SystemError(f"unknown status {status} of the core")

    cdef object damage_error(self, int status, uint64_t slot):
        """Where a damaged entry lies, and the ballot that its header names; it may be the header that is damaged."""
        cdef damage_place where
        if not damage_locate(self.core, slot, &where):
            if status == VALUE_MISSING:
                return CorruptedEntryError(f"slot {slot} is lost: its entry was damaged; learn it from a peer", slot=slot,
                                           ballot=self.lost_ballot(slot))
            return CorruptedEntryError(f"slot {slot}: the entry is not where the log says; learn it from a peer", slot=slot)
        ballot = ballot_new(where.ballot_id, where.ballot_node) if where.has_ballot else None
        file = os.path.join(self.path, "tail", f"{where.segment_address:016x}.seg") if where.in_tail else os.path.join(self.path, "ring")
        if where.unreadable:
            text = f"slot {slot}: {os.strerror(EIO)} at offset {where.offset} of {file}"
            return CorruptedEntryError(text, errno=EIO, slot=slot, path=file, offset=where.offset)
        if status == VALUE_MISSING:
            text = f"slot {slot} is chosen with {ballot}, but its value is not in this log; learn it from a peer"
        elif ballot is None:
            text = f"slot {slot}: the bytes at offset {where.offset} of {file} are not the header of its entry"
        else:
            text = f"slot {slot}, {ballot}: the bytes at offset {where.offset} of {file} do not fit their checksum"
        return CorruptedEntryError(text, slot=slot, ballot=ballot, path=file, offset=where.offset)

    cdef object lost_ballot(self, uint64_t slot):
        """What LOST keeps of a slot, as the opening's report has it: an open log loses no more."""
        slots = self.recovery.damaged_slots
        place = bisect_left(slots, slot)
        return self.recovery.damaged_ballots[place] if place < len(slots) and slots[place] == slot else None

    cdef object system_error(self, int error):
        text = f"{self.path}: {os.strerror(error)}"
        if error == ENOMEM:
            return MemoryError(text)
        if error in (ENOSPC, EDQUOT, EFBIG):
            return DiskFullError(text, errno=error, path=self.path)
        return OSError(error, os.strerror(error), self.path)

    cdef str poison_text(self):
        return (<bytes>self.core.poison_reason).decode() if self.core.poison_reason != NULL else ""

    cdef object entry_or_none(self, uint64_t slot):
        cdef int status
        return read_entry(self.core, slot, READ_ANY, &status)

    cdef int shut(self) except -1:
        """Closes; only the caller that sets the flag does the work, the others wait until it is done."""
        cdef log_core *core = self.core
        cdef int status = OK
        cdef bint first
        if fl_load_seqcst(&core.state) & CORE_FORKED:
            return 0
        with nogil:
            # seq_cst, before the grace period: attempts either see it or are waited for; slow steps see it or are counted.
            first = not fl_or_seqcst(&core.state, CORE_CLOSED) & CORE_CLOSED
            if first:
                epoch_wait()
                while fl_load_seqcst(&core.inflight) != 0:    # bounded by the slices of waits; acquire by seq_cst: see slow_leave
                    event_notify(&core.commits)
                    event_notify(&core.space)
                    io.sleep_ns(CLOSE_NAP_NS)
                worker_remove(core)
                status = log_close_files(core)
                fl_or_seqcst(&core.closed, 1)
            else:
                while fl_load_seqcst(&core.closed) == 0:      # bounded by the first caller's work
                    io.sleep_ns(CLOSE_NAP_NS)
        leases_drop()
        if status != OK:
            self.refuse(status, NULL, NULL)
        return 0

    def __dealloc__(self):
        # Whoever frees a log has closed it (FasterLog.__del__); if that failed, or in a fork's child, what others may still look at
        # is left where it is.
        if self.core != NULL and fl_load_seqcst(&self.core.closed):
            core_free(self.core)
        self.core = NULL
