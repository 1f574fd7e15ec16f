/* CRC-32C (Castagnoli), header-only: every frame's header and every value is summed with it on the hot paths.
 *
 * fl_crc32c(seed, data, size)   finalised and chainable: pass the sum of what came before, 0 at first.
 * fl_crc32c_step64, _step32     one word into a raw state; state = ~seed at first, the sum is ~state.
 *
 * The instruction takes one word a cycle but answers after three.  One chain therefore runs at a third of the speed, and larger
 * data is cut into three neighbouring strides that are summed side by side.  To join them, the sum of a stride has to be moved
 * over the bytes that follow it, which is a multiplication by a constant in GF(2)[x]: the carry-less product of two 32-bit states
 * is 64 bits, and the instruction that sums the last word reduces it on the way (Gopal et al., "Fast CRC Computation for iSCSI
 * Polynomial Using CRC32 Instruction", Intel 2011).
 *
 * There is no dispatch at run time: x86-64 builds use -msse4.2 -mpclmul, AArch64 builds the CRC extension, anything else tables.
 * An AArch64 build without the AES extension has no such product, and sums in one chain.
 * FL_PORTABLE_CRC selects the tables everywhere; FL_CRC_BOTH keeps them beside the instructions, so that a test can compare.
 */
#ifndef FASTERLOG_CRC32C_H
#define FASTERLOG_CRC32C_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !defined(FL_PORTABLE_CRC) && defined(__SSE4_2__) && defined(__x86_64__)
#include <nmmintrin.h>
#define FL_CRC_HARDWARE 1
#define FL_CRC_WORD64(state, word) ((uint32_t)_mm_crc32_u64((state), (word)))
#define FL_CRC_WORD32(state, word) _mm_crc32_u32((state), (word))
#define FL_CRC_WORD8(state, byte) _mm_crc32_u8((state), (byte))
#ifdef __PCLMUL__
#include <wmmintrin.h>
#define FL_CRC_PRODUCT(a, b) \
    ((uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_cvtsi32_si128((int)(a)), _mm_cvtsi32_si128((int)(b)), 0)))
#endif
#elif !defined(FL_PORTABLE_CRC) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#define FL_CRC_HARDWARE 1
#define FL_CRC_WORD64(state, word) __crc32cd((state), (word))
#define FL_CRC_WORD32(state, word) __crc32cw((state), (word))
#define FL_CRC_WORD8(state, byte) __crc32cb((state), (byte))
#ifdef __ARM_FEATURE_AES
#include <arm_neon.h>
#define FL_CRC_PRODUCT(a, b) ((uint64_t)vmull_p64((poly64_t)(a), (poly64_t)(b)))
#endif
#else
#define FL_CRC_HARDWARE 0
#endif

