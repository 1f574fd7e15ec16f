"""Control operations: those that must hold other operations off for a moment (PROTOCOL: C1-C3, W5, W7).

Two tools.  The *grace period* (epoch_wait): after it every operation that began before has ended, and every later one sees what
was stored before it.  The *barrier*: slots [barrier_low, barrier_high] whose accepts, commits and learns leave their epoch and
wait on the mutex `control`; up, grace period, and the slots are ours.  Only the checkpoint still moves committed ones, from the
ring to the tail.

promise.  PROMISE into the log -> raise `promised` -> grace period -> `contiguous` -> the report -> durable.
  An accept of a lower ballot either saw the promise (and refused), or was inside its epoch before the raise, and then its vote
  is in the index after the grace period: the report has it.  The frame comes before the raise: an accept that relies on the
  raised promise (`under`) lies behind the frame, so no prefix of the log has the one without the other.  `contiguous` is read
  before the walk: a slot committed during it is then above the bound, and reported.

discard.  barrier -> grace period -> refuse if a slot above is committed -> DISCARD into the log -> words to absent -> barrier down.
  Without the barrier an accept could put its vote between DISCARD and the swing: in the log after the frame, in the index gone.

batch.  barrier over its slots -> grace period -> all checks again -> one reservation -> inner frames -> words -> checksum -> publish.
  Nothing can fail after the checks: the slots are ours, and a promise that is raised meanwhile waits for our epoch.  So no inner frame ever
  loses its word, and all or none is true in memory too, not just after a crash.

the mapping.  META into the log under `control`; the packed bytes are kept for the next superblock, which takes them
under `control` as well.
"""
from libc.errno cimport ENOMEM
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from fasterlog._atomic cimport (
    FL_ASSERT, FL_PROTECT_PROMISE_GRACE, FL_WITHOUT, FL_YIELD, fl_add_relaxed, fl_and_seqcst, fl_cas_seqcst, fl_load_seqcst, fl_or_seqcst,
    fl_store_relaxed, fl_store_seqcst, fl_word, pthread_mutex_lock, pthread_mutex_unlock,
)
from fasterlog._core cimport (
    AGAIN, CORE_BARRIER, NEED_SPACE, OK, SLOT_COMMITTED, STALE_PROMISE, ballot_less, cell_count, core_ballot_raise,
    core_ballot_read, core_cell, core_keep_control, core_keep_votes, core_note_beyond, core_refusal, counter_cell,
    event_notify,
)
from fasterlog._epoch cimport epoch_mine, epoch_wait, fl_epoch_enter, fl_epoch_leave, fl_epoch_record
from fasterlog._index cimport (
    INDEX_ABSENT, INDEX_MISSING, INDEX_RING, INDEX_VOTED, LEAF_SHIFT, LEAF_WORDS, index_address, index_leaf,
    index_leaf_find, index_next_leaf, index_prepare,
    index_state, index_word_find,
)
from fasterlog._layout cimport (
    FL_FLAG_VALUE, FL_FRAME_HEADER, FL_KIND_BATCH, FL_KIND_CHOSEN, FL_KIND_DISCARD, FL_KIND_META, FL_KIND_PROMISE, FL_KIND_VOTE,
    fl_crc32c, fl_frame, fl_frame_length, fl_frame_value, fl_publish_word,
)
from fasterlog._phases cimport (
    check_accept, check_commit, check_learn, check_promise, check_slot, phase_advance, slot_place, slot_locate,
)
from fasterlog._read cimport READ_ANY, READ_COMMITTED, next_slot
from fasterlog._ring cimport (
    RING_FULL, ring_fill, ring_fill_header, ring_frame, ring_publish, ring_reserve, ring_word,
)


# ----------------------------------------------------------------------------------------------------------------- promise

cdef int append_control(log_core *core, uint32_t kind, uint64_t slot, uint64_t id, uint64_t node, const void *value, uint32_t size,
                        op_result *result) noexcept nogil:
    """One frame of a control kind: OK with its LSN, or NEED_SPACE, or a refusal."""
    cdef fl_epoch_record *self = epoch_mine()
    cdef uint32_t length = fl_frame_length(size)
    cdef uint64_t address
    cdef int status
    if self == NULL:
        return -ENOMEM
    fl_epoch_enter(self)
    status = core_refusal(core, fl_load_seqcst(&core.state))
    if status == OK:
        address = ring_reserve(&core.ring, length, core_keep_control(core))
        if address == RING_FULL:
            result.need, result.keep_free = length, core_keep_control(core)
            status = NEED_SPACE
        else:
            ring_fill(&core.ring, ring_frame(&core.ring, address), address, length, kind, 0, slot, id, node, value, size)
            ring_publish(&core.ring, ring_frame(&core.ring, address), address, length, kind, 0)
            result.lsn = address + length
    fl_epoch_leave(self)
    return status


