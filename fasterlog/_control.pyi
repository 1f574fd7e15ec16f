"""Control operations: no Python-visible names."""
