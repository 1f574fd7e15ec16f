"""Recording and failing entries for the table of system calls (`io` in _io.pxd).

While recording is on, every call of the process on files below one directory, and every call that makes memory, goes through the
entries here.  Each takes `mutex`, brings stores through shared mappings into the trace, asks the fault rules, makes the real call and
writes one record: so the trace is one order, in which every call has happened as it says.  Only fdatasync and fsync run outside the
mutex; their records say with `begin` how long the trace was when they began: what was written before that is what they cover.

Stores.  A ring that is mapped shared (level "process") changes without calls.  For each such mapping there is a shadow of what the trace
knows; before a call is recorded, and at each mark, sectors that differ become STORE records.

Faults.  A rule fails the calls number first ... last - 1 of those that it counts: by kind, by path, by thread.  A call that fails
is not made.  A short call is made with half its bytes.

Nothing here calls Python while it holds `mutex`: with an object made under it a collection could run a finaliser that
closes a log, and so comes back here.

Other processes, and files that are written without the table, are not seen.
"""
import os

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.errno cimport errno
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcmp, memcpy, memset, strcmp, strdup, strlen, strncmp, strncpy, strstr

from fasterlog._atomic cimport (
    fl_load_seqcst, fl_store_seqcst, fl_word, fl_word32, pthread_mutex_init, pthread_mutex_lock, pthread_mutex_t, pthread_mutex_unlock,
)
from fasterlog._io cimport io, io_sync_directory, io_table

cdef extern from "<sys/mman.h>" nogil:
    enum:
        PROT_WRITE
        MAP_SHARED

cdef extern from * nogil:
    """
    #include <errno.h>
    #include <pthread.h>
    #define fl_set_errno(error) (errno = (error))
    #define fl_thread_self() ((uint64_t)(uintptr_t)pthread_self())
    """
    uint64_t fl_thread_self()
    void fl_set_errno(int)

cdef enum:
    FDS_MOST = 65536
    RULES_MOST = 16
    MAPPINGS_MOST = 64
    SECTOR = 512
    LOOKS_MOST = 1000
    PATH_BYTES = 4096
    LONG_NAP_NS = 10_000_000        # of the background lanes; nobody else sleeps as long
    LONG_WAIT_NS = 400_000_000
    SLICE_NS = 1_000_000

cdef enum call_kind:
    OPEN
    CLOSE
    PREAD
    PWRITE
    FDATASYNC
    FSYNC
    FTRUNCATE
    SIZE
    RENAME
    UNLINK
    MKDIR
    FLOCK
    MEMFD
    MMAP
    MADVISE
    STORE
    MARK

KINDS = (
    "open", "close", "pread", "pwrite", "fdatasync", "fsync", "ftruncate", "size", "rename", "unlink", "mkdir", "flock", "memfd", "mmap",
    "madvise", "store", "mark",
)

cdef const char *MEMORY = b":memory:"       # stands for the path of a memfd

cdef struct call_record:
    int32_t kind
    int32_t fd
    int64_t result
    uint64_t offset                 # pread, pwrite, store; open: the flags; mark: its number; madvise: the advice
    uint64_t size                   # asked for
    uint64_t begin                  # fdatasync, fsync: length of the trace when it began
    uint64_t thread
    uint64_t data, data_size        # in `blob`: bytes written, or path; rename: both, with a zero between them

cdef struct fault_rule:
    bint active
    uint32_t kinds                  # 1 << kind
    int error                       # 0: a short read or write
    uint64_t seen, first, last, hits
    uint64_t thread                 # 0: any
    char path[256]                  # part of it; empty: any

cdef struct mapping:
    int fd
    uint8_t *base
    uint64_t size
    uint8_t *shadow

cdef pthread_mutex_t mutex
cdef io_table real = io
cdef bint recording
cdef bint out_of_memory             # records are missing: the trace is not to be used
cdef char root[PATH_BYTES]
cdef uint64_t root_bytes
cdef call_record *records
cdef uint64_t record_count, record_room
cdef uint64_t taken                 # records that take() has handed out
cdef uint8_t *blob
cdef uint64_t blob_bytes, blob_room
cdef char *fd_paths[FDS_MOST]
cdef fault_rule rules[RULES_MOST]
cdef mapping mappings[MAPPINGS_MOST]
cdef int mapping_count
cdef fl_word boot                   # 0: this boot; else another one
cdef fl_word paused


# ------------------------------------------------------------------------------------------------------------------- records

