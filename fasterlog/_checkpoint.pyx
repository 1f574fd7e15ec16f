"""Checkpoint and reclaim of [begin, X), X <= published (PROTOCOL: C5, C6), in steps that fit the free space:

    1  for every slot with a VOTE or CHOSEN frame in the range, until its word is absent, in the tail, or VOTED elsewhere:
       committed -> onto the list for the tail (also when its vote lies above X);  VOTED here -> a copy at the head, CAS
    2  everything reserved by now is published and durable: copies, and whatever else the walk saw in a word and relied on
    3  the list, sorted by slot, is written to the tail; fdatasync
    4  the words swing to the tail
    5  superblock with begin = X, durable: it also holds promise, learned ballot, first_slot and the mapping, which frames below X may
       have said and no slot holds
    6  grace period   7  zero the memory   8  release-store reclaimed = X

Why in this order:

* 3 before 4: a reader that finds "in the tail" finds it there; and after a crash in between the ring still has everything.  A crash after 3
  leaves entries both in ring and tail, equal ones; recovery lets the tail's stand.
* 2 after 1 and before 5: a crash after 5 has only what lies above X, in the tail, and in the superblock.  A vote below X that is
  not carried because a higher one lies above X must not go before that one is on disk; nor may the absence that a discard
  above X made count, or a mark in a batch above X bring its slot to the tail.
* 5 before 7: a crash in between must not find a hole at the old begin: the log would end there, and with it everything acknowledged.
* 6 before 7: a reader that took an address from a word before 4 may still copy from there.
* 1 carries votes under `control`: a discard must not find its DISCARD frame below a copy that it has just made absent; recovery applies it
  by address and the copy would come back.
* 1 looks at each slot until it is settled: a commit may win the word between our look and our CAS.

At level "process" 2, 3 and 5 go without fdatasync as long as no sync() has covered a byte of the range, no batch lies in it, and no
superblock has the mapping from behind it: kill -9 does not lose the page cache, and power loss may take what sync() did not cover (but
a batch whole).  So that power loss never takes all superblocks there are three: the next one is written neither over the last
that was synced nor over the latest.

A ring full of live votes cannot be reclaimed: each step carries as much as it frees.  space_wait() then sleeps until a commit or a
discard changes that.
"""
from libc.errno cimport EBADMSG, EIO, ENOMEM
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, qsort, realloc
from libc.string cimport memcpy

from fasterlog._atomic cimport (
    FL_ASSERT, FL_PROTECT_BEGIN_FIRST, fl_load32_seqcst, FL_WITHOUT, FL_YIELD, fl_add_relaxed, fl_cas_seqcst,
    fl_load_relaxed, fl_load_seqcst,
    fl_store_relaxed, fl_store_seqcst, fl_word, pthread_mutex_lock, pthread_mutex_trylock, pthread_mutex_unlock,
)
from fasterlog._core cimport (
    AGAIN, CORE_BARRIER, CORE_POISONED, LEVEL_PROCESS, NEED_PAGES, OK, POISONED, RING_TOO_FULL, TIMED_OUT, core_ballot_read, core_poison,
    core_write_failed, event_cancel, event_notify, event_prepare, event_wait, word_raise,
)
from fasterlog._epoch cimport (
    epoch_collect, epoch_mine, epoch_wait, fl_epoch_enter, fl_epoch_leave, fl_epoch_record,
)
from fasterlog._index cimport (
    INDEX_RING, INDEX_TAIL, index_address, index_evict, index_state, index_word_find,
)
from fasterlog._io cimport clock_ns, io_pwrite_all
from fasterlog._layout cimport (
    FL_FLAG_CARRIED, FL_FORMAT_VERSION, FL_FRAME_HEADER, FL_KIND_BATCH, FL_KIND_CHOSEN, FL_KIND_PAD, FL_KIND_VOTE, FL_SUPERBLOCK_STRIDE,
    fl_crc32c, fl_frame, fl_frame_value, fl_frame_value_valid, fl_superblock, fl_word_incarnation, fl_word_kind,
    fl_word_length,
)
from fasterlog._phases cimport slot_place, slot_locate
from fasterlog._ring cimport (
    RING_FULL, ring_fill_header, ring_frame, ring_populate, ring_publish, ring_reserve, ring_wait_published, ring_word, ring_zero,
)
from fasterlog._sync cimport sync_ring_mapped, sync_super, sync_wait, tail_failed
from fasterlog._tail cimport (
    tail_append, tail_contiguous, tail_item, tail_sync,
)

