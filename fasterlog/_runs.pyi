"""Runs: no Python-visible names."""
