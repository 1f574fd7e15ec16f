"""One log's state in memory: the struct that the phases, group commit, checkpoint and recovery work on."""
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from fasterlog._atomic cimport (
    fl_line, fl_load32_seqcst, fl_load_relaxed, fl_load_seqcst, fl_store_relaxed, fl_word, fl_word32, pthread_mutex_t,
)
from fasterlog._epoch cimport fl_epoch_record, fl_retired
from fasterlog._index cimport slot_index
from fasterlog._ring cimport ring_state
from fasterlog._tail cimport tail_state

# What a core call returns: 0, a negative errno of a system call, or one of these.
cdef enum core_status:
    OK = 0
    # Not done yet: take the named slow step outside the epoch, then try again.
    AGAIN = 1                    # another thread was first; look again
    NEED_LEAF = 2                # index_prepare(result.slot)
    NEED_SPACE = 3               # result.need bytes of the class result.keep_free
    NEED_PROMISE = 4             # raise the promise to result.ballot
    NEED_LEARNED = 5             # raise the highest learned ballot
    NEED_BARRIER = 6             # a control operation holds this slot
    NEED_BUFFER = 7              # the value has result.need bytes
    TIMED_OUT = 8
    NEED_PAGES = 9               # slot_pages(slot): the entry lies in the tail, on pages that have not been checked yet
    # Refusals; result says what of.
    CLOSED = 20
    POISONED = 21
    FORKED = 22
    BELOW_FIRST = 23
    BEYOND_WINDOW = 24
    STALE_PROMISE = 25           # result.ballot: promised
    STALE_VOTE = 26              # result.ballot: of the vote
    BALLOT_CONFLICT = 27
    BALLOT_MISMATCH = 28         # result.ballot: of the vote
    SLOT_COMMITTED = 29
    SAFETY_VIOLATION = 30
    NOT_FOUND = 31
    NOT_COMMITTED = 32
    CORRUPTED = 33               # result.address: where
    VALUE_MISSING = 34           # chosen, but the value is not here
    RING_TOO_FULL = 35           # live votes fill the ring
    TOO_LARGE = 36
    NOT_PROMISED = 37            # commit without a ballot before any promise

cdef enum core_flags:            # bits of log_core.state; 0 on every ordinary call
    CORE_CLOSED = 1
    CORE_POISONED = 2
    CORE_FORKED = 4
    CORE_BARRIER = 8

cdef enum durability_level:
    LEVEL_PROCESS = 0
    LEVEL_ACCEPT = 1
    LEVEL_COMMIT = 2

cdef struct ballot_record:       # immutable once published
    fl_retired retired
    uint64_t id
    uint64_t node

cdef struct event_count:         # waiting for "something changed" without a lock (L2)
    fl_word32 sequence
    fl_word32 waiters

cdef struct op_result:
    uint64_t lsn
    uint64_t slot
    uint64_t ballot_id, ballot_node
    uint64_t need
    uint64_t keep_free
    uint64_t address
    bint there                   # it was there already: nothing has to be written
    uint64_t relies_on           # done, but wait until everything below this is published (W4)
    bint behind                  # done, but `contiguous` has a long way to go: call phase_advance

cdef struct sync_state:          # group commit, see _sync.pyx
    fl_line leader               # 1 while a thread leads
    fl_line durable              # everything below is on disk
    event_count done             # a group has ended
    uint64_t synced              # written to the file so far; the leader's
    uint64_t file_zeroed         # file bytes that exist as real zeros or data; the leader's
    fl_word marked               # `durable` as the last SYNC frame says
    fl_word marked_end           # end of the last SYNC frame
    fl_word groups, bytes
    fl_word latency[24]          # groups by log2 of microseconds