cdef enum:
    LIST_FIRST = 1024
    STEP_BYTES_MOST = 8 * 1024 * 1024   # bounds the list and the time that a step takes
    POPULATE_AHEAD = 64 * 1024      # what other threads may reserve between our look and our reservation
    KEEP_FOR_RESTART = 1024         # so that recovery finds room for its RESTART, and for those of crashes in it
    SWING_CHUNK = 256
    NAP_NS = 20_000_000
    EMPTY_TURNS_MOST = 16           # steps that gain nothing before a full ring is called full of live votes for now

cdef uint64_t FOREVER_NS = <uint64_t>600 * 1_000_000_000

cdef struct step_state:
    log_core *core
    uint64_t begin, end             # end: of what this step takes; it may turn out shorter
    uint64_t incarnation            # of the last frame passed
    uint64_t carried                # bytes appended at the head
    bint batched                    # a batch lies in the range
    bint leans                      # something synced in the range is from now on represented by frames above it
    tail_item *items
    uint64_t count, room


# ------------------------------------------------------------------------------------------------------------- superblock

cdef int super_write(log_core *core, uint64_t begin, bint clean) noexcept nogil:
    cdef uint32_t meta_bytes
    cdef uint64_t meta_lsn
    cdef uint32_t where = 0
    cdef uint8_t *block
    cdef fl_superblock *head
    cdef int status
    if epoch_mine() == NULL:            # the promise is read in an epoch; without a record it would look as if there were none
        return -ENOMEM
    pthread_mutex_lock(&core.control)
    meta_bytes = core.meta_bytes
    meta_lsn = core.meta_lsn
    block = <uint8_t *>calloc(1, sizeof(fl_superblock) + meta_bytes)
    if block != NULL and meta_bytes:
        memcpy(block + sizeof(fl_superblock), core.meta, meta_bytes)
    pthread_mutex_unlock(&core.control)
    if block == NULL:
        return -ENOMEM
    # A batch's mapping must not be on disk before the rest of the batch is.
    if core.durability != LEVEL_PROCESS:
        status = sync_wait(core, meta_lsn, clock_ns() + FOREVER_NS)
    else:
        status = OK if ring_wait_published(&core.ring, meta_lsn, clock_ns() + FOREVER_NS) else TIMED_OUT
        if status == OK and meta_lsn > max(fl_load_seqcst(&core.sync.durable.word), core.superblock.meta_synced):
            status = sync_ring_mapped(core)              # once for each change: the superblock may reach the disk by itself
            core.superblock.meta_synced = meta_lsn
    if status != OK:
        free(block)
        return status
    head = <fl_superblock *>block
    memcpy(head.magic, b"FLSUPERB", 8)
    head.version = FL_FORMAT_VERSION
    head.log_id, head.incarnation, head.begin = core.log_id, core.incarnation, begin
    head.sequence = core.superblock.sequence + 1
    head.begin_incarnation = core.superblock.begin_incarnation
    head.durable = fl_load_seqcst(&core.sync.durable.word)
    head.tail_end, head.tail_slot_end = core.superblock.tail_end, core.superblock.tail_slot_end
    head.first_slot = fl_load_seqcst(&core.first_slot)
    head.has_promised = core_ballot_read(&core.promised, &head.promised_id, &head.promised_node)
    head.has_learned = core_ballot_read(&core.learned, &head.learned_id, &head.learned_node)
    head.has_floor = core.has_floor
    head.floor_slot, head.floor_id, head.floor_node = core.floor_slot, core.floor_id, core.floor_node
    memcpy(head.boot_id, core.superblock.boot_id, 16)
    head.clean = clean
    head.end = fl_load_seqcst(&core.ring.reserved.word)
    head.shared = core.ring.shared
    head.meta_bytes = meta_bytes
    head.crc = fl_crc32c(0, block, sizeof(fl_superblock) + meta_bytes)
    # Neither over the last that is on disk (a power cut may garble what is not) nor over the latest (kill -9 may tear this write).
    while where == core.superblock.place_durable or where == core.superblock.place_latest:
        where += 1                               # bounded: there are three
    status = io_pwrite_all(core.superblock.fd, block, sizeof(fl_superblock) + meta_bytes, where * FL_SUPERBLOCK_STRIDE)
    if status == 0:
        core.superblock.sequence += 1
        core.superblock.place_latest = where
        core.superblock.dirty = True
    free(block)
    return core_write_failed(core, status, b"write of the superblock failed")


