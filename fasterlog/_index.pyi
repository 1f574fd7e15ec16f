"""The slot index: no Python-visible names."""
