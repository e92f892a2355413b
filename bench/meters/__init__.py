"""Meters: one file is one meter, and its file name is its name.

A meter runs inside the worker, in a pass of its own, after the timed blocks. Its file has
- `missing(device) -> str | None`: why it cannot measure there, for the doctor, or None;
- `quantities(bench) -> Iterator[Quantity]`: what it measured; what could not be is not yielded.
"""
