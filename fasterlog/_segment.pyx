"""One segment file.

    header (64) | ENTRY frames ... | zeros                                    open
    header (64) | ENTRY frames ... | runs | offsets | zeros | trailer (128)   sealed; the size is a multiple of 4096

Creation.  The file is made under a temporary name, `<address>.seg.tmp`: header, zeros, fsync, rename, fsync of the directory.  So
a file under a segment's name has always had a durable header, and one without it is damage, never the trace of a crash.  A
crash leaves at most one temporary file, and the next creation, which is of the same address, removes it.

Sealing.  An fdatasync of the entries; footer, zeros, trailer; another fdatasync.  A crash may leave any part of what is between the two:
a trailer that does not verify, or a verified one whose footer does not, means "open" for the last segment (its frames are scanned)
and damage for any other, because the next segment is created only after the second.

Reading back.  Nothing in a file is trusted.  Sizes are checked against the file before anything is looked at, offsets against
the frames' end before they are used, and memory in use is bounded by the file's size.

Checked pages.  Where pread answers a disk's read error with EIO, a look at a mapping answers with SIGBUS.  So no page is looked at
before MADV_POPULATE_READ has brought it in once, which answers with an error.  `checked` has a bit for each page, never taken back:

    a look-up, in an epoch     loads the bits of the frame's pages; where one is 0 it gives up, and segment_unchecked says what it needs
    its caller, outside        pins the segment, calls segment_read_in (a system call for 64 KiB), and looks again from the start
    recovery, sealing          read in what they are about to look at, or what readers are going to: a footer is checked before a
                               table shows it, so a search by slot meets checked pages only

The bits are relaxed: a bit says that the kernel has mapped the page, and nothing about its bytes, which `entries_end` orders.  Two threads
may read the same pages in; both are right.  A page that cannot be read stays 0, so each look at it asks the disk again; its
neighbours are checked one by one then, and stay readable.  What has just been written is in the page cache, and checking it costs one call
for 64 KiB like the rest.

What this does not cover: a page that was checked, was dropped from the page cache later, and cannot be read the second time; a file
that somebody else makes shorter after the check; a kernel without MADV_POPULATE_READ (before Linux 5.14; macOS).  These are SIGBUS still.
"""
from libc.errno cimport (
    EDQUOT, EFBIG, EINVAL, EIO, ELOOP, ENOENT, ENOMEM, ENOSPC, ENXIO, errno)
from libc.stdint cimport UINT64_MAX, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdio cimport snprintf
from libc.stdlib cimport calloc, free, qsort, realloc
from libc.string cimport memcmp, memcpy, memset
from posix.fcntl cimport O_CREAT, O_EXCL, O_NONBLOCK, O_RDONLY, O_RDWR

from fasterlog._atomic cimport (
    fl_cas_seqcst, fl_load_relaxed, fl_or_seqcst,
    fl_store_relaxed, fl_store_release, fl_sub_acqrel, fl_word)
from fasterlog._io cimport io, io_errno, io_pread_all, io_pwrite_all, io_sync_directory, io_write_zeros
from fasterlog._layout cimport (
    FL_FORMAT_VERSION, FL_FRAME_HEADER, FL_SEGMENT_HEADER, fl_crc32c, fl_frame,
    fl_frame_header_valid, fl_frame_length, fl_frame_value_valid, fl_run, fl_segment_header,
    fl_segment_trailer)
from fasterlog._runs cimport footer_fits, run_footer, run_list, run_list_clear, run_list_footer, run_list_note

cdef extern from "<sys/mman.h>" nogil:
    int PROT_READ
    int MAP_SHARED

cdef extern from "fasterlog/platform.h" nogil:
    int FL_ADVICE_POPULATE_READ

cdef extern from "<unistd.h>" nogil:
    int _SC_PAGESIZE
    long sysconf(int)

cdef extern from "<dirent.h>" nogil:
    """
    #include <errno.h>
    /* readdir() tells the end of the directory from an error by errno alone. */
    static struct dirent *fl_directory_next(DIR *directory, int *error) {
        errno = 0;
        struct dirent *entry = readdir(directory);
        *error = errno;
        return entry;
    }
    """
    ctypedef struct DIR:
        pass
    struct dirent:
        char *d_name
    DIR *opendir(const char *)
    dirent *fl_directory_next(DIR *, int *error)
    int closedir(DIR *)

