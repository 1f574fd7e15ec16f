"""Opening and closing a log (PROTOCOL: R1-R4).  Its lock and its MANIFEST are in _directory.pyx; the rest of the directory is

    LOST      the slots that salvage has found to be lost, until they are learned; mostly not there
    SUPER     three superblocks, written in turn
    ring      the ring's file
    tail/     segments

Opening: lock -> manifest -> superblock -> ring's bytes -> tail -> replay of the ring -> verdict; up to here nothing is written, so
a log that is refused is as it was.  (With recovery="salvage" a ring file that was cut short is made whole, and the tail is put
right, see _salvage.pyx, before they are read; that stays so even if the log is refused after it, for two values of a slot.)  At level
"process" all of the ring's file is brought in before it is looked at, and a page that the disk cannot read refuses the log with EIO,
for salvage as well.  Then, once that file has no holes:

    0  the superblock in force is written again, in its own place, and synced: a process that was killed may have left it in the
       page cache only, and both what follows and the next superblock go over what an older one still needs
    1  holes become PADs, space that is not the log is zeroed: in memory (at level "process" that is the file; at the others the file is
       zeroed where frames were cut)
    2  everything above the last mark is written again and synced: it may be only in the page cache, or, after an fsync that failed,
       be there and look clean
    3  a superblock with the next incarnation, durable: only then may a frame bear it
    4  a RESTART frame, durable.  The log goes on behind it; what an earlier run left behind the cut has a lower incarnation and
       ends the log should it ever be read again

A crash in any of these leaves a log that opens to the same entries: 1 and 2 repeat, 3 is one sector-sized write in the
superblock that is not in force, 4 is an ordinary append.
"""
import os
import time
from dataclasses import replace

from libc.errno cimport EIO, ENOBUFS, ENOMEM, ENOTDIR, EOPNOTSUPP
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy, memset

from fasterlog._atomic cimport fl_load_seqcst, fl_pointer_load, fl_store_relaxed, fl_store_seqcst
from fasterlog._checkpoint cimport checkpoint_all, slot_end_raise, super_write
from fasterlog._control cimport meta_keep
from fasterlog._core cimport (
    CORE_FORKED, CORE_POISONED, LEVEL_ACCEPT, LEVEL_COMMIT, LEVEL_PROCESS, OK, core_advance, core_ballot_raise, core_fork_forget,
    core_fork_register, core_free, core_new, core_note_beyond, log_core, op_result,
)
from fasterlog._directory cimport RING_FIRST_BYTES, directory_make, file_open, lock_take, manifest_load, os_error
from fasterlog._entry cimport ballot_new
from fasterlog._epoch cimport epoch_collect, epoch_mine, fl_epoch_enter, fl_epoch_leave, fl_epoch_record
from fasterlog._index cimport (
    INDEX_MISSING, INDEX_TAIL, INDEX_VOTED, LEAF_WORDS, index_destroy, index_init, index_prepare, index_word_find,
)
from fasterlog._io cimport clock_ns, io, io_pread_all, io_pwrite_all, io_write_zeros
from fasterlog._layout cimport (
    FL_FORMAT_VERSION, FL_FRAME_HEADER, FL_KIND_RESTART, FL_META_MOST, FL_SUPERBLOCKS, FL_SUPERBLOCK_STRIDE, fl_crc32c, fl_superblock,
)
from fasterlog._read cimport READ_ANY, next_slot
from fasterlog._phases cimport slot_place, slot_locate
from fasterlog._lost cimport lost_apply, lost_collect, lost_load, lost_save
from fasterlog._replay cimport damage_counts, replay_free, replay_run, replay_state, replay_tidy
from fasterlog._ring cimport (
    RING_FULL, ring_fill, ring_fill_holes, ring_frame, ring_map, ring_place, ring_populate, ring_publish, ring_read_in, ring_reserve,
    ring_unmap,
)
from fasterlog._salvage cimport salvage_tail
from fasterlog._segment cimport segment
from fasterlog._sync cimport sync_ring_mapped, sync_settle, sync_super, sync_wait, tail_failed
from fasterlog._table cimport segment_table
from fasterlog._tail cimport (
    TAIL_MISSING, segment_each, tail_close, tail_contiguous, tail_init, tail_open, tail_open_report, tail_rewrite, tail_seal, tail_sync,
)
from fasterlog._io import make_directory, read_file_if_there
from fasterlog.errors import CorruptedLogError
from fasterlog.reports import RecoveryReport

