/* The only file of fasterlog that spells __atomic_*.
 *
 * A word that several threads touch is an opaque struct, so that `self.tail += 1` on it does not compile and every access
 * has to go through a function whose name says its memory order.  Orders stand on the accesses themselves, never on
 * fences: ThreadSanitizer understands the former only.
 *
 * The words may live in malloc'ed memory or in a shared file mapping; they are naturally aligned in both.
 */
#ifndef FASTERLOG_ATOMICS_H
#define FASTERLOG_ATOMICS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <time.h>
#include <stdio.h>
#include <assert.h>

#define FL_CACHE_LINE 64

typedef struct { uint64_t bits; } fl_word;
typedef struct { uint32_t bits; } fl_word32;
/* A word that has its cache line to itself: for cursors that different threads write. */
typedef struct { fl_word word; char pad[FL_CACHE_LINE - sizeof(fl_word)]; } __attribute__((aligned(FL_CACHE_LINE))) fl_line;

_Static_assert(sizeof(fl_word) == 8 && sizeof(fl_word32) == 4, "atomic words have no padding");
_Static_assert(sizeof(fl_line) == FL_CACHE_LINE, "a line is one cache line");
_Static_assert(__atomic_always_lock_free(8, 0), "64-bit atomics must be lock-free");

#define FL_INLINE static inline __attribute__((always_inline, unused))

FL_INLINE uint64_t fl_load_relaxed(const fl_word *w) { return __atomic_load_n(&w->bits, __ATOMIC_RELAXED); }
FL_INLINE uint64_t fl_load_acquire(const fl_word *w) { return __atomic_load_n(&w->bits, __ATOMIC_ACQUIRE); }
FL_INLINE uint64_t fl_load_seqcst(const fl_word *w) { return __atomic_load_n(&w->bits, __ATOMIC_SEQ_CST); }
FL_INLINE void fl_store_relaxed(fl_word *w, uint64_t v) { __atomic_store_n(&w->bits, v, __ATOMIC_RELAXED); }
FL_INLINE void fl_store_release(fl_word *w, uint64_t v) { __atomic_store_n(&w->bits, v, __ATOMIC_RELEASE); }
FL_INLINE void fl_store_seqcst(fl_word *w, uint64_t v) { __atomic_store_n(&w->bits, v, __ATOMIC_SEQ_CST); }
FL_INLINE uint64_t fl_exchange_seqcst(fl_word *w, uint64_t v) { return __atomic_exchange_n(&w->bits, v, __ATOMIC_SEQ_CST); }
FL_INLINE uint64_t fl_add_relaxed(fl_word *w, uint64_t v) { return __atomic_fetch_add(&w->bits, v, __ATOMIC_RELAXED); }
FL_INLINE uint64_t fl_add_seqcst(fl_word *w, uint64_t v) { return __atomic_fetch_add(&w->bits, v, __ATOMIC_SEQ_CST); }
FL_INLINE uint64_t fl_sub_acqrel(fl_word *w, uint64_t v) { return __atomic_fetch_sub(&w->bits, v, __ATOMIC_ACQ_REL); }
FL_INLINE uint64_t fl_or_seqcst(fl_word *w, uint64_t v) { return __atomic_fetch_or(&w->bits, v, __ATOMIC_SEQ_CST); }
FL_INLINE uint64_t fl_and_seqcst(fl_word *w, uint64_t v) { return __atomic_fetch_and(&w->bits, v, __ATOMIC_SEQ_CST); }
/* Compare and swap, strong: returns 1 and stores `desired`, or returns 0 and leaves what it found in *expected. */
FL_INLINE int fl_cas_seqcst(fl_word *w, uint64_t *expected, uint64_t desired) {
    return __atomic_compare_exchange_n(&w->bits, expected, desired, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
FL_INLINE int fl_cas_relaxed(fl_word *w, uint64_t *expected, uint64_t desired) {
    return __atomic_compare_exchange_n(&w->bits, expected, desired, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

FL_INLINE uint32_t fl_load32_seqcst(const fl_word32 *w) { return __atomic_load_n(&w->bits, __ATOMIC_SEQ_CST); }
FL_INLINE uint32_t fl_add32_seqcst(fl_word32 *w, uint32_t v) { return __atomic_fetch_add(&w->bits, v, __ATOMIC_SEQ_CST); }
FL_INLINE void fl_store32_seqcst(fl_word32 *w, uint32_t v) { __atomic_store_n(&w->bits, v, __ATOMIC_SEQ_CST); }
FL_INLINE uint32_t fl_sub32_seqcst(fl_word32 *w, uint32_t v) { return __atomic_fetch_sub(&w->bits, v, __ATOMIC_SEQ_CST); }

/* A pointer kept in a word: published with seq_cst, because readers order it against their epoch (see _epoch.pyx, E1). */
FL_INLINE void *fl_pointer_load(const fl_word *w) { return (void *)(uintptr_t)fl_load_seqcst(w); }
FL_INLINE void fl_pointer_store(fl_word *w, void *p) { fl_store_seqcst(w, (uint64_t)(uintptr_t)p); }
FL_INLINE void *fl_pointer_exchange(fl_word *w, void *p) { return (void *)(uintptr_t)fl_exchange_seqcst(w, (uint64_t)(uintptr_t)p); }
FL_INLINE int fl_pointer_cas(fl_word *w, void *expected, void *desired) {
    uint64_t e = (uint64_t)(uintptr_t)expected;
    return fl_cas_seqcst(w, &e, (uint64_t)(uintptr_t)desired);
}
/* A publish word that may lie in the first eight bytes of a frame, or any word inside raw memory. */
FL_INLINE fl_word *fl_word_at(void *p) { return (fl_word *)p; }

/* Asks for a cache line that will be written soon. */
FL_INLINE void fl_prefetch_write(const void *p) { __builtin_prefetch(p, 1, 3); }
FL_INLINE void fl_cpu_relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("isb");
#endif
}

#endif
