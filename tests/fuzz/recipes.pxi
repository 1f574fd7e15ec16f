# From an input's bytes to a log's files.  Bytes taken as they are would never get behind a checksum; so an input is a recipe: frames and
# segments in small opcodes, which get right addresses and checksums, and then others that spoil them, with the checksums mended or
# not.  Anything is a recipe: what is missing at its end reads as zero, numbers wrap.  make_seeds.py writes recipes; the two agree on
# the numbers of the opcodes.

from libc.stdint cimport UINT64_MAX

from fasterlog._layout cimport (
    FL_FLAG_VALUE, FL_FORMAT_VERSION, FL_FRAME_HEADER, FL_KIND_BATCH, FL_KIND_CHOSEN, FL_KIND_ENTRY, FL_KIND_PAD, FL_KIND_PENDING,
    FL_KIND_VOTE, FL_SUPERBLOCK_STRIDE, fl_crc32c, fl_frame, fl_frame_header_crc, fl_frame_length, fl_frame_value, fl_publish_word,
    fl_run, fl_segment_header, fl_segment_trailer, fl_superblock,
)

cdef uint64_t LOG_ID = <uint64_t>0x9E3779B97F4A7C15
cdef uint32_t SEED = <uint32_t>(LOG_ID ^ (LOG_ID >> 32))

cdef enum:
    OPS_MOST = 600              # more than fit into a ring
    BATCHES = 3                 # open at once
    SEGMENTS = 4


cdef struct recipe:
    const uint8_t *at
    const uint8_t *end


cdef bint more(const recipe *r) noexcept nogil:
    return r.at < r.end


cdef uint64_t take(recipe *r, int bytes) noexcept nogil:
    cdef uint64_t value = 0
    cdef int i
    for i in range(bytes):
        if r.at < r.end:
            value |= <uint64_t>r.at[0] << (8 * i)
            r.at += 1
    return value


# ------------------------------------------------------------------------------------------------------------------ the ring

cdef struct ring_recipe:
    # What stands before the frames:
    bint same_boot, was_shared, salvage, clean, process, tail_first
    uint64_t begin, mark, size
    uint16_t incarnation, incarnation_last
    # While it is read:
    uint64_t at, end, high      # high: behind everything that was written
    uint16_t now                # the incarnation that frames bear
    uint64_t last               # address of the last frame
    uint64_t open[BATCHES]
    int depth
    # For the next frame only:
    uint32_t length8
    uint64_t slot, id, node
    int64_t address_off
    bint has_length, has_slot, has_ballot, repeats
    uint32_t repeat_len, repeat_crc


cdef fl_frame *image_frame(uint64_t address) noexcept nogil:
    return <fl_frame *>(files[0].data + address % RING)


cdef void sums_mend(fl_frame *frame, uint64_t room, bint value_too) noexcept nogil:
    cdef uint64_t word
    if value_too and frame.value_len <= room - FL_FRAME_HEADER:
        frame.value_crc = fl_crc32c(0, fl_frame_value(frame), frame.value_len)
    memcpy(&word, frame, 8)
    frame.header_crc = fl_frame_header_crc(SEED, word, frame)


cdef void value_fill(uint8_t *value, uint64_t size, uint64_t fill) noexcept nogil:
    cdef uint64_t i
    for i in range(size):
        value[i] = <uint8_t>(fill + i)


cdef void frame_make(recipe *r, ring_recipe *s, uint32_t kind, uint32_t bits) noexcept nogil:
    cdef uint64_t address = s.at, length, size, fill
    cdef uint32_t flags = bits & 3
    cdef bint bare
    cdef fl_frame *frame
    cdef uint64_t word
    if not s.has_slot:
        s.slot = take(r, 1)
    if not s.has_ballot:
        s.id, s.node = take(r, 1), 1
    size = take(r, 1) << (4 if bits & 4 else 0)
    fill = take(r, 1)
    bare = kind == FL_KIND_PAD or (kind == FL_KIND_CHOSEN and not flags & FL_FLAG_VALUE)
    length = FL_FRAME_HEADER if bare and kind != FL_KIND_PAD else fl_frame_length(size)
    if s.at + length > s.begin + RING:
        return
    frame = image_frame(address)
    memset(frame, 0, length)
    frame.value_len = 0 if kind == FL_KIND_PAD else <uint32_t>size
    frame.address = address + <uint64_t>s.address_off
    frame.slot, frame.ballot_id, frame.ballot_node = s.slot, s.id, s.node
    if bare and kind == FL_KIND_CHOSEN:
        # The sum of the value that a vote with the same operands has.
        frame.value_crc = run_sum(size, fill)
        if s.repeats:
            frame.value_len, frame.value_crc = s.repeat_len, s.repeat_crc
    elif not bare:
        value_fill(<uint8_t *>fl_frame_value(frame), size, fill)
    word = fl_publish_word(s.length8 if s.has_length else <uint32_t>(length >> 3), kind, flags, s.now)
    memcpy(frame, &word, 8)
    if kind == FL_KIND_PENDING:
        memset(<uint8_t *>frame + 8, 0, length - 8)
    else:
        sums_mend(frame, length, not bare)
    s.last = address
    s.at += length
    s.has_length = s.has_slot = s.has_ballot = s.repeats = False
    s.address_off = 0


