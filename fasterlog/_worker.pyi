"""Background work: no Python-visible names."""
