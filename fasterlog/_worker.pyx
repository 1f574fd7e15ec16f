"""Background work for all logs of the process: two threads, not one or two per log.

The *sync lane* brings to disk what nobody waited for, every `lazy_sync_ms` (G3).  The *checkpoint lane* reclaims ring space when a
log asks for it.  They are apart because a checkpoint may take as long as the disk likes, and must not hold up the syncs.

The threads are plain C: they never touch Python, so they need no GIL and no interpreter, and die with the process.  A forked child has
none; they start anew with the first log that the child opens.

The list of logs is guarded by one mutex.  A lane marks a log busy under the mutex, works on it without, and unmarks it; a log leaves the
list first and then waits until it is not busy, so nothing is freed under a lane.
"""
from libc.stdint cimport uint32_t, uint64_t

from fasterlog._atomic cimport (
    fl_add_seqcst, fl_load_seqcst, fl_store_relaxed, fl_sub_acqrel, fl_word, pthread_mutex_init, pthread_mutex_lock, pthread_mutex_t,
    pthread_mutex_unlock,
)
from fasterlog._checkpoint cimport checkpoint_turn
from fasterlog._core cimport (
    CORE_CLOSED, CORE_POISONED, LEVEL_PROCESS, OK, background, event_cancel, event_prepare, event_wait,
)
from fasterlog._io cimport clock_ns, io
from fasterlog._sync cimport sync_is_settled, sync_settle

cdef extern from "<pthread.h>" nogil:
    ctypedef unsigned long pthread_t
    ctypedef struct pthread_attr_t:
        pass
    int pthread_attr_init(pthread_attr_t *)
    int pthread_attr_setdetachstate(pthread_attr_t *, int)
    int pthread_attr_destroy(pthread_attr_t *)
    int pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *) noexcept nogil, void *)
    int pthread_atfork(void (*)() noexcept nogil, void (*)() noexcept nogil, void (*)() noexcept nogil)
    enum:
        PTHREAD_CREATE_DETACHED

cdef extern from "<signal.h>" nogil:
    ctypedef struct sigset_t:
        pass
    int sigfillset(sigset_t *)
    int pthread_sigmask(int, const sigset_t *, sigset_t *)
    enum:
        SIG_SETMASK

cdef enum:
    SYNC_NAP_NS_MOST = 50_000_000
    CHECKPOINT_NAP_NS = 500_000_000
    BUSY_NAP_NS = 100_000
    FAILED_NAP_NS = 50_000_000      # after an error, before the next try

cdef pthread_mutex_t list_mutex
cdef log_core *list_head
cdef bint sync_running, checkpoint_running


cdef int worker_add(log_core *core) noexcept nogil:
    global list_head, sync_running, checkpoint_running
    cdef int status = 0
    pthread_mutex_lock(&list_mutex)
    if not sync_running:
        status = -thread_start(&sync_lane)
        sync_running = status == 0
    if status == 0 and not checkpoint_running:
        status = -thread_start(&checkpoint_lane)
        checkpoint_running = status == 0
    if status == 0:
        core.worker_next = list_head
        list_head = core
    pthread_mutex_unlock(&list_mutex)
    return status


cdef int thread_start(void *(*body)(void *) noexcept nogil) noexcept nogil:
    """A detached thread that takes no signals: those belong to Python's main thread."""
    cdef pthread_t thread
    cdef pthread_attr_t attributes
    cdef sigset_t every, before
    cdef int status
    sigfillset(&every)
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED)
    pthread_sigmask(SIG_SETMASK, &every, &before)
    status = pthread_create(&thread, &attributes, body, NULL)
    pthread_sigmask(SIG_SETMASK, &before, NULL)
    pthread_attr_destroy(&attributes)
    return status


cdef void worker_remove(log_core *core) noexcept nogil:
    global list_head
    cdef log_core **link
    pthread_mutex_lock(&list_mutex)
    link = &list_head
    while link[0] != NULL:
        if link[0] == core:
            link[0] = core.worker_next
            break
        link = &link[0].worker_next
    pthread_mutex_unlock(&list_mutex)
    # Bounded by what a lane does with one log in one turn.  acquire by seq_cst: pairs with the release in turn_end.
    while fl_load_seqcst(&core.worker_busy) != 0:
        io.sleep_ns(BUSY_NAP_NS)


