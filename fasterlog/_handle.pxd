"""What every Python object on a log shares: the core, the slow steps, and turning a status into an exception."""
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from fasterlog._core cimport log_core, op_result
from fasterlog._entry cimport Ballot, Entry, ballot_parse, integer_from
from fasterlog._phases cimport vote_args

cdef extern from "Python.h":
    bint PyLong_CheckExact(object)
    unsigned long long PyLong_AsUnsignedLongLong(object)
    void *fl_error_occurred "PyErr_Occurred"()
    void PyErr_Clear()

cdef enum:
    GIL_HELD_BYTES = 8192        # calls that copy more release the GIL


cdef class LogHandle:
    cdef log_core *core          # lives as long as this object
    cdef readonly object config
    cdef readonly object recovery
    cdef readonly str path
    cdef uint64_t full_timeout   # nanoseconds
    cdef object __weakref__

    # Takes the slow step that `status` names, or raises.  *deadline: when waiting for space ends; 0 before the first wait.
    cdef int resolve(self, int status, op_result *result, const vote_args *args, uint64_t *deadline) except -1
    # After a call that has taken effect: waits for what it relies on and, if asked to, for the disk.
    cdef int finish(self, op_result *result, bint durable) except -1
    # Until `lsn` is durable; deadline_ns 0: for ever.
    cdef int wait_durable_until(self, uint64_t lsn, uint64_t deadline_ns) except -1
    cdef int wait_published(self, uint64_t lsn) except -1
    # Raises what `status` stands for.
    cdef int refuse(self, int status, op_result *result, const vote_args *args) except -1
    cdef int refuse_read(self, int status, uint64_t slot) except -1
    cdef Entry read_or_raise(self, uint64_t slot, int wanted)
    # A nogil section outside epochs must not outlive the mappings: close() waits for it.
    cdef int check_open(self) except -1
    cdef int slow_enter(self) except -1
    cdef void slow_leave(self) noexcept
    cdef int shut(self) except -1
    cdef void adopt(self, log_core *core) noexcept
    cdef object damage_error(self, int status, uint64_t slot)
    cdef object lost_ballot(self, uint64_t slot)
    cdef object system_error(self, int error)
    cdef str poison_text(self)
    cdef object entry_or_none(self, uint64_t slot)


cdef inline uint64_t slot_parse(object slot) except? 0xffffffffffffffff:
    cdef uint64_t number
    if PyLong_CheckExact(slot):
        number = PyLong_AsUnsignedLongLong(slot)
        if number != <uint64_t>-1 or fl_error_occurred() == NULL:
            return number
        PyErr_Clear()
    return integer_from(slot, "slot", <uint64_t>-1)


cdef inline int ballot_into(object ballot, uint64_t *id, uint64_t *node) except -1:
    if type(ballot) is Ballot:
        id[0] = (<Ballot>ballot).id
        node[0] = (<Ballot>ballot).node
        return 0
    return ballot_parse(ballot, id, node)