cdef enum:
    PATH_BYTES = 4096
    WORD_SHIFT = PAGE_SHIFT + 6     # bytes that one word of `checked` stands for
    READ_IN_BYTES = 64 << 10
    RUN_AND_OFFSET_BYTES = 20       # what an entry can take in a footer
    GROW_BYTES_LEAST = 64 << 10
    GROW_BYTES_MOST = 4 << 20
    POPULATE_BYTES = 1 << 20

cdef const char *HEADER_MAGIC = b"FL-SEGMT"
cdef const char *TRAILER_MAGIC = b"FL-TRAIL"


cdef uint64_t page_up(uint64_t size) noexcept nogil:
    return (size + PAGE_BYTES - 1) & ~<uint64_t>(PAGE_BYTES - 1)


cdef uint64_t segment_bytes(uint64_t entries_end, uint64_t entries) noexcept nogil:
    return page_up(entries_end + entries * RUN_AND_OFFSET_BYTES + sizeof(fl_segment_trailer))


cdef void segment_path(const segment_home *home, uint64_t address, const char *suffix, char *path) noexcept nogil:
    """tail_init has checked that it fits."""
    snprintf(path, PATH_BYTES, "%s/%016llx.seg%s", home.directory, <unsigned long long>address, suffix)


cdef int sync_checked(segment_home *home, int status) noexcept nogil:
    if status and home.sync_error == 0:
        home.sync_error = -status
    return status


# --- life ---------------------------------------------------------------------------------------------------------------

cdef segment *segment_new(uint64_t address) noexcept nogil:
    cdef segment *seg = <segment *>calloc(1, sizeof(segment))
    if seg != NULL:
        seg.address = address
        seg.fd = -1
        seg.slot_min = UINT64_MAX
        # relaxed: nobody else can see it yet; the table that shows it is published with seq_cst.
        fl_store_relaxed(&seg.pins, 1)
        fl_store_relaxed(&seg.entries_end, FL_SEGMENT_HEADER)
    return seg


cdef void segment_destroy(segment *seg) noexcept nogil:
    if seg.base != NULL:
        io.munmap(<void *>seg.base, seg.mapped)
    free(seg.checked)
    if seg.fd >= 0:
        io.close(seg.fd)
    free(seg)


cdef bint segment_pin(segment *seg) noexcept nogil:
    cdef uint64_t pins = fl_load_relaxed(&seg.pins)    # relaxed: the CAS decides
    while pins != 0:                                   # lock-free: a failed CAS means that another pin has come or gone
        # seq_cst: from zero there is no way back, so a pin either comes before the last unpin or not at all.
        if fl_cas_seqcst(&seg.pins, &pins, pins + 1):
            return True
    return False


cdef void segment_unpin(segment *seg) noexcept nogil:
    # acq_rel: every reader's last look happens before the unmapping; pairs with the same call of all others.
    if fl_sub_acqrel(&seg.pins, 1) == 1:
        segment_destroy(seg)


cdef int segment_map(segment *seg, int fd, uint64_t mapped) noexcept nogil:
    cdef void *base
    seg.checked = <fl_word *>calloc((mapped >> WORD_SHIFT) + 1, sizeof(fl_word))
    if seg.checked == NULL:
        return -ENOMEM
    base = io.mmap(NULL, mapped, PROT_READ, MAP_SHARED, fd, 0)
    if base == NULL:
        return -io_errno()
    seg.base = <const uint8_t *>base
    seg.mapped = mapped
    return 0


# --- writing ------------------------------------------------------------------------------------------------------------

cdef uint32_t header_crc(const fl_segment_header *header) noexcept nogil:
    cdef fl_segment_header copy = header[0]
    copy.crc = 0
    return fl_crc32c(0, &copy, sizeof(copy))


cdef uint32_t trailer_crc(const fl_segment_trailer *trailer) noexcept nogil:
    cdef fl_segment_trailer copy = trailer[0]
    copy.crc = 0
    return fl_crc32c(0, &copy, sizeof(copy))


