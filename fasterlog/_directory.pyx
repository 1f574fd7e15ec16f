"""A log's directory: its lock, its creation, and what says that it is a log.

    LOCK      flock: one writer.  Held by the descriptor, so it goes with the process; a forked child closes, never unlocks
    MANIFEST  written last at creation: a directory without it holds no log yet

Every name is durable before anything relies on it: the directory's own, those above it, and those of the files in it.
"""
import os
import secrets
import socket

from libc.errno cimport EAGAIN, EDQUOT, EFBIG, ENOMEM, ENOSPC
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy, memset

from fasterlog._io cimport io, io_pread_all, io_pwrite_all, io_write_zeros
from fasterlog._layout cimport FL_FORMAT_VERSION, fl_crc32c, fl_superblock
from fasterlog._ring cimport RING_FRAME_SHARE
from fasterlog._tail cimport SPAN_BITS_LEAST, SPAN_BITS_MOST
from fasterlog._io import make_directory, read_file_if_there, sync_directory, write_file_atomically
from fasterlog.errors import CorruptedLogError, DiskFullError, IdentityError, LogLockedError
from fasterlog.manifest import MANIFEST_BYTES_MAX, MANIFEST_NAME, Manifest

cdef extern from "<fcntl.h>" nogil:
    enum:
        O_RDWR
        O_CREAT

cdef extern from "<sys/file.h>" nogil:
    enum:
        LOCK_EX
        LOCK_NB

cdef enum:
    VALUE_MOST = 65 * 1024 * 1024       # the largest value and its frame


cdef int file_open(path, int flags) except -1:
    cdef bytes name = os.fsencode(path)
    cdef int fd = io.open(<const char *>name, flags, 0o666)
    if fd < 0:
        raise os_error(fd, os.fsdecode(path), "cannot open the file")
    return fd


cdef object os_error(int status, str path, str what):
    """The exception for -errno of work on the log's files."""
    text = f"{path}: {what}: {os.strerror(-status)}"
    if status == -ENOMEM:
        return MemoryError(text)
    if -status in (ENOSPC, EDQUOT, EFBIG):
        return DiskFullError(text, path=path, errno=-status)
    return OSError(-status, f"{what}: {os.strerror(-status)}", path)


cdef int lock_take(str path) except -1:
    """The LOCK descriptor, locked, with our pid and host in it."""
    cdef str name = os.path.join(path, "LOCK")
    cdef int fd = file_open(name, O_RDWR | O_CREAT)
    try:
        lock_hold(fd, path, name)
    except BaseException:               # out of memory as well: what stayed open would stay locked
        io.close(fd)
        raise
    return fd


cdef int lock_hold(int fd, str path, str name) except -1:
    cdef int status = io.flock(fd, LOCK_EX | LOCK_NB)
    cdef bytes text
    if status == -EAGAIN:               # the same as EWOULDBLOCK
        holder = lock_holder(fd)
        who = f" by process {holder[0]} on {holder[1]}" if holder else ""
        raise LogLockedError(f"{path} is open for writing{who}", path=path, pid=holder[0] if holder else None,
                             host=holder[1] if holder else None)
    if status < 0:
        raise os_error(status, name, "cannot lock the log")
    text = f"{os.getpid()} {socket.gethostname()}\n".encode()
    # Who holds the lock is a help for people; on a full disk it stays untold.
    if io.ftruncate(fd, 0) == 0:
        io_pwrite_all(fd, <const char *>text, len(text), 0)
    return 0


cdef object lock_holder(int fd):
    cdef char room[256]
    cdef int64_t size = io.pread(fd, room, sizeof(room), 0)
    try:
        pid, host = room[:max(size, 0)].decode().split()
        return int(pid), host
    except ValueError:
        return None


# ---------------------------------------------------------------------------------------------------------------- creation

cdef bint holds_entries(str path) except -1:
    """Did a log ever live here?  A crash at its creation leaves an empty tail and a ring of zeros."""
    cdef str tail = os.path.join(path, "tail"), ring = os.path.join(path, "ring")
    cdef bytearray piece = bytearray(RING_FIRST_BYTES)
    cdef bint found = False
    cdef int fd, status
    cdef int64_t size, offset = 0
    if os.path.isdir(tail) and os.listdir(tail):
        return True
    if not os.path.isfile(ring):
        return False
    fd = file_open(ring, O_RDWR)
    size = io.size(fd)
    status = <int>min(size, 0)
    while status == 0 and not found and offset < size:
        status = io_pread_all(fd, <char *>piece, <uint64_t>min(size - offset, <int64_t>RING_FIRST_BYTES), offset)
        found = piece.count(0) != RING_FIRST_BYTES
        offset += RING_FIRST_BYTES
    io.close(fd)
    if status != 0:
        raise os_error(status, ring, "cannot read the ring file")
    return found