cdef extern from "<fcntl.h>" nogil:
    enum:
        O_RDWR
        O_CREAT

cdef enum:
    PAGE = 4096
    INCARNATIONS_MOST = 32000       # openings between two checkpoints that move `begin`
    INCARNATIONS_MANY = 1000        # after these, an opening makes a checkpoint itself: its process may be killed again before any other
    SEAL_LEAST_BYTES = 1024 * 1024      # a tail shorter than this is scanned at opening; a longer one gets its footer at close

cdef uint64_t COUNT_MOST = <uint64_t>1 << 62
cdef uint64_t LONG_NS = <uint64_t>600 * 1_000_000_000

LEVELS = {"process": LEVEL_PROCESS, "accept": LEVEL_ACCEPT, "commit": LEVEL_COMMIT}

_TAIL_DAMAGE = {
    1: "has no readable segment header of this log and address",
    2: "is not sealed, although another segment follows it",
    3: "has a footer that does not fit its checksum or its bounds",
    4: "names a predecessor that is not there",
    5: "has another format version",
    6: "is not a regular file, or larger than a segment can be",
}


cdef class OpenLog:
    pass


# -------------------------------------------------------------------------------------------------------------- superblock

cdef bint super_valid(const uint8_t *block, uint64_t size, uint64_t log_id):
    cdef fl_superblock head
    cdef uint32_t crc
    if size < sizeof(head):
        return False
    memcpy(&head, block, sizeof(head))
    if memcmp(head.magic, b"FLSUPERB", 8) != 0 or head.version != FL_FORMAT_VERSION or head.log_id != log_id:
        return False
    if head.meta_bytes > FL_META_MOST or head.meta_bytes > size - sizeof(head):
        return False
    # Addresses that no log has: they would not be where frames can lie, or wrap.
    if head.begin & 7 or head.end & 7 or head.begin > COUNT_MOST or head.end > COUNT_MOST:
        return False
    # Numbers that no log has: a sequence that wraps would put this block above all that are still to be written.
    if head.sequence > COUNT_MOST or head.incarnation > COUNT_MOST or head.begin_incarnation > head.incarnation:
        return False
    # Frames bear 16 bits of it, and tell later from earlier over half of that (incarnation_fits).
    if head.incarnation - head.begin_incarnation > INCARNATIONS_MOST:
        return False
    crc = head.crc
    head.crc = 0
    return fl_crc32c(fl_crc32c(0, &head, sizeof(head)), block + sizeof(head), head.meta_bytes) == crc


cdef int super_load(log_core *core, str path, fl_superblock *head) except -1:
    """Takes over what the newest valid superblock says; *head is it."""
    cdef bytes data
    cdef const uint8_t *base
    cdef const uint8_t *best = NULL
    cdef fl_superblock other
    cdef uint64_t offset, size
    cdef uint32_t where
    cdef op_result ignored
    cdef int status = 0
    data = read_file_if_there(path, 4 * FL_SUPERBLOCK_STRIDE)
    if data is None:
        raise CorruptedLogError(f"{path} is missing", path=path)
    base = data
    for where in range(FL_SUPERBLOCKS):
        offset = where * FL_SUPERBLOCK_STRIDE
        size = <uint64_t>len(data) - offset if <uint64_t>len(data) > offset else 0
        if super_valid(base + offset, size, core.log_id):
            memcpy(&other, base + offset, sizeof(other))
            if best == NULL or other.sequence > head.sequence:
                memcpy(head, &other, sizeof(other))
                best = base + offset
                core.superblock.place_durable = core.superblock.place_latest = where
    if best == NULL:
        raise CorruptedLogError(f"{path} holds no superblock that fits its checksum", path=path, offset=0)
    core.superblock.sequence = head.sequence
    core.superblock.tail_end, core.superblock.tail_slot_end = head.tail_end, head.tail_slot_end
    core.superblock.begin_incarnation = head.begin_incarnation
    core.incarnation = head.incarnation
    fl_store_relaxed(&core.first_slot, head.first_slot)
    core.has_floor = head.has_floor != 0
    core.floor_slot, core.floor_id, core.floor_node = head.floor_slot, head.floor_id, head.floor_node
    if head.has_promised:
        status = core_ballot_raise(&core.promised, head.promised_id, head.promised_node, &ignored)
    if head.has_learned and status == 0:
        status = core_ballot_raise(&core.learned, head.learned_id, head.learned_node, &ignored)
    if status != 0:
        raise MemoryError("no memory for the log's ballots")
    if head.meta_bytes:
        meta_copy(core, best + sizeof(other), head.meta_bytes)
    return 0


