"""Runs of slots.

A run says that `count` consecutive slots lie in a segment and where in the offsets their places stand.  Slots are mostly written
in order, so a run takes in thousands of entries and an entry costs the four bytes of its offset.

While a segment is open its list is in the order of writing: an entry either continues the last run or begins one.  Nothing
is moved, so what a failed write has noted is forgotten by putting the counts back (run_mark).  Only the footer is sorted: runs by
slot, neighbours joined, offsets brought into the same order.

A slot may have been written twice: after a failed append, or a crash, the same chosen value is written again.  Of the two, either
is right; a sorted list holds the slot once.

Sizes: an entry takes at least 56 bytes of the file, its share of the footer at most 20 (an offset, and a run of its own).
"""
from libc.errno cimport ENOMEM
from libc.stdint cimport UINT64_MAX, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, qsort, realloc
from libc.string cimport memcpy

from fasterlog._layout cimport FL_FRAME_HEADER, FL_SEGMENT_HEADER

cdef enum:
    CAPACITY_FIRST = 64


cdef void run_list_init(run_list *runs) noexcept nogil:
    runs.runs = NULL
    runs.offsets = NULL
    runs.run_count = runs.run_capacity = 0
    runs.entry_count = runs.entry_capacity = 0
    runs.slot_min = UINT64_MAX
    runs.slot_max = 0


cdef void run_list_clear(run_list *runs) noexcept nogil:
    free(runs.runs)
    free(runs.offsets)
    run_list_init(runs)


cdef void *grown(void *memory, uint32_t *capacity, size_t element_bytes) noexcept nogil:
    """Room for more: by an eighth, since doubling would hold twice what a large segment needs."""
    cdef uint32_t wanted = capacity[0] + capacity[0] // 8 + CAPACITY_FIRST
    cdef void *larger = realloc(memory, wanted * element_bytes)
    if larger != NULL:
        capacity[0] = wanted
    return larger