cdef void header_fill(
        const segment_home *home, uint64_t address, uint64_t previous_address, uint32_t previous_crc,
        fl_segment_header *header) noexcept nogil:
    memset(header, 0, sizeof(header[0]))
    memcpy(header.magic, HEADER_MAGIC, sizeof(header.magic))
    header.version = FL_FORMAT_VERSION
    header.log_id = home.log_id
    header.address = address
    header.span = <uint64_t>1 << home.span_bits
    header.previous_address = previous_address
    header.previous_crc = previous_crc
    header.crc = header_crc(header)


cdef void trailer_fill(
        const segment_home *home, uint64_t address, uint64_t entries_end, const run_list *runs, const run_footer *footer,
        fl_segment_trailer *trailer) noexcept nogil:
    memset(trailer, 0, sizeof(trailer[0]))
    memcpy(trailer.magic, TRAILER_MAGIC, sizeof(trailer.magic))
    trailer.version = FL_FORMAT_VERSION
    trailer.log_id = home.log_id
    trailer.address = address
    trailer.entries_end = trailer.footer_offset = entries_end
    trailer.entry_count = footer.entry_count
    trailer.slot_min = runs.slot_min
    trailer.slot_max = runs.slot_max
    trailer.run_count = footer.run_count
    trailer.footer_crc = fl_crc32c(0, footer.bytes, footer.size)
    trailer.crc = trailer_crc(trailer)


cdef int file_begin(segment_home *home, segment *seg, uint64_t mapped) noexcept nogil:
    """Header and first zeros, durable; mapped."""
    cdef fl_segment_header header
    cdef int status
    header_fill(home, seg.address, seg.previous_address, seg.previous_crc, &header)
    status = io_pwrite_all(seg.fd, &header, sizeof(header), 0)
    if status == 0:
        status = segment_grow(seg, sizeof(header), min(<uint64_t>GROW_BYTES_LEAST, mapped))
    if status == 0:
        status = sync_checked(home, io.fsync(seg.fd))
    if status == 0:
        status = segment_map(seg, seg.fd, mapped)
    return status


cdef int segment_create(
        segment_home *home, uint64_t address, uint64_t mapped, uint64_t previous_address, uint32_t previous_crc,
        segment **created) noexcept nogil:
    cdef char temporary[PATH_BYTES]
    cdef char path[PATH_BYTES]
    cdef segment *seg
    cdef int status
    segment_path(home, address, ".tmp", temporary)
    segment_path(home, address, "", path)
    status = io.unlink(temporary)
    if status and status != -ENOENT:
        return status
    seg = segment_new(address)
    if seg == NULL:
        return -ENOMEM
    seg.previous_address = previous_address
    seg.previous_crc = previous_crc
    seg.fd = io.open(temporary, O_RDWR | O_CREAT | O_EXCL, 0o666)
    if seg.fd < 0:
        status = seg.fd
        segment_destroy(seg)
        return status
    status = file_begin(home, seg, mapped)
    if status == 0:
        status = io.rename(temporary, path)
    if status:
        io.unlink(temporary)
    else:
        status = sync_checked(home, io_sync_directory(home.directory))
    if status:
        segment_destroy(seg)
        return status
    created[0] = seg
    return 0


cdef int segment_writable(segment_home *home, segment *seg) noexcept nogil:
    cdef char path[PATH_BYTES]
    cdef int fd
    cdef int64_t size
    if seg.fd >= 0:
        return 0
    segment_path(home, seg.address, "", path)
    fd = io.open(path, O_RDWR | O_NONBLOCK, 0)
    if fd < 0:
        return fd
    size = io.size(fd)
    if size < 0 or <uint64_t>size < seg.file_size:
        io.close(fd)
        return <int>size if size < 0 else -EIO
    seg.fd = fd
    return 0


cdef int segment_grow(segment *seg, uint64_t end, uint64_t size_most) noexcept nogil:
    """Zeros ahead, in steps that double: small logs stay small, large ones are fragmented little and synced cheaply."""
    cdef uint64_t size, step
    cdef int status
    if end <= seg.file_size:
        return 0
    step = min(max(seg.file_size, <uint64_t>GROW_BYTES_LEAST), <uint64_t>GROW_BYTES_MOST)
    size = max(page_up(end), min(seg.file_size + step, size_most))
    seg.file_size = end
    status = io_write_zeros(seg.fd, end, size - end)
    if status == 0:
        seg.file_size = size
    # The entry itself is in the file.  That there is no room for the zeros ahead is the next write's affair.
    if status == -ENOSPC or status == -EDQUOT or status == -EFBIG:
        return 0
    return status


