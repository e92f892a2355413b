"""Holds a run against committed tables of expected values: python -m results expect."""
