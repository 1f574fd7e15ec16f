"""The table of system calls, filled with the real ones, and the few file operations that the cold paths share.

Every call that the log makes on its files and memory goes through `io`, so that a harness can record, fail or simulate it by
replacing an entry.  Rules for each entry, real or not:

1. It returns the call's result or -errno and never touches Python.
2. EINTR is taken up again inside.  Exceptions: `futex_wait`, whose caller looks at signals, and `close`, which Linux has already
   done when it reports EINTR: a second try could close a descriptor that another thread has just opened.
3. Descriptors are close-on-exec from birth (O2), and a file that is a symbolic link is not followed: a log never makes one.

Entries may be replaced while no log is open; nothing guards the table against calls that are under way.
"""
import os

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.errno cimport (
    EDQUOT, EEXIST, EFBIG, EINTR, EINVAL, EIO, ELOOP, ENODATA, ENOENT, ENOSPC, ENXIO, EOVERFLOW, errno,
)
from libc.stdint cimport INT64_MAX, int64_t, uint32_t, uint64_t
from libc.string cimport memset
from posix.fcntl cimport (
    O_CLOEXEC, O_CREAT, O_DIRECTORY, O_EXCL, O_NONBLOCK, O_RDONLY, O_WRONLY, open as libc_open)
from posix.stat cimport S_ISREG, fstat, mkdir as libc_mkdir, struct_stat
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, nanosleep, timespec
from posix.types cimport mode_t, off_t

from fasterlog._atomic cimport fl_word32
from fasterlog.errors import CorruptedLogError, DiskFullError

cdef extern from "<fcntl.h>" nogil:
    int O_NOFOLLOW

cdef extern from "<unistd.h>" nogil:
    int libc_close "close"(int)
    ssize_t libc_pread "pread"(int, void *, size_t, off_t)
    ssize_t libc_pwrite "pwrite"(int, const void *, size_t, off_t)
    int libc_ftruncate "ftruncate"(int, off_t)
    int libc_unlink "unlink"(const char *)
    off_t lseek(int, off_t, int)
    int SEEK_HOLE

cdef extern from "<stdio.h>" nogil:
    int libc_rename "rename"(const char *, const char *)

cdef extern from "<sys/file.h>" nogil:
    int libc_flock "flock"(int, int)

cdef extern from "<sys/mman.h>" nogil:
    void *MAP_FAILED
    void *libc_mmap "mmap"(void *, size_t, int, int, int, off_t)
    int libc_munmap "munmap"(void *, size_t)

# What differs between Linux and macOS; entries of the table as they are.
cdef extern from "fasterlog/platform.h" nogil:
    int fl_fdatasync(int)
    int fl_in_place(int)
    int fl_fsync(int)
    int fl_memfd(const char *)
    int fl_madvise(void *, uint64_t, int)
    int fl_futex_wait(fl_word32 *, uint32_t, uint64_t)
    int fl_futex_wake(fl_word32 *, int)

cdef enum:
    ZEROS_BYTES = 1 << 18
    STAT_BLOCK = 512                    # of st_blocks, whatever the file system's blocks are

# Never written: the loader's zero pages, so it takes no memory and no room in the module's file.
cdef unsigned char zeros[ZEROS_BYTES]


cdef int call_open(const char *path, int flags, int mode) noexcept nogil:
    cdef int fd
    flags |= O_CLOEXEC
    # A directory may well be a link: where a log lives is the user's choice.
    if not flags & O_DIRECTORY:
        flags |= O_NOFOLLOW
    while True:
        fd = libc_open(path, flags, <mode_t>mode)
        if fd >= 0:
            return fd
        if errno != EINTR:
            return -errno


cdef int call_close(int fd) noexcept nogil:
    if libc_close(fd) == 0 or errno == EINTR:
        return 0
    return -errno


