"""Tools to show that storage keeps what it has acknowledged: those that fasterlog itself is tested with.

- `SimulatedDisk`: records every system call that a log makes on its files, and fails those it is told to.
- `crash_states`: the directories that a power cut, or kill -9, may leave after any prefix of what was recorded.
- `another_boot`: lets a log be opened as after a restart of the machine.
- `fasterlog.testing.conformance`: what an engine may expect of its log, as tests to run against an adapter of your own.

docs/testing.md and docs/conformance.md show how to use them.  Nothing else in fasterlog imports this package.
"""

from fasterlog.testing.crashes import CrashState, crash_states
from fasterlog.testing.disk import Call, Fault, Recording, SimulatedDisk, another_boot, quiet_background

__all__ = ["Call", "CrashState", "Fault", "Recording", "SimulatedDisk", "another_boot", "crash_states", "quiet_background"]
