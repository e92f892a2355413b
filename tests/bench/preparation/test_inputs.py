from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.preparation.inputs import InputSet

NAMES = st.text(min_size=1, max_size=8)
DTYPES = st.sampled_from(["float32", "float16", "int64", "uint8", "bool"])


@st.composite
def input_sets(draw: st.DrawFn) -> InputSet:
    """Several inputs of any type, their batch axis anywhere or nowhere."""
    samples = draw(st.integers(1, 9))
    arrays, axes = {}, {}
    for name in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)):
        shape = draw(st.lists(st.integers(1, 3), max_size=2))
        axis = draw(st.none() | st.integers(0, len(shape)))
        if axis is not None:
            shape.insert(axis, samples)
        size = int(np.prod(shape))
        arrays[name] = np.arange(size).reshape(shape).astype(draw(DTYPES))
        axes[name] = axis
    labels = draw(st.none() | st.just(np.arange(samples)))
    return InputSet(arrays=arrays, batch_axes=axes, labels=labels, sha256="abc", kind="drawn")


@given(input_sets())
def test_what_is_saved_is_loaded(inputs: InputSet) -> None:
    with TemporaryDirectory() as folder:
        inputs.save(Path(folder))
        loaded = InputSet.load(Path(folder))
        assert list(loaded.arrays) == list(inputs.arrays)  # the order is the model's
        for name, array in inputs.arrays.items():
            np.testing.assert_array_equal(loaded.arrays[name], array)
            assert loaded.arrays[name].dtype == array.dtype
        assert loaded.batch_axes == inputs.batch_axes
        assert (loaded.labels is None) == (inputs.labels is None)
        assert (loaded.sha256, loaded.kind) == ("abc", "drawn")


@given(input_sets(), st.integers(0, 30), st.integers(1, 20))
def test_a_batch_has_its_size_on_the_batch_axis_only(
    inputs: InputSet, start: int, size: int
) -> None:
    for name, array in inputs.batch(start, size).items():
        whole, axis = inputs.arrays[name], inputs.batch_axes[name]
        shape = list(whole.shape)
        if axis is not None:
            shape[axis] = size
        assert list(array.shape) == shape
        assert array.dtype == whole.dtype
        assert array.flags.c_contiguous
        assert not np.shares_memory(array, whole)


@given(input_sets(), st.integers(0, 30), st.integers(1, 20))
def test_a_batch_wraps_round_at_the_end(inputs: InputSet, start: int, size: int) -> None:
    for name, array in inputs.batch(start, size).items():
        axis = inputs.batch_axes[name]
        for index in range(size if axis is not None else 0):
            expected = np.take(inputs.arrays[name], (start + index) % inputs.samples, axis=axis)
            np.testing.assert_array_equal(np.take(array, index, axis=axis), expected)


@given(input_sets(), st.integers(1, 20))
def test_batches_bring_each_sample_once_in_order(inputs: InputSet, size: int) -> None:
    batches = list(inputs.batches(size))
    assert sum(new for _, new in batches) == inputs.samples
    assert all(new == size for _, new in batches[:-1])
    for name, axis in inputs.batch_axes.items():
        if axis is not None:
            parts = [np.take(batch[name], range(new), axis=axis) for batch, new in batches]
            np.testing.assert_array_equal(np.concatenate(parts, axis=axis), inputs.arrays[name])


def test_inputs_without_a_batch_axis_are_one_sample() -> None:
    inputs = InputSet(
        arrays={"x": np.ones((3, 4))}, batch_axes={"x": None}, labels=None, sha256="", kind=""
    )
    assert inputs.samples == 1
    assert [new for _, new in inputs.batches(8)] == [1]


def test_no_inputs_at_all_are_one_sample() -> None:
    inputs = InputSet(arrays={}, batch_axes={}, labels=None, sha256="", kind="none")
    assert inputs.samples == 1
    assert inputs.batch(0, 1) == {}


def test_loading_maps_arrays_instead_of_reading_them(tmp_path: Path) -> None:
    InputSet(
        arrays={"x": np.ones((3, 4))}, batch_axes={"x": 0}, labels=None, sha256="", kind=""
    ).save(tmp_path)
    loaded = InputSet.load(tmp_path)
    assert isinstance(loaded.arrays["x"], np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        loaded.arrays["x"][0] = 2.0
    assert loaded.batch(0, 2)["x"].flags.writeable  # torch warns of arrays that are not
    assert not isinstance(loaded.batch(0, 2)["x"], np.memmap)
