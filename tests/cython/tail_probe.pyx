"""The tail as the core uses it, for tests: entries go in from Python, and the table of system calls can be made to fail."""
from libc.errno cimport EIO
from libc.stdint cimport UINT64_MAX, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy

from fasterlog._atomic cimport fl_load_acquire, fl_load_relaxed
from fasterlog._epoch cimport epoch_collect, epoch_mine, fl_epoch_enter, fl_epoch_leave, fl_epoch_record
from fasterlog._io cimport io, io_table
from fasterlog._layout cimport (
    FL_KIND_VOTE, fl_crc32c, fl_frame, fl_frame_header_valid, fl_frame_length, fl_frame_value, fl_frame_value_valid,
    fl_publish_word)
from fasterlog._segment cimport segment_frame_read_in
from fasterlog._tail cimport (
    segment, segment_each, segment_pin, segment_table, segment_unpin, tail_append, tail_at, tail_close, tail_contiguous,
    tail_find, tail_init, tail_item, tail_next_slot, tail_open, tail_open_report, tail_rewrite, tail_seal, tail_state,
    tail_sync, tail_table, table_offset)

cdef io_table real = io
cdef int64_t calls_left = -1        # of the failing kind; below 0: none fails
cdef int failing_errno = EIO
cdef int failing_once = 0
cdef int64_t calls_seen = 0


cdef int fails() noexcept nogil:
    global calls_left, calls_seen
    calls_seen += 1
    if calls_left < 0:
        return 0
    if calls_left > 0:
        calls_left -= 1
        return 0
    if failing_once:
        calls_left = -1
    return failing_errno


