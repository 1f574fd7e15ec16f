"""Salvage: puts a damaged tail into a state that opens, and lists what it has lost.

An ordinary opening reads headers and footers, and refuses at the first thing that does not fit.  Salvage reads every byte of every
segment before that, and where a file is damaged or missing it puts another in its place, under the same address:

    good frames       at the same offsets, so that addresses stay what they were
    everything else   zeros
    footer, trailer   of the good frames; the trailer bears `rebuilt`, and the checksum that the successor's header names

so the opening that follows needs to know nothing of damage.  The damaged file's bytes are kept beside it, in <address>.seg.damaged.

What is lost.  With a footer that fits, exactly its slots that have no good frame.  Without one, the slots of frames whose header fits
and whose value does not; and, since others may have been there that nothing names any more, `below` is set: whatever slot under it
the rest of the log does not know either counts as lost (see lost.py).  That may take in slots that were never decided.  To call such a
slot lost is the safe error: this node abstains there until it learns the value; the other one would be to vote again.

Order, and what a crash leaves.  The list is durable before the first file is replaced, each file is replaced at once (rename), and
salvage can be run again at any point: it finds the files that are good by now, and the rest as before, and joins what it finds to
the list.  Pages that the disk cannot read are read one by one and count as zeros.
"""
import os

from libc.errno cimport ENOENT
from libc.stdint cimport UINT64_MAX, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset
from posix.fcntl cimport O_NONBLOCK, O_RDONLY

from fasterlog._atomic cimport fl_word
from fasterlog._directory cimport os_error
from fasterlog._io cimport io, io_pread_all
from fasterlog._layout cimport (
    FL_FRAME_HEADER, FL_SEGMENT_HEADER, fl_crc32c, fl_frame, fl_frame_header_valid, fl_frame_length, fl_frame_value_valid,
    fl_run, fl_segment_header, fl_segment_trailer,
)
from fasterlog._runs cimport (
    footer_fits, run_footer, run_list, run_list_clear, run_list_footer, run_list_init, run_list_note,
)
from fasterlog._segment cimport (
    PAGE_BYTES, PAGE_SHIFT, TAIL_GOOD, footer_bytes, header_fill, header_reason, segment, segment_bytes, segment_frame,
    segment_home, segment_names, trailer_crc, trailer_fill, trailer_fits,
)
from fasterlog._io import write_file_atomically
from fasterlog.errors import CorruptedLogError

cdef enum:
    READ_BYTES = 1 << 20
    MISSING_MOST = 1 << 16          # as in _tail.pyx


cdef class Rescue:
    """One segment's file in memory, as far as it can be read, and what is good in it."""
    cdef segment seg                    # address, base and checked pages only
    cdef uint8_t *data
    cdef uint64_t size
    cdef bint exists, header_good, sealed
    cdef fl_segment_header header
    cdef fl_segment_trailer trailer     # if sealed
    cdef run_list good                  # slots and offsets of the frames that verify
    cdef uint64_t entries_end           # behind the last of them
    cdef uint64_t sequential_end        # behind the unbroken run of good frames from the start
    cdef list lost                      # (slot, ballot or None)

    def __dealloc__(self):
        run_list_clear(&self.good)
        free(self.seg.checked)
        free(self.data)

    cdef bytes bytes(self):
        return (<char *>self.data)[:self.size]


cdef int pages_read(int fd, uint8_t *data, uint64_t size) noexcept nogil:
    """What can be read; the rest stays zero.  Errors of the disk are what this is about: they are not passed on."""
    cdef uint64_t begin = 0, piece, page, length
    while begin < size:
        piece = min(size - begin, <uint64_t>READ_BYTES)
        if io_pread_all(fd, data + begin, piece, begin) != 0:
            memset(data + begin, 0, piece)
            page = begin
            while page < begin + piece:
                length = min(<uint64_t>PAGE_BYTES, size - page)
                if io_pread_all(fd, data + page, length, page) != 0:
                    memset(data + page, 0, length)
                page += length
        begin += piece
    return 0


