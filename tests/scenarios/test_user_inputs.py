from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scenarios import Inputs, Scenario, TensorSpec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = """
summary = "A model of the user's own"
model = { factory = "nets:build" }
baseline = "dense/eager-fp32"
[matrix]
techniques = ["dense"]
engines = ["eager"]
batch_sizes = [1]
"""
GOOD = '[inputs.tensors.x]\nshape = ["batch", 3]\ndtype = "int8"\n'


def test_random_inputs_of_several_types_are_read(load_text: Callable[[str], Scenario]) -> None:
    scenario = load_text(
        TEXT
        + """
        [inputs]
        samples = 16
        seed = 7
        [inputs.tensors."audio.1"]
        shape = ["batch", 512]
        dtype = "float32"
        [inputs.tensors.tokens]
        shape = [2, "batch", 128]
        dtype = "int64"
        low = 0
        high = 30521
        [inputs.tensors.rate]
        shape = []
        dtype = "int64"
        low = 16000
        high = 16000
    """
    )
    assert scenario.inputs == Inputs(
        npz=None,
        samples=16,
        seed=7,
        tensors={
            "audio.1": TensorSpec(shape=("batch", 512), dtype="float32", low=None, high=None),
            "tokens": TensorSpec(shape=(2, "batch", 128), dtype="int64", low=0.0, high=30521.0),
            "rate": TensorSpec(shape=(), dtype="int64", low=16000.0, high=16000.0),
        },
    )


def test_an_npz_lies_beside_the_scenario(
    load_text: Callable[[str], Scenario], tmp_path: Path
) -> None:
    (tmp_path / "inputs.npz").touch()
    inputs = load_text(TEXT + GOOD + '[inputs]\nnpz = "inputs.npz"').inputs
    assert inputs is not None
    assert inputs.npz == tmp_path / "inputs.npz"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(
            '[inputs]\nnpz = "gone.npz"',
            "t.toml: [inputs]: npz: there is no file ",
            id="no_npz",
        ),
        pytest.param(
            GOOD + "[inputs.tensor.y]",
            "t.toml: [inputs]: unknown key 'tensor'; known keys are npz, samples, seed, tensors; "
            "did you mean 'tensors'?",
            id="unknown_key",
        ),
        pytest.param(
            GOOD + "size = 3",
            "t.toml: [inputs.tensors.x]: unknown key 'size'; known keys are shape, dtype, low, "
            "high; remove it",
            id="unknown_key_of_a_tensor",
        ),
        pytest.param(
            GOOD.replace("int8", "int4"),
            "t.toml: [inputs.tensors.x]: dtype: 'int4' is not allowed; allowed is one of bool, "
            "float16, float32, float64, int16, int32, int64, int8, uint8; write for example "
            'dtype = "float32"',
            id="unknown_dtype",
        ),
        pytest.param(
            GOOD.replace('"batch", 3', '"batch", "batch"'),
            "t.toml: [inputs.tensors.x]: shape: ['batch', 'batch'] is not allowed; allowed is a "
            'list of lengths with "batch" at most once; write for example shape = '
            '["batch", 3, 224, 224]',
            id="two_batch_axes",
        ),
        pytest.param(
            GOOD.replace('["batch", 3]', "3"),
            "t.toml: [inputs.tensors.x]: shape: 3 is not allowed; allowed is a list of lengths",
            id="number_for_a_shape",
        ),
        pytest.param(
            GOOD + "low = 1",
            "t.toml: [inputs.tensors.x]: low and high belong together; give both or none",
            id="half_a_range",
        ),
        pytest.param(
            GOOD + "low = 2\nhigh = 1",
            "t.toml: [inputs.tensors.x]: low = 2 is above high = 1; swap them",
            id="upside_down",
        ),
        pytest.param(
            GOOD + "low = 0\nhigh = 128",
            "t.toml: [inputs.tensors.x]: high: 128 is not allowed; allowed is a whole number from "
            "-128 to 127, as int8 holds; correct it",
            id="too_high_for_the_type",
        ),
        pytest.param(
            GOOD + "low = 0\nhigh = 0.5",
            "t.toml: [inputs.tensors.x]: high: 0.5 is not allowed; allowed is a whole number",
            id="fraction_for_an_integer",
        ),
        pytest.param(
            "[inputs]\ntensors = 5",
            "t.toml: [inputs]: tensors: 5 is not allowed; allowed is a table; write "
            "[inputs.tensors] and its keys below it",
            id="number_for_the_tensors",
        ),
    ],
)
def test_wrong_inputs_say_what_is_allowed(
    text: str, line: str, mistakes: Callable[[str], list[str]]
) -> None:
    first, *_more = mistakes(TEXT + text)
    assert first.startswith(line)


def test_a_seed_beside_an_npz_would_do_nothing(
    mistakes: Callable[[str], list[str]], tmp_path: Path
) -> None:
    (tmp_path / "inputs.npz").touch()
    assert mistakes(TEXT + GOOD + '[inputs]\nnpz = "inputs.npz"\nseed = 1') == [
        "t.toml: [inputs]: seed is for random inputs, and npz brings its own; remove one"
    ]
