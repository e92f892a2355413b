"""Chooses among the variants of a group: python -m results frontier and recommend."""