cdef int64_t call_pread(int fd, void *data, uint64_t size, uint64_t offset) noexcept nogil:
    cdef ssize_t done
    if offset > <uint64_t>INT64_MAX:
        return -EOVERFLOW
    while True:
        done = libc_pread(fd, data, size, <off_t>offset)
        if done >= 0:
            return done
        if errno != EINTR:
            return -errno


cdef int64_t call_pwrite(int fd, const void *data, uint64_t size, uint64_t offset) noexcept nogil:
    cdef ssize_t done
    if offset > <uint64_t>INT64_MAX:
        return -EFBIG
    while True:
        done = libc_pwrite(fd, data, size, <off_t>offset)
        if done >= 0:
            return done
        if errno != EINTR:
            return -errno


cdef int call_ftruncate(int fd, uint64_t size) noexcept nogil:
    if size > <uint64_t>INT64_MAX:
        return -EFBIG
    while libc_ftruncate(fd, <off_t>size) != 0:
        if errno != EINTR:
            return -errno
    return 0


cdef int64_t call_size(int fd) noexcept nogil:
    cdef struct_stat status
    if fstat(fd, &status) != 0:
        return -errno
    if not S_ISREG(status.st_mode):
        return -EINVAL
    return status.st_size


cdef int call_sparse(int fd) noexcept nogil:
    """Where the first hole is, and the blocks as well: a file system that cannot find holes says that there is none."""
    cdef struct_stat status
    cdef off_t hole
    if fstat(fd, &status) != 0:
        return -errno
    if <int64_t>status.st_blocks * STAT_BLOCK < <int64_t>status.st_size:
        return 1
    hole = lseek(fd, 0, SEEK_HOLE)
    return hole >= 0 and hole < status.st_size


cdef int call_rename(const char *source, const char *target) noexcept nogil:
    while libc_rename(source, target) != 0:
        if errno != EINTR:
            return -errno
    return 0


cdef int call_unlink(const char *path) noexcept nogil:
    while libc_unlink(path) != 0:
        if errno != EINTR:
            return -errno
    return 0


cdef int call_mkdir(const char *path, int mode) noexcept nogil:
    while libc_mkdir(path, <mode_t>mode) != 0:
        if errno != EINTR:
            return -errno
    return 0


cdef int call_flock(int fd, int operation) noexcept nogil:
    while libc_flock(fd, operation) != 0:
        if errno != EINTR:
            return -errno
    return 0


cdef void *call_mmap(void *address, uint64_t size, int protection, int flags, int fd, uint64_t offset) noexcept nogil:
    cdef void *place = libc_mmap(address, size, protection, flags, fd, <off_t>offset)
    return NULL if place == MAP_FAILED else place


cdef int call_munmap(void *address, uint64_t size) noexcept nogil:
    return 0 if libc_munmap(address, size) == 0 else -errno


