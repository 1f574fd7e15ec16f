"""Hostile files (RELIABILITY: P12): what opening a log does with an input's bytes, and what must hold of it whatever they are.

Three targets.  Each turns the input into files (recipes.pxi), in memory (memory_files.pxi), lets recovery read them, and looks at what came out:

    replay    a ring image through replay_run and replay_tidy.  No Python, some 20 µs
    tail      segment files through tail_open and every look-up; then an append, a seal and a second opening
    open      a whole directory through log_open; killed and opened again, closed and opened again

What must hold, beyond what the sanitizers see:

    1   what the index names is a frame of this log, with the slot's number and sums that fit (P3)
    2   recovery twice gives the same (R4): entries, ballots, and an end that is where the first one put it
    3   a refusal changes no file (P5; but for the tail under salvage), and is one of the errors that the documents name
    4   an entry that is appended behind whatever was found is read back as it was

`broken()` aborts: the fuzzer keeps the input, and test_corpus.py runs the probe in a process of its own.
"""
import os

from cpython.bytes cimport PyBytes_AS_STRING
from cpython.pycapsule cimport PyCapsule_New

include "memory_files.pxi"
include "recipes.pxi"

from fasterlog._atomic cimport fl_load_relaxed, fl_load_seqcst, fl_or_seqcst, fl_store_relaxed
from fasterlog._core cimport CORE_POISONED, core_ballot_read, core_free, core_new, log_core
from fasterlog._entry cimport Entry
from fasterlog._epoch cimport epoch_collect, epoch_mine, fl_epoch_enter, fl_epoch_leave, fl_epoch_record
from fasterlog._index cimport INDEX_MISSING, INDEX_RING, INDEX_TAIL, INDEX_VOTED, index_address, index_destroy, index_init
from fasterlog._layout cimport (
    FL_KIND_BATCH, FL_KIND_RESTART, FL_SUPERBLOCKS, fl_frame_header_valid, fl_frame_value_valid,
)
from fasterlog._phases cimport slot_locate, slot_place
from fasterlog._read cimport READ_ANY, leases_drop, next_slot, read_entry
from fasterlog._recovery cimport OpenLog, log_close_files, log_open
from fasterlog._replay cimport hole, replay_free, replay_run, replay_state, replay_tidy
from fasterlog._segment cimport TAIL_GOOD, segment, segment_frame_read_in
from fasterlog._table cimport segment_table, table_offset
from fasterlog._tail cimport (
    segment_each, tail_append, tail_at, tail_close, tail_contiguous, tail_find, tail_init, tail_item, tail_next_slot, tail_open,
    tail_open_report, tail_rewrite, tail_seal, tail_state, tail_sync, tail_table,
)

from fasterlog.config import Config
from fasterlog.errors import CorruptedLogError, FasterLogError, FormatVersionError, IdentityError
from fasterlog.manifest import Manifest

cdef enum:
    SLOTS_MOST = 4000               # that a digest looks at; more than a recipe makes

cdef struct outcome:                # of the last input, for tests
    uint64_t entries
    int reason


cdef outcome last
cdef str last_error = ""


cdef uint64_t mix(uint64_t digest, uint64_t value) noexcept nogil:
    return ((digest ^ value) * <uint64_t>0x9E3779B97F4A7C15) ^ (digest >> 29)


# -------------------------------------------------------------------------------------------------------------------- replay

cdef log_core *bare_core() noexcept nogil:
    """A core whose ring is the image, with an empty tail."""
    cdef log_core *core = core_new()
    if core == NULL:
        return NULL
    core.log_id = LOG_ID
    core.ring.seed, core.ring.size, core.ring.base = SEED, RING, files[0].data
    core.ring.reciprocal = UINT64_MAX // RING
    if index_init(&core.index, 0) != 0:
        core_free(core)
        return NULL
    return core


cdef void bare_free(log_core *core) noexcept nogil:
    index_destroy(&core.index)
    core.ring.base = NULL
    core_free(core)
    epoch_collect()


