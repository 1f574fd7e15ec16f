"""The slot index as the core uses it, for tests: words are set and read by slot."""
from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free

from fasterlog._atomic cimport fl_cas_seqcst, fl_load_seqcst, fl_word
from fasterlog._epoch cimport epoch_collect, epoch_mine, fl_epoch_enter, fl_epoch_leave
from fasterlog._index cimport (
    INDEX_RING, INDEX_TAIL, INDEX_VOTED, index_destroy, index_evict, index_init, index_is_evicted, index_next_leaf, index_prepare,
    index_state, index_word_find, slot_index)

VOTED, RING, TAIL = INDEX_VOTED, INDEX_RING, INDEX_TAIL


cdef class Index:
    cdef slot_index *index

    def __cinit__(self, uint64_t evicted_end=0):
        self.index = <slot_index *>calloc(1, sizeof(slot_index))
        if index_init(self.index, evicted_end) != 0:
            raise MemoryError

    def __dealloc__(self):
        index_destroy(self.index)
        free(self.index)

    def prepare(self, uint64_t slot):
        cdef int status
        with nogil:
            status = index_prepare(self.index, slot)
        if status != 0:
            raise MemoryError

    def change(self, uint64_t slot, uint64_t seen, uint64_t desired):
        """CAS of the slot's word, which must have been prepared; None if it has none."""
        cdef fl_word *word
        cdef bint won = False, there
        with nogil:
            fl_epoch_enter(epoch_mine())
            word = index_word_find(self.index, slot)
            there = word != NULL
            if there:
                won = fl_cas_seqcst(word, &seen, desired)
            fl_epoch_leave(epoch_mine())
        return bool(won) if there else None

    def word(self, uint64_t slot):
        """The slot's word; None: it has none; "evicted": look in the segments."""
        cdef fl_word *word
        cdef uint64_t seen = 0
        cdef bint there, evicted = False
        with nogil:
            fl_epoch_enter(epoch_mine())
            word = index_word_find(self.index, slot)
            there = word != NULL
            if there:
                seen = fl_load_seqcst(word)
            else:
                evicted = index_is_evicted(self.index, slot)
            fl_epoch_leave(epoch_mine())
        if there:
            return seen
        return "evicted" if evicted else None

    def evict(self, uint64_t end):
        cdef int status
        with nogil:
            status = index_evict(self.index, end)
            epoch_collect()
        return status

    def next_leaf(self, uint64_t number):
        cdef bint found
        fl_epoch_enter(epoch_mine())
        number = index_next_leaf(self.index, number, &found)
        fl_epoch_leave(epoch_mine())
        return number if found else None

    @property
    def leaves(self):
        return fl_load_seqcst(&self.index.leaves)


def state(uint64_t word):
    return index_state(word)
