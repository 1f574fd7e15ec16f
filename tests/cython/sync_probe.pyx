"""A log that does not sync: single entries of the table of system calls answer "done" and do nothing.  For tests of the harnesses."""

from fasterlog._io cimport io, io_table

cdef io_table real = io


cdef int nothing_done(int fd) noexcept nogil:
    return 0


def skip(str kind):
    if kind == "fdatasync":
        io.fdatasync = &nothing_done
    elif kind == "fsync":
        io.fsync = &nothing_done
    else:
        raise ValueError(kind)


def restore():
    io.fdatasync, io.fsync = real.fdatasync, real.fsync
