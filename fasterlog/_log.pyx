"""FasterLog: the log as users see it.  Short methods: check, one core call, wait or raise.

Small calls are made with the GIL held, since releasing and retaking it costs more than they do; anything that copies much, waits or
enters the kernel releases it.  No method takes a reference to anything shared: the core is a C pointer that lives as long as the object.
"""
import atexit
import warnings
import weakref

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from cpython.exc cimport PyErr_SetObject, PyErr_WriteUnraisable
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from fasterlog._atomic cimport FL_SHRUNK, fl_load_relaxed, fl_load_seqcst
from fasterlog._batch cimport batch_new, meta_merge, meta_pack, meta_read
from fasterlog._checkpoint cimport checkpoint_all
from fasterlog._control cimport (
    control_discard, control_promise_grace, control_promise_mark, control_set_meta,
)
from fasterlog._core cimport (
    BALLOT_MISMATCH, BELOW_FIRST, CORRUPTED, CORE_CLOSED, CORE_FORKED, CORE_POISONED, LEVEL_COMMIT, LEVEL_PROCESS, NOT_FOUND,
    OK, POISONED, SLOT_COMMITTED, VALUE_MISSING, ballot_less, core_ballot_read, core_committed, core_keep_votes, core_totals,
    counter_cell, log_core, op_result,
)
from fasterlog._entry cimport Entry, ballot_new
from fasterlog._handle cimport GIL_HELD_BYTES, LogHandle, ballot_into, slot_parse
from fasterlog._index cimport index_highest
from fasterlog._io cimport clock_ns
from fasterlog._phases cimport phase_accept, phase_advance, phase_commit, phase_learn, slot_place, slot_locate, vote_args
from fasterlog._read cimport READ_ANY, READ_COMMITTED, next_slot, read_entry
from fasterlog._readers cimport committed_iterator, follower, timeout_parse
from fasterlog._recovery cimport OpenLog, log_open
from fasterlog._tail cimport segment_table, tail_table
from fasterlog._epoch cimport epoch_mine, fl_epoch_enter, fl_epoch_leave, fl_epoch_record
from fasterlog._worker cimport worker_add
from fasterlog.config import Config
from fasterlog.errors import SlotCommittedError
from fasterlog.reports import Poison, PromiseReport, Stats

cdef object open_logs = weakref.WeakSet()


