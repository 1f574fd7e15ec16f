"""Iterators over committed entries."""
from libc.stdint cimport uint64_t

from fasterlog._handle cimport LogHandle


cdef class CommittedIterator:
    cdef LogHandle handle
    cdef uint64_t next_slot, last      # inclusive
    cdef bint done, skip_gaps, stop_at_gap, skip_errors


cdef class Follower:
    cdef LogHandle handle
    cdef uint64_t next_slot
    cdef uint64_t safe_end             # slots below cannot go back
    cdef uint64_t timeout_ns           # 0: none
    cdef bint durable, done


cdef CommittedIterator committed_iterator(LogHandle handle, object start, object stop, str gaps, bint skip_errors)
cdef Follower follower(LogHandle handle, object start, object timeout, bint durable)
cdef uint64_t timeout_parse(object timeout) except? 0xffffffffffffffff