cdef uint64_t slot_check(log_core *core, replay_state *state, uint64_t slot, slot_place *at) noexcept nogil:
    """One entry that the index names, as a digest of all that identifies it."""
    cdef uint64_t address = index_address(at.seen)
    if at.frame == NULL or at.state == INDEX_TAIL:
        broken(b"an entry without a frame, or in a tail that is empty")
    if address < state.begin or address > state.end - FL_FRAME_HEADER:
        broken(b"an entry outside the log")
    if at.frame.slot != slot or at.frame.address != address or not fl_frame_header_valid(SEED, at.frame):
        broken(b"the index names something that is no frame of this slot")
    if at.frame.kind != FL_KIND_VOTE and at.frame.kind != FL_KIND_CHOSEN:
        broken(b"an entry of a kind that has none")
    if (at.state == INDEX_MISSING) != (at.frame.kind == FL_KIND_CHOSEN and not at.frame.flags & FL_FLAG_VALUE):
        broken(b"a mark that counts as a value, or the other way round")
    if at.state != INDEX_MISSING and (address + FL_FRAME_HEADER + at.frame.value_len > state.end or not fl_frame_value_valid(at.frame)):
        broken(b"a value that does not fit its sum")
    return mix(mix(mix(mix(slot, at.state), address), at.frame.ballot_id), at.frame.value_crc)


cdef uint64_t core_digest(log_core *core, replay_state *state) noexcept nogil:
    cdef fl_epoch_record *self = epoch_mine()
    cdef uint64_t digest = 0, slot = 0, id = 0, node = 0, seen
    cdef slot_place at
    cdef bint found = True
    last.entries = 0
    while last.entries < SLOTS_MOST:
        slot = next_slot(core, slot, READ_ANY, &found)
        if not found:
            break
        fl_epoch_enter(self)
        if slot_locate(core, slot, &at) == 0:
            digest = mix(digest, slot_check(core, state, slot, &at))
        fl_epoch_leave(self)
        last.entries += 1
        slot += 1
        if slot == 0:
            break
    if core_ballot_read(&core.promised, &id, &node):
        digest = mix(digest, mix(id, node))
    if core_ballot_read(&core.learned, &id, &node):
        digest = mix(digest, mix(node, id))
    digest = mix(digest, core.meta_bytes)
    seen = fl_load_seqcst(&core.first_slot)
    return mix(digest, seen)


cdef void holes_check(replay_state *state) noexcept nogil:
    cdef uint64_t i, before = state.begin
    for i in range(state.hole_count):
        if state.holes[i].begin < before or state.holes[i].end < state.holes[i].begin + FL_FRAME_HEADER:
            broken(b"holes out of order, or too small for the PAD that fills them")
        before = state.holes[i].end
    if before > state.end:
        broken(b"a hole behind the end")


cdef void state_from(ring_recipe *s, replay_state *state, log_core *core) noexcept nogil:
    """As ring_replay in _recovery fills it from a superblock."""
    memset(state, 0, sizeof(state[0]))
    state.core = core
    state.begin = s.begin
    state.limit = s.begin + RING
    if s.size < RING:
        state.limit = s.begin - s.begin % RING + max(s.size, s.begin % RING)
    # A whole ring of zeros is searched in steps of 8 bytes: a short one finds the same twenty times as fast.
    state.limit = min(state.limit, s.high + 256)
    state.lap_end = state.limit
    state.known_end = min(s.end, state.limit) if s.clean else 0
    state.mark = s.mark
    state.incarnation, state.incarnation_last = s.incarnation, s.incarnation_last
    state.same_boot, state.shared, state.salvage = s.same_boot, s.was_shared, s.salvage


cdef void restart_put(uint64_t address, uint64_t limit, uint16_t incarnation) noexcept nogil:
    """What opening appends."""
    cdef fl_frame *frame = image_frame(address)
    cdef uint64_t word
    if limit - address < FL_FRAME_HEADER:
        return
    memset(frame, 0, FL_FRAME_HEADER)
    frame.address = address
    word = fl_publish_word(FL_FRAME_HEADER >> 3, FL_KIND_RESTART, 0, incarnation)
    memcpy(frame, &word, 8)
    sums_mend(frame, FL_FRAME_HEADER, True)


