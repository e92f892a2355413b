"""Lays rows out as tables for people and machines."""
