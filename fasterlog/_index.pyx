"""The index: slot -> one atomic word.

A word is 64 bits: the low three the state, the rest an address (frames are 8-byte aligned).  One-way changes, all by CAS:

    absent -> VOTED          accept
    VOTED  -> VOTED          accept of a higher ballot, or the same vote carried to a higher address
    VOTED  -> RING           commit; learn (with another address)
    absent -> RING           learn
    MISSING -> RING          learn (recovery alone makes a slot MISSING: its mark was on disk, its vote was not)
    RING   -> TAIL           checkpoint
    VOTED  -> absent         discard

There is no way out of "committed" (RING, TAIL) but from the ring to the tail; what counts as committed is at or above
RING.  "Truncated" is `slot < first_slot`, not a state.

Words live in leaves of 64; leaves are found through a table with open addressing, keyed by leaf number, so that any slot up to 2^64 - 1
works and a dense log pays one table look-up for 64 slots.  Growth happens under the mutex `grow`; readers take no lock:

1. A leaf is stored before its key (table_put); a reader that finds the key finds the leaf.
2. A grown table holds all leaves before it is published; the old one is retired through epochs.  A reader in the old one misses leaves
   that were added since: for it the slot is absent, as it was when the reader entered.  A writer prepares its leaf before it
   enters, so it finds a table that has the leaf.
3. Eviction stores `evicted_end` first, then publishes a table without the leaves, then retires them.  A reader that misses a leaf
   looks at `evicted_end` after the miss, so it never takes an evicted slot for an absent one.  index_prepare looks at it under the
   mutex, so no leaf comes back.  *Absent means "no entry" only above `evicted_end`.*
"""
from libc.errno cimport ENOMEM
from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free

from fasterlog._atomic cimport (
    FL_SHRUNK, FL_YIELD, fl_add_relaxed, fl_load_relaxed, fl_pointer_load, fl_pointer_store, fl_store_relaxed, fl_store_seqcst,
    pthread_mutex_destroy, pthread_mutex_init, pthread_mutex_lock, pthread_mutex_unlock,
)
from fasterlog._epoch cimport epoch_retire, fl_retired


cdef leaf_table *table_new(uint64_t bits) noexcept nogil:
    cdef leaf_table *table = <leaf_table *>calloc(1, sizeof(leaf_table))
    if table == NULL:
        return NULL
    table.entries = <leaf_entry *>calloc(<uint64_t>1 << bits, sizeof(leaf_entry))
    if table.entries == NULL:
        free(table)
        return NULL
    table.shift = 64 - bits
    table.mask = (<uint64_t>1 << bits) - 1
    return table


cdef void table_release(fl_retired *item) noexcept nogil:
    free((<leaf_table *>item).entries)
    free(item)


cdef void leaf_release(fl_retired *item) noexcept nogil:
    free(item)


cdef void table_put(leaf_table *table, uint64_t number, index_leaf *leaf) noexcept nogil:
    cdef uint64_t place = leaf_hash(table, number)
    while fl_load_relaxed(&table.entries[place].key) != 0:    # relaxed: keys change under our mutex only
        place = (place + 1) & table.mask
    fl_pointer_store(&table.entries[place].leaf, leaf)
    FL_YIELD(11)
    # seq_cst: after the leaf; pairs with the load in index_leaf_find.
    fl_store_seqcst(&table.entries[place].key, number + 1)
    table.used += 1


cdef leaf_table *table_copy(leaf_table *old, uint64_t first_number) noexcept nogil:
    """A table of fitting size with the leaves from `first_number` on, and room for as many again."""
    cdef uint64_t kept = 0, place, key, bits = 2 if FL_SHRUNK else 6
    cdef leaf_table *table
    for place in range(old.mask + 1):
        key = fl_load_relaxed(&old.entries[place].key)
        kept += key != 0 and key - 1 >= first_number
    while (<uint64_t>1 << bits) < 4 * (kept + 1):
        bits += 1
    table = table_new(bits)
    if table == NULL:
        return NULL
    for place in range(old.mask + 1):
        key = fl_load_relaxed(&old.entries[place].key)
        if key != 0 and key - 1 >= first_number:
            table_put(table, key - 1, <index_leaf *>fl_pointer_load(&old.entries[place].leaf))
    return table


cdef int index_init(slot_index *index, uint64_t evicted_end) noexcept nogil:
    cdef leaf_table *table = table_new(2 if FL_SHRUNK else 6)
    if table == NULL:
        return -ENOMEM
    fl_pointer_store(&index.table, table)
    fl_store_relaxed(&index.evicted_end, evicted_end)         # relaxed: nobody else knows the index yet
    fl_store_relaxed(&index.leaves, 0)
    return -pthread_mutex_init(&index.grow, NULL)