cdef void fuzz_replay(const uint8_t *data, size_t size) noexcept nogil:
    cdef recipe r
    cdef ring_recipe s
    cdef replay_state state, again
    cdef log_core *core = NULL
    cdef log_core *second = NULL
    cdef uint64_t digest
    r.at, r.end = data, data + size
    ring_cook(&r, &s)
    core = bare_core()
    if core == NULL:
        return
    state_from(&s, &state, core)
    if replay_run(&state) != 0:
        broken(b"out of memory")
    last.reason = 2 if state.two_values else 1 if state.rotten else 0
    if state.end < s.begin or (state.end > state.lap_end and state.end != s.begin) or state.end & 7:
        broken(b"an end outside the ring")
    holes_check(&state)
    digest = core_digest(core, &state)
    if not state.two_values and (state.salvage or not state.rotten):
        # Taken over, killed, opened again.
        replay_tidy(&state, state.lap_end)
        restart_put(state.end, state.lap_end, <uint16_t>(state.incarnation_last + 1))     # that of frames from the future, too
        second = bare_core()
        if second != NULL:
            state_from(&s, &again, second)
            again.known_end = 0
            again.mark = state.end
            again.incarnation_last = <uint16_t>(state.incarnation_last + 1)
            if replay_run(&again) != 0:
                broken(b"out of memory")
            if again.rotten and not state.rotten:
                broken(b"the second opening finds damage that the first one did not")
            if again.end < state.end or again.end > state.end + FL_FRAME_HEADER:
                broken(b"the second opening ends elsewhere")
            if core_digest(second, &again) != digest:
                broken(b"the second opening finds something else")
            replay_free(&again)
            bare_free(second)
    replay_free(&state)
    bare_free(core)
    files_reset()


# ---------------------------------------------------------------------------------------------------------------------- tail

cdef struct walk:
    tail_state *tail
    uint64_t digest
    uint64_t count
    bint taken                      # the slot that is going to be appended is there


cdef uint64_t SLOT_APPENDED = UINT64_MAX - 70


cdef bint frame_inside(const segment *seg, const fl_frame *frame) noexcept nogil:
    """Reads all of a frame that a look-up gave out, as _read does; 1 if it is good."""
    cdef uint64_t offset = <uint64_t>(<const uint8_t *>frame - seg.base)
    cdef uint64_t end = fl_load_relaxed(&seg.entries_end)
    if offset & 7 or offset + FL_FRAME_HEADER > end or frame.value_len > end - offset - FL_FRAME_HEADER:
        broken(b"a look-up gave out a frame that is not within its segment")
    return fl_frame_header_valid(SEED, frame) and fl_frame_value_valid(frame)


cdef const fl_frame *frame_at(tail_state *tail, uint64_t address, segment **found) noexcept nogil:
    """tail_at, with the pages read in that it lacks."""
    cdef const fl_frame *frame = tail_at(tail, address, found)
    if frame == NULL and found[0] != NULL:
        frame = segment_frame_read_in(found[0], address - found[0].address, fl_load_relaxed(&found[0].entries_end))
    return frame


cdef const fl_frame *frame_of(tail_state *tail, uint64_t slot, segment **found) noexcept nogil:
    """The same for tail_find."""
    cdef const fl_frame *frame = tail_find(tail, slot, found)
    cdef uint64_t offset
    if frame == NULL and found[0] != NULL:
        offset = table_offset(tail_table(tail), slot, found)
        if offset != 0 and segment_frame_read_in(found[0], offset, fl_load_relaxed(&found[0].entries_end)) != NULL:
            frame = tail_find(tail, slot, found)
    return frame


cdef int walk_entry(void *context, segment *seg, uint64_t slot, uint64_t address) noexcept nogil:
    cdef walk *w = <walk *>context
    cdef segment *found
    cdef const fl_frame *frame = frame_at(w.tail, address, &found)
    w.count += 1
    w.taken = w.taken or slot == SLOT_APPENDED
    if frame != NULL and frame_inside(found, frame):
        w.digest = mix(w.digest, mix(mix(slot, frame.slot), frame.value_crc))
    return 0


