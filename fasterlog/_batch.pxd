"""Several changes as one: see _batch.pyx."""
from libc.stdint cimport uint64_t

from fasterlog._handle cimport LogHandle


cdef class Batch:
    cdef LogHandle handle
    cdef object wait
    cdef list ops                  # (kind, slot, id, node, under_id, under_node, value, any_ballot, known)
    cdef dict slots                # what this batch has made of a slot: (kind, id, node, value)
    cdef object discarded_from     # the lowest slot of a discard of this batch, or None
    cdef dict meta
    cdef uint64_t bytes
    cdef uint64_t under_id, under_node   # the highest of its accepts: what the exit checks against the promise, and raises it to
    cdef readonly object lsn
    cdef int state

    cdef int ready(self, uint64_t more) except -1


cdef Batch batch_new(LogHandle handle, object wait)
# The packed form of the mapping in META frames and superblocks, and back.
cdef bytes meta_pack(LogHandle handle, dict meta)
cdef dict meta_read(LogHandle handle, uint64_t *version)
cdef dict meta_merge(dict meta, object changes)
