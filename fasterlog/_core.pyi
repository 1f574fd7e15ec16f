"""The state of one log: one Python-visible name."""

INVARIANTS: bool
