"""Epochs: when memory that readers may still look at can be reused.  The protocol is in _epoch.pyx."""
from libc.stdint cimport uint64_t

from fasterlog._atomic cimport fl_word

cdef extern from "fasterlog/epoch.h" nogil:
    ctypedef struct fl_epoch_record:
        fl_word active
        fl_word owned
        fl_word *global_epoch
        fl_epoch_record *next
    ctypedef struct fl_retired:
        fl_retired *next
        uint64_t epoch
        void (*release)(fl_retired *) noexcept nogil
    fl_epoch_record *fl_epoch_cached()
    void fl_epoch_cache(fl_epoch_record *)
    void fl_epoch_enter(fl_epoch_record *)
    void fl_epoch_leave(fl_epoch_record *)

cdef fl_epoch_record *epoch_record_claim() noexcept nogil   # this thread's record; NULL: out of memory
cdef void epoch_wait() noexcept nogil                       # a grace period; never attached to the interpreter, never inside an epoch
cdef void epoch_retire(fl_retired *item, void (*release)(fl_retired *) noexcept nogil) noexcept nogil
cdef void epoch_collect() noexcept nogil                    # releases what has become safe; does not wait

cdef inline fl_epoch_record *epoch_mine() noexcept nogil:
    cdef fl_epoch_record *record = fl_epoch_cached()
    if record == NULL:
        record = epoch_record_claim()
        fl_epoch_cache(record)
    return record
