"""Putting a damaged tail into a state that opens, and listing what it has lost.  See _salvage.pyx."""
from libc.stdint cimport uint32_t, uint64_t


# `lost` (a LostSlots) gets what is found; `save` is called with no argument once that is complete, before a file is changed.
# Returns how many segments were rebuilt.
cdef uint64_t salvage_tail(
    str directory, uint64_t log_id, uint32_t seed, uint32_t span_bits, uint64_t tail_end, uint64_t tail_slot_end,
    uint64_t first_slot, uint64_t ring_size, object lost, object save) except? 0xffffffffffffffff
