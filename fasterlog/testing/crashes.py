"""The states that a crash may leave, from a recording.

The model.  A file on disk consists of sectors of 512 bytes.  After a sync that covered all writes, each holds what was last written.
Since then it holds what it held at *some* moment since the last such sync, each sector for itself, whatever the order of the
writes; or, if it was being written, bytes that changed may be old, new or anything (bytes that did not change stay: powersafe
overwrite).  A file's size is that of some moment, too; what it then has and nobody wrote is zero.  A name that was created, renamed
or removed is there, or not, until its directory is synced, each for itself; a rename is all or nothing.

A failed sync leaves what it should have covered in doubt *for ever*: the system takes those pages for clean, and a later sync that
succeeds does not write them.  Only what is written again is covered again.

kill -9 leaves what the calls have done, up to the last one, which may have written some of its pages only.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import random
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from fasterlog.testing.disk import Call, Recording

__all__ = ["CrashState", "crash_states"]

SECTOR = 512
PAGE = 4096
_ROUNDS_MOST = 200
_STYLES = ("all", "none", "drop one", "keep one", "few", "half", "most", "garbled", "garbled one")
_CHANGES = frozenset(("open", "pwrite", "ftruncate", "rename", "unlink", "mkdir", "fdatasync", "fsync", "mark"))

Crash = Literal["power", "kill"]


@dataclass(frozen=True, slots=True)
class CrashState:
    """One directory that a crash may leave."""

    kind: Crash
    """"power": the machine went down, so open it in `another_boot()`.  "kill": the process alone."""
    prefix: int
    """After so many calls of the recording."""
    marks: int
    """How many marks lie in that prefix: mark number n was made if n < marks."""
    style: str
    """How the state was chosen: of a kill "all" that was called, or "torn", with a part of the write that was under way."""
    files: dict[str, bytes | None] = field(repr=False)
    """Relative path to content; None: a directory."""
    digest: bytes = field(repr=False)

    def write_to(self, directory: str | os.PathLike[str]) -> str:
        """Makes the directory, with the state's files in it; returns its path."""
        root = os.fspath(directory)
        os.makedirs(root, exist_ok=True)
        for path, content in sorted(self.files.items()):
            name = os.path.join(root, path)
            if content is None:
                os.makedirs(name, exist_ok=True)
            else:
                fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
                try:
                    os.write(fd, content.rstrip(b"\0"))
                    os.ftruncate(fd, len(content))
                finally:
                    os.close(fd)
        return root


def crash_states(
    recording: Recording,
    *,
    count: int,
    seed: int = 0,
    kinds: Sequence[Crash] = ("power", "kill"),
    ignore: Sequence[str] = ("LOCK",),
    first_prefix: int = 0,
) -> Iterator[CrashState]:
    """At most `count` states, all different, spread over the prefixes of the recording; the same ones for the same seed.

    kinds: of crashes.  ignore: names of files whose content does not matter; they are left empty.  first_prefix: only crashes after
    so many calls.
    """
    seen: set[tuple[Crash, int, bytes]] = set()
    points = sum(call.kind in _CHANGES for call in recording.calls[first_prefix:]) + 1
    for turn in range(_ROUNDS_MOST):
        before = len(seen)
        quota = (count - len(seen)) / points
        for state in _pass(recording, quota, f"{seed}:{turn}", kinds, frozenset(ignore), first_prefix):
            key = (state.kind, state.marks, state.digest)
            if key not in seen:
                seen.add(key)
                yield state
                if len(seen) >= count:
                    return
        # Where little is left to be found, a turn may find nothing and the next one something.
        if len(seen) == before and turn >= 10:
            return


def _pass(
    recording: Recording, quota: float, seed: str, kinds: Sequence[Crash], ignore: frozenset[str], first_prefix: int
) -> Iterator[CrashState]:
    model = _Disk(recording.initial, ignore)
    rng = random.Random(seed)
    for prefix, call in enumerate(recording.calls):
        # Not between the stores of one look at a mapping: no kill leaves these in the order of their addresses.
        if call.kind in _CHANGES and prefix >= first_prefix:
            for _ in range(_amount(quota, rng)):
                yield model.state(prefix, rng, kinds, call)
        model.apply(prefix, call)
    for _ in range(_amount(quota, rng)):
        yield model.state(len(recording.calls), rng, kinds, None)


