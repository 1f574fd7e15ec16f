"""Accept, commit and learn: how one slot changes (PROTOCOL: W1-W5, I1).

The order of every write, and why none of it can be turned round:

    1  everything that can fail or allocate is ready: value, thread record, leaf, promise record
    2  enter the epoch
    3  look at the flags, the promise and the word
    4  reserve; the space is marked PENDING at once
    5  body and checksums
    6  CAS the index word
    7  publish: the real kind if 6 won, PAD if it lost; help `published`
    8  leave the epoch

* 3 inside the epoch, with seq_cst loads: a promise (discard, close) raises its flag and then waits a grace period, so either we see
  it, or it sees what we did.  The promise is raised before an accept's CAS: by its own slow step, never after.
* 6 before 7: a loser is never in the log as a vote.  Were the frame published first, two competing accepts could stand in the log in
  one order and in the index in the other, and recovery would bring back the one that lost.
* 5 before 6: a reader that comes through the index may read a body that is not yet published.
* A commit whose CAS loses to the same vote at a higher address (carried forward by the checkpoint) looks again with the same frame;
  everything else that moved in between starts again from 3.

An operation that relies on another thread's frame (a repeated accept, the commit of a vote) says so in `relies_on`; its caller waits,
outside the epoch, until that frame is published (W4).
"""
from libc.errno cimport EIO, ENOMEM
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcmp

from fasterlog._atomic cimport (
    FL_PROTECT_CAS_BEFORE_PUBLISH, FL_PROTECT_DISCARD_BARRIER, FL_WITHOUT, FL_YIELD, fl_cas_seqcst,
    fl_load_acquire, fl_load_relaxed, fl_load_seqcst, fl_pointer_load, fl_word,
)
from fasterlog._core cimport (
    AGAIN, BALLOT_CONFLICT, BALLOT_MISMATCH, BEYOND_WINDOW, CORRUPTED, NEED_LEAF, NEED_LEARNED, NEED_PAGES, NEED_PROMISE, NEED_SPACE,
    NOT_FOUND, NOT_PROMISED, SAFETY_VIOLATION, SLOT_COMMITTED, STALE_PROMISE, STALE_VOTE, TOO_LARGE, VALUE_MISSING, ballot_less,
    ballot_record, core_advance, cell_count, core_ask_checkpoint, core_cell, core_keep_control, core_keep_votes, core_note_beyond,
    counter_cell, event_notify,
)
from fasterlog._epoch cimport epoch_mine, fl_epoch_enter, fl_epoch_leave, fl_epoch_record
from fasterlog._index cimport INDEX_MISSING, INDEX_RING, INDEX_VOTED
from fasterlog._layout cimport (
    FL_FLAG_VALUE, FL_FRAME_HEADER, FL_KIND_CHOSEN, FL_KIND_PAD, FL_KIND_VOTE, fl_crc32c, fl_frame_header_valid,
    fl_frame_length, fl_frame_value,
    fl_frame_value_valid, fl_word_length,
)
from fasterlog._ring cimport (
    RING_FULL, ring_fill, ring_fill_header, ring_publish, ring_reserve,
)
from fasterlog._segment cimport segment_frame, segment_read_in, segment_unchecked
from fasterlog._tail cimport segment_pin, segment_unpin, table_offset, tail_table

cdef enum:
    ADVANCE_INLINE = 128        # slots that a commit moves `contiguous` itself; more is done with the GIL released
    ADVANCE_STEP = 4096         # slots per epoch then


cdef int gate_barrier(log_core *core, uint64_t slot) noexcept nogil:
    if FL_WITHOUT(FL_PROTECT_DISCARD_BARRIER):
        return OK
    if fl_load_seqcst(&core.barrier_low) <= slot <= fl_load_seqcst(&core.barrier_high):
        return NEED_BARRIER
    return OK


cdef int slot_need(log_core *core, uint64_t slot, const slot_place *found, page_need *need) noexcept nogil:
    cdef const fl_frame *frame
    cdef uint64_t end
    need.seg, need.offset = found.seg, 0
    if found.word == NULL:
        need.offset = table_offset(tail_table(&core.tail), slot, &need.seg)
    elif found.seg != NULL:
        need.offset = index_address(found.seen) - found.seg.address
    if need.seg == NULL:
        return CORRUPTED
    end = fl_load_acquire(&need.seg.entries_end)         # acquire: as in table_at
    if segment_unchecked(need.seg, need.offset, end, &need.end):
        return NEED_PAGES
    frame = segment_frame(need.seg, need.offset, end)
    return OK if frame != NULL and frame.slot == slot else CORRUPTED


