"""Epochs: readers say where they are, so that memory is reused only when nobody can still look at it.

Roles.  A *reader* (any thread in an operation) brackets its look at shared memory with enter and leave.  A *controller* unlinks
something (a leaf, a table, ring space, a ballot record) and wants to know when the last reader that could have found it is gone.

State.  One global epoch, counting up from 1.  One record per thread, a cache line of its own: `active` is 0 outside, else the
global epoch as the reader saw it at entry.  Records are linked once and never unlinked; a finished thread's record is taken over by
the next new thread, so their number is that of the most threads that ever lived at once, and nobody has to guess it.

Invariant.  A controller unlinks, then raises the global epoch from e to e + 1.  A reader that could have seen the old link has
`active` <= e until it leaves; so once every record is 0 or above e, the memory is nobody's.

Interleavings that must not go wrong:

1. The reader enters while the controller scans.  Entry is a seq_cst exchange, the reader's later loads of shared words are seq_cst, the
   controller unlinks with a seq_cst store and then scans with seq_cst loads.  In the single order of those, either the exchange
   comes before the scan's load (the controller waits), or after it, and then the reader's loads come after the unlinking store
   and do not find the memory.
2. The reader reads the global epoch, sleeps, and publishes an old number.  It only makes others wait longer; case 1 covers its safety.
3. A thread links its record while a controller walks the list.  The link is a seq_cst CAS before the first entry: a walk that
   misses the record took its head before the link, hence before the entry (case 1 again).
4. A thread ends inside an epoch.  Cannot happen: nothing inside an epoch can raise or exit (rule E2: no call into Python, no allocation, no
   system call, no mutex, no wait).
5. fork inside an epoch of another thread.  The child has only the forking thread: its handler sets all other records to 0.

Shape after FASTER's LightEpoch (Chandramouli et al., SIGMOD 2018); the orders are argued as in crossbeam-epoch.
"""
from libc.stdint cimport uint64_t

from fasterlog._atomic cimport (
    FL_PROTECT_EPOCH, FL_WITHOUT, fl_add_seqcst, fl_cas_seqcst, fl_load_relaxed, fl_load_seqcst, fl_pointer_cas, fl_pointer_exchange,
    fl_pointer_load, fl_store_relaxed, fl_store_release, fl_store_seqcst, fl_word,
)
from fasterlog._io cimport io

cdef extern from "<pthread.h>" nogil:
    ctypedef unsigned int pthread_key_t
    int pthread_key_create(pthread_key_t *, void (*)(void *) noexcept nogil)
    int pthread_setspecific(pthread_key_t, const void *)
    void *pthread_getspecific(pthread_key_t)
    int pthread_atfork(void (*)() noexcept nogil, void (*)() noexcept nogil, void (*)() noexcept nogil)

cdef extern from "<stdlib.h>" nogil:
    void *aligned_alloc(size_t, size_t)

cdef extern from "<string.h>" nogil:
    void *memset(void *, int, size_t)

cdef fl_word global_epoch
cdef fl_word records            # head of the list: fl_epoch_record *
cdef fl_word retired_head       # stack of fl_retired *, pushed by anyone, popped whole by epoch_collect
cdef pthread_key_t thread_exit

cdef enum:
    SPINS_BEFORE_SLEEP = 64
    SLEEP_NS_FIRST = 1_000
    SLEEP_NS_MOST = 200_000


cdef void record_release(void *record) noexcept nogil:
    """At thread exit: hand the record on."""
    # release: our last epoch happens before the next owner's first; pairs with the CAS in epoch_record_claim.
    fl_store_release(&(<fl_epoch_record *>record).owned, 0)


cdef fl_epoch_record *epoch_record_claim() noexcept nogil:
    cdef fl_epoch_record *record = <fl_epoch_record *>pthread_getspecific(thread_exit)
    cdef uint64_t unowned
    if record != NULL:          # another module has claimed it for this thread
        return record
    record = <fl_epoch_record *>fl_pointer_load(&records)
    while record != NULL:
        unowned = 0
        # seq_cst: pairs with the release in record_release; a plain take-over otherwise.
        if fl_load_relaxed(&record.owned) == 0 and fl_cas_seqcst(&record.owned, &unowned, 1):
            pthread_setspecific(thread_exit, record)
            return record
        record = record.next
    record = <fl_epoch_record *>aligned_alloc(64, sizeof(fl_epoch_record))
    if record == NULL:
        return NULL
    memset(record, 0, sizeof(fl_epoch_record))
    fl_store_relaxed(&record.owned, 1)          # relaxed: not linked yet
    record.global_epoch = &global_epoch
    while True:                                 # lock-free: a failed CAS means that another thread linked its record
        record.next = <fl_epoch_record *>fl_pointer_load(&records)
        if fl_pointer_cas(&records, record.next, record):
            break
    pthread_setspecific(thread_exit, record)
    return record