cdef int meta_copy(log_core *core, const uint8_t *packed, uint32_t size) except -1:
    cdef uint8_t *copy = <uint8_t *>malloc(size)
    if copy == NULL:
        raise MemoryError(f"no memory for the log's mapping of {size} bytes")
    memcpy(copy, packed, size)
    meta_keep(core, copy, size)
    return 0


# -------------------------------------------------------------------------------------------------------------------- tail

cdef int tail_visit(void *context, segment *seg, uint64_t slot, uint64_t address) noexcept nogil:
    """One entry of the tail into the index."""
    cdef log_core *core = <log_core *>context
    cdef fl_epoch_record *self = epoch_mine()
    if slot < fl_load_seqcst(&core.first_slot) or slot < fl_load_seqcst(&core.index.evicted_end):
        return 0
    if self == NULL or index_prepare(&core.index, slot) != 0:
        return -ENOMEM
    fl_epoch_enter(self)
    fl_store_seqcst(index_word_find(&core.index, slot), address | INDEX_TAIL)
    fl_epoch_leave(self)
    return 0


cdef int tail_load(log_core *core, manifest, str path, uint64_t synced_end, bint salvage, tail_open_report *found) except -1:
    cdef bytes directory = os.fsencode(os.path.join(path, "tail"))
    cdef const char *name = directory
    cdef segment_table *table
    cdef segment *seg
    cdef uint64_t i, end
    cdef int status
    # The name of a directory that a crash at creation may have left out.
    make_directory(os.fsdecode(directory))
    status = tail_init(&core.tail, name, core.log_id, core.ring.seed, manifest.segment_size, manifest.span_bits)
    if status == 0:
        with nogil:
            status = tail_open(&core.tail, found)
    if status != 0:
        raise os_error(status, os.fsdecode(directory), "cannot read the tail")
    table = <segment_table *>fl_pointer_load(&core.tail.table)
    if found.bad_reason == 0 and table != NULL and table.count and table.segments[0].previous_address != <uint64_t>-1:
        found.bad_reason, found.bad_address = TAIL_MISSING, table.segments[0].address
    if found.bad_reason and not salvage:
        file = os.path.join(os.fsdecode(directory), f"{found.bad_address:016x}.seg")
        raise CorruptedLogError(f"segment {file} {_TAIL_DAMAGE[found.bad_reason]}", path=file)
    if found.end < synced_end and not salvage:
        raise CorruptedLogError(f"{os.fsdecode(directory)}: the tail was on disk up to address {synced_end}, and ends at {found.end}",
                                path=os.fsdecode(directory))
    # What is missing for good is on the list of lost slots by now.
    core.superblock.tail_end = min(synced_end, found.end)
    with nogil:
        end = tail_end_of_prefix(core)
        status = index_init(&core.index, end)
        if status == 0 and table != NULL:
            for i in range(table.count):
                seg = table.segments[i]
                if seg != NULL and seg.entry_count:
                    slot_end_raise(core, seg.slot_max)
                if status == 0 and seg != NULL and (not seg.sealed or seg.slot_max >= end):
                    status = segment_each(&core.tail, seg, &tail_visit, core)
    if status != 0:
        raise MemoryError("no memory for the log's index")
    return 0


cdef uint64_t tail_end_of_prefix(log_core *core) noexcept nogil:
    """The slots below it are in sealed segments without a gap: they need no words (I3)."""
    cdef fl_epoch_record *self = epoch_mine()
    cdef uint64_t end = fl_load_seqcst(&core.first_slot)
    if self != NULL:
        fl_epoch_enter(self)
        end = tail_contiguous(&core.tail, end)
        fl_epoch_leave(self)
    return end & ~<uint64_t>(LEAF_WORDS - 1)