cdef uint8_t *blob_take(uint64_t size) noexcept nogil:
    cdef uint8_t *grown
    cdef uint64_t room
    if blob_bytes + size > blob_room:
        room = 2 * (blob_room + size) + 65536
        grown = <uint8_t *>realloc(blob, room)
        if grown == NULL:
            return NULL
        set_blob(grown, room)
    return blob + blob_bytes


cdef void set_blob(uint8_t *grown, uint64_t room) noexcept nogil:
    global blob, blob_room
    blob, blob_room = grown, room


cdef void record_add(int kind, int fd, int64_t result, uint64_t offset, uint64_t size, uint64_t begin, const void *data,
                     uint64_t data_size) noexcept nogil:
    """One more record; under `mutex`."""
    global records, record_count, record_room, blob_bytes, out_of_memory
    cdef call_record *grown
    cdef call_record *record
    cdef uint8_t *place = blob_take(data_size)
    if record_count == record_room:
        grown = <call_record *>realloc(records, 2 * (record_room + 512) * sizeof(call_record))
        if grown == NULL:
            out_of_memory = True
            return
        records = grown
        record_room = 2 * (record_room + 512)
    if data_size and place == NULL:
        out_of_memory = True
        return
    if data_size:
        memcpy(place, data, data_size)
    record = &records[record_count]
    record.kind, record.fd, record.result, record.offset, record.size, record.begin = kind, fd, result, offset, size, begin
    record.thread = fl_thread_self()
    record.data, record.data_size = blob_bytes, data_size
    blob_bytes += data_size
    record_count += 1


cdef char *path_of(int fd) noexcept nogil:
    """The path under which a file of ours was opened; NULL: not ours."""
    return fd_paths[fd] if 0 <= fd < FDS_MOST else NULL


cdef bint inside(const char *path) noexcept nogil:
    return (recording and strncmp(path, root, root_bytes) == 0 and (path[root_bytes] == 0 or path[root_bytes] == c"/"))


# -------------------------------------------------------------------------------------------------------------------- faults

cdef enum:
    SHORT = 1                       # a verdict beside 0 and -errno


cdef int verdict(int kind, const char *path) noexcept nogil:
    """0: make the call; -errno: fail it; SHORT.  Each rule counts the call; the first one that hits decides.  Under `mutex`."""
    cdef int i, outcome = 0
    cdef uint64_t number
    cdef fault_rule *rule
    for i in range(RULES_MOST):
        rule = &rules[i]
        if not rule.active or not rule.kinds >> kind & 1 or (rule.thread and rule.thread != fl_thread_self()):
            continue
        if rule.path[0] and (path == NULL or strstr(path, rule.path) == NULL):
            continue
        number = rule.seen
        rule.seen += 1
        if outcome == 0 and rule.first <= number < rule.last:
            rule.hits += 1
            outcome = -rule.error if rule.error else SHORT
    return outcome


# -------------------------------------------------------------------------------------------------------------------- stores

cdef bint mapping_note(mapping *m) noexcept nogil:
    """One look; whether anything had changed."""
    cdef int64_t there = real.size(m.fd)
    cdef uint64_t size = min(<uint64_t>there, m.size) if there > 0 else 0      # behind the file's end a look is a signal
    cdef uint64_t offset = 0, piece
    cdef bint changed = False
    while offset < size:
        piece = min(<uint64_t>SECTOR, size - offset)
        if memcmp(m.base + offset, m.shadow + offset, piece) != 0:
            memcpy(m.shadow + offset, m.base + offset, piece)
            record_add(STORE, m.fd, 0, offset, piece, 0, m.shadow + offset, piece)
            changed = True
        offset += SECTOR
    return changed


cdef void stores_note() noexcept nogil:
    """What has changed in shared mappings since the last look becomes STORE records; under `mutex`.

    Looks again until nothing has changed: while other threads store, one look may see a later store and miss an earlier one.
    """
    cdef int i, _turn
    for i in range(mapping_count):
        for _turn in range(LOOKS_MOST):
            if not mapping_note(&mappings[i]):
                break


cdef void shadow_write(int fd, const void *data, uint64_t size, uint64_t offset) noexcept nogil:
    """A write to a file that is mapped as well."""
    cdef int i
    for i in range(mapping_count):
        if mappings[i].fd == fd and offset < mappings[i].size:
            memcpy(mappings[i].shadow + offset, data, min(size, mappings[i].size - offset))


