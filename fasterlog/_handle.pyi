"""What the Python objects on a log share."""

from fasterlog.config import Config
from fasterlog.reports import RecoveryReport

class LogHandle:
    @property
    def config(self) -> Config: ...
    @property
    def recovery(self) -> RecoveryReport: ...
    @property
    def path(self) -> str: ...