cdef int footer_write(
        segment_home *home, segment *seg, uint64_t entries_end, const run_list *runs, const run_footer *footer,
        fl_segment_trailer *trailer, uint64_t *size) noexcept nogil:
    cdef uint64_t footer_end = entries_end + footer.size
    cdef int64_t size_now = io.size(seg.fd)
    cdef int status
    if size_now < 0:
        return <int>size_now
    # The file may be longer than we know, by a write that failed half-way.
    size[0] = page_up(max(<uint64_t>size_now, footer_end + sizeof(trailer[0])))
    if size[0] > seg.mapped:
        return -EFBIG
    trailer_fill(home, seg.address, entries_end, runs, footer, trailer)
    # The entries first: a trailer that verifies says that they are all there, and nobody looks at them again.
    status = sync_checked(home, io.fdatasync(seg.fd))
    if status == 0:
        status = io_pwrite_all(seg.fd, footer.bytes, footer.size, entries_end)
    if status == 0 and footer_end < size[0] - sizeof(trailer[0]):
        # Over what a crash or a failed write may have left there, too.
        status = io_write_zeros(seg.fd, footer_end, size[0] - sizeof(trailer[0]) - footer_end)
    if status == 0:
        status = io_pwrite_all(seg.fd, trailer, sizeof(trailer[0]), size[0] - sizeof(trailer[0]))
    if status == 0:
        status = pages_populate(seg, entries_end, footer_end)       # readers search it without asking
    if status == 0:
        status = sync_checked(home, io.fdatasync(seg.fd))
    return status


cdef void seal_note(segment *seg, const fl_segment_trailer *trailer) noexcept nogil:
    seg.runs = <const fl_run *>(seg.base + trailer.footer_offset)
    seg.offsets = <const uint32_t *>(seg.base + trailer.footer_offset + trailer.run_count * sizeof(fl_run))
    seg.run_count = trailer.run_count
    seg.entry_count = trailer.entry_count
    seg.slot_min = trailer.slot_min
    seg.slot_max = trailer.slot_max
    seg.chain_crc = trailer.stands_for if trailer.rebuilt else trailer.crc
    seg.sealed = True
    # release: pairs with the acquire in tail_at.
    fl_store_release(&seg.entries_end, trailer.entries_end)


cdef int segment_seal(segment_home *home, segment *seg, uint64_t entries_end, const run_list *runs) noexcept nogil:
    cdef fl_segment_trailer trailer
    cdef run_footer footer
    cdef uint64_t size = 0
    cdef int status = run_list_footer(runs, &footer)
    if status:
        return status
    status = footer_write(home, seg, entries_end, runs, &footer, &trailer, &size)
    free(footer.bytes)
    if status:
        return status
    seal_note(seg, &trailer)
    seg.file_size = size
    # The mapping keeps the file; a failed close cannot lose what fdatasync has put on disk.
    io.close(seg.fd)
    seg.fd = -1
    return 0


# --- reading back -------------------------------------------------------------------------------------------------------

cdef int pages_populate(segment *seg, uint64_t begin, uint64_t end) noexcept nogil:
    """Brings in [begin, end), which lies in the file, and marks it: 0, or -EIO where a look would be a SIGBUS; -ENOMEM."""
    cdef uint64_t page = begin >> PAGE_SHIFT, last = (end - 1) >> PAGE_SHIFT
    cdef int status
    if begin >= end:
        return 0
    begin &= ~<uint64_t>(sysconf(_SC_PAGESIZE) - 1)
    status = io.madvise(<void *>(seg.base + begin), end - begin, FL_ADVICE_POPULATE_READ)
    # -EINVAL: this kernel cannot tell.
    if status != 0 and status != -EINVAL:
        return -ENOMEM if status == -ENOMEM else -EIO
    while page <= last:
        # The order does not matter: see the head.
        fl_or_seqcst(&seg.checked[page >> 6], <uint64_t>1 << (page & 63))
        page += 1
    return 0


