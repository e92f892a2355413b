"""Compares two stored runs: python -m results compare."""
