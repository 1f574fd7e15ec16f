"""Reading the ring back (PROTOCOL: R1, R2).

A frame counts if it lies where its header says, its incarnation is the one in force (or it is a RESTART that raises it), and both checksums
fit.  At the first place where no such frame stands there are four cases:

    below the highest SYNC mark             rot: it was on disk and is not now.  Strict: refuse.  Salvage: skip to the next good frame
    above it, killed, level "process"       a hole (never marked, or PENDING) is skipped and becomes a PAD: calls that returned later
                                            lie behind it.  A frame that is published and does not fit is rot
    above it, killed, the other levels      the end: a group is one sequential write, so nothing good lies behind
    above it, another boot                  the end: any of the unsynced sectors may be missing

The highest mark is known only when all frames have been looked at, also those behind the bad place; a search behind it steps 8
bytes at a time and is cheap, since a frame repeats its own address.  Stale frames of the last lap do not have it; frames that
an earlier recovery cut have a lower incarnation, and the log has a RESTART before them.

Replay applies the good frames in address order; log order never contradicts the order in which the index words changed (W1):

    VOTE      the slot's vote, unless it is committed.  If the slot is "chosen, value missing" and this is the vote: the value
    CHOSEN    with value: committed.  Without: the vote it names is committed; if that is not here, "chosen, value missing" (R2)
    PROMISE, and every VOTE         raise the promise
    DISCARD   votes at and above its slot that came before it are gone
    TRIM      the first slot      META  the mapping      SYNC  the mark      RESTART  the incarnation      BATCH  its frames

A slot that is both here and in the tail: the tail's stands if they are equal; if not, or if two different values were chosen
here, the log is refused.
"""
from libc.errno cimport ENOMEM
from libc.stdint cimport int16_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memset

from fasterlog._atomic cimport (
    fl_load_relaxed, fl_load_seqcst, fl_store_relaxed, fl_store_seqcst, fl_word,
)
from fasterlog._control cimport meta_keep, votes_drop
from fasterlog._core cimport NEED_PAGES, NOT_FOUND, OK, core_ballot_raise, log_core, op_result
from fasterlog._epoch cimport epoch_mine, fl_epoch_enter, fl_epoch_leave, fl_epoch_record
from fasterlog._index cimport (
    INDEX_ABSENT, INDEX_MISSING, INDEX_RING, INDEX_VOTED, index_address, index_prepare, index_word_find,
)
from fasterlog._layout cimport (
    FL_FLAG_VALUE, FL_FRAME_HEADER, FL_KIND_BATCH, FL_KIND_CHOSEN, FL_KIND_DISCARD, FL_KIND_END, FL_KIND_ENTRY, FL_KIND_META,
    FL_KIND_NONE, FL_KIND_PAD, FL_KIND_PENDING, FL_KIND_PROMISE, FL_KIND_RESTART, FL_KIND_SYNC, FL_KIND_TRIM, FL_KIND_VOTE,
    FL_META_MOST, fl_crc32c, fl_frame, fl_frame_header_valid, fl_frame_value, fl_frame_value_valid, fl_publish_word,
    fl_word_flags, fl_word_incarnation, fl_word_kind, fl_word_length,
)
from fasterlog._phases cimport slot_place, slot_locate, slot_pages
from fasterlog._ring cimport (
    RING_FRAME_SHARE, ring_fill_header, ring_frame, ring_state, ring_word,
)

cdef enum:
    AHEAD_MOST = 1000       # openings that superblocks may be behind, and be believed

cdef enum frame_verdict:
    FRAME_GOOD
    FRAME_HOLE              # nothing was ever published here
    FRAME_TORN              # its header fits, its value does not
    FRAME_ALIEN             # anything else: stale bytes, or damage


# ----------------------------------------------------------------------------------------------------------- is it a frame?

