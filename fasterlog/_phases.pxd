"""Accept, commit and learn over the regions, and finding a slot's entry.  The write order is argued in _phases.pyx."""
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from fasterlog._atomic cimport fl_load_seqcst, fl_word
from fasterlog._core cimport (
    BELOW_FIRST, CORE_BARRIER, CORE_CLOSED, CORE_FORKED, NEED_BARRIER, NEED_PAGES, NOT_FOUND, OK, core_refusal, log_core, op_result,
)
from fasterlog._index cimport (
    INDEX_ABSENT, INDEX_LOST_ADDRESS, INDEX_MISSING, INDEX_TAIL, index_address, index_is_evicted, index_state, index_word_find,
)
from fasterlog._layout cimport fl_frame
from fasterlog._ring cimport ring_frame
from fasterlog._tail cimport segment, tail_at, tail_find

cdef struct vote_args:
    uint64_t slot
    uint64_t ballot_id, ballot_node
    uint64_t under_id, under_node      # the message's ballot: checked against the promise, and raises it
    const uint8_t *value
    uint64_t size                      # may be anything until check_promise or check_learn has passed it

cdef struct slot_place:                     # where a slot's entry lies, for as long as the epoch lasts
    fl_word *word                      # NULL: evicted
    uint64_t seen                      # the word's bits
    uint64_t state                     # INDEX_*
    const fl_frame *frame              # NULL also where a MISSING slot has no mark: it is lost
    segment *seg                       # of a tail entry, else NULL

cdef struct page_need:                      # which pages a look at the tail lacks
    segment *seg                       # NULL: the footer names no entry
    uint64_t offset, end               # in its file: from the entry's begin up to there

# One attempt each; a status NEED_* names the slow step to take before the next.  Memory only: they never wait.
cdef int phase_accept(log_core *core, const vote_args *args, op_result *result) noexcept nogil
cdef int phase_commit(log_core *core, uint64_t slot, bint any_ballot, uint64_t ballot_id, uint64_t ballot_node,
                      op_result *result) noexcept nogil
cdef int phase_learn(log_core *core, const vote_args *args, op_result *result) noexcept nogil
cdef void phase_advance(log_core *core) noexcept nogil         # the rest of a long way of `contiguous`; outside epochs
# The checks of the three, in an epoch, with nothing written: what a batch looks at before it applies itself.
# May the slot hold a new entry at all?  `vote`: a vote, which a lost slot may not.
cdef int check_slot(log_core *core, uint64_t slot, bint vote, op_result *result) noexcept nogil
cdef int check_promise(log_core *core, const vote_args *args, op_result *result) noexcept nogil
cdef int check_accept(log_core *core, const vote_args *args, slot_place *found, op_result *result) noexcept nogil
cdef int check_commit(log_core *core, uint64_t slot, bint any_ballot, uint64_t ballot_id, uint64_t ballot_node, slot_place *found,
                      op_result *result) noexcept nogil
cdef int check_learn(log_core *core, const vote_args *args, slot_place *found, op_result *result) noexcept nogil
cdef bint entry_equals(const fl_frame *frame, const vote_args *args) noexcept nogil


cdef inline int core_gate(log_core *core, uint64_t slot) noexcept nogil:
    """What stands in the way of a write to `slot`; in an epoch."""
    # seq_cst: whoever sets a flag does so before his grace period, so he waits for us or we see it (C3, E1).
    cdef uint64_t flags = fl_load_seqcst(&core.state)
    if flags != 0:
        if flags & ~<uint64_t>CORE_BARRIER:
            return core_refusal(core, flags)
        return gate_barrier(core, slot)
    return OK

cdef int gate_barrier(log_core *core, uint64_t slot) noexcept nogil
# After NEED_PAGES, in the same epoch, why the tail gave no frame: NEED_PAGES, CORRUPTED, or OK if another thread has checked the
# pages since.
cdef int slot_need(log_core *core, uint64_t slot, const slot_place *found, page_need *need) noexcept nogil
# The slow step NEED_PAGES, outside epochs.  OK: look again; CORRUPTED: the entry is damaged, or the disk does not give its pages.
cdef int slot_pages(log_core *core, uint64_t slot) noexcept nogil


cdef inline int slot_locate(log_core *core, uint64_t slot, slot_place *found) noexcept nogil:
    """Finds the slot's entry: OK, NOT_FOUND (with the word, if there is one), BELOW_FIRST or NEED_PAGES; in an epoch.

    NEED_PAGES also stands for a damaged entry of the tail: to tell the two apart is the slow step's work, and not every reader's.
    """
    cdef fl_word *word
    found.seg = NULL
    found.frame = NULL
    found.state = INDEX_ABSENT
    if slot < fl_load_seqcst(&core.first_slot):
        return BELOW_FIRST
    word = index_word_find(&core.index, slot)
    found.word = word
    if word == NULL:
        if not index_is_evicted(&core.index, slot):
            return NOT_FOUND
        found.frame = tail_find(&core.tail, slot, &found.seg)
        found.state = INDEX_TAIL
        return OK if found.frame != NULL else NEED_PAGES
    # seq_cst: pairs with the CAS that stored it, after the frame's body was written (W1).
    found.seen = fl_load_seqcst(word)
    found.state = index_state(found.seen)
    if found.state == INDEX_ABSENT:
        return NOT_FOUND
    if found.state != INDEX_TAIL:
        if found.seen != INDEX_MISSING | INDEX_LOST_ADDRESS:
            found.frame = ring_frame(&core.ring, index_address(found.seen))
        return OK
    found.frame = tail_at(&core.tail, index_address(found.seen), &found.seg)
    return OK if found.frame != NULL else NEED_PAGES
