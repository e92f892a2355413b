"""The inputs of a model on disk: one array per input, memory-mapped, cut into batches."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

MANIFEST = "inputs.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSet:
    """Samples of every input; an input without a batch axis is the same for all samples."""

    arrays: Mapping[str, NDArray[Any]]
    batch_axes: Mapping[str, int | None]
    labels: NDArray[np.int64] | None  # shape (samples,)
    sha256: str  # of arrays and labels
    kind: str  # "test images", "file", "random"

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return (
            min(
                self.arrays[name].shape[axis]
                for name, axis in self.batch_axes.items()
                if axis is not None
            )
            if any(axis is not None for axis in self.batch_axes.values())
            else 1
        )

    def batch(self, start: int, size: int) -> dict[str, NDArray[Any]]:
        """`size` samples from `start` on, contiguous, wrapping round at the end."""
        indices = np.arange(start, start + size) % self.samples
        return {
            name: np.array(  # a copy: memory-mapped arrays are read-only, and scalars stay scalars
                self.arrays[name]
                if (axis := self.batch_axes[name]) is None
                else np.take(self.arrays[name], indices, axis=axis),
                order="C",
            )
            for name in self.arrays
        }

    def batches(self, size: int) -> Iterator[tuple[dict[str, NDArray[Any]], int]]:
        """Every sample once, in order: batches of `size` and how many of each are new.

        The last batch is filled up from the start, since an engine may have one size only.
        """
        for start in range(0, self.samples, size):
            yield self.batch(start, size), min(size, self.samples - start)

    def save(self, folder: Path) -> None:
        """Write into an existing folder."""
        names = [f"input{index}.npy" for index in range(len(self.arrays))]
        for name, array in zip(names, self.arrays.values(), strict=True):
            np.save(folder / name, array)
        if self.labels is not None:
            np.save(folder / "labels.npy", self.labels)
        manifest = {
            "inputs": [
                {"name": name, "file": file, "batch_axis": self.batch_axes[name]}
                for name, file in zip(self.arrays, names, strict=True)
            ],
            "labels": self.labels is not None,
            "sha256": self.sha256,
            "kind": self.kind,
        }
        (folder / MANIFEST).write_text(json.dumps(manifest))

    @classmethod
    def load(cls, folder: Path) -> InputSet:
        """Map the arrays of a folder that `save` wrote; nothing is read before it is used."""
        manifest = json.loads((folder / MANIFEST).read_text())
        return cls(
            arrays={
                entry["name"]: np.load(folder / entry["file"], mmap_mode="r")
                for entry in manifest["inputs"]
            },
            batch_axes={entry["name"]: entry["batch_axis"] for entry in manifest["inputs"]},
            labels=np.load(folder / "labels.npy") if manifest["labels"] else None,
            sha256=manifest["sha256"],
            kind=manifest["kind"],
        )