cdef bint shape_fits(uint32_t kind, uint32_t flags, uint64_t length, const fl_frame *frame) noexcept nogil:
    """Does the length say what kind and value length call for?"""
    if kind == FL_KIND_PAD:
        return frame.value_len == 0
    if kind == FL_KIND_CHOSEN and not flags & FL_FLAG_VALUE:
        return length == FL_FRAME_HEADER
    return length == FL_FRAME_HEADER + ((<uint64_t>frame.value_len + 7) & ~<uint64_t>7)


cdef bint carries_value(uint32_t kind, uint32_t flags) noexcept nogil:
    return kind != FL_KIND_PAD and (kind != FL_KIND_CHOSEN or flags & FL_FLAG_VALUE)


cdef frame_verdict frame_check(const replay_state *state, uint64_t address, uint64_t limit) noexcept nogil:
    """What stands at `address`, incarnation aside."""
    cdef const fl_frame *frame = ring_frame(&state.core.ring, address)
    cdef uint64_t word, length
    cdef uint32_t kind, flags
    if limit - address < FL_FRAME_HEADER:
        return FRAME_HOLE
    word = fl_load_relaxed(ring_word(&state.core.ring, address))      # relaxed: nobody else knows this ring yet
    kind, flags, length = fl_word_kind(word), fl_word_flags(word), fl_word_length(word)
    if kind == FL_KIND_NONE or kind == FL_KIND_PENDING:
        return FRAME_HOLE if word == 0 or kind == FL_KIND_PENDING else FRAME_ALIEN
    if kind >= FL_KIND_END or kind == FL_KIND_ENTRY or frame.address != address:
        return FRAME_ALIEN
    if length < FL_FRAME_HEADER or length > limit - address:
        return FRAME_ALIEN
    if kind != FL_KIND_PAD and length > state.core.ring.size // RING_FRAME_SHARE:
        return FRAME_ALIEN
    if not shape_fits(kind, flags, length, frame) or not fl_frame_header_valid(state.core.ring.seed, frame):
        return FRAME_ALIEN
    if carries_value(kind, flags) and not fl_frame_value_valid(frame):
        return FRAME_TORN
    return FRAME_GOOD


cdef bint incarnation_fits(const replay_state *state, uint64_t address) noexcept nogil:
    """The one in force, or a RESTART that raises it; never one that no opening of this log has borne."""
    cdef uint64_t word = fl_load_relaxed(ring_word(&state.core.ring, address))
    cdef uint16_t theirs = fl_word_incarnation(word)
    if theirs == state.incarnation:
        return True
    # Serial numbers: they may wrap after 65,536 openings.
    return (fl_word_kind(word) == FL_KIND_RESTART and <int16_t>(theirs - state.incarnation) > 0
            and <int16_t>(state.incarnation_last - theirs) >= 0)


cdef bint opening_unknown(replay_state *state, uint64_t address) noexcept nogil:
    """A good frame of an opening that came after the superblock's: the newer superblocks are lost.  That is damage; and whatever salvage
    makes of it, the next incarnation has to be above, or what is cut here would count again."""
    cdef const fl_frame *frame = ring_frame(&state.core.ring, address)
    cdef int16_t ahead = <int16_t>(frame.incarnation - state.incarnation_last)
    if ahead <= 0 or ahead > AHEAD_MOST or frame_check(state, address, state.limit) != FRAME_GOOD:
        return False
    if not state.rotten:
        state.rotten, state.rot_at = True, address
    state.unknown += 1                                   # the promise and the mapping may have been there alone
    state.core.incarnation += <uint64_t>ahead
    state.incarnation_last = frame.incarnation
    return True


# -------------------------------------------------------------------------------------------------------- behind a bad place

cdef bint incarnation_plausible(const replay_state *state, const fl_frame *frame) noexcept nogil:
    """For what lies behind a bad place, where a RESTART may be the damaged frame: stale frames have a lower one than is in force."""
    return (<int16_t>(frame.incarnation - state.incarnation) >= 0
            and <int16_t>(state.incarnation_last - frame.incarnation) >= 0)