# -------------------------------------------------------------------------------------------------------------------- ring

cdef int ring_open(log_core *core, manifest, str path, fl_superblock *head, bint salvage) except -1:
    """Maps the ring and brings the file's bytes into it.  1: the file has been cut short.

    Salvage makes such a file whole again, with zeros: what there is of the next lap at its front has its place then, now and at the next
    opening.
    """
    cdef str name = os.path.join(path, "ring")
    cdef int64_t size
    cdef int status
    cdef uint64_t begin, amount, least = min(core.ring.size, max(head.begin, head.durable, head.end if head.clean else 0))
    cdef bint part, cut
    try:
        core.ring.fd = file_open(name, O_RDWR)
    except FileNotFoundError:
        raise CorruptedLogError(f"{name} is missing", path=name) from None
    size = io.size(core.ring.fd)
    if size < 0:
        raise os_error(<int>size, name, "not a regular file")
    if <uint64_t>size > core.ring.size:
        raise CorruptedLogError(f"{name} has {size} bytes, more than the ring's {core.ring.size}", path=name)
    core.ring.shared = core.durability == LEVEL_PROCESS
    if core.ring.shared and io.in_place(core.ring.fd) != 1:
        # A store that needs a new block on a full disk is a signal, not an error (O3).
        raise OSError(EOPNOTSUPP, 'level "process" needs a file system that overwrites in place; this one copies on write', name)
    # Where the log has been the file must be: it is as long before an address behind it is given out (sync, ring_populate).
    cut = <uint64_t>size < least
    if cut and salvage:
        size = <int64_t>core.ring.size
        status = io.ftruncate(core.ring.fd, size)
        if status != 0:
            raise os_error(status, name, "cannot make the ring file whole")
    with nogil:
        status = ring_map(&core.ring)
    if status != 0:
        raise os_error(status, name, "cannot map the ring")
    core.sync.file_zeroed = core.ring.file_size = <uint64_t>size
    if core.ring.shared:
        with nogil:
            status = ring_read_in(&core.ring)
        if status != 0:
            raise os_error(status, name, "cannot read the ring file")
        # A file of an odd size would end inside a page that may be reserved: only whole pages count as there.
        fl_store_relaxed(&core.ring.populated, RING_FULL if <uint64_t>size == core.ring.size else <uint64_t>size & ~<uint64_t>(PAGE - 1))
    else:
        # A clean end, and the frame behind it that is not there unless the superblock is an older one; then salvage needs the rest.
        part = head.clean and not salvage
        begin = ring_place(&core.ring, head.begin) if part else 0
        amount = min(head.end - head.begin + FL_FRAME_HEADER, core.ring.size) if part else <uint64_t>size
        with nogil:
            status = ring_read(core, begin, amount, <uint64_t>size)
        if status != 0:
            raise os_error(status, name, "cannot read the ring file")
    return cut


cdef int ring_read(log_core *core, uint64_t place, uint64_t amount, uint64_t size) noexcept nogil:
    """[place, place + amount) of the file, wrapping, into private memory; what the file does not have stays zero."""
    cdef uint64_t first = min(amount, core.ring.size - place)
    cdef int status = 0
    if place < size:
        status = io_pread_all(core.ring.fd, core.ring.base + place, min(first, size - place), place)
    if status == 0 and amount > first:
        status = io_pread_all(core.ring.fd, core.ring.base, min(amount - first, size), 0)
    return status


