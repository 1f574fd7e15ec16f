"""One segment file: creating it, growing it, reading it back.  The protocol of the whole tail is in _tail.pyx."""
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from fasterlog._atomic cimport FL_PROTECT_CHECKED_PAGES, FL_WITHOUT, fl_load_relaxed, fl_word
from fasterlog._epoch cimport fl_retired
from fasterlog._layout cimport (
    FL_FRAME_HEADER, FL_KIND_ENTRY, FL_SEGMENT_HEADER, fl_frame, fl_frame_length, fl_run, fl_segment_header, fl_segment_trailer,
)
from fasterlog._runs cimport run_footer, run_list

cdef enum:
    PAGE_BYTES = 4096
    PAGE_SHIFT = 12

cdef struct segment:
    fl_retired retired             # first member: freed through epochs
    uint64_t address               # of the file's first byte; a multiple of the span
    const uint8_t *base            # PROT_READ mapping of the file, as large as the file may ever get
    uint64_t mapped
    fl_word *checked               # one bit for each PAGE_BYTES of the mapping: 1 once they have been read in without an error
    fl_word entries_end            # file offset behind the last frame; stored after the bytes are written
    fl_word pins                   # leases of readers, plus one of the table; at zero it is unmapped
    int fd                         # of the open segment, once it has been written to; else -1
    bint sealed
    uint64_t file_size             # written with zeros so far
    # Of a sealed segment.  Set before the table that counts it as sealed is published; the checkpoint alone looks earlier.
    const fl_run *runs             # in the mapping
    const uint32_t *offsets
    uint32_t run_count
    uint64_t entry_count
    uint64_t slot_min, slot_max    # of its entries; slot_min > slot_max when there are none
    uint32_t chain_crc             # what its successor names: the trailer's checksum, or that of the file it stands for
    uint64_t previous_address      # as its header says
    uint32_t previous_crc

cdef enum tail_damage:
    TAIL_GOOD = 0
    TAIL_BAD_HEADER = 1            # header unreadable, of another log, or of another address than the file's name
    TAIL_BAD_TRAILER = 2           # not sealed, although another segment follows
    TAIL_BAD_FOOTER = 3
    TAIL_MISSING = 4               # a segment's predecessor is not there or not the one it names
    TAIL_BAD_VERSION = 5
    TAIL_BAD_FILE = 6              # not a regular file, or larger than a segment can be

cdef struct segment_home:          # what all segments of a log have in common
    char *directory                # ends without a slash
    uint64_t log_id
    uint32_t seed                  # of header checksums, from log_id
    uint32_t span_bits
    int sync_error                 # errno of the first sync that failed, 0 if none: nothing is written any more

# Bytes of a file whose frames end at `entries_end`, with the largest footer that `entries` entries can need.
cdef uint64_t segment_bytes(uint64_t entries_end, uint64_t entries) noexcept nogil
# New file, durable under its name.  `mapped`: the most it can get.
cdef int segment_create(
    segment_home *home, uint64_t address, uint64_t mapped, uint64_t previous_address, uint32_t previous_crc,
    segment **created) noexcept nogil
# Makes sure that the open segment can be written to.
cdef int segment_writable(segment_home *home, segment *seg) noexcept nogil
# After a write that ends at `end`: zeros ahead of it, up to `size_most`.
cdef int segment_grow(segment *seg, uint64_t end, uint64_t size_most) noexcept nogil
# Footer and trailer behind the frames, durable.  On success the segment is sealed; else nothing has changed.
cdef int segment_seal(segment_home *home, segment *seg, uint64_t entries_end, const run_list *runs) noexcept nogil
# Reads one file.  0 with *reason != TAIL_GOOD: damaged, and *loaded is NULL.  Without a footer, frames are scanned into `runs`
# if it is the last; `bytes_cut` is what follows them.
cdef int segment_load(
    segment_home *home, uint64_t address, uint64_t mapped_least, bint last, run_list *runs, segment **loaded, int *reason,
    uint64_t *bytes_cut) noexcept nogil
