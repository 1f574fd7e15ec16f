"""Several changes as one."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self, SupportsIndex, final

from typing_extensions import Buffer

from fasterlog._entry import Ballot

@final
class Batch:
    @property
    def lsn(self) -> int | None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> bool: ...
    def accept(
        self,
        slot: SupportsIndex,
        ballot: Ballot | tuple[int, int],
        value: Buffer,
        *,
        under: Ballot | tuple[int, int] | None = None,
    ) -> None: ...
    def commit(self, slot: SupportsIndex, ballot: Ballot | tuple[int, int] | None = None) -> None: ...
    def learn(self, slot: SupportsIndex, ballot: Ballot | tuple[int, int], value: Buffer) -> None: ...
    def discard(self, from_slot: SupportsIndex) -> None: ...
    def set_meta(self, changes: Mapping[str, bytes | None]) -> None: ...
