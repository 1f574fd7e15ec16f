"""Several changes as one: checked at each call, invisible before a clean exit, all or none.

A Batch collects its operations in Python and hands them to the core in one piece (control_batch, where the protocol stands).  A call is
checked against the log as it is and against what the batch itself has made of the slot; at the exit the first kind of check is made
again, with the slots held, since other threads went on meanwhile.  Only then is anything written.

The mapping, packed: sorted by key, for each  u32 key length | key, UTF-8 | u32 value length | value.
"""
import struct

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.errno cimport ENOMEM
from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

cimport cython
from fasterlog._atomic cimport pthread_mutex_lock, pthread_mutex_unlock
from fasterlog._control cimport (
    BATCH_ACCEPT, BATCH_COMMIT, BATCH_DISCARD, BATCH_LEARN, BATCH_META, batch_op, control_batch,
)
from fasterlog._core cimport (
    AGAIN, BALLOT_CONFLICT, BALLOT_MISMATCH, LEVEL_PROCESS, NEED_LEARNED, NEED_PAGES, NEED_PROMISE, NEED_SPACE, NOT_FOUND, OK,
    SLOT_COMMITTED, STALE_PROMISE, STALE_VOTE, VALUE_MISSING, ballot_less, core_ballot_read, log_core, op_result,
)
from fasterlog._epoch cimport epoch_mine, fl_epoch_enter, fl_epoch_leave, fl_epoch_record
from fasterlog._handle cimport LogHandle, ballot_into, slot_parse
from fasterlog._index cimport index_prepare
from fasterlog._layout cimport FL_FRAME_HEADER, FL_META_MOST, fl_frame_length
from fasterlog._phases cimport check_slot, slot_pages, vote_args
from fasterlog._read cimport READ_ANY, READ_COMMITTED, next_slot, read_entry
from fasterlog._ring cimport RING_FRAME_SHARE
from fasterlog.errors import BatchTooLargeError, CorruptedLogError, EntryTooLargeError, SlotCommittedError

cdef enum:
    BATCH_NEW = 0
    BATCH_OPEN = 1
    BATCH_DONE = 2
    META_SHARE = 64         # the mapping takes at most this part of the ring

cdef object _length = struct.Struct("<I")


# ------------------------------------------------------------------------------------------------------------- the mapping

cdef bytes meta_pack(LogHandle handle, dict meta):
    cdef list parts = []
    cdef bytes packed
    # Not a comprehension: Cython 3.3's lets go of the new object twice when there is no memory for the list to grow.
    for name in sorted(meta):
        key, value = name.encode(), bytes(meta[name])
        parts.append(_length.pack(len(key)))
        parts.append(key)
        parts.append(_length.pack(len(value)))
        parts.append(value)
    packed = b"".join(parts)
    cdef uint64_t limit = min(handle.core.ring.size // META_SHARE, <uint64_t>FL_META_MOST)
    if <uint64_t>len(packed) > limit:
        raise EntryTooLargeError(f"the mapping would take {len(packed)} bytes, more than the limit of {limit}",
                                 size=len(packed), limit=limit)
    return packed


cdef dict meta_read(LogHandle handle, uint64_t *version):
    """A fresh dict of what is in force."""
    cdef bytes packed
    cdef dict meta = {}
    cdef Py_ssize_t at = 0
    with nogil:
        pthread_mutex_lock(&handle.core.control)
    try:
        packed = PyBytes_FromStringAndSize(<char *>handle.core.meta, handle.core.meta_bytes)
        version[0] = handle.core.meta_version
    finally:
        pthread_mutex_unlock(&handle.core.control)
    try:
        while at < len(packed):
            key, at = _piece(packed, at)
            value, at = _piece(packed, at)
            meta[key.decode()] = value
    except (struct.error, UnicodeDecodeError) as error:
        # Its checksum fits, so it was written like this, by something else than a log.
        raise CorruptedLogError(f"{handle.path}: the mapping cannot be read: {error}", path=handle.path) from None
    return meta


def _piece(bytes packed, Py_ssize_t at):
    length = _length.unpack_from(packed, at)[0]
    if length > len(packed) - at - 4:
        raise struct.error(f"a piece of {length} bytes, but {len(packed) - at - 4} are there")
    return packed[at + 4:at + 4 + length], at + 4 + length


cdef dict meta_merge(dict meta, object changes):
    """`meta` with the changes; a value of None takes its key out."""
    cdef dict merged = dict(meta)
    for key, value in dict(changes).items():
        if not isinstance(key, str):
            raise TypeError(f"a key of the mapping must be a str, not {type(key).__name__}")
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, (bytes, bytearray, memoryview)):
            merged[key] = bytes(value)
        else:
            raise TypeError(f"the mapping's value for {key!r} must be bytes, not {type(value).__name__}")
    return merged


