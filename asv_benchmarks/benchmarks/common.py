"""A log for each sample, with its mutable region already touched once."""

import shutil
import tempfile

from fasterlog import Ballot, FasterLog

BALLOT = Ballot(1, 1)
CALLS = 1000
SIZES = [16, 128, 1024, 8192]
LEVELS = ["process", "accept", "commit"]
RING_BYTES = 32 << 20


class Logged:
    """Opens a log before each sample and removes it afterwards."""

    # One sample is one call of the method: each needs fresh slots.
    number = 1
    rounds = 1
    repeat = (3, 10, 5.0)
    warmup_time = 0.0
    timeout = 120

    params = (SIZES,)
    param_names = ("size",)

    def setup(self, size, durability="process"):
        self.directory = tempfile.mkdtemp(prefix="fasterlog-asv-")
        self.value = bytes(size)
        self.log = FasterLog(f"{self.directory}/log", durability=durability, mutable_size=RING_BYTES, lazy_sync_ms=60_000)
        self.slots = self.warm_up()

    def teardown(self, *parameters):
        self.log.close()
        shutil.rmtree(self.directory)

    def warm_up(self):
        """Fills the mutable region once, so that no sample touches a page first; returns free slots."""
        value = bytes(1 << 20)
        laps = RING_BYTES // len(value)
        for slot in range(laps):
            self.log.learn(slot, BALLOT, value, wait=False)
            if slot % 8 == 7:
                self.log.checkpoint()
        return range(laps, laps + CALLS)

    def accept_all(self):
        for slot in self.slots:
            self.log.accept(slot, BALLOT, self.value, wait=False)

    def commit_all(self):
        self.accept_all()
        for slot in self.slots:
            self.log.commit(slot, BALLOT, wait=False)
        self.log.sync()


class LoggedAtEachLevel(Logged):
    """For what may have to wait for the disk."""

    params = (SIZES, LEVELS)
    param_names = ("size", "durability")
