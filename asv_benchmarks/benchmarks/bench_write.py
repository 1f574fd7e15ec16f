"""The calls that write."""

from .common import BALLOT, LoggedAtEachLevel


class Accept(LoggedAtEachLevel):
    def time_accept(self, size, durability):
        accept, value = self.log.accept, self.value
        for slot in self.slots:
            accept(slot, BALLOT, value)


class Commit(LoggedAtEachLevel):
    def setup(self, size, durability):
        super().setup(size, durability)
        self.accept_all()
        self.log.sync()

    def time_commit(self, size, durability):
        commit = self.log.commit
        for slot in self.slots:
            commit(slot, BALLOT)


class Cycle(LoggedAtEachLevel):
    def time_accept_commit_read(self, size, durability):
        accept, commit, read, value = self.log.accept, self.log.commit, self.log.read, self.value
        for slot in self.slots:
            accept(slot, BALLOT, value)
            commit(slot, BALLOT)
            read(slot)


class Batch(LoggedAtEachLevel):
    """Accepts and commits in batches of 50 slots."""

    def time_batches(self, size, durability):
        value = self.value
        for start in range(self.slots.start, self.slots.stop, 50):
            with self.log.batch() as batch:
                for slot in range(start, start + 50):
                    batch.accept(slot, BALLOT, value)
                    batch.commit(slot, BALLOT)