cdef uint32_t run_sum(uint64_t size, uint64_t fill) noexcept nogil:
    cdef uint8_t value[256 * 16]
    value_fill(value, size, fill)
    return fl_crc32c(0, value, size)


cdef uint64_t room_of(const ring_recipe *s) noexcept nogil:
    """From the last frame to where the recipe stands; it may have gone back."""
    return max(s.at - s.last, <uint64_t>FL_FRAME_HEADER) if s.at > s.last else <uint64_t>FL_FRAME_HEADER


cdef void value_raw(recipe *r, ring_recipe *s) noexcept nogil:
    """The last frame's value, taken from the recipe."""
    cdef fl_frame *frame = image_frame(s.last)
    cdef uint32_t i
    if frame.value_len > room_of(s) - FL_FRAME_HEADER:
        return
    for i in range(frame.value_len):
        (<uint8_t *>fl_frame_value(frame))[i] = <uint8_t>take(r, 1)
    sums_mend(frame, room_of(s), True)


cdef void batch_close(ring_recipe *s) noexcept nogil:
    cdef uint64_t begin, word
    cdef fl_frame *frame
    if s.depth == 0:
        return
    s.depth -= 1
    begin = s.open[s.depth]
    if s.at < begin + FL_FRAME_HEADER:
        return
    frame = image_frame(begin)
    frame.value_len = <uint32_t>(s.at - begin - FL_FRAME_HEADER)
    word = fl_publish_word(<uint32_t>((s.at - begin) >> 3), FL_KIND_BATCH, 0, s.now)
    memcpy(frame, &word, 8)
    sums_mend(frame, s.at - begin, True)
    s.last = begin


cdef void batch_open(ring_recipe *s) noexcept nogil:
    cdef fl_frame *frame = image_frame(s.at)
    if s.depth == BATCHES or s.at + FL_FRAME_HEADER > s.begin + RING:
        return
    memset(frame, 0, FL_FRAME_HEADER)
    frame.address = s.at
    s.open[s.depth] = s.at
    s.depth += 1
    s.at += FL_FRAME_HEADER


cdef void ring_begin(recipe *r, ring_recipe *s) noexcept nogil:
    cdef uint64_t flags = take(r, 1), place = take(r, 1)
    memset(s, 0, sizeof(s[0]))
    s.same_boot, s.was_shared, s.salvage, s.clean = flags & 1, (flags >> 1) & 1, (flags >> 2) & 1, (flags >> 3) & 1
    s.process, s.tail_first = (flags >> 4) & 1, (flags >> 5) & 1
    # On the first lap an address is its place; bit 7: a few laps later.
    s.begin = (place & 0x7f) * 512 + (3 * RING if place & 0x80 else 0)
    s.incarnation = s.now = <uint16_t>take(r, 1)
    s.incarnation_last = <uint16_t>(s.incarnation + take(r, 1) % 8)
    s.mark = s.begin + 64 * take(r, 1)
    s.at = s.end = s.last = s.high = s.begin
    s.size = RING
    file_new(b"ring")
    file_resize(&files[0], RING)


