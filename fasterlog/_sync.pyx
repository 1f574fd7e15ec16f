"""Group commit (PROTOCOL: G1-G5).

Roles.  Anybody who needs a record on disk is a *waiter*.  One waiter at a time is the *leader*; there is no thread for it and no hand-off:

    waiter:  durable >= mine -> done;  poisoned -> refuse;  leadership free -> take it, lead one group, look again;  else sleep until a
             group ends (bounded), look again
    leader:  append SYNC{durable} -> target = published -> write [synced, target) -> fdatasync -> durable = target -> give up
             leadership -> wake all

State.  `synced` <= `durable` target: bytes handed to the file.  `durable`: what an fdatasync that began later has covered.  Both are
changed by the leader alone; `durable` is read by everybody (seq_cst).

1. *A waiter that leaves harms nobody*: it holds nothing unless it leads, and leading is C that cannot be interrupted.
2. *No lost wake-up*: a waiter registers, looks at `durable` and the leadership once more, then sleeps; a leader stores `durable` and
   frees the leadership before it looks for waiters (see _core.pyx, events).
3. *A group writes only published frames* - `target` is read once, before the write - so what an fdatasync covers is whole.
4. *A clean write error* (disk full, quota, file-size limit, no memory) leaves `synced` where it was: the next group writes the same bytes
   again.  Any error of fdatasync, and any other error of a write, poisons: the page cache may show bytes that never reach the disk.
5. *SYNC frames* carry `durable` as it was when the next group began: recovery takes damage below the last mark for rot, above for a tear.
   An idle timer and close bring the last group under a mark too (sync_settle), so at most the last two groups are ever ambiguous.

At level "process" the ring's memory is the file.  A sync must then also cover what a checkpoint has moved to the tail without one: it takes
`checkpointing`, so that no space is reclaimed under it, and syncs tail, superblock and ring in an order in which each crash leaves a
superblock whose ring bytes are there.  (A checkpoint never waits for a leader at that level: no deadlock.)
"""
from libc.stdint cimport uint32_t, uint64_t

from fasterlog._atomic cimport (
    fl_add_relaxed, fl_cas_seqcst, fl_load_acquire, fl_load_relaxed, fl_load_seqcst, fl_store_relaxed, fl_store_seqcst,
    pthread_mutex_lock, pthread_mutex_unlock,
)
from fasterlog._core cimport (
    CORE_POISONED, LEVEL_PROCESS, OK, POISONED, TIMED_OUT, core_keep_control, core_poison, core_write_failed, event_cancel,
    event_notify, event_prepare, event_wait, word_raise,
)
from fasterlog._epoch cimport epoch_mine, fl_epoch_enter, fl_epoch_leave, fl_epoch_record
from fasterlog._io cimport clock_ns, io, io_pwrite_all, io_write_zeros
from fasterlog._layout cimport FL_FRAME_HEADER, FL_KIND_SYNC
from fasterlog._ring cimport (
    RING_FULL, ring_fill, ring_frame, ring_help, ring_place, ring_populate, ring_publish, ring_reserve, ring_wait_published,
)
from fasterlog._tail cimport tail_sync

cdef extern from "fasterlog/platform.h" nogil:
    int FL_ADVICE_WRITE_BACK
    int FL_SYNC_NEEDS_WRITE_BACK        # a constant: 0 on Linux

cdef enum:
    SLEEP_NS_MOST = 50_000_000          # a waiter looks again at least this often
    GROW_STEP_FIRST = 64 * 1024
    GROW_STEP_MOST = 1024 * 1024
    LATENCY_BUCKETS = 24

cdef const char *WRITE_FAILED = b"write to the ring file failed"


cdef int sync_wait(log_core *core, uint64_t lsn, uint64_t deadline_ns) noexcept nogil:
    cdef int status
    cdef uint64_t leading, now
    while True:                         # bounded by the deadline; each turn leads, sleeps, or finds the record durable
        if fl_load_seqcst(&core.sync.durable.word) >= lsn:
            return OK
        if fl_load_seqcst(&core.state) & CORE_POISONED:
            return POISONED
        now = clock_ns()
        if now >= deadline_ns:
            return TIMED_OUT
        if fl_load_seqcst(&core.ring.published.word) < lsn:
            # Another thread's frame lies before ours: a group now would not cover us.
            ring_wait_published(&core.ring, lsn, min(deadline_ns, now + <uint64_t>SLEEP_NS_MOST))
            continue
        leading = 0
        # seq_cst: takes over `synced` and `file_zeroed` from the last leader; pairs with the store in lead_end.
        if fl_cas_seqcst(&core.sync.leader.word, &leading, 1):
            status = lead(core)
            lead_end(core)
            if status != OK:
                return status
            continue
        wait_for_group(core, lsn, deadline_ns - now)


