"""The ring as the core uses it, for tests: reserve, fill and publish as separate steps, without a log around it."""
from libc.stdint cimport uint64_t
from libc.stdlib cimport free
from libc.string cimport memset

from fasterlog._atomic cimport fl_load_seqcst, fl_store_seqcst
from fasterlog._epoch cimport epoch_mine, fl_epoch_enter, fl_epoch_leave
from fasterlog._layout cimport FL_KIND_PAD, FL_KIND_VOTE, fl_frame_header_valid, fl_frame_length, fl_frame_value, fl_frame_value_valid
from fasterlog._ring cimport (
    RING_FULL, ring_fill, ring_frame, ring_help, ring_map, ring_place, ring_populate, ring_publish, ring_reserve,
    ring_state, ring_unmap, ring_word, ring_zero)

cdef extern from "<stdlib.h>" nogil:
    void *aligned_alloc(size_t, size_t)


cdef class Ring:
    cdef ring_state *ring

    def __cinit__(self, uint64_t size, uint64_t start=0):
        cdef int status
        self.ring = <ring_state *>aligned_alloc(64, (sizeof(ring_state) + 63) // 64 * 64)
        memset(self.ring, 0, sizeof(ring_state))
        self.ring.size = size
        self.ring.reciprocal = <uint64_t>((<object>1 << 64) // size)
        self.ring.seed = 12345
        self.ring.incarnation = 7
        self.ring.fd = self.ring.memory_fd = -1
        fl_store_seqcst(&self.ring.reserved.word, start)
        fl_store_seqcst(&self.ring.published.word, start)
        fl_store_seqcst(&self.ring.reclaimed.word, start)
        status = ring_map(self.ring)
        if status == 0:
            status = ring_populate(self.ring, size)
        if status != 0:
            raise OSError(-status, "ring_map")

    def __dealloc__(self):
        ring_unmap(self.ring)
        free(self.ring)

    @property
    def cursors(self):
        return (
            fl_load_seqcst(&self.ring.reclaimed.word), fl_load_seqcst(&self.ring.published.word),
            fl_load_seqcst(&self.ring.reserved.word))

    def place(self, uint64_t address):
        return ring_place(self.ring, address)

    def reserve(self, uint64_t value_size, uint64_t keep_free=0):
        """The address, or None when there is no room."""
        cdef uint64_t address
        with nogil:
            address = ring_reserve(self.ring, fl_frame_length(value_size), keep_free)
        return None if address == RING_FULL else address

    def fill(self, uint64_t address, uint64_t slot, bytes value):
        cdef const char *data = value
        cdef uint64_t size = len(value)
        with nogil:
            ring_fill(self.ring, ring_frame(self.ring, address), address, fl_frame_length(size), FL_KIND_VOTE, 0, slot, 3, 4, data,
                      <unsigned int>size)

    def publish(self, uint64_t address, uint64_t value_size, bint pad=False):
        with nogil:
            fl_epoch_enter(epoch_mine())
            ring_publish(self.ring, ring_frame(self.ring, address), address, fl_frame_length(value_size),
                         FL_KIND_PAD if pad else FL_KIND_VOTE, 0)
            fl_epoch_leave(epoch_mine())

    def help(self):
        with nogil:
            fl_epoch_enter(epoch_mine())
            ring_help(self.ring, fl_load_seqcst(&self.ring.published.word))
            fl_epoch_leave(epoch_mine())

    def read(self, uint64_t address):
        """(slot, value, header verifies, value verifies)"""
        frame = ring_frame(self.ring, address)
        value = (<const char *>fl_frame_value(frame))[:frame.value_len]
        return frame.slot, value, bool(fl_frame_header_valid(self.ring.seed, frame)), bool(fl_frame_value_valid(frame))

    def word(self, uint64_t address):
        return fl_load_seqcst(ring_word(self.ring, address))

    def reclaim(self, uint64_t end):
        """Gives the space below `end` back, as the checkpoint does."""
        ring_zero(self.ring, fl_load_seqcst(&self.ring.reclaimed.word), end)
        fl_store_seqcst(&self.ring.reclaimed.word, end)
