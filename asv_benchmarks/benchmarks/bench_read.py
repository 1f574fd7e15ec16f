"""The calls that read.  The level decides what memory the mutable region is: the mapped file, or private."""

from .common import LoggedAtEachLevel


class ReadUncommitted(LoggedAtEachLevel):
    def setup(self, size, durability):
        super().setup(size, durability)
        self.accept_all()

    def time_read(self, size, durability):
        read = self.log.read
        for slot in self.slots:
            read(slot)


class ReadCommitted(LoggedAtEachLevel):
    """Where the entries are still in the mutable region."""

    def setup(self, size, durability):
        super().setup(size, durability)
        self.commit_all()

    def time_read_committed(self, size, durability):
        read = self.log.read_committed
        for slot in self.slots:
            read(slot)


class ReadTail(ReadCommitted):
    """Where the entries are in the immutable tail."""

    def setup(self, size, durability):
        super().setup(size, durability)
        self.log.checkpoint()

    def time_value(self, size, durability):
        """Copies each value out of the mapped file."""
        read = self.log.read
        for slot in self.slots:
            _value = read(slot).value


class View(LoggedAtEachLevel):
    """A view of an entry's bytes in the mapped file, without a copy."""

    def setup(self, size, durability):
        super().setup(size, durability)
        self.commit_all()
        self.log.checkpoint()

    def time_view(self, size, durability):
        read = self.log.read
        for slot in self.slots:
            memoryview(read(slot))


class Scan(LoggedAtEachLevel):
    """One scan over all uncommitted entries."""

    def setup(self, size, durability):
        super().setup(size, durability)
        self.accept_all()

    def time_scan_uncommitted(self, size, durability):
        self.log.scan_uncommitted(self.slots.start, self.slots.stop)


class Iterate(LoggedAtEachLevel):
    """One iteration over all committed entries."""

    def setup(self, size, durability):
        super().setup(size, durability)
        self.commit_all()
        self.log.checkpoint()

    def time_iter_committed(self, size, durability):
        for _entry in self.log.iter_committed(self.slots.start, self.slots.stop):
            pass
