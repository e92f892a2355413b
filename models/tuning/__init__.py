"""Tuning: a search for the best configuration of a model, and searches compared with each other.

Its scenarios live here, not in `scenarios/`: they name only what `models` knows, compare no
inference times, and `models` imports nothing of ours but itself.
"""