cdef Rescue rescue_new():
    # No __cinit__: of one without arguments Cython makes a parser that adds to a null pointer.
    cdef Rescue rescue = Rescue.__new__(Rescue)
    run_list_init(&rescue.good)
    rescue.lost = []
    rescue.entries_end = rescue.sequential_end = FL_SEGMENT_HEADER
    return rescue


cdef Rescue rescue_read(segment_home *home, str path, uint64_t address):
    cdef Rescue rescue = rescue_new()
    cdef bytes name = os.fsencode(path)
    cdef int fd = io.open(<const char *>name, O_RDONLY | O_NONBLOCK, 0)
    cdef int64_t size
    rescue.seg.address = address
    if fd == -ENOENT:
        return rescue
    if fd < 0:
        raise os_error(fd, path, "cannot read the segment")
    try:
        size = io.size(fd)
        if size < 0 or <uint64_t>size > <uint64_t>1 << home.span_bits:
            raise CorruptedLogError(f"{path} is not a regular file, or larger than a segment can be; move it away", path=path)
        rescue.exists = True
        rescue.size = <uint64_t>size
        # A frame's header may be looked at where the file ends.
        rescue.data = <uint8_t *>calloc(1, <uint64_t>size + PAGE_BYTES)
        # Nothing here is mapped, so every page may be looked at: a bit for each, in whole words.
        rescue.seg.checked = <fl_word *>calloc((<uint64_t>size >> PAGE_SHIFT + 6) + 2, sizeof(fl_word))
        if rescue.data == NULL or rescue.seg.checked == NULL:
            raise MemoryError(f"{path}: no memory for its {size} bytes")
        memset(rescue.seg.checked, 0xff, ((<uint64_t>size >> PAGE_SHIFT + 6) + 2) * sizeof(fl_word))
        with nogil:
            pages_read(fd, rescue.data, <uint64_t>size)
    finally:
        io.close(fd)
    return rescue


cdef bint footer_good(const segment_home *home, Rescue rescue) noexcept:
    cdef uint64_t size = rescue.size
    if size < FL_SEGMENT_HEADER + sizeof(rescue.trailer) or size % PAGE_BYTES:
        return False
    memcpy(&rescue.trailer, rescue.data + size - sizeof(rescue.trailer), sizeof(rescue.trailer))
    if not trailer_fits(home, rescue.seg.address, size, &rescue.trailer):
        return False
    if fl_crc32c(0, rescue.data + rescue.trailer.footer_offset, footer_bytes(&rescue.trailer)) != rescue.trailer.footer_crc:
        return False
    return footer_fits(rescue_runs(rescue), rescue_offsets(rescue), &rescue.trailer)


cdef const fl_run *rescue_runs(Rescue rescue) noexcept:
    return <const fl_run *>(rescue.data + rescue.trailer.footer_offset)


cdef const uint32_t *rescue_offsets(Rescue rescue) noexcept:
    return <const uint32_t *>(rescue.data + rescue.trailer.footer_offset + rescue.trailer.run_count * sizeof(fl_run))


cdef int frames_find(const segment_home *home, Rescue rescue) except -1:
    """Every frame that verifies, wherever it lies: a frame repeats its address, so looking at each eight bytes is cheap."""
    cdef uint64_t end = rescue.trailer.entries_end if rescue.sealed else rescue.size & ~<uint64_t>7
    cdef uint64_t offset = FL_SEGMENT_HEADER
    cdef const fl_frame *frame
    rescue.seg.base = rescue.data
    while offset + FL_FRAME_HEADER <= end:
        frame = segment_frame(&rescue.seg, offset, end)
        if frame == NULL or not fl_frame_header_valid(home.seed, frame):
            offset += 8
            continue
        if not fl_frame_value_valid(frame):
            rescue.lost.append((frame.slot, (frame.ballot_id, frame.ballot_node)))
        else:
            if run_list_note(&rescue.good, frame.slot, offset) != 0:
                raise MemoryError("no memory for a segment's entries")
            if rescue.sequential_end == offset:
                rescue.sequential_end = offset + fl_frame_length(frame.value_len)
            rescue.entries_end = offset + fl_frame_length(frame.value_len)
        offset += fl_frame_length(frame.value_len)
    return 0


