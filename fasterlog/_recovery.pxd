"""Opening and closing a log's directory."""
from libc.stdint cimport uint64_t

from fasterlog._core cimport log_core


# A log that is open: its core, with the lock held.  `config` is the effective one.
cdef class OpenLog:
    cdef log_core *core
    cdef readonly object config
    cdef readonly object report
    cdef readonly str path


cdef OpenLog log_open(object config)
# Takes a log down that nobody uses any more: drains it to the tail, says so in the superblock, closes the files.  0 or the first errno.
cdef int log_close_files(log_core *core) noexcept nogil
