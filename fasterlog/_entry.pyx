"""Ballot and Entry: the values users hold.

Both are immutable, so any thread may share them without a lock: the factories below set all fields before anybody can see
the object.  There is one exception, `Entry.built`:

- A tail entry shows mapped memory.  Its `value` as bytes is built when it is first asked for, and any number of threads
  may ask at once.  Each builds its own; one installs it by compare and swap and so hands its reference to the entry; the
  others drop theirs and take the installed one.  `built` then stays until the entry is freed.

Packed form, the Go log's, little-endian:

     0 u64 slot
     8 u64 ballot id
    16 u64 ballot node
    24 u32 value length
    28 u8  committed, 0 or 1
    29     value
     n u32 CRC-32 (IEEE) of all bytes before it
"""
cimport cython
from cpython.buffer cimport PyObject_CheckBuffer
from cpython.bytes cimport (
    PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromObject, PyBytes_FromStringAndSize, PyBytes_GET_SIZE,
)
from cpython.object cimport Py_EQ, Py_GT, Py_LE, Py_LT, Py_NE, PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport UINT32_MAX, UINT64_MAX, uint8_t, uint64_t
from libc.string cimport memcmp

from fasterlog._atomic cimport fl_pointer_cas, fl_pointer_load, fl_word_at

import struct
from zlib import crc32

from fasterlog.errors import CorruptedEntryError

cdef extern from "Python.h":
    bint PyLong_CheckExact(object)
    bint PyBool_Check(object)
    bint PyIndex_Check(object)
    object PyNumber_Index(object)
    unsigned long long PyLong_AsUnsignedLongLong(object)  # -1 and OverflowError; looked at by hand
    PyObject *PyErr_Occurred()
    void PyErr_Clear()
    object PyObject_Call(PyObject *, PyObject *, PyObject *)
    object PyObject_Vectorcall(PyObject *, PyObject *const *, size_t, PyObject *)
    void Py_XDECREF(PyObject *)
    int PyBuffer_FillInfo(Py_buffer *, PyObject *, void *, Py_ssize_t, int readonly, int flags) except -1

    ctypedef void (*destructor)(PyObject *) noexcept
    ctypedef struct PyBufferProcs:
        int (*bf_getbuffer)(PyObject *, Py_buffer *, int) except -1
    ctypedef struct PyTypeObject:
        PyBufferProcs *tp_as_buffer
        destructor tp_dealloc
        object (*tp_new)(PyTypeObject *, PyObject *, PyObject *)
        object (*tp_vectorcall)(PyObject *, PyObject *const *, size_t, PyObject *)

cdef enum:
    PACKED_HEADER = 29
    PACKED_CRC = 4
    REPR_BYTES = 32

cdef object packed_header = struct.Struct("<QQQIB")


# --- integers

cdef uint64_t integer_from(object value, str name, uint64_t limit) except? 0xffffffffffffffff:
    cdef uint64_t number
    if not PyLong_CheckExact(value):
        if PyBool_Check(value) or not PyIndex_Check(value):
            raise TypeError(f"{name} must be an integer, not {type(value).__name__}")
        value = PyNumber_Index(value)
    number = PyLong_AsUnsignedLongLong(value)
    if number > limit or (number == UINT64_MAX and PyErr_Occurred() != NULL):
        PyErr_Clear()
        raise OverflowError(f"{name} must be 0 to {limit}, not {value}")
    return number


# --- ballots

cdef Ballot ballot_new(uint64_t id, uint64_t node):
    cdef Ballot ballot = Ballot.__new__(Ballot)
    ballot.id = id
    ballot.node = node
    return ballot


cdef int ballot_parse(object ballot, uint64_t *id, uint64_t *node) except -1:
    if type(ballot) is Ballot:
        id[0] = (<Ballot> ballot).id
        node[0] = (<Ballot> ballot).node
        return 0
    if isinstance(ballot, tuple) and len(<tuple> ballot) == 2:
        id[0] = integer_from((<tuple> ballot)[0], "ballot id", UINT64_MAX)
        node[0] = integer_from((<tuple> ballot)[1], "ballot node", UINT64_MAX)
        return 0
    raise TypeError(f"ballot must be a Ballot or a tuple of two integers, not {ballot!r}")


