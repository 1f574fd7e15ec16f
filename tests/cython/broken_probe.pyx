"""Logs that are broken in one way, for the tests of the harnesses: entries of the table of system calls that do not do what they say."""
from libc.errno cimport EFBIG, ENOSPC
from libc.stdint cimport int64_t, uint64_t

from fasterlog._io cimport io, io_table

cdef extern from "<fcntl.h>" nogil:
    int sync_file_range(int fd, long offset, long size, unsigned flags)

cdef enum:
    SYNC_FILE_RANGE_ALL = 7
    MAP_SHARED = 1
    MAP_PRIVATE = 2
    PROT_WRITE = 2

cdef io_table real = io


cdef int fdatasync_nothing(int fd) noexcept nogil:
    return 0


cdef int fdatasync_written_only(int fd) noexcept nogil:
    sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_ALL)
    return 0


cdef int64_t pwrite_lost(int fd, const void *data, uint64_t size, uint64_t offset) noexcept nogil:
    return size


cdef int64_t pwrite_without_zeros(int fd, const void *data, uint64_t size, uint64_t offset) noexcept nogil:
    cdef const char *bytes_ = <const char *>data
    cdef uint64_t at
    for at in range(size):
        if bytes_[at] != 0:
            return real.pwrite(fd, data, size, offset)
    if <uint64_t>real.size(fd) < offset + size and real.ftruncate(fd, offset + size) != 0:
        return -EFBIG
    return size


cdef int64_t pwrite_never_full(int fd, const void *data, uint64_t size, uint64_t offset) noexcept nogil:
    cdef int64_t status = real.pwrite(fd, data, size, offset)
    return <int64_t>size if status in (-ENOSPC, -EFBIG) else status


cdef int madvise_nothing(void *address, uint64_t size, int advice) noexcept nogil:
    return 0


cdef void *mmap_private(void *address, uint64_t size, int protection, int flags, int fd, uint64_t offset) noexcept nogil:
    if fd >= 0 and protection & PROT_WRITE and flags & MAP_SHARED:
        flags = flags & ~MAP_SHARED | MAP_PRIVATE
    return real.mmap(address, size, protection, flags, fd, offset)


def break_it(str how):
    """The process's logs, from here on; there is no way back, so it is for forked children."""
    if how == "no fdatasync":
        io.fdatasync = &fdatasync_nothing
    elif how == "no flush":                     # the pages are written, but the disk is not told to keep them
        io.fdatasync = &fdatasync_written_only
    elif how == "no pwrite":
        io.pwrite = &pwrite_lost
    elif how == "private map":                  # what is stored there does not get into the file
        io.mmap = &mmap_private
    elif how == "holes":                        # space is not made ready
        io.pwrite, io.madvise = &pwrite_without_zeros, &madvise_nothing
    elif how == "never full":
        io.pwrite = &pwrite_never_full
    else:
        raise ValueError(how)