# Addresses of the segment files in the directory, sorted; the caller frees them, after an error as well.
cdef int segment_names(const segment_home *home, uint64_t **addresses, uint64_t *count) noexcept nogil
cdef void segment_destroy(segment *seg) noexcept nogil
cdef int sync_checked(segment_home *home, int status) noexcept nogil      # notes a failed sync
cdef inline bint pages_checked(const segment *seg, uint64_t begin, uint64_t end) noexcept nogil:
    """Whether [begin, end), which is not empty and lies in the mapping, has been checked."""
    cdef uint64_t page = begin >> PAGE_SHIFT, last = (end - 1) >> PAGE_SHIFT
    if FL_WITHOUT(FL_PROTECT_CHECKED_PAGES):
        return True
    if page == last:
        # relaxed: see the head of _segment.pyx.
        return fl_load_relaxed(&seg.checked[page >> 6]) >> (page & 63) & 1
    return pages_all_checked(seg, page, last)

cdef bint pages_all_checked(const segment *seg, uint64_t page, uint64_t last) noexcept nogil     # the same for several pages, by number

cdef inline bint frame_may_lie(uint64_t offset, uint64_t entries_end) noexcept nogil:
    return not (offset & 7 or offset < FL_SEGMENT_HEADER or offset > entries_end or entries_end - offset < FL_FRAME_HEADER)

cdef inline const fl_frame *segment_frame(const segment *seg, uint64_t offset, uint64_t entries_end) noexcept nogil:
    """The frame at an offset; NULL if what lies there is no entry of this segment, or if it lies on pages that have not been checked
    yet: segment_unchecked tells.  Its checksums are the caller's to check.
    """
    cdef const fl_frame *frame
    cdef uint64_t length
    if not frame_may_lie(offset, entries_end) or not pages_checked(seg, offset, offset + FL_FRAME_HEADER):
        return NULL
    frame = <const fl_frame *>(seg.base + offset)
    # The value's length first: the frame's is made from it in 32 bits.
    if frame.kind != FL_KIND_ENTRY or frame.value_len > entries_end - offset - FL_FRAME_HEADER:
        return NULL
    length = fl_frame_length(frame.value_len)
    if <uint64_t>frame.length8 * 8 != length or frame.address != seg.address + offset:
        return NULL
    if length > entries_end - offset or not pages_checked(seg, offset, offset + length):
        return NULL
    return frame

# Whether the entry at an offset needs pages checked first, *end: up to which offset.
cdef bint segment_unchecked(const segment *seg, uint64_t offset, uint64_t entries_end, uint64_t *end) noexcept nogil
# Reads [begin, end) in, below entries_end, and marks it as checked: 0, -EIO or -ENOMEM.  For who holds a pin; never inside an epoch.
cdef int segment_read_in(segment *seg, uint64_t begin, uint64_t end) noexcept nogil
# Both in one, with the same conditions; NULL: no entry, or the disk does not give it.
cdef const fl_frame *segment_frame_read_in(segment *seg, uint64_t offset, uint64_t entries_end) noexcept nogil

# For salvage, which reads damaged files and writes what stands in their place: checks and contents of headers and trailers.
cdef int header_reason(const segment_home *home, uint64_t address, const fl_segment_header *header) noexcept nogil    # tail_damage
cdef bint trailer_fits(
    const segment_home *home, uint64_t address, uint64_t file_size, const fl_segment_trailer *trailer) noexcept nogil
cdef uint64_t footer_bytes(const fl_segment_trailer *trailer) noexcept nogil
cdef void header_fill(
    const segment_home *home, uint64_t address, uint64_t previous_address, uint32_t previous_crc,
    fl_segment_header *header) noexcept nogil
cdef void trailer_fill(
    const segment_home *home, uint64_t address, uint64_t entries_end, const run_list *runs, const run_footer *footer,
    fl_segment_trailer *trailer) noexcept nogil
cdef uint32_t trailer_crc(const fl_segment_trailer *trailer) noexcept nogil

cdef bint segment_pin(segment *seg) noexcept nogil        # in an epoch; 0: it is already going away
cdef void segment_unpin(segment *seg) noexcept nogil