cdef void wait_for_group(log_core *core, uint64_t lsn, uint64_t timeout_ns) noexcept nogil:
    cdef uint64_t sequence = event_prepare(&core.sync.done)
    if fl_load_seqcst(&core.sync.leader.word) == 0 or fl_load_seqcst(&core.sync.durable.word) >= lsn:
        event_cancel(&core.sync.done)
        return
    event_wait(&core.sync.done, <uint32_t>sequence, min(timeout_ns, <uint64_t>SLEEP_NS_MOST))


cdef void lead_end(log_core *core) noexcept nogil:
    # seq_cst: publishes the leader's fields to the next one, and comes before the look at the waiters.
    fl_store_seqcst(&core.sync.leader.word, 0)
    event_notify(&core.sync.done)


cdef int lead(log_core *core) noexcept nogil:
    """One group, as the leader."""
    cdef uint64_t began = clock_ns()
    cdef uint64_t target
    cdef int status
    if fl_load_seqcst(&core.state) & CORE_POISONED:
        return POISONED
    append_mark(core)
    if fl_load_seqcst(&core.state) & CORE_POISONED:
        return POISONED
    target = fl_load_seqcst(&core.ring.published.word)
    if core.durability == LEVEL_PROCESS:
        status = sync_mapped(core, target)
    else:
        status = write_group(core, target)
        if status == OK:
            status = sync_ring_file(core)
    if status != OK:
        return status
    fl_add_relaxed(&core.sync.bytes, target - fl_load_relaxed(&core.sync.durable.word))     # relaxed: statistics
    fl_add_relaxed(&core.sync.groups, 1)
    note_latency(core, clock_ns() - began)
    # seq_cst: after the fdatasync; pairs with the load in sync_wait (2).  Raised, not stored: a checkpoint at level "process" may be ahead.
    word_raise(&core.sync.durable.word, target)
    return OK


cdef void append_mark(log_core *core) noexcept nogil:
    """SYNC{durable}: what is below was on disk before this group began (5)."""
    cdef fl_epoch_record *self = epoch_mine()
    cdef uint64_t durable = fl_load_seqcst(&core.sync.durable.word)
    cdef uint64_t address
    if self == NULL:
        return
    # Pages for the mark; if there are none to be had, it comes with a later group.
    pthread_mutex_lock(&core.control)
    core_write_failed(core, ring_populate(&core.ring, fl_load_seqcst(&core.ring.reserved.word) + FL_FRAME_HEADER), WRITE_FAILED)
    pthread_mutex_unlock(&core.control)
    fl_epoch_enter(self)
    if durable > fl_load_relaxed(&core.sync.marked):                # relaxed: changed by leaders only
        address = ring_reserve(&core.ring, FL_FRAME_HEADER, core_keep_control(core))
        if address != RING_FULL:                                    # without room the mark comes with a later group
            ring_fill(&core.ring, ring_frame(&core.ring, address), address, FL_FRAME_HEADER, FL_KIND_SYNC, 0, durable, 0, 0, NULL, 0)
            ring_publish(&core.ring, ring_frame(&core.ring, address), address, FL_FRAME_HEADER, FL_KIND_SYNC, 0)
            fl_store_relaxed(&core.sync.marked, durable)
            fl_store_relaxed(&core.sync.marked_end, address + FL_FRAME_HEADER)
    ring_help(&core.ring, fl_load_seqcst(&core.ring.published.word))
    fl_epoch_leave(self)


cdef int write_group(log_core *core, uint64_t target) noexcept nogil:
    """Writes [synced, target) of the ring to its file, in two pieces at the wrap."""
    cdef uint64_t begin = core.sync.synced
    cdef uint64_t place = ring_place(&core.ring, begin)
    cdef uint64_t first = min(target - begin, core.ring.size - place)
    cdef int status = grow_file(core, place + first)
    if status == 0:
        status = io_pwrite_all(core.ring.fd, core.ring.base + place, first, place)
    if status == 0 and first < target - begin:
        status = grow_file(core, target - begin - first)
        if status == 0:
            status = io_pwrite_all(core.ring.fd, core.ring.base, target - begin - first, 0)
    if status == 0:
        core.sync.synced = target
        return OK
    return core_write_failed(core, status, WRITE_FAILED)


