"""The one table through which every system call on the log's files and memory goes.

Each function returns what the call returns, or -errno.  Interrupted calls (EINTR) are taken up again inside, except `futex_wait`.
"""
from libc.stdint cimport int64_t, uint32_t, uint64_t

from fasterlog._atomic cimport fl_word32

cdef struct io_table:
    int (*open)(const char *path, int flags, int mode) noexcept nogil
    int (*close)(int fd) noexcept nogil
    int64_t (*pread)(int fd, void *data, uint64_t size, uint64_t offset) noexcept nogil
    int64_t (*pwrite)(int fd, const void *data, uint64_t size, uint64_t offset) noexcept nogil
    int (*fdatasync)(int fd) noexcept nogil
    int (*fsync)(int fd) noexcept nogil
    int (*ftruncate)(int fd, uint64_t size) noexcept nogil
    int64_t (*size)(int fd) noexcept nogil                 # bytes of a regular file; -EINVAL for anything else
    int (*rename)(const char *source, const char *target) noexcept nogil
    int (*unlink)(const char *path) noexcept nogil
    int (*mkdir)(const char *path, int mode) noexcept nogil
    int (*flock)(int fd, int operation) noexcept nogil
    int (*memfd)(const char *name) noexcept nogil          # close-on-exec
    void *(*mmap)(void *address, uint64_t size, int protection, int flags, int fd, uint64_t offset) noexcept nogil  # NULL: see io_errno()
    int (*munmap)(void *address, uint64_t size) noexcept nogil
    int (*madvise)(void *address, uint64_t size, int advice) noexcept nogil      # FL_ADVICE_* of platform.h
    # Waits while *word == expected, at most timeout_ns; 0 woken, -EAGAIN, -ETIMEDOUT, -EINTR.
    int (*futex_wait)(fl_word32 *word, uint32_t expected, uint64_t timeout_ns) noexcept nogil
    int (*futex_wake)(fl_word32 *word, int count) noexcept nogil
    void (*sleep_ns)(uint64_t ns) noexcept nogil
    # 1: the file is overwritten where it lies; 0: each write takes new blocks (a copy-on-write file system).  On an empty file it asks
    # for the former where that can be asked for.
    int (*in_place)(int fd) noexcept nogil
    # 1: parts of the file may have no blocks (holes), so that a store through a mapping may need new ones; 0: all of it has blocks.
    int (*sparse)(int fd) noexcept nogil
    int (*boot_id)(unsigned char *id) noexcept nogil       # 16 bytes: of the machine's run; 0: the system does not tell, id is zero

# The table in force; fasterlog.testing and fault harnesses replace single entries.
cdef io_table io

cdef int io_errno() noexcept nogil                          # errno of the last failed mmap of this thread
cdef uint64_t clock_ns() noexcept nogil                     # monotonic
# Whole-buffer forms: 0 or -errno; a short read at the end of the file is -ENODATA.
cdef int io_pwrite_all(int fd, const void *data, uint64_t size, uint64_t offset) noexcept nogil
cdef int io_pread_all(int fd, void *data, uint64_t size, uint64_t offset) noexcept nogil
# Writes real zeros over [offset, offset + size): later fdatasyncs need no new blocks.
cdef int io_write_zeros(int fd, uint64_t offset, uint64_t size) noexcept nogil
# fsync of a directory: makes creations and renames in it durable.
cdef int io_sync_directory(const char *path) noexcept nogil
