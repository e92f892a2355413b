"""The state of a training under way, in a file from which it goes on after it was killed."""

from __future__ import annotations

import io
import pickle
import time
from typing import TYPE_CHECKING, Any, Protocol

import torch

from models.files import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

EVERY_S = 60.0  # what is lost at most; writing a megabyte takes a hundredth of a second
UNREADABLE = (OSError, EOFError, RuntimeError, ValueError, KeyError, pickle.UnpicklingError)


class Stateful(Protocol):
    """A part of a training, as modules, optimisers and schedules of torch are."""

    def state_dict(self) -> dict[str, Any]:
        """All that it takes to go on."""

    def load_state_dict(self, state_dict: Any, /) -> object:  # noqa: ANN401 - torch types it in many ways
        """Be as that one was."""


class Checkpoint:
    """The trainings that make one recipe, one after another, each with its latest state.

    A recipe is made by several trainings when a technique changes the network between them. Gone
    through again, those that were finished are at their end at once.
    """

    def __init__(self, path: Path, key: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Take up what `path` holds, unless that was made under another `key`."""
        self._path = path
        self._key = key
        self._clock = clock
        self._states, self._before_s = self._read()
        self._start_s = clock()
        self._next_s = clock() + EVERY_S
        self._begun = 0
        self._parts: Mapping[str, Stateful] = {}

    def begin(self, **parts: Stateful) -> None:
        """The next training begins, or goes on where it was left."""
        self._parts = parts
        self._begun += 1
        if self._begun <= len(self._states):
            for name, state in _unpacked(self._states[self._begun - 1]).items():
                parts[name].load_state_dict(state)

    def step(self) -> None:
        """A step is done: keep it, if nothing was kept for a while."""
        if self._clock() >= self._next_s:
            self.keep()

    def keep(self) -> None:
        """Store the state as it is now."""
        now = {name: part.state_dict() for name, part in self._parts.items()}
        self._states[self._begun - 1 : self._begun] = [_packed(now)]
        stored = {"key": self._key, "spent_s": self.spent_s, "states": self._states}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        replace(self._path, _packed(stored))
        self._next_s = self._clock() + EVERY_S

    def remove(self) -> None:
        """What was trained is stored elsewhere."""
        self._path.unlink(missing_ok=True)

    @property
    def spent_s(self) -> float:
        """Seconds of training, those before it was killed included."""
        return self._before_s + self._clock() - self._start_s

    def _read(self) -> tuple[list[bytes], float]:
        try:
            stored = _unpacked(self._path.read_bytes())
            if stored["key"] == self._key:
                return list(stored["states"]), float(stored["spent_s"])
        except UNREADABLE:  # absent or damaged: trained from the start
            pass
        return [], 0.0


def _packed(content: Mapping[str, Any]) -> bytes:
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def _unpacked(content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    return found
