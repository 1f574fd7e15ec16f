"""Deliberate data races, which the ThreadSanitizer lane must report, and their correct twin, which it must not.

Two threads pass messages through slots of one array: the writer fills a slot's payload and then raises its flag, the reader waits
for the flag and then reads the payload. Each slot is used once, so the flag's order is all that can be right or wrong. The fault
sits in a few slots, since the sanitizer takes milliseconds for each report; at the slots before them the threads keep in step.
"""
from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free

cdef extern from "fasterlog/atomics.h" nogil:
    ctypedef struct fl_word:
        pass
    uint64_t fl_load_acquire(const fl_word *)
    void fl_store_relaxed(fl_word *, uint64_t)
    void fl_store_release(fl_word *, uint64_t)
    void fl_cpu_relax()

cdef enum:
    FAULT_DISTANCE = 100_000

cdef struct Slot:
    uint64_t payload
    fl_word ready


cdef class Channel:
    """Slots from a writer to a reader. `fault` is "none", "relaxed" (the flag publishes nothing) or "plain" (no flag)."""

    cdef Slot *slots
    cdef uint64_t slot_count
    cdef bint relaxed
    cdef bint plain

    def __cinit__(self, fault, uint64_t slot_count):
        self.relaxed = fault == "relaxed"
        self.plain = fault == "plain"
        self.slot_count = slot_count
        self.slots = <Slot *>calloc(slot_count, sizeof(Slot))
        if self.slots == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.slots)

    def write(self):
        cdef uint64_t index
        with nogil:
            for index in range(self.slot_count):
                self.slots[index].payload = index
                if self.relaxed and index % FAULT_DISTANCE == FAULT_DISTANCE - 1:
                    fl_store_relaxed(&self.slots[index].ready, 1)
                else:
                    fl_store_release(&self.slots[index].ready, 1)

    def read(self):
        cdef uint64_t index, total = 0
        with nogil:
            for index in range(self.slot_count):
                if not self.plain or index % FAULT_DISTANCE != FAULT_DISTANCE - 1:
                    while not fl_load_acquire(&self.slots[index].ready):
                        fl_cpu_relax()
                total += self.slots[index].payload
        return total