cdef void ring_op(recipe *r, ring_recipe *s) noexcept nogil:
    cdef uint32_t op = <uint32_t>take(r, 1)
    cdef uint32_t bits = op >> 5
    cdef uint64_t n
    cdef fl_frame *last = image_frame(s.last)
    op &= 31
    if op == 0:
        s.at = min(s.at + 8 * take(r, 1), s.begin + RING)         # space that was never written
    elif op <= FL_KIND_ENTRY:
        frame_make(r, s, op, bits)
    elif op == 13:
        batch_open(s)
    elif op == 14:
        batch_close(s)
    elif op == 15:                                                # bytes as they are
        n = take(r, 1)
        while n and more(r) and s.at < s.begin + RING:
            files[0].data[s.at % RING] = <uint8_t>take(r, 1)
            s.at += 1
            n -= 1
        s.at = (s.at + 7) & ~<uint64_t>7
    elif op == 16:
        s.at = s.begin + take(r, 2) * 8 % RING
    elif op == 17:                                                # one byte of the last frame; sums: no, header, both
        n = take(r, 1)
        (<uint8_t *>last)[n] = <uint8_t>((<uint8_t *>last)[n] ^ take(r, 1))
        if bits & 3:
            sums_mend(last, room_of(s), bits & 2)
    elif op == 18:                                                # a word of it; sums mended
        n = take(r, 1) % 7
        (<uint64_t *>last)[n] = take(r, 8)
        sums_mend(last, room_of(s), bits & 2)
    elif op == 19:
        s.now = <uint16_t>(s.now + take(r, 1)) if bits & 1 else <uint16_t>take(r, 2)
    elif op == 20:
        s.end = s.at
    elif op == 21:
        s.length8, s.has_length = <uint32_t>take(r, 4 if bits & 1 else 2), True
    elif op == 22:
        s.address_off = 8 * (<int64_t>take(r, 2) - 0x8000)
    elif op == 23:
        s.slot, s.has_slot = take(r, 8), True
    elif op == 24:
        s.id, s.node, s.has_ballot = take(r, 8), take(r, 8), True
    elif op == 25:
        value_raw(r, s)
    elif op == 26:
        s.repeat_len, s.repeat_crc, s.repeats = <uint32_t>take(r, 4), <uint32_t>take(r, 4), True
    elif op == 27:
        s.mark = s.at
    elif op == 28:
        s.size = min(<uint64_t>RING, 8 * take(r, 2)) if bits & 1 else RING
    elif op == 29:                                                # back to the middle of what is there
        s.at = max(s.begin, s.at - min(s.at, 8 * take(r, 1)))
    elif op == 30:
        s.mark = take(r, 8)


cdef void ring_cook(recipe *r, ring_recipe *s) noexcept nogil:
    """files["ring"], and in `s` what a superblock would say of it."""
    cdef int i
    ring_begin(r, s)
    for i in range(OPS_MOST):
        if not more(r):
            break
        ring_op(r, s)
        s.high = max(s.high, s.at)
    while s.depth:
        batch_close(s)
    if s.end == s.begin:
        s.end = s.at
    if s.size < RING:
        file_resize(&files[0], s.size)


# ------------------------------------------------------------------------------------------------------------------ the tail

cdef struct tail_recipe:
    memory_file *file
    uint64_t number, address, at
    uint64_t previous_address
    uint32_t previous_crc
    uint64_t slot
    uint64_t last               # offset of the last frame
    bint sealed
    int count
    uint32_t entries
    uint64_t slots[2048]
    uint32_t offsets[2048]
    uint64_t end                # address behind the last entry


cdef void entry_make(recipe *r, tail_recipe *t, uint64_t slot, uint64_t id, uint64_t size, uint64_t fill) noexcept nogil:
    cdef uint64_t length = fl_frame_length(size), word
    cdef fl_frame *frame
    if t.file == NULL or t.sealed or t.entries == 2048 or t.at + length > SEGMENT:
        return
    if t.at + length > t.file.size:
        file_resize(t.file, pages(t.at + length))
    frame = <fl_frame *>(t.file.data + t.at)
    memset(frame, 0, length)
    frame.value_len, frame.address, frame.slot = <uint32_t>size, t.address + t.at, slot
    frame.ballot_id, frame.ballot_node = id, 1
    value_fill(<uint8_t *>fl_frame_value(frame), size, fill)
    word = fl_publish_word(<uint32_t>(length >> 3), FL_KIND_ENTRY, 0, 1)
    memcpy(frame, &word, 8)
    sums_mend(frame, length, True)
    t.slots[t.entries], t.offsets[t.entries] = slot, <uint32_t>(t.at >> 3)
    t.entries += 1
    t.last = t.at
    t.at += length
    t.end = t.address + t.at