# ---------------------------------------------------------------------------------------------------------------- the walk

cdef int list_add(step_state *step, uint64_t slot, const fl_frame *source) noexcept nogil:
    cdef tail_item *grown
    if step.count == step.room:
        grown = <tail_item *>realloc(step.items, 2 * (step.room + LIST_FIRST) * sizeof(tail_item))
        if grown == NULL:
            return -ENOMEM
        step.items = grown
        step.room = 2 * (step.room + LIST_FIRST)
    step.items[step.count].slot = slot
    step.items[step.count].source = source
    step.items[step.count].address = 0
    step.count += 1
    return OK


cdef int frame_take(step_state *step, uint64_t address) noexcept nogil:
    """Step 1 for one VOTE or CHOSEN frame: OK once its slot no longer needs the space, RING_TOO_FULL if there is no room to carry it."""
    cdef log_core *core = step.core
    cdef fl_epoch_record *self = epoch_mine()
    cdef uint64_t slot = ring_frame(&core.ring, address).slot
    cdef const fl_frame *source = NULL
    cdef slot_place found
    cdef bint here
    cdef int status = AGAIN
    if self == NULL:
        return -ENOMEM
    while status == AGAIN:                       # lock-free: each turn means that the slot moved one way on
        fl_epoch_enter(self)
        status = slot_locate(core, slot, &found)
        here = status == OK and found.state != INDEX_TAIL and index_address(found.seen) == address
        source = found.frame
        fl_epoch_leave(self)                     # ring space below `published` cannot go away under us: reclaiming is our own work
        if status == NEED_PAGES:
            return OK                            # in the tail: what its entry says does not matter here
        if status != OK or found.state < INDEX_RING:
            step.leans = step.leans or address < fl_load_seqcst(&core.sync.durable.word)
        if status != OK:
            return OK                            # absent, or below first_slot: nobody needs this frame
        if found.state == INDEX_RING:
            # A vote that this walk has passed put the slot on the list; its mark need not do so again.
            if step.begin <= index_address(found.seen) < address:
                return OK
            return list_add(step, slot, source)
        if not here:
            return OK                            # in the tail, or its newer frame holds it
        status = frame_carry(step, slot, address)
    return status