cdef int control_promise_mark(log_core *core, uint64_t id, uint64_t node, op_result *result) noexcept nogil:
    cdef uint64_t have_id, have_node
    cdef int status
    if core_ballot_read(&core.promised, &have_id, &have_node) and ballot_less(id, node, have_id, have_node):
        result.ballot_id, result.ballot_node = have_id, have_node
        return STALE_PROMISE
    # Under `control`, which a superblock takes before it reads the promise: no begin can pass the frame while the
    # promise is not yet raised.
    pthread_mutex_lock(&core.control)
    status = append_control(core, FL_KIND_PROMISE, 0, id, node, NULL, 0, result)
    FL_YIELD(7)
    if status == OK:
        # If a higher promise was raised since, this one is refused; its frame says less than that one's and harms nobody.
        status = core_ballot_raise(&core.promised, id, node, result)
    pthread_mutex_unlock(&core.control)
    return status


cdef void control_promise_grace(log_core *core, op_result *result) noexcept nogil:
    FL_YIELD(7)
    if not FL_WITHOUT(FL_PROTECT_PROMISE_GRACE):
        epoch_wait()
    result.need = fl_load_seqcst(&core.contiguous.word)
    # Everything that the report can show was reserved before: what is reported is durable before it is answered.
    result.lsn = fl_load_seqcst(&core.ring.reserved.word)
    fl_add_relaxed(&core.promises, 1)                            # relaxed: statistics


# ----------------------------------------------------------------------------------------------------------------- barrier

cdef void barrier_raise(log_core *core, uint64_t low, uint64_t high) noexcept nogil:
    """Under `control`: on return the slots of [low, high] are ours."""
    fl_store_seqcst(&core.barrier_low, low)
    fl_store_seqcst(&core.barrier_high, high)
    fl_or_seqcst(&core.state, CORE_BARRIER)      # seq_cst: pairs with the load in core_gate
    epoch_wait()


cdef void barrier_lower(log_core *core) noexcept nogil:
    fl_and_seqcst(&core.state, ~<uint64_t>CORE_BARRIER)


# ----------------------------------------------------------------------------------------------------------------- discard

cdef int control_discard(log_core *core, uint64_t from_slot, op_result *result) noexcept nogil:
    cdef int status
    pthread_mutex_lock(&core.control)
    barrier_raise(core, from_slot, <uint64_t>-1)
    status = discard_locked(core, from_slot, result)
    barrier_lower(core)
    pthread_mutex_unlock(&core.control)
    event_notify(&core.space)
    return status


cdef int discard_locked(log_core *core, uint64_t from_slot, op_result *result) noexcept nogil:
    cdef fl_epoch_record *self
    cdef bint found
    cdef int status = core_refusal(core, fl_load_seqcst(&core.state))
    if status != OK:
        return status
    result.slot = next_slot(core, from_slot, READ_COMMITTED, &found)
    if found:
        return SLOT_COMMITTED
    next_slot(core, from_slot, READ_ANY, &found)
    status = core_refusal(core, fl_load_seqcst(&core.state))
    if status != OK:                             # closed meanwhile: then nothing is found
        return status
    if not found:                                # nothing to drop; an earlier discard may still be on its way to the disk
        result.lsn = fl_load_seqcst(&core.ring.reserved.word)
        return OK
    status = append_control(core, FL_KIND_DISCARD, from_slot, 0, 0, NULL, 0, result)
    if status == OK:
        FL_YIELD(8)
        self = epoch_mine()
        fl_epoch_enter(self)
        votes_drop(core, from_slot)
        fl_epoch_leave(self)
        fl_add_relaxed(&core.discards, 1)        # relaxed: statistics
    return status


cdef void votes_drop(log_core *core, uint64_t from_slot) noexcept nogil:
    """VOTED -> absent at and above `from_slot`; in an epoch, with those slots behind our barrier and `control` held."""
    cdef uint64_t number = from_slot >> LEAF_SHIFT
    cdef uint64_t place, seen
    cdef index_leaf *leaf
    cdef bint found
    while True:                                  # bounded by the leaves there are
        number = index_next_leaf(&core.index, number, &found)
        leaf = index_leaf_find(&core.index, number) if found else NULL
        if leaf == NULL:                         # what is evicted is committed: no votes there
            return
        for place in range(LEAF_WORDS):
            seen = fl_load_seqcst(&leaf.words[place])
            if (number << LEAF_SHIFT) + place >= from_slot and index_state(seen) == INDEX_VOTED:
                # seq_cst, as every change of a word; it cannot lose: nobody else may change a vote here now.
                fl_cas_seqcst(&leaf.words[place], &seen, INDEX_ABSENT)
        number += 1


