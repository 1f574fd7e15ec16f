"""Tools for those who test what they build on a log: import what you need from the modules of this package."""
