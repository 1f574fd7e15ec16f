"""Segment files: no Python-visible names."""
