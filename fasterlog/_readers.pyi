"""Iterators over committed entries."""

from typing import Self, final

from fasterlog._entry import Entry

@final
class CommittedIterator:
    def __iter__(self) -> Self: ...
    def __next__(self) -> Entry: ...

@final
class Follower:
    def __iter__(self) -> Self: ...
    def __next__(self) -> Entry: ...
