"""Reading one slot.

A ring entry is copied out inside the epoch: its space is reused afterwards.  A tail entry is shown in place: its segment is pinned
inside the epoch, and the pin outlives it.

Nothing is allocated inside an epoch.  Values up to INLINE_BYTES are copied to the stack; for a larger one the first look tells
the size, the bytes object is made outside, and a second look fills it (again if the entry has changed meanwhile, which takes
another accept each time).

Leases.  A pin is an atomic counter in the segment, a line that all readers would fight for.  So each thread keeps a Lease object
(one pin) for each of the few segments it read last, and its entries hold references to that; only the first read of a segment by a
thread touches the counter.  The cache belongs to the thread state: it goes when the thread ends.
"""
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.errno cimport ENOMEM
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

cimport cython
from fasterlog._atomic cimport FL_SHRUNK, fl_load_seqcst
from fasterlog._core cimport (
    CORE_CLOSED, CORE_FORKED, CORRUPTED, NEED_BUFFER, NEED_PAGES, NOT_COMMITTED, OK, VALUE_MISSING, core_refusal, log_core,
)
from fasterlog._entry cimport Entry, entry_from_bytes, entry_from_memory
from fasterlog._epoch cimport epoch_mine, fl_epoch_enter, fl_epoch_leave, fl_epoch_record
from fasterlog._index cimport (
    INDEX_MISSING, INDEX_RING, INDEX_VOTED, LEAF_SHIFT, LEAF_WORDS, index_leaf, index_leaf_find, index_address,
    index_next_leaf, index_state,
)
from fasterlog._layout cimport (
    fl_crc32c_copy, fl_frame, fl_frame_header_valid, fl_frame_value, fl_frame_value_valid,
)
from fasterlog._phases cimport page_need, slot_locate, slot_need, slot_pages, slot_place
from fasterlog._ring cimport ring_place
from fasterlog._tail cimport segment, segment_pin, segment_unpin, tail_next_slot

cdef extern from *:
    """
    #include "fasterlog/epoch.h"
    #include <Python.h>
    #define FL_LEASES 4
    typedef struct { struct { void *seg; PyObject *lease; } held[FL_LEASES]; } fl_lease_cache;
    FL_TLS fl_lease_cache *fl_leases_mine;
    static inline fl_lease_cache *fl_leases(void) { return fl_leases_mine; }
    static inline void fl_leases_set(fl_lease_cache *cache) { fl_leases_mine = cache; }
    """
    enum:
        FL_LEASES
    ctypedef struct fl_lease_cache:
        pass
    fl_lease_cache *fl_leases() nogil
    void fl_leases_set(fl_lease_cache *) nogil

cdef extern from *:
    """
    static inline PyObject *fl_lease_get(fl_lease_cache *cache, const void *seg) {
        unsigned place = (unsigned)((uintptr_t)seg >> 6) % FL_LEASES;
        return cache && cache->held[place].seg == seg ? cache->held[place].lease : NULL;
    }
    /* Takes a new reference to `lease` and returns the one it replaces, or NULL. */
    static inline PyObject *fl_lease_put(fl_lease_cache *cache, void *seg, PyObject *lease) {
        unsigned place = (unsigned)((uintptr_t)seg >> 6) % FL_LEASES;
        PyObject *old = cache->held[place].lease;
        cache->held[place].seg = seg;
        cache->held[place].lease = lease;
        return old;
    }
    static inline PyObject *fl_lease_take(fl_lease_cache *cache, unsigned place) {
        PyObject *old = cache->held[place].lease;
        cache->held[place].seg = NULL;
        cache->held[place].lease = NULL;
        return old;
    }
    """
    PyObject *fl_lease_get(fl_lease_cache *, const void *) nogil
    PyObject *fl_lease_put(fl_lease_cache *, void *, PyObject *)
    PyObject *fl_lease_take(fl_lease_cache *, unsigned)

cdef extern from "<Python.h>":
    PyObject *PyThreadState_GetDict()     # borrowed; NULL without a thread state

cdef enum:
    INLINE_BYTES = 1024
    GIL_HELD_BYTES = 8192       # larger copies and checksums release the GIL
    LOOKS_MOST = 1000

cdef struct look:               # what one look at a slot found
    uint8_t *buffer             # in: room for a ring value
    uint64_t buffer_size
    uint64_t ballot_id, ballot_node
    uint32_t size
    bint committed
    const fl_frame *frame       # tail entries: in the mapping
    segment *seg
    PyObject *lease             # borrowed from this thread's cache; NULL: `seg` was pinned for us


@cython.final
cdef class Lease:
    def __dealloc__(self):
        if self.seg != NULL:
            segment_unpin(self.seg)


