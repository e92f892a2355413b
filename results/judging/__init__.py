"""Turns what was measured into verdicts: statistics, accuracy, memory, controls."""
