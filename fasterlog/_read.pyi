"""Reading one slot."""

from typing import final

@final
class Lease: ...