cdef uint64_t search_from(const replay_state *state, uint64_t address) noexcept nogil:
    """Where to look for the next frame: not inside a batch that was never published or is torn - its inner frames are whole frames."""
    cdef uint64_t word = fl_load_relaxed(ring_word(&state.core.ring, address))
    cdef uint64_t length = fl_word_length(word)
    cdef bint known = (fl_word_kind(word) == FL_KIND_PENDING or frame_check(state, address, state.limit) == FRAME_TORN)
    if known and FL_FRAME_HEADER <= length <= state.limit - address:
        return address + length
    # A frame began here, so none does within its header; and the PAD that is to fill the hole takes that much.
    return address + FL_FRAME_HEADER


cdef uint64_t search_on(replay_state *state, uint64_t address) noexcept nogil:
    """The next good frame behind `address`, or the limit.  The first time it goes on to the limit, for the highest mark there is."""
    cdef uint64_t first = state.limit
    cdef uint64_t here = search_from(state, address)
    cdef bint holes = frame_check(state, address, state.limit) == FRAME_HOLE         # nothing but space that was never published so far
    cdef const fl_frame *frame
    cdef uint64_t next
    if here > address + FL_FRAME_HEADER:
        state.last_whole = max(state.last_whole, here)
    while here + FL_FRAME_HEADER <= state.limit and (first == state.limit or not state.searched):
        frame = ring_frame(&state.core.ring, here)
        if frame.address == here:
            opening_unknown(state, here)
        if frame.address != here or frame_check(state, here, state.limit) != FRAME_GOOD or not incarnation_plausible(state, frame):
            next = search_over(state, here, &holes)
            if next > here + 8:
                state.last_whole = max(state.last_whole, next)
            here = next
            continue
        first = min(first, here)
        if frame.kind == FL_KIND_SYNC:
            state.mark = max(state.mark, frame.slot)
        here += fl_word_length(fl_load_relaxed(ring_word(&state.core.ring, here)))
        state.last_good = max(state.last_good, here)
    state.searched = True
    return first


cdef uint64_t search_over(const replay_state *state, uint64_t here, bint *holes) noexcept nogil:
    """The next place to look at: not one in a batch that is torn, or that was never published, as in search_from."""
    cdef const fl_frame *frame = ring_frame(&state.core.ring, here)
    cdef uint64_t word = fl_load_relaxed(ring_word(&state.core.ring, here))
    cdef uint64_t length = fl_word_length(word)
    cdef bint fits = FL_FRAME_HEADER <= length <= state.limit - here
    if fits and frame.address == here and frame_check(state, here, state.limit) == FRAME_TORN and incarnation_plausible(state, frame):
        return here + length
    # Behind anything else than holes, what looks like a reservation may be part of a damaged frame.
    if holes[0] and fits and fl_word_kind(word) == FL_KIND_PENDING:
        return here + length
    holes[0] = holes[0] and word == 0
    return here + 8


cdef int hole_add(replay_state *state, uint64_t begin, uint64_t end) noexcept nogil:
    cdef hole *grown
    if state.hole_count == state.hole_room:
        grown = <hole *>realloc(state.holes, (2 * state.hole_room + 64) * sizeof(hole))
        if grown == NULL:
            return -ENOMEM
        state.holes = grown
        state.hole_room = 2 * state.hole_room + 64
    state.holes[state.hole_count].begin, state.holes[state.hole_count].end = begin, end
    state.holes[state.hole_count].incarnation = state.holes[state.hole_count].incarnation_behind = state.incarnation
    state.hole_count += 1
    return 0


cdef int damage_note(replay_state *state, uint64_t address, const fl_frame *frame) noexcept nogil:
    cdef damaged_frame *grown
    if state.damaged_count == state.damaged_room:
        grown = <damaged_frame *>realloc(state.damaged, (2 * state.damaged_room + 64) * sizeof(damaged_frame))
        if grown == NULL:
            return -ENOMEM
        state.damaged = grown
        state.damaged_room = 2 * state.damaged_room + 64
    grown = &state.damaged[state.damaged_count]
    grown.address, grown.slot, grown.ballot_id, grown.ballot_node = address, frame.slot, frame.ballot_id, frame.ballot_node
    state.damaged_count += 1
    return 0


