"""Inputs for a user's own model: from an .npz, or random and seeded, by shape and type."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.preparation.inputs import InputSet
from scenarios.scenario import Inputs
from scenarios.section import quoted
from scenarios.user_inputs import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from scenarios.scenario import TensorSpec

BATCH = "batch"
LABELS = "labels"
MOST = 2**31  # of a label: beyond every number of classes, and well within what int64 holds
RANDOM = Inputs(npz=None, samples=SAMPLES, seed=0, tensors={})  # without a table [inputs]


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
    """What the file says, and for what it leaves open the scenario; every axis must be known then.

    Raises:
        InputsError: the scenario names an input that the model lacks or contradicts the file, or an
            axis stays open.
    """
    if read and (strange := sorted(set(given) - set(read))):
        msg = f"the model has no input {strange[0]!r}; its inputs are {', '.join(read)}"
        raise InputsError(msg)
    for name in given.keys() & read.keys():
        _check_alike(name, read[name], given[name])
    merged = {**read, **given}
    if not merged:
        msg = "the model's inputs are unknown; add a table [inputs.tensors.NAME] for each"
        raise InputsError(msg)
    for name, spec in merged.items():
        unknown = [axis for axis in spec.shape if isinstance(axis, str) and axis != BATCH]
        if unknown:
            msg = (
                f"input {name!r} leaves the axis {unknown[0]!r} of {spec.shape} open; add a table "
                f"[inputs.tensors.{quoted(name)}] with shape, {BATCH!r} in it for the batch axis, "
                "and dtype"
            )
            raise InputsError(msg)
    return merged


def _check_alike(name: str, read: TensorSpec, given: TensorSpec) -> None:
    """An engine would refuse other values than its file names, long after the collection."""
    if given.dtype != read.dtype:
        msg = (
            f"input {name!r} is {read.dtype} in the model's file, and {given.dtype} in the "
            f'scenario; write dtype = "{read.dtype}"'
        )
        raise InputsError(msg)
    # A file may keep silent about the axes; what it fixes may be called the batch.
    fits = len(read.shape) in (0, len(given.shape)) and all(
        isinstance(fixed, str) or wanted in (fixed, BATCH)
        for fixed, wanted in zip(read.shape, given.shape, strict=False)
    )
    if not fits:
        msg = (
            f"input {name!r} has the shape {read.shape} in the model's file, and {given.shape} in "
            f"the scenario; write the file's lengths, with {BATCH!r} for the batch axis"
        )
        raise InputsError(msg)


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


def check(inputs: Inputs, specs: Mapping[str, TensorSpec] | None) -> None:
    """Look whether the npz fits, without reading any array but the labels.

    Args:
        inputs: where values come from; random ones always fit.
        specs: what the model takes; None where that is not known yet, and labels alone are checked.

    Raises:
        InputsError: it cannot be read, or does not fit.
    """
    if inputs.npz is None:
        return
    stored = _headers(inputs.npz)
    labels = _labels(inputs.npz) if LABELS in stored else None
    if specs is None:
        return
    if missing := [name for name in specs if name not in stored]:
        msg = (
            f"{inputs.npz}: has no array {missing[0]!r}; it holds {', '.join(stored)}, "
            f"and the model's inputs are {', '.join(specs)}"
        )
        raise InputsError(msg)
    for name, spec in specs.items():
        _check_array(inputs.npz, name, stored[name], spec)
    _check_samples(inputs.npz, stored, labels, specs)


def _from_file(inputs: Inputs, specs: Mapping[str, TensorSpec]) -> InputSet:
    if inputs.npz is None:  # pragma: no cover - the caller has looked
        raise ValueError
    check(inputs, specs)
    with _opened(inputs.npz) as stored:
        arrays = {name: stored[name].astype(spec.dtype) for name, spec in specs.items()}
        given = stored[LABELS] if LABELS in stored.files else None
    return InputSet(
        arrays=arrays,
        batch_axes={name: _batch_axis(spec) for name, spec in specs.items()},
        labels=None if given is None else given.astype(np.int64).reshape(-1),
        sha256=_digest({**arrays, **({} if given is None else {LABELS: given})}),
        kind="file",
    )


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    """The npz, whose arrays are read when they are asked for."""
    if not zipfile.is_zipfile(file):  # numpy would read a lone array, and has no error for some
        msg = f"{file}: cannot be read as .npz: write it with numpy.savez"
        raise InputsError(msg)
    try:
        with np.load(file, allow_pickle=False) as arrays:
            yield arrays
    except InputsError:
        raise
    except (OSError, ValueError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        msg = f"{file}: cannot be read as .npz: {error}; write it with numpy.savez"
        raise InputsError(msg) from error


def _headers(file: Path) -> dict[str, NDArray[Any]]:
    """Shape and type of each array, as an array without values."""
    with _opened(file) as arrays:
        found = {}
        for member in arrays.zip.namelist():
            with arrays.zip.open(member) as stream:
                first = np.lib.format.read_magic(stream) == (1, 0)
                lib = np.lib.format
                read = lib.read_array_header_1_0 if first else lib.read_array_header_2_0
                shape, _, dtype = read(stream)
            found[member.removesuffix(".npy")] = np.broadcast_to(np.empty((), dtype), shape)
        return found


def _labels(file: Path) -> NDArray[Any]:
    with _opened(file) as arrays:
        labels: NDArray[Any] = arrays[LABELS]
    if labels.ndim != 1 and labels.shape[1:] != (1,):
        msg = (
            f"{file}: array {LABELS!r} has shape {labels.shape}; allowed is one class number for "
            "each sample; of rows with a 1 for the class take labels.argmax(axis=1)"
        )
        raise InputsError(msg)
    wrong = labels
    if labels.dtype.kind in "iuf":
        wrong = labels[(labels < 0) | (labels > MOST) | (labels != np.floor(labels))]
    if wrong.size:
        value = wrong.reshape(-1)[0]
        msg = (
            f"{file}: array {LABELS!r} ({labels.dtype}) holds {value}; allowed are whole numbers "
            "from 0, the class of each sample; number the classes in the order of the outputs"
        )
        raise InputsError(msg)
    return labels.reshape(-1)


def _check_samples(
    file: Path,
    stored: Mapping[str, NDArray[Any]],
    labels: NDArray[Any] | None,
    specs: Mapping[str, TensorSpec],
) -> None:
    axes = {name: spec.shape.index(BATCH) for name, spec in specs.items() if BATCH in spec.shape}
    counts = {name: stored[name].shape[axis] for name, axis in axes.items()}
    if labels is not None and not counts:
        name, spec = next(iter(specs.items()))
        msg = f"{file}: has labels, but no input of the model has a batch axis; {_way(name, spec)}"
        raise InputsError(msg)
    if labels is not None:
        counts[LABELS] = len(labels)
    if len(set(counts.values())) > 1 or 0 in counts.values():
        found = ", ".join(f"{name} {count}" for name, count in counts.items())
        msg = f"{file}: the numbers of samples must be equal and not 0; they are {found}"
        raise InputsError(msg)


def _check_array(file: Path, name: str, array: NDArray[Any], spec: TensorSpec) -> None:
    fits = array.ndim == len(spec.shape) and all(
        axis in (BATCH, size) for axis, size in zip(spec.shape, array.shape, strict=True)
    )
    if not fits:
        msg = f"{file}: array {name!r} has shape {array.shape}; the model takes {spec.shape}"
        more = array.ndim > 0 and array.shape[1:] == spec.shape[1:]
        raise InputsError(f"{msg}; {_way(name, spec)}" if more else msg)
    if not np.can_cast(array.dtype, spec.dtype, casting="same_kind"):
        msg = f"{file}: array {name!r} is {array.dtype}; the model takes {spec.dtype}"
        raise InputsError(msg)


def _way(name: str, spec: TensorSpec) -> str:
    """How a model with a fixed batch takes many samples, a batch at a time."""
    first, *rest = spec.shape or (1,)
    shape = json.dumps([BATCH, *rest])
    return (
        f"an ONNX file takes them batch by batch if a table [inputs.tensors.{quoted(name)}] says "
        f'shape = {shape} and dtype = "{spec.dtype}", with batch_sizes = [{first}]; other models '
        "are exported anew with a symbolic batch axis"
    )


def _digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
