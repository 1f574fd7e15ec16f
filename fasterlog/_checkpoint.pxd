"""Checkpoint and reclaim: committed entries go to the tail, live votes to the head, and the ring's old space is free again."""
from libc.stdint cimport uint64_t

from fasterlog._core cimport log_core

# Everything published at the call: committed entries to the tail, and the tail synced.  OK, POISONED, RING_TOO_FULL, -errno.
cdef int checkpoint_all(log_core *core) noexcept nogil
# One background turn: reclaims while the ring is fuller than it should be.
cdef int checkpoint_turn(log_core *core) noexcept nogil
# Waits until `need` bytes can be reserved, reclaiming itself where it can: OK, TIMED_OUT, POISONED, -errno.
cdef int space_wait(log_core *core, uint64_t need, uint64_t keep_free, uint64_t deadline_ns) noexcept nogil
# Writes the next superblock; under `checkpointing` or before others know the log.  0 or -errno; not synced.
cdef int super_write(log_core *core, uint64_t begin, bint clean) noexcept nogil
cdef void slot_end_raise(log_core *core, uint64_t slot) noexcept nogil      # `slot` is in the tail
cdef void evict_sealed(log_core *core) noexcept nogil
