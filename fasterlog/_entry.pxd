"""The values users hold: Ballot and Entry.  Immutable, so any thread may share them."""
from libc.stdint cimport uint8_t, uint64_t


cdef class Ballot:
    cdef readonly uint64_t id
    cdef readonly uint64_t node


cdef class Entry:
    cdef readonly uint64_t slot
    cdef uint64_t ballot_id, ballot_node
    cdef readonly bint committed
    # What the buffer shows: the bytes of `owner` itself, or memory of a mapped segment that `owner` (a lease) keeps mapped.
    cdef const uint8_t *data
    cdef Py_ssize_t size
    cdef object owner
    # The value as bytes, built at first use when `owner` is a lease (then set once, by compare and swap); NULL before.
    cdef void *built


cdef Ballot ballot_new(uint64_t id, uint64_t node)
# A Ballot, or a tuple of two integers.
cdef int ballot_parse(object ballot, uint64_t *id, uint64_t *node) except -1
cdef Entry entry_from_bytes(uint64_t slot, uint64_t ballot_id, uint64_t ballot_node, bint committed, bytes value)
cdef Entry entry_from_memory(uint64_t slot, uint64_t ballot_id, uint64_t ballot_node, bint committed,
                             const uint8_t *data, Py_ssize_t size, object owner)
# An integer in [0, limit]; TypeError or OverflowError that names it.
cdef uint64_t integer_from(object value, str name, uint64_t limit) except? 0xffffffffffffffff