cdef int slot_pages(log_core *core, uint64_t slot) noexcept nogil:
    cdef fl_epoch_record *self = epoch_mine()
    cdef slot_place found
    cdef page_need need
    cdef int status = OK
    if self == NULL:
        return -ENOMEM
    fl_epoch_enter(self)
    # seq_cst: as in _read.look_inside.  Closed meanwhile, or anything else: the next attempt says so.
    if not fl_load_seqcst(&core.state) & (CORE_CLOSED | CORE_FORKED):
        status = slot_locate(core, slot, &found)
        if status == NEED_PAGES:
            status = slot_need(core, slot, &found, &need)
        if status == NEED_PAGES and not segment_pin(need.seg):
            status = CORRUPTED                           # cannot be: as in _read.look_inside
    fl_epoch_leave(self)
    if status != NEED_PAGES:
        return CORRUPTED if status == CORRUPTED else OK
    status = segment_read_in(need.seg, need.offset, need.end)
    segment_unpin(need.seg)
    return CORRUPTED if status == -EIO else status


cdef inline uint64_t vote_end(const slot_place *found) noexcept nogil:
    """The LSN of the ring frame in `found`; its length stands in the publish word from the reservation on."""
    # relaxed: the length does not change between PENDING and the real kind.
    return index_address(found.seen) + fl_word_length(fl_load_relaxed(<fl_word *>found.frame))


cdef bint entry_equals(const fl_frame *frame, const vote_args *args) noexcept nogil:
    return frame.value_len == args.size and memcmp(fl_frame_value(frame), args.value, args.size) == 0


cdef inline bint entry_damaged(log_core *core, const slot_place *found) noexcept nogil:
    """A tail entry that is to be compared is checked first: a rotten byte is not a safety violation."""
    return found.seg != NULL and not (fl_frame_header_valid(core.ring.seed, found.frame) and fl_frame_value_valid(found.frame))


cdef inline int new_slot(log_core *core, uint64_t slot, fl_word *word, op_result *result) noexcept nogil:
    """An absent slot is about to be written: may it, and has it a word?"""
    cdef uint64_t next
    if core.slot_window != 0:
        next = core.origin + fl_load_seqcst(&core.contiguous.word)
        if slot >= next and slot - next >= core.slot_window:
            result.need = next
            return BEYOND_WINDOW
    if word == NULL:
        result.slot = slot
        return NEED_LEAF
    return OK


cdef int check_slot(log_core *core, uint64_t slot, bint vote, op_result *result) noexcept nogil:
    cdef slot_place found
    cdef int status = slot_locate(core, slot, &found)
    if status == OK and found.frame == NULL and vote:
        return VALUE_MISSING
    return new_slot(core, slot, found.word, result) if status == NOT_FOUND else status


cdef inline void committed_lsn(log_core *core, const slot_place *found, op_result *result) noexcept nogil:
    """The LSN to wait for when a slot was committed before: by the mark's own thread, which may be between its CAS and its publishing."""
    result.there = True
    result.lsn = fl_load_seqcst(&core.ring.reclaimed.word)
    if found.state != INDEX_TAIL:
        # The mark was reserved before the word changed, and we have seen the word.
        result.lsn = fl_load_seqcst(&core.ring.reserved.word)
        result.relies_on = result.lsn


cdef inline void used_more(log_core *core, uint64_t end) noexcept nogil:
    # relaxed: a hint; an old value asks for a checkpoint a little early or late.
    if end - fl_load_relaxed(&core.ring.reclaimed.word) > fl_load_relaxed(&core.checkpoint_above):
        core_ask_checkpoint(core)


cdef inline void commit_tell(log_core *core, op_result *result) noexcept nogil:
    """Outside the epoch: waking is a system call."""
    event_notify(&core.commits)
    event_notify(&core.space)                            # a vote that pinned ring space may now leave it
    used_more(core, result.lsn)


cdef inline bint frame_finish(log_core *core, fl_frame *frame, uint64_t address, uint32_t length, uint32_t kind,
                              uint32_t flags, fl_word *word, uint64_t *seen, uint64_t desired) noexcept nogil:
    """Steps 6 and 7 for a filled frame: 1 if the CAS won; else 0, the frame is a PAD, and *seen is what stands in the word."""
    cdef bint won
    if FL_WITHOUT(FL_PROTECT_CAS_BEFORE_PUBLISH):
        ring_publish(&core.ring, frame, address, length, kind, flags)
        FL_YIELD(1)
        return fl_cas_seqcst(word, seen, desired)
    FL_YIELD(1)
    # seq_cst: releases the body to readers of the index (slot_locate), and stands in one order with barrier and promise.
    won = fl_cas_seqcst(word, seen, desired)
    FL_YIELD(1)
    if won:
        ring_publish(&core.ring, frame, address, length, kind, flags)
    else:
        frame_pad(core, frame, address, length)
    return won