@cython.final
@cython.internal
cdef class LeaseCache:
    """Owns one thread's leases."""
    cdef fl_lease_cache held

    def __dealloc__(self):
        if fl_leases() == &self.held:
            fl_leases_set(NULL)
        cache_clear(&self.held)


cdef void cache_clear(fl_lease_cache *cache):
    cdef PyObject *old
    cdef unsigned place
    for place in range(FL_LEASES):
        old = fl_lease_take(cache, place)
        if old != NULL:
            Py_DECREF(<object>old)


cdef void leases_drop():
    if fl_leases() != NULL:
        cache_clear(fl_leases())


cdef fl_lease_cache *cache_claim() except? NULL:
    """This thread's cache, kept by its thread state."""
    cdef LeaseCache cache
    cdef PyObject *state = PyThreadState_GetDict()
    if fl_leases() != NULL or state == NULL:
        return fl_leases()
    cache = LeaseCache.__new__(LeaseCache)
    (<dict>state)["fasterlog.leases"] = cache
    fl_leases_set(&cache.held)
    return &cache.held


cdef Lease lease_adopt(segment *seg):
    """A lease that takes over the pin just made, cached for this thread."""
    cdef Lease lease
    cdef fl_lease_cache *cache
    cdef PyObject *old
    try:
        lease = Lease.__new__(Lease)
    except BaseException:
        segment_unpin(seg)
        raise
    lease.seg = seg
    cache = cache_claim()
    if cache != NULL:
        Py_INCREF(lease)
        old = fl_lease_put(cache, seg, <PyObject *>lease)
        if old != NULL:
            Py_DECREF(<object>old)
    return lease


cdef int look_at(log_core *core, uint64_t slot, int wanted, look *out) noexcept nogil:
    cdef fl_epoch_record *self = epoch_mine()
    cdef int status
    if self == NULL:
        return -ENOMEM
    fl_epoch_enter(self)
    status = look_inside(core, slot, wanted, out)
    fl_epoch_leave(self)
    return status


cdef inline int look_inside(log_core *core, uint64_t slot, int wanted, look *out) noexcept nogil:
    cdef slot_place found
    # seq_cst: close() sets the flag and waits a grace period before anything is taken down.
    cdef uint64_t flags = fl_load_seqcst(&core.state) & (CORE_CLOSED | CORE_FORKED)
    cdef int status
    if flags != 0:
        return core_refusal(core, flags)
    status = slot_locate(core, slot, &found)
    if status != OK:
        return status
    if found.state == INDEX_MISSING:
        return VALUE_MISSING
    out.committed = found.state >= INDEX_RING
    if wanted == READ_COMMITTED and not out.committed:
        return NOT_COMMITTED
    out.frame = found.frame
    out.seg = found.seg
    if found.seg != NULL:
        out.lease = fl_lease_get(fl_leases(), found.seg)
        if out.lease == NULL and not segment_pin(found.seg):
            return CORRUPTED    # cannot be: the table's pin goes only after a grace period
        return OK
    out.ballot_id, out.ballot_node = found.frame.ballot_id, found.frame.ballot_node
    out.size = found.frame.value_len
    if out.size > out.buffer_size:
        return NEED_BUFFER
    # Ring memory is checked as well as files are; the sum is that of the copy.
    if found.frame.slot != slot or fl_crc32c_copy(out.buffer, fl_frame_value(found.frame), out.size) != found.frame.value_crc:
        return CORRUPTED
    return OK


cdef bint pages_step(log_core *core, uint64_t slot, int *status) noexcept:
    with nogil:
        status[0] = slot_pages(core, slot)
    return status[0] == OK


cdef Entry read_entry(log_core *core, uint64_t slot, int wanted, int *status):
    cdef uint8_t inline_room[INLINE_BYTES]
    cdef look out
    cdef bytes value = None
    cdef int looks = 0
    out.buffer = inline_room
    out.buffer_size = INLINE_BYTES
    while True:
        if FL_SHRUNK or out.buffer_size > GIL_HELD_BYTES:
            with nogil:
                status[0] = look_at(core, slot, wanted, &out)
        else:
            status[0] = look_at(core, slot, wanted, &out)
        if status[0] == OK:
            break
        if status[0] != NEED_BUFFER or looks == LOOKS_MOST:
            if status[0] == NEED_PAGES and pages_step(core, slot, status):
                continue        # bounded: each turn has more of the entry's pages checked
            return None
        looks += 1
        value = PyBytes_FromStringAndSize(NULL, out.size)
        out.buffer = <uint8_t *>PyBytes_AS_STRING(value)
        out.buffer_size = out.size
    if out.seg != NULL:
        return tail_entry(core, slot, &out, status)
    if value is None or out.size != <uint32_t>len(value):
        value = PyBytes_FromStringAndSize(<char *>out.buffer, out.size)
    return entry_from_bytes(slot, out.ballot_id, out.ballot_node, out.committed, value)


