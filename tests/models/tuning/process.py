"""A process that searches: python process.py PLACE SEARCHER; each fit waits for a line to read.

It writes "depth split" before each fit, and does it once a line comes in.
"""

from __future__ import annotations

import sys

from tests.models.tuning.fake import Fake, run, task


class Waiting(Fake):
    """A fake whose fits begin when the test says so."""

    def score(self, configuration, *rest):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN002, ANN201
        """As the fake's, later."""
        sys.stdout.write(f"{configuration['depth']} {configuration['split']}\n")
        sys.stdout.flush()
        if not sys.stdin.readline():
            sys.exit("the test has gone")
        return super().score(configuration, *rest)


if __name__ == "__main__":
    run(sys.argv[2], task(sys.argv[1], problem=Waiting()))