cdef bint damage_counts(replay_state *state, const damaged_frame *damaged) noexcept nogil:
    cdef fl_epoch_record *self = epoch_mine()
    cdef slot_place found
    cdef int status
    fl_epoch_enter(self)
    status = slot_locate(state.core, damaged.slot, &found)
    fl_epoch_leave(self)
    # A vote that was written later took its place, a decision is one, and a mark tells more than we can.
    return status == NOT_FOUND or (found.state == INDEX_VOTED and index_address(found.seen) < damaged.address)


cdef int damage_tell(replay_state *state, uint64_t address) noexcept nogil:
    """The slots that a torn frame's header, or those of a torn batch's inner frames, still name."""
    cdef const fl_frame *frame = ring_frame(&state.core.ring, address)
    cdef uint64_t end = address + fl_word_length(fl_load_relaxed(ring_word(&state.core.ring, address)))
    cdef frame_verdict verdict
    cdef int status = 0
    if frame.kind == FL_KIND_VOTE or frame.kind == FL_KIND_CHOSEN:
        return damage_note(state, address, frame)
    if frame.kind != FL_KIND_BATCH:
        state.unknown += 1                               # a promise, a discard, the mapping: what it said is lost
        return 0
    address += FL_FRAME_HEADER
    while status == 0 and address < end:
        verdict = frame_check(state, address, end)
        if verdict != FRAME_GOOD and verdict != FRAME_TORN:
            state.unknown += 1
            break                                        # where the next one begins cannot be told any more
        frame = ring_frame(&state.core.ring, address)
        if frame.kind == FL_KIND_VOTE or frame.kind == FL_KIND_CHOSEN:
            status = damage_note(state, address, frame)
        elif frame.kind != FL_KIND_PAD:
            state.unknown += 1                           # as above
        address += fl_word_length(fl_load_relaxed(ring_word(&state.core.ring, address)))
    return status


cdef int damage_tell_all(replay_state *state, uint64_t address, uint64_t good) noexcept nogil:
    """Of everything that is lost from a bad place up to the next good frame, what can still be told."""
    cdef uint64_t here = search_from(state, address)
    cdef bint holes = frame_check(state, address, state.limit) == FRAME_HOLE
    cdef const fl_frame *frame
    cdef int status = 0
    if frame_check(state, address, state.limit) == FRAME_TORN:
        status = damage_tell(state, address)
    else:
        state.unknown += 1
    while status == 0 and here + FL_FRAME_HEADER <= good:
        frame = ring_frame(&state.core.ring, here)
        if frame.address == here and frame_check(state, here, state.limit) == FRAME_TORN and incarnation_plausible(state, frame):
            status = damage_tell(state, here)
        here = search_over(state, here, &holes)
    return status


cdef bint nothing_published(const replay_state *state, uint64_t address, uint64_t good) noexcept nogil:
    """Is there nothing in [address, good) but reservations, and zeros where one had not even been noted yet?"""
    cdef uint64_t here = search_from(state, address)
    cdef bint holes = True
    while here + FL_FRAME_HEADER <= good:
        if frame_check(state, here, state.limit) == FRAME_TORN:
            return False
        here = search_over(state, here, &holes)
        if not holes:
            return False
    return True