def _amount(quota: float, rng: random.Random) -> int:
    whole = int(quota)
    return whole + (rng.random() < quota - whole)


class _File:
    """An inode: what is on disk for certain, and what else may be."""

    def __init__(self, content: bytes = b"") -> None:
        self.now = bytearray(content)
        self.base = bytearray(content)
        # sector -> what it has been since, with the indices of the calls; the number of those that a failed sync made look clean
        self.versions: dict[int, list[tuple[int, bytes]]] = {}
        self.stuck: dict[int, int] = {}
        self.sizes: list[tuple[int, int]] = []
        self.stuck_sizes = 0
        self.base_size = len(content)
        self._latest: bytes | None = bytes(content)

    def write(self, index: int, offset: int, data: bytes) -> None:
        if not data:
            return
        self._latest = None
        end = offset + len(data)
        if end > len(self.now):
            self.now.extend(bytes(end - len(self.now)))
            self.sizes.append((index, end))
        self.now[offset:end] = data
        self._note(index, offset // SECTOR, (end + SECTOR - 1) // SECTOR)

    def truncate(self, index: int, size: int) -> None:
        if size == len(self.now):
            return
        self._latest = None
        shorter, before = min(size, len(self.now)), len(self.now)
        del self.now[shorter:]
        self.now.extend(bytes(size - shorter))
        self.sizes.append((index, size))
        self._note(index, shorter // SECTOR, (before + SECTOR - 1) // SECTOR)

    def _note(self, index: int, first: int, last: int) -> None:
        for sector in range(first, last):
            bytes_ = bytes(self.now[sector * SECTOR : (sector + 1) * SECTOR]).ljust(SECTOR, b"\0")
            self.versions.setdefault(sector, []).append((index, bytes_))

    def sync(self, begin: int) -> None:
        for sector in list(self.versions):
            versions = self.versions[sector]
            done = bisect_left(versions, (begin,))
            if done <= self.stuck.get(sector, 0):
                continue
            self._base_set(sector, versions[done - 1][1])
            self.stuck.pop(sector, None)
            del versions[:done]
            if not versions:
                del self.versions[sector]
        done = bisect_left(self.sizes, (begin,))
        if done > self.stuck_sizes:
            self.base_size = self.sizes[done - 1][1]
            self.stuck_sizes = 0
            del self.sizes[:done]

    def sync_failed(self, begin: int) -> None:
        for sector, versions in self.versions.items():
            self.stuck[sector] = bisect_left(versions, (begin,))
        self.stuck_sizes = bisect_left(self.sizes, (begin,))

    def _base_set(self, sector: int, bytes_: bytes) -> None:
        end = (sector + 1) * SECTOR
        if end > len(self.base):
            self.base.extend(bytes(end - len(self.base)))
        self.base[sector * SECTOR : end] = bytes_

    def latest(self) -> bytes:
        if self._latest is None:
            self._latest = bytes(self.now)
        return self._latest

    def choose(self, pick: _Pick) -> bytes:
        if not self.versions and not self.sizes:
            return self.latest()
        size = self.base_size
        if self.sizes:
            at = pick.index(("size", id(self)), len(self.sizes) + 1)
            size = self.sizes[at - 1][1] if at else self.base_size
        content = bytearray(self.base)
        content.extend(bytes(max(0, size - len(content))))
        for sector, versions in self.versions.items():
            begin = sector * SECTOR
            if begin >= size:
                continue
            old = bytes(content[begin : begin + SECTOR]).ljust(SECTOR, b"\0")
            content[begin : begin + SECTOR] = pick.sector((sector, id(self)), old, versions)[: len(content) - begin]
        return bytes(content[:size])


class _Pick:
    """Which of the things in doubt are there."""

    def __init__(self, style: str, rng: random.Random, things: list[object]) -> None:
        self.style = style
        self.rng = rng
        self.one = rng.choice(things) if things else None
        self.share = {"all": 1.0, "none": 0.0, "drop one": 1.0, "keep one": 0.0, "few": 0.1, "half": 0.5, "most": 0.9, "garbled": 0.5}.get(
            style, 1.0 if rng.random() < 0.5 else 0.0
        )

    def keeps(self, thing: object) -> bool:
        """Whether something that can be there or not is."""
        if thing == self.one:
            if self.style == "drop one":
                return False
            if self.style == "keep one":
                return True
        return self.share >= 1.0 or (self.share > 0.0 and self.rng.random() < self.share)

    def index(self, thing: object, count: int) -> int:
        """Of several moments: 0 the oldest."""
        if not self.keeps(thing):
            return 0
        return count - 1 if self.share >= 1.0 or self.style == "keep one" else self.rng.randrange(1, count)

    def sector(self, thing: object, base: bytes, versions: list[tuple[int, bytes]]) -> bytes:
        at = self.index(thing, len(versions) + 1)
        content = versions[at - 1][1] if at else base
        garbles = (self.style == "garbled" and self.rng.random() < 0.2) or (self.style == "garbled one" and thing == self.one)
        if not garbles:
            return content
        # It was being written: from this moment's bytes to the next one's.
        if at == len(versions):
            at -= 1
            content = versions[at - 1][1] if at else base
        return self._garbled(content, versions[at][1])

    def _garbled(self, old: bytes, new: bytes) -> bytes:
        mixed = bytearray(old)
        way = self.rng.randrange(4)
        cut = self.rng.randrange(SECTOR)
        for at in range(SECTOR):
            if old[at] != new[at]:
                if way == 0:
                    mixed[at] = self.rng.randrange(256)
                elif way == 1:
                    mixed[at] = new[at] if at < cut else old[at]
                elif way == 2:
                    mixed[at] = old[at] if at < cut else new[at]
                else:
                    mixed[at] = self.rng.choice((old[at], new[at], 0, 0xFF))
        return bytes(mixed)


_Node = _File | None  # None: a directory


@dataclass(slots=True)
class _NameChange:
    """A creation, rename or removal that its directory's sync has not covered yet."""

    index: int
    gone: str | None
    there: str | None
    node: _Node
    folders: tuple[str, ...]
    stuck: bool = False

    def apply(self, names: dict[str, _Node]) -> None:
        if self.gone is not None:
            names.pop(self.gone, None)
        if self.there is not None:
            names[self.there] = self.node


class _Disk:
    def __init__(self, initial: dict[str, bytes | None], ignore: frozenset[str]) -> None:
        self.ignore = ignore
        self.names: dict[str, _Node] = {path: None if content is None else _File(content) for path, content in initial.items()}
        self.durable = dict(self.names)
        self.changes: list[_NameChange] = []
        self.open: dict[int, _Node | str] = {}
        self.marks = 0
        self.digests: dict[int, tuple[bytes, bytes]] = {}

    # --- what the calls do

    def apply(self, index: int, call: Call) -> None:
        if call.kind == "mark":
            self.marks += 1
        elif call.kind == "memfd":
            self.open[call.fd] = _File()
        elif call.kind in ("fdatasync", "fsync"):
            self._sync(call)
        elif call.result >= 0:
            if call.kind == "open":
                self._open(index, call)
            elif call.kind in ("pwrite", "store", "ftruncate"):
                self._write(index, call)
            elif call.kind == "mkdir":
                self._rename(index, None, call.path, None)
            elif call.kind == "rename":
                self._rename(index, call.path, call.target, self.names[call.path])
            elif call.kind == "unlink":
                self._rename(index, call.path, None, None)

    def _open(self, index: int, call: Call) -> None:
        if call.path not in self.names and not call.flags & os.O_CREAT:
            self.open[call.fd] = call.path  # the directory itself
            return
        if call.path not in self.names:
            self._rename(index, None, call.path, _File())
        node = self.names[call.path]
        if node is not None and call.flags & os.O_TRUNC:
            node.truncate(index, 0)
        self.open[call.fd] = call.path if node is None else node

    def _write(self, index: int, call: Call) -> None:
        node = self.open[call.fd]
        assert isinstance(node, _File)
        if call.kind == "ftruncate":
            node.truncate(index, call.size)
        else:
            node.write(index, call.offset, call.data)

    def _rename(self, index: int, gone: str | None, there: str | None, node: _Node) -> None:
        folders = tuple({posixpath.dirname(path) for path in (gone, there) if path is not None})
        change = _NameChange(index, gone, there, node, folders)
        change.apply(self.names)
        self.changes.append(change)

    def _sync(self, call: Call) -> None:
        node = self.open[call.fd]
        if isinstance(node, _File):
            (node.sync if call.result >= 0 else node.sync_failed)(call.begin)
            return
        left = []
        for change in self.changes:
            covered = node in change.folders and change.index < call.begin
            if covered and call.result < 0:
                change.stuck = True
            if covered and not change.stuck:
                change.apply(self.durable)
            else:
                left.append(change)
        self.changes = left

    # --- what a crash leaves

    def state(self, prefix: int, rng: random.Random, kinds: Sequence[Crash], next_call: Call | None) -> CrashState:
        kind = kinds[rng.randrange(len(kinds))] if len(kinds) == 1 or rng.random() < 0.5 else "power" if "power" in kinds else kinds[0]
        if kind == "kill":
            names, contents = self.names, self._killed(rng, next_call)
            style = "all" if contents.torn is None else "torn"
        else:
            style = rng.choice(_STYLES)
            names, contents = self._cut(_Pick(style, rng, self._things(style)))
        files = {path: contents(node) for path, node in names.items() if self._is_reachable(path, names)}
        files = {path: b"" if posixpath.basename(path) in self.ignore else content for path, content in files.items()}
        return CrashState(kind, prefix, self.marks, style, files, self._digest(files))

    def _things(self, style: str) -> list[object]:
        if "one" not in style:
            return []
        things: list[object] = [change.index for change in self.changes]
        for node in {id(node): node for node in (*self.names.values(), *self.durable.values())}.values():
            if node is not None:
                things += [(sector, id(node)) for sector in node.versions]
                if node.sizes:
                    things.append(("size", id(node)))
        return things

    def _killed(self, rng: random.Random, next_call: Call | None) -> _Contents:
        """All that the calls have done; and perhaps some pages of the one that was under way."""
        nothing = _Contents(None, None, b"", 0)
        if next_call is None or next_call.kind != "pwrite" or rng.random() < 0.5:
            return nothing
        boundaries = range((next_call.offset // PAGE + 1) * PAGE, next_call.offset + len(next_call.data), PAGE)
        if not boundaries:
            return nothing
        node = self.open[next_call.fd]
        assert isinstance(node, _File)
        return _Contents(None, node, next_call.data[: rng.choice(boundaries) - next_call.offset], next_call.offset)

    def _cut(self, pick: _Pick) -> tuple[dict[str, _Node], _Contents]:
        names = dict(self.durable)
        for change in self.changes:
            if pick.keeps(change.index):
                change.apply(names)
        return names, _Contents(pick, None, b"", 0)

    def _digest(self, files: dict[str, bytes | None]) -> bytes:
        hashed = hashlib.blake2b(digest_size=16)
        for path, content in sorted(files.items()):
            hashed.update(f"{path}\0{-1 if content is None else len(content)}\0".encode())
            if content is not None:
                hashed.update(self._content_digest(content))
        return hashed.digest()

    def _content_digest(self, content: bytes) -> bytes:
        """Most files of most states are the very object of the state before."""
        known = self.digests.get(id(content))
        if known is None or known[0] is not content:
            if len(self.digests) > 64:
                self.digests.clear()
            known = self.digests[id(content)] = (content, hashlib.blake2b(content.rstrip(b"\0"), digest_size=16).digest())
        return known[1]

    def _is_reachable(self, path: str, names: dict[str, _Node]) -> bool:
        folder = posixpath.dirname(path)
        while folder:
            if folder not in names:
                return False
            folder = posixpath.dirname(folder)
        return True


@dataclass(frozen=True, slots=True)
class _Contents:
    pick: _Pick | None
    torn: _File | None
    data: bytes
    offset: int

    def __call__(self, node: _Node) -> bytes | None:
        if node is None:
            return None
        if self.pick is not None:
            return node.choose(self.pick)
        if node is not self.torn:
            return node.latest()
        content = bytearray(node.latest())
        content.extend(bytes(max(0, self.offset + len(self.data) - len(content))))
        content[self.offset : self.offset + len(self.data)] = self.data
        return bytes(content)
