"""The calls that read."""

from .common import Logged


class ReadUncommitted(Logged):
    def setup(self, size):
        super().setup(size)
        self.accept_all()

    def time_read(self, size):
        read = self.log.read
        for slot in self.slots:
            read(slot)


class ReadCommitted(Logged):
    """Where the entries are still in the mutable region."""

    def setup(self, size):
        super().setup(size)
        self.commit_all()

    def time_read_committed(self, size):
        read = self.log.read_committed
        for slot in self.slots:
            read(slot)


class ReadTail(ReadCommitted):
    """Where the entries are in the immutable tail."""

    def setup(self, size):
        super().setup(size)
        self.log.checkpoint()

    def time_value(self, size):
        """Copies each value out of the mapped file."""
        read = self.log.read
        for slot in self.slots:
            _value = read(slot).value


class View(Logged):
    """A view of an entry's bytes in the mapped file, without a copy."""

    def setup(self, size):
        super().setup(size)
        self.commit_all()
        self.log.checkpoint()

    def time_view(self, size):
        read = self.log.read
        for slot in self.slots:
            memoryview(read(slot))


class Scan(Logged):
    """One scan over all uncommitted entries."""

    def setup(self, size):
        super().setup(size)
        self.accept_all()

    def time_scan_uncommitted(self, size):
        self.log.scan_uncommitted(self.slots.start, self.slots.stop)


class Iterate(Logged):
    """One iteration over all committed entries."""

    def setup(self, size):
        super().setup(size)
        self.commit_all()
        self.log.checkpoint()

    def time_iter_committed(self, size):
        for _entry in self.log.iter_committed(self.slots.start, self.slots.stop):
            pass