cdef uint64_t tail_walk(tail_state *tail, bint *taken) noexcept nogil:
    """Every way to an entry; a digest of what they lead to."""
    cdef segment_table *table = tail_table(tail)
    cdef segment *seg
    cdef const fl_frame *frame
    cdef walk w
    cdef uint64_t i, slot = 0
    cdef bint found = True
    w.tail, w.digest, w.count, w.taken = tail, 0, 0, False
    taken[0] = False
    if table == NULL:
        return 0
    for i in range(table.count):
        if table.segments[i] != NULL and segment_each(tail, table.segments[i], walk_entry, &w) != 0:
            broken(b"a footer that was checked cannot be walked")
    for i in range(SLOTS_MOST):
        slot = tail_next_slot(tail, slot, &found)
        if not found:
            break
        frame = frame_of(tail, slot, &seg)
        if frame != NULL and frame_inside(seg, frame):
            if frame.slot != slot:
                broken(b"a look-up by slot gave out another slot's entry")
            w.digest = mix(w.digest, frame.value_crc)
        slot += 1
        if slot == 0:
            break
    w.digest = mix(w.digest, tail_contiguous(tail, 0))
    frame_of(tail, UINT64_MAX, &seg)
    frame_at(tail, UINT64_MAX - 7, &seg)
    frame_at(tail, table.first_number << SPAN_BITS, &seg)
    last.entries = w.count
    taken[0] = w.taken
    return w.digest


cdef int tail_start(tail_state *tail, tail_open_report *report) noexcept nogil:
    cdef int status
    folder_follow()
    status = tail_init(tail, tail_folder, LOG_ID, SEED, SEGMENT, SPAN_BITS)
    if status == 0:
        status = tail_open(tail, report)
    return status


cdef void tail_again(tail_state *tail, uint64_t slot, uint32_t crc) noexcept nogil:
    cdef tail_open_report report
    cdef segment *seg
    cdef const fl_frame *frame
    cdef uint64_t digest
    cdef bint taken
    if tail_start(tail, &report) != 0 or report.bad_reason != TAIL_GOOD:
        broken(b"a good tail is damaged after an append and a seal")
    digest = tail_walk(tail, &taken)
    frame = frame_of(tail, slot, &seg)
    if frame == NULL or not frame_inside(seg, frame) or frame.value_crc != crc:
        broken(b"an entry that was appended is not there")
    tail_close(tail)
    if tail_start(tail, &report) != 0 or tail_walk(tail, &taken) != digest:
        broken(b"another opening of the same files finds something else")
    tail_close(tail)


cdef void fuzz_tail(const uint8_t *data, size_t size) noexcept nogil:
    cdef recipe r
    cdef tail_recipe t
    cdef tail_state tail
    cdef tail_open_report report
    cdef tail_item item
    cdef uint64_t room[16]
    cdef fl_frame *frame = <fl_frame *>room
    cdef uint64_t slot = SLOT_APPENDED
    cdef bint taken
    cdef int status
    r.at, r.end = data, data + size
    tail_cook(&r, &t)
    status = tail_start(&tail, &report)
    last.reason = report.bad_reason
    if status == 0:
        tail_walk(&tail, &taken)
        memset(room, 0, sizeof(room))
        frame.slot, frame.ballot_id, frame.value_len = slot, 7, 20
        value_fill(<uint8_t *>fl_frame_value(frame), 20, 1)
        frame.value_crc = fl_crc32c(0, fl_frame_value(frame), 20)
        item.slot, item.source = slot, frame
        if not taken and report.bad_reason == TAIL_GOOD:
            status = tail_append(&tail, &item, 1)
            if status == 0 and t.entries & 1:                    # now and then: it allocates a megabyte
                status = tail_rewrite(&tail, 0)
            if status == 0:
                status = tail_sync(&tail)
            if status == 0:
                tail_walk(&tail, &taken)
                status = tail_seal(&tail)
            if status != 0 and status != -EFBIG and status != -ENOSPC:
                broken(b"a good tail cannot be appended to")
            tail_close(&tail)
            if status == 0:
                tail_again(&tail, slot, frame.value_crc)
        else:
            tail_close(&tail)
    else:
        tail_close(&tail)
    epoch_collect()
    files_reset()