cdef int frame_carry(step_state *step, uint64_t slot, uint64_t address) noexcept nogil:
    """Copies the frame at `address`, to which the slot's word points, to the head: OK, AGAIN (the word has changed), RING_TOO_FULL."""
    cdef log_core *core = step.core
    cdef fl_epoch_record *self = epoch_mine()
    cdef const fl_frame *old = ring_frame(&core.ring, address)
    cdef uint64_t word = fl_load_relaxed(ring_word(&core.ring, address))     # relaxed: published long ago
    cdef uint32_t length = <uint32_t>fl_word_length(word)
    cdef uint32_t kind = fl_word_kind(word)
    cdef uint64_t target
    cdef int status
    if length > FL_FRAME_HEADER and not fl_frame_value_valid(old):
        core_poison(core, EIO, b"a frame in the ring's memory does not fit its checksum")
        return POISONED
    pthread_mutex_lock(&core.control)
    status = ring_populate(&core.ring, fl_load_seqcst(&core.ring.reserved.word) + length + POPULATE_AHEAD)
    status = core_write_failed(core, status, b"write to the ring file failed")
    if status != 0:
        pthread_mutex_unlock(&core.control)
        return status
    fl_epoch_enter(self)
    target = ring_reserve(&core.ring, length, KEEP_FOR_RESTART)
    if target == RING_FULL:
        status = RING_TOO_FULL
    else:
        memcpy(<uint8_t *>ring_frame(&core.ring, target) + FL_FRAME_HEADER, fl_frame_value(old), length - FL_FRAME_HEADER)
        ring_fill_header(&core.ring, ring_frame(&core.ring, target), target, length, kind, FL_FLAG_CARRIED, slot,
                         old.ballot_id, old.ballot_node, old.value_len, old.value_crc)
        FL_YIELD(4)
        status = carry_swing(core, slot, address, target, length, kind)
        step.carried += length
    fl_epoch_leave(self)
    pthread_mutex_unlock(&core.control)
    return status


cdef int carry_swing(log_core *core, uint64_t slot, uint64_t address, uint64_t target, uint32_t length, uint32_t kind) noexcept nogil:
    """CAS and publish of a copy; in an epoch."""
    cdef slot_place found
    cdef int status = slot_locate(core, slot, &found)
    # seq_cst: as in _phases.frame_finish.
    if (status == OK and found.state != INDEX_TAIL and index_address(found.seen) == address
            and fl_cas_seqcst(found.word, &found.seen, target | index_state(found.seen))):
        ring_publish(&core.ring, ring_frame(&core.ring, target), target, length, kind, FL_FLAG_CARRIED)
        fl_add_relaxed(&core.carried, 1)                                     # relaxed: statistics
        return OK
    ring_fill_header(&core.ring, ring_frame(&core.ring, target), target, length, FL_KIND_PAD, 0, 0, 0, 0, 0, 0)
    ring_publish(&core.ring, ring_frame(&core.ring, target), target, length, FL_KIND_PAD, 0)
    return AGAIN


cdef int frames_take(step_state *step, uint64_t address, uint64_t end) noexcept nogil:
    """Step 1 for the frames in [address, end), which are those of the ring or of one batch."""
    cdef log_core *core = step.core
    cdef uint64_t word
    cdef uint32_t kind
    cdef int status = OK
    while address < end and status == OK:
        word = fl_load_seqcst(ring_word(&core.ring, address))
        kind = fl_word_kind(word)
        FL_ASSERT(fl_word_length(word) >= FL_FRAME_HEADER)
        if kind == FL_KIND_VOTE or kind == FL_KIND_CHOSEN:
            status = frame_take(step, address)
        elif kind == FL_KIND_BATCH:
            step.batched = True
            status = frames_take(step, address + FL_FRAME_HEADER, address + fl_word_length(word))
        if status == OK:
            step.incarnation = fl_word_incarnation(word)
            address += fl_word_length(word)
    return status


cdef int walk(step_state *step) noexcept nogil:
    """Step 1: stops early, at a frame's start, where there is no more room to carry live votes."""
    cdef log_core *core = step.core
    cdef uint64_t address = step.begin
    cdef uint64_t end = step.end
    cdef uint64_t next
    cdef int status = OK
    while address < end:
        next = address + fl_word_length(fl_load_seqcst(ring_word(&core.ring, address)))
        status = frames_take(step, address, next)
        if status != OK:
            break
        address = next
    step.end = address
    if status == RING_TOO_FULL and address > step.begin:
        return OK
    return status


