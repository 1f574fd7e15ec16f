"""Epochs: no Python-visible names."""
