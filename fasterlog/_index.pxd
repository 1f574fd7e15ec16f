"""The index: slot -> one atomic word that says where the slot's entry is.  The protocol is in _index.pyx."""
from libc.stdint cimport uint64_t

from fasterlog._atomic cimport fl_load_seqcst, fl_pointer_load, fl_word, pthread_mutex_t
from fasterlog._epoch cimport fl_retired

cdef enum:
    INDEX_ABSENT = 0      # no entry, if the slot is above what has been evicted
    INDEX_VOTED = 1       # address: of the VOTE frame in the ring
    INDEX_MISSING = 2     # chosen, but the value is not here; address: of the CHOSEN mark in the ring, or INDEX_LOST_ADDRESS
    INDEX_RING = 3        # committed; address: of the frame in the ring that holds the value
    INDEX_TAIL = 4        # committed; address: in the tail
    INDEX_STATE_BITS = 7

cdef extern from *:
    """
    #define INDEX_LOST_ADDRESS (~(uint64_t)7)
    """
    # Of a MISSING slot without a mark: what was here is lost, and may have been a vote.  No frame lies there.
    uint64_t INDEX_LOST_ADDRESS

cdef enum:
    LEAF_SHIFT = 6
    LEAF_WORDS = 64

cdef struct index_leaf:
    fl_retired retired
    fl_word words[LEAF_WORDS]

cdef struct leaf_entry:
    fl_word key           # leaf number + 1; 0: free.  Stored after the leaf
    fl_word leaf

cdef struct leaf_table:   # open addressing; entries are added, never taken out; a replaced table is retired whole
    fl_retired retired
    uint64_t shift        # 64 - log2(capacity)
    uint64_t mask         # capacity - 1
    uint64_t used         # under `grow`
    leaf_entry *entries

cdef struct slot_index:
    fl_word table         # -> leaf_table
    fl_word evicted_end   # slots below are in sealed segments and have no words; a multiple of LEAF_WORDS
    fl_word leaves        # gauge
    fl_word number_end    # above the highest leaf number that was ever prepared
    pthread_mutex_t grow

cdef int index_init(slot_index *index, uint64_t evicted_end) noexcept nogil           # 0 or -ENOMEM
cdef void index_destroy(slot_index *index) noexcept nogil                             # nobody uses it any more
cdef int index_prepare(slot_index *index, uint64_t slot) noexcept nogil               # makes the leaf; outside epochs; 0 or -ENOMEM
cdef int index_evict(slot_index *index, uint64_t end) noexcept nogil                  # words below `end` leave memory; 0 or -ENOMEM
# In an epoch: the lowest leaf number >= `number`; 0 through *found if there is none.
cdef uint64_t index_next_leaf(slot_index *index, uint64_t number, bint *found) noexcept nogil


# In an epoch: the highest slot that has an entry in a word; 0: none.  O(1) unless the topmost leaves have been emptied by a discard.
cdef bint index_highest(slot_index *index, uint64_t *slot) noexcept nogil


cdef inline uint64_t leaf_hash(leaf_table *table, uint64_t number) noexcept nogil:
    # Fibonacci hashing: neighbours spread, and any stride of slots does too.
    return (number * <uint64_t>0x9E3779B97F4A7C15) >> table.shift


cdef inline index_leaf *index_leaf_find(slot_index *index, uint64_t number) noexcept nogil:
    """The leaf, or NULL; in an epoch."""
    cdef leaf_table *table = <leaf_table *>fl_pointer_load(&index.table)
    cdef uint64_t place = leaf_hash(table, number)
    cdef uint64_t key
    while True:           # bounded: at least half of the entries are free
        # seq_cst: pairs with the store in table_put (the leaf is there before its key), and orders us against index_evict.
        key = fl_load_seqcst(&table.entries[place].key)
        if key == number + 1:
            return <index_leaf *>fl_pointer_load(&table.entries[place].leaf)
        if key == 0:
            return NULL
        place = (place + 1) & table.mask


cdef inline fl_word *index_word_find(slot_index *index, uint64_t slot) noexcept nogil:
    """The slot's word, or NULL: then it is evicted, or nothing was ever prepared there; in an epoch."""
    cdef index_leaf *leaf = index_leaf_find(index, slot >> LEAF_SHIFT)
    if leaf == NULL:
        return NULL
    return &leaf.words[slot & (LEAF_WORDS - 1)]


cdef inline bint index_is_evicted(slot_index *index, uint64_t slot) noexcept nogil:
    # seq_cst: index_evict stores it before it unlinks a leaf, so whoever missed a leaf for that reason reads the new value here.
    return slot < fl_load_seqcst(&index.evicted_end)


cdef inline uint64_t index_state(uint64_t word) noexcept nogil:
    return word & INDEX_STATE_BITS


cdef inline uint64_t index_address(uint64_t word) noexcept nogil:
    return word & ~<uint64_t>INDEX_STATE_BITS
