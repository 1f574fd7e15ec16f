"""Background work for all logs of the process: two threads, started with the first log."""
from fasterlog._core cimport log_core

cdef int worker_add(log_core *core) noexcept nogil      # 0 or -errno
cdef void worker_remove(log_core *core) noexcept nogil  # waits until no thread works on the log; without the GIL
