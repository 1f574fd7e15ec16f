"""The mutable region: a true ring of frames that any number of threads write, and nobody waits for anybody.

Addresses are 64-bit, 8-byte aligned and grow for ever; place = address % size.  The memory is mapped twice, back to back, so that a
frame that runs over the end is one piece; publish words are always touched through the first mapping.

Cursors: reclaimed <= published <= reserved <= reclaimed + size.

    reclaimed        published              reserved            reclaimed + size
        |  published     | published, PENDING or  |   zero, free     |
        |                | not yet marked (zero)  |                  |

A write:  reserve (CAS on `reserved`) -> mark PENDING with the length -> body and checksums -> CAS of the index word -> publish word
(the real kind if that CAS won, PAD if it lost) -> help `published`.  Between reserve and publish nothing can fail or wait (W2).

Invariants and the interleavings behind them:

1. *Only whole frames are published.*  The publish word is stored last.  A group commit writes only below `published`.
2. *`published` never stalls.*  Two writers A < B publish at the same time; A must see B's word or B must see `published` moved by A.  The
   publishing store, the loads and CAS of `published` and the loads of publish words are all seq_cst; with release and acquire both
   could read the old state and both go home (shown on x86: a store may be passed by a later load).  One store may be weaker: that of
   a writer who found `published` at its own frame.  Nobody before it is left who would have to see its word, and for those behind it
   its CAS of `published`, which follows, stands in the same order.
3. *Nobody reads free space.*  A helper looks at a publish word only below `reserved` as it has read it, and inside an epoch; space below
   `reserved` was zeroed before it was reserved (release of `reclaimed`, acquire in ring_reserve).
4. *A frame lies in zeroed space*, so that a word that was reserved and not yet marked reads as 0, never as a frame of an older lap.
5. *A stalled writer delays `published`, never a reservation* - until the ring is full, when reclaiming cannot pass its frame.

Memory is either private (a memfd: a forked child must not share it, hence FL_ADVICE_NOT_IN_CHILD) and group commit
writes it to the file; or, at level "process", the file itself, mapped shared: a store is then as good as a write() against kill -9.
"""
from libc.errno cimport EINVAL, EIO, ENOMEM, ENOSPC
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memset

from fasterlog._atomic cimport fl_load_acquire, fl_load_seqcst, fl_store_release
from fasterlog._epoch cimport epoch_mine, fl_epoch_enter, fl_epoch_leave, fl_epoch_record
from fasterlog._io cimport clock_ns, io, io_errno, io_pread_all, io_pwrite_all, io_write_zeros

cdef extern from "<sys/mman.h>" nogil:
    enum:
        PROT_NONE
        PROT_READ
        PROT_WRITE
        MAP_SHARED
        MAP_PRIVATE
        MAP_ANONYMOUS
        MAP_NORESERVE
        MAP_FIXED

cdef extern from "fasterlog/platform.h" nogil:
    enum:
        FL_ADVICE_NOT_IN_CHILD
        FL_ADVICE_POPULATE_READ
        FL_ADVICE_POPULATE_WRITE

cdef enum:
    POPULATE_STEP_FIRST = 64 * 1024
    POPULATE_STEP_MOST = 1024 * 1024
    PAGE = 4096
    PAUSE_NS = 20_000


