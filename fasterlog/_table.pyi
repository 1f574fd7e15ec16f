"""Table of segments: no Python-visible names."""
