"""Group commit: one fdatasync for everything published when it starts.  The protocol is in _sync.pyx."""
from libc.stdint cimport uint64_t

from fasterlog._core cimport log_core

# Waits until `lsn` is durable, leading a group itself if nobody does: OK, TIMED_OUT, POISONED, or -errno of a clean write error.
# Outside epochs, without the GIL.
cdef int sync_wait(log_core *core, uint64_t lsn, uint64_t deadline_ns) noexcept nogil
# What the idle timer and close do: brings everything to disk, and the mark that says so (G3).
cdef int sync_settle(log_core *core) noexcept nogil
cdef bint sync_is_settled(log_core *core) noexcept nogil
# Level "process", under `checkpointing`: what a checkpoint syncs on its own.  (And a recovery, at any level.)
cdef int sync_ring_mapped(log_core *core) noexcept nogil      # the superblock first: the ring's zeroed space must not come before it
cdef int sync_super(log_core *core) noexcept nogil
# What a checkpoint or a close goes on with after work on the tail: see core_write_failed; a failed sync poisons in any case.
cdef int tail_failed(log_core *core, int status) noexcept nogil
