"""Tuning as a part of the suite: searches as tests, and the search for what to deploy."""
