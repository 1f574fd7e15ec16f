/* Assertions, yield points and removable protections: all of it empty outside the `invariants` build.
 *
 * FL_ASSERT(condition)   aborts with the place.
 * FL_YIELD(point)        a place where an unlucky scheduler could stop a thread.  With FASTERLOG_YIELD=N in the environment about
 *                        one pass in N gives the processor away there, some of them for up to 200 microseconds: x86 does not show
 *                        bad interleavings by luck.
 *                        FASTERLOG_STALL names a file of 64 pairs of 32-bit words, one pair a point, that a test maps as well: a
 *                        count in the first word makes the thread that passes there so many times later (1: at once) stop; the second
 *                        word then becomes 1, and the thread goes on when the test makes it 2.
 * FL_WITHOUT(name)       true when the environment's FASTERLOG_WITHOUT names this protection.  The stress tests take each
 *                        protection out this way and must then fail; in any other build it is the constant 0.
 */
#ifndef FASTERLOG_TESTHOOKS_H
#define FASTERLOG_TESTHOOKS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <time.h>

enum fl_protection {
    FL_PROTECT_EPOCH = 1 << 0,           /* grace period before memory is zeroed or freed */
    FL_PROTECT_PUBLISH_LAST = 1 << 1,    /* the publish word is stored after the body */
    FL_PROTECT_CAS_BEFORE_PUBLISH = 1 << 2, /* only winners of the index word are in the log */
    FL_PROTECT_DISCARD_BARRIER = 1 << 3, /* accepts wait while a discard runs */
    FL_PROTECT_PROMISE_GRACE = 1 << 4,   /* promise waits for running accepts before it reports */
    FL_PROTECT_BEGIN_FIRST = 1 << 5,     /* a superblock above the memory before it is overwritten */
    FL_PROTECT_CHECKED_PAGES = 1 << 6,   /* pages of the tail are read in by a call that can fail before they are looked at */
};

#ifdef FL_INVARIANTS

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "atomics.h"

enum { FL_STALL_POINTS = 64 };

static fl_word32 *fl_hooks_stalls;
static uint32_t fl_hooks_without;
static uint32_t fl_hooks_yield_one_in;
static __thread uint32_t fl_hooks_random;

__attribute__((constructor, unused)) static void fl_hooks_read(void) {
    static const struct { const char *name; uint32_t bit; } names[] = {
        {"epoch", FL_PROTECT_EPOCH}, {"publish-last", FL_PROTECT_PUBLISH_LAST},
        {"cas-before-publish", FL_PROTECT_CAS_BEFORE_PUBLISH}, {"discard-barrier", FL_PROTECT_DISCARD_BARRIER},
        {"promise-grace", FL_PROTECT_PROMISE_GRACE}, {"begin-first", FL_PROTECT_BEGIN_FIRST},
        {"checked-pages", FL_PROTECT_CHECKED_PAGES},
    };
    const char *without = getenv("FASTERLOG_WITHOUT"), *yield = getenv("FASTERLOG_YIELD");
    const char *stall = getenv("FASTERLOG_STALL");
    if (without) for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(without, names[i].name) == 0) fl_hooks_without |= names[i].bit;
    if (yield) fl_hooks_yield_one_in = (uint32_t)strtoul(yield, NULL, 10);
    if (stall) {
        int fd = open(stall, O_RDWR | O_CLOEXEC);
        void *map = fd < 0 ? MAP_FAILED : mmap(NULL, 2 * FL_STALL_POINTS * sizeof(fl_word32), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (fd >= 0) close(fd);
        if (map == MAP_FAILED) abort();
        fl_hooks_stalls = map;
    }
}

static inline __attribute__((unused)) void fl_hooks_stall(unsigned point) {
    fl_word32 *left = &fl_hooks_stalls[2 * point], *state = left + 1;
    if (fl_load32_seqcst(left) == 0 || fl_sub32_seqcst(left, 1) != 1) return;
    fl_store32_seqcst(state, 1);
    while (fl_load32_seqcst(state) != 2) usleep(1000);
    fl_store32_seqcst(state, 0);
}

static inline __attribute__((unused)) void fl_hooks_yield(unsigned point) {
    if (fl_hooks_stalls) fl_hooks_stall(point);
    if (!fl_hooks_yield_one_in) return;
    if (!fl_hooks_random) fl_hooks_random = (uint32_t)(uintptr_t)&fl_hooks_random | 1;
    fl_hooks_random = fl_hooks_random * 1664525u + 1013904223u;
    uint32_t draw = fl_hooks_random >> 8;
    if (draw % fl_hooks_yield_one_in) return;
    if (draw & 0x10000) { sched_yield(); return; }
    struct timespec pause = {0, (long)(draw % 200) * 1000};
    nanosleep(&pause, NULL);
}

#define FL_ASSERT(condition) do { if (__builtin_expect(!(condition), 0)) { \
    fprintf(stderr, "fasterlog: %s:%d: broken invariant: %s\n", __FILE__, __LINE__, #condition); abort(); } } while (0)
#define FL_YIELD(point) fl_hooks_yield(point)
#define FL_WITHOUT(protection) ((fl_hooks_without & (protection)) != 0)
#define FL_SHRUNK 1

#else

#define FL_ASSERT(condition) ((void)0)
#define FL_YIELD(point) ((void)0)
#define FL_WITHOUT(protection) 0
#define FL_SHRUNK 0

#endif
#endif
