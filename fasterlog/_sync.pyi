"""Group commit: no Python-visible names."""
