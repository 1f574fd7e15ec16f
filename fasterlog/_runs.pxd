"""Runs of slots: what a segment's footer says, and how it grows while the segment is open.  Explained in _runs.pyx."""
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from fasterlog._layout cimport fl_run, fl_segment_trailer

cdef struct run_list:              # the entries of an open segment, in the order in which they were written
    fl_run *runs
    uint32_t *offsets              # from the start of the file, in units of 8 bytes
    uint32_t run_count, run_capacity
    uint32_t entry_count, entry_capacity
    uint64_t slot_min, slot_max    # slot_min > slot_max when there are none

cdef struct run_mark:              # what a list has to forget again when a write fails
    uint32_t run_count, last_count, entry_count
    uint64_t slot_min, slot_max

cdef struct run_footer:
    uint8_t *bytes                 # from malloc; the caller frees it
    uint64_t size
    uint32_t run_count, entry_count

cdef void run_list_init(run_list *runs) noexcept nogil
cdef void run_list_clear(run_list *runs) noexcept nogil                          # gives the memory back
cdef int run_list_note(run_list *runs, uint64_t slot, uint64_t offset) noexcept nogil    # 0 or -ENOMEM
cdef run_mark run_list_mark(const run_list *runs) noexcept nogil
cdef void run_list_rollback(run_list *runs, const run_mark *mark) noexcept nogil
# A copy sorted by slot, each slot once; the caller frees it.  NULL: out of memory.
cdef fl_run *run_list_sorted(const run_list *runs, uint32_t *count) noexcept nogil
cdef int run_list_footer(const run_list *runs, run_footer *footer) noexcept nogil        # 0 or -ENOMEM

# The last run that begins at or below `slot`, NULL if none.
cdef const fl_run *runs_search(const fl_run *runs, uint32_t count, uint64_t slot) noexcept nogil
# Whether runs and offsets, of the sizes that the trailer states, fit together and stay within the segment's entries.
cdef bint footer_fits(const fl_run *runs, const uint32_t *offsets, const fl_segment_trailer *trailer) noexcept nogil
