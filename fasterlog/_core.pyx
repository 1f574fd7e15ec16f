"""One log's state in memory, and the small things that all operations share: ballots, events, poison, what a fork does.

Ballots.  `promised` points to an immutable record of 128 bits, so one load gives a ballot that was whole at some instant.  It is raised by
compare and swap only, never lowered; the old record is retired through epochs.

Events.  A waiter registers in `waiters`, reads `sequence`, checks its condition again, and sleeps while `sequence` stands.  Whoever
changes the condition does so first (seq_cst), then looks at `waiters`: either he sees the waiter, or the waiter's second check sees the
change.  A lost wake-up would need both to miss, which the single order of seq_cst accesses excludes.

Poison.  After a failed sync or write nothing more is acknowledged; the first error is kept.  It is written before the flag is set.

Fork.  A child has its parent's descriptors, and with them the lock; and none of its threads.  Its handler closes the descriptors (an
unlock would take the lock from the parent) and sets CORE_FORKED; the ring's memory is not there at all (MADV_DONTFORK).
"""
from libc.errno cimport EDQUOT, EFBIG, EMFILE, ENFILE, ENOMEM, ENOSPC
from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from fasterlog._atomic cimport (
    FL_SHRUNK, fl_add32_seqcst, fl_add_seqcst, fl_cas_seqcst, fl_exchange_seqcst, fl_or_seqcst, fl_pointer_cas,
    fl_pointer_load, fl_sub32_seqcst, pthread_mutex_destroy, pthread_mutex_init, pthread_mutex_lock, pthread_mutex_t,
    pthread_mutex_unlock,
)
from fasterlog._epoch cimport epoch_mine, epoch_retire, fl_epoch_enter, fl_epoch_leave, fl_epoch_record
from fasterlog._index cimport INDEX_RING, LEAF_WORDS, index_is_evicted, index_state, index_word_find
from fasterlog._io cimport io

INVARIANTS = bool(FL_SHRUNK)

cdef extern from "<stdlib.h>" nogil:
    void *aligned_alloc(size_t, size_t)

cdef extern from "<pthread.h>" nogil:
    int pthread_atfork(void (*)() noexcept nogil, void (*)() noexcept nogil, void (*)() noexcept nogil)

cdef pthread_mutex_t fork_mutex        # guards the list of open logs
cdef log_core *fork_head
cdef fl_word serials


cdef log_core *core_new() noexcept nogil:
    cdef log_core *core = <log_core *>aligned_alloc(64, (sizeof(log_core) + 63) & ~<size_t>63)
    if core == NULL:
        return NULL
    memset(core, 0, sizeof(log_core))
    core.ring.fd = core.ring.memory_fd = core.superblock.fd = core.lock_fd = -1
    fl_store_relaxed(&core.beyond_min, <uint64_t>-1)
    core.serial = fl_add_seqcst(&serials, 1) + 1
    pthread_mutex_init(&core.checkpointing, NULL)
    pthread_mutex_init(&core.control, NULL)
    return core


cdef void core_free(log_core *core) noexcept nogil:
    cdef counter_cell *cell = <counter_cell *>fl_pointer_load(&core.cells)
    cdef counter_cell *rest
    while cell != NULL:
        rest = cell.next
        free(cell)
        cell = rest
    free(fl_pointer_load(&core.promised))
    free(fl_pointer_load(&core.learned))
    free(core.meta)
    pthread_mutex_destroy(&core.checkpointing)
    pthread_mutex_destroy(&core.control)
    free(core)


# ---------------------------------------------------------------------------------------------------------------- ballots

cdef void ballot_release(fl_retired *item) noexcept nogil:
    free(item)


cdef int core_ballot_raise(fl_word *word, uint64_t id, uint64_t node, op_result *result) noexcept nogil:
    cdef ballot_record *record = <ballot_record *>calloc(1, sizeof(ballot_record))
    cdef ballot_record *old
    cdef fl_epoch_record *self = epoch_mine()
    if record == NULL or self == NULL:
        free(record)
        return -ENOMEM
    record.id, record.node = id, node
    fl_epoch_enter(self)               # the old record is looked at
    while True:                        # lock-free: a failed CAS means that another thread raised it
        old = <ballot_record *>fl_pointer_load(word)
        if old != NULL and not ballot_less(old.id, old.node, id, node):
            break
        # seq_cst: pairs with the seq_cst load that every accept makes in its epoch, see promise (C2).
        if fl_pointer_cas(word, old, record):
            fl_epoch_leave(self)
            if old != NULL:
                epoch_retire(&old.retired, &ballot_release)
            return 0
    result.ballot_id, result.ballot_node = old.id, old.node
    fl_epoch_leave(self)
    free(record)
    return 0 if result.ballot_id == id and result.ballot_node == node else STALE_PROMISE