cdef int ring_replay(log_core *core, config, str path, fl_superblock *head, bint same_boot, bint cut, replay_state *state) except -1:
    """Replays, and raises the verdict; nothing is written up to here."""
    cdef uint64_t size = core.sync.file_zeroed
    cdef uint64_t place = ring_place(&core.ring, head.begin)
    cdef int status
    memset(state, 0, sizeof(state[0]))
    state.core = core
    state.begin = head.begin
    state.limit = head.begin + core.ring.size
    if size < core.ring.size:           # the first lap: addresses are places, and nothing has wrapped
        state.limit = head.begin - place + max(size, place)
    state.lap_end = state.limit
    state.known_end = head.end if head.clean else 0
    if head.clean and (head.end < head.begin or head.end - head.begin > core.ring.size):
        raise CorruptedLogError(f"{path}: the superblock says that the log ends at {head.end}, outside its ring", path=path)
    state.mark = head.durable
    state.incarnation = <uint16_t>head.begin_incarnation
    state.incarnation_last = <uint16_t>head.incarnation
    state.same_boot = same_boot
    state.shared = head.shared != 0
    state.salvage = config.recovery == "salvage"
    if cut:
        state.rotten, state.rot_at = True, state.limit
        state.unknown += 1
        state.known_end = min(state.known_end, state.limit)
    with nogil:
        status = replay_run(state)
    if status != 0:
        raise MemoryError("no memory to replay the log")
    name = os.path.join(path, "ring")
    # KEEP_FOR_RESTART in _checkpoint keeps the room that an opening takes.
    if state.end + FL_FRAME_HEADER > state.begin + core.ring.size:
        raise CorruptedLogError(
            f"{name}: cannot take over the log: from address {state.begin} to {state.end} it fills the ring, so the superblock is an"
            " older one", path=name)
    if state.two_values:
        raise CorruptedLogError(f"{path}: two different values were chosen for slot {state.conflict_slot}", path=path,
                                damaged_slots=(state.conflict_slot,))
    if state.rotten and not state.salvage:
        raise CorruptedLogError(
            f"{name}: damaged at offset {ring_place(&core.ring, state.rot_at)} (address {state.rot_at}), in what had been synced",
            path=name, offset=ring_place(&core.ring, state.rot_at))
    return 0


cdef int ring_take_over(log_core *core, str path, fl_superblock *head, replay_state *state) except -1:
    """From a good verdict to a log that can be written: steps 1 to 4 of the head comment."""
    cdef uint64_t rewrite = state.begin if state.hole_count else max(state.begin, min(state.mark, state.end))
    # Where salvage has found damage, a clean end is none: what lies behind the new end was the log, and is still in the file.
    cdef bint clean = head.clean and not state.rotten
    cdef uint64_t zero_until = 0
    cdef uint64_t have
    cdef int status
    if not (clean and (head.shared or not core.ring.shared)):
        zero_until = state.lap_end
    if core.incarnation + 1 - core.superblock.begin_incarnation > INCARNATIONS_MOST:
        raise CorruptedLogError(
            f"{path}: opened {core.incarnation + 1 - core.superblock.begin_incarnation} times since the begin of the mutable region, more"
            f" than {INCARNATIONS_MOST}", path=path)
    with nogil:
        status = ring_fill_holes(&core.ring) if core.ring.shared else 0
        if status == 0:
            status = super_settle(core, head.meta_bytes)
    if status != 0:
        raise core_error(core, status, path, "cannot take over the log")
    with nogil:
        replay_tidy(state, zero_until)
        fl_store_seqcst(&core.ring.reclaimed.word, state.begin)
        fl_store_seqcst(&core.ring.published.word, state.end)
        fl_store_seqcst(&core.ring.reserved.word, state.end)
        if not core.ring.shared:
            have = (state.end + RING_FIRST_BYTES - 1) & ~<uint64_t>(RING_FIRST_BYTES - 1)
            fl_store_seqcst(&core.ring.populated, RING_FULL if have >= core.ring.size else have)
        core.sync.synced = rewrite
        fl_store_seqcst(&core.sync.durable.word, rewrite)
        fl_store_relaxed(&core.sync.marked, rewrite)
        status = ring_rewrite(core, rewrite, state.end) if core.ring.shared or not clean else 0
        if status == 0 and not core.ring.shared and not clean:
            status = ring_cut(core, state.end, state.cut_end)
        if status == 0 and not clean:
            # Before the superblock: it holds the mapping, and a batch's mapping must not be on disk without the rest of the batch.
            status = sync_ring_mapped(core)
            core.sync.synced = state.end
            if status == 0:
                fl_store_seqcst(&core.sync.durable.word, state.end)
        if status == 0 and not clean:
            status = tail_rewrite(&core.tail, 0)
            if status == 0:
                status = tail_sync(&core.tail)
        if status == 0:
            core.incarnation += 1
            core.ring.incarnation = <uint16_t>core.incarnation
            status = super_write(core, state.begin, False)
        if status == 0:
            status = sync_super(core)
        if status == 0:
            status = restart_append(core)
        # Once more, in another place: were the only superblock of this incarnation to rot, an older one would end the log too early.
        if status == 0:
            status = super_write(core, state.begin, False)
        if status == 0:
            status = sync_super(core)
    if status != 0:
        raise core_error(core, status, path, "cannot take over the log")
    return 0