cdef int segment_read_in(segment *seg, uint64_t begin, uint64_t end) noexcept nogil:
    cdef uint64_t first = begin & ~<uint64_t>(READ_IN_BYTES - 1)
    cdef uint64_t last = min((end + READ_IN_BYTES - 1) & ~<uint64_t>(READ_IN_BYTES - 1), seg.mapped)
    # More than is needed, so that neighbours need no call; but the file may end in between, or a neighbour be the bad page.
    if pages_populate(seg, first, last) == 0:
        return 0
    return pages_populate(seg, begin, end)


cdef bint pages_all_checked(const segment *seg, uint64_t page, uint64_t last) noexcept nogil:
    """The same for pages `page` to `last`, a word at a time."""
    cdef uint64_t wanted
    while page <= last:
        wanted = <uint64_t>-1 << (page & 63)
        if page >> 6 == last >> 6:
            wanted &= <uint64_t>-1 >> (63 - (last & 63))
        if ~fl_load_relaxed(&seg.checked[page >> 6]) & wanted:      # relaxed: see the head
            return False
        page = ((page >> 6) + 1) << 6
    return True


cdef bint segment_unchecked(const segment *seg, uint64_t offset, uint64_t entries_end, uint64_t *end) noexcept nogil:
    if not frame_may_lie(offset, entries_end):
        return False
    end[0] = offset + FL_FRAME_HEADER
    if not pages_checked(seg, offset, end[0]):
        return True
    # A length that is damaged asks for no more than there is.
    end[0] = min(offset + fl_frame_length((<const fl_frame *>(seg.base + offset)).value_len), entries_end)
    return end[0] > offset and not pages_checked(seg, offset, end[0])


cdef const fl_frame *segment_frame_read_in(segment *seg, uint64_t offset, uint64_t entries_end) noexcept nogil:
    cdef uint64_t end
    while segment_unchecked(seg, offset, entries_end, &end):       # bounded: first the header, then the value
        if segment_read_in(seg, offset, end) != 0:
            return NULL
    return segment_frame(seg, offset, entries_end)


cdef int segment_scan(const segment_home *home, segment *seg, run_list *runs) noexcept nogil:
    """Takes the frames of an open segment up to the first that does not verify."""
    cdef uint64_t offset = FL_SEGMENT_HEADER, populated = 0, ahead, end
    cdef const fl_frame *frame
    cdef int status
    while True:                     # bounded by the file: a frame takes at least 56 bytes
        if offset + FL_FRAME_HEADER > populated and populated < seg.file_size:
            ahead = min(offset + POPULATE_BYTES, seg.file_size)
            status = pages_populate(seg, populated, ahead)
            if status:
                return status
            populated = ahead
        frame = segment_frame(seg, offset, seg.file_size)
        if frame == NULL and segment_unchecked(seg, offset, seg.file_size, &end):
            # Its header has been read in, its value not all: how far, a header that verifies says.
            if not fl_frame_header_valid(home.seed, <const fl_frame *>(seg.base + offset)):
                break
            status = pages_populate(seg, populated, end)
            if status:
                return status
            populated = end
            frame = segment_frame(seg, offset, seg.file_size)
        if frame == NULL or not fl_frame_header_valid(home.seed, frame) or not fl_frame_value_valid(frame):
            break
        status = run_list_note(runs, frame.slot, offset)
        if status:
            return status
        offset += fl_frame_length(frame.value_len)
    # relaxed: the segment is not published yet.
    fl_store_relaxed(&seg.entries_end, offset)
    seg.entry_count = runs.entry_count
    seg.slot_min = runs.slot_min
    seg.slot_max = runs.slot_max
    return 0


cdef int bytes_behind(segment *seg, uint64_t begin, uint64_t *count) noexcept nogil:
    """How many bytes from `begin` to the last one that is not zero."""
    cdef uint64_t offset = begin, end
    cdef int status
    count[0] = 0
    while offset < seg.file_size:
        end = min((offset + POPULATE_BYTES) & ~<uint64_t>(POPULATE_BYTES - 1), seg.file_size)
        status = pages_populate(seg, offset, end)
        if status:
            return status
        while offset < end:
            if seg.base[offset] != 0:
                count[0] = offset + 1 - begin
            offset += 1
    return 0