cdef void mapping_add(int fd, void *base, uint64_t size) noexcept nogil:
    global mapping_count, out_of_memory
    cdef mapping *m
    cdef int i
    cdef int64_t there = real.size(fd)
    for i in range(mapping_count):
        if mappings[i].fd == fd:
            return                  # the ring is mapped twice, back to back
    if mapping_count == MAPPINGS_MOST:
        out_of_memory = True
        return
    m = &mappings[mapping_count]
    m.fd, m.base, m.size, m.shadow = fd, <uint8_t *>base, size, <uint8_t *>calloc(1, size)
    if m.shadow == NULL:
        out_of_memory = True
        return
    if there > 0:
        memcpy(m.shadow, m.base, min(<uint64_t>there, size))
    mapping_count += 1


cdef void mappings_drop(uint8_t *begin, uint8_t *end) noexcept nogil:
    global mapping_count
    cdef int i, kept = 0
    for i in range(mapping_count):
        if begin <= mappings[i].base < end:
            free(mappings[i].shadow)
        else:
            mappings[kept] = mappings[i]
            kept += 1
    mapping_count = kept


# ------------------------------------------------------------------------------------------------------------------- entries

cdef int begin_call(int kind, const char *path) noexcept nogil:
    """Takes `mutex`; the verdict."""
    pthread_mutex_lock(&mutex)
    stores_note()
    return verdict(kind, path)


cdef int64_t end_call(int kind, int fd, int64_t result, uint64_t offset, uint64_t size, const void *data,
                      uint64_t data_size) noexcept nogil:
    record_add(kind, fd, result, offset, size, 0, data, data_size)
    pthread_mutex_unlock(&mutex)
    return result


cdef int recorded_open(const char *path, int flags, int mode) noexcept nogil:
    cdef int64_t status
    if not inside(path):
        return real.open(path, flags, mode)
    status = begin_call(OPEN, path)
    if status >= 0:
        status = real.open(path, flags, mode)
        if 0 <= status < FDS_MOST:
            free(fd_paths[status])
            fd_paths[status] = strdup(path)
    return <int>end_call(OPEN, <int>status, status, <uint64_t>flags, 0, path, strlen(path))


cdef int recorded_close(int fd) noexcept nogil:
    cdef int64_t status, closed
    if path_of(fd) == NULL:
        return real.close(fd)
    status = begin_call(CLOSE, path_of(fd))
    closed = real.close(fd)         # in any case: a descriptor is gone even when close() fails
    free(fd_paths[fd])
    fd_paths[fd] = NULL
    return <int>end_call(CLOSE, fd, min(status, 0) or closed, 0, 0, NULL, 0)