# ---------------------------------------------------------------------------------------------------------------------- open

cdef uint8_t boot_now[16]
cdef object log_folder = None
cdef dict configs = {}
cdef bytes manifest_bytes = b""


cdef void file_bytes(const char *name, const void *data, uint64_t size) noexcept nogil:
    cdef memory_file *file = file_new(name)
    if file != NULL:
        file_resize(file, size)
        memcpy(file.data, data, size)


cdef uint32_t super_sum(memory_file *file, uint64_t offset) noexcept nogil:
    cdef fl_superblock *head = <fl_superblock *>(file.data + offset)
    cdef uint64_t room = file.size - offset - sizeof(fl_superblock)
    head.crc = 0
    return fl_crc32c(0, head, sizeof(head[0]) + min(<uint64_t>head.meta_bytes, room))


cdef void super_cook(recipe *r, ring_recipe *s, uint64_t tail_end) noexcept nogil:
    """SUPER: the block that the ring recipe calls for, spoilt as the recipe says, and perhaps an older one."""
    cdef fl_superblock head
    cdef fl_superblock *block
    cdef memory_file *file = file_new(b"SUPER")
    cdef uint64_t spoils = take(r, 1), i, where
    cdef uint64_t meta = take(r, 1) if spoils & 0x80 else 0
    if file == NULL:
        return
    memset(&head, 0, sizeof(head))
    memcpy(head.magic, b"FLSUPERB", 8)
    head.version, head.log_id, head.sequence = FL_FORMAT_VERSION, LOG_ID, 5
    head.incarnation, head.begin_incarnation, head.begin = s.incarnation_last, s.incarnation, s.begin
    head.clean, head.end, head.durable, head.shared = s.clean, s.end if s.clean else 0, s.mark, s.was_shared
    head.tail_end = tail_end
    if s.same_boot:
        memcpy(head.boot_id, boot_now, 16)
    head.meta_bytes = <uint32_t>meta
    file_resize(file, FL_SUPERBLOCK_STRIDE + sizeof(head) if s.tail_first else sizeof(head) + meta)
    if s.tail_first:
        head.sequence, head.meta_bytes = 4, 0
        memcpy(file.data + FL_SUPERBLOCK_STRIDE, &head, sizeof(head))
        block = <fl_superblock *>(file.data + FL_SUPERBLOCK_STRIDE)
        block.crc = super_sum(file, FL_SUPERBLOCK_STRIDE)
        head.sequence, head.meta_bytes = 5, <uint32_t>meta
    memcpy(file.data, &head, sizeof(head))
    block = <fl_superblock *>file.data
    for i in range(meta):
        file.data[sizeof(head) + i] = <uint8_t>take(r, 1)
    for i in range(spoils & 7):
        where = take(r, 1)
        (<uint64_t *>block)[(where & 31) % 23] = take(r, 8)
        if where & 32:
            block.sequence = UINT64_MAX
    block.crc = super_sum(file, 0)
    if spoils & 8:                                               # a byte of it, sum not mended
        byte_spoil(r, file, take(r, 2))
    if spoils & 16:
        file_resize(file, take(r, 2) * 8)


cdef void manifest_cook(recipe *r) noexcept:
    cdef uint64_t spoils = take(r, 1), i
    cdef memory_file *file
    file_bytes(b"MANIFEST", PyBytes_AS_STRING(manifest_bytes), len(manifest_bytes))
    file = file_find(b"MANIFEST")
    for i in range(spoils & 3):
        word_spoil(r, file, 0, 14, 4)
    memset(file.data + 12, 0, 4)
    (<uint32_t *>file.data)[3] = fl_crc32c(0, file.data, file.size)
    if spoils & 4:
        byte_spoil(r, file, take(r, 1))
    if spoils & 8:
        file_resize(file, take(r, 1))


