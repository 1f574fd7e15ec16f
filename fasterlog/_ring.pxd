"""The mutable region: a ring of frames.  reserve - write - publish; the protocol is in _ring.pyx."""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from fasterlog._atomic cimport (
    FL_ASSERT, FL_PROTECT_PUBLISH_LAST, FL_WITHOUT, FL_YIELD, fl_cas_seqcst, fl_line, fl_load_acquire, fl_load_relaxed, fl_load_seqcst,
    fl_prefetch_write, fl_store_release, fl_store_seqcst, fl_word, fl_word_at,
)
from fasterlog._layout cimport (
    FL_FRAME_HEADER, FL_KIND_NONE, FL_KIND_PENDING, fl_crc32c_copy, fl_frame, fl_frame_header_sum, fl_frame_length, fl_publish_word,
    fl_word_kind, fl_word_length,
)

cdef enum:
    RING_SIZE_STEP = 64 * 1024
    RING_FRAME_SHARE = 16          # the largest frame is 1/16 of the ring

cdef extern from *:
    """
    #define RING_FULL UINT64_MAX
    typedef unsigned __int128 fl_u128;
    static inline __attribute__((always_inline, unused)) uint64_t fl_mul_high(uint64_t a, uint64_t b) {
        return (uint64_t)(((fl_u128)a * b) >> 64);
    }
    """
    uint64_t RING_FULL
    uint64_t fl_mul_high(uint64_t, uint64_t) nogil

cdef struct ring_state:
    # Set at opening, then read only:
    uint8_t *base                  # `size` bytes mapped twice, back to back, so that no frame wraps
    uint64_t size
    uint64_t reciprocal            # floor(2^64 / size)
    uint32_t seed                  # of header checksums
    uint16_t incarnation
    bint shared                    # the memory is the file (level "process")
    int memory_fd                  # of a private ring's memory, else -1
    int fd                         # the ring file
    uint64_t file_size             # of a shared ring's file at opening; bytes below are not to be zeroed
    # Cursors, each on its own cache line; reclaimed <= published <= reserved <= reclaimed + size:
    fl_line reserved
    fl_line published              # everything below is published
    fl_line reclaimed              # everything below may be overwritten, and is zero
    fl_word populated              # reservations end at or below: memory and, if shared, disk space are there

cdef int ring_map(ring_state *ring) noexcept nogil                 # memory for `size`, `shared`, `fd`; 0 or -errno
cdef int ring_read_in(ring_state *ring) noexcept nogil             # a shared ring's file; before its memory is looked at; 0 or -errno
cdef int ring_fill_holes(ring_state *ring) noexcept nogil          # of a shared ring's file; before its memory is written; 0 or -errno
cdef void ring_unmap(ring_state *ring) noexcept nogil
cdef int ring_populate(ring_state *ring, uint64_t needed) noexcept nogil   # raises `populated` to at least `needed`; 0 or -errno
cdef void ring_zero(ring_state *ring, uint64_t begin, uint64_t end) noexcept nogil
cdef bint ring_wait_published(ring_state *ring, uint64_t lsn, uint64_t deadline_ns) noexcept nogil   # outside epochs; 0: not by then


cdef inline uint64_t ring_place(const ring_state *ring, uint64_t address) noexcept nogil:
    """address % size, without a division: the estimated quotient is right or one too small."""
    cdef uint64_t place = address - fl_mul_high(address, ring.reciprocal) * ring.size
    return place - ring.size if place >= ring.size else place


cdef inline fl_frame *ring_frame(const ring_state *ring, uint64_t address) noexcept nogil:
    return <fl_frame *>(ring.base + ring_place(ring, address))


cdef inline fl_word *ring_word(const ring_state *ring, uint64_t address) noexcept nogil:
    """The publish word; always through the first of the two mappings."""
    return fl_word_at(ring.base + ring_place(ring, address))


cdef inline uint64_t ring_reserve(ring_state *ring, uint32_t length, uint64_t keep_free) noexcept nogil:
    """Takes `length` bytes, leaving at least `keep_free`; RING_FULL if that cannot be.  In an epoch, or as the only control thread."""
    # seq_cst: in one order with the publishing accesses (W3).
    cdef uint64_t address = fl_load_seqcst(&ring.reserved.word)
    cdef uint64_t end
    cdef fl_word *word
    FL_ASSERT(length % 8 == 0 and length >= FL_FRAME_HEADER)
    while True:                    # lock-free: a failed CAS means that another thread reserved
        end = address + length
        # acquire: the zeroing of this space happened before; pairs with the release in checkpoint_reclaim and ring_populate.
        if end + keep_free > fl_load_acquire(&ring.reclaimed.word) + ring.size or end > fl_load_acquire(&ring.populated):
            return RING_FULL
        if fl_cas_seqcst(&ring.reserved.word, &address, end):
            break
    # The next frame's lines, so that its writer does not wait for them; behind the last byte the second mapping goes on.
    word = ring_word(ring, address)
    fl_prefetch_write(word + (length >> 3))
    fl_prefetch_write(word + (length >> 3) + 8)
    fl_prefetch_write(word + (length >> 3) + 16)
    # release: after a kill -9 recovery sees a hole of known length; helpers in this process stop at any unpublished word.
    fl_store_release(word, fl_publish_word(length >> 3, FL_KIND_PENDING, 0, ring.incarnation))
    return address