cdef int run_list_note(run_list *runs, uint64_t slot, uint64_t offset) noexcept nogil:
    cdef void *larger
    cdef fl_run *last
    if runs.entry_count == runs.entry_capacity:
        larger = grown(runs.offsets, &runs.entry_capacity, sizeof(uint32_t))
        if larger == NULL:
            return -ENOMEM
        runs.offsets = <uint32_t *>larger
    last = &runs.runs[runs.run_count - 1] if runs.run_count else NULL
    # slot != 0: a run that ends with the highest slot is not continued by slot 0.
    if last != NULL and slot != 0 and slot == last.first_slot + last.count:
        last.count += 1
    else:
        if runs.run_count == runs.run_capacity:
            larger = grown(runs.runs, &runs.run_capacity, sizeof(fl_run))
            if larger == NULL:
                return -ENOMEM
            runs.runs = <fl_run *>larger
        last = &runs.runs[runs.run_count]
        last.first_slot = slot
        last.count = 1
        last.first_index = runs.entry_count
        runs.run_count += 1
    runs.offsets[runs.entry_count] = <uint32_t>(offset // 8)
    runs.entry_count += 1
    runs.slot_min = min(runs.slot_min, slot)
    runs.slot_max = max(runs.slot_max, slot)
    return 0


cdef run_mark run_list_mark(const run_list *runs) noexcept nogil:
    cdef run_mark mark
    mark.run_count = runs.run_count
    mark.last_count = runs.runs[runs.run_count - 1].count if runs.run_count else 0
    mark.entry_count = runs.entry_count
    mark.slot_min = runs.slot_min
    mark.slot_max = runs.slot_max
    return mark


cdef void run_list_rollback(run_list *runs, const run_mark *mark) noexcept nogil:
    runs.run_count = mark.run_count
    if mark.run_count:
        runs.runs[mark.run_count - 1].count = mark.last_count
    runs.entry_count = mark.entry_count
    runs.slot_min = mark.slot_min
    runs.slot_max = mark.slot_max


cdef int run_compare(const void *a, const void *b) noexcept nogil:
    cdef uint64_t left = (<const fl_run *>a).first_slot
    cdef uint64_t right = (<const fl_run *>b).first_slot
    return (left > right) - (left < right)


cdef uint64_t run_last_slot(const fl_run *run) noexcept nogil:
    return run.first_slot + (run.count - 1)


cdef fl_run *run_list_sorted(const run_list *runs, uint32_t *count) noexcept nogil:
    cdef fl_run *sorted_runs = <fl_run *>malloc((<size_t>runs.run_count + 1) * sizeof(fl_run))
    cdef fl_run run
    cdef uint64_t last_slot = 0, known
    cdef uint32_t i, kept = 0
    if sorted_runs == NULL:
        return NULL
    if runs.run_count:
        memcpy(sorted_runs, runs.runs, runs.run_count * sizeof(fl_run))
        qsort(sorted_runs, runs.run_count, sizeof(fl_run), run_compare)
    for i in range(runs.run_count):
        run = sorted_runs[i]
        if kept and run.first_slot <= last_slot:
            # Slots written twice: the earlier run stands, of this one what lies behind it.
            if run_last_slot(&run) <= last_slot:
                continue
            known = last_slot - run.first_slot + 1
            run.first_slot += known
            run.first_index += <uint32_t>known
            run.count -= <uint32_t>known
        last_slot = run_last_slot(&run)
        sorted_runs[kept] = run
        kept += 1
    count[0] = kept
    return sorted_runs


cdef uint32_t runs_join(fl_run *runs, uint32_t count, const uint32_t *offsets, uint32_t *ordered) noexcept nogil:
    """Brings the offsets into the order of the sorted runs, and makes one run of neighbours.  Returns how many are left."""
    cdef uint32_t i, kept = 0, entries = 0
    cdef fl_run run
    for i in range(count):
        run = runs[i]
        memcpy(&ordered[entries], &offsets[run.first_index], run.count * sizeof(uint32_t))
        if kept and run_last_slot(&runs[kept - 1]) + 1 == run.first_slot:
            runs[kept - 1].count += run.count
        else:
            run.first_index = entries
            runs[kept] = run
            kept += 1
        entries += run.count
    return kept


cdef int run_list_footer(const run_list *runs, run_footer *footer) noexcept nogil:
    cdef uint32_t i, count = 0
    cdef fl_run *sorted_runs = run_list_sorted(runs, &count)
    # One more than needed, so that an empty footer is no special case.
    cdef uint32_t *ordered = <uint32_t *>malloc((<size_t>runs.entry_count + 1) * sizeof(uint32_t))
    cdef size_t runs_bytes
    footer.bytes = NULL
    if sorted_runs != NULL and ordered != NULL:
        footer.entry_count = 0
        for i in range(count):
            footer.entry_count += sorted_runs[i].count
        footer.run_count = runs_join(sorted_runs, count, runs.offsets, ordered)
        runs_bytes = footer.run_count * sizeof(fl_run)
        footer.size = runs_bytes + footer.entry_count * sizeof(uint32_t)
        footer.bytes = <uint8_t *>malloc(footer.size + 1)
        if footer.bytes != NULL:
            memcpy(footer.bytes, sorted_runs, runs_bytes)
            memcpy(footer.bytes + runs_bytes, ordered, footer.size - runs_bytes)
    free(sorted_runs)
    free(ordered)
    return 0 if footer.bytes != NULL else -ENOMEM


cdef const fl_run *runs_search(const fl_run *runs, uint32_t count, uint64_t slot) noexcept nogil:
    cdef uint32_t low = 0, high = count, middle
    while low < high:
        middle = low + (high - low) // 2
        if runs[middle].first_slot <= slot:
            low = middle + 1
        else:
            high = middle
    return &runs[low - 1] if low else NULL


cdef bint footer_fits(const fl_run *runs, const uint32_t *offsets, const fl_segment_trailer *trailer) noexcept nogil:
    cdef uint64_t entries = 0, last_slot = 0, offset
    cdef uint32_t i
    for i in range(trailer.run_count):
        if runs[i].count == 0 or runs[i].first_index != entries:
            return False
        # `count` is at most 2^32, so a sum that wraps is a sum that falls.
        if run_last_slot(&runs[i]) < runs[i].first_slot or (i and runs[i].first_slot <= last_slot):
            return False
        last_slot = run_last_slot(&runs[i])
        entries += runs[i].count
        if entries > trailer.entry_count:
            return False
    if entries != trailer.entry_count:
        return False
    for i in range(<uint32_t>entries):
        offset = <uint64_t>offsets[i] * 8
        if offset < FL_SEGMENT_HEADER or offset + FL_FRAME_HEADER > trailer.entries_end:
            return False
    if entries == 0:
        return trailer.slot_min == UINT64_MAX and trailer.slot_max == 0
    return trailer.slot_min == runs[0].first_slot and trailer.slot_max == last_slot