cdef log_core *turn_begin(uint64_t number) noexcept nogil:
    """The number-th log of the list, marked busy; NULL behind the last."""
    cdef log_core *core
    pthread_mutex_lock(&list_mutex)
    core = list_head
    while core != NULL and number > 0:
        core = core.worker_next
        number -= 1
    if core != NULL:
        fl_add_seqcst(&core.worker_busy, 1)
    pthread_mutex_unlock(&list_mutex)
    return core


cdef void turn_note(fl_word *error, int status) noexcept nogil:
    # relaxed: a gauge.  A poisoned log says so itself, and a ring full of live votes is no error.
    fl_store_relaxed(error, <uint64_t>-status if status < 0 else 0)


cdef void turn_end(log_core *core) noexcept nogil:
    # release: all our work on the log comes before it is freed; pairs with the load in worker_remove.
    fl_sub_acqrel(&core.worker_busy, 1)


cdef bint sync_is_due(log_core *core) noexcept nogil:
    """Whether something has been unsynced for as long as it may be, less the nap that is coming."""
    cdef uint64_t now = clock_ns()
    cdef uint64_t spare = core.lazy_sync_ns - min(core.lazy_sync_ns, <uint64_t>SYNC_NAP_NS_MOST)
    if sync_is_settled(core):
        core.lazy_due_ns = 0
        return False
    if core.lazy_due_ns == 0:
        core.lazy_due_ns = now + spare
    if now < core.lazy_due_ns:
        return False
    core.lazy_due_ns = 0
    return True


cdef void *sync_lane(void *unused) noexcept nogil:
    cdef log_core *core
    cdef uint64_t number, nap
    while True:                     # for the life of the process; sleeps in every turn
        nap = SYNC_NAP_NS_MOST
        number = 0
        core = turn_begin(number)
        while core != NULL:
            if core.durability != LEVEL_PROCESS and not fl_load_seqcst(&core.state) & (CORE_CLOSED | CORE_POISONED):
                nap = min(nap, core.lazy_sync_ns)
                if sync_is_due(core):
                    turn_note(&core.sync_errno, sync_settle(core))
            turn_end(core)
            number += 1             # a log removed meanwhile shifts the rest by one: that one is looked at in the next turn
            core = turn_begin(number)
        io.sleep_ns(nap)
    return NULL


cdef void *checkpoint_lane(void *unused) noexcept nogil:
    cdef log_core *core
    cdef uint64_t number
    cdef uint32_t sequence
    cdef bint asked, failed
    cdef int status
    while True:                     # for the life of the process; sleeps whenever no log asks
        sequence = event_prepare(&background)
        asked = failed = False
        number = 0
        core = turn_begin(number)
        while core != NULL:
            # seq_cst: pairs with the exchange in core_ask_checkpoint.
            if fl_load_seqcst(&core.checkpoint_asked) and not fl_load_seqcst(&core.state) & (CORE_CLOSED | CORE_POISONED):
                asked = True
                status = checkpoint_turn(core)
                turn_note(&core.checkpoint_errno, status)
                failed = failed or status != OK
            turn_end(core)
            number += 1
            core = turn_begin(number)
        if asked and not failed:
            event_cancel(&background)
        else:
            event_wait(&background, sequence, FAILED_NAP_NS if failed else CHECKPOINT_NAP_NS)
    return NULL


cdef void fork_before() noexcept nogil:
    pthread_mutex_lock(&list_mutex)


cdef void fork_parent() noexcept nogil:
    pthread_mutex_unlock(&list_mutex)


cdef void fork_child() noexcept nogil:
    """The parent's logs are not ours, and its threads are not here."""
    global list_head, sync_running, checkpoint_running
    list_head = NULL
    sync_running = checkpoint_running = False
    pthread_mutex_unlock(&list_mutex)


def _start():
    pthread_mutex_init(&list_mutex, NULL)
    if pthread_atfork(&fork_before, &fork_parent, &fork_child) != 0:
        raise MemoryError("no room to register a fork handler")


_start()
