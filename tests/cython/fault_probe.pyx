"""Makes the table of system calls fail, stop short or take long, for tests; it is the process's, so one test at a time."""
from libc.stdint cimport int64_t, uint64_t

from fasterlog._atomic cimport fl_add_seqcst, fl_load_seqcst, fl_store_seqcst, fl_word
from fasterlog._io cimport io, io_table

cdef enum:
    PWRITE = 0
    FDATASYNC = 1
    KINDS = 2
    SLICE_NS = 2_000_000

cdef io_table real = io
cdef fl_word seen[KINDS]            # calls since reset()
cdef fl_word first[KINDS], last[KINDS]     # numbers of the calls that fail: first <= number < last
cdef fl_word error[KINDS]
cdef fl_word short_writes           # 1: every write takes half of what it is given
cdef fl_word slow_ns                # what an fdatasync takes in addition
cdef fl_word syncing                # threads inside an fdatasync


cdef int verdict(int kind) noexcept nogil:
    cdef uint64_t number = fl_add_seqcst(&seen[kind], 1)
    if fl_load_seqcst(&first[kind]) <= number < fl_load_seqcst(&last[kind]):
        return -<int>fl_load_seqcst(&error[kind])
    return 0


cdef int64_t probed_pwrite(int fd, const void *data, uint64_t size, uint64_t offset) noexcept nogil:
    cdef int status = verdict(PWRITE)
    if status != 0:
        return status
    if fl_load_seqcst(&short_writes) and size > 1:
        size //= 2
    return real.pwrite(fd, data, size, offset)


cdef int probed_fdatasync(int fd) noexcept nogil:
    cdef int status
    cdef uint64_t slept = 0
    fl_add_seqcst(&syncing, 1)
    while slept < fl_load_seqcst(&slow_ns):     # in slices, so that sync_slowly(0) ends it
        real.sleep_ns(SLICE_NS)
        slept += SLICE_NS
    status = verdict(FDATASYNC)
    if status == 0:
        status = real.fdatasync(fd)
    fl_add_seqcst(&syncing, <uint64_t>-1)
    return status


def reset():
    """No more faults; the counters begin at 0."""
    cdef int kind
    for kind in range(KINDS):
        fl_store_seqcst(&first[kind], 0)
        fl_store_seqcst(&last[kind], 0)
        fl_store_seqcst(&seen[kind], 0)
    fl_store_seqcst(&short_writes, 0)
    fl_store_seqcst(&slow_ns, 0)
    io.pwrite, io.fdatasync = &probed_pwrite, &probed_fdatasync


def restore():
    io.pwrite, io.fdatasync = real.pwrite, real.fdatasync


def fail(str kind, int errno, uint64_t after=0, uint64_t times=<uint64_t>1 << 62):
    """From the call number `after` on (counting from now, 0 the next) `times` calls fail."""
    cdef int index = {"pwrite": PWRITE, "fdatasync": FDATASYNC}[kind]
    cdef uint64_t begin = fl_load_seqcst(&seen[index]) + after
    fl_store_seqcst(&last[index], 0)
    fl_store_seqcst(&error[index], errno)
    fl_store_seqcst(&first[index], begin)
    fl_store_seqcst(&last[index], begin + times)


def write_short():
    fl_store_seqcst(&short_writes, 1)


def sync_slowly(double seconds):
    fl_store_seqcst(&slow_ns, <uint64_t>(seconds * 1e9))


def calls(str kind):
    return fl_load_seqcst(&seen[{"pwrite": PWRITE, "fdatasync": FDATASYNC}[kind]])


def is_syncing():
    return fl_load_seqcst(&syncing) != 0
