"""Disks whose power can be cut: file systems in images of their own, mounted where nobody else sees them.

    in_private_mounts(body)   runs body(...) in a forked child that has left the machine's mount namespace
    Loop(file)                a loop device on an open file
    Disk(folder, kind)        a new file system on a loop device, mounted at `folder`; cut() is a power cut
    new_boot()                from now on recovery believes in another life of the machine

Nothing has to be tidied up, however a test ends.  A mount goes with the last process of its namespace; a loop device clears itself with
the last descriptor and mount (autoclear); an image is a memfd and has no name.  So Ctrl-C and kill -9 leave nothing behind either, and
no run can be in the way of the next one.

Why a memfd and not a file: power is cut by the file system's own shutdown call, so what counts is what it had handed to the device
below; that one may be memory.  What the device had not made durable itself, test_block_images.py loses.

The boot's id is read from /proc at each opening: in the namespace a file of ours is mounted over it.  So nothing in the log and
nothing in the log's files is changed to make recovery believe in a power cut.
"""

import contextlib
import ctypes
import errno
import fcntl
import functools
import os
import secrets
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import uuid

import pytest
from helpers import MIB, Child

CLONE_NEWNS = 0x00020000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG = 1
LOOP_CTL_GET_FREE, LOOP_CONFIGURE = 0x4C82, 0x4C0A
LO_FLAGS_AUTOCLEAR = 4
FS_IOC_SHUTDOWN = 0x8004587D
FLUSH_JOURNAL, LOSE_JOURNAL = 1, 2  # a cut just after the file system has committed its own metadata, or before
BLKFLSBUF = 0x1261
SYNC_FILE_RANGE_ALL = 7
BOOT_ID = "/proc/sys/kernel/random/boot_id"

# XFS refuses to be smaller; what is not written takes no memory.
SIZES = {"ext4": 32 * MIB, "xfs": 320 * MIB}
MKFS = {
    "ext4": ["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", "-J", "size=4"],
    "xfs": ["mkfs.xfs", "-q", "-f"],
}
# A copy of a mounted XFS would be refused for its id.
MOUNT_OPTIONS = {"ext4": "", "xfs": "nouuid"}

_libc = ctypes.CDLL(None, use_errno=True)
_libc.sync_file_range.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]


def check(result, what):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def mount(source, target, kind, flags=0, options=""):
    arguments = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    check(_libc.mount(*arguments, ctypes.c_ulong(flags), os.fsencode(options)), f"mount {source} at {target}")


def unmount(target, flags=0):
    """A process that has just been killed may hold its files a moment longer."""
    deadline = time.monotonic() + 10
    while True:
        try:
            check(_libc.umount2(os.fsencode(target), flags), f"unmount {target}")
        except OSError as error:
            if error.errno != errno.EBUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.001)
        else:
            return


def die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


# ---- the namespace


def enter_private_mounts():
    """For a process that was forked for this."""
    die_with_parent()
    check(_libc.unshare(CLONE_NEWNS), "leave the mount namespace")
    mount(None, "/", None, MS_REC | MS_PRIVATE)


def in_private_mounts(body, *arguments, seconds=100_000.0):
    """Returns what `body(*arguments)` returns in a child with mounts of its own; its failure is one here.

    What the child prints about its failure goes to stderr; its last words come with the exception.
    """

    def run(send):
        enter_private_mounts()
        try:
            send(("result", body(*arguments)))
        except BaseException as failure:
            send(("failed", f"{type(failure).__name__}: {failure}"[:3000]))
            raise

    child = Child(run)
    try:
        messages = child.finish(seconds)
    except BaseException:  # Ctrl-C, or out of time
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
        raise
    kind, result = messages[-1] if messages else ("failed", f"status {child.status}")
    assert kind == "result", result
    return result


def need(kind="ext4"):
    """Skips the test, and says why, where such disks cannot be had."""
    why_not = _why_not(kind)
    if why_not:
        pytest.skip(f"not run: {why_not}")


