/* What lies on disk and in the ring: byte for byte, little-endian, the same on every machine fasterlog runs on.
 *
 * Frame, in the ring and in segments (PROTOCOL: F2).  Addresses are logical, 8-byte aligned and grow for ever.
 *
 *      0        4    5     6       8            12          16        24      32          40            48         52      56
 *      +--------+----+-----+-------+------------+-----------+---------+-------+-----------+-------------+----------+-------+-------
 *      |length/8|kind|flags|incarn.| header_crc | value_len | address | slot  | ballot_id | ballot_node | value_crc| object| value, zero-padded to 8
 *      +--------+----+-----+-------+------------+-----------+---------+-------+-----------+-------------+----------+-------+-------
 *      '--- the publish word: ----'
 *      one 8-byte atomic, stored last
 *
 * header_crc is the CRC-32C, seeded with the log's id, of bytes 0..7 and 12..55; value_crc that of the value.
 *
 * Segment file:  fl_segment_header | ENTRY frames | footer: runs, then offsets | zeros | fl_segment_trailer (last 128 bytes of the file)
 *
 * A run says that `count` consecutive slots from `first_slot` on lie in this segment; their places are
 * offsets[first_index .. first_index + count), in units of 8 bytes from the start of the file.  Runs are sorted by first_slot.
 */
#ifndef FASTERLOG_LAYOUT_H
#define FASTERLOG_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "fasterlog's files are little-endian and mapped as they are; this machine is not"
#endif

#define FL_FORMAT_VERSION 1

enum fl_kind {
    FL_KIND_NONE = 0,     /* never written: zero is invalid on purpose */
    FL_KIND_PENDING = 1,  /* reserved, length known, body not yet there */
    FL_KIND_PAD = 2,      /* counts for nothing: a loser of its index word, or a filled hole */
    FL_KIND_VOTE = 3,
    FL_KIND_CHOSEN = 4,   /* with FL_FLAG_VALUE it carries the value itself (learn) */
    FL_KIND_PROMISE = 5,
    FL_KIND_DISCARD = 6,  /* slot: votes at and above it with a lower address are gone */
    FL_KIND_TRIM = 7,     /* slot: everything at and below it is gone; ballot: that of the last dropped slot */
    FL_KIND_META = 8,     /* value: the whole mapping, packed */
    FL_KIND_BATCH = 9,    /* value: frames */
    FL_KIND_SYNC = 10,    /* slot: everything below this address was on disk when this was written */
    FL_KIND_RESTART = 11, /* the incarnation rises here */
    FL_KIND_ENTRY = 12,   /* in segments: a chosen slot and its value */
    FL_KIND_END = 13
};

enum fl_frame_flag {
    FL_FLAG_VALUE = 1,    /* a CHOSEN frame that carries its value */
    FL_FLAG_CARRIED = 2   /* a VOTE that was carried forward from older ring space */
};

typedef struct {
    uint32_t length8;
    uint8_t kind;
    uint8_t flags;
    uint16_t incarnation;
    uint32_t header_crc;
    uint32_t value_len;
    uint64_t address;
    uint64_t slot;
    uint64_t ballot_id;
    uint64_t ballot_node;
    uint32_t value_crc;
    uint32_t object;
} fl_frame;

typedef struct {            /* one of the superblocks, FL_SUPERBLOCK_STRIDE apart in SUPER; the packed mapping follows it */
    char magic[8];
    uint32_t version, crc;  /* CRC-32C of struct and mapping with crc = 0 */
    uint64_t log_id, sequence, incarnation, begin;
    uint64_t begin_incarnation;          /* what a frame at `begin` bears unless it is a RESTART */
    uint64_t end;                        /* if clean: where the log ends; nothing in the ring file behind it counts */
    uint64_t durable;                    /* the ring was on disk up to here: damage below is rot */
    uint64_t tail_end;                   /* address behind the last entry of the tail that is on disk; 0: none is */
    uint64_t tail_slot_end;              /* above every slot that was ever put into the tail; 2^64 - 1 stands for 2^64 */
    uint64_t first_slot;
    uint64_t promised_id, promised_node;
    uint64_t learned_id, learned_node;   /* highest ballot that learn brought */
    uint64_t floor_slot, floor_id, floor_node;
    uint8_t boot_id[16];
    uint32_t has_promised, has_learned, has_floor, clean;
    uint32_t meta_bytes;
    uint32_t shared;                     /* the ring file was the memory itself: what is behind the end is zero */
} fl_superblock;

typedef struct {
    char magic[8];
    uint32_t version, crc;  /* CRC-32C of the struct with crc = 0 */
    uint64_t log_id, address, span;      /* span: addresses of this segment are [address, address + span) */
    uint64_t previous_address;           /* UINT64_MAX for the first */
    uint32_t previous_crc;  /* of the predecessor's trailer */
    uint8_t reserved[12];
} fl_segment_header;

typedef struct { uint64_t first_slot; uint32_t count; uint32_t first_index; } fl_run;

typedef struct {
    char magic[8];
    uint32_t version, crc;  /* CRC-32C of the struct with crc = 0 */
    uint64_t log_id, address;
    uint64_t entries_end;   /* file offset behind the last frame */
    uint64_t footer_offset; /* of the runs; the offsets follow them */
    uint64_t entry_count, slot_min, slot_max;
    uint32_t run_count, footer_crc;      /* CRC-32C of runs and offsets */
    uint32_t rebuilt;       /* 1: salvage has made this file in place of a damaged one */
    uint32_t stands_for;    /* then: the crc that the successor names */
    uint8_t reserved[40];
} fl_segment_trailer;

#define FL_FRAME_HEADER 56u
#define FL_META_MOST 65536u
#define FL_SUPERBLOCKS 3u
#define FL_SUPERBLOCK_STRIDE 73728u     /* a superblock with the largest mapping, in whole pages; unused pages are holes */
#define FL_SEGMENT_HEADER 64u

_Static_assert(sizeof(fl_frame) == FL_FRAME_HEADER, "frame header");
_Static_assert(offsetof(fl_frame, header_crc) == 8 && offsetof(fl_frame, address) == 16, "frame header");
_Static_assert(offsetof(fl_frame, value_crc) == 48 && offsetof(fl_frame, object) == 52, "frame header");
_Static_assert(sizeof(fl_superblock) == 192 && sizeof(fl_superblock) + FL_META_MOST <= FL_SUPERBLOCK_STRIDE, "superblock");
_Static_assert(sizeof(fl_segment_header) == FL_SEGMENT_HEADER && sizeof(fl_run) == 16, "segment structs");
_Static_assert(sizeof(fl_segment_trailer) == 128, "segment trailer");

static inline __attribute__((always_inline, unused)) uint64_t
fl_publish_word(uint32_t length8, uint32_t kind, uint32_t flags, uint32_t incarnation) {
    return (uint64_t)length8 | (uint64_t)kind << 32 | (uint64_t)flags << 40 | (uint64_t)incarnation << 48;
}
static inline __attribute__((always_inline, unused)) uint64_t fl_word_length(uint64_t word) { return (word & 0xffffffffu) * 8u; }
static inline __attribute__((always_inline, unused)) uint32_t fl_word_kind(uint64_t word) { return (uint32_t)(word >> 32) & 0xffu; }
static inline __attribute__((always_inline, unused)) uint32_t fl_word_flags(uint64_t word) { return (uint32_t)(word >> 40) & 0xffu; }
static inline __attribute__((always_inline, unused)) uint16_t fl_word_incarnation(uint64_t word) { return (uint16_t)(word >> 48); }

#endif