cdef int begin_move(log_core *core, str path) except -1:
    cdef int status
    if core.incarnation - core.superblock.begin_incarnation <= INCARNATIONS_MANY:
        return 0
    with nogil:
        status = checkpoint_all(core)
    if status != OK:
        raise core_error(core, status, path, "cannot checkpoint the log")
    return 0


cdef int super_settle(log_core *core, uint32_t meta_bytes) noexcept nogil:
    """Brings the superblock in force to the disk: rewritten, as its page may only look clean, and synced."""
    cdef uint64_t size = sizeof(fl_superblock) + meta_bytes
    cdef uint64_t offset = core.superblock.place_latest * FL_SUPERBLOCK_STRIDE
    cdef void *block = malloc(size)
    cdef int status
    if block == NULL:
        return -ENOMEM
    status = io_pread_all(core.superblock.fd, block, size, offset)
    if status == 0:
        status = io_pwrite_all(core.superblock.fd, block, size, offset)
    free(block)
    return status if status != 0 else sync_super(core)


cdef int ring_cut(log_core *core, uint64_t begin, uint64_t end) noexcept nogil:
    """Zeroes [begin, end) of the file, from the back as replay_tidy does; a page is one piece for a kill."""
    cdef uint64_t piece
    cdef int status = 0
    while status == 0 and end > begin:
        piece = max(begin, (end - 1) & ~<uint64_t>(PAGE - 1))
        status = io_write_zeros(core.ring.fd, ring_place(&core.ring, piece), end - piece)
        end = piece
    return status


cdef int ring_rewrite(log_core *core, uint64_t begin, uint64_t end) noexcept nogil:
    """Writes the mapped ring's bytes to its own file once more: that makes pages dirty which only look clean."""
    cdef uint64_t place = ring_place(&core.ring, begin)
    cdef uint64_t first = min(end - begin, core.ring.size - place)
    cdef int status = io_pwrite_all(core.ring.fd, core.ring.base + place, first, place)
    if status == 0 and end - begin > first:
        status = io_pwrite_all(core.ring.fd, core.ring.base, end - begin - first, 0)
    return status


cdef int restart_append(log_core *core) noexcept nogil:
    cdef fl_epoch_record *self = epoch_mine()
    cdef uint64_t address
    cdef int status = ring_populate(&core.ring, fl_load_seqcst(&core.ring.reserved.word) + 2 * FL_FRAME_HEADER)
    if status != 0 or self == NULL:
        return status if status else -ENOMEM
    fl_epoch_enter(self)
    address = ring_reserve(&core.ring, FL_FRAME_HEADER, 0)
    if address != RING_FULL:
        ring_fill(&core.ring, ring_frame(&core.ring, address), address, FL_FRAME_HEADER, FL_KIND_RESTART, 0, 0, 0, 0, NULL, 0)
        ring_publish(&core.ring, ring_frame(&core.ring, address), address, FL_FRAME_HEADER, FL_KIND_RESTART, 0)
    fl_epoch_leave(self)
    if address == RING_FULL:
        return -ENOBUFS                 # cannot be: ring_replay has looked
    return sync_wait(core, address + FL_FRAME_HEADER, clock_ns() + LONG_NS)


# ------------------------------------------------------------------------------------------------------------------ totals

