"""A child that works on a log until it is killed or its power is cut, and what its parent then expects of the log.

The child says over a pipe what has returned.  Values follow from slot and ballot, so nothing can be mixed up or invented unseen.
"""

import os
import random
import threading

from helpers import as_tuple, pair, small_log, value_of

from fasterlog import StaleBallotError

WRITERS = 3
LEARNED, BATCH_ONE, BATCH_TWO = 2**40, 2**41, 2**42  # slots of other kinds lie this much higher


def work(send, path, level, ballot_id, first_slot, seed, opened=None):
    """Votes, decisions, batches, meta and promises on several threads around a tiny ring, beside checkpoints."""
    log = small_log(path, durability=level, lazy_sync_ms=1)
    if opened:
        opened()
    send(("open", None, None))
    use(log, send, ballot_id, first_slot, seed)
    os._exit(0)  # and never closes it


def use(log, send, ballot_id, first_slot, seed, sync=False):
    """work() on a log that is open; with `sync` there are also calls that wait although the level would not."""
    ballot = (ballot_id, 1)

    def write(index):
        rng = random.Random(seed * WRITERS + index)
        slot = first_slot + index
        while True:
            slot += WRITERS
            log.accept(slot, ballot, value_of(slot, ballot))
            send(("vote", slot, ballot))
            if rng.random() < 0.95:  # the others stay undecided, and are carried around the ring
                wait = True if sync and rng.random() < 0.1 else None
                log.commit(slot, ballot, wait=wait)
                send(("chosen on disk" if wait else "chosen", slot, ballot))
            if rng.random() < 0.05:
                log.learn(slot + LEARNED, ballot, value_of(slot + LEARNED, ballot))
                send(("chosen", slot + LEARNED, ballot))
            if rng.random() < 0.02:
                with log.batch() as batch:
                    for place in (slot + BATCH_ONE, slot + BATCH_TWO):
                        batch.learn(place, ballot, value_of(place, ballot))
                send(("batch", slot + BATCH_ONE, ballot))
            if rng.random() < 0.05:
                log.set_meta({f"writer {index}": b"%d" % slot})
                send(("meta", f"writer {index}", slot))
            if rng.random() < 0.1:
                log.checkpoint()
            if sync and rng.random() < 0.05:
                token = (index, slot)
                send(("sync", token, None))
                log.sync()
                send(("synced", token, None))

    def write_until_stale(index):
        try:
            write(index)
        except StaleBallotError:
            assert seed % 3 == 0
        except BaseException as failure:
            send(("failed", None, repr(failure)))

    threads = [threading.Thread(target=write_until_stale, args=(i,), daemon=True) for i in range(WRITERS)]
    for thread in threads:
        thread.start()
    if seed % 3 == 0:
        promise = (ballot_id + 1, 0)  # the writers are refused from here on
        log.promise(promise)
        send(("promise", None, promise))
    for thread in threads:
        thread.join()


def settle(log, first_slot, end_slot):
    """Decides what is undecided and fills the gaps, as a new leader does: so a prefix without gaps grows, and leaves memory."""
    for entry in log.scan_uncommitted():
        log.commit(entry.slot, entry.ballot)
    ballot = pair(log.promised) if log.promised else (1, 1)
    for slot in range(first_slot, end_slot):
        if slot not in log:
            log.learn(slot, ballot, value_of(slot, ballot))


# What is on disk when the call has returned, without a sync().
ON_DISK = {
    "process": ("chosen on disk",),
    "accept": ("vote", "promise", "batch", "meta", "chosen on disk"),
    "commit": ("vote", "promise", "batch", "meta", "chosen on disk", "chosen"),
}


class Acknowledged:
    """What the log must hold after a kill, or with `power` after a power cut, at its level.

    The pipe's order is the order in which calls returned: what arrived before a "sync" had returned before that sync() began, and
    is on disk from the matching "synced" on.
    """

    def __init__(self, level, power=False):
        self.level = level
        self.votes, self.chosen, self.meta = {}, {}, {}
        self.promised = (0, 0)
        self.opened = self.count = 0
        self._kinds = ON_DISK["commit" if level == "process" and not power else level]
        self._returned = []  # and not yet on disk
        self._syncs = {}

    def add(self, message):
        kind, what, about = message
        assert kind != "failed", about
        if kind == "open":
            self.opened += 1
        elif kind == "idle":
            pass
        elif kind == "sync":
            self._syncs[what] = len(self._returned)
        elif kind == "synced":
            covered = self._returned[: self._syncs.pop(what)]
            for earlier in covered:
                self._take(*earlier)
        elif kind in self._kinds:
            self._take(*message)
        else:
            self._returned.append(message)

    def died(self):
        """What was not on disk by now need not be there."""
        self._returned.clear()
        self._syncs.clear()

    def _take(self, kind, what, about):
        self.count += 1
        if kind == "vote":
            self.votes[what] = about
        if kind in ("vote", "promise"):
            self.promised = max(self.promised, about)
        if kind in ("chosen", "chosen on disk", "batch"):
            self.chosen[what] = about
        if kind == "meta":
            self.meta[what] = max(self.meta.get(what, 0), about)

    def check(self, log):
        """Compares; returns the highest slot of the ordinary kind that is there."""
        held = {entry.slot: as_tuple(entry) for entry in log.scan_uncommitted()}
        held |= {entry.slot: as_tuple(entry) for entry in log.iter_committed(gaps="skip")}
        lost = [slot for slot in self.votes if slot not in held]
        assert not lost, f"{len(lost)} acknowledged votes are gone, the first of slot {min(lost)}"
        for slot, ballot in self.votes.items():
            assert held[slot][1] >= ballot, f"slot {slot} holds an older vote than was acknowledged"
        for slot, ballot in self.chosen.items():
            assert slot in held and held[slot][1:] == (ballot, value_of(slot, ballot), True), f"slot {slot} was chosen"
        for slot, ballot, value, _ in held.values():
            assert value == value_of(slot, ballot), f"slot {slot} holds a value that nobody wrote"
        assert self.promised == (0, 0) or (log.promised and pair(log.promised) >= self.promised), "the promise went back"
        for key, slot in self.meta.items():
            assert int(log.meta.get(key, b"-1")) >= slot, f"meta {key!r} went back"
        ones = {slot - BATCH_ONE for slot in held if BATCH_ONE <= slot < BATCH_TWO}
        twos = {slot - BATCH_TWO for slot in held if slot >= BATCH_TWO}
        assert ones == twos, "a batch is there in part"
        assert log.recovery.damaged_slots == ()
        return max((slot for slot in held if slot < LEARNED), default=0)