cdef bint core_ballot_read(fl_word *word, uint64_t *id, uint64_t *node) noexcept nogil:
    cdef ballot_record *record
    cdef fl_epoch_record *self = epoch_mine()
    cdef bint found = False
    if self == NULL:
        return False
    fl_epoch_enter(self)
    record = <ballot_record *>fl_pointer_load(word)
    if record != NULL:
        id[0], node[0] = record.id, record.node
        found = True
    fl_epoch_leave(self)
    return found


# ----------------------------------------------------------------------------------------------------------------- events

cdef void event_notify_slow(event_count *event) noexcept nogil:
    fl_add32_seqcst(&event.sequence, 1)
    io.futex_wake(&event.sequence, 0x7fffffff)


cdef uint32_t event_prepare(event_count *event) noexcept nogil:
    fl_add32_seqcst(&event.waiters, 1)
    return fl_load32_seqcst(&event.sequence)


cdef void event_wait(event_count *event, uint32_t sequence, uint64_t timeout_ns) noexcept nogil:
    io.futex_wait(&event.sequence, sequence, timeout_ns)
    fl_sub32_seqcst(&event.waiters, 1)


cdef void event_cancel(event_count *event) noexcept nogil:
    fl_sub32_seqcst(&event.waiters, 1)


# ------------------------------------------------------------------------------------------------------- what is committed

cdef void word_raise(fl_word *word, uint64_t value) noexcept nogil:
    cdef uint64_t seen = fl_load_seqcst(word)
    while seen < value and not fl_cas_seqcst(word, &seen, value):
        pass                           # lock-free: a failed CAS means that another thread raised it


cdef void word_lower(fl_word *word, uint64_t value) noexcept nogil:
    cdef uint64_t seen = fl_load_seqcst(word)
    while seen > value and not fl_cas_seqcst(word, &seen, value):
        pass                           # as in word_raise


cdef void core_ask_checkpoint(log_core *core) noexcept nogil:
    if fl_load_relaxed(&core.checkpoint_asked) == 0 and fl_exchange_seqcst(&core.checkpoint_asked, 1) == 0:
        event_notify(&background)


cdef void core_note_beyond(log_core *core, uint64_t slot) noexcept nogil:
    # `contiguous` never falls: a slot below its end once is in the unbroken run for good, and needs no note.
    if slot - core.origin >= fl_load_seqcst(&core.contiguous.word):
        word_lower(&core.beyond_min, slot)
        word_raise(&core.beyond_max, slot)


cdef uint64_t core_committed(log_core *core, uint64_t *lowest, uint64_t *highest) noexcept nogil:
    """The count is a moment's sum; lowest and highest hold at least every slot whose commit has returned."""
    cdef counter_cell totals
    cdef uint64_t run = fl_load_seqcst(&core.contiguous.word)
    lowest[0] = core.origin if run else fl_load_seqcst(&core.beyond_min)
    highest[0] = fl_load_seqcst(&core.beyond_max)
    if run and (core.origin + run - 1 > highest[0]):
        highest[0] = core.origin + run - 1
    core_totals(core, &totals)
    if run == 0 and highest[0] == 0:
        return 0                       # a commit is between its word and its note: it has not returned
    return max(core.committed_found + fl_load_relaxed(&totals.committed), <uint64_t>1)


# --------------------------------------------------------------------------------------------------------- counter cells

cdef counter_cell *core_cell_claim(log_core *core) noexcept nogil:
    cdef fl_epoch_record *self = epoch_mine()
    cdef counter_cell *cell = <counter_cell *>fl_pointer_load(&core.cells)
    while cell != NULL:
        if cell.owner == self:         # ours, or that of the ended thread whose record we took over
            return cell
        cell = cell.next
    cell = <counter_cell *>aligned_alloc(64, sizeof(counter_cell))
    if cell == NULL or self == NULL:
        free(cell)
        return NULL
    memset(cell, 0, sizeof(counter_cell))
    cell.owner = self
    while True:                        # lock-free: a failed CAS means that another thread linked its cell
        cell.next = <counter_cell *>fl_pointer_load(&core.cells)
        if fl_pointer_cas(&core.cells, cell.next, cell):
            return cell