# --------------------------------------------------------------------------------------------------------------- the batch

@cython.final
cdef class Batch:
    """Accepts, commits, learns, discards and changes of the mapping that take effect together.

    Made by `FasterLog.batch()`, used as a context manager.  Each call checks its arguments and raises as the log's own call would;
    nothing is written before the body ends without an exception.  Then all of it becomes one frame and one fsync: after a crash all of it
    is there, or none.  After the exit `lsn` is its ticket; None if nothing had to be written.

    Thread-safety: a batch belongs to one thread.  Other threads may use the log meanwhile; if they change one of the batch's slots
    so that a check no longer holds, the exit raises and nothing is written.
    """

    def __init__(self):
        raise TypeError("a batch is made by FasterLog.batch()")

    def __enter__(self):
        if self.state != BATCH_NEW:
            raise RuntimeError("a batch can be entered once")
        self.state = BATCH_OPEN
        return self

    def __exit__(self, kind, value, traceback):
        self.state = BATCH_DONE
        if kind is None and (self.ops or self.meta is not None):
            batch_commit(self)
        return False

    cdef int ready(self, uint64_t more) except -1:
        cdef uint64_t limit = self.handle.core.ring.size // RING_FRAME_SHARE
        self.handle.check_open()
        if self.state != BATCH_OPEN:
            raise RuntimeError("the batch is not open: use it inside its with block")
        if self.bytes + more > limit:
            raise BatchTooLargeError(f"the batch would take {self.bytes + more} bytes, more than the limit of {limit}",
                                     size=self.bytes + more, limit=limit)
        return 0

    def accept(self, slot, ballot, value, *, under=None):
        """As `FasterLog.accept`; the promise is raised at the exit.  At the exit also: `StaleBallotError` and the like, see the class."""
        cdef vote_args args
        cdef bytes data = value_bytes(self, value, slot)
        vote_fill(&args, slot, ballot, under, data)
        self.ready(fl_frame_length(args.size))
        if not known_accept(self, &args, data):
            return
        add(self, BATCH_ACCEPT, &args, data, False)
        self.under_id, self.under_node = args.under_id, args.under_node

    def commit(self, slot, ballot=None):
        """As `FasterLog.commit`; the vote may be one of this batch."""
        cdef vote_args args
        memset(&args, 0, sizeof(args))
        args.slot = slot_parse(slot)
        if ballot is not None:
            ballot_into(ballot, &args.ballot_id, &args.ballot_node)
        self.ready(FL_FRAME_HEADER)
        if not known_commit(self, &args, ballot is None):
            return
        earlier = self.slots.get(args.slot)
        entry = None if earlier is not None else self.handle.entry_or_none(args.slot)
        add(self, BATCH_COMMIT, &args, None, ballot is None)
        # Known from here on as committed, with the value of the vote that is marked.
        self.slots[args.slot] = (BATCH_COMMIT, args.ballot_id, args.ballot_node,
                                 earlier[3] if earlier is not None else entry.value if entry is not None else None)

    def learn(self, slot, ballot, value):
        """As `FasterLog.learn`."""
        cdef vote_args args
        cdef bytes data = value_bytes(self, value, slot)
        vote_fill(&args, slot, ballot, None, data)
        self.ready(fl_frame_length(args.size))
        earlier = self.slots.get(args.slot)
        if earlier is not None and earlier[0] != BATCH_ACCEPT:
            if earlier[3] is not None and earlier[3] != data:
                self.handle.refuse(SLOT_COMMITTED, NULL, &args)
            return
        look_slot(self, &args, False)
        add(self, BATCH_LEARN, &args, data, False)

    def discard(self, from_slot):
        """As `FasterLog.discard`; drops this batch's own votes as well."""
        cdef vote_args args
        cdef bint found
        cdef uint64_t committed
        memset(&args, 0, sizeof(args))
        args.slot = slot_parse(from_slot)
        self.ready(FL_FRAME_HEADER)
        committed = next_slot(self.handle.core, args.slot, READ_COMMITTED, &found)
        for slot, state in self.slots.items():
            if slot >= args.slot and state[0] != BATCH_ACCEPT:
                found, committed = True, slot
        if found:
            raise SlotCommittedError(f"cannot discard from slot {args.slot} on: slot {committed} is committed", slot=committed)
        add(self, BATCH_DISCARD, &args, None, False)
        self.slots = {slot: state for slot, state in self.slots.items() if slot < args.slot}
        if self.discarded_from is None or args.slot < self.discarded_from:
            self.discarded_from = args.slot

    def set_meta(self, changes):
        """As `FasterLog.set_meta`."""
        cdef uint64_t version
        self.ready(0)
        changes = dict(changes)
        merged = {**(self.meta or {}), **changes}
        # Checked as a whole now, so that the exit finds nothing to object to but other threads' changes.
        self.ready(fl_frame_length(len(meta_pack(self.handle, meta_merge(meta_read(self.handle, &version), merged)))))
        self.meta = merged


