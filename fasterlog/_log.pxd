"""FasterLog, for other extension modules: its core, and the calls that its methods are made of."""
from libc.stdint cimport uint64_t

from fasterlog._core cimport op_result
from fasterlog._handle cimport LogHandle
from fasterlog._phases cimport vote_args


cdef class FasterLog(LogHandle):
    cdef tuple report_entries(self, uint64_t slot)
    cdef int under_parse(self, object under, vote_args *args) except -1
    cdef object accept_value(self, vote_args *args, uint64_t size, bint durable)
    cdef int committed(self, op_result *result, bint durable) except -1
    cdef object learn_value(self, vote_args *args, uint64_t size, bint durable)
    cdef uint64_t used(self) noexcept
