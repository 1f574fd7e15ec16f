"""Reading the ring back: no Python-visible names."""