cdef void epoch_wait() noexcept nogil:
    """A grace period: returns when every reader that was inside at the call has left."""
    cdef uint64_t passed, active
    cdef uint64_t pause = SLEEP_NS_FIRST
    cdef int spins = 0
    cdef fl_epoch_record *record
    if FL_WITHOUT(FL_PROTECT_EPOCH):
        return
    # seq_cst: after the caller's unlinking store, before our scan (case 1).
    passed = fl_add_seqcst(&global_epoch, 1)
    record = <fl_epoch_record *>fl_pointer_load(&records)
    while record != NULL:
        active = fl_load_seqcst(&record.active)  # seq_cst: pairs with enter's exchange and leave's release
        if active == 0 or active > passed:
            record = record.next
            pause = SLEEP_NS_FIRST
            continue
        # A reader inside does bounded, memory-only work; unless its thread lost the processor this is over at once.
        spins += 1
        if spins > SPINS_BEFORE_SLEEP:
            io.sleep_ns(pause)
            pause = min(pause * 2, <uint64_t>SLEEP_NS_MOST)


cdef void epoch_retire(fl_retired *item, void (*release)(fl_retired *) noexcept nogil) noexcept nogil:
    """Has `item`, already unlinked, released once nobody can look at it any more.  May be called inside an epoch."""
    item.release = release
    # seq_cst: as in epoch_wait, the stamp is taken after the unlinking store.
    item.epoch = fl_add_seqcst(&global_epoch, 1)
    retired_push(item)


cdef void retired_push(fl_retired *item) noexcept nogil:
    while True:                                 # lock-free; popped only whole, so there is no ABA
        item.next = <fl_retired *>fl_pointer_load(&retired_head)
        if fl_pointer_cas(&retired_head, item.next, item):
            return


cdef void epoch_collect() noexcept nogil:
    """Releases what nobody can look at any more; never waits.  Not inside an epoch."""
    cdef fl_epoch_record *record
    cdef fl_retired *item
    cdef fl_retired *rest
    cdef uint64_t oldest, active
    if fl_pointer_load(&retired_head) == NULL:
        return
    item = <fl_retired *>fl_pointer_exchange(&retired_head, NULL)
    # The stamps in our hands were taken before this scan, so a record that is 0 or newer than a stamp cannot hold the item.
    oldest = fl_load_seqcst(&global_epoch)
    record = <fl_epoch_record *>fl_pointer_load(&records)
    while record != NULL:
        active = fl_load_seqcst(&record.active)
        if active != 0 and active < oldest:
            oldest = active
        record = record.next
    while item != NULL:
        rest = item.next
        if item.epoch < oldest:
            item.release(item)
        else:
            retired_push(item)
        item = rest


cdef void child_after_fork() noexcept nogil:
    """Only the forking thread lives on in a child; it is in no epoch (E2: no fork inside)."""
    cdef fl_epoch_record *record = <fl_epoch_record *>fl_pointer_load(&records)
    while record != NULL:
        fl_store_seqcst(&record.active, 0)
        if record != <fl_epoch_record *>pthread_getspecific(thread_exit):
            fl_store_seqcst(&record.owned, 0)
        record = record.next


cdef extern from "<Python.h>":
    ctypedef struct PyInterpreterState:
        pass
    PyInterpreterState *PyInterpreterState_Get()
    PyInterpreterState *PyInterpreterState_Main()


def _start():
    if PyInterpreterState_Get() != PyInterpreterState_Main():
        # Threads, fork handlers and epochs belong to the process; two interpreters would each believe they own them.
        raise ImportError("fasterlog works in the main interpreter only, not in a subinterpreter")
    fl_store_seqcst(&global_epoch, 1)
    if pthread_key_create(&thread_exit, &record_release) != 0:
        raise MemoryError("no thread-specific key left for the epoch table")
    if pthread_atfork(NULL, NULL, &child_after_fork) != 0:
        raise MemoryError("no room to register a fork handler")


_start()