# The three below take the frame and its address: ring_frame() is a multiplication that the atomics in between would have made again.

cdef inline void ring_fill_header(ring_state *ring, fl_frame *frame, uint64_t address, uint32_t length, uint32_t kind,
                                  uint32_t flags, uint64_t slot, uint64_t ballot_id, uint64_t ballot_node, uint32_t value_len,
                                  uint32_t value_crc) noexcept nogil:
    """Writes the header of a reserved frame, all but its publish word."""
    frame.value_len = value_len
    frame.address = address
    frame.slot = slot
    frame.ballot_id = ballot_id
    frame.ballot_node = ballot_node
    frame.value_crc = value_crc
    frame.object = 0
    frame.header_crc = fl_frame_header_sum(ring.seed, fl_publish_word(length >> 3, kind, flags, ring.incarnation), value_len, address, slot,
                                           ballot_id, ballot_node, value_crc, 0)


cdef inline void ring_fill(ring_state *ring, fl_frame *frame, uint64_t address, uint32_t length, uint32_t kind, uint32_t flags,
                           uint64_t slot,
                           uint64_t ballot_id, uint64_t ballot_node, const void *value, uint32_t value_len) noexcept nogil:
    """Writes the body of a reserved frame that carries its value; plain stores, made visible by what publishes the frame."""
    cdef uint8_t *target = <uint8_t *>frame + FL_FRAME_HEADER
    cdef uint32_t value_crc
    FL_ASSERT(length == fl_frame_length(value_len))
    if FL_WITHOUT(FL_PROTECT_PUBLISH_LAST):
        fl_store_seqcst(fl_word_at(frame), fl_publish_word(length >> 3, kind, flags, ring.incarnation))
    FL_YIELD(0)
    if value_len & 7:
        memset(target + (value_len & ~<uint32_t>7), 0, 8)     # the padding; the value then overwrites what is its own
    # The sum is that of our copy: the caller may change its buffer meanwhile (F3).
    value_crc = fl_crc32c_copy(target, value, value_len)
    FL_YIELD(0)
    ring_fill_header(ring, frame, address, length, kind, flags, slot, ballot_id, ballot_node, value_len, value_crc)


cdef inline void ring_publish(ring_state *ring, fl_frame *frame, uint64_t address, uint32_t length, uint32_t kind,
                              uint32_t flags) noexcept nogil:
    """Stores the publish word of a filled frame, then moves `published` over all that is published."""
    cdef uint64_t word = fl_publish_word(length >> 3, kind, flags, ring.incarnation)
    cdef uint64_t place = address
    # relaxed: `published` only grows, and an old value takes the other way, which is always right.
    if fl_load_relaxed(&ring.published.word) != address:
        # seq_cst: with the loads in ring_help, or two publishers could each miss the other's frame and stall `published` (W3).
        fl_store_seqcst(fl_word_at(frame), word)
        ring_help(ring, fl_load_seqcst(&ring.published.word))
        return
    # All before us is published, so nobody but us has to notice this word.  release: the body comes with it, for who does (ring_help).
    fl_store_release(fl_word_at(frame), word)
    # seq_cst: it takes the place of the store above in the argument of W3: whoever publishes behind us stores his word and then loads
    # `published`; either he finds it moved here, or we find his word below.
    if fl_cas_seqcst(&ring.published.word, &place, address + length):
        place = address + length
    ring_help(ring, place)


cdef inline void ring_help(ring_state *ring, uint64_t place) noexcept nogil:
    """Moves `published`, last seen at `place`, to the first unpublished frame, whoever owns the frames on the way.

    In an epoch: the space is not reused.  Frames reserved after `limit` was read publish later than our own store, and their
    publishers see it: they help themselves.
    """
    cdef uint64_t limit = fl_load_seqcst(&ring.reserved.word)
    cdef uint64_t word, end
    while place < limit:           # bounded: `published` only grows, and each turn either moves it or finds it moved
        word = fl_load_seqcst(ring_word(ring, place))
        if fl_word_kind(word) == FL_KIND_NONE or fl_word_kind(word) == FL_KIND_PENDING:
            return                 # its owner will help when it publishes
        end = place + fl_word_length(word)
        if fl_cas_seqcst(&ring.published.word, &place, end):
            place = end