@cython.final
@cython.freelist(256)
cdef class Ballot:
    """Ballot(id, node): a ballot number; ordered by `id`, then by `node`, which makes it unique.

    Both are integers in uint64 (else `OverflowError`; `TypeError` for anything that is no integer).  Hashable, iterable
    (`id, node = ballot`), equal to other ballots only, not to tuples.

    Thread-safety: immutable.
    """

    @staticmethod
    def zoned(counter, zone, node):
        """The ballot of one proposer among many zones, as in WPaxos: `counter` decides, then `zone`, then `node`.

        `zone` and `node` are uint32 and share `Ballot.node`: `zone << 32 | node`.
        """
        cdef uint64_t id = integer_from(counter, "counter", UINT64_MAX)
        return ballot_new(id, integer_from(zone, "zone", UINT32_MAX) << 32 | integer_from(node, "node", UINT32_MAX))

    @property
    def zone(self):
        """The zone of a `Ballot.zoned`: the upper 32 bits of `node`."""
        return self.node >> 32

    @property
    def zone_node(self):
        """The node within the zone of a `Ballot.zoned`: the lower 32 bits of `node`."""
        return self.node & 0xffffffff

    def __richcmp__(self, other, int op):
        if type(other) is not Ballot:
            return NotImplemented
        cdef Ballot mine = <Ballot> self, theirs = <Ballot> other
        cdef int order = (mine.id > theirs.id) - (mine.id < theirs.id)
        if order == 0:
            order = (mine.node > theirs.node) - (mine.node < theirs.node)
        return ordered(order, op)

    def __hash__(self):
        return <Py_hash_t> ballot_mix(self.id, self.node)

    def __iter__(self):
        return iter((self.id, self.node))

    def __repr__(self):
        return f"Ballot(id={self.id}, node={self.node})"

    def __reduce__(self):
        return Ballot, (self.id, self.node)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


cdef bint ordered(int order, int op) noexcept:
    if op == Py_EQ:
        return order == 0
    if op == Py_NE:
        return order != 0
    if op == Py_LT:
        return order < 0
    if op == Py_LE:
        return order <= 0
    if op == Py_GT:
        return order > 0
    return order >= 0


cdef inline uint64_t ballot_mix(uint64_t id, uint64_t node) noexcept nogil:
    # Odd constants and folds: small counters and small nodes, the usual case, spread over all bits.
    cdef uint64_t mixed = id * <uint64_t> 0x9e3779b97f4a7c15
    mixed = ((mixed ^ mixed >> 32) + node) * <uint64_t> 0xc2b2ae3d27d4eb4f
    return mixed ^ mixed >> 29


# --- entries

cdef Entry entry_from_bytes(
    uint64_t slot, uint64_t ballot_id, uint64_t ballot_node, bint committed, bytes value
):
    return entry_from_memory(
        slot, ballot_id, ballot_node, committed,
        <const uint8_t *> PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value), value,
    )


cdef Entry entry_from_memory(
    uint64_t slot, uint64_t ballot_id, uint64_t ballot_node, bint committed,
    const uint8_t *data, Py_ssize_t size, object owner,
):
    cdef Entry entry = Entry.__new__(Entry)
    entry.slot = slot
    entry.ballot_id = ballot_id
    entry.ballot_node = ballot_node
    entry.committed = committed
    entry.data = data
    entry.size = size
    entry.owner = owner
    return entry


cdef bytes value_as_bytes(object value):
    if PyBytes_CheckExact(value):
        return value
    if not PyObject_CheckBuffer(value):
        raise TypeError(f"value must be bytes-like, not {type(value).__name__}")
    return PyBytes_FromObject(value)


