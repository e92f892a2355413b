from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.preparation import user_inputs
from bench.preparation.user_inputs import InputsError
from scenarios.scenario import Inputs, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Npz = Callable[..., Inputs]

INTEGERS = ["int8", "int16", "int32", "int64", "uint8"]
FLOATS = ["float16", "float32", "float64"]


def spec(
    *shape: int | str, dtype: str = "float32", low: float | None = None, high: float | None = None
) -> TensorSpec:
    return TensorSpec(shape=shape, dtype=dtype, low=low, high=high)


def random(samples: int = 5, seed: int = 0) -> Inputs:
    return Inputs(npz=None, samples=samples, seed=seed, tensors={})


IMAGE = {"image": spec("batch", 3, 4)}
TWO = {"image": spec("batch", 3, 4), "mask": spec(4, "batch", dtype="int64"), "scale": spec(2)}


@pytest.fixture
def npz(tmp_path: Path) -> Npz:
    """Write an .npz of these arrays and return the Inputs that name it."""

    def write(**arrays: NDArray[Any]) -> Inputs:
        np.savez(tmp_path / "inputs.npz", **arrays)  # type: ignore[arg-type]
        return Inputs(npz=tmp_path / "inputs.npz", samples=0, seed=0, tensors={})

    return write


def test_random_inputs_have_the_shapes_and_types_asked_for_in_order() -> None:
    made = user_inputs.make(random(), TWO)
    assert [(name, a.shape, str(a.dtype)) for name, a in made.arrays.items()] == [
        ("image", (5, 3, 4), "float32"),
        ("mask", (4, 5), "int64"),
        ("scale", (2,), "float32"),
    ]
    assert made.batch_axes == {"image": 0, "mask": 1, "scale": None}
    assert (made.samples, made.labels, made.kind) == (5, None, "random")


def test_a_seed_makes_the_same_inputs_and_another_seed_others() -> None:
    first, again, other = (user_inputs.make(random(seed=seed), TWO) for seed in (1, 1, 2))
    assert first.sha256 == again.sha256 != other.sha256
    np.testing.assert_array_equal(first.arrays["image"], again.arrays["image"])
    assert not np.array_equal(first.arrays["image"], other.arrays["image"])


def test_random_numbers_are_not_zeros_which_are_faster_to_multiply() -> None:
    image = user_inputs.make(random(1000), IMAGE).arrays["image"]
    assert np.count_nonzero(image) == image.size
    assert abs(image.mean()) < 0.1
    assert abs(image.std() - 1.0) < 0.1


@given(
    st.sampled_from(INTEGERS), st.integers(-100, 100), st.integers(0, 27), st.integers(0, 2**32 - 1)
)
def test_random_integers_reach_both_bounds_and_stay_between(
    dtype: str, low: int, width: int, seed: int
) -> None:
    low = abs(low) if dtype == "uint8" else low
    wanted = {"x": spec("batch", 1000, dtype=dtype, low=low, high=low + width)}
    array = user_inputs.make(random(1, seed), wanted).arrays["x"]
    assert array.dtype == dtype
    assert set(array.ravel().tolist()) == set(range(low, low + width + 1))


@given(st.sampled_from(FLOATS), st.floats(-1000, 1000), st.floats(0, 1000))
def test_random_floats_stay_between_their_bounds(dtype: str, low: float, width: float) -> None:
    wanted = {"x": spec("batch", 100, dtype=dtype, low=low, high=low + width)}
    array = user_inputs.make(random(1), wanted).arrays["x"]
    rounding = 0.0 if dtype == "float64" else 1.0
    assert array.dtype == dtype
    assert array.min() >= low - rounding
    assert array.max() <= low + width + rounding


def test_integers_without_bounds_and_truth_values_are_zeros_and_ones() -> None:
    for dtype in ("bool", "int64"):
        array = user_inputs.make(random(1), {"x": spec("batch", 100, dtype=dtype)}).arrays["x"]
        assert set(array.ravel().tolist()) == {0, 1}


def test_a_file_brings_inputs_and_labels(npz: Npz) -> None:
    image = np.arange(24.0, dtype=np.float32).reshape(2, 3, 4)
    made = user_inputs.make(npz(image=image, labels=np.array([[1], [0]]), more=np.ones(3)), IMAGE)
    np.testing.assert_array_equal(made.arrays["image"], image)
    assert made.labels is not None
    assert made.labels.tolist() == [1, 0]
    assert (list(made.arrays), made.samples, made.kind) == (["image"], 2, "file")


