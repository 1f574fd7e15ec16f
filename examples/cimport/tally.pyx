# cython: language_level=3, freethreading_compatible=True
"""A state machine in Cython: it adds up numbers straight from the log's memory.

`cimport` gives the fields of an Entry as C variables.  `entry.data` points into the mapped segment, or at the bytes that the entry
holds; it is valid as long as the entry is, and must only be read.
"""
from libc.stdint cimport int64_t
from libc.string cimport memcpy

from fasterlog._entry cimport Entry, ballot_new


def total(entries):
    """The sum of the values, each a little-endian int64; `ValueError` for an entry of another size."""
    cdef Entry entry
    cdef int64_t number, result = 0
    for entry in entries:
        if entry.size != sizeof(number):
            raise ValueError(f"slot {entry.slot}: {entry.size} bytes, not {sizeof(number)}")
        memcpy(&number, entry.data, sizeof(number))  # need not be aligned
        result += number
    return result


def highest_ballot(entries):
    """The highest ballot among the entries, without making an object for each; None if there is none."""
    cdef Entry entry, highest = None
    for entry in entries:
        if highest is None or (entry.ballot_id, entry.ballot_node) > (highest.ballot_id, highest.ballot_node):
            highest = entry
    return None if highest is None else ballot_new(highest.ballot_id, highest.ballot_node)