cdef void header_mend(memory_file *file) noexcept nogil:
    cdef fl_segment_header *header = <fl_segment_header *>file.data
    header.crc = 0
    header.crc = fl_crc32c(0, header, sizeof(header[0]))


cdef fl_segment_trailer *trailer_of(memory_file *file) noexcept nogil:
    return <fl_segment_trailer *>(file.data + file.size - sizeof(fl_segment_trailer))


cdef void trailer_mend(memory_file *file, bint footer_too) noexcept nogil:
    cdef fl_segment_trailer *trailer = trailer_of(file)
    cdef uint64_t room = trailer.run_count * <uint64_t>sizeof(fl_run) + trailer.entry_count * 4
    if footer_too and trailer.footer_offset <= file.size and trailer.entry_count < 1 << 20 and room <= file.size - trailer.footer_offset:
        trailer.footer_crc = fl_crc32c(0, file.data + trailer.footer_offset, room)
    trailer.crc = 0
    trailer.crc = fl_crc32c(0, trailer, sizeof(trailer[0]))


cdef void segment_begin(recipe *r, tail_recipe *t, uint64_t gap) noexcept nogil:
    cdef char name[NAME]
    cdef fl_segment_header *header
    if t.count == SEGMENTS:
        return
    t.count += 1
    if t.file != NULL:
        t.previous_address = t.address
        t.previous_crc = trailer_of(t.file).crc if t.sealed else 0
    t.number += gap
    t.address = t.number << SPAN_BITS
    t.number += 1
    snprintf(name, sizeof(name), "%016llx.seg", <unsigned long long>t.address)
    t.file = file_new(name)
    if t.file == NULL:
        return
    file_resize(t.file, 4096)
    header = <fl_segment_header *>t.file.data
    memcpy(header.magic, b"FL-SEGMT", 8)
    header.version, header.log_id, header.address, header.span = FL_FORMAT_VERSION, LOG_ID, t.address, <uint64_t>1 << SPAN_BITS
    header.previous_address, header.previous_crc = t.previous_address, t.previous_crc
    header_mend(t.file)
    t.at, t.entries, t.sealed = 64, 0, False


cdef void entries_sort(tail_recipe *t) noexcept nogil:
    cdef uint32_t i, k
    cdef uint64_t slot
    cdef uint32_t offset
    for i in range(1, t.entries):
        slot, offset = t.slots[i], t.offsets[i]
        k = i
        while k and t.slots[k - 1] > slot:
            t.slots[k], t.offsets[k] = t.slots[k - 1], t.offsets[k - 1]
            k -= 1
        t.slots[k], t.offsets[k] = slot, offset


cdef void segment_finish(tail_recipe *t) noexcept nogil:
    """Footer and trailer, as a checkpoint writes them."""
    cdef fl_segment_trailer *trailer
    cdef fl_run *runs
    cdef uint32_t *offsets
    cdef uint32_t i, run_count = 0, kept = 0
    if t.file == NULL or t.sealed:
        return
    entries_sort(t)
    for i in range(t.entries):                                    # each slot once
        if kept and t.slots[kept - 1] == t.slots[i]:
            continue
        t.slots[kept], t.offsets[kept] = t.slots[i], t.offsets[i]
        if kept == 0 or t.slots[kept - 1] + 1 != t.slots[kept]:
            run_count += 1
        kept += 1
    file_resize(t.file, t.at)
    file_resize(t.file, pages(t.at + run_count * sizeof(fl_run) + 4 * kept + sizeof(fl_segment_trailer)))
    runs = <fl_run *>(t.file.data + t.at)
    offsets = <uint32_t *>(runs + run_count)
    run_count = 0
    for i in range(kept):
        offsets[i] = t.offsets[i]
        if i == 0 or t.slots[i - 1] + 1 != t.slots[i]:
            runs[run_count].first_slot, runs[run_count].count, runs[run_count].first_index = t.slots[i], 0, i
            run_count += 1
        runs[run_count - 1].count += 1
    trailer = trailer_of(t.file)
    memcpy(trailer.magic, b"FL-TRAIL", 8)
    trailer.version, trailer.log_id, trailer.address = FL_FORMAT_VERSION, LOG_ID, t.address
    trailer.entries_end = trailer.footer_offset = t.at
    trailer.entry_count, trailer.run_count = kept, run_count
    trailer.slot_min = t.slots[0] if kept else UINT64_MAX
    trailer.slot_max = t.slots[kept - 1] if kept else 0
    trailer_mend(t.file, True)
    t.sealed = True