cdef void frame_pad(log_core *core, fl_frame *frame, uint64_t address, uint32_t length) noexcept nogil:
    """A reserved frame that lost: nobody refers to it; its space stays, and says so."""
    ring_fill_header(&core.ring, frame, address, length, FL_KIND_PAD, 0, 0, 0, 0, 0, 0)
    ring_publish(&core.ring, frame, address, length, FL_KIND_PAD, 0)


# ------------------------------------------------------------------------------------------------------------------ accept

cdef inline int under_stale(log_core *core, const vote_args *args, op_result *result) noexcept nogil:
    cdef ballot_record *promised = <ballot_record *>fl_pointer_load(&core.promised)     # seq_cst: pairs with core_ballot_raise (C2)
    if promised != NULL and ballot_less(args.under_id, args.under_node, promised.id, promised.node):
        result.ballot_id, result.ballot_node = promised.id, promised.node
        return STALE_PROMISE
    return OK


cdef inline int under_raises(log_core *core, const vote_args *args) noexcept nogil:
    """Size and promise: what stands between a vote that no ballot speaks against and its being written."""
    cdef ballot_record *promised = <ballot_record *>fl_pointer_load(&core.promised)     # as above
    if args.size > core.max_value_size:
        return TOO_LARGE
    if promised == NULL or ballot_less(promised.id, promised.node, args.under_id, args.under_node):
        return NEED_PROMISE
    return OK


cdef int check_promise(log_core *core, const vote_args *args, op_result *result) noexcept nogil:
    """What an accept has to pass whatever its slot holds."""
    cdef int status = under_stale(core, args, result)
    return status if status != OK else under_raises(core, args)


cdef int check_accept(log_core *core, const vote_args *args, slot_place *found, op_result *result) noexcept nogil:
    """OK: the vote may be written, or with result.there set: it is there already.  Ballots are looked at before the value."""
    cdef int status = under_stale(core, args, result)
    cdef int order = 1                                   # 0: of the same ballot as the slot's vote
    result.lsn = result.relies_on = 0
    result.there = False
    if status != OK:
        return status
    status = slot_locate(core, args.slot, found)
    if status != OK and status != NOT_FOUND:
        return status
    if found.state == INDEX_VOTED:
        result.ballot_id, result.ballot_node = found.frame.ballot_id, found.frame.ballot_node
        if ballot_less(args.ballot_id, args.ballot_node, result.ballot_id, result.ballot_node):
            return STALE_VOTE
        order = ballot_less(result.ballot_id, result.ballot_node, args.ballot_id, args.ballot_node)
    status = under_raises(core, args)
    if status != OK:
        return status
    if found.state == INDEX_ABSENT:
        return new_slot(core, args.slot, found.word, result)
    if found.state >= INDEX_MISSING:
        if found.state == INDEX_MISSING:
            return SLOT_COMMITTED if found.frame != NULL else VALUE_MISSING      # no mark: lost, perhaps a mere vote
        if entry_damaged(core, found):
            return CORRUPTED
        if not entry_equals(found.frame, args):
            return SLOT_COMMITTED
        committed_lsn(core, found, result)
    elif order == 0:
        if not entry_equals(found.frame, args):
            return BALLOT_CONFLICT
        result.lsn = result.relies_on = vote_end(found)
        result.there = True
    return OK


cdef int phase_accept(log_core *core, const vote_args *args, op_result *result) noexcept nogil:
    cdef fl_epoch_record *self = epoch_mine()
    cdef counter_cell *cell = core_cell(core)
    cdef int status
    if self == NULL or cell == NULL:
        return -ENOMEM
    fl_epoch_enter(self)
    status = accept_inside(core, args, result)
    fl_epoch_leave(self)
    if status == OK:
        used_more(core, result.lsn)
        cell_count(&cell.accepts)
    elif status == AGAIN:
        cell_count(&cell.losers)
    return status


