"""CRC-32C for Python callers: tools, tests and files that are written from Python.

The core includes crc32c.h directly, so there is nothing here to cimport.
"""
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport uint32_t

# Larger buffers are summed without the GIL: below this, giving it away costs more than the sum.
cdef enum:
    HELD_BYTES_MAX = 8192

cdef extern from *:
    """
    #define FL_CRC_BOTH 1   /* the tables too, so that a test can compare them with the instructions */
    #include "fasterlog/crc32c.h"
    """
    uint32_t fl_crc32c(uint32_t seed, const void *data, size_t size) nogil
    uint32_t fl_crc32c_portable(uint32_t seed, const void *data, size_t size) nogil


def crc32c(data, uint32_t seed=0):
    """CRC-32C of a contiguous buffer. To go on with a sum, pass it as `seed`.

    Thread-safety: stateless. The buffer must not change meanwhile; above 8 KiB the GIL is released.
    """
    cdef Py_buffer view
    cdef uint32_t checksum
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        if view.len <= HELD_BYTES_MAX:
            checksum = fl_crc32c(seed, view.buf, <size_t>view.len)
        else:
            with nogil:
                checksum = fl_crc32c(seed, view.buf, <size_t>view.len)
    finally:
        PyBuffer_Release(&view)
    return checksum


def _crc32c_portable(const unsigned char[::1] data not None, uint32_t seed=0):
    """The same by tables, as on machines without CRC instructions; for tests."""
    return fl_crc32c_portable(seed, &data[0] if data.shape[0] else NULL, <size_t>data.shape[0])
