"""Control operations: promise, discard, batch, the mapping.  See _control.pyx."""
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from fasterlog._core cimport log_core, op_result
from fasterlog._phases cimport vote_args

cdef enum batch_kind:
    BATCH_ACCEPT = 1
    BATCH_COMMIT = 2
    BATCH_LEARN = 3
    BATCH_DISCARD = 4
    BATCH_META = 5

cdef struct batch_op:
    int kind
    bint any_ballot          # commit of whatever ballot is promised
    bint known               # the slot's state follows from earlier ops of this batch, and was checked against them
    bint done                # out: it was there already, nothing was written
    vote_args args           # DISCARD: slot; META: value and size

# All without the GIL and outside epochs; each returns OK, NEED_SPACE (take it and call again), or why not.
# Puts the ballot into the log and raises the promise to it.
cdef int control_promise_mark(log_core *core, uint64_t id, uint64_t node, op_result *result) noexcept nogil
# The rest of a promise: after the grace period result.need is `contiguous`, result.lsn what has to be durable before it is answered.
cdef void control_promise_grace(log_core *core, op_result *result) noexcept nogil
cdef int control_discard(log_core *core, uint64_t from_slot, op_result *result) noexcept nogil
# result.slot: number of the op that was refused
cdef int control_batch(log_core *core, batch_op *ops, uint64_t count, uint64_t meta_version, op_result *result) noexcept nogil
# Replaces the packed mapping if it is still that of `version`, else AGAIN.
cdef int control_set_meta(log_core *core, const uint8_t *packed, uint32_t size, uint64_t version, op_result *result) noexcept nogil
cdef void meta_keep(log_core *core, uint8_t *packed, uint32_t size) noexcept nogil   # under `control`, or alone; takes ownership
cdef void votes_drop(log_core *core, uint64_t from_slot) noexcept nogil
cdef uint64_t batch_op_length(const batch_op *op) noexcept nogil