cdef int64_t recorded_pread(int fd, void *data, uint64_t size, uint64_t offset) noexcept nogil:
    cdef int64_t status
    if path_of(fd) == NULL:
        return real.pread(fd, data, size, offset)
    status = begin_call(PREAD, path_of(fd))
    if status >= 0:
        status = real.pread(fd, data, (size + 1) // 2 if status == SHORT else size, offset)
    return end_call(PREAD, fd, status, offset, size, NULL, 0)


cdef int64_t recorded_pwrite(int fd, const void *data, uint64_t size, uint64_t offset) noexcept nogil:
    cdef int64_t status
    if path_of(fd) == NULL:
        return real.pwrite(fd, data, size, offset)
    status = begin_call(PWRITE, path_of(fd))
    if status >= 0:
        status = real.pwrite(fd, data, (size + 1) // 2 if status == SHORT else size, offset)
        if status > 0:
            shadow_write(fd, data, <uint64_t>status, offset)
    return end_call(PWRITE, fd, status, offset, size, data, <uint64_t>max(status, 0))


cdef int synced(int kind, int fd, int (*sync)(int) noexcept nogil) noexcept nogil:
    cdef int status
    cdef uint64_t begin
    if path_of(fd) == NULL:
        return sync(fd)
    status = begin_call(kind, path_of(fd))
    begin = taken + record_count
    pthread_mutex_unlock(&mutex)
    if status >= 0:
        status = sync(fd)
    pthread_mutex_lock(&mutex)
    stores_note()
    record_add(kind, fd, status, 0, 0, begin, NULL, 0)
    pthread_mutex_unlock(&mutex)
    return status


cdef int recorded_fdatasync(int fd) noexcept nogil:
    return synced(FDATASYNC, fd, real.fdatasync)


cdef int recorded_fsync(int fd) noexcept nogil:
    return synced(FSYNC, fd, real.fsync)


cdef int recorded_ftruncate(int fd, uint64_t size) noexcept nogil:
    cdef int64_t status
    if path_of(fd) == NULL:
        return real.ftruncate(fd, size)
    status = begin_call(FTRUNCATE, path_of(fd))
    if status >= 0:
        status = real.ftruncate(fd, size)
    return <int>end_call(FTRUNCATE, fd, status, 0, size, NULL, 0)


cdef int64_t recorded_size(int fd) noexcept nogil:
    cdef int64_t status
    if path_of(fd) == NULL:
        return real.size(fd)
    status = begin_call(SIZE, path_of(fd))
    if status >= 0:
        status = real.size(fd)
    return end_call(SIZE, fd, status, 0, 0, NULL, 0)


cdef int recorded_rename(const char *source, const char *target) noexcept nogil:
    cdef char both[2 * PATH_BYTES]
    cdef uint64_t source_bytes = strlen(source), target_bytes = strlen(target)
    cdef int64_t status
    if not inside(source) or source_bytes >= PATH_BYTES or target_bytes >= PATH_BYTES:
        return real.rename(source, target)
    status = begin_call(RENAME, target)
    if status >= 0:
        status = real.rename(source, target)
    memcpy(both, source, source_bytes + 1)
    memcpy(both + source_bytes + 1, target, target_bytes)
    return <int>end_call(RENAME, -1, status, 0, 0, both, source_bytes + 1 + target_bytes)


cdef int recorded_unlink(const char *path) noexcept nogil:
    cdef int64_t status
    if not inside(path):
        return real.unlink(path)
    status = begin_call(UNLINK, path)
    if status >= 0:
        status = real.unlink(path)
    return <int>end_call(UNLINK, -1, status, 0, 0, path, strlen(path))


cdef int recorded_mkdir(const char *path, int mode) noexcept nogil:
    cdef int64_t status
    if not inside(path):
        return real.mkdir(path, mode)
    status = begin_call(MKDIR, path)
    if status >= 0:
        status = real.mkdir(path, mode)
    return <int>end_call(MKDIR, -1, status, 0, 0, path, strlen(path))


cdef int recorded_flock(int fd, int operation) noexcept nogil:
    cdef int64_t status
    if path_of(fd) == NULL:
        return real.flock(fd, operation)
    status = begin_call(FLOCK, path_of(fd))
    if status >= 0:
        status = real.flock(fd, operation)
    return <int>end_call(FLOCK, fd, status, 0, 0, NULL, 0)


cdef int recorded_memfd(const char *name) noexcept nogil:
    cdef int64_t status
    if not recording:
        return real.memfd(name)
    status = begin_call(MEMFD, MEMORY)
    if status >= 0:
        status = real.memfd(name)
        if 0 <= status < FDS_MOST:
            free(fd_paths[status])
            fd_paths[status] = strdup(MEMORY)
    return <int>end_call(MEMFD, <int>status, status, 0, 0, NULL, 0)


cdef void *recorded_mmap(void *address, uint64_t size, int protection, int flags, int fd, uint64_t offset) noexcept nogil:
    cdef char *path = path_of(fd)
    cdef void *place = NULL
    cdef int status
    if not recording or (fd >= 0 and path == NULL):
        return real.mmap(address, size, protection, flags, fd, offset)
    status = begin_call(MMAP, path)
    if status >= 0:
        place = real.mmap(address, size, protection, flags, fd, offset)
        status = 0 if place != NULL else -errno
    if place != NULL and path != NULL and protection & PROT_WRITE and flags & MAP_SHARED and strcmp(path, MEMORY) != 0 and offset == 0:
        mapping_add(fd, place, size)
    end_call(MMAP, fd, status, offset, size, NULL, 0)
    if place == NULL:
        fl_set_errno(-status)
    return place


cdef int recorded_munmap(void *address, uint64_t size) noexcept nogil:
    pthread_mutex_lock(&mutex)
    stores_note()
    mappings_drop(<uint8_t *>address, <uint8_t *>address + size)
    pthread_mutex_unlock(&mutex)
    return real.munmap(address, size)


cdef int recorded_madvise(void *address, uint64_t size, int advice) noexcept nogil:
    cdef int64_t status
    if not recording:
        return real.madvise(address, size, advice)
    status = begin_call(MADVISE, NULL)
    if status >= 0:
        status = real.madvise(address, size, advice)
    return <int>end_call(MADVISE, -1, status, <uint64_t>advice, size, NULL, 0)


cdef int simulated_boot_id(unsigned char *id) noexcept nogil:
    cdef int known = real.boot_id(id)
    cdef uint64_t number = fl_load_seqcst(&boot)
    cdef int i
    for i in range(8):
        id[i] ^= number >> 8 * i & 0xff
    return known


cdef void pausing_sleep_ns(uint64_t ns) noexcept nogil:
    real.sleep_ns(ns)
    while ns >= LONG_NAP_NS and fl_load_seqcst(&paused):            # bounded by pause_background(False)
        real.sleep_ns(SLICE_NS)


cdef int pausing_futex_wait(fl_word32 *word, uint32_t expected, uint64_t timeout_ns) noexcept nogil:
    cdef int status = real.futex_wait(word, expected, timeout_ns)
    while timeout_ns >= LONG_WAIT_NS and fl_load_seqcst(&paused):    # as above
        real.sleep_ns(SLICE_NS)
    return status


# -------------------------------------------------------------------------------------------------------------- for disk.py

def start(str directory not None):
    """Begins to record the calls on files below the directory (an absolute path); the trace begins anew."""
    global recording, root_bytes
    cdef bytes name = os.fsencode(directory)
    if len(name) >= PATH_BYTES or not name.startswith(b"/"):
        raise ValueError(f"not an absolute path of a sensible length: {directory!r}")
    if recording:
        raise RuntimeError("the calls of another directory are being recorded; there is one table for the process")
    try:
        take()
    except MemoryError:             # of an earlier trace
        pass
    start_at_zero()
    pthread_mutex_lock(&mutex)
    memset(root, 0, sizeof(root))
    strncpy(root, name, PATH_BYTES - 1)
    root_bytes = len(name)
    recording = True
    pthread_mutex_unlock(&mutex)
    io.open, io.close, io.pread, io.pwrite = &recorded_open, &recorded_close, &recorded_pread, &recorded_pwrite
    io.fdatasync, io.fsync, io.ftruncate, io.size = &recorded_fdatasync, &recorded_fsync, &recorded_ftruncate, &recorded_size
    io.rename, io.unlink, io.mkdir, io.flock = &recorded_rename, &recorded_unlink, &recorded_mkdir, &recorded_flock
    io.memfd, io.mmap, io.munmap, io.madvise = &recorded_memfd, &recorded_mmap, &recorded_munmap, &recorded_madvise


cdef void start_at_zero() noexcept:
    global taken, out_of_memory
    taken = 0
    out_of_memory = False


def stop():
    """Puts the real calls back."""
    global recording
    cdef int fd
    io.open, io.close, io.pread, io.pwrite = real.open, real.close, real.pread, real.pwrite
    io.fdatasync, io.fsync, io.ftruncate, io.size = real.fdatasync, real.fsync, real.ftruncate, real.size
    io.rename, io.unlink, io.mkdir, io.flock = real.rename, real.unlink, real.mkdir, real.flock
    io.memfd, io.mmap, io.munmap, io.madvise = real.memfd, real.mmap, real.munmap, real.madvise
    clear_faults()
    pthread_mutex_lock(&mutex)
    stores_note()
    recording = False
    mappings_drop(NULL, <uint8_t *>-1)
    for fd in range(FDS_MOST):
        free(fd_paths[fd])
        fd_paths[fd] = NULL
    pthread_mutex_unlock(&mutex)


def mark(uint64_t number):
    """A record of the caller's own between the calls; returns its place in the trace."""
    cdef uint64_t place
    with nogil:
        pthread_mutex_lock(&mutex)
        stores_note()
        place = taken + record_count
        record_add(MARK, -1, 0, number, 0, 0, NULL, 0)
        pthread_mutex_unlock(&mutex)
    return place


def take():
    """The records since the last take(), as tuples (kind, fd, result, offset, size, begin, thread, data)."""
    global records, record_count, record_room, blob, blob_bytes, blob_room, taken
    cdef call_record *mine
    cdef uint8_t *bytes_
    cdef uint64_t count, i
    with nogil:
        pthread_mutex_lock(&mutex)
        if recording:
            stores_note()
        mine, bytes_, count = records, blob, record_count
        records, blob = NULL, NULL
        record_count = record_room = blob_bytes = blob_room = 0
        taken += count
        pthread_mutex_unlock(&mutex)
    try:
        found = [
            (mine[i].kind, mine[i].fd, mine[i].result, mine[i].offset, mine[i].size, mine[i].begin, mine[i].thread,
             PyBytes_FromStringAndSize(<char *>bytes_ + mine[i].data, mine[i].data_size))
            for i in range(count)
        ]
    finally:
        free(mine)
        free(bytes_)
    if out_of_memory:
        raise MemoryError("no memory for the trace; records are missing")
    return found


def fail(kinds, int error, uint64_t after, uint64_t times, str path not None, bint here):
    """A rule, see the head; returns its number.  error 0: short.  here: only this thread's calls count."""
    cdef bytes part = os.fsencode(path)
    cdef uint32_t mask = 0
    cdef int i, kind, chosen = -1
    cdef fault_rule *rule
    for name in kinds:
        kind = KINDS.index(name)
        mask |= <uint32_t>1 << kind
    if len(part) >= sizeof(rules[0].path):
        raise ValueError(f"a part of a path of at most {sizeof(rules[0].path) - 1} bytes, not {len(part)}")
    pthread_mutex_lock(&mutex)
    for i in range(RULES_MOST):
        if chosen < 0 and not rules[i].active:
            chosen = i
    if chosen >= 0:
        rule = &rules[chosen]
        memset(rule, 0, sizeof(fault_rule))
        rule.kinds, rule.error, rule.first = mask, error, after
        rule.last = after + times if times <= <uint64_t>-1 - after else <uint64_t>-1
        rule.thread = fl_thread_self() if here else 0
        strncpy(rule.path, part, sizeof(rules[0].path) - 1)
        rule.active = True
    pthread_mutex_unlock(&mutex)
    if chosen < 0:
        raise ValueError(f"more than {RULES_MOST} faults at once")
    return chosen


def hits(int number):
    """How many calls the rule has failed."""
    return rules[number].hits if 0 <= number < RULES_MOST else 0


def clear_faults():
    cdef int i
    pthread_mutex_lock(&mutex)
    for i in range(RULES_MOST):
        rules[i].active = False
    pthread_mutex_unlock(&mutex)


def set_boot(uint64_t number):
    """0: this boot of the machine; any other number: another one."""
    fl_store_seqcst(&boot, number)
    io.boot_id = &simulated_boot_id


def boot_number():
    return fl_load_seqcst(&boot)


def pause_background(bint pause):
    """Stops the two background lanes of all logs at their next nap, or lets them go on."""
    io.sleep_ns = &pausing_sleep_ns
    io.futex_wait = &pausing_futex_wait
    fl_store_seqcst(&paused, pause)


# The table's calls for storage that is written in Python: each returns the result or raises OSError.

cdef object answer(int64_t status, path, target=None):
    if status < 0:
        raise OSError(-status, os.strerror(<int>-status), path, None, target)
    return status


def file_open(str path not None, int flags, int mode):
    cdef bytes encoded = os.fsencode(path)
    return answer(io.open(<const char *>encoded, flags, mode), path)


def file_close(int fd):
    answer(io.close(fd), None)


def file_pread(int fd, uint64_t size, uint64_t offset):
    cdef bytes data = PyBytes_FromStringAndSize(NULL, size)
    return data[:answer(io.pread(fd, PyBytes_AS_STRING(data), size, offset), None)]


def file_pwrite(int fd, data, uint64_t offset):
    cdef Py_buffer view
    cdef int64_t status
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    status = io.pwrite(fd, view.buf, <uint64_t>view.len, offset)
    PyBuffer_Release(&view)
    return answer(status, None)


def file_fdatasync(int fd):
    answer(io.fdatasync(fd), None)


def file_fsync(int fd):
    answer(io.fsync(fd), None)


def file_ftruncate(int fd, uint64_t size):
    answer(io.ftruncate(fd, size), None)


def file_size(int fd):
    return answer(io.size(fd), None)


def file_rename(str source not None, str target not None):
    cdef bytes one = os.fsencode(source), other = os.fsencode(target)
    answer(io.rename(<const char *>one, <const char *>other), source, target)


def file_unlink(str path not None):
    cdef bytes encoded = os.fsencode(path)
    answer(io.unlink(<const char *>encoded), path)


def file_mkdir(str path not None, int mode):
    cdef bytes encoded = os.fsencode(path)
    answer(io.mkdir(<const char *>encoded, mode), path)


def file_sync_directory(str path not None):
    cdef bytes encoded = os.fsencode(path)
    answer(io_sync_directory(<const char *>encoded), path)


pthread_mutex_init(&mutex, NULL)