cdef void index_destroy(slot_index *index) noexcept nogil:
    cdef leaf_table *table = <leaf_table *>fl_pointer_load(&index.table)
    cdef uint64_t place
    if table == NULL:
        return
    for place in range(table.mask + 1):
        free(fl_pointer_load(&table.entries[place].leaf))
    table_release(&table.retired)
    fl_pointer_store(&index.table, NULL)
    pthread_mutex_destroy(&index.grow)


cdef int index_prepare(slot_index *index, uint64_t slot) noexcept nogil:
    cdef int status
    pthread_mutex_lock(&index.grow)
    status = prepare_locked(index, slot)
    pthread_mutex_unlock(&index.grow)
    return status


cdef int prepare_locked(slot_index *index, uint64_t slot) noexcept nogil:
    cdef leaf_table *table
    cdef leaf_table *grown
    cdef index_leaf *leaf
    if index_is_evicted(index, slot) or index_leaf_find(index, slot >> LEAF_SHIFT) != NULL:
        return 0
    leaf = <index_leaf *>calloc(1, sizeof(index_leaf))
    if leaf == NULL:
        return -ENOMEM
    table = <leaf_table *>fl_pointer_load(&index.table)
    if 2 * (table.used + 1) > table.mask + 1:
        grown = table_copy(table, 0)
        if grown == NULL:
            free(leaf)
            return -ENOMEM
        table_put(grown, slot >> LEAF_SHIFT, leaf)
        fl_pointer_store(&index.table, grown)
        epoch_retire(&table.retired, &table_release)
    else:
        table_put(table, slot >> LEAF_SHIFT, leaf)
    fl_add_relaxed(&index.leaves, 1)                          # relaxed: a gauge
    if fl_load_relaxed(&index.number_end) <= slot >> LEAF_SHIFT:     # relaxed: changed under our mutex only
        fl_store_seqcst(&index.number_end, (slot >> LEAF_SHIFT) + 1)
    return 0


cdef int index_evict(slot_index *index, uint64_t end) noexcept nogil:
    cdef leaf_table *old
    cdef leaf_table *table
    cdef index_leaf *leaf
    cdef uint64_t place, key
    end &= ~<uint64_t>(LEAF_WORDS - 1)
    pthread_mutex_lock(&index.grow)
    old = <leaf_table *>fl_pointer_load(&index.table)
    if index_is_evicted(index, end):                          # somebody has been here, further on
        pthread_mutex_unlock(&index.grow)
        return 0
    table = table_copy(old, end >> LEAF_SHIFT)
    if table == NULL:
        pthread_mutex_unlock(&index.grow)
        return -ENOMEM
    fl_store_seqcst(&index.evicted_end, end)                  # seq_cst, before the unlinking: see 3 above
    FL_YIELD(10)
    fl_pointer_store(&index.table, table)
    for place in range(old.mask + 1):
        key = fl_load_relaxed(&old.entries[place].key)
        if key != 0 and key - 1 < end >> LEAF_SHIFT:
            leaf = <index_leaf *>fl_pointer_load(&old.entries[place].leaf)
            epoch_retire(&leaf.retired, &leaf_release)
    fl_store_relaxed(&index.leaves, table.used)               # relaxed: a gauge
    pthread_mutex_unlock(&index.grow)
    epoch_retire(&old.retired, &table_release)
    return 0


cdef uint64_t index_next_leaf(slot_index *index, uint64_t number, bint *found) noexcept nogil:
    cdef leaf_table *table
    cdef uint64_t place, key, best = 0
    found[0] = True
    if index_leaf_find(index, number) != NULL:                # dense logs end here
        return number
    table = <leaf_table *>fl_pointer_load(&index.table)
    for place in range(table.mask + 1):
        key = fl_load_seqcst(&table.entries[place].key)
        if key > number and (best == 0 or key < best):        # keys are leaf numbers + 1
            best = key
    found[0] = best != 0
    return best - 1


cdef bint leaf_highest(index_leaf *leaf, uint64_t number, uint64_t *slot) noexcept nogil:
    cdef uint64_t place = LEAF_WORDS
    while leaf != NULL and place > 0:
        place -= 1
        if index_state(fl_load_seqcst(&leaf.words[place])) != INDEX_ABSENT:
            slot[0] = (number << LEAF_SHIFT) + place
            return True
    return False


cdef bint index_highest(slot_index *index, uint64_t *slot) noexcept nogil:
    cdef leaf_table *table
    cdef uint64_t place, key, best
    cdef uint64_t bound = fl_load_seqcst(&index.number_end)
    while bound > 0:
        if leaf_highest(index_leaf_find(index, bound - 1), bound - 1, slot):
            return True
        table = <leaf_table *>fl_pointer_load(&index.table)
        best = 0
        for place in range(table.mask + 1):                   # the next lower leaf there is
            key = fl_load_seqcst(&table.entries[place].key)
            if best < key < bound:
                best = key
        bound = best
    return False