def test_arrays_of_a_wider_type_of_one_kind_are_converted(npz: Npz) -> None:
    made = user_inputs.make(npz(image=np.ones((2, 3, 4))), IMAGE)
    assert made.arrays["image"].dtype == np.float32


def test_other_labels_are_other_data(npz: Npz) -> None:
    image = np.ones((2, 3, 4))
    hashes = {
        user_inputs.make(npz(image=image, labels=np.array(labels)), IMAGE).sha256
        for labels in ([0, 1], [1, 0])
    }
    assert len(hashes | {user_inputs.make(npz(image=image), IMAGE).sha256}) == 3


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"picture": np.ones((2, 3, 4))}, ["no array 'image'", "holds picture"]),
        ({"image": np.ones((2, 4, 3))}, ["'image'", "(2, 4, 3)", "('batch', 3, 4)"]),
        ({"image": np.ones((3, 4))}, ["'image'", "(3, 4)"]),
        ({"image": np.ones((2, 3, 4), dtype=complex)}, ["'image'", "complex128", "float32"]),
        ({"image": np.ones((2, 3, 4)), "labels": np.ones(3)}, ["image 2, labels 3"]),
        ({}, ["no array 'image'"]),
    ],
)
def test_a_file_that_does_not_fit_is_an_error(
    npz: Npz, arrays: Mapping[str, NDArray[Any]], said: list[str]
) -> None:
    with pytest.raises(InputsError) as raised:
        user_inputs.make(npz(**arrays), IMAGE)
    for words in ("inputs.npz", *said):
        assert words in str(raised.value)


def test_floats_for_an_integer_input_are_an_error(npz: Npz) -> None:
    with pytest.raises(InputsError, match="'x' is float64; the model takes int64"):
        user_inputs.make(npz(x=np.ones(2)), {"x": spec("batch", dtype="int64")})


def test_an_array_of_objects_is_an_error(npz: Npz) -> None:
    objects = np.full((2, 3, 4), None)
    with pytest.raises(InputsError, match="'image' is object; the model takes float32"):
        user_inputs.make(npz(image=objects), IMAGE)
    with pytest.raises(InputsError, match="cannot be read"):
        user_inputs.make(npz(image=np.ones((2, 3, 4)), labels=np.array([{}, {}])), IMAGE)


def test_arrays_that_no_input_is_named_after_are_not_read(npz: Npz) -> None:
    made = user_inputs.make(npz(image=np.ones((2, 3, 4)), paths=np.array([{}, {}])), IMAGE)
    assert list(made.arrays) == ["image"]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["cat", "dog"], "holds cat"),
        ([1.0, 0.7], "holds 0.7"),
        ([0, -1], "holds -1"),
        ([0.0, np.nan], "holds nan"),
        ([0.0, np.inf], "holds inf"),
        ([True, False], "holds True"),
    ],
)
def test_labels_that_are_no_class_numbers_are_an_error_before_anything_is_known(
    npz: Npz, labels: list[object], said: str
) -> None:
    inputs = npz(image=np.ones((2, 3, 4)), labels=np.array(labels))
    for specs in (None, IMAGE):
        with pytest.raises(InputsError, match=rf"'labels' .*{said}; allowed are whole numbers"):
            user_inputs.check(inputs, specs)


def test_labels_may_be_whole_numbers_of_any_type(npz: Npz) -> None:
    for dtype in ("uint8", "int32", "float64"):
        labels = np.array([3, 0], dtype=dtype)
        made = user_inputs.make(npz(image=np.ones((2, 3, 4)), labels=labels), IMAGE)
        assert made.labels is not None
        assert made.labels.tolist() == [3, 0]


WAY = (
    r'\[inputs\.tensors\.image\] says shape = \["batch", 3, 4\] and dtype = "float32", with '
    r"batch_sizes = \[%d\]"
)


def test_more_samples_than_a_fixed_batch_are_an_error_that_says_the_way_out(npz: Npz) -> None:
    inputs = npz(image=np.ones((100, 3, 4)))
    with pytest.raises(InputsError, match=r"\(100, 3, 4\); the model takes \(1, 3.*" + WAY % 1):
        user_inputs.check(inputs, {"image": spec(1, 3, 4)})
    image = user_inputs.make(inputs, IMAGE).arrays["image"]
    with pytest.raises(InputsError, match=r'\[inputs\.tensors\."input\.1"\] says'):
        user_inputs.check(npz(**{"input.1": image}), {"input.1": spec(1, 3, 4)})
    inputs = npz(image=image)
    with pytest.raises(InputsError, match=r"takes \(1, 3, 5\)$"):
        user_inputs.check(inputs, {"image": spec(1, 3, 5)})
    user_inputs.check(inputs, IMAGE)