static inline __attribute__((always_inline, unused)) uint64_t fl_crc_load64(const unsigned char *from) {
    uint64_t word;
    memcpy(&word, from, sizeof word);
    return word;
}
static inline __attribute__((always_inline, unused)) uint32_t fl_crc_load32(const unsigned char *from) {
    uint32_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

#if !FL_CRC_HARDWARE || defined(FL_CRC_BOTH)

/* column[k][b]: the state after byte b and k zero bytes. */
static uint32_t fl_crc_column[8][256];

/* Run by the loader, before any thread can look at the table. */
__attribute__((constructor, unused)) static void fl_crc_columns_fill(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t state = byte;
        for (int bit = 0; bit < 8; bit++) state = (state >> 1) ^ (state & 1 ? 0x82f63b78u : 0);
        fl_crc_column[0][byte] = state;
    }
    for (int k = 1; k < 8; k++)
        for (uint32_t byte = 0; byte < 256; byte++) {
            uint32_t state = fl_crc_column[k - 1][byte];
            fl_crc_column[k][byte] = (state >> 8) ^ fl_crc_column[0][state & 0xff];
        }
}
static inline __attribute__((unused)) uint32_t fl_crc_portable_step32(uint32_t state, uint32_t word) {
    uint32_t x = state ^ word;
    return fl_crc_column[3][x & 0xff] ^ fl_crc_column[2][x >> 8 & 0xff]
         ^ fl_crc_column[1][x >> 16 & 0xff] ^ fl_crc_column[0][x >> 24];
}
static inline __attribute__((unused)) uint32_t fl_crc_portable_step64(uint32_t state, uint64_t word) {
    uint32_t low = state ^ (uint32_t)word, high = (uint32_t)(word >> 32);
    return fl_crc_column[7][low & 0xff] ^ fl_crc_column[6][low >> 8 & 0xff]
         ^ fl_crc_column[5][low >> 16 & 0xff] ^ fl_crc_column[4][low >> 24]
         ^ fl_crc_column[3][high & 0xff] ^ fl_crc_column[2][high >> 8 & 0xff]
         ^ fl_crc_column[1][high >> 16 & 0xff] ^ fl_crc_column[0][high >> 24];
}
static inline __attribute__((unused)) uint32_t fl_crc32c_portable(uint32_t seed, const void *data, size_t size) {
    const unsigned char *from = (const unsigned char *)data;
    uint32_t state = ~seed;
    for (; size >= 8; size -= 8, from += 8) state = fl_crc_portable_step64(state, fl_crc_load64(from));
    for (; size; size--, from++) state = (state >> 8) ^ fl_crc_column[0][(state ^ *from) & 0xff];
    return ~state;
}

#endif

#if FL_CRC_HARDWARE

#ifdef FL_CRC_PRODUCT

/* Strides in bytes, multiples of 8.  Three of the shortest make 120, just below the usual value of 128 bytes; three of the middle
 * one make 504. */
enum { FL_CRC_SHORT = 40, FL_CRC_MIDDLE = 168, FL_CRC_LONG = 1024 };

/* FL_CRC_OVER_n: x^(8n - 33) mod P, bits reversed: moves a state over n bytes.  The 33: a product of two reversed 32-bit factors
 * lies one bit low, and the sum of a word multiplies it by x^32. */
#define FL_CRC_OVER_40 0x3da6d0cbu
#define FL_CRC_OVER_80 0x39d3b296u
#define FL_CRC_OVER_168 0x1b3d8f29u
#define FL_CRC_OVER_336 0xa60ce07bu
#define FL_CRC_OVER_1024 0x170076fau
#define FL_CRC_OVER_2048 0xa51b6135u

/* One stride thrice, side by side, and copied as well if `to` is not NULL. */
static inline __attribute__((always_inline)) uint32_t
fl_crc_three(uint32_t state, unsigned char *to, const unsigned char *from, size_t stride, uint32_t over_one, uint32_t over_two) {
    uint32_t second = 0, third = 0;
    uint64_t a, b, c;
    size_t i = 0;
    for (;; i += 8) {
        a = fl_crc_load64(from + i);
        b = fl_crc_load64(from + stride + i);
        c = fl_crc_load64(from + 2 * stride + i);
        if (to) {
            memcpy(to + i, &a, 8);
            memcpy(to + stride + i, &b, 8);
            memcpy(to + 2 * stride + i, &c, 8);
        }
        state = FL_CRC_WORD64(state, a);
        second = FL_CRC_WORD64(second, b);
        if (i + 8 == stride) break;
        third = FL_CRC_WORD64(third, c);
    }
    return FL_CRC_WORD64(third, c ^ FL_CRC_PRODUCT(state, over_two) ^ FL_CRC_PRODUCT(second, over_one));
}
/* Takes the large groups of three strides off the front; out of line, so that small values stay cheap to inline. */
static __attribute__((noinline, unused)) uint32_t fl_crc_large(uint32_t state, const unsigned char **from, size_t *size) {
    for (; *size >= 3 * FL_CRC_LONG; *from += 3 * FL_CRC_LONG, *size -= 3 * FL_CRC_LONG)
        state = fl_crc_three(state, NULL, *from, FL_CRC_LONG, FL_CRC_OVER_1024, FL_CRC_OVER_2048);
    for (; *size >= 3 * FL_CRC_MIDDLE; *from += 3 * FL_CRC_MIDDLE, *size -= 3 * FL_CRC_MIDDLE)
        state = fl_crc_three(state, NULL, *from, FL_CRC_MIDDLE, FL_CRC_OVER_168, FL_CRC_OVER_336);
    return state;
}

