"""A log's directory: its lock, its creation, and what says that it is a log."""

cdef enum:
    RING_FIRST_BYTES = 64 * 1024        # of a new ring file


# A descriptor of one of the log's files; raises OSError.
cdef int file_open(path, int flags) except -1
# The exception for -errno of work on the log's files.
cdef object os_error(int status, str path, str what)
# The LOCK descriptor, locked, with our pid and host in it.
cdef int lock_take(str path) except -1
# The directory's Manifest, after its creation where it holds no log yet.
cdef object manifest_load(config, str path)
# Every level of the path that is missing, each durable in its parent; the last one in any case.
cdef int directory_make(str path) except -1
