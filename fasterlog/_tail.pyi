"""The tail: no Python-visible names."""