# ----------------------------------------------------------------------------------------------------------------- the tail

cdef int item_compare(const void *left, const void *right) noexcept nogil:
    cdef uint64_t a = (<const tail_item *>left).slot, b = (<const tail_item *>right).slot
    return (a > b) - (a < b)


cdef void list_sort(step_state *step) noexcept nogil:
    """By slot, each slot once: vote and mark of a slot may both have named it."""
    cdef uint64_t kept = 0, i
    for i in range(1, step.count):
        if step.items[i].slot < step.items[i - 1].slot:
            qsort(step.items, step.count, sizeof(tail_item), &item_compare)
            break
    for i in range(step.count):
        if kept == 0 or step.items[i].slot != step.items[kept - 1].slot:
            step.items[kept] = step.items[i]
            kept += 1
    step.count = kept


cdef void list_swing(step_state *step) noexcept nogil:
    """Step 4."""
    cdef log_core *core = step.core
    cdef fl_epoch_record *self = epoch_mine()
    cdef uint64_t i = 0, stop, seen
    cdef fl_word *word
    while i < step.count:
        stop = min(i + SWING_CHUNK, step.count)
        fl_epoch_enter(self)
        while i < stop:
            word = index_word_find(&core.index, step.items[i].slot)
            seen = fl_load_seqcst(word)
            # seq_cst: after the entry was written; pairs with slot_locate.  Only a checkpoint takes a word out of RING.
            if index_state(seen) == INDEX_RING:
                fl_cas_seqcst(word, &seen, step.items[i].address | INDEX_TAIL)
            i += 1
        fl_epoch_leave(self)


cdef void evict_sealed(log_core *core) noexcept nogil:
    """Words of a contiguous prefix of slots that all lie in sealed segments leave memory (I3)."""
    cdef fl_epoch_record *self = epoch_mine()
    cdef uint64_t end
    if self == NULL:
        return
    fl_epoch_enter(self)
    end = tail_contiguous(&core.tail, max(fl_load_seqcst(&core.index.evicted_end), fl_load_seqcst(&core.first_slot)))
    fl_epoch_leave(self)
    index_evict(&core.index, end)                # without memory for it the words simply stay
    epoch_collect()


# ----------------------------------------------------------------------------------------------------------------- one step

cdef int step_run(log_core *core, uint64_t most, uint64_t *gained) noexcept nogil:
    """One step over at most `most` bytes, under `checkpointing`; `gained`: bytes freed less those carried."""
    cdef step_state step
    cdef bint full
    cdef int status
    gained[0] = 0
    step.core = core
    step.begin = fl_load_seqcst(&core.ring.reclaimed.word)
    step.end = frame_boundary(core, step.begin, min(fl_load_seqcst(&core.ring.published.word), step.begin + most))
    step.carried = step.count = step.room = 0
    step.leans = step.batched = False
    step.incarnation = core.superblock.begin_incarnation
    step.items = NULL
    if fl_load_seqcst(&core.state) & CORE_POISONED:
        return POISONED
    if step.end == step.begin:
        return OK
    # meta_synced: a superblock that may be on disk has the mapping of a batch below it, so the batch's slots must stay there as well.
    full = (core.durability != LEVEL_PROCESS
            or step.begin < max(fl_load_seqcst(&core.sync.durable.word), core.superblock.meta_synced))
    status = walk(&step)                                                               # 1
    # Its parts go to the disk one by one: until all are there, the one frame that is whole or not at all has to be.
    full = full or step.batched
    if status == OK:
        status = step_settle(&step, full)                                              # 2
    if status == OK:
        status = step_to_tail(&step, full)                                             # 3, 4
    if status == OK:
        status = step_reclaim(&step, full)                                             # 5 - 8
    if status == OK:
        gained[0] = step.end - step.begin - min(step.carried, step.end - step.begin)
    free(step.items)
    return status


