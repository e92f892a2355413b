"""Inputs for a user's own model: from an .npz, or random and seeded, by shape and type."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.preparation.inputs import InputSet
from scenarios.scenario import Inputs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from scenarios.scenario import TensorSpec

BATCH = "batch"
LABELS = "labels"
RANDOM = Inputs(npz=None, samples=64, seed=0, tensors={})  # what a user's model gets by default


class InputsError(ValueError):
    """The inputs of a user's model cannot be made; the text says what to add where."""


def make(inputs: Inputs, specs: Mapping[str, TensorSpec]) -> InputSet:
    """The input set for these specifications, in their order.

    Args:
        inputs: where values come from.
        specs: what the model's file and the scenario say together, see `merge`.
    """
    if inputs.npz is not None:
        return _from_file(inputs, specs)
    generator = np.random.default_rng(inputs.seed)
    arrays = {name: _random(generator, spec, inputs.samples) for name, spec in specs.items()}
    axes = {name: _batch_axis(spec) for name, spec in specs.items()}
    return InputSet(
        arrays=arrays, batch_axes=axes, labels=None, sha256=_digest(arrays), kind="random"
    )


def merge(read: Mapping[str, TensorSpec], given: Mapping[str, TensorSpec]) -> dict[str, TensorSpec]:
    """What the file says, overruled by what the scenario gives; every axis must be known then.

    Raises:
        InputsError: the scenario names an input that the model lacks, or an axis stays open.
    """
    if read and (strange := sorted(set(given) - set(read))):
        msg = f"the model has no input {strange[0]!r}; its inputs are {', '.join(read)}"
        raise InputsError(msg)
    merged = {**read, **given}
    if not merged:
        msg = "the model's inputs are unknown; add a table [inputs.tensors.NAME] for each"
        raise InputsError(msg)
    for name, spec in merged.items():
        unknown = [axis for axis in spec.shape if isinstance(axis, str) and axis != BATCH]
        if unknown:
            msg = (
                f"input {name!r} leaves the axis {unknown[0]!r} of {spec.shape} open; add a table "
                f"[inputs.tensors.{name}] with shape, {BATCH!r} in it for the batch axis, and dtype"
            )
            raise InputsError(msg)
    return merged


def fixed_batch_size(specs: Mapping[str, TensorSpec]) -> int | None:
    """The one batch size of a model without a batch axis; None where the batch is free."""
    if any(BATCH in spec.shape for spec in specs.values()):
        return None
    shape = next(iter(specs.values())).shape
    return int(shape[0]) if shape else 1


def _batch_axis(spec: TensorSpec) -> int | None:
    return spec.shape.index(BATCH) if BATCH in spec.shape else None


def _random(generator: np.random.Generator, spec: TensorSpec, samples: int) -> NDArray[Any]:
    shape = tuple(samples if axis == BATCH else int(axis) for axis in spec.shape)
    dtype = np.dtype(spec.dtype)
    if dtype == np.bool_:
        return generator.integers(0, 2, shape).astype(dtype)
    if np.issubdtype(dtype, np.integer):
        low = 0 if spec.low is None else int(spec.low)
        high = 1 if spec.high is None else int(spec.high)
        return generator.integers(low, high, shape, endpoint=True).astype(dtype)
    if spec.low is None and spec.high is None:
        # Not zeros: hardware multiplies zeros faster and cooler than data.
        return generator.standard_normal(shape).astype(dtype)
    return generator.uniform(
        spec.low or 0.0, 1.0 if spec.high is None else spec.high, shape
    ).astype(dtype)


def _from_file(inputs: Inputs, specs: Mapping[str, TensorSpec]) -> InputSet:
    if inputs.npz is None:  # pragma: no cover - the caller has looked
        raise ValueError
    stored = _stored(inputs.npz)
    if missing := [name for name in specs if name not in stored]:
        msg = (
            f"{inputs.npz}: has no array {missing[0]!r}; it holds {', '.join(stored)}, "
            f"and the model's inputs are {', '.join(specs)}"
        )
        raise InputsError(msg)
    arrays = {
        name: _checked(str(inputs.npz), name, stored[name], spec) for name, spec in specs.items()
    }
    axes = {name: _batch_axis(spec) for name, spec in specs.items()}
    labels = stored.get(LABELS)
    made = InputSet(
        arrays=arrays,
        batch_axes=axes,
        labels=None if labels is None else labels.astype(np.int64).reshape(-1),
        sha256=_digest({**arrays, **({} if labels is None else {LABELS: labels})}),
        kind="file",
    )
    _check_samples(inputs.npz, made)
    return made


def _stored(file: Path) -> dict[str, NDArray[Any]]:
    if not zipfile.is_zipfile(file):  # numpy would read a lone array, and has no error for some
        msg = f"{file}: cannot be read as .npz: write it with numpy.savez"
        raise InputsError(msg)
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        msg = f"{file}: cannot be read as .npz: {error}"
        raise InputsError(msg) from error


def _check_samples(file: Path, made: InputSet) -> None:
    counts = {
        name: made.arrays[name].shape[axis]
        for name, axis in made.batch_axes.items()
        if axis is not None
    }
    if made.labels is not None:
        counts[LABELS] = len(made.labels)
    if len(set(counts.values())) > 1 or 0 in counts.values():
        found = ", ".join(f"{name} {count}" for name, count in counts.items())
        msg = f"{file}: the numbers of samples must be equal and not 0; they are {found}"
        raise InputsError(msg)


def _checked(file: str, name: str, array: NDArray[Any], spec: TensorSpec) -> NDArray[Any]:
    fits = array.ndim == len(spec.shape) and all(
        axis in (BATCH, size) for axis, size in zip(spec.shape, array.shape, strict=True)
    )
    if not fits:
        msg = f"{file}: array {name!r} has shape {array.shape}; the model takes {spec.shape}"
        raise InputsError(msg)
    if not np.can_cast(array.dtype, spec.dtype, casting="same_kind"):
        msg = f"{file}: array {name!r} is {array.dtype}; the model takes {spec.dtype}"
        raise InputsError(msg)
    return array.astype(spec.dtype)


def _digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
