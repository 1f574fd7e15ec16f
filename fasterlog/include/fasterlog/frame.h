/* Checks and sums over one frame; see layout.h for the picture. */
#ifndef FASTERLOG_FRAME_H
#define FASTERLOG_FRAME_H

#include <string.h>
#include "layout.h"
#include "crc32c.h"

/* From values, not from the frame: a writer has them in registers, and reading back what it has just stored would make it wait. */
static inline __attribute__((always_inline, unused)) uint32_t
fl_frame_header_sum(uint32_t seed, uint64_t publish_word, uint32_t value_len, uint64_t address, uint64_t slot, uint64_t ballot_id,
                    uint64_t ballot_node, uint32_t value_crc, uint32_t object) {
    uint32_t state = fl_crc32c_step64(~seed, publish_word);
    state = fl_crc32c_step32(state, value_len);
    state = fl_crc32c_step64(state, address);
    state = fl_crc32c_step64(state, slot);
    state = fl_crc32c_step64(state, ballot_id);
    state = fl_crc32c_step64(state, ballot_node);
    return ~fl_crc32c_step64(state, (uint64_t)value_crc | (uint64_t)object << 32);
}
/* The publish word is passed apart: in the ring it is stored last, and it may still say PENDING while the sum is made. */
static inline __attribute__((always_inline, unused)) uint32_t
fl_frame_header_crc(uint32_t seed, uint64_t publish_word, const fl_frame *frame) {
    return fl_frame_header_sum(seed, publish_word, frame->value_len, frame->address, frame->slot, frame->ballot_id,
                               frame->ballot_node, frame->value_crc, frame->object);
}
/* For frames at rest (files, tail): the publish word is part of the bytes. */
static inline __attribute__((always_inline, unused)) int
fl_frame_header_valid(uint32_t seed, const fl_frame *frame) {
    uint64_t word;
    memcpy(&word, frame, sizeof word);
    return frame->header_crc == fl_frame_header_crc(seed, word, frame);
}
static inline __attribute__((always_inline, unused)) const uint8_t *
fl_frame_value(const fl_frame *frame) { return (const uint8_t *)frame + FL_FRAME_HEADER; }

/* The caller has checked that value_len lies within the frame. */
static inline __attribute__((always_inline, unused)) int
fl_frame_value_valid(const fl_frame *frame) {
    return frame->value_crc == fl_crc32c(0, fl_frame_value(frame), frame->value_len);
}
/* Length of a frame whose body takes `value_bytes`. */
static inline __attribute__((always_inline, unused)) uint32_t
fl_frame_length(uint64_t value_bytes) { return (uint32_t)((FL_FRAME_HEADER + value_bytes + 7u) & ~(uint64_t)7u); }

#endif