cdef Entry tail_entry(log_core *core, uint64_t slot, look *out, int *status):
    cdef const fl_frame *frame = out.frame
    cdef bint good
    cdef Lease lease = <Lease>out.lease if out.lease != NULL else lease_adopt(out.seg)
    if frame.value_len > GIL_HELD_BYTES:
        with nogil:
            good = frame_good(core, slot, frame, out.seg)
    else:
        good = frame_good(core, slot, frame, out.seg)
    if not good:
        status[0] = CORRUPTED
        return None
    return entry_from_memory(slot, frame.ballot_id, frame.ballot_node, True, fl_frame_value(frame), frame.value_len, lease)


cdef inline bint frame_good(log_core *core, uint64_t slot, const fl_frame *frame, segment *seg) noexcept nogil:
    """Checksums, and that this is the slot's frame and lies within its segment; nothing in a file is trusted."""
    cdef uint64_t offset = <uint64_t>(<const uint8_t *>frame - seg.base)
    return (fl_frame_header_valid(core.ring.seed, frame) and frame.slot == slot
            and offset + frame.value_len + sizeof(fl_frame) <= fl_load_seqcst(&seg.entries_end)
            and fl_frame_value_valid(frame))


cdef bint damage_locate(log_core *core, uint64_t slot, damage_place *where) noexcept nogil:
    cdef fl_epoch_record *self = epoch_mine()
    cdef slot_place found
    cdef page_need need
    cdef int status = CORRUPTED
    if self == NULL:
        return False
    memset(where, 0, sizeof(where[0]))
    need.seg = NULL
    fl_epoch_enter(self)
    if not fl_load_seqcst(&core.state) & (CORE_CLOSED | CORE_FORKED):
        status = slot_locate(core, slot, &found)
    if status == OK and found.frame == NULL:
        status = CORRUPTED              # lost: it lies nowhere
    elif status == OK:
        where.has_ballot = True
        where.ballot_id, where.ballot_node = found.frame.ballot_id, found.frame.ballot_node
        need.seg = found.seg
        if need.seg != NULL:
            need.offset = <uint64_t>(<const uint8_t *>found.frame - found.seg.base)
        else:
            where.offset = ring_place(&core.ring, index_address(found.seen))
    elif status == NEED_PAGES:
        where.unreadable = slot_need(core, slot, &found, &need) == NEED_PAGES
    if need.seg != NULL:
        where.in_tail, where.segment_address, where.offset = True, need.seg.address, need.offset
    fl_epoch_leave(self)
    return status == OK or where.in_tail


cdef uint64_t next_slot(log_core *core, uint64_t slot, int wanted, bint *found) noexcept nogil:
    """Leaf by leaf, an epoch for each; slots whose words have left memory are looked up in the sealed segments."""
    cdef fl_epoch_record *self = epoch_mine()
    cdef uint64_t least = INDEX_RING if wanted == READ_COMMITTED else INDEX_VOTED
    cdef uint64_t number, candidate, evicted
    cdef index_leaf *leaf
    cdef bint more
    while self != NULL:
        fl_epoch_enter(self)
        if fl_load_seqcst(&core.state) & (CORE_CLOSED | CORE_FORKED):           # its mappings may be gone
            fl_epoch_leave(self)
            break
        evicted = fl_load_seqcst(&core.index.evicted_end)
        if slot < evicted:
            candidate = tail_next_slot(&core.tail, slot, &more)
            if more and candidate < evicted:
                fl_epoch_leave(self)
                found[0] = True
                return candidate
            slot = evicted
        number = index_next_leaf(&core.index, slot >> LEAF_SHIFT, &more)
        leaf = index_leaf_find(&core.index, number) if more else NULL
        # A leaf that left memory since we looked is not one that was never there: its slots are found in the segments next turn.
        if fl_load_seqcst(&core.index.evicted_end) != evicted:
            fl_epoch_leave(self)
            continue            # bounded: `evicted_end` only grows, by whole checkpoints
        if not more:
            fl_epoch_leave(self)
            break
        slot = max(slot, number << LEAF_SHIFT)
        candidate = leaf_next(leaf, slot & (LEAF_WORDS - 1), least)
        fl_epoch_leave(self)
        if candidate < LEAF_WORDS:
            found[0] = True
            return (number << LEAF_SHIFT) + candidate
        slot = (number + 1) << LEAF_SHIFT
        if slot == 0:           # behind the last slot there is
            break
    found[0] = False
    return 0


cdef inline uint64_t leaf_next(index_leaf *leaf, uint64_t place, uint64_t least) noexcept nogil:
    while place < LEAF_WORDS:
        if index_state(fl_load_seqcst(&leaf.words[place])) >= least:
            return place
        place += 1
    return LEAF_WORDS
