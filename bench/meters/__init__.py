"""Meters: one file is one meter, and its file name is its name.

A meter runs inside the worker, in a pass of its own, after the timed blocks. Its file has
`quantities(bench) -> Iterator[Quantity]` and `missing(device) -> str | None`: why it cannot
measure there, or None. A quantity that could not be measured is not yielded.
"""