@functools.cache
def _why_not(kind):
    if os.geteuid() != 0:
        return "mounting needs root"
    if shutil.which(MKFS[kind][0]) is None:
        return f"{MKFS[kind][0]} is missing"
    if not os.path.exists("/dev/loop-control"):
        return "there are no loop devices"

    def try_it(folder):
        new_boot()
        disk = Disk(folder, kind)
        disk.cut()
        disk.start_again()
        disk.close()

    try:
        with tempfile.TemporaryDirectory() as folder:
            in_private_mounts(try_it, folder, seconds=60)
    except AssertionError as error:
        return f"no power cut on {kind}: {error}"
    return None


def new_boot():
    """In a private namespace: mounts a new boot's id over the real one."""
    name = f"{tempfile.gettempdir()}/boot-{secrets.token_hex(8)}"
    with open(name, "w") as file:
        file.write(f"{uuid.UUID(bytes=secrets.token_bytes(16))}\n")
    try:
        with contextlib.suppress(OSError):
            unmount(BOOT_ID, MNT_DETACH)
        mount(name, BOOT_ID, None, MS_BIND)
    finally:
        os.unlink(name)


# ---- devices and file systems


class Loop:
    """A loop device on an open file; it is gone when nothing uses it any more."""

    def __init__(self, fd, flags=0):
        config = bytearray(304)
        struct.pack_into("<II", config, 0, fd, 0)
        struct.pack_into("<I", config, 60, LO_FLAGS_AUTOCLEAR | flags)
        for _ in range(100):  # somebody else may take the same number
            with open("/dev/loop-control", "rb") as control:
                self.name = f"/dev/loop{fcntl.ioctl(control, LOOP_CTL_GET_FREE)}"
            self._fd = os.open(self.name, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.ioctl(self._fd, LOOP_CONFIGURE, config)
            except OSError as error:
                os.close(self._fd)
                if error.errno != errno.EBUSY:
                    raise
            else:
                return
        raise OSError(errno.EBUSY, "no loop device is free")

    def forget(self):
        """Drops what the kernel keeps of the device in memory."""
        fcntl.ioctl(self._fd, BLKFLSBUF)

    def close(self):
        os.close(self._fd)


def make_image(kind, size=None, options=()):
    """The memfd of a new file system, not mounted."""
    fd = os.memfd_create(f"{kind} image")
    os.ftruncate(fd, size or SIZES[kind])
    done = subprocess.run([*MKFS[kind], *options, f"/proc/self/fd/{fd}"], pass_fds=[fd], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return fd


class Disk:
    """A file system on a loop device, mounted at `folder`."""

    def __init__(self, folder, kind="ext4", size=None, image=None):
        self.folder, self.kind = folder, kind
        self.image = make_image(kind, size) if image is None else image
        self._loop = Loop(self.image)
        self.device = self._loop.name
        os.makedirs(folder, exist_ok=True)
        self.mount()

    def mount(self):
        mount(self._loop.name, self.folder, self.kind, options=MOUNT_OPTIONS[self.kind])

    def cut(self, how=LOSE_JOURNAL):
        """From here on nothing reaches the image; calls on its files fail."""
        fd = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, FS_IOC_SHUTDOWN, struct.pack("I", how))
        finally:
            os.close(fd)

    def start_again(self):
        """After cut(), when no process uses it any more: the next boot."""
        unmount(self.folder)
        self._loop.forget()
        new_boot()
        self.mount()

    def close(self):
        unmount(self.folder)
        self._loop.close()
        os.close(self.image)


def write_back(path, rng, most=20):
    """Brings some pages of some files below `path` to the disk, as the kernel may at any time, in any order."""
    names = [os.path.join(folder, name) for folder, _, files in os.walk(path) for name in files]
    for _ in range(rng.randrange(most) if names else 0):
        with contextlib.suppress(FileNotFoundError), open(rng.choice(names), "rb") as file:
            pages = os.fstat(file.fileno()).st_size // 4096 + 1
            first = rng.randrange(pages)
            _libc.sync_file_range(file.fileno(), 4096 * first, 4096 * rng.choice((1, 1, 2, pages)), SYNC_FILE_RANGE_ALL)


def stop(child):
    """Stops all threads of a Child: none is inside a system call any more when this returns.

    A cut in the middle of an fdatasync of a growing ext4 file may let that call return 0, which no log could survive.
    """
    os.kill(child.pid, signal.SIGSTOP)
    # Left to be reaped: one that ended by itself is a case for Child.kill().
    os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
