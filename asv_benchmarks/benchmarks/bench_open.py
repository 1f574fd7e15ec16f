"""Opening a log that has entries."""

import shutil
import tempfile

from fasterlog import FasterLog

from .common import BALLOT, LEVELS


class Reopen:
    """One open and close, after a clean close; the files are in the page cache."""

    params = ([10_000, 200_000], [16, 128], LEVELS)
    param_names = ("entries", "size", "durability")
    timeout = 120

    def setup(self, entries, size, durability):
        self.directory = tempfile.mkdtemp(prefix="fasterlog-asv-")
        self.path = f"{self.directory}/log"
        value = bytes(size)
        with FasterLog(self.path, durability="process") as log:
            for slot in range(entries):
                log.learn(slot, BALLOT, value)

    def teardown(self, entries, size, durability):
        shutil.rmtree(self.directory)

    def time_reopen(self, entries, size, durability):
        FasterLog(self.path, durability=durability).close()