cdef inline int accept_inside(log_core *core, const vote_args *args, op_result *result) noexcept nogil:
    cdef slot_place found
    cdef fl_frame *frame
    cdef uint64_t address
    cdef uint32_t length = fl_frame_length(args.size)
    cdef int status = core_gate(core, args.slot)
    if status == OK:
        status = check_accept(core, args, &found, result)
    if status != OK or result.there:
        return status
    FL_YIELD(2)
    address = ring_reserve(&core.ring, length, core_keep_votes(core))
    if address == RING_FULL:
        result.need, result.keep_free = length, core_keep_votes(core)
        return NEED_SPACE
    frame = ring_frame(&core.ring, address)
    ring_fill(&core.ring, frame, address, length, FL_KIND_VOTE, 0, args.slot, args.ballot_id, args.ballot_node, args.value,
              <uint32_t>args.size)
    if not frame_finish(core, frame, address, length, FL_KIND_VOTE, 0, found.word, &found.seen, address | INDEX_VOTED):
        return AGAIN
    result.lsn = address + length
    return OK


# ------------------------------------------------------------------------------------------------------------------ commit

cdef int check_commit(log_core *core, uint64_t slot, bint any_ballot, uint64_t ballot_id, uint64_t ballot_node, slot_place *found,
                      op_result *result) noexcept nogil:
    cdef ballot_record *promised
    cdef int status = slot_locate(core, slot, found)
    result.lsn = result.relies_on = 0
    result.there = False
    if status != OK:
        return status
    if found.state >= INDEX_MISSING:                     # chosen is chosen, whatever ballot says so again
        if found.frame == NULL:
            return VALUE_MISSING                         # but nothing tells that a lost slot was, and nothing would be recorded
        committed_lsn(core, found, result)
        return OK
    if any_ballot:
        promised = <ballot_record *>fl_pointer_load(&core.promised)
        if promised == NULL:
            return NOT_PROMISED
        ballot_id, ballot_node = promised.id, promised.node
    if found.frame.ballot_id != ballot_id or found.frame.ballot_node != ballot_node:
        result.ballot_id, result.ballot_node = found.frame.ballot_id, found.frame.ballot_node
        return BALLOT_MISMATCH
    result.relies_on = vote_end(found)
    return OK


cdef int phase_commit(log_core *core, uint64_t slot, bint any_ballot, uint64_t ballot_id, uint64_t ballot_node,
                      op_result *result) noexcept nogil:
    cdef fl_epoch_record *self = epoch_mine()
    cdef counter_cell *cell = core_cell(core)
    cdef slot_place found
    cdef int status
    if self == NULL or cell == NULL:
        return -ENOMEM
    result.behind = False
    fl_epoch_enter(self)
    status = core_gate(core, slot)
    if status == OK:
        status = check_commit(core, slot, any_ballot, ballot_id, ballot_node, &found, result)
    if status == OK and result.there:
        # Whoever marked it may not have told yet (L1).
        result.behind = core_advance(core, ADVANCE_INLINE)
        if found.state != INDEX_MISSING:                 # a mark without its value is no entry that is held
            core_note_beyond(core, slot)
    elif status == OK:
        status = mark_chosen(core, cell, &found, result)
    fl_epoch_leave(self)
    if status == OK:
        commit_tell(core, result)
        cell_count(&cell.commits)
    elif status == AGAIN:
        cell_count(&cell.losers)
    return status


cdef inline int mark_chosen(log_core *core, counter_cell *cell, slot_place *found, op_result *result) noexcept nogil:
    """Writes the mark that the vote in `found` is chosen; the word keeps pointing to the vote, which holds the value."""
    cdef const fl_frame *vote = found.frame
    cdef uint64_t slot = vote.slot, ballot_id = vote.ballot_id, ballot_node = vote.ballot_node
    cdef uint64_t address = ring_reserve(&core.ring, FL_FRAME_HEADER, core_keep_control(core))
    cdef fl_frame *frame
    if address == RING_FULL:
        result.need, result.keep_free = FL_FRAME_HEADER, core_keep_control(core)
        return NEED_SPACE
    frame = ring_frame(&core.ring, address)
    FL_YIELD(3)
    ring_fill_header(&core.ring, frame, address, FL_FRAME_HEADER, FL_KIND_CHOSEN, 0, slot, ballot_id, ballot_node, vote.value_len,
                     vote.value_crc)
    FL_YIELD(3)
    # As frame_finish, but a vote that was only carried to a higher address is still the one that this mark names.
    while not fl_cas_seqcst(found.word, &found.seen, index_address(found.seen) | INDEX_RING):
        vote = found.frame = ring_frame(&core.ring, index_address(found.seen))
        if index_state(found.seen) != INDEX_VOTED or vote.ballot_id != ballot_id or vote.ballot_node != ballot_node:
            frame_pad(core, frame, address, FL_FRAME_HEADER)
            return AGAIN
    FL_YIELD(3)
    ring_publish(&core.ring, frame, address, FL_FRAME_HEADER, FL_KIND_CHOSEN, 0)
    result.relies_on = vote_end(found)
    result.lsn = address + FL_FRAME_HEADER
    if result.relies_on <= fl_load_seqcst(&core.ring.published.word):
        result.relies_on = 0
    committed_now(core, cell, slot, result)
    return OK