cdef Batch batch_new(LogHandle handle, object wait):
    cdef Batch batch = Batch.__new__(Batch)
    batch.handle = handle
    batch.wait = wait
    batch.ops = []
    batch.slots = {}
    batch.bytes = FL_FRAME_HEADER
    batch.under_id = batch.under_node = 0
    batch.state = BATCH_NEW
    return batch


cdef bytes value_bytes(Batch batch, object value, object slot):
    """A private copy: the caller may change its buffer before the exit."""
    cdef Py_ssize_t size
    if not isinstance(value, bytes):
        if isinstance(value, (str, int)):
            raise TypeError(f"a value must be bytes or another buffer, not {type(value).__name__}")
        view = memoryview(value)
        size = view.nbytes
    else:
        size = len(value)
    if <uint64_t>size > batch.handle.core.max_value_size:
        raise EntryTooLargeError(f"slot {slot}: a value of {size} bytes is larger than max_value_size, {batch.handle.core.max_value_size}",
                                 size=size, limit=batch.handle.core.max_value_size, slot=slot)
    return bytes(value)


cdef int vote_fill(vote_args *args, object slot, object ballot, object under, bytes data) except -1:
    args.slot = slot_parse(slot)
    ballot_into(ballot, &args.ballot_id, &args.ballot_node)
    args.under_id, args.under_node = args.ballot_id, args.ballot_node
    if under is not None:
        ballot_into(under, &args.under_id, &args.under_node)
        if ballot_less(args.under_id, args.under_node, args.ballot_id, args.ballot_node):
            raise ValueError(f"slot {slot}: the message's ballot (under) is lower than the entry's own")
    args.value = <const uint8_t *>PyBytes_AS_STRING(data)
    args.size = <uint64_t>PyBytes_GET_SIZE(data)
    return 0


cdef int add(Batch batch, int kind, const vote_args *args, bytes data, bint any_ballot) except -1:
    cdef uint64_t slot = args.slot
    known = slot in batch.slots or (batch.discarded_from is not None and slot >= batch.discarded_from)
    batch.ops.append((kind, slot, args.ballot_id, args.ballot_node, args.under_id, args.under_node, data, any_ballot, known))
    batch.bytes += fl_frame_length(len(data) if data is not None else 0)
    if kind != BATCH_DISCARD:
        batch.slots[slot] = (kind, args.ballot_id, args.ballot_node, data)
    return 0


