"""Measures cases: plans them, prepares artifacts, runs isolated workers in turns, records."""

__version__ = "0.1.0"  # of the suite; tables are published under it