cdef void byte_spoil(recipe *r, memory_file *file, uint64_t offset) noexcept nogil:
    cdef uint8_t what = <uint8_t>take(r, 1)
    if offset < file.size:
        file.data[offset] ^= what


cdef void word_spoil(recipe *r, memory_file *file, uint64_t begin, uint64_t words, int bytes) noexcept nogil:
    """Sets one of `words` words of `bytes` bytes from `begin` on."""
    cdef uint64_t offset = begin + take(r, 1) % max(words, <uint64_t>1) * <uint64_t>bytes
    cdef uint64_t value = take(r, bytes)
    if offset + <uint64_t>bytes <= file.size:
        memcpy(file.data + offset, &value, <size_t>bytes)


cdef void tail_op(recipe *r, tail_recipe *t) noexcept nogil:
    cdef uint32_t op = <uint32_t>take(r, 1)
    cdef uint32_t bits = op >> 4
    cdef uint64_t n, size, fill, i
    cdef fl_frame *frame
    op &= 15
    if op == 0:
        segment_begin(r, t, bits & 3)
        return
    if t.file == NULL:
        return
    if op == 1:                                                   # slots in a row
        n, size, fill = take(r, 1) % 128, take(r, 1), take(r, 1)
        for i in range(n):
            entry_make(r, t, t.slot, 1, size, fill + i)
            t.slot += 1
    elif op == 2:
        t.slot = take(r, 8 if bits & 1 else 1)
    elif op == 3:
        segment_finish(t)
    elif op == 4:                                                 # one entry
        n, size = take(r, 1), take(r, 1) << (4 if bits & 1 else 0)
        entry_make(r, t, t.slot, n, size, take(r, 1))
        t.slot += 1
    elif op == 5:
        byte_spoil(r, t.file, take(r, 2))
    elif op == 6:
        byte_spoil(r, t.file, t.file.size - take(r, 2))
    elif op == 7:
        word_spoil(r, t.file, 0, 8, 8)
        header_mend(t.file)
    elif op == 8 and t.sealed:
        word_spoil(r, t.file, t.file.size - sizeof(fl_segment_trailer), 16, 8)
        trailer_mend(t.file, bits & 1)
    elif op == 9 and t.sealed:
        word_spoil(r, t.file, t.at, (t.file.size - t.at) >> 2, 4)
        trailer_mend(t.file, True)
    elif op == 10 and t.entries:
        frame = <fl_frame *>(t.file.data + t.last)
        word_spoil(r, t.file, t.last, 7, 8)
        sums_mend(frame, min(<uint64_t>t.at, t.file.size) - t.last, bits & 1)
    elif op == 11:
        n = take(r, 2)
        file_resize(t.file, max(n, <uint64_t>8) * (8 if bits & 1 else 4096 if bits & 2 else 64) % ROOM)
        if t.file.size < 128 + t.at:
            t.sealed = True                                       # nothing more is written to it
            if t.file.size < sizeof(fl_segment_trailer):
                file_resize(t.file, sizeof(fl_segment_trailer))
            t.at, t.last, t.entries = 64, 64, 0
    elif op == 12:                                                # bytes as they are, behind the last frame
        n = take(r, 1)
        for i in range(n):
            if t.at + i < t.file.size:
                t.file.data[t.at + i] = <uint8_t>take(r, 1)
    elif op == 13:
        t.previous_address, t.previous_crc = take(r, 8), <uint32_t>take(r, 4)
        t.file = NULL                                             # the next header names that one
    elif op == 14:
        t.end = take(r, 8)


cdef void tail_cook(recipe *r, tail_recipe *t) noexcept nogil:
    cdef int i
    t.file = NULL
    t.number, t.previous_address, t.previous_crc = 0, UINT64_MAX, 0
    t.slot, t.count, t.sealed, t.entries, t.end, t.address = 0, 0, False, 0, 0, 0
    for i in range(OPS_MOST):
        if not more(r):
            break
        tail_op(r, t)