cdef object entry_build_value(Entry entry):
    cdef object fresh = PyBytes_FromStringAndSize(<const char *> entry.data, entry.size)
    # The entry's own reference; taken first, since the next reader may come as soon as it is installed.
    Py_INCREF(fresh)
    if fl_pointer_cas(fl_word_at(&entry.built), NULL, <void *> fresh):
        return fresh
    Py_DECREF(fresh)
    return <object> fl_pointer_load(fl_word_at(&entry.built))


cdef bint entry_equal(Entry one, Entry other) noexcept:
    if one.slot != other.slot or one.committed != other.committed or one.size != other.size:
        return False
    if one.ballot_id != other.ballot_id or one.ballot_node != other.ballot_node:
        return False
    return one.size == 0 or memcmp(one.data, other.data, one.size) == 0


cdef object value_shown(Entry entry):
    """The repr of the value, cut short."""
    if entry.size <= REPR_BYTES:
        return repr(entry.value)
    return f"{PyBytes_FromStringAndSize(<const char *> entry.data, REPR_BYTES)!r}...<{entry.size} bytes>"


# No garbage collection: an entry refers to bytes or to a lease of a segment, never to anything that could refer back.
@cython.final
@cython.no_gc
@cython.freelist(256)
cdef class Entry:
    """Entry(slot, ballot, value, committed=False): what a log holds in one slot.

    Attributes: `slot`, `ballot`, `committed`, and `value`, the bytes, which an entry of the tail copies out of the mapped
    file when it is first asked for them.  `memoryview(entry)` shows the same bytes read-only and without a copy; the view
    and the entry keep the memory they show, whatever happens to the log.  `len(entry)` is the value's size in bytes; an
    entry is true even where that is 0.

    Equal when all four attributes are; hashable; pickles (as a plain value).

    Thread-safety: immutable.
    """

    @property
    def ballot(self):
        """The ballot of the vote, or of the decision."""
        return ballot_new(self.ballot_id, self.ballot_node)

    @property
    def value(self):
        """The value as bytes."""
        if PyBytes_CheckExact(self.owner):
            return self.owner
        cdef void *built = fl_pointer_load(fl_word_at(&self.built))
        if built != NULL:
            return <object> built
        return entry_build_value(self)

    # Only for a direct call of `__buffer__`, which Python 3.12 brought: everybody else calls entry_buffer, by the slot set below.
    def __getbuffer__(self, Py_buffer *buffer, int flags):
        entry_buffer(<PyObject *> self, buffer, flags)
        # Cython had put a counted None there, which was overwritten.
        Py_DECREF(None)

    def __len__(self):
        return self.size

    def __bool__(self):
        return True

    def __richcmp__(self, other, int op):
        if type(other) is not Entry or (op != Py_EQ and op != Py_NE):
            return NotImplemented
        return entry_equal(<Entry> self, <Entry> other) == (op == Py_EQ)

    def __hash__(self):
        return hash((self.slot, self.ballot_id, self.ballot_node, self.committed, self.value))

    def __repr__(self):
        return (
            f"Entry(slot={self.slot}, ballot={self.ballot!r}, value={value_shown(self)},"
            f" committed={self.committed})"
        )

    def __reduce__(self):
        return Entry, (self.slot, self.ballot, self.value, self.committed)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def pack(self):
        """The Go log's bytes of this entry: 33 more than the value; see the head of this module.

        `OverflowError` if the value has 4 GiB or more.
        """
        if <uint64_t> self.size > UINT32_MAX:
            raise OverflowError(f"value of {self.size} bytes: the packed form holds at most {UINT32_MAX}")
        header = packed_header.pack(self.slot, self.ballot_id, self.ballot_node, self.size, self.committed)
        crc = crc32(self, crc32(header))
        return b"".join((header, self, crc.to_bytes(PACKED_CRC, "little")))

    @staticmethod
    def unpack(data):
        """The entry whose `pack()` is `data` (bytes-like, all of it); its value is a copy.

        `CorruptedEntryError` says which field of the bytes does not fit, and where (`.offset`).
        """
        if not PyObject_CheckBuffer(data):
            raise TypeError(f"data must be bytes-like, not {type(data).__name__}")
        return entry_unpack(memoryview(data).cast("B"))