cdef int bad_place(replay_state *state, uint64_t address, uint64_t *next) noexcept nogil:
    """Decides the case of the head comment; *next is where the log goes on, or `address` if it ends here."""
    cdef frame_verdict verdict = frame_check(state, address, state.limit)
    cdef uint64_t good = search_on(state, address)
    cdef bint rot = address < state.mark or state.known_end != 0
    if not rot and state.same_boot and state.shared:
        rot = verdict != FRAME_HOLE or (good < state.limit and not nothing_published(state, address, good))
        if not rot and good < state.limit:
            next[0] = good
            return hole_add(state, address, good)
    next[0] = address
    if not rot:
        state.bytes_cut = max(state.last_good, address) - address
        if verdict == FRAME_TORN and state.bytes_cut == 0:
            state.bytes_cut = fl_word_length(fl_load_relaxed(ring_word(&state.core.ring, address)))
        return 0
    if not state.rotten:
        state.rotten, state.rot_at = True, address
    if not state.salvage:
        return 0
    if damage_tell_all(state, address, good) != 0:
        return -ENOMEM
    if good == state.limit:
        return 0
    next[0] = good
    if hole_add(state, address, good) != 0:
        return -ENOMEM
    # It may have been a RESTART that is lost: what follows bears the incarnation that it began, and the next opening has to know.
    if ring_frame(&state.core.ring, good).kind != FL_KIND_RESTART:
        state.incarnation = ring_frame(&state.core.ring, good).incarnation
        state.holes[state.hole_count - 1].incarnation_behind = state.incarnation
    return 0


# ------------------------------------------------------------------------------------------------------------------- replay

cdef int replay_run(replay_state *state) noexcept nogil:
    if state.known_end != 0:
        state.limit = state.known_end
    return replay_from(state, state.begin, state.limit)


cdef int replay_from(replay_state *state, uint64_t address, uint64_t end) noexcept nogil:
    cdef uint64_t next
    cdef int status = 0
    while status == 0 and address < end:
        if frame_check(state, address, end) == FRAME_GOOD and incarnation_fits(state, address):
            next = address + fl_word_length(fl_load_relaxed(ring_word(&state.core.ring, address)))
            status = apply_frame(state, address)
        elif opening_unknown(state, address):
            continue                                     # once for each: it is known now
        else:
            status = bad_place(state, address, &next)
            if next == address:
                break
        address = next
    if state.known_end != 0 and address == end:
        # Right behind a clean end stands the RESTART of the next opening, if there has been one: then the superblock is an older one.
        state.limit = state.lap_end
        if state.limit - address >= FL_FRAME_HEADER and opening_unknown(state, address) and state.salvage:
            state.known_end = 0
            return replay_from(state, address, state.limit)
    state.end = address
    state.cut_end = end if state.rotten else max(state.last_good, state.last_whole)
    if address < state.mark and not state.rotten:        # it was on disk, and is not even in the file any more
        state.rotten, state.rot_at = True, address
        state.unknown += 1
    return status


cdef int apply_frame(replay_state *state, uint64_t address) noexcept nogil:
    cdef log_core *core = state.core
    cdef const fl_frame *frame = ring_frame(&core.ring, address)
    cdef uint64_t word = fl_load_relaxed(ring_word(&core.ring, address))
    cdef uint32_t kind = fl_word_kind(word)
    cdef op_result ignored
    cdef int status = 0
    if kind == FL_KIND_RESTART:
        state.incarnation = fl_word_incarnation(word)
    elif kind == FL_KIND_SYNC:
        state.mark = max(state.mark, frame.slot)
    elif kind == FL_KIND_PROMISE:
        status = raise_promise(core, frame, &ignored)
    elif kind == FL_KIND_VOTE:
        status = raise_promise(core, frame, &ignored)
        if status == 0:
            status = apply_vote(state, frame, address)
    elif kind == FL_KIND_CHOSEN:
        status = apply_chosen(state, frame, address, fl_word_flags(word) & FL_FLAG_VALUE)
    elif kind == FL_KIND_DISCARD:
        apply_discard(core, frame.slot)
    elif kind == FL_KIND_TRIM:
        fl_store_seqcst(&core.first_slot, max(fl_load_seqcst(&core.first_slot), frame.slot + 1))
    elif kind == FL_KIND_META:
        status = apply_meta(core, frame)
    elif kind == FL_KIND_BATCH:
        status = apply_batch(state, address)
    return status


cdef int raise_promise(log_core *core, const fl_frame *frame, op_result *ignored) noexcept nogil:
    cdef int status = core_ballot_raise(&core.promised, frame.ballot_id, frame.ballot_node, ignored)
    return status if status < 0 else 0           # a lower ballot is no news