def test_labels_of_a_batch_that_is_one_sample_are_an_error_that_says_the_way_out(npz: Npz) -> None:
    inputs = npz(image=np.ones((8, 3, 4)), labels=np.zeros(8))
    with pytest.raises(InputsError, match=r"has labels, but no input .*" + WAY % 8):
        user_inputs.check(inputs, {"image": spec(8, 3, 4)})


def test_looking_at_a_file_reads_no_array(npz: Npz, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = npz(image=np.ones((2, 3, 4)))
    monkeypatch.setattr(np.lib.npyio.NpzFile, "__getitem__", None)
    user_inputs.check(inputs, IMAGE)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"not a zip at all", id="text"),
        pytest.param(b"", id="empty"),
        pytest.param(
            b"PK\x03\x04 and no more",
            id="cut_off",
        ),
        pytest.param(
            b"\x93NUMPY\x01\x00v\x00"
            + b"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }".ljust(117)
            + b"\n"
            + bytes(8),
            id="npy",
        ),
    ],
)
def test_a_file_that_is_no_npz_is_an_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "inputs.npz"
    file.write_bytes(content)
    with pytest.raises(InputsError, match=r"inputs\.npz: cannot be read"):
        user_inputs.make(Inputs(npz=file, samples=0, seed=0, tensors={}), IMAGE)


def test_inputs_of_different_numbers_of_samples_are_an_error(npz: Npz) -> None:
    with pytest.raises(InputsError, match="samples"):
        user_inputs.make(npz(a=np.ones(5), b=np.ones(7)), {"a": spec("batch"), "b": spec("batch")})


def test_a_file_without_a_sample_is_an_error(npz: Npz) -> None:
    with pytest.raises(InputsError, match="samples"):
        user_inputs.make(npz(image=np.ones((0, 3, 4))), IMAGE)


def test_what_the_scenario_gives_overrules_what_the_file_says() -> None:
    read = {"ids": spec("batch", "length", dtype="int64"), "mask": spec("batch", 8)}
    given = {"ids": spec("batch", 16, dtype="int64", low=0, high=99)}
    assert user_inputs.merge(read, given) == {**read, **given}
    assert list(user_inputs.merge(read, given)) == ["ids", "mask"]


@pytest.mark.parametrize("read", [spec(1, 3), spec("batch", "length"), spec()])
def test_an_axis_that_is_fixed_may_be_the_batch_and_an_open_one_anything(read: TensorSpec) -> None:
    given = {"x": spec("batch", 3)}
    assert user_inputs.merge({"x": read}, given) == given


def test_a_model_that_says_nothing_takes_what_the_scenario_gives() -> None:
    assert user_inputs.merge({}, IMAGE) == IMAGE


@pytest.mark.parametrize(
    ("read", "given_", "said"),
    [
        ({}, {}, ["unknown", "[inputs.tensors.NAME]"]),
        (IMAGE, {"picture": spec("batch")}, ["no input 'picture'", "image"]),
        ({"ids": spec("batch", "length")}, {}, ["'ids'", "'length'", "[inputs.tensors.ids]"]),
        (
            {"ids": spec("batch", 8, dtype="int64")},
            {"ids": spec("batch", 8, dtype="int32")},
            ["'ids' is int64 in the model's file, and int32", 'write dtype = "int64"'],
        ),
        ({"x": spec(1, 3)}, {"x": spec("batch", 3, 8)}, ["('batch', 3, 8) in the scenario; write"]),
        ({"x": spec(1, 3)}, {"x": spec("batch", 4)}, ["with 'batch' for the batch axis"]),
        ({"input.1": spec("batch", "length")}, {}, ['table [inputs.tensors."input.1"] with']),
        ({"input:0": spec("batch", "length")}, {}, ['table [inputs.tensors."input:0"] with']),
    ],
)
def test_inputs_that_stay_unknown_or_contradict_the_file_are_an_error(
    read: Mapping[str, TensorSpec], given_: Mapping[str, TensorSpec], said: list[str]
) -> None:
    with pytest.raises(InputsError) as raised:
        user_inputs.merge(read, given_)
    for words in said:
        assert words in str(raised.value)