cdef void call_sleep_ns(uint64_t ns) noexcept nogil:
    cdef timespec pause
    pause.tv_sec = <int64_t>(ns // 1000000000)
    pause.tv_nsec = <int64_t>(ns % 1000000000)
    # A signal leaves in `pause` what remains.
    while nanosleep(&pause, &pause) != 0 and errno == EINTR:
        pass


cdef int hexadecimal(unsigned char digit) noexcept nogil:
    if c"0" <= digit <= c"9":
        return digit - c"0"
    return digit - c"a" + 10 if c"a" <= digit <= c"f" else -1


cdef int call_boot_id(unsigned char *id) noexcept nogil:
    """Reads /proc's UUID; where there is none (macOS) every opening counts as after a power cut."""
    cdef unsigned char text[36]
    cdef int fd = call_open(b"/proc/sys/kernel/random/boot_id", O_RDONLY, 0)
    cdef int64_t size = -1
    cdef int i, value, digits = 0
    memset(id, 0, 16)
    if fd >= 0:
        size = call_pread(fd, text, sizeof(text), 0)
        call_close(fd)
    for i in range(<int>size):
        value = hexadecimal(text[i])
        if value >= 0 and digits < 32:
            id[digits // 2] |= <unsigned char>(value << 4 if digits % 2 == 0 else value)
            digits += 1
    if digits == 32:
        return 1
    memset(id, 0, 16)
    return 0


cdef void table_fill(io_table *table) noexcept nogil:
    table.open = call_open
    table.close = call_close
    table.pread = call_pread
    table.pwrite = call_pwrite
    table.fdatasync = fl_fdatasync
    table.fsync = fl_fsync
    table.ftruncate = call_ftruncate
    table.size = call_size
    table.rename = call_rename
    table.unlink = call_unlink
    table.mkdir = call_mkdir
    table.flock = call_flock
    table.memfd = fl_memfd
    table.mmap = call_mmap
    table.munmap = call_munmap
    table.madvise = fl_madvise
    table.futex_wait = fl_futex_wait
    table.futex_wake = fl_futex_wake
    table.sleep_ns = call_sleep_ns
    table.in_place = fl_in_place
    table.sparse = call_sparse
    table.boot_id = call_boot_id

table_fill(&io)


cdef int io_errno() noexcept nogil:
    return errno


cdef uint64_t clock_ns() noexcept nogil:
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    return <uint64_t>now.tv_sec * 1000000000 + <uint64_t>now.tv_nsec


cdef int io_pwrite_all(int fd, const void *data, uint64_t size, uint64_t offset) noexcept nogil:
    cdef const char *from_ = <const char *>data
    cdef int64_t done
    while size:
        done = io.pwrite(fd, from_, size, offset)
        if done < 0:
            return <int>done
        # Nothing written and no error: to try again could go on for ever.
        if done == 0:
            return -EIO
        from_ += done
        offset += <uint64_t>done
        size -= <uint64_t>done
    return 0


cdef int io_pread_all(int fd, void *data, uint64_t size, uint64_t offset) noexcept nogil:
    cdef char *to = <char *>data
    cdef int64_t done
    while size:
        done = io.pread(fd, to, size, offset)
        if done < 0:
            return <int>done
        if done == 0:
            return -ENODATA
        to += done
        offset += <uint64_t>done
        size -= <uint64_t>done
    return 0


cdef int io_write_zeros(int fd, uint64_t offset, uint64_t size) noexcept nogil:
    cdef uint64_t piece
    cdef int status
    while size:
        piece = size if size < ZEROS_BYTES else ZEROS_BYTES
        status = io_pwrite_all(fd, zeros, piece, offset)
        if status:
            return status
        offset += piece
        size -= piece
    return 0


cdef int io_sync_directory(const char *path) noexcept nogil:
    cdef int status, fd = io.open(path, O_RDONLY | O_DIRECTORY, 0)
    if fd < 0:
        return fd
    status = io.fsync(fd)
    io.close(fd)
    return status


cdef bytes path_bytes(path):
    cdef bytes encoded = os.fsencode(path)
    if b"\0" in encoded:
        raise ValueError("embedded null byte in a path")
    return encoded


cdef int check(int64_t status, path, str reason=None) except -1:
    if status < 0:
        name, text = os.fsdecode(path), reason or os.strerror(-status)
        if -status in (ENOSPC, EDQUOT, EFBIG):
            raise DiskFullError(f"{name}: {text}", errno=-status, path=name)
        raise OSError(-status, text, name)
    return 0


cdef object no_file_error(int status, path):
    """The exception for what stands where one of the log's files belongs; `status` is what looking at it gave."""
    name = os.fsdecode(path)
    if os.path.islink(name):
        there = "a symbolic link"
    elif os.path.isdir(name):
        there = "a folder"
    else:
        there = "a FIFO, a socket or a device"
    text = f"{name} is {there}, not a regular file"
    # -EINVAL is call_size's own word for it, and no system call's.
    return CorruptedLogError(text, path=name) if status == -EINVAL else CorruptedLogError(text, path=name, errno=-status)


cdef object file_read(int fd, path, uint64_t limit):
    cdef int64_t size = io.size(fd)
    cdef int status
    if size == -EINVAL:
        raise no_file_error(-EINVAL, path)
    check(size, path)
    if <uint64_t>size > limit:
        name = os.fsdecode(path)
        raise CorruptedLogError(f"{name} has {size} bytes, more than the {limit} expected at most", path=name)
    cdef bytes data = PyBytes_FromStringAndSize(NULL, size)
    cdef char *to = PyBytes_AS_STRING(data)
    with nogil:
        status = io_pread_all(fd, to, <uint64_t>size, 0)
    check(status, path, "File became shorter while it was read" if status == -ENODATA else None)
    return data


def read_file(path, uint64_t limit):
    """The bytes of one of the log's files; CorruptedLogError for what is no regular file, or has more than `limit` bytes."""
    data = read_file_if_there(path, limit)
    check(-ENOENT if data is None else 0, path)
    return data


def read_file_if_there(path, uint64_t limit):
    """As read_file, but None for a file that does not exist: where that is the usual case, and no error to be caught."""
    cdef bytes encoded = path_bytes(path)
    cdef const char *name = encoded
    cdef int fd
    with nogil:
        # O_NONBLOCK: opening a FIFO does not wait for a writer.
        fd = io.open(name, O_RDONLY | O_NONBLOCK, 0)
    if fd == -ENOENT:
        return None
    if fd == -ENXIO or (fd == -ELOOP and os.path.islink(path)):      # a socket; a link that is not followed
        raise no_file_error(fd, path)
    check(fd, path)
    try:
        return file_read(fd, path, limit)
    finally:
        io.close(fd)


cdef int file_replace(const char *directory, const char *temporary, const char *target,
                      const void *data, uint64_t size) noexcept nogil:
    """New file, its bytes durable, then the name: a crash leaves the old file or the new one, never neither."""
    cdef int closed, fd, status = io.unlink(temporary)
    if status and status != -ENOENT:
        return status
    # O_EXCL: what a crash left under this name may be linked from elsewhere and is not written to.
    fd = io.open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o666)
    if fd < 0:
        return fd
    status = io_pwrite_all(fd, data, size, 0)
    if status == 0:
        status = io.fsync(fd)
    closed = io.close(fd)
    if status == 0:
        status = closed
    if status == 0:
        status = io.rename(temporary, target)
    if status:
        io.unlink(temporary)
        return status
    return io_sync_directory(directory)


def write_file_atomically(directory, str name not None, data):
    """Replaces directory/name durably. On an error before the rename the old file stands.

    Thread-safety: one caller at a time for a name, since its temporary file is `name.tmp`.
    """
    cdef bytes folder = path_bytes(directory)
    cdef bytes target = path_bytes(os.path.join(directory, name))
    cdef bytes temporary = target + b".tmp"
    cdef const char *folder_name = folder
    cdef const char *target_name = target
    cdef const char *temporary_name = temporary
    cdef Py_buffer view
    cdef int status
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        with nogil:
            status = file_replace(folder_name, temporary_name, target_name, view.buf, <uint64_t>view.len)
    finally:
        PyBuffer_Release(&view)
    check(status, target)


def sync_directory(path):
    """Makes creations, renames and removals in a directory durable."""
    cdef bytes encoded = path_bytes(path)
    cdef const char *name = encoded
    cdef int status
    with nogil:
        status = io_sync_directory(name)
    check(status, path)


def make_directory(path):
    """Creates a directory unless it is there, and makes its name durable: it may be there from before a crash and not yet be."""
    cdef bytes encoded = path_bytes(path)
    cdef const char *name = encoded
    cdef int status
    with nogil:
        status = io.mkdir(name, 0o777)
        if status == -EEXIST:
            # Fails unless it is a directory.
            status = io_sync_directory(name)
    check(status, path)
    sync_directory(os.path.dirname(os.path.abspath(path)))


def remove_file(path):
    """Unlinks a file. That it is gone is durable after sync_directory() only."""
    cdef bytes encoded = path_bytes(path)
    cdef const char *name = encoded
    cdef int status
    with nogil:
        status = io.unlink(name)
    check(status, path)