cdef uint64_t frame_boundary(log_core *core, uint64_t address, uint64_t limit) noexcept nogil:
    """The last frame end at or below `limit`, but at least one frame on if `limit` allows any."""
    cdef uint64_t published = fl_load_seqcst(&core.ring.published.word)
    cdef uint64_t next
    while address < limit:
        next = address + fl_word_length(fl_load_seqcst(ring_word(&core.ring, address)))
        if next > published:
            break
        address = next
    return address


cdef void slot_end_raise(log_core *core, uint64_t slot) noexcept nogil:
    core.superblock.tail_slot_end = max(core.superblock.tail_slot_end, slot + 1 if slot + 1 != 0 else slot)


cdef int step_to_tail(step_state *step, bint full) noexcept nogil:
    cdef log_core *core = step.core
    cdef int status
    list_sort(step)
    status = tail_append(&core.tail, step.items, step.count) if step.count else 0
    if status == 0 and step.count:
        slot_end_raise(core, step.items[step.count - 1].slot)
    if status == -EBADMSG:
        core_poison(core, EIO, b"a frame in the ring's memory does not fit its checksum")
        return POISONED
    if status == 0 and full:
        status = tail_settle(core)
    status = tail_failed(core, status)
    if status == 0:
        FL_YIELD(5)
        list_swing(step)
    return status


cdef int tail_settle(log_core *core) noexcept nogil:
    """Syncs the tail and notes how far it is on disk, for the next superblock: less than that at an opening is damage."""
    cdef int status = tail_sync(&core.tail)
    if status == 0 and core.tail.open != NULL:
        core.superblock.tail_end = core.tail.open.address + fl_load_seqcst(&core.tail.open.entries_end)
    return status


cdef int step_settle(step_state *step, bint full) noexcept nogil:
    """Step 2: everything that the walk has relied on is published and, if `full`, on disk."""
    cdef log_core *core = step.core
    # Whatever the walk saw in a word was reserved before: a newer vote, a discard, a mark, a batch, our own copies.
    cdef uint64_t relied = fl_load_seqcst(&core.ring.reserved.word)
    cdef uint64_t deadline = clock_ns() + FOREVER_NS
    cdef int status
    if not ring_wait_published(&core.ring, relied, deadline):
        return TIMED_OUT
    if not full:
        return OK
    if core.durability != LEVEL_PROCESS:
        return sync_wait(core, relied, deadline)
    status = sync_ring_mapped(core)
    if status == OK and step.leans:
        # So that what now stands for synced bytes counts as synced too, and the step that takes its space syncs in turn.
        word_raise(&core.sync.durable.word, relied)
    return status


cdef int step_reclaim(step_state *step, bint full) noexcept nogil:
    cdef log_core *core = step.core
    cdef uint64_t used
    cdef int status
    core.superblock.begin_incarnation = step.incarnation
    if FL_WITHOUT(FL_PROTECT_BEGIN_FIRST):
        epoch_wait()
        ring_zero(&core.ring, step.begin, step.end)
        FL_YIELD(6)
    status = super_write(core, step.end, False)
    if status == 0 and full:
        status = sync_super(core)
    if status != 0:
        return status
    FL_YIELD(6)
    epoch_wait()
    ring_zero(&core.ring, step.begin, step.end)
    # seq_cst (a release and more): after the zeros; pairs with the acquire in ring_reserve.
    fl_store_seqcst(&core.ring.reclaimed.word, step.end)
    fl_add_relaxed(&core.reclaims, 1)                                                  # relaxed: statistics
    fl_add_relaxed(&core.reclaimed_bytes, step.end - step.begin)
    used = fl_load_seqcst(&core.ring.reserved.word) - step.end
    # Where live votes keep the ring full, ask again only when it has filled by another eighth.
    fl_store_relaxed(&core.checkpoint_above, max(core.ring.size >> 1, min(used + (core.ring.size >> 3), core.ring.size * 15 >> 4)))
    event_notify(&core.space)
    evict_sealed(core)
    return OK


