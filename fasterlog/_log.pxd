"""FasterLog, for other extension modules: its core, and the calls that its methods are made of."""
from libc.stdint cimport uint64_t

from fasterlog._core cimport op_result
from fasterlog._handle cimport LogHandle
from fasterlog._phases cimport vote_args


cdef class FasterLog(LogHandle):
    cdef tuple report_entries(self, uint64_t slot)
    cdef int under_parse(self, object under, vote_args *args) except -1
    cdef object put(self, object value, vote_args *args, bint learn, bint durable)
    cdef object put_bytes(self, vote_args *args, bint learn, bint durable)
    cdef int committed(self, op_result *result, bint durable) except -1
    cdef uint64_t used(self) noexcept
