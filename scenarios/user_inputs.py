"""The table [inputs]: what a user's own model is fed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scenarios.model import existing_file
from scenarios.scenario import Inputs, TensorSpec
from scenarios.section import Section, is_integer, is_number, listed, shown

if TYPE_CHECKING:
    from pathlib import Path

KEYS = ("npz", "samples", "seed", "tensors")
TENSOR_KEYS = ("shape", "dtype", "low", "high")

BATCH = "batch"  # stands for the batch axis in a shape
SAMPLES = 256  # as many as fill the largest usual batch several times with different values
SAMPLES_LIMITS = (1, 1_000_000)
SEED_LIMITS = (0, 2**32 - 1)  # what numpy's generators take
LENGTHS = (1, 2**31 - 1)  # of an axis

# What a value may be. Integers end at 2**53, where a float stops holding each of them.
DTYPES: dict[str, tuple[float, float]] = {
    "bool": (0, 1),
    "float16": (-65_504, 65_504),
    "float32": (-3.4e38, 3.4e38),
    "float64": (-1e308, 1e308),
    "int8": (-(2**7), 2**7 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**53), 2**53),
    "uint8": (0, 2**8 - 1),
}


def inputs(top: Section, folder: Path) -> Inputs | None:
    """The inputs of a user's own model; None without the table."""
    if "inputs" not in top.table:
        return None
    section = top.child("inputs")
    section.check_keys(KEYS)
    npz = None
    if "npz" in section.table:
        npz = existing_file(section, "npz", section.table["npz"], folder)
        for key in ("samples", "seed"):
            if key in section.table:
                section.report(f"{key} is for random inputs, and npz brings its own; remove one")
    tensors = section.child("tensors")
    return Inputs(
        npz=npz,
        samples=section.integer("samples", SAMPLES, SAMPLES_LIMITS),
        seed=section.integer("seed", 0, SEED_LIMITS),
        tensors={name: _tensor(tensors.child(name)) for name in tensors.table},
    )


def _tensor(section: Section) -> TensorSpec:
    section.check_keys(TENSOR_KEYS)
    dtype = section.table.get("dtype")
    if not isinstance(dtype, str) or dtype not in DTYPES:
        section.wrong(
            "dtype", dtype, f"one of {listed(DTYPES)}", 'write for example dtype = "float32"'
        )
        dtype = "float64"
    low, high = (_bound(section, key, dtype) for key in ("low", "high"))
    if (low is None) != (high is None):
        section.report("low and high belong together; give both or none")
    elif low is not None and high is not None and low > high:
        section.report(f"low = {low:g} is above high = {high:g}; swap them")
    return TensorSpec(shape=_shape(section), dtype=dtype, low=low, high=high)


def _bound(section: Section, key: str, dtype: str) -> float | None:
    """A bound of the random values, that the type can hold."""
    value = section.table.get(key)
    if value is None:
        return None
    whole = "float" not in dtype
    if is_number(value, DTYPES[dtype]) and not (whole and math.floor(value) != value):
        return float(value)
    least, most = DTYPES[dtype]
    allowed = f"a {'whole ' if whole else ''}number from {least:g} to {most:g}, as {dtype} holds"
    section.wrong(key, value, allowed, "correct it")
    return None


def _shape(section: Section) -> tuple[int | str, ...]:
    """The axes; an empty list is a scalar."""
    value = section.table.get("shape")
    axes = value if isinstance(value, list) else [None]
    good = [axis for axis in axes if axis == BATCH or is_integer(axis, LENGTHS)]
    if len(good) == len(axes) and good.count(BATCH) <= 1:
        return tuple(good)
    text = (
        f"[{', '.join(shown(axis) for axis in axes)}]" if isinstance(value, list) else shown(value)
    )
    section.report(
        f'shape: {text} is not allowed; allowed is a list of lengths with "{BATCH}" at most once; '
        f'write for example shape = ["{BATCH}", 3, 224, 224]'
    )
    return ()