cdef int apply_batch(replay_state *state, uint64_t address) noexcept nogil:
    """The outer checksum has vouched for the inner frames; their bounds are checked all the same."""
    cdef uint64_t end = address + fl_word_length(fl_load_relaxed(ring_word(&state.core.ring, address)))
    cdef uint64_t inner = address + FL_FRAME_HEADER
    cdef int status = 0
    while inner < end:
        # All or none; and no batch in a batch, whose frames nobody would have looked at.
        if frame_check(state, inner, end) != FRAME_GOOD or ring_frame(&state.core.ring, inner).kind == FL_KIND_BATCH:
            if not state.rotten:
                state.rotten, state.rot_at = True, inner
            # A PAD from now on: the checkpoint walks through batches, and relies on their bounds.
            return damage_tell(state, address) or hole_add(state, address, end)
        inner += fl_word_length(fl_load_relaxed(ring_word(&state.core.ring, inner)))
    address += FL_FRAME_HEADER
    while status == 0 and address < end:
        status = apply_frame(state, address)
        address += fl_word_length(fl_load_relaxed(ring_word(&state.core.ring, address)))
    return status


cdef int apply_meta(log_core *core, const fl_frame *frame) noexcept nogil:
    cdef uint8_t *packed
    if frame.value_len > FL_META_MOST:
        return 0
    packed = <uint8_t *>malloc(frame.value_len + 1)
    if packed == NULL:
        return -ENOMEM
    memcpy(packed, fl_frame_value(frame), frame.value_len)
    meta_keep(core, packed, frame.value_len)
    return 0


cdef void apply_discard(log_core *core, uint64_t from_slot) noexcept nogil:
    cdef fl_epoch_record *self = epoch_mine()
    fl_epoch_enter(self)
    votes_drop(core, from_slot)
    fl_epoch_leave(self)


cdef void word_set(log_core *core, uint64_t slot, uint64_t bits) noexcept nogil:
    """Under an epoch of our own; the leaf has been prepared."""
    cdef fl_word *word = index_word_find(&core.index, slot)
    # seq_cst only for uniformity: nobody else knows this log yet.
    fl_store_seqcst(word, bits)


cdef int apply_vote(replay_state *state, const fl_frame *frame, uint64_t address) noexcept nogil:
    cdef log_core *core = state.core
    cdef fl_epoch_record *self = epoch_mine()
    cdef uint64_t slot = frame.slot
    cdef slot_place found
    cdef int status
    if slot < fl_load_seqcst(&core.first_slot):
        return 0
    status = index_prepare(&core.index, slot)
    if status != 0 or self == NULL:
        return -ENOMEM
    fl_epoch_enter(self)
    slot_locate(core, slot, &found)
    if found.state == INDEX_ABSENT or found.state == INDEX_VOTED:
        if found.word != NULL:
            word_set(core, slot, address | INDEX_VOTED)
    elif found.state == INDEX_MISSING and found.frame != NULL and same_entry(found.frame, frame):
        word_set(core, slot, address | INDEX_RING)     # a mark came before the copy that its vote was carried to
    fl_epoch_leave(self)
    return 0


cdef bint same_entry(const fl_frame *one, const fl_frame *other) noexcept nogil:
    return (one.ballot_id == other.ballot_id and one.ballot_node == other.ballot_node and one.value_len == other.value_len
            and one.value_crc == other.value_crc)


cdef bint same_value(const fl_frame *one, const fl_frame *other) noexcept nogil:
    return one.value_len == other.value_len and one.value_crc == other.value_crc


