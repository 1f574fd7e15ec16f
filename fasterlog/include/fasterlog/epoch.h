/* The part of epochs that every hot path inlines; the protocol is written in _epoch.pyx. */
#ifndef FASTERLOG_EPOCH_H
#define FASTERLOG_EPOCH_H

#include <stddef.h>
#include "atomics.h"
#include "testhooks.h"

/* One cache line per thread.  `active` is written by its thread alone and scanned by everybody. */
typedef struct fl_epoch_record {
    fl_word active;                  /* 0: outside; else the global epoch as read at entry */
    fl_word owned;                   /* 1 while a live thread holds this record */
    fl_word *global_epoch;
    struct fl_epoch_record *next;    /* set once, before the record is linked */
    char pad[FL_CACHE_LINE - 4 * 8];
} __attribute__((aligned(FL_CACHE_LINE))) fl_epoch_record;

_Static_assert(sizeof(fl_epoch_record) == FL_CACHE_LINE, "a record is one cache line");

/* First member of everything whose memory is freed by epoch_retire(). */
typedef struct fl_retired {
    struct fl_retired *next;
    uint64_t epoch;
    void (*release)(struct fl_retired *);
} fl_retired;

/* glibc keeps room for small static TLS in dlopen()ed modules; a call to __tls_get_addr per operation would cost more than the epoch. */
#if defined(__GLIBC__)
#define FL_TLS static __thread __attribute__((tls_model("initial-exec"), unused))
#else
#define FL_TLS static __thread __attribute__((unused))
#endif

/* Each extension module has its own copy of this cache; the record itself is one per thread (epoch_record_claim). */
FL_TLS fl_epoch_record *fl_epoch_mine;

FL_INLINE fl_epoch_record *fl_epoch_cached(void) { return fl_epoch_mine; }
FL_INLINE void fl_epoch_cache(fl_epoch_record *record) { fl_epoch_mine = record; }

FL_INLINE void fl_epoch_enter(fl_epoch_record *record) {
    FL_ASSERT(fl_load_relaxed(&record->active) == 0);
    /* acquire: a new value brings everything that was unlinked before it was raised (pairs with the seq_cst adds in _epoch.pyx);
     * an old value only makes the others wait longer. */
    uint64_t now = fl_load_acquire(record->global_epoch);
    /* seq_cst: either the scan in epoch_wait() sees us, or our later seq_cst loads see what was stored before that scan. */
    fl_exchange_seqcst(&record->active, now);
}
FL_INLINE void fl_epoch_leave(fl_epoch_record *record) {
    FL_ASSERT(fl_load_relaxed(&record->active) != 0);
    /* release: all our reads happen before the memory is reused; pairs with the seq_cst load in epoch_wait(). */
    fl_store_release(&record->active, 0);
}

#endif
