"""The immutable tail: entries that are chosen, in segment files that grow by appending and are never changed.

Addresses.  A segment has a number; its addresses begin at number << span_bits, and an entry's address is the segment's plus the
frame's offset in the file.  Numbers are never used twice.  So number = address >> span_bits finds the segment in a table at once.

States of a segment, one way:

    open      the last one.  The checkpoint appends frames behind `entries_end` and then moves it; entries are found by address.
    sealed    footer and trailer durable, before the next segment is created (T2); entries are found by slot as well.
    unlinked  out of the table, its file removed; the mapping stays until the last lease is given back (T3).

Roles.  The *appender* is whoever holds the checkpoint: one thread at a time appends, syncs, seals, opens, closes.  *Readers* look
things up inside an epoch, and keep what they found beyond it with a pin.  A pin keeps the segment mapped, and with it the file's
contents: files are only unlinked, never shortened or written over below `entries_end`.

Publishing.  Readers see one pointer: to a table that is never changed.  A segment's summary (sealed, runs, slot_min, slot_max)
is plain memory, written before a table that counts it as sealed is published; readers look at it only through such a table.  The
old table is retired.  The table's own pin on a segment is dropped by the epoch too, after it is out of every table that a reader
can still hold: inside an epoch a segment that was found can always be pinned.

Interleavings that must not go wrong:

1. A reader finds a segment; it is unlinked, its pin dropped, and unmapped under the reader.  The table's pin lasts until the
   reader has left its epoch; by then the reader has a pin of its own, or no interest.
2. A reader looks behind what is written.  Bytes are in the page cache, hence in the mapping, before `entries_end` is stored
   with release; look-ups load it with acquire and stay below it.
3. The open segment is sealed while a reader searches by slot.  The reader's table does not count it as sealed: the reader does not
   search it, and entries that are in the open segment only are found through the index (I3).
4. The sealing of one segment and the creation of the next are two publications.  Between them there is no open segment and all
   look-ups work; the appender alone cares.

What a crash leaves, step by step, and what tail_open makes of it:

    frames written, not synced    any part of them: scanned up to the first that does not verify; the ring still has the rest (C5)
    footer, trailer written       as long as one of them does not verify the segment is open
    sealed, next not created      no open segment; the next append creates it
    next under its temporary name the same; the file is removed by that append
    next created, empty           an open segment without entries

Bytes behind the last good frame are cut by not being counted, and tail_rewrite zeroes them: where a power cut has taken the mark as well
(level "process"), the slot may be given another value, and the frame that was cut must not verify again because a new one ends exactly
where it begins.  Within one run each ENTRY frame is a chosen value, whichever attempt wrote it; so a slot may lie in two segments, or
twice in one: the values are equal, and the newest is found.

A file that is missing, or was replaced, is noticed by its successor, whose header names address and checksum of its trailer (T2).
The appender's last word on what is durable in the open segment is the caller's to keep: compare tail_open_report.end with it.
"""
from libc.errno cimport EBADMSG, EFBIG, EINVAL, ENAMETOOLONG, ENOMEM
from libc.stdint cimport UINT64_MAX, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset, strdup, strlen

from fasterlog._atomic cimport (
    FL_ASSERT, fl_load_relaxed, fl_load_seqcst, fl_pointer_exchange, fl_store_relaxed, fl_store_release, fl_store_seqcst,
    fl_word)
from fasterlog._epoch cimport epoch_collect, epoch_retire, fl_retired
from fasterlog._io cimport io, io_pwrite_all, io_write_zeros
from fasterlog._layout cimport (
    FL_FRAME_HEADER, FL_KIND_ENTRY, FL_SEGMENT_HEADER, fl_frame, fl_frame_header_crc, fl_frame_header_valid, fl_frame_length,
    fl_frame_value, fl_frame_value_valid, fl_publish_word, fl_run)
from fasterlog._runs cimport (
    run_list_clear, run_list_init, run_list_mark, run_list_note, run_list_rollback, run_list_sorted, run_mark)
from fasterlog._segment cimport (
    TAIL_GOOD, TAIL_MISSING, segment, segment_bytes, segment_create, segment_destroy, segment_grow, segment_load,
    segment_frame_read_in, segment_names, segment_read_in, segment_seal, segment_unpin, segment_writable, sync_checked)
