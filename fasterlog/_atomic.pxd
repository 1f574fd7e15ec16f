"""Cython view of include/fasterlog/atomics.h and testhooks.h: opaque words, the memory order in each name."""
from libc.stdint cimport uint32_t, uint64_t


cdef extern from "fasterlog/atomics.h" nogil:
    ctypedef struct fl_word:
        pass
    ctypedef struct fl_word32:
        pass
    ctypedef struct fl_line:
        fl_word word

    uint64_t fl_load_relaxed(const fl_word *)
    uint64_t fl_load_acquire(const fl_word *)
    uint64_t fl_load_seqcst(const fl_word *)
    void fl_store_relaxed(fl_word *, uint64_t)
    void fl_store_release(fl_word *, uint64_t)
    void fl_store_seqcst(fl_word *, uint64_t)
    uint64_t fl_exchange_seqcst(fl_word *, uint64_t)
    uint64_t fl_add_relaxed(fl_word *, uint64_t)
    uint64_t fl_add_seqcst(fl_word *, uint64_t)
    uint64_t fl_sub_acqrel(fl_word *, uint64_t)
    uint64_t fl_or_seqcst(fl_word *, uint64_t)
    uint64_t fl_and_seqcst(fl_word *, uint64_t)
    bint fl_cas_seqcst(fl_word *, uint64_t *expected, uint64_t desired)
    bint fl_cas_relaxed(fl_word *, uint64_t *expected, uint64_t desired)

    uint32_t fl_load32_seqcst(const fl_word32 *)
    uint32_t fl_add32_seqcst(fl_word32 *, uint32_t)
    uint32_t fl_sub32_seqcst(fl_word32 *, uint32_t)
    void fl_store32_seqcst(fl_word32 *, uint32_t)

    void *fl_pointer_load(const fl_word *)
    void fl_pointer_store(fl_word *, void *)
    void *fl_pointer_exchange(fl_word *, void *)
    bint fl_pointer_cas(fl_word *, void *expected, void *desired)
    fl_word *fl_word_at(void *)
    void fl_prefetch_write(const void *)
    void fl_cpu_relax()

cdef extern from "fasterlog/testhooks.h" nogil:
    int FL_PROTECT_EPOCH
    int FL_PROTECT_PUBLISH_LAST
    int FL_PROTECT_CAS_BEFORE_PUBLISH
    int FL_PROTECT_DISCARD_BARRIER
    int FL_PROTECT_PROMISE_GRACE
    int FL_PROTECT_BEGIN_FIRST
    int FL_PROTECT_CHECKED_PAGES
    int FL_SHRUNK
    void FL_ASSERT(bint)
    void FL_YIELD(int)
    bint FL_WITHOUT(int)

cdef extern from "<pthread.h>" nogil:
    ctypedef struct pthread_mutex_t:
        pass
    int pthread_mutex_init(pthread_mutex_t *, const void *)
    int pthread_mutex_destroy(pthread_mutex_t *)
    int pthread_mutex_lock(pthread_mutex_t *)
    int pthread_mutex_trylock(pthread_mutex_t *)
    int pthread_mutex_unlock(pthread_mutex_t *)
