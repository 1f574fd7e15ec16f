"""Three acceptors, and one whose disk is lost or put back to an older copy: its peers notice before it can vote again.

A node that comes with another log (`log_id`) has lost its disk. An older copy of the disk has a lower `incarnation`, but each start raises
it, so the number alone catches up. So each start also draws a random number and writes it beside its incarnation into the log, before
the node says hello. Peers keep the newest pair they have seen. A disk on which that pair does not stand was put back to a time before it:
it has forgotten promises and votes that others rely on. See docs/lost-disk.md.
"""

import secrets
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from fasterlog import Ballot, FasterLog

SMALL = {"mutable_size": 1 << 20, "segment_size": 1 << 20}
STARTS_KEPT = 100  # a peer that has missed more of them takes the disk for a lost one


class LostDiskError(Exception):
    pass


class Hello(NamedTuple):
    name: str
    log_id: int
    starts: dict[int, int]  # incarnation -> what was drawn then

    @property
    def newest(self) -> tuple[int, int]:
        return max(self.starts.items())


class Node:
    """An acceptor, and what it knows of its peers' disks. That knowledge lies in the log too: it has to survive a restart."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.log = FasterLog(path, identity=name.encode(), **SMALL)
        starts = self.starts() | {self.log.incarnation: secrets.randbits(64)}
        kept = sorted(starts.items())[-STARTS_KEPT:]
        self.log.set_meta({"starts": b"".join(b"%d %d\n" % start for start in kept)}, wait=True)

    def starts(self) -> dict[int, int]:
        lines = self.log.meta.get("starts", b"").splitlines()
        return {int(incarnation): int(drawn) for incarnation, drawn in (line.split() for line in lines)}

    def hello(self) -> Hello:
        return Hello(self.name, self.log.log_id, self.starts())

    def admit(self, hello: Hello) -> None:
        """Refuses a peer that is not the acceptor it was; what is admitted is on disk before anything of the peer is counted."""
        known = self.log.meta.get(f"disk of {hello.name}")
        if known is not None:
            log_id, incarnation, drawn = map(int, known.split())
            if hello.log_id != log_id:
                raise LostDiskError(f"{hello.name} comes with another log: its disk is lost")
            if hello.starts.get(incarnation) != drawn:
                raise LostDiskError(f"{hello.name} does not know of its start number {incarnation}: its disk is an older copy")
        self.log.set_meta({f"disk of {hello.name}": b"%d %d %d" % (hello.log_id, *hello.newest)}, wait=True)


def start(name: str, path: Path, peers: list[Node]) -> Node:
    """A node takes part only once its peers have admitted it."""
    node = Node(name, path)
    try:
        for peer in peers:
            peer.admit(node.hello())
            node.admit(peer.hello())
    except LostDiskError:
        node.log.close()
        raise
    return node


def refused(name: str, path: Path, peers: list[Node]) -> None:
    try:
        start(name, path, peers)
    except LostDiskError as error:
        print("refused:", error)
    else:
        raise AssertionError(f"{name} was admitted")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        disks = {name: Path(folder, name) for name in "abc"}
        a = start("a", disks["a"], [])
        b = start("b", disks["b"], [a])
        c = start("c", disks["c"], [a, b])

        c.log.close()
        shutil.copytree(disks["c"], f"{folder}/backup")  # somebody's idea of a backup
        c = start("c", disks["c"], [a, b])
        print("admitted again:", c.name, "in its incarnation", c.log.incarnation)

        # A value is chosen with the votes of b and c, the majority.
        ballot = Ballot(1, node=2)
        for node in (b, c):
            node.log.promise(ballot)
            node.log.accept(0, ballot, b"chosen by b and c")
        b.log.commit(0)
        c.log.close()

        # Were c counted as the acceptor it was, a and c could choose another value for slot 0, and neither would know.
        shutil.rmtree(disks["c"])
        refused("c", disks["c"], [a, b])
        shutil.rmtree(disks["c"])
        shutil.copytree(f"{folder}/backup", disks["c"])
        for _ in range(3):  # a supervisor that starts it again and again does not help it
            refused("c", disks["c"], [a, b])

        # It may join under a new name, by a change of the members that the old ones choose, and learn what was decided.
        shutil.rmtree(disks["c"])
        d = start("d", Path(folder, "d"), [a, b])
        for entry in b.log.iter_committed():
            d.log.learn(entry.slot, entry.ballot, entry.value)
        print("a new member has learned:", d.log.read_committed(0).value)
        for node in (a, b, d):
            node.log.close()


if __name__ == "__main__":
    main()
