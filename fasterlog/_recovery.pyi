"""Opening and closing a log's directory."""

from fasterlog.config import Config
from fasterlog.reports import RecoveryReport

LEVELS: dict[str, int]

class OpenLog:
    @property
    def config(self) -> Config: ...
    @property
    def report(self) -> RecoveryReport: ...
    @property
    def path(self) -> str: ...