cdef bint known_accept(Batch batch, const vote_args *args, bytes data) except -1:
    """The check against the batch's own state of the slot, or the log's; 0: it is there already, nothing to add."""
    cdef op_result result
    cdef uint64_t promised_id, promised_node
    earlier = batch.slots.get(args.slot)
    if core_ballot_read(&batch.handle.core.promised, &promised_id, &promised_node):
        if ballot_less(args.under_id, args.under_node, promised_id, promised_node):
            result.ballot_id, result.ballot_node = promised_id, promised_node
            batch.handle.refuse(STALE_PROMISE, &result, args)
    if ballot_less(args.under_id, args.under_node, batch.under_id, batch.under_node):
        result.ballot_id, result.ballot_node = batch.under_id, batch.under_node
        batch.handle.refuse(STALE_PROMISE, &result, args)        # an earlier accept of this batch has raised it
    if earlier is None:
        return look_accept(batch, args, data)
    if earlier[0] != BATCH_ACCEPT:
        if earlier[3] is not None and earlier[3] != data:
            raise SlotCommittedError(f"slot {args.slot} is committed with another value in this batch", slot=args.slot)
        return False
    result.ballot_id, result.ballot_node = earlier[1], earlier[2]
    if ballot_less(args.ballot_id, args.ballot_node, result.ballot_id, result.ballot_node):
        batch.handle.refuse(STALE_VOTE, &result, args)
    if args.ballot_id == result.ballot_id and args.ballot_node == result.ballot_node:
        if earlier[3] != data:
            batch.handle.refuse(BALLOT_CONFLICT, &result, args)
        return False
    return True


cdef int look_slot(Batch batch, const vote_args *args, bint vote) except -1:
    """May the slot hold an entry at all, or a vote?"""
    cdef op_result result
    cdef int status
    batch.handle.slow_enter()
    with nogil:
        status = index_prepare(&batch.handle.core.index, args.slot)
        if status == OK:
            status = slot_look(batch.handle.core, args.slot, vote, &result)
        while status == NEED_PAGES:              # bounded: each turn has more of the entry's pages checked
            status = slot_pages(batch.handle.core, args.slot)
            if status == OK:
                status = slot_look(batch.handle.core, args.slot, vote, &result)
    batch.handle.slow_leave()
    if status != OK:
        batch.handle.refuse(status, &result, args)
    return 0


cdef int slot_look(log_core *core, uint64_t slot, bint vote, op_result *result) noexcept nogil:
    cdef fl_epoch_record *me = epoch_mine()
    cdef int status
    if me == NULL:
        return -ENOMEM
    fl_epoch_enter(me)
    status = check_slot(core, slot, vote, result)
    fl_epoch_leave(me)
    return status


cdef bint look_accept(Batch batch, const vote_args *args, bytes data) except -1:
    """Against the log as it is; the exit looks again.  0: it is committed there."""
    cdef op_result result
    cdef int status
    look_slot(batch, args, True)
    if batch.discarded_from is not None and args.slot >= batch.discarded_from:
        return True
    entry = read_entry(batch.handle.core, args.slot, READ_ANY, &status)
    if entry is None:
        return True
    if entry.committed:
        if entry.value != data:
            batch.handle.refuse(SLOT_COMMITTED, NULL, args)
        return False
    result.ballot_id, result.ballot_node = entry.ballot.id, entry.ballot.node
    if ballot_less(args.ballot_id, args.ballot_node, result.ballot_id, result.ballot_node):
        batch.handle.refuse(STALE_VOTE, &result, args)
    if entry.ballot.id == args.ballot_id and entry.ballot.node == args.ballot_node and entry.value != data:
        batch.handle.refuse(BALLOT_CONFLICT, &result, args)
    return True