cdef inline void committed_now(log_core *core, counter_cell *cell, uint64_t slot, op_result *result) noexcept nogil:
    cell_count(&cell.committed)
    result.behind = core_advance(core, ADVANCE_INLINE)
    core_note_beyond(core, slot)


cdef void phase_advance(log_core *core) noexcept nogil:
    cdef fl_epoch_record *self = epoch_mine()
    cdef bint more = True
    while more:                                          # bounded by the slots that are committed in a row
        fl_epoch_enter(self)
        more = core_advance(core, ADVANCE_STEP)
        fl_epoch_leave(self)
    event_notify(&core.commits)


# ------------------------------------------------------------------------------------------------------------------- learn

cdef int check_learn(log_core *core, const vote_args *args, slot_place *found, op_result *result) noexcept nogil:
    cdef ballot_record *known
    cdef int status
    result.lsn = result.relies_on = 0
    result.there = False
    if args.size > core.max_value_size:
        return TOO_LARGE
    known = <ballot_record *>fl_pointer_load(&core.promised)
    if known == NULL or ballot_less(known.id, known.node, args.ballot_id, args.ballot_node):
        known = <ballot_record *>fl_pointer_load(&core.learned)
        if known == NULL or ballot_less(known.id, known.node, args.ballot_id, args.ballot_node):
            return NEED_LEARNED
    status = slot_locate(core, args.slot, found)
    if status == NOT_FOUND:
        return new_slot(core, args.slot, found.word, result)
    if status != OK:
        return status
    if found.state >= INDEX_RING:
        if entry_damaged(core, found):
            return CORRUPTED
        if not entry_equals(found.frame, args):
            return SAFETY_VIOLATION
        committed_lsn(core, found, result)
    elif found.state == INDEX_MISSING and found.frame != NULL and (
            args.size != found.frame.value_len or fl_crc32c(0, args.value, args.size) != found.frame.value_crc):
        return SAFETY_VIOLATION                          # the mark names length and checksum of what was chosen (F3)
    return OK


cdef int phase_learn(log_core *core, const vote_args *args, op_result *result) noexcept nogil:
    cdef fl_epoch_record *self = epoch_mine()
    cdef counter_cell *cell = core_cell(core)
    cdef int status
    if self == NULL or cell == NULL:
        return -ENOMEM
    result.behind = False
    fl_epoch_enter(self)
    status = learn_inside(core, cell, args, result)
    fl_epoch_leave(self)
    if status == OK:
        commit_tell(core, result)
        cell_count(&cell.learns)
    elif status == AGAIN:
        cell_count(&cell.losers)
    return status


cdef inline int learn_inside(log_core *core, counter_cell *cell, const vote_args *args, op_result *result) noexcept nogil:
    cdef slot_place found
    cdef fl_frame *frame
    cdef uint64_t address
    cdef uint32_t length = fl_frame_length(args.size)
    cdef int status = core_gate(core, args.slot)
    if status == OK:
        status = check_learn(core, args, &found, result)
    if status != OK or result.there:
        return status
    if (found.state == INDEX_VOTED and found.frame.ballot_id == args.ballot_id and found.frame.ballot_node == args.ballot_node
            and entry_equals(found.frame, args)):
        return mark_chosen(core, cell, &found, result)
    address = ring_reserve(&core.ring, length, core_keep_votes(core))
    if address == RING_FULL:
        result.need, result.keep_free = length, core_keep_votes(core)
        return NEED_SPACE
    frame = ring_frame(&core.ring, address)
    ring_fill(&core.ring, frame, address, length, FL_KIND_CHOSEN, FL_FLAG_VALUE, args.slot, args.ballot_id, args.ballot_node, args.value,
              <uint32_t>args.size)
    if not frame_finish(core, frame, address, length, FL_KIND_CHOSEN, FL_FLAG_VALUE, found.word, &found.seen, address | INDEX_RING):
        return AGAIN
    result.lsn = address + length
    committed_now(core, cell, args.slot, result)
    return OK
