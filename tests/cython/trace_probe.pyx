"""Writes down the calls that the log makes on its files, in order, for tests; the table is the process's, so one test at a time.

Also watches that `control` is not held over a sync (C1), and lets a file system seem to copy on write.
"""
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport strncpy

from fasterlog._atomic cimport (
    fl_add_seqcst, fl_load_seqcst, fl_store_seqcst, fl_word, pthread_mutex_lock, pthread_mutex_t, pthread_mutex_unlock,
)
from fasterlog._core cimport log_core
from fasterlog._handle cimport LogHandle
from fasterlog._io cimport io, io_table

cdef extern from "<pthread.h>" nogil:
    int pthread_mutex_init(pthread_mutex_t *, const void *)
    int pthread_mutex_trylock(pthread_mutex_t *)

cdef enum:
    CALLS_MOST = 200000
    NAME_MOST = 200
    FDS_MOST = 1024

cdef struct call:
    const char *kind
    char name[NAME_MOST]
    char target[NAME_MOST]
    uint64_t offset, size

cdef io_table real = io
cdef call calls[CALLS_MOST]
cdef uint64_t count = 0
cdef char names[FDS_MOST][NAME_MOST]
cdef pthread_mutex_t mutex
cdef log_core *watched = NULL
cdef fl_word held_over_sync
cdef int in_place = -1

pthread_mutex_init(&mutex, NULL)


cdef void note(const char *kind, const char *name, const char *target, uint64_t offset, uint64_t size) noexcept nogil:
    global count
    pthread_mutex_lock(&mutex)
    if count < CALLS_MOST:
        calls[count].kind = kind
        strncpy(calls[count].name, name, NAME_MOST - 1)
        strncpy(calls[count].target, target, NAME_MOST - 1)
        calls[count].offset, calls[count].size = offset, size
        count += 1
    pthread_mutex_unlock(&mutex)


cdef int traced_open(const char *path, int flags, int mode) noexcept nogil:
    cdef int fd = real.open(path, flags, mode)
    if 0 <= fd < FDS_MOST:
        strncpy(names[fd], path, NAME_MOST - 1)
        note("create" if flags & 0o100 else "open", path, b"", 0, 0)
    return fd


cdef int64_t traced_pwrite(int fd, const void *data, uint64_t size, uint64_t offset) noexcept nogil:
    note("pwrite", names[fd], b"", offset, size)
    return real.pwrite(fd, data, size, offset)


cdef int watch(const char *kind, int fd) noexcept nogil:
    if watched != NULL:
        if pthread_mutex_trylock(&watched.control) == 0:
            pthread_mutex_unlock(&watched.control)
        else:
            fl_add_seqcst(&held_over_sync, 1)
    note(kind, names[fd], b"", 0, 0)
    return 0


cdef int traced_fdatasync(int fd) noexcept nogil:
    watch("sync", fd)
    return real.fdatasync(fd)


cdef int traced_fsync(int fd) noexcept nogil:
    watch("sync", fd)
    return real.fsync(fd)


cdef int traced_rename(const char *source, const char *target) noexcept nogil:
    note("rename", source, target, 0, 0)
    return real.rename(source, target)


cdef int traced_mkdir(const char *path, int mode) noexcept nogil:
    cdef int status = real.mkdir(path, mode)
    if status == 0:
        note("mkdir", path, b"", 0, 0)
    return status


cdef int faked_in_place(int fd) noexcept nogil:
    return in_place


def start():
    """Forgets what was written down."""
    global count
    io.open, io.pwrite, io.fdatasync, io.fsync = &traced_open, &traced_pwrite, &traced_fdatasync, &traced_fsync
    io.rename, io.mkdir = &traced_rename, &traced_mkdir
    count = 0


def stop():
    global watched
    watched = NULL
    io.open, io.pwrite, io.fdatasync, io.fsync = real.open, real.pwrite, real.fdatasync, real.fsync
    io.rename, io.mkdir, io.in_place = real.rename, real.mkdir, real.in_place


def taken():
    """[(kind, name, target of a rename, offset, size)] since start()."""
    assert count < CALLS_MOST
    return [(calls[i].kind.decode(), calls[i].name.decode(), calls[i].target.decode(), calls[i].offset, calls[i].size)
            for i in range(count)]


def watch_control(LogHandle log):
    """From now on counts the syncs under way while the log's `control` is held."""
    global watched
    fl_store_seqcst(&held_over_sync, 0)
    watched = log.core if log is not None else NULL


def control_was_held():
    return fl_load_seqcst(&held_over_sync)


def pretend_in_place(int answer):
    global in_place
    in_place = answer
    io.in_place = &faked_in_place
