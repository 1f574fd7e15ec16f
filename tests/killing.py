"""A child that works on a log until it is killed, and what its parent then expects of the log.

The child says over a pipe what has returned.  Values follow from slot and ballot, so nothing can be mixed up or invented unseen.
"""

import random
import threading

from helpers import as_tuple, pair, small_log, value_of

from fasterlog import StaleBallotError

WRITERS = 3
LEARNED, BATCH_ONE, BATCH_TWO = 2**40, 2**41, 2**42  # slots of other kinds lie this much higher


def work(send, path, level, ballot_id, first_slot, seed):
    """Votes, decisions, batches, meta and promises on several threads around a tiny ring, beside checkpoints."""
    log = small_log(path, durability=level, lazy_sync_ms=1)
    send(("open", None, None))
    ballot = (ballot_id, 1)

    def write(index):
        rng = random.Random(seed * WRITERS + index)
        slot = first_slot + index
        while True:
            slot += WRITERS
            log.accept(slot, ballot, value_of(slot, ballot))
            send(("vote", slot, ballot))
            if rng.random() < 0.95:  # the others stay undecided, and are carried around the ring
                log.commit(slot, ballot)
                send(("chosen", slot, ballot))
            if rng.random() < 0.05:
                log.learn(slot + LEARNED, ballot, value_of(slot + LEARNED, ballot))
                send(("chosen", slot + LEARNED, ballot))
            if rng.random() < 0.02:
                with log.batch() as batch:
                    for place in (slot + BATCH_ONE, slot + BATCH_TWO):
                        batch.learn(place, ballot, value_of(place, ballot))
                send(("chosen", slot + BATCH_ONE, ballot))
            if rng.random() < 0.05:
                log.set_meta({f"writer {index}": b"%d" % slot})
                send(("meta", f"writer {index}", slot))
            if rng.random() < 0.1:
                log.checkpoint()

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


class Acknowledged:
    """What the log must hold after a kill, at its level."""

    def __init__(self, level):
        self.level = level
        self.votes, self.chosen, self.meta = {}, {}, {}
        self.promised = (0, 0)
        self.opened = self.count = 0

    def add(self, message):
        kind, what, about = message
        assert kind != "failed", about
        if kind == "open":
            self.opened += 1
            return
        self.count += 1
        if kind == "vote":
            self.votes[what] = about
        if kind in ("vote", "promise"):
            self.promised = max(self.promised, about)
        if kind == "chosen" and self.level != "accept":
            self.chosen[what] = about
        if kind == "meta" and self.level != "accept":
            self.meta[what] = about

    def check(self, log):
        held = {entry.slot: as_tuple(entry) for entry in log.scan_uncommitted()}
        held |= {entry.slot: as_tuple(entry) for entry in log.iter_committed(gaps="skip")}
        lost = [slot for slot in self.votes if slot not in held]
        assert not lost, f"{len(lost)} acknowledged votes are gone, the first of slot {min(lost)}"
        for slot, ballot in self.votes.items():
            assert held[slot][1] >= ballot, f"slot {slot} holds an older vote than was acknowledged"
        for slot, ballot in self.chosen.items():
            assert held[slot][1:] == (ballot, value_of(slot, ballot), True), f"slot {slot} was chosen"
        for slot, ballot, value, _ in held.values():
            assert value == value_of(slot, ballot), f"slot {slot} holds a value that nobody wrote"
        assert self.promised == (0, 0) or pair(log.promised) >= self.promised
        for key, slot in self.meta.items():
            assert int(log.meta[key]) >= slot, f"meta {key!r} went back"
        ones = {slot - BATCH_ONE for slot in held if BATCH_ONE <= slot < BATCH_TWO}
        twos = {slot - BATCH_TWO for slot in held if slot >= BATCH_TWO}
        assert ones == twos, "a batch is there in part"
        assert log.recovery.damaged_slots == ()
