"""Opening a log that has entries."""

import shutil
import tempfile

from fasterlog import FasterLog

from .common import BALLOT


class Reopen:
    """One open and close, after a clean close; the files are in the page cache."""

    params = ([10_000, 200_000],)
    param_names = ("entries",)
    timeout = 120

    def setup(self, entries):
        self.directory = tempfile.mkdtemp(prefix="fasterlog-asv-")
        self.path = f"{self.directory}/log"
        value = bytes(128)
        with FasterLog(self.path, durability="process") as log:
            for slot in range(entries):
                log.learn(slot, BALLOT, value)

    def teardown(self, entries):
        shutil.rmtree(self.directory)

    def time_reopen(self, entries):
        FasterLog(self.path, durability="process").close()