cdef struct super_state:
    int fd
    uint64_t sequence, begin_incarnation
    uint32_t place_durable       # which of the superblocks is known to be on disk
    uint32_t place_latest        # which was written last
    uint8_t boot_id[16]
    uint64_t tail_end            # of what is synced in the tail
    uint64_t tail_slot_end       # above every slot in the tail; saturates
    uint64_t meta_synced         # LSN of the mapping that is on disk for sure
    bint dirty                   # written, not synced (level "process"); under `checkpointing`

cdef struct counter_cell:        # one thread's counters for one log: written by that thread alone, read by anybody
    counter_cell *next           # set once, before the cell is linked
    fl_epoch_record *owner       # the thread's record; its next owner takes the cell over
    fl_word accepts, commits, learns, losers
    fl_word committed            # slots that became committed
    char pad[8]                  # to one cache line

cdef struct log_core:
    # Read by every call, written seldom:
    fl_word state                # CORE_* bits
    fl_word promised             # -> ballot_record, NULL at first
    fl_word learned              # -> ballot_record: highest ballot of a learn
    fl_word barrier_low, barrier_high   # slots that wait while CORE_BARRIER is set, both inclusive
    fl_word first_slot
    uint64_t origin              # first_slot at opening; `contiguous` counts from here
    uint64_t slot_window         # 0: none
    uint64_t max_value_size
    int durability
    uint64_t lazy_sync_ns
    uint64_t lazy_due_ns         # when the background syncs what is not yet, 0: nothing was seen; its lane's alone
    uint64_t log_id
    uint64_t incarnation
    # The regions:
    ring_state ring
    slot_index index
    tail_state tail
    sync_state sync
    super_state superblock
    # What is committed and known, O(1):
    fl_line contiguous           # committed slots in a row from `origin` on
    uint64_t committed_found     # committed slots held at opening; later ones are counted in the cells
    fl_word beyond_min, beyond_max   # lowest and highest slot ever committed beyond the unbroken run; beyond_max 0: none
    event_count commits          # `contiguous` moved, or an entry was committed
    event_count space            # ring space came free, or a slot left the voted state
    # Control operations; lock order: checkpointing, then control:
    pthread_mutex_t checkpointing   # checkpoint and reclaim: one at a time
    pthread_mutex_t control         # short steps: discard, batch, meta, carrying votes
    uint8_t *meta                # packed mapping, under `control`
    uint64_t meta_version        # counts its changes
    uint64_t meta_lsn            # of the frame that made it so
    uint32_t meta_bytes
    bint has_floor
    uint64_t floor_slot, floor_id, floor_node
    # Background work, see _worker.pyx:
    fl_word checkpoint_above     # used ring bytes that call for a checkpoint
    fl_word checkpoint_asked
    fl_word closed               # 1 once close() has finished
    fl_word inflight             # calls in a slow step, outside epochs
    fl_word worker_busy          # lanes that work on this log at the moment
    log_core *worker_next
    fl_word sync_errno, checkpoint_errno   # of the last turn in the background that failed; 0 if the last one did not
    # Poison: written once, before CORE_POISONED is set
    fl_word poison_claimed
    int poison_errno
    const char *poison_reason
    uint64_t poison_durable
    # Descriptors a forked child has to close:
    int lock_fd
    log_core *fork_next
    # Counters; those of the hot paths are in the threads' cells:
    uint64_t serial              # of this core in this process; never 0, never used again
    fl_word cells                # -> counter_cell
    fl_word promises, discards, batches, carried, reclaims, reclaimed_bytes, waits_full