cdef int footer_compare(const segment_home *home, Rescue rescue) except -1:
    """The slots of a good footer that have no good frame."""
    cdef const fl_run *runs = rescue_runs(rescue)
    cdef const uint32_t *offsets = rescue_offsets(rescue)
    cdef const fl_frame *frame
    cdef uint32_t i, k
    known = dict(rescue.lost)
    rescue.lost.clear()
    for i in range(rescue.trailer.run_count):
        for k in range(runs[i].count):
            frame = segment_frame(&rescue.seg, <uint64_t>offsets[runs[i].first_index + k] * 8, rescue.trailer.entries_end)
            if (frame == NULL or frame.slot != runs[i].first_slot + k or not fl_frame_header_valid(home.seed, frame)
                    or not fl_frame_value_valid(frame)):
                rescue.lost.append((runs[i].first_slot + k, known.get(runs[i].first_slot + k)))
    return 0


cdef Rescue rescue_inspect(segment_home *home, str path, uint64_t address):
    cdef Rescue rescue = rescue_read(home, path, address)
    if not rescue.exists:
        return rescue
    if rescue.size >= FL_SEGMENT_HEADER:
        memcpy(&rescue.header, rescue.data, sizeof(rescue.header))
        rescue.header_good = header_reason(home, address, &rescue.header) == TAIL_GOOD
    rescue.sealed = footer_good(home, rescue)
    frames_find(home, rescue)
    if rescue.sealed:
        footer_compare(home, rescue)
    return rescue


cdef bytes rebuilt_bytes(segment_home *home, Rescue rescue, uint64_t previous_address, uint32_t previous_crc, uint32_t stands_for):
    """The file that takes a damaged one's place."""
    cdef run_footer footer
    cdef fl_segment_header header
    cdef fl_segment_trailer trailer
    cdef uint64_t size = segment_bytes(rescue.entries_end, rescue.good.entry_count)
    cdef uint32_t i
    cdef uint64_t offset
    image = bytearray(size)
    cdef uint8_t[::1] room = image
    # Last: from here to its free nothing can raise.
    if run_list_footer(&rescue.good, &footer) != 0:
        raise MemoryError("no memory for a segment's footer")
    header_fill(home, rescue.seg.address, previous_address, previous_crc, &header)
    trailer_fill(home, rescue.seg.address, rescue.entries_end, &rescue.good, &footer, &trailer)
    trailer.rebuilt, trailer.stands_for = 1, stands_for
    trailer.crc = trailer_crc(&trailer)
    memcpy(&room[0], &header, sizeof(header))
    for i in range(rescue.good.entry_count):
        offset = <uint64_t>rescue.good.offsets[i] * 8
        memcpy(&room[offset], rescue.data + offset, fl_frame_length((<fl_frame *>(rescue.data + offset)).value_len))
    if footer.size:
        memcpy(&room[rescue.entries_end], footer.bytes, footer.size)
    memcpy(&room[size - sizeof(trailer)], &trailer, sizeof(trailer))
    free(footer.bytes)
    return bytes(image)


cdef list numbers_there(segment_home *home, uint64_t tail_end):
    """The numbers that segments must have: from the first there is to the one that holds the last entry."""
    cdef uint64_t *addresses = NULL
    cdef uint64_t count = 0, i, last
    cdef int status
    with nogil:
        status = segment_names(home, &addresses, &count)
    try:
        if status != 0:
            raise os_error(status, os.fsdecode(home.directory), "cannot list the tail")
        numbers = [addresses[i] >> home.span_bits for i in range(count)]
    finally:
        free(addresses)
    last = (tail_end - 1) >> home.span_bits if tail_end else 0
    if not numbers:
        return [last] if tail_end else []
    last = max(last, max(numbers))
    if last - numbers[0] > MISSING_MOST + len(numbers):
        raise CorruptedLogError(f"the tail holds segment numbers {numbers[0]} to {last}, too far apart; move what is not part of it away")
    return list(range(numbers[0], last + 1))


