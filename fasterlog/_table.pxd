"""The table of segments, immutable once published, and the look-ups in it.  Explained in _table.pyx."""
from libc.stdint cimport uint32_t, uint64_t

from fasterlog._atomic cimport fl_load_acquire
from fasterlog._epoch cimport fl_retired
from fasterlog._layout cimport fl_frame
from fasterlog._segment cimport segment, segment_frame

cdef struct segment_table:         # immutable once published; replaced whole, the old one retired
    fl_retired retired
    uint64_t first_number          # number of segments[0]; a number is address >> span_bits
    uint64_t count
    uint64_t sealed                # segments[0..sealed) are sealed or missing; at most one follows, the open one
    segment **segments             # NULL where a number is missing
    uint64_t *slot_max_before      # [i]: highest slot_max of the sealed segments 0..i; never falls
    uint64_t *slot_min_after       # [i]: lowest slot_min of the sealed segments i..sealed-1; never falls

cdef segment_table *table_new(uint64_t first_number, uint64_t count) noexcept nogil     # NULL: out of memory
# A copy with room for more; `first_number` is that of a table made from nothing.
cdef segment_table *table_copy(const segment_table *old, uint64_t first_number, uint64_t more) noexcept nogil
cdef void table_summarise(segment_table *table, uint64_t sealed) noexcept nogil

# As the tail_* calls of the same names; `table` may be NULL.
cdef inline const fl_frame *table_at(
        const segment_table *table, uint32_t span_bits, uint64_t address, segment **found) noexcept nogil:
    cdef uint64_t number = address >> span_bits
    cdef segment *seg
    found[0] = NULL
    # An address below the first number wraps to a place that no table has.
    if table == NULL or number - table.first_number >= table.count:
        return NULL
    seg = table.segments[number - table.first_number]
    if seg == NULL:
        return NULL
    found[0] = seg
    # acquire: the bytes below it are written; pairs with the releases in appender_commit and seal_note.
    return segment_frame(seg, address - seg.address, fl_load_acquire(&seg.entries_end))

cdef const fl_frame *table_find(const segment_table *table, uint64_t slot, segment **found) noexcept nogil
# Where table_find looks: the offset in *found, 0 if there is none.
cdef uint64_t table_offset(const segment_table *table, uint64_t slot, segment **found) noexcept nogil
cdef uint64_t table_next_slot(const segment_table *table, uint64_t slot, bint *found) noexcept nogil
cdef uint64_t table_contiguous(const segment_table *table, uint64_t slot) noexcept nogil