cdef void core_totals(log_core *core, counter_cell *totals) noexcept nogil:
    cdef counter_cell *cell = <counter_cell *>fl_pointer_load(&core.cells)
    memset(totals, 0, sizeof(counter_cell))
    while cell != NULL:
        # relaxed: each counter is right on its own.
        fl_store_relaxed(&totals.accepts, fl_load_relaxed(&totals.accepts) + fl_load_relaxed(&cell.accepts))
        fl_store_relaxed(&totals.commits, fl_load_relaxed(&totals.commits) + fl_load_relaxed(&cell.commits))
        fl_store_relaxed(&totals.learns, fl_load_relaxed(&totals.learns) + fl_load_relaxed(&cell.learns))
        fl_store_relaxed(&totals.losers, fl_load_relaxed(&totals.losers) + fl_load_relaxed(&cell.losers))
        fl_store_relaxed(&totals.committed, fl_load_relaxed(&totals.committed) + fl_load_relaxed(&cell.committed))
        cell = cell.next


cdef bint core_advance(log_core *core, uint64_t most) noexcept nogil:
    """Moves `contiguous` over committed slots; the same scheme as ring_help, and for the same reason all seq_cst."""
    cdef uint64_t have = fl_load_seqcst(&core.contiguous.word)
    cdef uint64_t left = most
    cdef uint64_t slot
    cdef fl_word *word = NULL
    while True:                                        # bounded by `most`
        slot = core.origin + have
        if slot < core.origin:                         # all of 2^64 slots are committed
            return False
        if word == NULL or slot & (LEAF_WORDS - 1) == 0:
            word = index_word_find(&core.index, slot)
        if word == NULL:
            if not index_is_evicted(&core.index, slot):
                return False
        elif index_state(fl_load_seqcst(word)) < INDEX_RING:
            return False
        if left == 0:
            return True
        left -= 1
        if fl_cas_seqcst(&core.contiguous.word, &have, have + 1):
            have += 1
            word = NULL if word == NULL else word + 1  # the leaf goes on
        else:
            word = NULL                                # moved by somebody else, perhaps far


# ------------------------------------------------------------------------------------------------------------------ poison

cdef void core_poison(log_core *core, int error, const char *reason) noexcept nogil:
    cdef uint64_t unclaimed = 0
    if fl_cas_seqcst(&core.poison_claimed, &unclaimed, 1):
        core.poison_errno = error
        core.poison_reason = reason
        core.poison_durable = fl_load_seqcst(&core.sync.durable.word)
        # seq_cst: after the fields above; pairs with the load of `state` in every call.
        fl_or_seqcst(&core.state, CORE_POISONED)
        event_notify(&core.commits)
        event_notify(&core.space)
        event_notify(&core.sync.done)


cdef int core_write_failed(log_core *core, int status, const char *reason) noexcept nogil:
    # These come before a byte is written: the same bytes can be written again.
    if (status >= 0 or status == -ENOSPC or status == -EDQUOT or status == -EFBIG or status == -ENOMEM or status == -EMFILE
            or status == -ENFILE):
        return status
    core_poison(core, -status, reason)
    return POISONED


cdef int core_refusal(log_core *core, uint64_t flags) noexcept nogil:
    if flags & CORE_FORKED:
        return FORKED
    if flags & CORE_CLOSED:
        return CLOSED
    if flags & CORE_POISONED:
        return POISONED
    return OK


# -------------------------------------------------------------------------------------------------------------------- fork

cdef void core_fork_register(log_core *core) noexcept nogil:
    global fork_head
    pthread_mutex_lock(&fork_mutex)
    core.fork_next = fork_head
    fork_head = core
    pthread_mutex_unlock(&fork_mutex)


cdef void core_fork_forget(log_core *core) noexcept nogil:
    cdef log_core **link
    pthread_mutex_lock(&fork_mutex)
    link = &fork_head
    while link[0] != NULL:
        if link[0] == core:
            link[0] = core.fork_next
            break
        link = &link[0].fork_next
    pthread_mutex_unlock(&fork_mutex)


cdef void fork_before() noexcept nogil:
    pthread_mutex_lock(&fork_mutex)


cdef void fork_parent() noexcept nogil:
    pthread_mutex_unlock(&fork_mutex)


cdef void fork_close(int *fd) noexcept nogil:
    if fd[0] >= 0:
        io.close(fd[0])
        fd[0] = -1


cdef void fork_child() noexcept nogil:
    cdef log_core *core = fork_head
    while core != NULL:
        fl_or_seqcst(&core.state, CORE_FORKED)
        core.ring.base = NULL          # MADV_DONTFORK: nothing of ours is mapped there
        fork_close(&core.lock_fd)
        fork_close(&core.ring.fd)
        fork_close(&core.ring.memory_fd)
        fork_close(&core.superblock.fd)
        if core.tail.open != NULL:
            fork_close(&core.tail.open.fd)
        core = core.fork_next
    pthread_mutex_unlock(&fork_mutex)


def _start():
    pthread_mutex_init(&fork_mutex, NULL)
    if pthread_atfork(&fork_before, &fork_parent, &fork_child) != 0:
        raise MemoryError("no room to register a fork handler")


_start()