cdef uint64_t salvage_tail(
        str directory, uint64_t log_id, uint32_t seed, uint32_t span_bits, uint64_t tail_end, uint64_t tail_slot_end,
        uint64_t first_slot, uint64_t ring_size, object lost, object save) except? 0xffffffffffffffff:
    cdef bytes name = os.fsencode(directory)
    cdef segment_home home
    cdef Rescue rescue
    memset(&home, 0, sizeof(home))
    home.directory, home.log_id, home.seed, home.span_bits = <char *>name, log_id, seed, span_bits
    damaged, entries = damage_find(&home, directory, tail_end, tail_slot_end, lost)
    if not damaged:
        return 0
    lost.check_below(first_slot, entries + ring_size // FL_FRAME_HEADER, directory)
    save()
    for path, address, previous_address, previous_crc, stands_for in damaged:
        rescue = rescue_inspect(&home, path, address)
        file = os.path.basename(path)
        if rescue.exists and not os.path.lexists(path + ".damaged"):
            write_file_atomically(directory, file + ".damaged", rescue.bytes())
        write_file_atomically(directory, file, rebuilt_bytes(&home, rescue, previous_address, previous_crc, stands_for))
    return len(damaged)


cdef tuple damage_find(segment_home *home, str directory, uint64_t tail_end, uint64_t tail_slot_end, object lost):
    """What has to be rebuilt, as (path, address, previous address, previous crc, stands for), and how many entries are good; fills in
    `lost`."""
    cdef Rescue rescue, after = None
    cdef uint64_t address
    cdef bint last, fits
    cdef list damaged = [], numbers = numbers_there(home, tail_end)
    cdef uint64_t entries = 0
    cdef Py_ssize_t place = len(numbers)
    # From the last to the first: the successor's header says what a predecessor should be.
    while place:
        place -= 1
        address = <uint64_t>numbers[place] << home.span_bits
        path = os.path.join(directory, f"{address:016x}.seg")
        rescue = rescue_inspect(home, path, address)
        last = after is None
        named = after.header.previous_crc if after is not None and after.header_good else None
        if not rescue.exists or not rescue.header_good:
            fits = False
        elif rescue.sealed:
            fits = named is None or rescue_chain_crc(rescue) == named
        else:
            fits = last and (tail_end <= address or address + rescue.sequential_end >= tail_end)
        entries += rescue.good.entry_count
        if not fits or (rescue.lost and rescue.sealed):
            if named is None:
                named = rescue_chain_crc(rescue) if rescue.sealed else 0
            damaged.append((path, address, named))
            for slot, ballot in rescue.lost:
                lost.add(slot, ballot, path)
            if not rescue.sealed or not fits:
                lost.below = max(lost.below, tail_slot_end)
        if place == 0 and rescue.header_good and rescue.header.previous_address != UINT64_MAX and numbers[0] > 0:
            numbers.insert(0, numbers[0] - 1)            # the file before the first is missing
            place = 1
        # What a long tail holds must not pile up.
        free(rescue.data)
        rescue.data = NULL
        after = rescue
    return chain_link(home, numbers, damaged), entries


cdef uint32_t rescue_chain_crc(Rescue rescue) noexcept:
    return rescue.trailer.stands_for if rescue.trailer.rebuilt else rescue.trailer.crc


cdef list chain_link(segment_home *home, list numbers, list damaged):
    """What the rebuilt headers have to name: the predecessor, and the checksum that it has or stands for."""
    cdef Rescue rescue
    named = {address: crc for _, address, crc in damaged}
    linked = []
    for path, address, crc in reversed(damaged):
        previous = address - (1 << home.span_bits)
        if address >> home.span_bits == numbers[0]:
            linked.append((path, address, UINT64_MAX, 0, crc))
            continue
        if previous in named:
            previous_crc = named[previous]
        else:
            rescue = rescue_inspect(home, os.path.join(os.path.dirname(path), f"{previous:016x}.seg"), previous)
            previous_crc = rescue_chain_crc(rescue)
        linked.append((path, address, previous, previous_crc, crc))
    return linked
