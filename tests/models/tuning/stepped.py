"""Starts process.py and has it search fit by fit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


class Process:
    """A search in a process of its own, stepped fit by fit."""

    def __init__(self, place: Path | str, searcher: str) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.models.tuning.process", str(place), searcher],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begun(self) -> str:
        """Which configuration it is about to fit; "" if it has ended."""
        assert self._child.stdout
        return self._child.stdout.readline().strip()

    def go(self) -> None:
        """Let it fit."""
        assert self._child.stdin
        self._child.stdin.write("\n")
        self._child.stdin.flush()

    def kill(self) -> None:
        """As kill -9 does."""
        self._child.kill()
        self._child.communicate()
