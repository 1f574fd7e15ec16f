"""The immutable tail: segment files that the checkpoint appends to and readers see mapped.  The protocol is in _tail.pyx."""
from libc.stdint cimport uint32_t, uint64_t

from fasterlog._atomic cimport fl_pointer_load, fl_word
from fasterlog._layout cimport fl_frame
from fasterlog._runs cimport run_list
from fasterlog._segment cimport (
    TAIL_BAD_FILE, TAIL_BAD_FOOTER, TAIL_BAD_HEADER, TAIL_BAD_TRAILER, TAIL_BAD_VERSION, TAIL_GOOD, TAIL_MISSING,
    segment, segment_home, segment_pin, segment_unpin, tail_damage)
from fasterlog._table cimport segment_table, table_at, table_contiguous, table_find, table_next_slot, table_offset

cdef enum:
    SPAN_BITS_LEAST = 12            # a page
    SPAN_BITS_MOST = 35             # offsets are 32-bit counts of 8 bytes

cdef struct tail_item:             # one committed entry on its way from the ring
    uint64_t slot
    const fl_frame *source         # VOTE, or CHOSEN with its value, in ring memory; its value_crc is carried over
    uint64_t address               # out: where it now lies in the tail

cdef struct tail_open_report:
    uint64_t segments, entries, bytes
    uint64_t bytes_cut             # behind the open segment's last good frame, up to the last byte that is not zero
    uint64_t end                   # address behind the last frame there is, 0 if none
    uint64_t bad_address           # first damaged place, UINT64_MAX if none
    int bad_reason                 # enum tail_damage

cdef struct tail_state:
    fl_word table                  # -> segment_table
    segment_home home
    uint64_t segment_size
    segment *open                  # the one being appended to, or NULL; touched by the checkpoint alone
    run_list runs                  # its entries
    fl_word dirty                  # 1: entries were written since the last tail_sync
    fl_word entries, bytes         # gauges: entries, and bytes of the files
    bint partial                   # an append failed after it had sealed a segment with some of its entries

# All calls below return 0, -errno, or -EBADMSG (a checksum does not fit).  One thread at a time may append, sync, seal, open or
# close; the look-ups may run on any thread beside them, inside an epoch.  Once a sync has failed (home.sync_error is its errno)
# the calls that write return it and do nothing: that is the caller's sign to poison the log.
cdef int tail_init(
    tail_state *tail, const char *directory, uint64_t log_id, uint32_t seed, uint64_t segment_size, uint32_t span_bits) noexcept nogil
# Reads what the directory holds and writes nothing.  Damage is reported and the damaged segments left out.
cdef int tail_open(tail_state *tail, tail_open_report *report) noexcept nogil
cdef void tail_close(tail_state *tail) noexcept nogil                               # drops the table's pins; leased segments stay mapped
# Appends entries sorted by slot (large writes, new segments as needed), fills in `address`; visible to look-ups by address on
# return.  On an error nothing is, and the same entries can be appended again.  -EBADMSG: the source whose item.address is
# UINT64_MAX is damaged.
cdef int tail_append(tail_state *tail, tail_item *items, uint64_t count) noexcept nogil
cdef int tail_sync(tail_state *tail) noexcept nogil                                 # fdatasync of the open segment, if dirty
cdef int tail_seal(tail_state *tail) noexcept nogil                                 # footer, fdatasync; the next append opens a new segment
# Writes the open segment's entries from `address` on once more, and zeros behind them: after a failed sync, pages can be clean and not on
# the disk (R3).  If the last segment is sealed: its footer, durable.
cdef int tail_rewrite(tail_state *tail, uint64_t address) noexcept nogil

cdef inline segment_table *tail_table(tail_state *tail) noexcept nogil:
    # seq_cst: after the seq_cst entry into the epoch; pairs with the exchange in tail_publish.
    return <segment_table *>fl_pointer_load(&tail.table)

# In an epoch.  NULL: no such entry, or, with *found set, one whose frame is damaged or lies on pages that are not checked yet
# (segment_unchecked).  The frame lies within its segment; its checksums are the caller's to check (fl_frame_header_valid, _value_valid).
cdef inline const fl_frame *tail_at(tail_state *tail, uint64_t address, segment **found) noexcept nogil:
    return table_at(tail_table(tail), tail.home.span_bits, address, found)

# The same by slot, in sealed segments.
cdef inline const fl_frame *tail_find(tail_state *tail, uint64_t slot, segment **found) noexcept nogil:
    return table_find(tail_table(tail), slot, found)

# Lowest slot >= `slot` in a sealed segment, UINT64_MAX if none (then *found is 0); in an epoch.
cdef inline uint64_t tail_next_slot(tail_state *tail, uint64_t slot, bint *found) noexcept nogil:
    return table_next_slot(tail_table(tail), slot, found)

# The first slot that no sealed segment holds, counting up from `slot`; in an epoch.  UINT64_MAX also if that is held.
cdef inline uint64_t tail_contiguous(tail_state *tail, uint64_t slot) noexcept nogil:
    return table_contiguous(tail_table(tail), slot)

# The k-th entry of a segment's footer or run list, in slot order: calls back until a non-zero result, which is returned.
ctypedef int (*segment_visit)(void *context, segment *seg, uint64_t slot, uint64_t address) noexcept nogil
cdef int segment_each(tail_state *tail, segment *seg, segment_visit visit, void *context) noexcept nogil
