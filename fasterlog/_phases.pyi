"""The phases: no Python-visible names."""