cdef int64_t failing_pwrite(int fd, const void *data, uint64_t size, uint64_t offset) noexcept nogil:
    cdef int error = fails()
    if error:
        # Half of it goes through, as on a disk that becomes full.
        if size > 1:
            real.pwrite(fd, data, size // 2, offset)
        return -error
    return real.pwrite(fd, data, size, offset)


cdef int failing_fdatasync(int fd) noexcept nogil:
    cdef int error = fails()
    return -error if error else real.fdatasync(fd)


cdef int failing_fsync(int fd) noexcept nogil:
    cdef int error = fails()
    return -error if error else real.fsync(fd)


cdef int failing_open(const char *path, int flags, int mode) noexcept nogil:
    cdef int error = fails()
    return -error if error else real.open(path, flags, mode)


cdef int failing_rename(const char *source, const char *target) noexcept nogil:
    cdef int error = fails()
    return -error if error else real.rename(source, target)


def fail(str call, int64_t after, int error, bint once=False):
    """Lets `after` calls pass and then fail with `error`, one or all of them. `call` None, or "all": every kind."""
    global calls_left, failing_errno, failing_once, calls_seen
    calls_left, failing_errno, failing_once, calls_seen = after, error, once, 0
    if call in ("pwrite", "all"):
        io.pwrite = failing_pwrite
    if call in ("fdatasync", "all"):
        io.fdatasync = failing_fdatasync
    if call in ("fsync", "all"):
        io.fsync = failing_fsync
    if call in ("open", "all"):
        io.open = failing_open
    if call in ("rename", "all"):
        io.rename = failing_rename


def heal():
    """The real calls again; returns how many went through the failing ones."""
    io.pwrite, io.fdatasync, io.fsync = real.pwrite, real.fdatasync, real.fsync
    io.open, io.rename = real.open, real.rename
    return calls_seen


cdef int visit(void *context, segment *seg, uint64_t slot, uint64_t address) noexcept nogil:
    with gil:
        (<list>context).append((slot, address))
    return 0


cdef fl_frame *frame_from(uint64_t slot, uint64_t ballot_id, uint64_t ballot_node, bytes value) except NULL:
    cdef uint32_t size = <uint32_t>len(value)
    cdef uint64_t length = fl_frame_length(size)
    cdef fl_frame *frame = <fl_frame *>calloc(1, length)
    cdef uint64_t word = fl_publish_word(<uint32_t>(length // 8), FL_KIND_VOTE, 0, 3)
    cdef const char *source = value
    if frame == NULL:
        raise MemoryError
    memcpy(frame, &word, 8)
    frame.value_len, frame.slot = size, slot
    frame.ballot_id, frame.ballot_node = ballot_id, ballot_node
    frame.value_crc = fl_crc32c(0, source, size)
    memcpy(<void *>fl_frame_value(frame), source, size)
    return frame


cdef class Pin:
    """A lease: the segment stays mapped."""
    cdef segment *seg
    cdef const fl_frame *frame

    def value(self):
        return fl_frame_value(self.frame)[:self.frame.value_len]

    def release(self):
        segment_unpin(self.seg)
        self.seg = NULL


cdef class Tail:
    cdef tail_state state
    cdef readonly dict report        # of open()

    def __init__(self, path, uint64_t log_id=7, uint32_t seed=99, uint64_t segment_size=65536, uint32_t span_bits=18):
        cdef int status = tail_init(&self.state, path.encode(), log_id, seed, segment_size, span_bits)
        if status:
            raise OSError(-status, "tail_init")

    def open(self):
        cdef tail_open_report report
        cdef int status
        with nogil:
            status = tail_open(&self.state, &report)
        if status:
            raise OSError(-status, "tail_open")
        self.report = report

    def append(self, entries, bint damaged=False):
        """[(slot, ballot id, ballot node, value)] -> (status, addresses)."""
        cdef uint64_t i = 0, count = len(entries)
        cdef tail_item *items = <tail_item *>malloc((count + 1) * sizeof(tail_item))
        cdef int status
        for slot, ballot_id, ballot_node, value in entries:
            items[i].slot = slot
            items[i].source = frame_from(slot, ballot_id, ballot_node, value)
            i += 1
        if damaged:
            (<uint8_t *>fl_frame_value(items[count - 1].source))[0] ^= 1
        with nogil:
            status = tail_append(&self.state, items, count)
        addresses = [items[i].address for i in range(count)]
        for i in range(count):
            free(<void *>items[i].source)
        free(items)
        return status, addresses

    def sync(self):
        return tail_sync(&self.state)

    def seal(self):
        return tail_seal(&self.state)

    def rewrite(self, uint64_t address):
        return tail_rewrite(&self.state, address)

    def close(self):
        with nogil:
            tail_close(&self.state)
            epoch_collect()

    cdef object entry(self, const fl_frame *frame, segment *seg):
        if frame == NULL:
            return "damaged" if seg != NULL else None
        if not fl_frame_header_valid(self.state.home.seed, frame) or not fl_frame_value_valid(frame):
            return "damaged"
        return frame.slot, frame.ballot_id, frame.ballot_node, fl_frame_value(frame)[:frame.value_len]

    cdef void check_pages(self, uint64_t address, uint64_t slot) noexcept nogil:
        """What a reader does when a look-up gave no frame: by address, or with UINT64_MAX by slot."""
        cdef segment *seg = NULL
        cdef fl_epoch_record *record = epoch_mine()
        cdef uint64_t offset = 0
        fl_epoch_enter(record)
        if address == UINT64_MAX:
            offset = table_offset(tail_table(&self.state), slot, &seg)
        elif tail_at(&self.state, address, &seg) == NULL and seg != NULL:
            offset = address - seg.address
        if seg != NULL and not segment_pin(seg):
            seg = NULL
        fl_epoch_leave(record)
        if seg != NULL:
            segment_frame_read_in(seg, offset, fl_load_acquire(&seg.entries_end))
            segment_unpin(seg)

    def at(self, uint64_t address):
        cdef segment *seg
        cdef fl_epoch_record *record = epoch_mine()
        self.check_pages(address, 0)
        fl_epoch_enter(record)
        cdef const fl_frame *frame = tail_at(&self.state, address, &seg)
        try:
            return self.entry(frame, seg)
        finally:
            fl_epoch_leave(record)

    def find(self, uint64_t slot):
        cdef segment *seg
        cdef fl_epoch_record *record = epoch_mine()
        self.check_pages(UINT64_MAX, slot)
        fl_epoch_enter(record)
        cdef const fl_frame *frame = tail_find(&self.state, slot, &seg)
        try:
            return self.entry(frame, seg)
        finally:
            fl_epoch_leave(record)

    def pin(self, uint64_t address):
        cdef Pin pin = Pin()
        cdef fl_epoch_record *record = epoch_mine()
        self.check_pages(address, 0)
        fl_epoch_enter(record)
        pin.frame = tail_at(&self.state, address, &pin.seg)
        cdef bint pinned = pin.frame != NULL and segment_pin(pin.seg)
        fl_epoch_leave(record)
        assert pinned
        return pin

    def next_slot(self, uint64_t slot):
        cdef bint found
        cdef uint64_t result = tail_next_slot(&self.state, slot, &found)
        return result if found else None

    def contiguous(self, uint64_t slot):
        return tail_contiguous(&self.state, slot)

    def each(self):
        """Per segment, None where one is missing: [(slot, address)]."""
        cdef segment_table *table = tail_table(&self.state)
        cdef uint64_t i
        result = []
        if table != NULL:
            for i in range(table.count):
                entries = None
                if table.segments[i] != NULL:
                    entries = []
                    assert segment_each(&self.state, table.segments[i], visit, <void *>entries) == 0
                result.append(entries)
        return result

    def segments(self):
        """Per segment (address, sealed, runs, entries, file size)."""
        cdef segment_table *table = tail_table(&self.state)
        cdef uint64_t i
        cdef segment *seg
        result = []
        if table != NULL:
            for i in range(table.count):
                seg = table.segments[i]
                if seg != NULL:
                    runs = seg.run_count if seg.sealed else self.state.runs.run_count
                    result.append((seg.address, seg.sealed, runs, seg.entry_count, seg.file_size))
        return result

    def read_all(self, addresses, slots_sealed, uint64_t turns):
        """Looks addresses and slots up `turns` times without the GIL; returns how many were missing or damaged."""
        cdef uint64_t i, turn, bad = 0, slot
        cdef uint64_t count = len(addresses)
        cdef uint64_t *places = <uint64_t *>malloc((count + 1) * sizeof(uint64_t))
        cdef uint64_t sealed = slots_sealed
        cdef const fl_frame *frame
        cdef segment *seg
        cdef fl_epoch_record *record = epoch_mine()
        for i in range(count):
            places[i] = addresses[i]
        with nogil:
            for turn in range(turns):
                for i in range(count):
                    slot = (i * 7919 + turn) % sealed if sealed else UINT64_MAX
                    if turn == 0:
                        self.check_pages(places[i], 0)
                    if sealed:
                        self.check_pages(UINT64_MAX, slot)
                    fl_epoch_enter(record)
                    frame = tail_at(&self.state, places[i], &seg)
                    if frame == NULL or not fl_frame_header_valid(self.state.home.seed, frame):
                        bad += 1
                    elif not fl_frame_value_valid(frame):
                        bad += 1
                    frame = tail_find(&self.state, slot, &seg)
                    if sealed and (frame == NULL or frame.slot != slot):
                        bad += 1
                    fl_epoch_leave(record)
        free(places)
        return bad

    @property
    def sync_error(self):
        return self.state.home.sync_error

    @property
    def dirty(self):
        return bool(fl_load_relaxed(&self.state.dirty))

    @property
    def gauges(self):
        """(entries, bytes of the files)."""
        return fl_load_relaxed(&self.state.entries), fl_load_relaxed(&self.state.bytes)
