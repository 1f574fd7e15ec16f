"""The table of segments, and the look-ups in it.

A table is never changed once it is published.  It finds a segment by number at once, and by slot with two binary searches: the highest
slot up to each place and the lowest slot from each place on never fall, so the segments that can hold a slot are the ones between
two places, mostly one.  Slot ranges may overlap, since a late slot is simply in a later segment: all candidates are searched, the
newest first.

The last segment may be open: it is found by number alone, and no summary of it is looked at (see _tail.pyx, "Publishing").
"""
from libc.stdint cimport UINT64_MAX, uint64_t
from libc.stdlib cimport malloc
from libc.string cimport memcpy, memset

from fasterlog._atomic cimport fl_load_acquire
from fasterlog._layout cimport fl_frame, fl_run
from fasterlog._runs cimport runs_search
from fasterlog._segment cimport segment, segment_frame


cdef segment_table *table_new(uint64_t first_number, uint64_t count) noexcept nogil:
    cdef segment_table *table = <segment_table *>malloc(sizeof(segment_table) + count * 3 * sizeof(uint64_t))
    if table != NULL:
        table.first_number = first_number
        table.count = count
        table.segments = <segment **>(table + 1)
        table.slot_max_before = <uint64_t *>(table.segments + count)
        table.slot_min_after = table.slot_max_before + count
        memset(table.segments, 0, count * sizeof(segment *))
    return table


cdef void table_summarise(segment_table *table, uint64_t sealed) noexcept nogil:
    """Counts the first `sealed` segments as sealed: their summaries have their final values."""
    cdef uint64_t i, highest = 0, lowest = UINT64_MAX
    table.sealed = sealed
    for i in range(sealed):
        if table.segments[i] != NULL:
            highest = max(highest, table.segments[i].slot_max)
        table.slot_max_before[i] = highest
    for i in range(sealed, 0, -1):
        if table.segments[i - 1] != NULL:
            lowest = min(lowest, table.segments[i - 1].slot_min)
        table.slot_min_after[i - 1] = lowest


cdef segment_table *table_copy(const segment_table *old, uint64_t first_number, uint64_t more) noexcept nogil:
    cdef uint64_t count = old.count if old != NULL else 0
    cdef segment_table *table = table_new(old.first_number if count else first_number, count + more)
    if table != NULL and count:
        memcpy(table.segments, old.segments, count * sizeof(segment *))
    return table


cdef uint64_t candidates_begin(const segment_table *table, uint64_t slot) noexcept nogil:
    """The first place from which on a sealed segment can hold `slot` or a higher one."""
    cdef uint64_t low = 0, high = table.sealed, middle
    while low < high:
        middle = low + (high - low) // 2
        if table.slot_max_before[middle] >= slot:
            high = middle
        else:
            low = middle + 1
    return low


cdef uint64_t candidates_end(const segment_table *table, uint64_t slot) noexcept nogil:
    """The place behind the last sealed segment that can hold `slot` or a lower one."""
    cdef uint64_t low = 0, high = table.sealed, middle
    while low < high:
        middle = low + (high - low) // 2
        if table.slot_min_after[middle] <= slot:
            low = middle + 1
        else:
            high = middle
    return low


cdef const fl_run *table_run(const segment_table *table, uint64_t slot, segment **found) noexcept nogil:
    """The run that holds the slot, in the newest sealed segment that has one."""
    cdef uint64_t begin, place
    cdef const fl_run *run
    cdef segment *seg
    found[0] = NULL
    if table == NULL:
        return NULL
    begin = candidates_begin(table, slot)
    place = candidates_end(table, slot)
    while place > begin:
        place -= 1
        seg = table.segments[place]
        if seg == NULL or slot < seg.slot_min or slot > seg.slot_max:
            continue
        run = runs_search(seg.runs, seg.run_count, slot)
        if run != NULL and slot - run.first_slot < run.count:
            found[0] = seg
            return run
    return NULL


cdef inline uint64_t run_offset(const fl_run *run, uint64_t slot, const segment *seg) noexcept nogil:
    # The footer was checked when it was read, but the mapping shows the file as it is now.
    cdef uint64_t index = run.first_index + (slot - run.first_slot)
    return <uint64_t>seg.offsets[index] * 8 if index < seg.entry_count else 0


cdef uint64_t table_offset(const segment_table *table, uint64_t slot, segment **found) noexcept nogil:
    cdef const fl_run *run = table_run(table, slot, found)
    return run_offset(run, slot, found[0]) if run != NULL else 0


cdef const fl_frame *table_find(const segment_table *table, uint64_t slot, segment **found) noexcept nogil:
    cdef const fl_run *run = table_run(table, slot, found)
    cdef const fl_frame *frame
    if run == NULL:
        return NULL
    frame = segment_frame(found[0], run_offset(run, slot, found[0]), fl_load_acquire(&found[0].entries_end))  # acquire: as in table_at
    return frame if frame != NULL and frame.slot == slot else NULL


cdef uint64_t segment_next_slot(const segment *seg, uint64_t slot) noexcept nogil:
    """Lowest slot at or above `slot`, which is at most slot_max."""
    cdef const fl_run *run
    if slot <= seg.slot_min:
        return seg.slot_min
    run = runs_search(seg.runs, seg.run_count, slot)
    if run == NULL:
        return seg.slot_min
    if slot - run.first_slot < run.count:
        return slot
    # There is a next run, or `slot` would be above slot_max.
    return run[1].first_slot if run + 1 < seg.runs + seg.run_count else seg.slot_max


cdef uint64_t table_next_slot(const segment_table *table, uint64_t slot, bint *found) noexcept nogil:
    cdef uint64_t place, best = UINT64_MAX
    cdef segment *seg
    found[0] = False
    if table == NULL:
        return best
    for place in range(candidates_begin(table, slot), table.sealed):
        # Nothing from here on is lower than what we have.
        if found[0] and table.slot_min_after[place] >= best:
            break
        seg = table.segments[place]
        if seg != NULL and seg.entry_count and slot <= seg.slot_max:
            best = min(best, segment_next_slot(seg, slot))
            found[0] = True
    return best


cdef uint64_t table_contiguous(const segment_table *table, uint64_t slot) noexcept nogil:
    cdef const fl_run *run
    cdef segment *seg
    while slot != UINT64_MAX:       # bounded: each turn passes a run's last slot
        run = table_run(table, slot, &seg)
        if run == NULL:
            break
        # From the highest slot there is no way on.
        if run.first_slot + (run.count - 1) == UINT64_MAX:
            return UINT64_MAX
        slot = run.first_slot + run.count
    return slot