from fasterlog._table cimport segment_table, table_copy, table_new, table_offset, table_summarise

cdef enum:
    DIRECTORY_BYTES_MOST = 4000     # room in a path for the file's name
    SCRATCH_BYTES = 1 << 20         # one large write
    MISSING_MOST = 1 << 16          # numbers that a table holds places for although no file bears them


cdef void table_release(fl_retired *item) noexcept nogil:
    free(item)


cdef void segment_release(fl_retired *item) noexcept nogil:
    segment_unpin(<segment *>item)


cdef void tail_publish(tail_state *tail, segment_table *table) noexcept nogil:
    # seq_cst: unlinks the old table before epoch_retire takes its stamp; pairs with the loads in the look-ups (E1).
    cdef segment_table *old = <segment_table *>fl_pointer_exchange(&tail.table, table)
    if old != NULL:
        epoch_retire(&old.retired, table_release)


cdef int runs_each(
        segment *seg, const fl_run *runs, uint32_t count, const uint32_t *offsets, uint64_t entries, segment_visit visit,
        void *context) noexcept nogil:
    cdef uint32_t i, k
    cdef int status
    for i in range(count):
        for k in range(runs[i].count):
            if <uint64_t>runs[i].first_index + k >= entries:      # the footer has changed under us
                return -EBADMSG
            status = visit(
                context, seg, runs[i].first_slot + k, seg.address + <uint64_t>offsets[runs[i].first_index + k] * 8)
            if status:
                return status
    return 0


cdef int segment_each(tail_state *tail, segment *seg, segment_visit visit, void *context) noexcept nogil:
    cdef fl_run *runs
    cdef uint32_t count = 0
    cdef int status
    # Who asks for the open segment is the appender; others have found `seg` in a table that counts it as sealed.
    if seg != tail.open:
        return runs_each(seg, seg.runs, seg.run_count, seg.offsets, seg.entry_count, visit, context)
    runs = run_list_sorted(&tail.runs, &count)
    if runs == NULL:
        return -ENOMEM
    status = runs_each(seg, runs, count, tail.runs.offsets, tail.runs.entry_count, visit, context)
    free(runs)
    return status


# --- appending ----------------------------------------------------------------------------------------------------------

cdef struct appender:
    tail_state *tail
    uint8_t *scratch
    uint64_t capacity
    uint64_t staged                 # bytes in it
    uint64_t offset                 # in the open segment's file, of the first staged byte
    run_mark mark                   # of what the open segment held before this append
    bint rolled                     # a segment was sealed on the way


cdef uint64_t file_bytes(const segment *seg) noexcept nogil:
    return seg.file_size if seg != NULL else 0


cdef void gauge_add(fl_word *gauge, uint64_t amount) noexcept nogil:
    # relaxed: the appender alone writes gauges, and nobody concludes anything from one.
    fl_store_relaxed(gauge, fl_load_relaxed(gauge) + amount)


cdef int appender_write(appender *a, const void *data, uint64_t size) noexcept nogil:
    cdef segment *seg = a.tail.open
    cdef uint64_t size_before = seg.file_size
    cdef int status = io_pwrite_all(seg.fd, data, size, a.offset)
    if status:
        return status
    a.offset += size
    status = segment_grow(seg, a.offset, min(max(a.tail.segment_size, a.offset), seg.mapped))
    gauge_add(&a.tail.bytes, seg.file_size - size_before)
    return status


cdef int appender_flush(appender *a) noexcept nogil:
    cdef uint64_t size = a.staged
    a.staged = 0
    return appender_write(a, a.scratch, size) if size else 0


cdef int appender_put(appender *a, const void *data, uint64_t size) noexcept nogil:
    cdef int status
    if size > a.capacity - a.staged:
        status = appender_flush(a)
        if status:
            return status
        if size > a.capacity:
            return appender_write(a, data, size)
    memcpy(a.scratch + a.staged, data, size)
    a.staged += size
    return 0


