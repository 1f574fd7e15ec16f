"""Follows which names in directories are durable, by what the log calls; the table of system calls is the process's."""
import os

from libc.stdint cimport uint64_t

from fasterlog._io cimport io, io_table

cdef extern from "<fcntl.h>" nogil:
    int O_CREAT
    int O_DIRECTORY

cdef io_table real = io
cdef dict opened = {}               # descriptor -> path
cdef set pending = set()            # names made or moved since their directory was last synced
cdef list early = []                # (file that was synced, names that were still pending)


cdef void noted(const char *path) noexcept with gil:
    pending.add(os.fsdecode(path))


cdef void gone(const char *path) noexcept with gil:
    pending.discard(os.fsdecode(path))


cdef void has_descriptor(int fd, const char *path) noexcept with gil:
    opened[fd] = os.fsdecode(path)


cdef bint is_missing(const char *path) noexcept with gil:
    return not os.path.lexists(os.fsdecode(path))


cdef void synced(int fd) noexcept with gil:
    folder = opened.get(fd, "")
    for name in list(pending):
        if os.path.dirname(name) == folder:
            pending.discard(name)


cdef void acknowledged(int fd) noexcept with gil:
    """What is acknowledged follows an fdatasync: by then every name that leads to the bytes has to be durable."""
    file = opened.get(fd, "")
    needed = sorted(pending)
    if os.path.basename(file) == "ring":            # synced by another thread perhaps, while a checkpoint makes a segment
        needed = [name for name in needed if os.path.basename(os.path.dirname(name)) != "tail"]
    if needed:
        early.append((file, needed))


cdef int probed_open(const char *path, int flags, int mode) noexcept nogil:
    cdef bint made = flags & O_CREAT and is_missing(path)
    cdef int fd = real.open(path, flags, mode)
    if fd >= 0:
        has_descriptor(fd, path)
        if made:
            noted(path)
    return fd


cdef int probed_mkdir(const char *path, int mode) noexcept nogil:
    cdef int status = real.mkdir(path, mode)
    if status == 0:
        noted(path)
    return status


cdef int probed_rename(const char *source, const char *target) noexcept nogil:
    cdef int status = real.rename(source, target)
    if status == 0:
        gone(source)
        noted(target)
    return status


cdef int probed_unlink(const char *path) noexcept nogil:
    cdef int status = real.unlink(path)
    if status == 0:
        gone(path)
    return status


cdef int probed_fsync(int fd) noexcept nogil:
    cdef int status = real.fsync(fd)
    if status == 0:
        synced(fd)
    return status


cdef int probed_fdatasync(int fd) noexcept nogil:
    acknowledged(fd)
    return real.fdatasync(fd)


def watch():
    opened.clear()
    pending.clear()
    early.clear()
    io.open, io.mkdir, io.rename, io.unlink = &probed_open, &probed_mkdir, &probed_rename, &probed_unlink
    io.fsync, io.fdatasync = &probed_fsync, &probed_fdatasync


def restore():
    io.open, io.mkdir, io.rename, io.unlink = real.open, real.mkdir, real.rename, real.unlink
    io.fsync, io.fdatasync = real.fsync, real.fdatasync


def made(str path):
    """Tells of a name that somebody else has made."""
    pending.add(path)


def unsynced():
    return sorted(pending)


def acknowledged_early():
    return list(early)
