"""A log that does not sync: single entries of the table of system calls answer "done" and do nothing.  For tests of the harnesses."""

from fasterlog._io cimport io, io_table

cdef io_table real = io


cdef extern from "<fcntl.h>" nogil:
    int sync_file_range(int fd, long offset, long size, unsigned flags)


cdef int written_only(int fd) noexcept nogil:
    sync_file_range(fd, 0, 0, 7)
    return 0


cdef int nothing_done(int fd) noexcept nogil:
    return 0


def skip(str kind):
    if kind == "fdatasync":
        io.fdatasync = &nothing_done
    elif kind == "flush":                       # the pages are written, but the disk is not told to keep them
        io.fdatasync = &written_only
    elif kind == "fsync":
        io.fsync = &nothing_done
    else:
        raise ValueError(kind)


def restore():
    io.fdatasync, io.fsync = real.fdatasync, real.fsync