cdef int totals_count(log_core *core, uint64_t *votes, list damaged) except -1:
    """The O(1) figures, from the index and the evicted prefix; slots whose value is missing go on the list."""
    cdef fl_epoch_record *self = epoch_mine()
    cdef uint64_t first = fl_load_seqcst(&core.first_slot), evicted = fl_load_seqcst(&core.index.evicted_end)
    cdef uint64_t slot
    cdef slot_place at
    cdef bint found
    votes[0] = 0
    core.origin = first
    if evicted > first:
        fl_store_seqcst(&core.contiguous.word, evicted - first)
        core.committed_found = evicted - first
    slot = next_slot(core, max(first, evicted), READ_ANY, &found)
    while found:
        fl_epoch_enter(self)
        slot_locate(core, slot, &at)
        fl_epoch_leave(self)
        if at.state == INDEX_MISSING:
            damaged.append((slot, None if at.frame == NULL else (at.frame.ballot_id, at.frame.ballot_node)))
        elif at.state == INDEX_VOTED:
            votes[0] += 1
        else:
            core.committed_found += 1
            core_note_beyond(core, slot)               # those that are not beyond do no harm
        if slot == <uint64_t>-1:
            break
        slot = next_slot(core, slot + 1, READ_ANY, &found)
    found = True
    while found:
        fl_epoch_enter(self)
        found = core_advance(core, 4096)
        fl_epoch_leave(self)
    epoch_collect()
    return 0


# -------------------------------------------------------------------------------------------------------- opening, closing

cdef object core_error(log_core *core, int status, str path, str what):
    if status > 0:                      # POISONED: the first errno is kept there
        status = -core.poison_errno if core.poison_errno else -EIO
    return os_error(status, path, what)


cdef int lost_note(log_core *core, str path, replay_state *state, object lost) except -1:
    """Before the ring is tidied up, and with it the trace of what is damaged there: the list of lost slots, on disk."""
    cdef uint64_t i
    stored = lost.pack(core.log_id)
    for i in range(state.damaged_count):
        if damage_counts(state, &state.damaged[i]):
            lost.add(state.damaged[i].slot, (state.damaged[i].ballot_id, state.damaged[i].ballot_node), path)
    lost.unknown += state.unknown
    if lost:
        lost_apply(core, path, lost)
    if lost.pack(core.log_id) != stored:
        lost_save(path, core.log_id, lost)
    return 0


cdef object lost_settle(log_core *core, str path, object lost):
    """The list without what has been learned again; not before that is on disk."""
    if not lost:
        return lost
    kept = lost_collect(core, path, lost)
    if kept != lost:
        lost_save(path, core.log_id, kept)
    return kept


cdef object ballot_or_none(object ballot):
    return None if ballot is None else ballot_new(ballot[0], ballot[1])


cdef object open_steps(log_core *core, config, str path):
    """Everything between the lock and the finished log; returns the effective config and the report."""
    cdef fl_superblock head
    cdef uint8_t boot_id[16]
    cdef replay_state state
    cdef tail_open_report tail
    cdef uint64_t votes = 0, rebuilt = 0
    cdef list damaged = []
    cdef bint same_boot, cut
    started = time.perf_counter()
    manifest = manifest_load(config, path)
    config = replace(config, mutable_size=manifest.mutable_size, segment_size=manifest.segment_size,
                     first_slot=manifest.first_slot, identity=manifest.identity)
    config = replace(config, max_value_size=config.resolved_max_value_size)
    core.log_id = manifest.log_id
    core.ring.seed = <uint32_t>(core.log_id ^ (core.log_id >> 32))
    core.ring.size = manifest.mutable_size
    core.ring.reciprocal = <uint64_t>-1 // core.ring.size
    core.max_value_size = config.max_value_size
    core.durability = LEVELS[config.durability]
    core.lazy_sync_ns = config.lazy_sync_ms * <uint64_t>1_000_000
    core.slot_window = config.slot_window or 0
    fl_store_relaxed(&core.checkpoint_above, core.ring.size >> 1)
    super_load(core, os.path.join(path, "SUPER"), &head)
    same_boot = io.boot_id(boot_id) and memcmp(boot_id, head.boot_id, 16) == 0
    lost = lost_load(path, core.log_id)
    salvage = config.recovery == "salvage"
    # Before the tail, which salvage changes: a ring that cannot be read refuses the log.
    cut = ring_open(core, manifest, path, &head, salvage)
    if salvage:
        make_directory(os.path.join(path, "tail"))
        rebuilt = salvage_tail(os.path.join(path, "tail"), core.log_id, core.ring.seed, manifest.span_bits, head.tail_end,
                               head.tail_slot_end, head.first_slot, core.ring.size, lost, lambda: lost_save(path, core.log_id, lost))
    elif head.tail_end and not os.path.isdir(os.path.join(path, "tail")):
        raise CorruptedLogError(f"{path}: its folder tail/ is missing", path=os.path.join(path, "tail"))
    tail_load(core, manifest, path, head.tail_end, salvage, &tail)
    memset(&state, 0, sizeof(state))
    try:
        ring_replay(core, config, path, &head, same_boot, cut, &state)
        lost_note(core, path, &state, lost)
        core.superblock.fd = file_open(os.path.join(path, "SUPER"), O_RDWR)
        memcpy(core.superblock.boot_id, boot_id, 16)
        ring_take_over(core, path, &head, &state)
        lost = lost_settle(core, path, lost)
        begin_move(core, path)
        totals_count(core, &votes, damaged)
        report = RecoveryReport(
            clean=(not damaged and not rebuilt and not lost.unknown and not state.rotten and tail.end >= head.tail_end
                   and state.bytes_cut + tail.bytes_cut == 0),
            entries=core.committed_found, votes=votes, bytes_cut=state.bytes_cut + tail.bytes_cut,
            damaged_slots=tuple(slot for slot, _ in damaged),
            damaged_ballots=tuple(ballot_or_none(ballot or lost.slots.get(slot)) for slot, ballot in damaged),
            damaged_unknown=lost.unknown, segments_rebuilt=rebuilt,
            # P6: a group above the last mark may have rotted away without a trace, and looks like one that was never written.
            tail_uncertain=not head.clean,
            incarnation=core.incarnation, duration=time.perf_counter() - started)
    finally:
        replay_free(&state)
    return config, report


