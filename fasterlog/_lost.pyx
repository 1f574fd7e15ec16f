"""Slots whose entry this node has held and lost.

A lost slot must not look like one that was never used: this node may have voted there, or known the decision, and to vote again could
help to choose a second value.  So its index word is MISSING (with INDEX_LOST_ADDRESS, since no mark says what was there): accepts,
commits and reads raise CorruptedEntryError, a promise lists it as unknown.  `learn` is the way out.

The list is applied after everything else has been read.  What the log holds of a slot is then in its word, and decides:

    in the tail, or committed in the ring      brought back, by a copy that was not damaged or by a learn: no longer lost
    chosen, value missing                      a mark in the ring says more than we do: left alone
    voted                                      the vote is older than the loss, since none is accepted after it: lost
    absent                                     lost

`below` (see lost.py) applies to absent words only: it is a guess, and a vote that is there is not.
"""
import os

from libc.stdint cimport uint64_t

from fasterlog._atomic cimport fl_load_seqcst, fl_store_seqcst, fl_word
from fasterlog._core cimport log_core
from fasterlog._epoch cimport epoch_mine, fl_epoch_enter, fl_epoch_leave, fl_epoch_record
from fasterlog._index cimport (
    INDEX_ABSENT, INDEX_LOST_ADDRESS, INDEX_MISSING, INDEX_VOTED, index_is_evicted, index_prepare, index_state, index_word_find,
)
from fasterlog._read cimport READ_ANY, next_slot
from fasterlog._io import read_file_if_there, remove_file, sync_directory, write_file_atomically
from fasterlog.lost import LOST_BYTES_MAX, LOST_NAME, LostSlots


cdef object lost_load(str path, uint64_t log_id):
    name = os.path.join(path, LOST_NAME)
    data = read_file_if_there(name, LOST_BYTES_MAX)
    return LostSlots() if data is None else LostSlots.unpack(data, log_id, name)


cdef int lost_save(str path, uint64_t log_id, object lost) except -1:
    if lost:
        write_file_atomically(path, LOST_NAME, lost.pack(log_id))
    elif os.path.lexists(os.path.join(path, LOST_NAME)):
        remove_file(os.path.join(path, LOST_NAME))
        sync_directory(path)
    return 0


cdef int slot_lose(log_core *core, uint64_t slot, bint voted) except -1:
    """MISSING, if the word is absent, or holds a vote and `voted` says that this does not count."""
    cdef fl_epoch_record *self = epoch_mine()
    cdef fl_word *word
    cdef uint64_t state
    if slot < fl_load_seqcst(&core.first_slot) or index_is_evicted(&core.index, slot):
        return 0                       # truncated; or in a sealed segment, all the same
    if self == NULL or index_prepare(&core.index, slot) != 0:
        raise MemoryError("no memory for the log's index")
    fl_epoch_enter(self)
    word = index_word_find(&core.index, slot)
    state = index_state(fl_load_seqcst(word))
    if state == INDEX_ABSENT or (state == INDEX_VOTED and voted):
        # seq_cst only for uniformity: nobody else knows this log yet.
        fl_store_seqcst(word, INDEX_LOST_ADDRESS | INDEX_MISSING)
    fl_epoch_leave(self)
    return 0


cdef int lost_apply(log_core *core, str path, object lost) except -1:
    cdef uint64_t slot, next_there
    cdef uint64_t below = lost.below
    cdef bint found
    for slot in lost.slots:
        slot_lose(core, slot, True)
    slot = max(fl_load_seqcst(&core.first_slot), fl_load_seqcst(&core.index.evicted_end))
    while slot < below:
        next_there = next_slot(core, slot, READ_ANY, &found)
        for slot in range(slot, min(next_there, below) if found else below):
            lost.add(slot, None, path)
            slot_lose(core, slot, False)
        if not found:
            break
        slot = next_there + 1
        if slot == 0:
            break
    return 0


cdef bint is_lost(log_core *core, uint64_t slot) noexcept:
    cdef fl_epoch_record *self = epoch_mine()
    cdef fl_word *word
    cdef bint lost
    fl_epoch_enter(self)
    word = index_word_find(&core.index, slot)
    lost = word != NULL and fl_load_seqcst(word) == (INDEX_LOST_ADDRESS | INDEX_MISSING)
    fl_epoch_leave(self)
    return lost


cdef object lost_collect(log_core *core, str path, object lost):
    return LostSlots({slot: ballot for slot, ballot in lost.slots.items() if is_lost(core, slot)}, unknown=lost.unknown)