cdef int header_reason(const segment_home *home, uint64_t address, const fl_segment_header *header) noexcept nogil:
    if memcmp(header.magic, HEADER_MAGIC, sizeof(header.magic)) != 0 or header.crc != header_crc(header):
        return TAIL_BAD_HEADER
    if header.version != FL_FORMAT_VERSION:
        return TAIL_BAD_VERSION
    if header.log_id != home.log_id or header.address != address:
        return TAIL_BAD_HEADER
    if header.span != <uint64_t>1 << home.span_bits:
        return TAIL_BAD_HEADER
    return TAIL_GOOD


cdef int unreadable(int status, int reason) noexcept nogil:
    """A short file and a disk that cannot read are damage; a lack of memory says nothing about the file."""
    return status if status == 0 or status == -ENOMEM else reason


cdef int header_read(const segment_home *home, segment *seg, int fd) noexcept nogil:
    """Returns a reason, TAIL_GOOD, TAIL_BAD_HEADER or TAIL_BAD_VERSION; or -errno, see unreadable."""
    cdef fl_segment_header header
    cdef int reason = unreadable(io_pread_all(fd, &header, sizeof(header), 0), TAIL_BAD_HEADER)
    if reason == TAIL_GOOD:
        reason = header_reason(home, seg.address, &header)
    if reason == TAIL_GOOD:
        seg.previous_address = header.previous_address
        seg.previous_crc = header.previous_crc
    return reason


cdef bint trailer_fits(
        const segment_home *home, uint64_t address, uint64_t file_size, const fl_segment_trailer *trailer) noexcept nogil:
    cdef uint64_t size = file_size - sizeof(trailer[0])
    if memcmp(trailer.magic, TRAILER_MAGIC, sizeof(trailer.magic)) != 0 or trailer.crc != trailer_crc(trailer):
        return False
    if trailer.version != FL_FORMAT_VERSION or trailer.log_id != home.log_id or trailer.address != address:
        return False
    if trailer.entries_end < FL_SEGMENT_HEADER or trailer.entries_end % 8 or trailer.footer_offset % 8:
        return False
    if trailer.entries_end > trailer.footer_offset or trailer.footer_offset > size:
        return False
    # Counts that the frames have room for cannot overflow the sum that follows.
    if trailer.entry_count > trailer.entries_end // FL_FRAME_HEADER or trailer.run_count > trailer.entry_count:
        return False
    return footer_bytes(trailer) <= size - trailer.footer_offset


cdef uint64_t footer_bytes(const fl_segment_trailer *trailer) noexcept nogil:
    return trailer.run_count * sizeof(fl_run) + trailer.entry_count * sizeof(uint32_t)


cdef int footer_read(const segment_home *home, segment *seg, int fd) noexcept nogil:
    """Returns a reason, TAIL_GOOD if the segment is sealed, else what does not fit; or -errno, see unreadable."""
    cdef fl_segment_trailer trailer
    cdef uint64_t room, size = seg.file_size
    cdef int status
    if size % PAGE_BYTES or size < sizeof(trailer):
        return TAIL_BAD_TRAILER
    status = io_pread_all(fd, &trailer, sizeof(trailer), size - sizeof(trailer))
    if status != 0:
        return unreadable(status, TAIL_BAD_TRAILER)
    if not trailer_fits(home, seg.address, size, &trailer):
        return TAIL_BAD_TRAILER
    room = footer_bytes(&trailer)
    status = pages_populate(seg, trailer.footer_offset, trailer.footer_offset + room)
    if status != 0:
        return unreadable(status, TAIL_BAD_FOOTER)
    if fl_crc32c(0, seg.base + trailer.footer_offset, room) != trailer.footer_crc:
        return TAIL_BAD_FOOTER
    if not footer_fits(
            <const fl_run *>(seg.base + trailer.footer_offset),
            <const uint32_t *>(seg.base + trailer.footer_offset + trailer.run_count * sizeof(fl_run)), &trailer):
        return TAIL_BAD_FOOTER
    seal_note(seg, &trailer)
    return TAIL_GOOD