cdef class FasterLog(LogHandle):
    """A durable log for a consensus protocol, in the directory `path`.

    `FasterLog(path, **options)` or `FasterLog(config=Config(...))` opens the directory, and creates it if it is not there; the
    options are the fields of `Config`.  Raises `LogLockedError` if another writer has it, `CorruptedLogError`,
    `FormatVersionError` or `IdentityError` if it is not a log that can be opened, `OSError` for the system's errors; then
    nothing has been written and nothing stays open.

    Thread-safety: any call on any thread beside any other; linearisable per slot and against `promise`.  Iterators and batches
    belong to one thread.

    Fork-safety: in a forked child every call raises `ForkedError`; the child may open other logs.

    Durability: by level, see `Config.durability`; `wait=True` or `wait=False` overrides it for one call.  After an exception in a
    wait (time-out, Ctrl-C) the outcome is unknown: the change is in the log and will be on disk with a later group.

    The regions are those of FASTER's hybrid log (Chandramouli et al., "FASTER: A Concurrent Key-Value Store with In-Place Updates", SIGMOD
    2018), with consensus semantics.
    """

    def __init__(self, path=None, *, config=None, **options):
        if self.path is not None:
            raise RuntimeError(f"the log {self.path} was opened before; make another object")
        if config is None:
            if path is None:
                raise TypeError("FasterLog needs a path or a config")
            config = Config(path, **options)
        elif path is not None or options:
            raise TypeError("give either config or path and options, not both")
        elif not isinstance(config, Config):
            raise TypeError(f"config must be a Config, not {type(config).__name__}")
        cdef OpenLog opened = log_open(config)
        cdef int status
        self.adopt(opened.core)
        self.config, self.recovery, self.path = opened.config, opened.report, opened.path
        self.full_timeout = <uint64_t>(self.config.full_timeout * 1e9)
        with nogil:
            status = worker_add(self.core)
        if status != OK:
            self.shut()
            self.refuse(status, NULL, NULL)
        open_logs.add(self)

    def __enter__(self):
        self.check_open()
        return self

    def __exit__(self, kind, value, traceback):
        self.close()

    def __del__(self):
        if self.core == NULL:            # __cinit__ had no memory for it
            return
        if not fl_load_seqcst(&self.core.state) & (CORE_CLOSED | CORE_FORKED):
            try:
                warnings.warn(f"unclosed log {self.path}", ResourceWarning, source=self)
            finally:
                self.shut()

    def __repr__(self):
        state = "closed" if fl_load_seqcst(&self.core.state) & CORE_CLOSED else "open"
        return f"<FasterLog {self.path!r} {state}>"

    def __reduce__(self):
        raise TypeError("a log cannot be pickled or copied; open its path instead")

    def close(self):
        """Drains what is committed to the tail, brings everything to disk and lets go of the directory.

        Idempotent.  Calls on other threads finish or raise `LogClosedError`.  Entries and views taken from the log stay valid.  Raises what
        its own last writes raise (`DiskFullError`, `LogPoisonedError`); the log is closed all the same, and its next opening recovers.
        A log that was poisoned before is only let go of.
        """
        open_logs.discard(self)
        self.shut()

    # ------------------------------------------------------------------------------------------------------------- writing

    def promise(self, ballot):
        """Phase 1b: promises to accept nothing below `ballot`, and reports what was accepted and decided so far.

        ballot: a `Ballot`, or a tuple of two integers.  Returns a `PromiseReport`, once the promise and everything in the report
        is on disk (level "process": in the page cache).  An equal promise is repeated.  Raises `StaleBallotError` for a lower
        one.
        """
        cdef vote_args args
        cdef op_result result
        cdef uint64_t deadline = 0
        cdef int status
        ballot_into(ballot, &args.ballot_id, &args.ballot_node)
        args.under_id, args.under_node, args.slot = args.ballot_id, args.ballot_node, 0
        result.relies_on = 0
        while True:
            self.slow_enter()
            with nogil:
                status = control_promise_mark(self.core, args.under_id, args.under_node, &result)
                if status == OK:
                    control_promise_grace(self.core, &result)
            self.slow_leave()
            if status == OK:
                break
            self.resolve(status, &result, &args, &deadline)
        entries, unknown = self.report_entries(self.core.origin + result.need)
        # Once more, after the walk: what the report shows is durable before it is handed out.
        result.lsn = result.relies_on = fl_load_seqcst(&self.core.ring.reserved.word)
        self.finish(&result, self.core.durability != LEVEL_PROCESS)
        return PromiseReport(ballot=ballot_new(args.ballot_id, args.ballot_node), lsn=result.lsn,
                             committed_through=int(self.core.origin) + int(result.need) - 1,
                             first_slot=fl_load_seqcst(&self.core.first_slot), floor=self.floor, entries=entries, unknown=unknown)

    cdef tuple report_entries(self, uint64_t slot):
        """Everything at and above `slot`; the slots that are chosen with their value missing apart."""
        cdef list entries = [], unknown = []
        cdef Entry entry
        cdef bint found
        cdef int status
        found = slot >= self.core.origin                 # else all there is is committed, up to the last slot
        if found:
            slot = next_slot(self.core, slot, READ_ANY, &found)
        while found:
            entry = read_entry(self.core, slot, READ_ANY, &status)
            if entry is not None:
                entries.append(entry)
            elif status == VALUE_MISSING or status == CORRUPTED:
                unknown.append(slot)
            elif status != NOT_FOUND:
                self.refuse_read(status, slot)
            if slot == <uint64_t>-1:
                break
            slot = next_slot(self.core, slot + 1, READ_ANY, &found)
        self.check_open()                                # closed meanwhile: the walk has ended early
        return tuple(entries), tuple(unknown)

    def accept(self, slot, ballot, value, *, under=None, wait=None):
        """Phase 2b: stores a vote for `value` in `slot` and returns its LSN.

        slot: 0 to 2**64 - 1.  ballot: a `Ballot` or a tuple of two integers.  value: bytes or any contiguous buffer, up to
        `max_value_size` bytes; it is copied.  under: the message's ballot where it is higher than the entry's own (Raft: the
        leader's term); it is what is checked against the promise, and what raises it.  wait: overrides the level; by default
        waits for the disk at "accept" and "commit".

        The same vote again is fine, and so is a value that is committed there already.  Raises `StaleBallotError` (below the
        promise or the slot's vote), `BallotConflictError` (another value of the same ballot), `SlotCommittedError`,
        `TruncatedError`, `EntryTooLargeError`, `BufferFullError`; `CorruptedEntryError` for a lost slot: this node may have
        voted there, and does not again before it has learned the value.
        """
        cdef vote_args args
        cdef bint durable = self.core.durability != LEVEL_PROCESS if wait is None else bool(wait)
        args.slot = slot_parse(slot)
        ballot_into(ballot, &args.ballot_id, &args.ballot_node)
        if under is None:
            args.under_id, args.under_node = args.ballot_id, args.ballot_node
        else:
            self.under_parse(under, &args)
        return self.put(value, &args, False, durable)

    cdef int under_parse(self, object under, vote_args *args) except -1:
        ballot_into(under, &args.under_id, &args.under_node)
        if ballot_less(args.under_id, args.under_node, args.ballot_id, args.ballot_node):
            raise ValueError(f"slot {args.slot}: the message's ballot (under) is lower than the entry's own")
        return 0

    cdef object put(self, object value, vote_args *args, bint learn, bint durable):
        """Accept or learn, with the value's bytes held still meanwhile."""
        cdef Py_buffer view
        if PyBytes_CheckExact(value):
            args.value, args.size = <const uint8_t *>PyBytes_AS_STRING(value), <uint64_t>PyBytes_GET_SIZE(value)
            return self.put_bytes(args, learn, durable)
        PyObject_GetBuffer(value, &view, PyBUF_SIMPLE)
        try:
            args.value, args.size = <const uint8_t *>view.buf, <uint64_t>view.len
            return self.put_bytes(args, learn, durable)
        finally:
            PyBuffer_Release(&view)

    cdef object put_bytes(self, vote_args *args, bint learn, bint durable):
        cdef op_result result
        cdef uint64_t deadline = 0
        cdef int status
        result.relies_on = 0
        result.behind = False
        while True:
            if FL_SHRUNK or args.size > GIL_HELD_BYTES:
                self.slow_enter()
                with nogil:
                    status = phase_learn(self.core, args, &result) if learn else phase_accept(self.core, args, &result)
                self.slow_leave()
            else:
                status = phase_learn(self.core, args, &result) if learn else phase_accept(self.core, args, &result)
            if status == OK:
                break
            self.resolve(status, &result, args, &deadline)
        if durable or result.relies_on != 0 or result.behind:
            self.committed(&result, durable)
        return result.lsn

    def commit(self, slot, ballot=None, *, wait=None):
        """Phase 3: marks the vote in `slot` as chosen and returns the mark's LSN.

        The vote must be of `ballot`, or, without one, of the promised ballot; else `BallotMismatchError`: a stale vote is never
        committed.  A slot that is committed already is fine, whatever ballot says so again.  `SlotNotFoundError`: there is no
        vote (use `learn`).  `CorruptedEntryError`: the slot is lost (use `learn`).  Waits for the disk at "commit".
        """
        cdef vote_args args
        cdef op_result result
        cdef uint64_t deadline = 0
        cdef int status
        cdef bint any_ballot = ballot is None
        cdef bint durable = self.core.durability == LEVEL_COMMIT if wait is None else bool(wait)
        args.slot = slot_parse(slot)
        args.ballot_id = args.ballot_node = 0
        if not any_ballot:
            ballot_into(ballot, &args.ballot_id, &args.ballot_node)
        result.relies_on = 0
        while True:
            if FL_SHRUNK:
                self.slow_enter()
                with nogil:
                    status = phase_commit(self.core, args.slot, any_ballot, args.ballot_id, args.ballot_node, &result)
                self.slow_leave()
            else:
                status = phase_commit(self.core, args.slot, any_ballot, args.ballot_id, args.ballot_node, &result)
            if status == OK:
                break
            if status == BALLOT_MISMATCH and any_ballot:
                core_ballot_read(&self.core.promised, &args.ballot_id, &args.ballot_node)     # which one was meant
            self.resolve(status, &result, &args, &deadline)
        if result.behind or durable or result.relies_on != 0:
            self.committed(&result, durable)
        return result.lsn

    cdef int committed(self, op_result *result, bint durable) except -1:
        if result.behind:
            self.slow_enter()
            with nogil:
                phase_advance(self.core)
            self.slow_leave()
        return self.finish(result, durable)

    def learn(self, slot, ballot, value, *, wait=None):
        """Commits a value that this node may never have accepted, and returns its LSN.

        The same value again is fine.  Another one than is committed there: `SafetyViolationError`, and the log is poisoned.
        Repairs a slot that is chosen but whose value is missing, and one that is lost.  Waits for the disk at "commit".
        """
        cdef vote_args args
        cdef bint durable = self.core.durability == LEVEL_COMMIT if wait is None else bool(wait)
        args.slot = slot_parse(slot)
        ballot_into(ballot, &args.ballot_id, &args.ballot_node)
        args.under_id, args.under_node = args.ballot_id, args.ballot_node
        return self.put(value, &args, True, durable)

    def discard(self, from_slot, *, wait=None):
        """Drops the uncommitted votes at and above `from_slot` (a Raft conflict) and returns the LSN.

        Raises `SlotCommittedError` if a slot at or above is committed; then nothing is dropped.  Waits for the disk at "commit".
        """
        cdef vote_args args
        cdef op_result result
        cdef uint64_t deadline = 0
        cdef int status
        cdef bint durable = self.core.durability == LEVEL_COMMIT if wait is None else bool(wait)
        args.slot = slot_parse(from_slot)
        args.ballot_id = args.ballot_node = 0
        result.relies_on = 0
        while True:
            self.slow_enter()
            with nogil:
                status = control_discard(self.core, args.slot, &result)
            self.slow_leave()
            if status == OK:
                break
            if status == SLOT_COMMITTED:
                raise SlotCommittedError(f"cannot discard from slot {args.slot} on: slot {result.slot} is committed", slot=result.slot,
                                         entry=self.entry_or_none(result.slot))
            self.resolve(status, &result, &args, &deadline)
        self.finish(&result, durable)
        return result.lsn

    def batch(self, *, wait=None):
        """A context manager with accept, commit, learn, discard and set_meta that take effect together, see `Batch`.

        wait: overrides the level for the whole batch; by default waits for the disk at "accept" and "commit".
        """
        self.check_open()
        return batch_new(self, wait)

    @property
    def meta(self):
        """A copy of the small durable mapping of str to bytes (Raft's term and vote, membership, ballot counters)."""
        cdef uint64_t version
        self.check_open()
        return meta_read(self, &version)

    def set_meta(self, changes, *, wait=None):
        """Merges `changes` into the mapping and returns the LSN; a value of None takes its key out.

        Keys are str, values bytes; at most 64 KiB in all, or 1/64 of the mutable region if that is less (`EntryTooLargeError`).
        Waits for the disk at "accept" and "commit".
        """
        cdef op_result result
        cdef uint64_t version = 0
        cdef uint64_t deadline = 0
        cdef int status
        cdef bytes packed
        cdef const uint8_t *data
        cdef uint32_t size
        cdef bint durable = self.core.durability != LEVEL_PROCESS if wait is None else bool(wait)
        result.relies_on = 0
        while True:
            self.check_open()
            packed = meta_pack(self, meta_merge(meta_read(self, &version), changes))
            data, size = <const uint8_t *>PyBytes_AS_STRING(packed), <uint32_t>PyBytes_GET_SIZE(packed)
            self.slow_enter()
            with nogil:
                status = control_set_meta(self.core, data, size, version, &result)
            self.slow_leave()
            if status == OK:
                break
            self.resolve(status, &result, NULL, &deadline)
        self.finish(&result, durable)
        return result.lsn

    # ------------------------------------------------------------------------------------------------------------- reading

    def read(self, slot):
        """The slot's `Entry`: a vote or a committed entry.

        Raises `SlotNotFoundError`, `TruncatedError`, `CorruptedEntryError`.  A committed entry that has reached the tail is
        shown in place: its buffer is the mapped file.
        """
        cdef uint64_t number = slot_parse(slot)
        cdef int status
        cdef Entry entry = read_entry(self.core, number, READ_ANY, &status)
        if entry is None:
            self.refuse_read(status, number)
        return entry

    def read_committed(self, slot):
        """As `read`, for committed entries only: a vote raises `NotCommittedError`."""
        cdef uint64_t number = slot_parse(slot)
        cdef int status
        cdef Entry entry = read_entry(self.core, number, READ_COMMITTED, &status)
        if entry is None:
            self.refuse_read(status, number)
        return entry

    def get(self, slot, default=None):
        """As `read`, but `default` where the slot holds nothing (a truncated one holds nothing)."""
        cdef uint64_t number = slot_parse(slot)
        cdef int status
        cdef Entry entry = read_entry(self.core, number, READ_ANY, &status)
        if entry is None:
            if status == NOT_FOUND or status == BELOW_FIRST:
                return default
            self.refuse_read(status, number)
        return entry

    def __contains__(self, slot):
        cdef fl_epoch_record *me
        cdef uint64_t number
        cdef slot_place found
        cdef int status = NOT_FOUND
        try:
            number = slot_parse(slot)
        except (OverflowError, TypeError):
            return False
        me = epoch_mine()
        if me == NULL:
            raise MemoryError("no memory for this thread's epoch record")
        fl_epoch_enter(me)
        if not fl_load_seqcst(&self.core.state) & (CORE_CLOSED | CORE_FORKED):
            status = slot_locate(self.core, number, &found)
        fl_epoch_leave(me)
        self.check_open()
        return status != NOT_FOUND and status != BELOW_FIRST

    def __len__(self):
        cdef uint64_t lowest, highest
        self.check_open()
        return core_committed(self.core, &lowest, &highest)

    def __bool__(self):
        return True

    def scan_uncommitted(self, start=None, stop=None):
        """A list of the votes in [start, stop) that are not committed: one `Entry` a slot, in slot order.

        Not by itself an answer to phase 1: that needs a promise first.  Each entry is as it was at some moment of the call.
        """
        cdef uint64_t slot = 0 if start is None else slot_parse(start)
        cdef uint64_t last = <uint64_t>-1 if stop is None or stop == 1 << 64 else slot_parse(stop) - 1
        cdef list entries = []
        cdef Entry entry
        cdef bint found
        cdef int status
        self.check_open()
        if stop is not None and stop == 0:
            return entries
        slot = max(slot, self.core.origin + fl_load_seqcst(&self.core.contiguous.word))
        slot = next_slot(self.core, slot, READ_ANY, &found)
        while found and slot <= last:
            entry = read_entry(self.core, slot, READ_ANY, &status)
            if entry is None:
                if status != NOT_FOUND and status != VALUE_MISSING:
                    self.refuse_read(status, slot)
            elif not entry.committed:
                entries.append(entry)
            if slot == <uint64_t>-1:
                break
            slot = next_slot(self.core, slot + 1, READ_ANY, &found)
        self.check_open()                                # closed meanwhile: the walk has ended early
        return entries

    def iter_committed(self, start=None, stop=None, *, gaps="raise", skip_errors=False):
        """Iterates over the committed entries of [start, stop) in slot order.

        A consistent view: every entry whose commit returned before the call, up to the highest slot committed then; perhaps
        some committed since, never beyond that slot.  start: None begins at the lowest committed slot held.  gaps: at a slot
        that is not committed "raise" (`GapError`), "stop" or "skip".  skip_errors: passes over damaged entries.  If truncation
        overtakes it: `TruncatedError`.
        """
        self.check_open()
        return committed_iterator(self, start, stop, gaps, bool(skip_errors))

    def follow(self, start, *, timeout=None, durable=False):
        """Iterates over the committed entries from `start` on, for ever, and waits for each; a gap is waited for, never skipped.

        timeout: seconds that one step waits before it raises `TimeoutError`; the next step goes on at the same slot. durable:
        hands out only what a crash cannot take back.  Raises `TruncatedError`, `LogClosedError` or `LogPoisonedError` rather
        than wait on.
        """
        self.check_open()
        return follower(self, start, timeout, bool(durable))

    # ------------------------------------------------------------------------------------------------------------- figures

    def committed_range(self):
        """(first, last, count) of the committed slots held; first and last are None if there are none.  O(1).

        Slots whose value is missing or lost are not held.
        """
        cdef uint64_t lowest, highest, count
        self.check_open()
        count = core_committed(self.core, &lowest, &highest)
        return (lowest, highest, count) if count else (None, None, 0)

    @property
    def committed_through(self):
        """The last slot of the unbroken run of committed slots from `first_slot` on; `first_slot - 1` if there is none.  O(1)."""
        self.check_open()
        return int(self.core.origin) + int(fl_load_seqcst(&self.core.contiguous.word)) - 1

    @property
    def first_slot(self):
        """The lowest slot that the log may hold."""
        self.check_open()
        return fl_load_seqcst(&self.core.first_slot)

    @property
    def last_slot(self):
        """The highest slot that holds a vote or a committed entry, or has lost it; `first_slot - 1` if there is none.  O(1)."""
        cdef fl_epoch_record *me
        cdef uint64_t slot, evicted, first
        cdef bint found, open
        self.check_open()
        me = epoch_mine()
        if me == NULL:
            raise MemoryError("no memory for this thread's epoch record")
        fl_epoch_enter(me)
        open = not fl_load_seqcst(&self.core.state) & (CORE_CLOSED | CORE_FORKED)
        found = open and index_highest(&self.core.index, &slot)
        evicted = fl_load_seqcst(&self.core.index.evicted_end)
        first = fl_load_seqcst(&self.core.first_slot)
        fl_epoch_leave(me)
        self.check_open()
        if found:
            return slot
        return int(max(evicted, first)) - 1            # what has been evicted is committed without a gap

    @property
    def floor(self):
        """(slot, ballot) of the last dropped slot; None if none was dropped."""
        self.check_open()
        if not self.core.has_floor:
            return None
        return self.core.floor_slot, ballot_new(self.core.floor_id, self.core.floor_node)

    @property
    def promised(self):
        """The promised `Ballot`; None at first."""
        cdef uint64_t id, node
        self.check_open()
        return ballot_new(id, node) if core_ballot_read(&self.core.promised, &id, &node) else None

    @property
    def ballot_max(self):
        """The highest `Ballot` seen in a promise, vote or learned value; None at first.  A new ballot has to be above it."""
        cdef uint64_t id, node
        promised = self.promised
        if not core_ballot_read(&self.core.learned, &id, &node):
            return promised
        learned = ballot_new(id, node)
        return learned if promised is None or learned > promised else promised

    @property
    def log_id(self):
        """The log's own number: 64 random bits, drawn when its directory was created, and never another since.

        With `incarnation` it tells a lost or rolled-back disk: see docs/lost-disk.md.
        """
        self.check_open()
        return self.core.log_id

    @property
    def incarnation(self):
        """How often the log has been opened, this time included; durable before the opening returns.

        It rises by at least one each time, a crash during an opening may take one as well.  An older copy of the directory has a lower
        one than has been seen before.
        """
        self.check_open()
        return self.core.incarnation

    @property
    def used_space(self):
        """Bytes of the mutable region in use."""
        self.check_open()
        return self.used()

    cdef uint64_t used(self) noexcept:
        # `reclaimed` first: it never passes a later `reserved`.
        cdef uint64_t reclaimed = fl_load_seqcst(&self.core.ring.reclaimed.word)
        return fl_load_seqcst(&self.core.ring.reserved.word) - reclaimed

    @property
    def available_space(self):
        """Bytes of the mutable region that votes can still take before space has to be reclaimed."""
        cdef uint64_t taken
        self.check_open()
        taken = self.used() + core_keep_votes(self.core)
        return self.core.ring.size - taken if taken < self.core.ring.size else 0

    def stats(self):
        """Counters since the opening, and gauges of the moment, as `Stats`."""
        cdef log_core *core = self.core
        cdef uint64_t sealed = 0
        cdef fl_epoch_record *me
        cdef segment_table *table
        cdef counter_cell totals
        cdef uint64_t lowest, highest
        cdef list latency = []
        self.check_open()
        for i in range(24):                            # not a comprehension: see meta_pack
            latency.append((1 << i, fl_load_relaxed(&core.sync.latency[i])))
        core_totals(core, &totals)
        me = epoch_mine()
        if me == NULL:
            raise MemoryError("no memory for this thread's epoch record")
        fl_epoch_enter(me)
        table = tail_table(&core.tail)
        if table != NULL and not fl_load_seqcst(&core.state) & (CORE_CLOSED | CORE_FORKED):
            sealed = table.count
        fl_epoch_leave(me)
        return Stats(
            accepts=fl_load_relaxed(&totals.accepts), commits=fl_load_relaxed(&totals.commits), learns=fl_load_relaxed(&totals.learns),
            promises=fl_load_relaxed(&core.promises),
            discards=fl_load_relaxed(&core.discards), batches=fl_load_relaxed(&core.batches),
            syncs=fl_load_relaxed(&core.sync.groups), sync_bytes=fl_load_relaxed(&core.sync.bytes),
            sync_latency=tuple(latency),
            checkpoints=fl_load_relaxed(&core.reclaims), reclaimed_bytes=fl_load_relaxed(&core.reclaimed_bytes),
            background_errno=fl_load_relaxed(&core.sync_errno) or fl_load_relaxed(&core.checkpoint_errno),
            carried_votes=fl_load_relaxed(&core.carried), index_losses=fl_load_relaxed(&totals.losers),
            waits_full=fl_load_relaxed(&core.waits_full), ring_used=self.used(), ring_size=core.ring.size,
            tail_bytes=fl_load_relaxed(&core.tail.bytes), tail_segments=sealed, tail_entries=fl_load_relaxed(&core.tail.entries),
            committed_entries=core_committed(core, &lowest, &highest),
            published_lsn=fl_load_seqcst(&core.ring.published.word), durable_lsn=fl_load_seqcst(&core.sync.durable.word))

    @property
    def poisoned(self):
        """None, or a `Poison`: errno, reason and last durable LSN of the failure after which the log only reads."""
        self.check_open()
        if not fl_load_seqcst(&self.core.state) & CORE_POISONED:
            return None
        return Poison(errno=self.core.poison_errno, reason=self.poison_text(), durable_lsn=self.core.poison_durable)

    # ---------------------------------------------------------------------------------------------------------- durability

    @property
    def durable_lsn(self):
        """Every record whose LSN is at or below is on disk."""
        self.check_open()
        return fl_load_seqcst(&self.core.sync.durable.word)

    @property
    def published_lsn(self):
        """Every record whose LSN is at or below is in the log, though perhaps not on disk."""
        self.check_open()
        return fl_load_seqcst(&self.core.ring.published.word)

    def sync(self):
        """Returns when everything that had returned before is on disk, at any level."""
        cdef op_result result
        self.check_open()
        if fl_load_seqcst(&self.core.state) & CORE_POISONED:         # even if all is on disk: a poisoned log answers reads only
            self.refuse(POISONED, NULL, NULL)
        result.lsn = result.relies_on = fl_load_seqcst(&self.core.ring.reserved.word)
        self.finish(&result, True)

    def wait_durable(self, lsn, timeout=None):
        """Waits until the record with this LSN, as a call returned it, is on disk.  timeout in seconds: then `TimeoutError`."""
        cdef uint64_t ticket = slot_parse(lsn)
        cdef uint64_t limit = timeout_parse(timeout)
        cdef uint64_t reserved
        self.check_open()
        reserved = fl_load_seqcst(&self.core.ring.reserved.word)
        if ticket > reserved:
            raise ValueError(f"LSN {ticket} has not been given out yet; the log ends at {reserved}")
        self.wait_durable_until(ticket, 0 if limit == <uint64_t>-1 else clock_ns() + limit)

    def checkpoint(self):
        """Moves every entry committed before the call to the tail, syncs it, and frees the mutable region's space."""
        cdef int status
        self.slow_enter()
        with nogil:
            status = checkpoint_all(self.core)
        self.slow_leave()
        if status != OK:
            self.refuse(status, NULL, NULL)


def _close_all():
    """At interpreter exit: what nobody waited for is brought to disk, as close() does."""
    for log in list(open_logs):
        if fl_load_seqcst(&(<FasterLog>log).core.state) & CORE_FORKED:
            continue                                     # the parent's
        try:
            log.close()
            warnings.warn(f"unclosed log {log.path}", ResourceWarning, stacklevel=1)
        except Exception as error:                       # the next log wants its turn
            PyErr_SetObject(type(error), error)
            PyErr_WriteUnraisable(log)                   # calls sys.unraisablehook, whose default takes nothing that Python can make


atexit.register(_close_all)