cdef list entries_of(log_core *core):
    """Everything that can be read."""
    cdef list found = []
    cdef uint64_t slot = fl_load_seqcst(&core.first_slot)
    cdef bint there = True
    cdef int status = 0
    cdef Entry entry
    while len(found) < SLOTS_MOST:
        slot = next_slot(core, slot, READ_ANY, &there)
        if not there:
            break
        entry = read_entry(core, slot, READ_ANY, &status)
        if entry is None:
            found.append((slot, status))
        else:
            found.append((slot, entry.committed, entry.ballot_id, entry.ballot_node, bytes(entry)))
        slot += 1
        if slot == 0:
            break
    return found


cdef tuple ballots_of(log_core *core):
    cdef uint64_t id = 0, node = 0
    cdef object promised = (id, node) if core_ballot_read(&core.promised, &id, &node) else None
    return promised, fl_load_seqcst(&core.first_slot), core.meta[:core.meta_bytes] if core.meta_bytes else b""


cdef void log_kill(OpenLog opened):
    """As kill -9 leaves it: nothing is written any more."""
    fl_or_seqcst(&opened.core.state, CORE_POISONED)
    leases_drop()
    log_close_files(opened.core)
    core_free(opened.core)
    opened.core = NULL


# What an opening may raise, and which of these mean that it has written nothing.
_ERRORS = (FasterLogError, OSError, ValueError, TypeError, OverflowError, MemoryError)
_REFUSALS = (CorruptedLogError, FormatVersionError, IdentityError, ValueError)


cdef OpenLog try_open(object config):
    global last_error, writes
    cdef OpenLog opened
    folder_follow()
    writes = 0
    try:
        opened = log_open(config)
    except _ERRORS as error:
        last_error = f"{type(error).__name__}: {error}"
        # Salvage puts the tail right before it can see that two values were chosen for a slot; that stays.
        if isinstance(error, _REFUSALS) and writes and config.recovery == "strict":
            fail(f"a refusal has written to the log's files: {last_error}")
        return None
    except BaseException as error:
        last_error = f"{type(error).__name__}: {error}"
        fail(f"an error that no document names: {last_error}")
    last_error = ""
    return opened


cdef void fail(str what):
    cdef bytes text = what.encode()
    broken(text)


cdef int open_and_again(ring_recipe *s) except -1:
    cdef OpenLog opened, second
    cdef list found, later
    cdef tuple ballots
    cdef str shown
    config = configs[s.process, s.salvage]
    opened = try_open(config)
    last.reason = opened is None
    if opened is None:
        return 0
    found, ballots = entries_of(opened.core), ballots_of(opened.core)
    last.entries = len(found)
    whole = opened.report.clean or not (opened.report.damaged_slots or s.salvage)
    log_kill(opened)
    # A log that was damaged is opened once more in the same way, a whole one strictly.
    second = try_open(configs[s.process, not whole and s.salvage])
    if second is None:
        if "cannot take over" not in last_error:            # the ring of the recipe may be full
            fail(f"what was opened once is refused: {last_error}")
        return 0
    later = entries_of(second.core)
    if later != found or ballots_of(second.core) != ballots:
        fail(f"the second opening finds something else: {ballots} {found[:20]}\n{ballots_of(second.core)} {later[:20]}")
    # A clean end; damaged entries may keep it from being one.
    leases_drop()
    status = log_close_files(second.core)
    core_free(second.core)
    second.core = NULL
    if status != 0:
        return 0
    second = try_open(configs[s.process, s.salvage])
    if second is None:
        if "No space left" not in last_error:               # a forged MANIFEST's ring may be larger than the room here
            fail(f"what was closed cleanly is refused: {last_error}")
        return 0
    later = entries_of(second.core)
    if later != found or ballots_of(second.core) != ballots:
        fail(f"the opening after a clean close finds something else: {ballots} {found[:20]}\n{ballots_of(second.core)} {later[:20]}")
    log_kill(second)
    return 0


cdef recipe part_of(recipe *whole, uint64_t bytes) noexcept nogil:
    """The next bytes, as a recipe of their own."""
    cdef recipe part
    part.at = whole.at
    whole.at += min(bytes, <uint64_t>(whole.end - whole.at))
    part.end = whole.at
    return part