# ------------------------------------------------------------------------------------------------------------- who runs them

cdef inline uint64_t step_bytes(log_core *core) noexcept nogil:
    return min(core.ring.size >> 2, <uint64_t>STEP_BYTES_MOST)


cdef int checkpoint_all(log_core *core) noexcept nogil:
    cdef uint64_t target = fl_load_seqcst(&core.ring.reserved.word)
    cdef uint64_t gained
    cdef int status = OK
    if fl_load_seqcst(&core.state) & CORE_POISONED:
        return POISONED
    if not ring_wait_published(&core.ring, target, clock_ns() + FOREVER_NS):
        return TIMED_OUT
    pthread_mutex_lock(&core.checkpointing)
    while status == OK and fl_load_seqcst(&core.ring.reclaimed.word) < target:         # bounded: each step moves `reclaimed`
        status = step_run(core, step_bytes(core), &gained)
    if status == OK:
        status = tail_failed(core, tail_settle(core))
    pthread_mutex_unlock(&core.checkpointing)
    return status


cdef int checkpoint_turn(log_core *core) noexcept nogil:
    cdef uint64_t gained
    cdef int status
    pthread_mutex_lock(&core.checkpointing)
    # seq_cst: before the look at `used`, so that a crossing after it asks anew.
    fl_store_seqcst(&core.checkpoint_asked, 0)
    status = step_run(core, step_bytes(core), &gained)
    pthread_mutex_unlock(&core.checkpointing)
    return status


cdef inline bint space_there(log_core *core, uint64_t need, uint64_t keep_free) noexcept nogil:
    cdef uint64_t end = fl_load_seqcst(&core.ring.reserved.word) + need
    return end + keep_free <= fl_load_seqcst(&core.ring.reclaimed.word) + core.ring.size


cdef int space_wait(log_core *core, uint64_t need, uint64_t keep_free, uint64_t deadline_ns) noexcept nogil:
    cdef uint64_t gained, reserved
    cdef uint32_t sequence
    cdef int status
    cdef int empty = 0
    while True:                                  # bounded by the deadline
        if space_there(core, need, keep_free):
            reserved = fl_load_seqcst(&core.ring.reserved.word)
            pthread_mutex_lock(&core.control)
            status = ring_populate(&core.ring, reserved + need)
            pthread_mutex_unlock(&core.control)
            return core_write_failed(core, status, b"write to the ring file failed")
        if fl_load_seqcst(&core.state) & ~<uint64_t>CORE_BARRIER:
            return OK                            # closed or poisoned meanwhile: the next attempt says so
        if empty < EMPTY_TURNS_MOST and pthread_mutex_trylock(&core.checkpointing) == 0:
            status = step_run(core, step_bytes(core), &gained)
            pthread_mutex_unlock(&core.checkpointing)
            if status != OK and status != RING_TOO_FULL and status != TIMED_OUT:
                return status
            empty = 0 if gained >= need else empty + 1
            if space_there(core, need, keep_free) or (empty < EMPTY_TURNS_MOST and clock_ns() < deadline_ns):
                continue
        if clock_ns() >= deadline_ns:
            fl_add_relaxed(&core.waits_full, 1)  # relaxed: statistics
            return TIMED_OUT
        # Somebody else reclaims, or live votes fill the ring: sleep until space or slots change.
        sequence = event_prepare(&core.space)
        if space_there(core, need, keep_free):
            event_cancel(&core.space)
        else:
            event_wait(&core.space, sequence, NAP_NS)
        # Another lap of carrying is worth it only if a slot has changed.
        if fl_load32_seqcst(&core.space.sequence) != sequence:
            empty = 0
