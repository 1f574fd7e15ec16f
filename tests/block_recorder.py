"""A disk that writes down what it is told: every block write and every flush, in order; and images of what a power cut may leave of them.

    file system  ->  loop device  ->  the one file of a FUSE file system  ->  a process of ours  ->  Recorder's trace

The process speaks FUSE itself, through /dev/fuse: there is one file, it has a fixed size, and READ, WRITE and FSYNC are all that it
needs.  Writes are not cached on the way, so the trace has them as the file system's driver issued them.

Nothing stays behind: a FUSE connection ends with the process that serves it (disks.py tells of the rest).  That process has a mount
namespace of its own.  Were it in the one where the recorded disk is mounted, and the last in it, its end would unmount the disk, whose
last writes nobody would answer: it would hang in the kernel for ever.

A position is a number of records.  The counter is raised before a request is answered: what a call relied on lies below the position
that is read after it has returned.

An image for position k holds every write before the last flush below k, and of the writes behind that flush any subset; each of
those whole or torn into sectors of 512 bytes.  Only the first block, with the file system's superblock of two sectors, is written whole
or not at all: ext4 itself refuses one that is half new.
"""

import mmap
import os
import signal
import socket
import stat
import struct

import disks

ROOT, FILE = 1, 2
FUSE_LOOKUP, FUSE_FORGET, FUSE_GETATTR, FUSE_OPEN, FUSE_READ, FUSE_WRITE, FUSE_STATFS, FUSE_RELEASE = 1, 2, 3, 14, 15, 16, 17, 18
FUSE_FSYNC, FUSE_FLUSH, FUSE_INIT, FUSE_INTERRUPT, FUSE_BATCH_FORGET, FUSE_DESTROY = 20, 25, 26, 36, 42, 38
FUSE_BIG_WRITES, FUSE_MAX_PAGES = 1 << 5, 1 << 22
REQUEST_MOST = 1 << 20
SECTOR = 512
FIRST_BLOCK = 4096
FLUSH = None  # stands in a trace where writes are (offset, bytes)

_HEADER = struct.Struct("<IIQQIIII")
_ATTRIBUTES = struct.Struct("<6Q10I")
_RECORD = struct.Struct("<QQ")  # offset, size; a flush has size 0