cdef int file_load(
        segment_home *home, segment *seg, int fd, uint64_t mapped_least, bint last, run_list *runs, int *reason,
        uint64_t *bytes_cut) noexcept nogil:
    cdef int64_t size = io.size(fd)
    cdef uint64_t mapped
    cdef int status
    if size < 0 or <uint64_t>size > <uint64_t>1 << home.span_bits:
        reason[0] = TAIL_BAD_FILE
        return <int>size if size < 0 and size != -EINVAL else 0
    seg.file_size = <uint64_t>size
    reason[0] = header_read(home, seg, fd)
    if reason[0] != TAIL_GOOD:
        return min(reason[0], 0)
    mapped = page_up(seg.file_size)
    # Room for the largest footer as well, even if one entry has made the file longer than a segment should be.
    status = segment_map(seg, fd, max(2 * mapped + 65536, mapped_least) if last else mapped)
    if status:
        return status
    reason[0] = footer_read(home, seg, fd)
    if reason[0] <= TAIL_GOOD or not last:
        return min(reason[0], 0)
    reason[0] = TAIL_GOOD
    status = segment_scan(home, seg, runs)
    if status == 0:
        status = bytes_behind(seg, fl_load_relaxed(&seg.entries_end), bytes_cut)
    return status


cdef int segment_load(
        segment_home *home, uint64_t address, uint64_t mapped_least, bint last, run_list *runs, segment **loaded,
        int *reason, uint64_t *bytes_cut) noexcept nogil:
    cdef char path[PATH_BYTES]
    cdef segment *seg
    cdef int status, fd
    loaded[0] = NULL
    bytes_cut[0] = 0
    reason[0] = TAIL_GOOD
    segment_path(home, address, "", path)
    # O_NONBLOCK: opening a FIFO does not wait.  What the log is going to write to is opened again, by segment_writable.
    fd = io.open(path, O_RDONLY | O_NONBLOCK, 0)
    if fd < 0:
        if fd == -ENOENT:
            reason[0] = TAIL_MISSING
        elif fd == -ELOOP or fd == -ENXIO:
            reason[0] = TAIL_BAD_FILE
        return fd if reason[0] == TAIL_GOOD else 0
    seg = segment_new(address)
    if seg == NULL:
        io.close(fd)
        return -ENOMEM
    status = file_load(home, seg, fd, mapped_least, last, runs, reason, bytes_cut)
    io.close(fd)
    if status or reason[0] != TAIL_GOOD:
        run_list_clear(runs)
        segment_destroy(seg)
        return status
    loaded[0] = seg
    return 0


# --- the directory ------------------------------------------------------------------------------------------------------

cdef bint name_address(const char *name, uint64_t *address) noexcept nogil:
    """Whether a file is called <16 hexadecimal digits>.seg; anything else in the directory is not ours."""
    cdef const char *suffix = b".seg"
    cdef int i, digit
    address[0] = 0
    for i in range(16):
        if c"0" <= name[i] <= c"9":
            digit = name[i] - c"0"
        elif c"a" <= name[i] <= c"f":
            digit = name[i] - c"a" + 10
        else:
            return False
        address[0] = address[0] << 4 | <uint64_t>digit
    for i in range(5):              # the final zero as well
        if name[16 + i] != suffix[i]:
            return False
    return True


cdef int address_compare(const void *a, const void *b) noexcept nogil:
    cdef uint64_t left = (<const uint64_t *>a)[0]
    cdef uint64_t right = (<const uint64_t *>b)[0]
    return (left > right) - (left < right)


cdef int segment_names(const segment_home *home, uint64_t **addresses, uint64_t *count) noexcept nogil:
    cdef uint64_t capacity = 0, address, offset_mask = (<uint64_t>1 << home.span_bits) - 1
    cdef uint64_t *larger
    cdef dirent *entry
    cdef int status = 0
    cdef DIR *directory = opendir(home.directory)
    if directory == NULL:
        return -errno
    while True:                     # bounded by the directory
        entry = fl_directory_next(directory, &status)
        if entry == NULL:
            status = -status
            break
        if not name_address(entry.d_name, &address) or address & offset_mask:
            continue
        if count[0] == capacity:
            capacity = capacity * 2 + 16
            larger = <uint64_t *>realloc(addresses[0], capacity * sizeof(uint64_t))
            if larger == NULL:
                status = -ENOMEM
                break
            addresses[0] = larger
        addresses[0][count[0]] = address
        count[0] += 1
    closedir(directory)
    if status == 0 and count[0]:
        qsort(addresses[0], count[0], sizeof(uint64_t), address_compare)
    return status