cdef int apply_chosen(replay_state *state, const fl_frame *frame, uint64_t address, bint has_value) noexcept nogil:
    cdef log_core *core = state.core
    cdef fl_epoch_record *self = epoch_mine()
    cdef uint64_t slot = frame.slot
    cdef op_result ignored
    cdef slot_place found
    cdef int status
    if slot < fl_load_seqcst(&core.first_slot):
        return 0
    status = index_prepare(&core.index, slot)
    if status != 0 or self == NULL:
        return -ENOMEM
    status = core_ballot_raise(&core.learned, frame.ballot_id, frame.ballot_node, &ignored)
    if status < 0:
        return status
    fl_epoch_enter(self)
    status = slot_locate(core, slot, &found)
    while status == NEED_PAGES:                        # the tail's entry, to be compared; bounded: more of its pages each turn
        fl_epoch_leave(self)
        status = slot_pages(core, slot)
        if status < 0:
            return status
        fl_epoch_enter(self)
        if status != OK:
            break                                      # not to be had: as if it did not fit its checksum
        status = slot_locate(core, slot, &found)
    if found.state >= INDEX_MISSING and found.frame != NULL and not same_value(found.frame, frame):
        state.two_values, state.conflict_slot = True, slot
    elif found.state >= INDEX_RING:
        pass                                           # said before
    elif has_value:
        word_set(core, slot, address | INDEX_RING)
    elif found.state == INDEX_VOTED and same_entry(found.frame, frame):
        word_set(core, slot, index_address(found.seen) | INDEX_RING)
    else:
        word_set(core, slot, address | INDEX_MISSING)  # for now at least: the vote may have been carried behind the mark (R2)
    fl_epoch_leave(self)
    return 0


# --------------------------------------------------------------------------------------------------------------- afterwards

cdef void hole_fill(ring_state *ring, uint64_t begin, uint32_t length, uint32_t kind, uint32_t value_len) noexcept nogil:
    """A frame in the place of lost ones; its value, if it has one, is zeros."""
    cdef fl_frame *frame = ring_frame(ring, begin)
    cdef uint32_t value_crc
    memset(<uint8_t *>frame + FL_FRAME_HEADER, 0, value_len)
    value_crc = fl_crc32c(0, fl_frame_value(frame), value_len)
    ring_fill_header(ring, frame, begin, length, kind, 0, 0, 0, 0, value_len, value_crc)
    fl_store_relaxed(ring_word(ring, begin), fl_publish_word(length >> 3, kind, 0, ring.incarnation))


cdef uint64_t restart_fill(ring_state *ring, uint64_t begin, uint64_t end) noexcept nogil:
    """A RESTART for the lost one; returns its end: that of the hole, or far enough from it for a PAD."""
    cdef uint64_t length = end - begin
    if length >= 2 * FL_FRAME_HEADER:
        length = FL_FRAME_HEADER
    hole_fill(ring, begin, <uint32_t>length, FL_KIND_RESTART, <uint32_t>length - FL_FRAME_HEADER)
    return begin + length


cdef void zero_from_the_back(ring_state *ring, uint64_t begin, uint64_t end) noexcept nogil:
    """So that a kill in between leaves the header of what was never published for as long as what it covers: without it, the next opening
    would take the frames of such a batch one by one (search_from)."""
    cdef fl_word *word
    end = (end + 7) & ~<uint64_t>7              # a file that was cut may end within a word; the page has the rest of it
    while end > begin:
        end -= 8
        word = ring_word(ring, end)
        if fl_load_relaxed(word) != 0:          # most of it is zero: its pages stay clean
            fl_store_relaxed(word, 0)           # relaxed: a kill sees this thread's stores in their order, and nobody else knows this ring


cdef void replay_tidy(replay_state *state, uint64_t zero_until) noexcept nogil:
    cdef log_core *core = state.core
    cdef hole *one
    cdef uint64_t i, begin
    for i in range(state.hole_count):
        # Whole frames, so at least one header long: one PAD each, of the incarnation in force there.
        one = &state.holes[i]
        begin = one.begin
        core.ring.incarnation = one.incarnation_behind
        if one.incarnation_behind != one.incarnation:
            begin = restart_fill(&core.ring, begin, one.end)
        if begin < one.end:
            hole_fill(&core.ring, begin, <uint32_t>(one.end - begin), FL_KIND_PAD, 0)
    if zero_until > state.end:
        zero_from_the_back(&core.ring, state.end, zero_until)


cdef void replay_free(replay_state *state) noexcept nogil:
    free(state.holes)
    free(state.damaged)