cdef bint known_commit(Batch batch, vote_args *args, bint any_ballot) except -1:
    cdef op_result result
    cdef int status
    earlier = batch.slots.get(args.slot)
    if earlier is not None and earlier[0] != BATCH_ACCEPT:
        return False                                     # chosen is chosen
    if any_ballot and (earlier is not None or not core_ballot_read(&batch.handle.core.promised, &args.ballot_id, &args.ballot_node)):
        # The batch's own vote has at least the promised ballot by the time it is there.
        if earlier is not None:
            args.ballot_id, args.ballot_node = earlier[1], earlier[2]
    if earlier is None:
        entry = read_entry(batch.handle.core, args.slot, READ_ANY, &status)
        if batch.discarded_from is not None and args.slot >= batch.discarded_from and status != VALUE_MISSING:
            batch.handle.refuse_read(NOT_FOUND, args.slot)       # a discard drops votes, and leaves a lost slot lost
        if entry is None:
            batch.handle.refuse_read(status, args.slot)
        if entry.committed:
            return True
        result.ballot_id, result.ballot_node = entry.ballot.id, entry.ballot.node
    else:
        result.ballot_id, result.ballot_node = earlier[1], earlier[2]
    if result.ballot_id != args.ballot_id or result.ballot_node != args.ballot_node:
        batch.handle.refuse(BALLOT_MISMATCH, &result, args)
    return True


# ---------------------------------------------------------------------------------------------------------------- the exit

cdef int batch_commit(Batch batch) except -1:
    cdef LogHandle handle = batch.handle
    cdef uint64_t count = len(batch.ops) + 1
    cdef batch_op *ops = <batch_op *>calloc(count, sizeof(batch_op))
    cdef op_result result
    cdef uint64_t version = 0
    cdef uint64_t deadline = 0
    cdef int status = AGAIN
    cdef bint durable = handle.core.durability != LEVEL_PROCESS if batch.wait is None else bool(batch.wait)
    cdef bytes packed = None
    if ops == NULL:
        raise MemoryError(f"no memory for a batch of {count} operations")
    try:
        memset(&result, 0, sizeof(result))
        for i, op in enumerate(batch.ops):
            op_fill(&ops[i], op)
            if ops[i].kind == BATCH_ACCEPT:              # one promise for all of them
                ops[i].args.under_id, ops[i].args.under_node = batch.under_id, batch.under_node
        while status != OK:                              # bounded by full_timeout, and by other threads' progress
            count = len(batch.ops)
            if batch.meta is not None:
                packed = meta_pack(handle, meta_merge(meta_read(handle, &version), batch.meta))
                ops[count].kind = BATCH_META
                ops[count].args.value = <const uint8_t *>PyBytes_AS_STRING(packed)
                ops[count].args.size = <uint64_t>PyBytes_GET_SIZE(packed)
                count += 1
            handle.slow_enter()
            with nogil:
                status = control_batch(handle.core, ops, count, version, &result)
            handle.slow_leave()
            if status in (AGAIN, NEED_SPACE, NEED_PROMISE, NEED_LEARNED, NEED_PAGES):
                handle.resolve(status, &result, &ops[result.slot].args if status != NEED_SPACE else NULL, &deadline)
            elif status != OK:
                handle.refuse(status, &result, &ops[min(result.slot, count - 1)].args)
    finally:
        free(ops)
    if result.lsn != 0:
        batch.lsn = result.lsn
        handle.finish(&result, durable)
    return 0


cdef int op_fill(batch_op *op, tuple source) except -1:
    op.kind = source[0]
    op.args.slot = source[1]
    op.args.ballot_id, op.args.ballot_node = source[2], source[3]
    op.args.under_id, op.args.under_node = source[4], source[5]
    if source[6] is not None:
        op.args.value = <const uint8_t *>PyBytes_AS_STRING(source[6])
        op.args.size = <uint64_t>PyBytes_GET_SIZE(source[6])
    op.any_ballot = source[7]
    op.known = source[8]
    return 0
