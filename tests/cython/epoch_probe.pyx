"""Epochs as the core uses them, for tests: each call is one step of a reader or a controller."""
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc

from fasterlog._atomic cimport fl_load_seqcst
from fasterlog._epoch cimport (
    epoch_collect, epoch_mine, epoch_retire, epoch_wait, fl_epoch_enter, fl_epoch_leave, fl_epoch_record, fl_retired)

cdef struct item:
    fl_retired retired              # first member
    uint64_t number

cdef uint64_t released_bits = 0     # of items 0..63


cdef void item_release(fl_retired *retired) noexcept nogil:
    global released_bits
    released_bits |= <uint64_t>1 << (<item *>retired).number
    free(retired)


def enter():
    fl_epoch_enter(epoch_mine())


def leave():
    fl_epoch_leave(epoch_mine())


def is_inside():
    return fl_load_seqcst(&epoch_mine().active) != 0


def wait():
    with nogil:
        epoch_wait()


def retire(uint64_t number):
    cdef item *new = <item *>malloc(sizeof(item))
    new.number = number
    with nogil:
        epoch_retire(&new.retired, &item_release)


def collect():
    with nogil:
        epoch_collect()


def is_released(uint64_t number):
    return (released_bits >> number) & 1


def record():
    """The address of this thread's record."""
    return <uint64_t>epoch_mine()


def records_from_here():
    """This thread's record and the older ones: all there are, if it is the newest."""
    cdef fl_epoch_record *at = epoch_mine()
    cdef uint64_t count = 0
    while at != NULL:
        count += 1
        at = at.next
    return count