cdef object manifest_create(config, str path):
    """A new log's files; MANIFEST last.  What a crash left of an earlier try is written over."""
    cdef fl_superblock first
    cdef int fd
    cdef int status
    if os.path.exists(os.path.join(path, "SUPER")) and os.path.getsize(os.path.join(path, "SUPER")) > sizeof(first):
        raise CorruptedLogError(f"{path} holds a log, but its MANIFEST is missing", path=path)
    if holds_entries(path):
        raise CorruptedLogError(f"{path} holds a log, but its MANIFEST and SUPER are missing", path=path)
    ancestors_sync(path)
    largest = max(config.segment_size, min(config.mutable_size // RING_FRAME_SHARE, <uint64_t>VALUE_MOST))
    manifest = Manifest(
        log_id=secrets.randbits(64) | 1, mutable_size=config.mutable_size, segment_size=config.segment_size,
        # Entries and a footer no larger than they are.
        span_bits=(2 * largest + 65536).bit_length(), first_slot=config.first_slot, identity=config.identity,
    )
    make_directory(os.path.join(path, "tail"))
    fd = file_open(os.path.join(path, "ring"), O_RDWR | O_CREAT)
    status = io.ftruncate(fd, 0)
    if status == 0:
        status = min(io.in_place(fd), 0)                 # while it is empty it can still be asked for
    if status == 0:
        status = io_write_zeros(fd, 0, RING_FIRST_BYTES)
    if status == 0:
        status = io.fsync(fd)
    io.close(fd)
    if status != 0:
        raise os_error(status, path, "cannot create the ring file")
    memset(&first, 0, sizeof(first))
    memcpy(first.magic, b"FLSUPERB", 8)
    first.version = FL_FORMAT_VERSION
    first.log_id = manifest.log_id
    first.first_slot = manifest.first_slot
    first.clean = 1
    first.crc = fl_crc32c(0, &first, sizeof(first))
    write_file_atomically(path, "SUPER", (<char *>&first)[:sizeof(first)])
    write_file_atomically(path, MANIFEST_NAME, manifest.pack())
    return manifest


cdef object manifest_load(config, str path):
    cdef str name = os.path.join(path, MANIFEST_NAME)
    # Asked for, not caught: an except clause of Cython's crashes when there is no memory for the traceback.
    data = read_file_if_there(name, MANIFEST_BYTES_MAX)
    if data is None:
        return manifest_create(config, path)
    manifest = Manifest.unpack(data, name)
    # Before anything shifts by it. The other sizes are checked as a Config's are.
    if not SPAN_BITS_LEAST <= manifest.span_bits <= SPAN_BITS_MOST or manifest.segment_size > 1 << manifest.span_bits:
        raise CorruptedLogError(
            f"{name}: segments of {manifest.segment_size} bytes, 2**{manifest.span_bits} addresses each; the exponent must be"
            f" {SPAN_BITS_LEAST} to {SPAN_BITS_MOST}, and a segment no larger than its addresses", path=name)
    if config.identity and config.identity != manifest.identity:
        raise IdentityError(f"{path} belongs to {manifest.identity!r}, not to {config.identity!r}",
                            stored=manifest.identity, given=config.identity)
    return manifest


# ------------------------------------------------------------------------------------------------------------------- names

cdef int ancestors_sync(str path) except -1:
    """Makes the names of the directories above durable too: whoever made them, we in a try that was killed or the user, may not have.

    As far up as we may: what belongs to others is theirs.
    """
    cdef str above = os.path.dirname(path)
    while os.path.dirname(above) != above:
        above = os.path.dirname(above)
        try:
            sync_directory(above)
        except OSError:
            break
    return 0


cdef int directory_make(str path) except -1:
    """Every level that is missing, each durable in its parent; the last one in any case."""
    cdef str parent = os.path.dirname(path)
    if not os.path.isdir(parent):
        directory_make(parent)
    make_directory(path)
    return 0
