"""What several test files share: small logs, threads whose failures count, and children that may be killed at any moment."""

import contextlib
import os
import pickle
import select
import shutil
import signal
import struct
import sys
import threading
import time
import traceback

from fasterlog import FasterLog, LogPoisonedError

KIB = 1024
MIB = 1024 * KIB

# The smallest ring and segments, so that both are used up and recycled within a test.
SMALL = {"mutable_size": 64 * KIB, "segment_size": 64 * KIB, "durability": "process"}


def small_log(path, **options):
    return FasterLog(path, **{**SMALL, **options})


def value_of(slot, ballot, size=None):
    """The one value that (slot, ballot) may ever have; its length varies, so that frames do not fall into step."""
    head = b"%d:%d:%d;" % (slot, *ballot)
    size = len(head) + slot * 7 % 90 if size is None else size
    return (head * (size // len(head) + 1))[:size]


def pair(ballot):
    return (ballot.id, ballot.node)


def as_tuple(entry):
    return (entry.slot, pair(entry.ballot), entry.value, entry.committed)


def view(log, *, skip_errors=False):
    """All that a user can see of a log's state, as plain values that compare."""
    entries = {entry.slot: as_tuple(entry) for entry in log.scan_uncommitted()}
    entries |= {entry.slot: as_tuple(entry) for entry in log.iter_committed(gaps="skip", skip_errors=skip_errors)}
    return {
        "entries": dict(sorted(entries.items())),
        "promised": None if log.promised is None else pair(log.promised),
        "meta": dict(log.meta),
        "committed_range": log.committed_range(),
        "committed_through": log.committed_through,
        "first_slot": log.first_slot,
        "last_slot": log.last_slot,
        "floor": log.floor,
        "len": len(log),
    }


def tree(path):
    """Every file below `path` with its bytes: to show that a refusal wrote nothing."""
    path = os.fspath(path)
    if not os.path.isdir(path):
        return _content(path) if os.path.exists(path) else None
    found = {}
    for folder, folders, files in os.walk(path):
        for name in folders:
            found[os.path.relpath(os.path.join(folder, name), path)] = None
        for name in files:
            found[os.path.relpath(os.path.join(folder, name), path)] = _content(os.path.join(folder, name))
    return found


def _content(name):
    with open(name, "rb") as file:
        return file.read()


def copytree_sparse(source, target):
    """As cp --sparse=always copies: pages that are all zeros become holes."""
    shutil.copytree(source, target, copy_function=_copy_sparse)


def _copy_sparse(source, target):
    content = _content(source)
    with open(target, "wb") as file:
        for offset in range(0, len(content), 4096):
            if any(content[offset : offset + 4096]):
                file.seek(offset)
                file.write(content[offset : offset + 4096])
        file.truncate(len(content))
    return target


def eventually(condition, seconds=10.0):
    """Waits for what other threads will bring about; the bound is for hangs only."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        time.sleep(0.002)


def run_threads(*workers, hang_seconds=60.0):
    """Runs the callables at once, each on its own thread behind one barrier; returns their results, raises their first failure."""
    barrier = threading.Barrier(len(workers))
    results = [None] * len(workers)
    failures = []

    def body(index, worker):
        try:
            barrier.wait()
            results[index] = worker()
        except BaseException as failure:  # re-raised below, on the test's thread
            failures.append(failure)

    threads = [threading.Thread(target=body, args=(index, worker), daemon=True) for index, worker in enumerate(workers)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + hang_seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    if failures:
        raise failures[0]
    hung = sum(thread.is_alive() for thread in threads)
    assert not hung, f"{hung} of {len(threads)} threads still run after {hang_seconds} s"
    return results


@contextlib.contextmanager
def ends_poisoned(log):
    """As `with log:` for a log that is poisoned at the end: closing it says so once more, and closes it all the same."""
    try:
        yield log
    finally:
        with contextlib.suppress(LogPoisonedError):
            log.close()


class Child:
    """A forked process that runs `body(send)`; what it sent before it died can be read to the end.

    A message goes out in one write of at most PIPE_BUF bytes: it arrives whole or not at all, and stays readable after SIGKILL.
    """

    def __init__(self, body, *arguments):
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(reading)
            status = 1
            try:
                body(lambda message: _send(writing, message), *arguments)
                status = 0
            except BaseException:
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(status)
        os.close(writing)
        self._reading = reading
        self._bytes = bytearray()
        self._messages = []
        self.ended = False
        self.status = None

    def receive(self, seconds):
        """The next message, or None when there is none within `seconds` or the child is gone."""
        deadline = time.monotonic() + seconds
        while not self._messages and not self.ended:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([self._reading], [], [], left)[0]:
                return None
            self._fill()
        return self._messages.pop(0) if self._messages else None

    def at_least(self, count, seconds):
        """The next `count` messages; fewer only if the child has ended."""
        messages = []
        while len(messages) < count:
            message = self.receive(seconds)
            if message is None:
                assert self.ended, f"no message within {seconds} s"
                break
            messages.append(message)
        return messages

    def collect(self, seconds):
        """All messages that arrive within `seconds`."""
        deadline = time.monotonic() + seconds
        while not self.ended:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._reading], [], [], left)[0]:
                break
            self._fill()
        messages, self._messages = self._messages, []
        return messages

    def kill(self):
        """SIGKILL; returns the messages that were still under way. A child that had failed by itself before is a failure."""
        os.kill(self.pid, signal.SIGKILL)
        messages = self.finish()
        assert self.status in (0, signal.SIGKILL), f"the child ended with status {self.status} before it was killed"
        return messages

    def finish(self, seconds=60.0):
        """Reads to the end and reaps the child; returns the messages that were not read yet."""
        messages = self.collect(seconds)
        if not self.ended:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self._reading)
            raise AssertionError(f"the child still runs after {seconds} s")
        os.close(self._reading)
        self.status = os.waitpid(self.pid, 0)[1]
        return messages

    def _fill(self):
        data = os.read(self._reading, 1 << 16)
        self.ended = not data
        self._bytes += data
        while len(self._bytes) >= 4:
            size = 4 + struct.unpack_from("<I", self._bytes)[0]
            if len(self._bytes) < size:
                break
            self._messages.append(pickle.loads(bytes(self._bytes[4:size])))
            del self._bytes[:size]


def _send(descriptor, message):
    data = pickle.dumps(message)
    data = struct.pack("<I", len(data)) + data
    assert len(data) <= select.PIPE_BUF, "a longer message could be torn by the kill"
    assert os.write(descriptor, data) == len(data)


def in_child(body, *arguments, seconds=60.0):
    """Runs `body(*arguments)` in a forked child and returns its result; the child must end well."""
    child = Child(lambda send: send(body(*arguments)))
    messages = child.finish(seconds)
    assert child.status == 0, f"the child ended with status {child.status}"
    return messages[0]


def committed_log(log, slots, ballot=(1, 1)):
    """Accepts and commits each of the slots, with the value that value_of() gives."""
    for slot in slots:
        log.accept(slot, ballot, value_of(slot, tuple(ballot)))
        log.commit(slot, ballot)
