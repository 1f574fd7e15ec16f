"""Benchmarks for asv.  Each time is that of `CALLS` calls (or of one, where the class says so)."""
