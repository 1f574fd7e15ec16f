"""The ring: no Python-visible names."""
