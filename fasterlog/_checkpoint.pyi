"""Checkpoint and reclaim: no Python-visible names."""
