"""Gives two artifacts the same inputs, as what is compared must be fed the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from bench.preparation.inputs import InputSet

if TYPE_CHECKING:
    from bench.preparation.artifact import Artifact


def with_inputs_of(base: Artifact, head: Artifact, folder: Path) -> Artifact:
    """The base's artifact with the head's inputs, under the names that the base's model has.

    Where they differ in number, type or the shape of a sample, the base keeps its own: it takes
    other data, and the verdict will say so.
    """
    theirs, ours = InputSet.load(Path(base.inputs)), InputSet.load(Path(head.inputs))
    if _forms(theirs) != _forms(ours):
        return base
    if list(theirs.arrays) == list(ours.arrays):
        return replace(base, inputs=head.inputs)
    renamed = InputSet(
        arrays=dict(zip(theirs.arrays, ours.arrays.values(), strict=True)),
        batch_axes=theirs.batch_axes,
        labels=ours.labels,
        sha256=ours.sha256,
        kind=ours.kind,
    )
    place = mkdtemp(dir=folder)
    renamed.save(Path(place))
    return replace(base, inputs=place)


def _forms(inputs: InputSet) -> list[tuple[object, ...]]:
    """Type, shape of a sample and batch axis of each input, in order."""
    return [
        (array.dtype, _sample(array.shape, inputs.batch_axes[name]), inputs.batch_axes[name])
        for name, array in inputs.arrays.items()
    ]


def _sample(shape: tuple[int, ...], batch_axis: int | None) -> tuple[int, ...]:
    return tuple(size for axis, size in enumerate(shape) if axis != batch_axis)
