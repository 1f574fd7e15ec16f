"""What no log can beat, for `fasterlog bench`: the cost of a call into Cython, and of a write that the disk has confirmed."""
cimport cython
from cpython.bytes cimport PyBytes_AS_STRING
from cpython.exc cimport PyErr_SetFromErrno
from libc.stdint cimport int64_t, uint64_t

cdef extern from "<unistd.h>" nogil:
    ssize_t pwrite(int, const void *, size_t, int64_t)

cdef extern from "fasterlog/platform.h" nogil:
    int fl_fdatasync(int)

cdef extern from "<time.h>" nogil:
    ctypedef int clockid_t
    clockid_t CLOCK_MONOTONIC
    struct timespec:
        int64_t tv_sec
        long tv_nsec
    int clock_gettime(clockid_t, timespec *)


@cython.final
cdef class Floor:
    """Methods that do nothing, compiled with the same directives as the log's."""

    def empty(self, a):
        return None

    def empty3(self, a, b, c):
        return None


def write_sync(int fd, bytes record, uint64_t offset, uint64_t count):
    """Writes `record` `count` times one behind the other from `offset` on, each with its own fdatasync.

    Returns the nanoseconds that took.  The file should hold written blocks there already: a file that grows costs more.
    """
    cdef const char *data = PyBytes_AS_STRING(record)
    cdef size_t size = len(record)
    cdef int64_t took
    with nogil:
        took = write_sync_loop(fd, data, size, offset, count)
    if took < 0:
        PyErr_SetFromErrno(OSError)
    return took


cdef int64_t write_sync_loop(
    int fd, const char *data, size_t size, uint64_t offset, uint64_t count
) noexcept nogil:
    cdef uint64_t start = now_ns(), k
    for k in range(count):
        if pwrite(fd, data, size, offset + k * size) != <ssize_t> size or fl_fdatasync(fd) != 0:
            return -1
    return now_ns() - start


cdef uint64_t now_ns() noexcept nogil:
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    return <uint64_t> now.tv_sec * 1000000000 + now.tv_nsec