cdef int grow_file(log_core *core, uint64_t needed) noexcept nogil:
    """The file gets real zeros ahead of its first lap: an fdatasync that needs no new blocks is cheaper."""
    cdef uint64_t have = core.sync.file_zeroed
    cdef uint64_t end
    cdef int status
    while have < needed:
        end = min(have + min(max(have, <uint64_t>GROW_STEP_FIRST), <uint64_t>GROW_STEP_MOST), core.ring.size)
        status = io_write_zeros(core.ring.fd, have, end - have)
        if status != 0:
            return status
        core.sync.file_zeroed = have = end
    return 0


cdef int sync_ring_file(log_core *core) noexcept nogil:
    cdef int status = io.fdatasync(core.ring.fd)
    if status != 0:
        core_poison(core, -status, b"fdatasync of the ring file failed")
        return POISONED
    return OK


cdef int tail_failed(log_core *core, int status) noexcept nogil:
    """The status for work on the tail that returned `status`, 0 or -errno."""
    if core.tail.home.sync_error != 0:
        core_poison(core, core.tail.home.sync_error, b"fdatasync of the tail failed")
        return POISONED
    return core_write_failed(core, status, b"write to the tail failed")


cdef int sync_super(log_core *core) noexcept nogil:
    cdef int status = io.fdatasync(core.superblock.fd)
    if status != 0:
        core_poison(core, -status, b"fdatasync of the superblock failed")
        return POISONED
    core.superblock.dirty = False
    core.superblock.place_durable = core.superblock.place_latest
    return OK


cdef int sync_ring_mapped(log_core *core) noexcept nogil:
    cdef int status = sync_super(core) if core.superblock.dirty else OK
    if status == OK and FL_SYNC_NEEDS_WRITE_BACK:
        status = write_back(core)
    return sync_ring_file(core) if status == OK else status


cdef int write_back(log_core *core) noexcept nogil:
    # acquire: pairs with the release in ring_populate; beyond it the file may end.
    cdef uint64_t there = min(fl_load_acquire(&core.ring.populated), core.ring.size)
    cdef int status = io.madvise(core.ring.base, there, FL_ADVICE_WRITE_BACK)
    if status != 0:
        core_poison(core, -status, b"msync of the ring failed")
        return POISONED
    return OK


cdef int sync_mapped(log_core *core, uint64_t target) noexcept nogil:
    """Level "process": tail, ring and superblock, with no checkpoint in between.

    The tail first, so that nothing the ring no longer holds is only in the page cache.  Then the superblock before the ring: the
    ring's zeroed space must not reach the disk under a superblock that still begins there.
    """
    cdef int status
    pthread_mutex_lock(&core.checkpointing)
    status = tail_failed(core, tail_sync(&core.tail))
    if status == OK:
        status = sync_ring_mapped(core)
    if status == OK:
        # Before a checkpoint can run again: it syncs what it moves if a sync has covered it.
        word_raise(&core.sync.durable.word, target)
    pthread_mutex_unlock(&core.checkpointing)
    return status


cdef void note_latency(log_core *core, uint64_t ns) noexcept nogil:
    cdef uint64_t us = ns // 1000
    cdef int bucket = 0
    while us > 0 and bucket < LATENCY_BUCKETS - 1:
        us >>= 1
        bucket += 1
    fl_add_relaxed(&core.sync.latency[bucket], 1)                   # relaxed: statistics


cdef bint sync_is_settled(log_core *core) noexcept nogil:
    cdef uint64_t end = fl_load_seqcst(&core.ring.reserved.word)
    if fl_load_seqcst(&core.sync.durable.word) < end:
        return False
    # All is on disk; is all but the last mark itself under a mark, or is there no room for one?
    return (fl_load_relaxed(&core.sync.marked) + FL_FRAME_HEADER >= end
            or end + FL_FRAME_HEADER + core_keep_control(core) > fl_load_seqcst(&core.ring.reclaimed.word) + core.ring.size)


cdef int sync_settle(log_core *core) noexcept nogil:
    cdef int status = OK
    cdef int _turn
    cdef uint64_t leading
    for _turn in range(3):               # a group for what is there, one for its mark; another if somebody wrote meanwhile
        if sync_is_settled(core):
            break
        leading = 0
        if fl_cas_seqcst(&core.sync.leader.word, &leading, 1):      # seq_cst: as in sync_wait
            status = lead(core)
            lead_end(core)
        else:
            wait_for_group(core, <uint64_t>-1, SLEEP_NS_MOST)
        if status != OK:
            break
    return status