class Recorder:
    """The disk; `position()` may be asked in any process that was forked afterwards."""

    def __init__(self, folder, image):
        self._image, self._trace = image, os.memfd_create("trace")
        self._size = os.fstat(image).st_size
        self._shared = mmap.mmap(-1, 4096)
        self.start = os.pread(image, self._size, 0)
        os.makedirs(folder, exist_ok=True)
        device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        ours, its = socket.socketpair()
        self._server = os.fork()
        if self._server == 0:
            try:
                disks.enter_private_mounts()
                its.send(b"apart")
                its.recv(9)  # until it is mounted, reads of the device fail
                keep_open(device, image, self._trace)
                self._serve(device)
            finally:
                os._exit(1)
        its.close()
        assert ours.recv(9) == b"apart"
        disks.mount("fuse", folder, "fuse", options=f"fd={device},rootmode={stat.S_IFDIR:o},user_id=0,group_id=0")
        os.close(device)
        ours.send(b"mounted")
        ours.close()
        self._folder = folder
        self.file = os.open(f"{folder}/disk", os.O_RDWR | os.O_CLOEXEC)

    def position(self):
        return struct.unpack_from("<Q", self._shared)[0]

    def close(self):
        """To be called when nothing uses the file any more; `file` is its user's to close."""
        disks.unmount(self._folder, disks.MNT_DETACH)
        os.kill(self._server, signal.SIGKILL)
        os.waitpid(self._server, 0)

    def trace(self):
        """The records so far: (offset, bytes), or FLUSH."""
        data, count = os.pread(self._trace, os.fstat(self._trace).st_size, 0), self.position()
        records, at = [], 0
        while len(records) < count:
            offset, size = _RECORD.unpack_from(data, at)
            at += _RECORD.size
            records.append((offset, data[at : at + size]) if size else FLUSH)
            at += size
        return records

    def _record(self, offset, data):
        os.write(self._trace, _RECORD.pack(offset, len(data)) + data)
        # This is the only process that raises it; an aligned store of 8 bytes is not torn.
        struct.pack_into("<Q", self._shared, 0, self.position() + 1)

    def _serve(self, device):
        while True:
            request = os.read(device, REQUEST_MOST + 4096)
            _, opcode, unique, node, *_ = _HEADER.unpack_from(request)
            if opcode in (FUSE_FORGET, FUSE_BATCH_FORGET, FUSE_INTERRUPT):
                continue  # these are not answered
            error, answer = self._answer(opcode, node, request[_HEADER.size :])
            os.write(device, struct.pack("<IiQ", 16 + len(answer), -error, unique) + answer)

    def _answer(self, opcode, node, body):
        if opcode == FUSE_WRITE:
            _, offset, size = struct.unpack_from("<QQI", body)
            data = body[40 : 40 + size]
            assert os.pwrite(self._image, data, offset) == size
            self._record(offset, data)
            return 0, struct.pack("<II", size, 0)
        if opcode == FUSE_FSYNC:
            self._record(0, b"")
            return 0, b""
        if opcode == FUSE_READ:
            _, offset, size = struct.unpack_from("<QQI", body)
            return 0, os.pread(self._image, size, offset)
        if opcode == FUSE_INIT:
            answer = struct.pack("<4IHHIIHHI", 7, 31, 0, FUSE_BIG_WRITES | FUSE_MAX_PAGES, 16, 12, REQUEST_MOST, 1, 256, 0, 0)
            return 0, answer.ljust(64, b"\0")
        if opcode == FUSE_LOOKUP and body == b"disk\0":
            return 0, struct.pack("<4Q2I", FILE, 1, 3600, 3600, 0, 0) + self._attributes(FILE)
        if opcode == FUSE_GETATTR:
            return 0, struct.pack("<QII", 3600, 0, 0) + self._attributes(node)
        if opcode == FUSE_OPEN:
            return 0, struct.pack("<QII", 1, 0, 0)
        if opcode == FUSE_STATFS:
            return 0, bytes(80)
        if opcode in (FUSE_FLUSH, FUSE_RELEASE, FUSE_DESTROY):
            return 0, b""
        return 2 if opcode == FUSE_LOOKUP else 38, b""  # ENOENT, ENOSYS

    def _attributes(self, node):
        mode = stat.S_IFREG | 0o600 if node == FILE else stat.S_IFDIR | 0o700
        size = self._size if node == FILE else 0
        return _ATTRIBUTES.pack(node, size, size // SECTOR, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def keep_open(*descriptors):
    """Closes all others but the standard ones: a pipe whose end we held would never end for its reader."""
    before = 2
    for descriptor in sorted(descriptors):
        os.closerange(before + 1, descriptor)
        before = descriptor
    os.closerange(before + 1, 1 << 16)


class Images:
    """What power cuts may leave of a trace; positions have to be asked for in rising order."""

    def __init__(self, start, trace):
        self._trace = trace
        self._flushed = bytearray(start)  # with all writes below self._at
        self._at = 0

    def cut_at(self, position, rng):
        """An image, and how many writes were in doubt."""
        flushed = max((at for at in range(self._at, position) if self._trace[at] is FLUSH), default=self._at)
        for record in self._trace[self._at : flushed]:
            if record is not FLUSH:
                put(self._flushed, *record)
        self._at = flushed
        image = bytearray(self._flushed)
        in_doubt = [record for record in self._trace[flushed:position] if record is not FLUSH]
        kept, torn = rng.choice(((0.0, 0.0), (1.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.9, 1.0), (0.2, 1.0), (0.0, 1.0)))
        for offset, data in in_doubt:
            if rng.random() < kept:
                put(image, offset, data)
            elif offset >= FIRST_BLOCK and rng.random() < torn:
                tear(image, offset, data, rng)
        return image, len(in_doubt)


def put(image, offset, data):
    image[offset : offset + len(data)] = data


def tear(image, offset, data, rng):
    """Some of the sectors: the first ones, the last ones, or any."""
    sectors = range(0, len(data), SECTOR)
    cut = rng.choice(sectors)
    which = rng.choice((lambda at: at < cut, lambda at: at >= cut, lambda at: rng.random() < 0.5))
    for at in sectors:
        if which(at):
            put(image, offset + at, data[at : at + SECTOR])
