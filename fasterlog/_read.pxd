"""Reading one slot: from the ring by a private copy, from the tail in place.  See _read.pyx."""
from libc.stdint cimport uint64_t

from fasterlog._core cimport log_core
from fasterlog._entry cimport Entry
from fasterlog._tail cimport segment

cdef enum:
    READ_ANY = 0            # a vote or a committed entry
    READ_COMMITTED = 1


cdef class Lease:
    """Keeps one segment mapped."""
    cdef segment *seg


# The entry; or None, and why in *status (CLOSED, FORKED, BELOW_FIRST, NOT_FOUND, NOT_COMMITTED, VALUE_MISSING, CORRUPTED).
cdef Entry read_entry(log_core *core, uint64_t slot, int wanted, int *status)
# The lowest slot >= `slot` that holds a commit (READ_COMMITTED) or anything (READ_ANY); with *found 0 if none.  Outside epochs, nogil.
cdef uint64_t next_slot(log_core *core, uint64_t slot, int wanted, bint *found) noexcept nogil
cdef struct damage_place:
    bint in_tail, unreadable                   # unreadable: the disk does not give the bytes
    bint has_ballot
    uint64_t segment_address, offset
    uint64_t ballot_id, ballot_node

# Where a slot's entry lies, for error texts; 0: nowhere.
cdef bint damage_locate(log_core *core, uint64_t slot, damage_place *where) noexcept nogil
cdef void leases_drop()     # this thread's cached leases