cdef object entry_unpack(object view):
    cdef Py_ssize_t total = len(view), crc_offset = total - PACKED_CRC
    if total < PACKED_HEADER + PACKED_CRC:
        raise unpack_error(f"{total} bytes, but a packed entry has at least {PACKED_HEADER + PACKED_CRC}", total)
    slot, id, node, size, committed = packed_header.unpack_from(view)
    if size != crc_offset - PACKED_HEADER:
        raise unpack_error(f"the value's length is {size}, but {crc_offset - PACKED_HEADER} bytes are there", 24)
    stored = int.from_bytes(view[crc_offset:], "little")
    computed = crc32(view[:crc_offset])
    if stored != computed:
        raise unpack_error(f"the checksum is {stored:#010x}, but the bytes have {computed:#010x}", crc_offset)
    if committed > 1:
        raise unpack_error(f"the committed flag is {committed}, not 0 or 1", 28)
    return entry_from_bytes(slot, id, node, committed, bytes(view[PACKED_HEADER:crc_offset]))


cdef object unpack_error(str what, Py_ssize_t offset):
    return CorruptedEntryError(f"bad packed entry at byte {offset}: {what}", offset=offset)


# --- how Python constructs, shows and frees them
#
# A `__cinit__` with parameters would parse them again in every factory, where there are none, and a `__dealloc__` would save
# and restore the thread's exception: 7 of the 16 ns of an Entry's life, which every read pays.  So the classes have neither;
# calls of the types go to the functions here, which check everything before there is an object.

def construct_ballot(id, node):
    return ballot_new(integer_from(id, "ballot id", UINT64_MAX), integer_from(node, "ballot node", UINT64_MAX))


def construct_entry(slot, ballot, value, committed=False):
    cdef uint64_t number = integer_from(slot, "slot", UINT64_MAX), id, node
    ballot_parse(ballot, &id, &node)
    return entry_from_bytes(number, id, node, committed, value_as_bytes(value))


# Held for ever, and called by pointer: counting a reference at each call would make threads contend for it.
cdef PyObject *ballot_constructor = constructor_keep(construct_ballot)
cdef PyObject *entry_constructor = constructor_keep(construct_entry)


cdef PyObject *constructor_keep(object function):
    Py_INCREF(function)
    return <PyObject *> function


cdef object ballot_call(PyObject *cls, PyObject *const *args, size_t count, PyObject *names):
    return PyObject_Vectorcall(ballot_constructor, args, count, names)


cdef object entry_call(PyObject *cls, PyObject *const *args, size_t count, PyObject *names):
    return PyObject_Vectorcall(entry_constructor, args, count, names)


cdef object ballot_create(PyTypeObject *cls, PyObject *args, PyObject *names):
    return PyObject_Call(ballot_constructor, args, names)


cdef object entry_create(PyTypeObject *cls, PyObject *args, PyObject *names):
    return PyObject_Call(entry_constructor, args, names)


cdef destructor entry_free_rest = (<PyTypeObject *> Entry).tp_dealloc


cdef void entry_free(PyObject *self) noexcept:
    # Bytes run no code when they are freed, so an exception under way is left alone.
    Py_XDECREF(<PyObject *> fl_pointer_load(fl_word_at(&(<Entry> self).built)))
    entry_free_rest(self)


cdef int entry_buffer(PyObject *self, Py_buffer *buffer, int flags) except -1:
    # What Cython makes of a `__getbuffer__` counts a None in and out and looks for an exception, at each memoryview.
    cdef Entry entry = <Entry> self
    return PyBuffer_FillInfo(buffer, self, <void *> entry.data, entry.size, 1, flags)


(<PyTypeObject *> Ballot).tp_new = ballot_create
(<PyTypeObject *> Ballot).tp_vectorcall = ballot_call
(<PyTypeObject *> Entry).tp_new = entry_create
(<PyTypeObject *> Entry).tp_vectorcall = entry_call
(<PyTypeObject *> Entry).tp_as_buffer.bf_getbuffer = entry_buffer
(<PyTypeObject *> Entry).tp_dealloc = entry_free
