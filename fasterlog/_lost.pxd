"""Slots whose entry this node has held and lost: from the file LOST to the index, and back.  See _lost.pyx."""
from libc.stdint cimport uint64_t

from fasterlog._core cimport log_core


# The list in the log's directory; empty if there is none.
cdef object lost_load(str path, uint64_t log_id)
cdef int lost_save(str path, uint64_t log_id, object lost) except -1
# After the tail was loaded and the ring replayed: the index says MISSING for each lost slot that nothing has brought back.
cdef int lost_apply(log_core *core, str path, object lost) except -1
# What is still lost, with the ballots that `lost` knows.
cdef object lost_collect(log_core *core, str path, object lost)
