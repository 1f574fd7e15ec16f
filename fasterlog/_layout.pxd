"""Cython view of include/fasterlog/layout.h: the structs on disk."""
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t


cdef extern from "fasterlog/layout.h" nogil:
    enum:
        FL_FORMAT_VERSION
        FL_FRAME_HEADER
        FL_SUPERBLOCKS
        FL_SUPERBLOCK_STRIDE
        FL_META_MOST
        FL_SEGMENT_HEADER
        FL_KIND_NONE
        FL_KIND_PENDING
        FL_KIND_PAD
        FL_KIND_VOTE
        FL_KIND_CHOSEN
        FL_KIND_PROMISE
        FL_KIND_DISCARD
        FL_KIND_TRIM
        FL_KIND_META
        FL_KIND_BATCH
        FL_KIND_SYNC
        FL_KIND_RESTART
        FL_KIND_ENTRY
        FL_KIND_END
        FL_FLAG_VALUE
        FL_FLAG_CARRIED

    ctypedef struct fl_frame:
        uint32_t length8
        uint8_t kind
        uint8_t flags
        uint16_t incarnation
        uint32_t header_crc
        uint32_t value_len
        uint64_t address
        uint64_t slot
        uint64_t ballot_id
        uint64_t ballot_node
        uint32_t value_crc
        uint32_t object

    ctypedef struct fl_superblock:
        char magic[8]
        uint32_t version, crc
        uint64_t log_id, sequence, incarnation, begin
        uint64_t begin_incarnation
        uint64_t end
        uint64_t durable
        uint64_t tail_end, tail_slot_end
        uint64_t first_slot
        uint64_t promised_id, promised_node
        uint64_t learned_id, learned_node
        uint64_t floor_slot, floor_id, floor_node
        uint8_t boot_id[16]
        uint32_t has_promised, has_learned, has_floor, clean
        uint32_t meta_bytes, shared

    ctypedef struct fl_segment_header:
        char magic[8]
        uint32_t version, crc
        uint64_t log_id, address, span
        uint64_t previous_address
        uint32_t previous_crc
        uint8_t reserved[12]

    ctypedef struct fl_run:
        uint64_t first_slot
        uint32_t count
        uint32_t first_index

    ctypedef struct fl_segment_trailer:
        char magic[8]
        uint32_t version, crc
        uint64_t log_id, address
        uint64_t entries_end
        uint64_t footer_offset
        uint64_t entry_count, slot_min, slot_max
        uint32_t run_count, footer_crc
        uint32_t rebuilt, stands_for
        uint8_t reserved[40]

    uint64_t fl_publish_word(uint32_t length8, uint32_t kind, uint32_t flags, uint32_t incarnation)
    uint64_t fl_word_length(uint64_t word)
    uint32_t fl_word_kind(uint64_t word)
    uint32_t fl_word_flags(uint64_t word)
    uint16_t fl_word_incarnation(uint64_t word)

cdef extern from "fasterlog/frame.h" nogil:
    uint32_t fl_frame_header_sum(uint32_t seed, uint64_t publish_word, uint32_t value_len, uint64_t address, uint64_t slot,
                                 uint64_t ballot_id, uint64_t ballot_node, uint32_t value_crc, uint32_t object)
    uint32_t fl_frame_header_crc(uint32_t seed, uint64_t publish_word, const fl_frame *)
    bint fl_frame_header_valid(uint32_t seed, const fl_frame *)
    bint fl_frame_value_valid(const fl_frame *)
    const uint8_t *fl_frame_value(const fl_frame *)
    uint32_t fl_frame_length(uint64_t value_bytes)

cdef extern from "fasterlog/crc32c.h" nogil:
    # `seed`: the checksum of what came before, 0 at first; the result is finalised, so results can be chained.
    uint32_t fl_crc32c(uint32_t seed, const void *data, size_t size)
    uint32_t fl_crc32c_copy(void *target, const void *data, size_t size)    # copies, and returns the copy's checksum