cdef int tail_seal_at(tail_state *tail, uint64_t entries_end) noexcept nogil:
    """Seals the open segment, whose frames end there.  On an error nothing has changed."""
    cdef segment *seg = tail.open
    cdef segment_table *table
    cdef uint64_t size_before = seg.file_size
    cdef int status
    # The table first: after the trailer is durable nothing may fail.
    table = table_copy(tail_table(tail), 0, 0)
    if table == NULL:
        return -ENOMEM
    status = segment_seal(&tail.home, seg, entries_end, &tail.runs)
    if status:
        free(table)
        return status
    table_summarise(table, table.count)
    tail_publish(tail, table)
    gauge_add(&tail.bytes, seg.file_size - size_before)
    fl_store_seqcst(&tail.dirty, 0)         # seq_cst: whoever reads 0 finds the entries synced
    tail.open = NULL
    run_list_clear(&tail.runs)
    return 0


cdef int tail_create(tail_state *tail, uint64_t length) noexcept nogil:
    """A new open segment, whose first frame is going to take `length` bytes."""
    cdef segment_table *old = tail_table(tail)
    cdef segment_table *table
    cdef segment *previous
    cdef uint64_t number = old.first_number + old.count if old != NULL else 0
    cdef uint64_t span = <uint64_t>1 << tail.home.span_bits
    cdef uint64_t mapped = max(
        segment_bytes(tail.segment_size, tail.segment_size // FL_FRAME_HEADER), segment_bytes(FL_SEGMENT_HEADER + length, 1))
    cdef int status
    if number > (UINT64_MAX >> tail.home.span_bits):
        return -EFBIG
    table = table_copy(old, number, 1)
    if table == NULL:
        return -ENOMEM
    previous = old.segments[old.count - 1] if old != NULL else NULL
    # A predecessor that was damaged is in its place still, but its checksum is not known.
    status = segment_create(
        &tail.home, number << tail.home.span_bits, min(mapped, span),
        (number - 1) << tail.home.span_bits if old != NULL else UINT64_MAX,
        previous.chain_crc if previous != NULL else 0, &tail.open)
    if status:
        free(table)
        return status
    table.segments[table.count - 1] = tail.open
    table_summarise(table, table.count - 1)
    tail_publish(tail, table)
    gauge_add(&tail.bytes, tail.open.file_size)
    return 0


cdef bint segment_has_room(const tail_state *tail, uint64_t entries_end, uint64_t length) noexcept nogil:
    cdef uint64_t end = entries_end + length
    # An empty segment takes one entry of any size, as far as its mapping goes.
    if end > tail.segment_size and tail.runs.entry_count:
        return False
    return segment_bytes(end, <uint64_t>tail.runs.entry_count + 1) <= tail.open.mapped


cdef int appender_roll(appender *a, uint64_t length) noexcept nogil:
    """Goes on in a new segment."""
    cdef tail_state *tail = a.tail
    cdef int status
    if segment_bytes(FL_SEGMENT_HEADER + length, 1) > <uint64_t>1 << tail.home.span_bits:
        return -EFBIG
    if tail.open != NULL:
        status = appender_flush(a)
        if status == 0:
            # Entries of this append, or of none: they become visible here, and an error later does not take them back.
            status = tail_seal_at(tail, a.offset)
        if status:
            return status
        a.rolled = True
    status = tail_create(tail, length)
    a.mark = run_list_mark(&tail.runs)
    a.offset = FL_SEGMENT_HEADER
    return status


cdef int appender_entry(appender *a, tail_item *item) noexcept nogil:
    cdef const fl_frame *source = item.source
    cdef uint64_t length = fl_frame_length(source.value_len)
    cdef uint64_t offset, zeros = 0
    cdef uint64_t word = fl_publish_word(<uint32_t>(length // 8), FL_KIND_ENTRY, 0, source.incarnation)
    cdef fl_frame frame
    cdef int status = 0
    if a.tail.open == NULL or not segment_has_room(a.tail, a.offset + a.staged, length):
        status = appender_roll(a, length)
        if status:
            return status
    offset = a.offset + a.staged
    status = run_list_note(&a.tail.runs, item.slot, offset)
    if status:
        return status
    memcpy(&frame, &word, sizeof(word))
    frame.value_len = source.value_len
    frame.address = item.address = a.tail.open.address + offset
    frame.slot = item.slot
    frame.ballot_id = source.ballot_id
    frame.ballot_node = source.ballot_node
    frame.value_crc = source.value_crc
    frame.object = source.object
    frame.header_crc = fl_frame_header_crc(a.tail.home.seed, word, &frame)
    status = appender_put(a, &frame, sizeof(frame))
    if status == 0:
        status = appender_put(a, fl_frame_value(source), source.value_len)
    if status == 0:
        status = appender_put(a, &zeros, length - FL_FRAME_HEADER - source.value_len)
    return status


cdef void open_summarise(tail_state *tail) noexcept nogil:
    tail.open.entry_count = tail.runs.entry_count
    tail.open.slot_min = tail.runs.slot_min
    tail.open.slot_max = tail.runs.slot_max


cdef void appender_commit(appender *a) noexcept nogil:
    cdef tail_state *tail = a.tail
    if tail.open == NULL:
        return
    open_summarise(tail)
    # release: the bytes are in the mapping; pairs with the acquire in tail_at.
    fl_store_release(&tail.open.entries_end, a.offset)
    fl_store_seqcst(&tail.dirty, 1)         # seq_cst: before the caller's index words lead anyone here


cdef int items_check(tail_item *items, uint64_t count, uint64_t *bytes) noexcept nogil:
    """Verifies the values (F3) before anything is written."""
    cdef uint64_t i
    bytes[0] = 0
    for i in range(count):
        items[i].address = 0
        FL_ASSERT(items[i].source.slot == items[i].slot)
        if not fl_frame_value_valid(items[i].source):
            items[i].address = UINT64_MAX
            return -EBADMSG
        bytes[0] += fl_frame_length(items[i].source.value_len)
    return 0


cdef bint item_present(tail_state *tail, tail_item *item) noexcept nogil:
    """Whether an append that failed later on has already brought this entry into a sealed segment."""
    cdef segment *seg
    cdef const fl_frame *frame
    # No epoch: only the appender takes segments out of the table.
    cdef uint64_t offset = table_offset(tail_table(tail), item.slot, &seg)
    if offset == 0:
        return False
    frame = segment_frame_read_in(seg, offset, fl_load_relaxed(&seg.entries_end))       # relaxed: only the appender stores it
    if frame == NULL or frame.slot != item.slot or frame.value_len != item.source.value_len or frame.value_crc != item.source.value_crc:
        return False
    if not fl_frame_header_valid(tail.home.seed, frame) or not fl_frame_value_valid(frame):
        return False
    item.address = frame.address
    return True


cdef int appender_run(appender *a, tail_item *items, uint64_t count) noexcept nogil:
    cdef tail_state *tail = a.tail
    cdef uint64_t i, entries = 0
    cdef int status = 0
    for i in range(count):
        if tail.partial and item_present(tail, &items[i]):
            continue
        status = appender_entry(a, &items[i])
        if status:
            break
        entries += 1
    if status == 0:
        status = appender_flush(a)
    if status == 0:
        appender_commit(a)
        tail.partial = False
        gauge_add(&tail.entries, entries)
        return 0
    if tail.open != NULL:
        run_list_rollback(&tail.runs, &a.mark)
    if a.rolled:
        tail.partial = True
    return status


cdef int tail_append(tail_state *tail, tail_item *items, uint64_t count) noexcept nogil:
    cdef appender a
    cdef uint64_t bytes = 0
    cdef int status = items_check(items, count, &bytes)
    if status == 0 and tail.home.sync_error:
        status = -tail.home.sync_error
    if status == 0 and tail.open != NULL:
        status = segment_writable(&tail.home, tail.open)
    if status or count == 0:
        return status
    a.tail = tail
    a.capacity = min(bytes, <uint64_t>SCRATCH_BYTES)
    a.staged = 0
    a.rolled = False
    # relaxed: only the appender stores it.
    a.offset = fl_load_relaxed(&tail.open.entries_end) if tail.open != NULL else FL_SEGMENT_HEADER
    a.mark = run_list_mark(&tail.runs)
    a.scratch = <uint8_t *>malloc(a.capacity)
    if a.scratch == NULL:
        return -ENOMEM
    status = appender_run(&a, items, count)
    free(a.scratch)
    return status


cdef int tail_sync(tail_state *tail) noexcept nogil:
    cdef int status
    if tail.home.sync_error:
        return -tail.home.sync_error
    # seq_cst: pairs with the store in appender_commit.
    if tail.open == NULL or fl_load_seqcst(&tail.dirty) == 0:
        return 0
    status = segment_writable(&tail.home, tail.open)
    if status == 0:
        status = sync_checked(&tail.home, io.fdatasync(tail.open.fd))
    if status == 0:
        fl_store_seqcst(&tail.dirty, 0)     # seq_cst: whoever reads 0 finds the entries synced
    return status


cdef int tail_seal(tail_state *tail) noexcept nogil:
    cdef int status
    if tail.home.sync_error:
        return -tail.home.sync_error
    if tail.open == NULL:
        return 0
    status = segment_writable(&tail.home, tail.open)
    # relaxed: only the appender stores it.
    return status or tail_seal_at(tail, fl_load_relaxed(&tail.open.entries_end))


cdef int file_rewrite(segment *seg, uint64_t offset, uint64_t end) noexcept nogil:
    cdef uint64_t size
    cdef int status = 0
    # By way of memory: a write whose source is the very page it goes to is asking for trouble.
    cdef uint8_t *scratch = <uint8_t *>malloc(SCRATCH_BYTES)
    if scratch == NULL:
        return -ENOMEM
    while offset < end and status == 0:
        size = min(end - offset, <uint64_t>SCRATCH_BYTES)
        status = segment_read_in(seg, offset, offset + size)
        if status == 0:
            memcpy(scratch, seg.base + offset, size)
            status = io_pwrite_all(seg.fd, scratch, size, offset)
        offset += size
    free(scratch)
    return status


cdef int footer_rewrite(tail_state *tail) noexcept nogil:
    """The last segment's footer and trailer once more, durable: whoever wrote them may have been killed before his fdatasync, and the next
    segment must not be on disk without them.  The entries were synced before the footer was written."""
    cdef segment_table *table = tail_table(tail)
    cdef segment *seg = table.segments[table.count - 1] if table != NULL and table.count else NULL
    cdef int status
    if seg == NULL:
        return 0
    status = segment_writable(&tail.home, seg)
    if status == 0:
        # relaxed: a sealed segment's never changes.
        status = file_rewrite(seg, fl_load_relaxed(&seg.entries_end), seg.file_size)
    if status == 0:
        status = sync_checked(&tail.home, io.fdatasync(seg.fd))
    if seg.fd >= 0:
        io.close(seg.fd)
        seg.fd = -1
    return status


cdef int tail_rewrite(tail_state *tail, uint64_t address) noexcept nogil:
    cdef uint64_t offset, end
    cdef int status
    if tail.home.sync_error:
        return -tail.home.sync_error
    if tail.open == NULL:
        return footer_rewrite(tail)
    status = segment_writable(&tail.home, tail.open)
    if status:
        return status
    offset = max(address, tail.open.address) - tail.open.address
    end = fl_load_relaxed(&tail.open.entries_end)          # relaxed: only the appender stores it
    status = file_rewrite(tail.open, offset, end)
    # What was cut must not verify again behind a new entry that ends exactly where it begins: its slot may hold another value by then.
    if status == 0:
        status = io_write_zeros(tail.open.fd, end, tail.open.file_size - end)
    fl_store_seqcst(&tail.dirty, 1)         # seq_cst: as in appender_commit
    return status


# --- opening and closing ------------------------------------------------------------------------------------------------

cdef int tail_init(
        tail_state *tail, const char *directory, uint64_t log_id, uint32_t seed, uint64_t segment_size,
        uint32_t span_bits) noexcept nogil:
    memset(tail, 0, sizeof(tail[0]))
    run_list_init(&tail.runs)
    if span_bits < SPAN_BITS_LEAST or span_bits > SPAN_BITS_MOST:
        return -EINVAL
    if segment_size < FL_SEGMENT_HEADER or segment_size > <uint64_t>1 << span_bits:
        return -EINVAL
    if strlen(directory) > DIRECTORY_BYTES_MOST:
        return -ENAMETOOLONG
    tail.home.log_id = log_id
    tail.home.seed = seed
    tail.home.span_bits = span_bits
    tail.segment_size = segment_size
    tail.home.directory = strdup(directory)
    return 0 if tail.home.directory != NULL else -ENOMEM


cdef void report_damage(tail_open_report *report, uint64_t address, int reason) noexcept nogil:
    if report.bad_reason == TAIL_GOOD:
        report.bad_reason = reason
        report.bad_address = address


cdef uint64_t names_bound(const tail_state *tail, const uint64_t *addresses, uint64_t count, tail_open_report *report) noexcept nogil:
    """How many of the names a table of sensible size can hold: a stray name far away must not take the memory."""
    cdef uint64_t i, missing = 0
    for i in range(1, count):
        missing += ((addresses[i] - addresses[i - 1]) >> tail.home.span_bits) - 1
        if missing > MISSING_MOST:
            report_damage(report, addresses[i - 1] + (<uint64_t>1 << tail.home.span_bits), TAIL_MISSING)
            return i
    return count


cdef void predecessor_check(
        const segment *previous, uint64_t previous_address, const segment *seg, tail_open_report *report) noexcept nogil:
    """Whether the file before this one is the one its header names (T2)."""
    if seg.previous_address != previous_address:
        report_damage(report, seg.previous_address, TAIL_MISSING)
    # A predecessor that could not be loaded has been reported.
    elif previous != NULL and seg.previous_crc != previous.chain_crc:
        report_damage(report, previous_address, TAIL_MISSING)


cdef int table_load(
        tail_state *tail, segment_table *table, const uint64_t *addresses, uint64_t count, tail_open_report *report) noexcept nogil:
    cdef uint64_t least = segment_bytes(tail.segment_size, tail.segment_size // FL_FRAME_HEADER)
    cdef uint64_t i, bytes_cut
    cdef segment *seg = NULL
    cdef segment *previous
    cdef int status, reason
    least = min(least, <uint64_t>1 << tail.home.span_bits)
    for i in range(count):
        previous = seg
        status = segment_load(
            &tail.home, addresses[i], least, i + 1 == count, &tail.runs, &seg, &reason, &bytes_cut)
        if status:
            return status
        if reason != TAIL_GOOD:
            report_damage(report, addresses[i], reason)
            continue
        if i:
            predecessor_check(previous, addresses[i - 1], seg, report)
        table.segments[(addresses[i] >> tail.home.span_bits) - table.first_number] = seg
        report.segments += 1
        report.entries += seg.entry_count
        report.bytes += seg.file_size
        report.bytes_cut += bytes_cut
        # relaxed: nobody else knows the segment yet.
        report.end = seg.address + fl_load_relaxed(&seg.entries_end)
    table_summarise(table, table.count if seg == NULL or seg.sealed else table.count - 1)
    tail.open = NULL if seg == NULL or seg.sealed else seg
    return 0


cdef int tail_open(tail_state *tail, tail_open_report *report) noexcept nogil:
    cdef uint64_t *addresses = NULL
    cdef uint64_t i, count = 0
    cdef segment_table *table
    cdef int status
    memset(report, 0, sizeof(report[0]))
    report.bad_address = UINT64_MAX
    status = segment_names(&tail.home, &addresses, &count)
    if status or count == 0:
        free(addresses)
        return status
    count = names_bound(tail, addresses, count, report)
    table = table_new(
        addresses[0] >> tail.home.span_bits, ((addresses[count - 1] - addresses[0]) >> tail.home.span_bits) + 1)
    status = table_load(tail, table, addresses, count, report) if table != NULL else -ENOMEM
    free(addresses)
    if status:
        if table != NULL:
            for i in range(table.count):
                if table.segments[i] != NULL:
                    segment_destroy(table.segments[i])
            free(table)
        run_list_clear(&tail.runs)
        return status
    tail_publish(tail, table)
    fl_store_relaxed(&tail.entries, report.entries)         # relaxed: gauges, as in gauge_add
    fl_store_relaxed(&tail.bytes, report.bytes)
    # What was found in the open segment may be in the page cache only: the first tail_sync really syncs.
    fl_store_seqcst(&tail.dirty, 1 if tail.open != NULL else 0)
    return 0


cdef void tail_close(tail_state *tail) noexcept nogil:
    # No look-up has begun since the exchange that does not find NULL; the grace period waits for the earlier ones (case 1).
    cdef segment_table *table = <segment_table *>fl_pointer_exchange(&tail.table, NULL)
    cdef uint64_t i
    if tail.open != NULL and tail.open.fd >= 0:
        io.close(tail.open.fd)
        tail.open.fd = -1
    tail.open = NULL
    run_list_clear(&tail.runs)
    free(tail.home.directory)
    tail.home.directory = NULL
    if table == NULL:
        return
    for i in range(table.count):
        if table.segments[i] != NULL:
            epoch_retire(&table.segments[i].retired, segment_release)
    epoch_retire(&table.retired, table_release)
    epoch_collect()
