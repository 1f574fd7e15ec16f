"""Counts the calls that check pages of the tail, and makes them fail, for tests; the table of system calls is the process's."""
from libc.stdint cimport uint64_t

from fasterlog._atomic cimport fl_add_seqcst, fl_load_seqcst, fl_store_seqcst, fl_word
from fasterlog._io cimport io, io_table

cdef extern from "fasterlog/platform.h" nogil:
    int FL_ADVICE_POPULATE_READ

cdef io_table real = io
cdef fl_word error, bytes_least, seen


cdef int probed_madvise(void *address, uint64_t size, int advice) noexcept nogil:
    if advice != FL_ADVICE_POPULATE_READ:
        return real.madvise(address, size, advice)
    fl_add_seqcst(&seen, 1)
    if fl_load_seqcst(&error) != 0 and size >= fl_load_seqcst(&bytes_least):
        return -<int>fl_load_seqcst(&error)
    return real.madvise(address, size, advice)


def watch(int errno=0, uint64_t at_least=0):
    """From now on calls for that many bytes or more fail with `errno`; 0: none fails, they are only counted, from 0."""
    fl_store_seqcst(&error, errno)
    fl_store_seqcst(&bytes_least, at_least)
    fl_store_seqcst(&seen, 0)
    io.madvise = &probed_madvise


def restore():
    io.madvise = real.madvise


def calls():
    return fl_load_seqcst(&seen)