# ------------------------------------------------------------------------------------------------------------- the mapping

cdef void meta_keep(log_core *core, uint8_t *packed, uint32_t size) noexcept nogil:
    """Under `control`: takes ownership."""
    free(core.meta)
    core.meta = packed
    core.meta_bytes = size
    core.meta_version += 1


cdef int control_set_meta(log_core *core, const uint8_t *packed, uint32_t size, uint64_t version, op_result *result) noexcept nogil:
    cdef uint8_t *copy = <uint8_t *>malloc(size + 1)
    cdef int status
    if copy == NULL:
        return -ENOMEM
    memcpy(copy, packed, size)
    pthread_mutex_lock(&core.control)
    status = AGAIN if core.meta_version != version else append_control(core, FL_KIND_META, 0, 0, 0, packed, size, result)
    if status == OK:
        meta_keep(core, copy, size)
        core.meta_lsn = result.lsn
    pthread_mutex_unlock(&core.control)
    if status != OK:
        free(copy)
    return status


# ------------------------------------------------------------------------------------------------------------------- batch

cdef uint64_t batch_op_length(const batch_op *op) noexcept nogil:
    if op.kind == BATCH_COMMIT or op.kind == BATCH_DISCARD:
        return FL_FRAME_HEADER
    return fl_frame_length(op.args.size)


cdef int control_batch(log_core *core, batch_op *ops, uint64_t count, uint64_t meta_version, op_result *result) noexcept nogil:
    cdef uint64_t low = <uint64_t>-1, high = 0, i
    cdef uint8_t *meta = NULL
    cdef int status
    for i in range(count):
        if ops[i].kind == BATCH_META:
            meta = <uint8_t *>malloc(ops[i].args.size + 1)
            if meta == NULL:
                return -ENOMEM
            memcpy(meta, ops[i].args.value, ops[i].args.size)
            continue
        low = min(low, ops[i].args.slot)
        high = <uint64_t>-1 if ops[i].kind == BATCH_DISCARD else max(high, ops[i].args.slot)
        if ops[i].kind != BATCH_DISCARD and index_prepare(&core.index, ops[i].args.slot) != 0:
            free(meta)
            return -ENOMEM
    pthread_mutex_lock(&core.control)
    barrier_raise(core, low, high)               # empty if there is only a mapping: low > high
    status = batch_locked(core, ops, count, meta_version, result)
    barrier_lower(core)
    if status == OK and meta != NULL:
        for i in range(count):
            if ops[i].kind == BATCH_META:
                meta_keep(core, meta, <uint32_t>ops[i].args.size)
                core.meta_lsn = result.lsn
                meta = NULL
    pthread_mutex_unlock(&core.control)
    free(meta)
    if status == OK:
        event_notify(&core.commits)
        event_notify(&core.space)
    return status


cdef int batch_locked(log_core *core, batch_op *ops, uint64_t count, uint64_t meta_version, op_result *result) noexcept nogil:
    cdef fl_epoch_record *self = epoch_mine()
    cdef counter_cell *cell = core_cell(core)
    cdef uint64_t i
    cdef bint committed
    cdef int status = OK
    if self == NULL or cell == NULL:
        return -ENOMEM
    for i in range(count):
        result.slot = i
        if ops[i].kind == BATCH_META and core.meta_version != meta_version:
            return AGAIN
        if ops[i].kind == BATCH_DISCARD:
            next_slot(core, ops[i].args.slot, READ_COMMITTED, &committed)
            if committed:
                return SLOT_COMMITTED
    fl_epoch_enter(self)
    status = batch_inside(core, ops, count, result)
    fl_epoch_leave(self)
    if status == OK:
        phase_advance(core)
        for i in range(count):
            if not ops[i].done and ops[i].kind in (BATCH_COMMIT, BATCH_LEARN):
                cell_count(&cell.committed)
                core_note_beyond(core, ops[i].args.slot)
        fl_add_relaxed(&core.batches, 1)         # relaxed: statistics
    return status