cdef int ring_map(ring_state *ring) noexcept nogil:
    cdef int fd = ring.fd
    cdef int status = 0
    cdef void *room
    if not ring.shared:
        fd = ring.memory_fd = io.memfd(b"fasterlog-ring")
        if fd < 0:
            return fd
        status = io.ftruncate(fd, ring.size)
    else:
        ring.memory_fd = -1
    if status == 0:
        room = io.mmap(NULL, 2 * ring.size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        if room == NULL:
            status = -io_errno()
        else:
            ring.base = <uint8_t *>room
            status = map_twice(ring, fd)
    if status != 0:
        ring_unmap(ring)
    return status


cdef int map_twice(ring_state *ring, int fd) noexcept nogil:
    cdef int half
    for half in range(2):
        if io.mmap(ring.base + half * ring.size, ring.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == NULL:
            return -io_errno()
    return io.madvise(ring.base, 2 * ring.size, FL_ADVICE_NOT_IN_CHILD)


cdef void ring_unmap(ring_state *ring) noexcept nogil:
    if ring.base != NULL:
        io.munmap(ring.base, 2 * ring.size)
        ring.base = NULL
    if ring.memory_fd >= 0:
        io.close(ring.memory_fd)
        ring.memory_fd = -1


cdef int ring_read_in(ring_state *ring) noexcept nogil:
    """Brings the file's pages in by a call that can fail: a look at one that the disk cannot read, or a store into it, is a signal."""
    cdef int status = io.madvise(ring.base, ring.file_size, FL_ADVICE_POPULATE_READ) if ring.file_size else 0
    # -EINVAL: this kernel cannot tell.
    if status == 0 or status == -EINVAL:
        return 0
    if status == -ENOMEM:
        return status
    # On a tmpfs a look at a hole takes memory, and the disk may be full.  To read() it does not.
    return -ENOSPC if io.sparse(ring.fd) == 1 and file_readable(ring) else -EIO


cdef bint file_readable(const ring_state *ring) noexcept nogil:
    cdef uint8_t page[PAGE]
    cdef uint64_t offset = 0
    while offset < ring.file_size:
        if io_pread_all(ring.fd, page, min(<uint64_t>PAGE, ring.file_size - offset), offset) != 0:
            return False
        offset += PAGE
    return True


cdef int ring_fill_holes(ring_state *ring) noexcept nogil:
    """Gives a copy that was made sparse all its blocks: a store into a hole on a full disk is a signal, a write an error.

    The file gets its own bytes, so nothing has changed wherever this stops.  They need not be synced: after a power cut the next
    opening finds the holes again.
    """
    cdef int status = io.sparse(ring.fd)
    return io_pwrite_all(ring.fd, ring.base, ring.file_size, 0) if status == 1 else status


cdef int ring_populate(ring_state *ring, uint64_t needed) noexcept nogil:
    """Makes pages (and, if shared, real zeros in the file) ready ahead of reservations.  One caller at a time."""
    cdef uint64_t have = fl_load_acquire(&ring.populated)
    cdef uint64_t step, end
    cdef int status
    while have < needed:
        if have >= ring.size:
            # The first lap is over: everything is there, and addresses of later laps are as good.
            fl_store_release(&ring.populated, RING_FULL)
            return 0
        step = min(max(have, <uint64_t>POPULATE_STEP_FIRST), <uint64_t>POPULATE_STEP_MOST)
        end = min(have + step, ring.size)
        if ring.shared:
            status = io_write_zeros(ring.fd, max(have, ring.file_size), end - max(have, ring.file_size)) if end > ring.file_size else 0
            if status != 0:
                return status
        status = io.madvise(ring.base + have, end - have, FL_ADVICE_POPULATE_WRITE)
        if status == -EINVAL:                 # an older kernel, or not Linux
            status = touch_pages(ring, have, end)
        if status != 0:
            return status
        # release: pairs with the acquire in ring_reserve.
        fl_store_release(&ring.populated, RING_FULL if end == ring.size else end)
        have = end
    return 0


cdef int touch_pages(ring_state *ring, uint64_t begin, uint64_t end) noexcept nogil:
    while begin < end:
        memset(ring.base + begin, 0, 8)       # it is zero already; the store brings the page in
        begin += PAGE
    return 0


cdef void ring_zero(ring_state *ring, uint64_t begin, uint64_t end) noexcept nogil:
    """Zeroes [begin, end), each place through the first mapping."""
    cdef uint64_t place = ring_place(ring, begin)
    cdef uint64_t first = min(end - begin, ring.size - place)
    memset(ring.base + place, 0, first)
    memset(ring.base, 0, end - begin - first)


cdef bint ring_wait_published(ring_state *ring, uint64_t lsn, uint64_t deadline_ns) noexcept nogil:
    """Waits for other threads' frames below `lsn`: they are between two instructions, or have lost their processor."""
    cdef fl_epoch_record *self
    while fl_load_seqcst(&ring.published.word) < lsn:
        if clock_ns() >= deadline_ns:
            return False
        io.sleep_ns(PAUSE_NS)
        self = epoch_mine()
        if self != NULL:
            fl_epoch_enter(self)
            ring_help(ring, fl_load_seqcst(&ring.published.word))
            fl_epoch_leave(self)
    return True