cdef log_core *core_new() noexcept nogil                      # zeroed, aligned; NULL: out of memory
cdef void core_free(log_core *core) noexcept nogil            # nobody uses it any more; closes descriptors
cdef void core_poison(log_core *core, int error, const char *reason) noexcept nogil
# For the outcome of writes to the log's files, 0 or -errno: a full disk, or no memory or descriptors, stays the error of one call; any
# other error poisons, and gives POISONED.
cdef int core_write_failed(log_core *core, int status, const char *reason) noexcept nogil
cdef void core_fork_register(log_core *core) noexcept nogil
cdef void core_fork_forget(log_core *core) noexcept nogil
cdef void event_notify_slow(event_count *event) noexcept nogil
# Registers a waiter and returns the sequence to wait on; the caller then checks its condition once more.
cdef uint32_t event_prepare(event_count *event) noexcept nogil
cdef void event_wait(event_count *event, uint32_t sequence, uint64_t timeout_ns) noexcept nogil   # unregisters
cdef void event_cancel(event_count *event) noexcept nogil
# Raises *word (promised or learned) to the ballot if that is higher: 0, -ENOMEM; STALE_PROMISE if it is lower, with the one there.
cdef int core_ballot_raise(fl_word *word, uint64_t id, uint64_t node, op_result *result) noexcept nogil
cdef bint core_ballot_read(fl_word *word, uint64_t *id, uint64_t *node) noexcept nogil            # outside epochs; 0: none yet
# Moves `contiguous` on by at most `most` slots: 1 if there may be more.  In an epoch.
cdef bint core_advance(log_core *core, uint64_t most) noexcept nogil
cdef void word_raise(fl_word *word, uint64_t value) noexcept nogil
cdef void core_ask_checkpoint(log_core *core) noexcept nogil  # has the worker look at this log soon
cdef void core_note_beyond(log_core *core, uint64_t slot) noexcept nogil    # a committed slot that may lie beyond the unbroken run
cdef uint64_t core_committed(log_core *core, uint64_t *lowest, uint64_t *highest) noexcept nogil   # how many are held, and which
cdef void core_totals(log_core *core, counter_cell *totals) noexcept nogil
cdef counter_cell *core_cell_claim(log_core *core) noexcept nogil           # NULL: out of memory
cdef int core_refusal(log_core *core, uint64_t flags) noexcept nogil   # the status that CLOSED, FORKED or POISONED stands for


cdef event_count background             # what the worker's threads sleep on


cdef inline void event_notify(event_count *event) noexcept nogil:
    # seq_cst: after the change that is told; pairs with the registration in event_prepare: one of us sees the other.
    if fl_load32_seqcst(&event.waiters) != 0:
        event_notify_slow(event)


cdef extern from *:
    """
    #include "fasterlog/epoch.h"
    FL_TLS uint64_t fl_cell_serial;     /* the log whose cell is cached */
    FL_TLS void *fl_cell_mine;
    FL_INLINE void *fl_cell_cached(uint64_t serial) { return fl_cell_serial == serial ? fl_cell_mine : NULL; }
    FL_INLINE void fl_cell_cache(uint64_t serial, void *cell) { fl_cell_serial = serial; fl_cell_mine = cell; }
    """
    void *fl_cell_cached(uint64_t serial) nogil
    void fl_cell_cache(uint64_t serial, void *cell) nogil


cdef inline counter_cell *core_cell(log_core *core) noexcept nogil:
    """This thread's counters for this log; outside epochs (the first time it allocates)."""
    cdef counter_cell *cell = <counter_cell *>fl_cell_cached(core.serial)
    if cell == NULL:
        cell = core_cell_claim(core)
        if cell != NULL:
            fl_cell_cache(core.serial, cell)
    return cell


cdef inline void cell_count(fl_word *counter) noexcept nogil:
    # relaxed load and store, no read-modify-write: one writer.
    fl_store_relaxed(counter, fl_load_relaxed(counter) + 1)


cdef inline bint ballot_less(uint64_t id, uint64_t node, uint64_t other_id, uint64_t other_node) noexcept nogil:
    return id < other_id or (id == other_id and node < other_node)


cdef inline uint64_t core_keep_votes(log_core *core) noexcept nogil:
    """Bytes that votes, learns and batches leave free (W6)."""
    return core.ring.size >> 3


cdef inline uint64_t core_keep_control(log_core *core) noexcept nogil:
    """Bytes that commits, promises and the like leave free: room to carry one largest vote, and as much again for marks."""
    return core.ring.size * 3 >> 5