cdef OpenLog log_open(object config):
    cdef OpenLog opened = OpenLog.__new__(OpenLog)
    cdef log_core *core
    cdef str path = os.path.abspath(os.fsdecode(config.path))
    if os.path.lexists(path) and not os.path.isdir(path):
        raise NotADirectoryError(ENOTDIR, "not a folder, so it cannot hold a log", path)
    directory_make(path)
    core = core_new() if epoch_mine() != NULL else NULL
    if core == NULL:
        raise MemoryError("no memory for the log")
    core_fork_register(core)            # before there is a descriptor that a child must not keep
    try:
        core.lock_fd = lock_take(path)
        opened.config, opened.report = open_steps(core, config, path)
    except BaseException:
        with nogil:
            files_release(core)
            core_fork_forget(core)
            core_free(core)
        raise
    opened.core = core
    opened.path = path
    return opened


cdef void files_release(log_core *core) noexcept nogil:
    """Unmaps and closes; the lock last."""
    tail_close(&core.tail)
    index_destroy(&core.index)
    ring_unmap(&core.ring)
    fd_close(&core.ring.fd)
    fd_close(&core.superblock.fd)
    fd_close(&core.lock_fd)


cdef void fd_close(int *fd) noexcept nogil:
    if fd[0] >= 0:
        io.close(fd[0])
        fd[0] = -1


cdef int log_close_files(log_core *core) noexcept nogil:
    cdef int status = OK
    if not fl_load_seqcst(&core.state) & (CORE_POISONED | CORE_FORKED):
        status = close_cleanly(core)
    files_release(core)
    core_fork_forget(core)
    epoch_collect()
    return status


cdef int close_cleanly(log_core *core) noexcept nogil:
    """After this an opening reads footers and votes, and need not look for the end."""
    cdef int status = sync_settle(core) if core.durability != LEVEL_PROCESS else OK
    if status == OK:
        status = checkpoint_all(core)
    if status == OK and core.tail.open != NULL and fl_load_seqcst(&core.tail.open.entries_end) >= SEAL_LEAST_BYTES:
        status = tail_failed(core, tail_seal(&core.tail))
    if status == OK:
        # At level "process" this syncs tail, superblock and ring; at the others what the checkpoint has carried.
        status = sync_wait(core, fl_load_seqcst(&core.ring.reserved.word), clock_ns() + LONG_NS)
    if status == OK and core.ring.shared:
        # In any case: a superblock that says "clean" says that the space behind the end is zero, and checkpoint_all has just zeroed it.
        status = sync_ring_mapped(core)
    if status == OK:
        status = super_write(core, fl_load_seqcst(&core.ring.reclaimed.word), True)
    if status == OK:
        status = sync_super(core)
    return status