cdef void rest_clear(ring_recipe *s) noexcept nogil:
    """Behind a clean end no opening looks further than the place of the next RESTART, since that would read the whole file.  What is forged
    or has rotted there is found late: the next unclean opening refuses the log.  (`shared` says that all of it is zero.)"""
    cdef uint64_t at = s.end if s.was_shared else s.end + FL_FRAME_HEADER
    while at < s.begin + RING:
        files[0].data[at % RING] = 0
        at += 1


cdef void open_cook(const uint8_t *data, size_t size, ring_recipe *s) noexcept:
    cdef recipe whole, part
    cdef tail_recipe t
    cdef uint64_t bytes
    whole.at, whole.end = data, data + size
    bytes = take(&whole, 2)
    part = part_of(&whole, bytes)
    tail_cook(&part, &t)
    manifest_cook(&whole)
    # The superblock's bytes come first, but it is written from what the ring recipe says.
    bytes = take(&whole, 1)
    part = part_of(&whole, bytes)
    ring_cook(&whole, s)
    super_cook(&part, s, t.end)
    if s.clean:
        rest_clear(s)


cdef void fuzz_open(const uint8_t *data, size_t size) noexcept:
    cdef ring_recipe s
    open_cook(data, size, &s)
    try:
        open_and_again(&s)
    except BaseException as error:
        fail(f"the target itself failed: {type(error).__name__}: {error}")
    epoch_collect()
    files_reset()


# ---------------------------------------------------------------------------------------------------------------- for callers

ctypedef void (*target_function)(const uint8_t *data, size_t size) noexcept


cdef void call_replay(const uint8_t *data, size_t size) noexcept:
    fuzz_replay(data, size)


cdef void call_tail(const uint8_t *data, size_t size) noexcept:
    fuzz_tail(data, size)


cdef target_function function_of(str target) except NULL:
    if target == "replay":
        return call_replay
    if target == "tail":
        return call_tail
    if target == "open":
        return fuzz_open
    raise ValueError(target)


def start(folder):
    """From here on this process's logs are in memory; `folder` is a real, empty one."""
    global log_folder, manifest_bytes
    cdef bytes tail
    log_folder = os.path.join(folder, "log")
    os.makedirs(os.path.join(log_folder, "tail"))
    tail = os.fsencode(os.path.join(log_folder, "tail"))
    manifest_bytes = Manifest(LOG_ID, RING, SEGMENT, SPAN_BITS, 0, b"").pack()
    for process in (False, True):
        for salvage in (False, True):
            configs[process, salvage] = Config(
                log_folder, durability="process" if process else "accept", recovery="salvage" if salvage else "strict")
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            raw = bytes.fromhex(file.read().strip().replace("-", ""))
        memcpy(boot_now, PyBytes_AS_STRING(raw), 16)
    except (OSError, ValueError):
        pass
    memory_begin(PyBytes_AS_STRING(tail))


def stop():
    memory_end()


def run(str target, bytes data):
    """One input; returns (reason, entries, error) of its first opening."""
    cdef target_function function = function_of(target)
    global last_error
    last.entries = last.reason = 0
    last_error = ""
    function(<const uint8_t *>PyBytes_AS_STRING(data), len(data))
    return last.reason, last.entries, last_error


def image(str target, bytes data):
    """The files that a recipe for `replay` or `open` makes, and (begin, mark, known end, incarnation, highest incarnation)."""
    cdef recipe r
    cdef ring_recipe s
    cdef int i
    r.at = <const uint8_t *>PyBytes_AS_STRING(data)
    r.end = r.at + len(data)
    if target == "replay":
        ring_cook(&r, &s)
    else:
        open_cook(r.at, len(data), &s)
    made = {files[i].name.decode(): files[i].data[:files[i].size] for i in range(FILES) if files[i].there}
    files_reset()
    return made, (s.begin, s.mark, s.end if s.clean else 0, s.incarnation, s.incarnation_last)


def entry(str target):
    """The C function of a target, for driver.c."""
    return PyCapsule_New(<void *>function_of(target), "fasterlog.fuzz", NULL)