cdef int batch_inside(log_core *core, batch_op *ops, uint64_t count, op_result *result) noexcept nogil:
    cdef uint64_t length = FL_FRAME_HEADER, address, inner, i
    cdef int status = core_refusal(core, fl_load_seqcst(&core.state))
    result.lsn = result.relies_on = 0
    for i in range(count):
        if status != OK:
            return status
        result.slot = i
        status = op_check(core, &ops[i], result)
        if not ops[i].done:
            length += batch_op_length(&ops[i])
    if status != OK or length == FL_FRAME_HEADER:
        return status
    address = ring_reserve(&core.ring, <uint32_t>length, core_keep_votes(core))
    if address == RING_FULL:
        result.need, result.keep_free = length, core_keep_votes(core)
        return NEED_SPACE
    inner = address + FL_FRAME_HEADER
    for i in range(count):
        if not ops[i].done:
            op_apply(core, &ops[i], inner)
            inner += batch_op_length(&ops[i])
    FL_YIELD(9)
    ring_fill_header(&core.ring, ring_frame(&core.ring, address), address, <uint32_t>length, FL_KIND_BATCH, 0, 0, 0, 0,
                     <uint32_t>(length - FL_FRAME_HEADER),
                     fl_crc32c(0, fl_frame_value(ring_frame(&core.ring, address)), length - FL_FRAME_HEADER))
    ring_publish(&core.ring, ring_frame(&core.ring, address), address, <uint32_t>length, FL_KIND_BATCH, 0)
    result.lsn = max(result.lsn, address + length)
    return OK


cdef int op_check(log_core *core, batch_op *op, op_result *result) noexcept nogil:
    """The op's check against the log as it is now; what depends on earlier ops of the batch was checked when it was added."""
    cdef op_result one
    cdef slot_place found
    cdef int status = OK
    # Unless the slot has been committed since by somebody else: then there is no batch state to speak of.
    cdef bint known = op.known and (slot_locate(core, op.args.slot, &found) != OK or found.state < INDEX_MISSING)
    one.lsn = one.relies_on = 0
    one.there = False
    op.done = False
    if known and op.kind != BATCH_DISCARD and op.kind != BATCH_META:
        status = check_slot(core, op.args.slot, op.kind == BATCH_ACCEPT, &one)
    if status != OK:
        pass
    elif op.kind == BATCH_ACCEPT:
        status = check_promise(core, &op.args, &one) if known else check_accept(core, &op.args, &found, &one)
    elif op.kind == BATCH_COMMIT and not known:
        status = check_commit(core, op.args.slot, op.any_ballot, op.args.ballot_id, op.args.ballot_node, &found, &one)
    elif op.kind == BATCH_LEARN and not known:
        status = check_learn(core, &op.args, &found, &one)
    if status == OK and one.there:
        op.done = True
        result.lsn = max(result.lsn, one.lsn)
        result.relies_on = max(result.relies_on, one.relies_on)
    result.ballot_id, result.ballot_node, result.need = one.ballot_id, one.ballot_node, one.need
    return status


cdef void op_apply(log_core *core, batch_op *op, uint64_t address) noexcept nogil:
    """Writes one inner frame and swings its word.  Its publish word is part of the batch's body: a plain value for the outside."""
    cdef uint32_t length = <uint32_t>batch_op_length(op)
    cdef fl_word *word = NULL
    cdef const fl_frame *vote
    cdef uint64_t seen = 0, desired = 0
    cdef uint32_t kind = FL_KIND_META, flags = 0
    if op.kind == BATCH_DISCARD:
        kind = FL_KIND_DISCARD
        votes_drop(core, op.args.slot)
    elif op.kind != BATCH_META:
        word = index_word_find(&core.index, op.args.slot)
        seen = fl_load_seqcst(word)
    if op.kind == BATCH_ACCEPT:
        kind, desired = FL_KIND_VOTE, address | INDEX_VOTED
    elif op.kind == BATCH_LEARN:
        kind, flags, desired = FL_KIND_CHOSEN, FL_FLAG_VALUE, address | INDEX_RING
    if op.kind == BATCH_COMMIT:
        FL_ASSERT(index_state(seen) == INDEX_VOTED)
        kind, desired = FL_KIND_CHOSEN, index_address(seen) | INDEX_RING
        vote = ring_frame(&core.ring, index_address(seen))
        ring_fill_header(&core.ring, ring_frame(&core.ring, address), address, length, kind, 0, op.args.slot, vote.ballot_id,
                         vote.ballot_node, vote.value_len, vote.value_crc)
    else:
        ring_fill(&core.ring, ring_frame(&core.ring, address), address, length, kind, flags, op.args.slot, op.args.ballot_id,
                  op.args.ballot_node, op.args.value, <uint32_t>op.args.size)
    # relaxed: before the CAS below, which releases it; read back through ring_word by frame_end and the checkpoint.
    fl_store_relaxed(ring_word(&core.ring, address), fl_publish_word(length >> 3, kind, flags, core.ring.incarnation))
    if word != NULL and not fl_cas_seqcst(word, &seen, desired):      # seq_cst: as in _phases.frame_finish
        FL_ASSERT(False)                         # the slots are ours