#endif

static inline __attribute__((always_inline, unused)) uint32_t fl_crc32c_step64(uint32_t state, uint64_t word) {
    return FL_CRC_WORD64(state, word);
}
static inline __attribute__((always_inline, unused)) uint32_t fl_crc32c_step32(uint32_t state, uint32_t word) {
    return FL_CRC_WORD32(state, word);
}
static inline __attribute__((unused)) uint32_t fl_crc32c(uint32_t seed, const void *data, size_t size) {
    const unsigned char *from = (const unsigned char *)data;
    uint32_t state = ~seed;
#ifdef FL_CRC_PRODUCT
    if (size >= 3 * FL_CRC_MIDDLE) state = fl_crc_large(state, &from, &size);
    for (; size >= 3 * FL_CRC_SHORT; size -= 3 * FL_CRC_SHORT, from += 3 * FL_CRC_SHORT)
        state = fl_crc_three(state, NULL, from, FL_CRC_SHORT, FL_CRC_OVER_40, FL_CRC_OVER_80);
#endif
    for (; size >= 8; size -= 8, from += 8) state = FL_CRC_WORD64(state, fl_crc_load64(from));
    if (size & 4) {
        state = FL_CRC_WORD32(state, fl_crc_load32(from));
        from += 4;
    }
    for (size &= 3; size; size--, from++) state = FL_CRC_WORD8(state, *from);
    return ~state;
}

/* Copies and sums in one pass: each word is loaded once, so the sum is that of the copy whatever happens to the source meanwhile, and
 * it does not wait for its own stores.  For sizes above the middle groups a copy and then a sum are faster. */
static inline __attribute__((unused)) uint32_t fl_crc32c_copy(void *target, const void *data, size_t size) {
    const unsigned char *from = (const unsigned char *)data;
    unsigned char *to = (unsigned char *)target;
    uint32_t state = ~0u;
#ifdef FL_CRC_PRODUCT
    if (size >= 3 * FL_CRC_MIDDLE) {
        memcpy(to, from, size);
        return fl_crc32c(0, to, size);
    }
    for (; size >= 3 * FL_CRC_SHORT; size -= 3 * FL_CRC_SHORT, from += 3 * FL_CRC_SHORT, to += 3 * FL_CRC_SHORT)
        state = fl_crc_three(state, to, from, FL_CRC_SHORT, FL_CRC_OVER_40, FL_CRC_OVER_80);
#endif
    for (; size >= 8; size -= 8, from += 8, to += 8) {
        uint64_t a = fl_crc_load64(from);
        memcpy(to, &a, 8);
        state = FL_CRC_WORD64(state, a);
    }
    for (; size; size--, from++, to++) {
        unsigned char a = *(const volatile unsigned char *)from;
        *to = a;
        state = FL_CRC_WORD8(state, a);
    }
    return ~state;
}

#else

static inline __attribute__((unused)) uint32_t fl_crc32c_copy(void *target, const void *data, size_t size) {
    memcpy(target, data, size);
    return fl_crc32c_portable(0, target, size);
}
static inline __attribute__((unused)) uint32_t fl_crc32c_step64(uint32_t state, uint64_t word) {
    return fl_crc_portable_step64(state, word);
}
static inline __attribute__((unused)) uint32_t fl_crc32c_step32(uint32_t state, uint32_t word) {
    return fl_crc_portable_step32(state, word);
}
static inline __attribute__((unused)) uint32_t fl_crc32c(uint32_t seed, const void *data, size_t size) {
    return fl_crc32c_portable(seed, data, size);
}

#endif
#endif
