from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FAMILY = """
summary = "A family of the suite"
default = true
model = "simple_cnn"
dataset = "digits"
baseline = "dense/eager-fp32"
[[matrix]]
techniques = ["dense", "grouped"]
engines = ["eager"]
batch_sizes = [1, 32]
"""

ONNX = """
summary = "A model of the user's own"
model = { onnx = "net.onnx" }
baseline = "dense/onnxruntime-fp32"
[matrix]
techniques = ["dense"]
engines = ["onnxruntime"]
batch_sizes = [1]
"""


@pytest.fixture(autouse=True)
def net(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").touch()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(FAMILY, id="family"),
        pytest.param(ONNX, id="onnx"),
        pytest.param(
            FAMILY.replace("[[matrix]]", "[budget]\nreplicates = 3\n[[matrix]]"),
            id="default_with_three_replicates",
        ),
        pytest.param(
            FAMILY.replace("[[matrix]]", "[budget]\nreplicates = 2\n[[matrix]]").replace(
                "default = true", ""
            ),
            id="two_replicates_where_one_asked_for_them",
        ),
        pytest.param(
            FAMILY + '[[matrix]]\ntechniques = ["dense"]\nengines = ["eager"]\n'
            "batch_sizes = [1]\nthreads = [2]",
            id="same_variant_on_other_threads",
        ),
    ],
)
def test_what_can_be_measured_together_has_no_problems(
    text: str, mistakes: Callable[[str], list[str]]
) -> None:
    assert mistakes(text) == []


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        pytest.param(
            'engines = ["eager"]',
            'engines = ["eager"]\nprecisions = ["fp32", "int8"]',
            "t.toml: [[matrix]] number 1: engine 'eager' cannot run precision 'int8'; allowed are "
            "bf16, fp32; give engines that differ in it a [[matrix]] each",
            id="precision",
        ),
        pytest.param(
            "eager-fp32",
            "onnxruntime-bf16",
            "t.toml: top level: baseline: engine 'onnxruntime' cannot run precision 'bf16'; "
            "allowed are fp32, int8; give engines that differ in it a [[matrix]] each",
            id="precision_of_the_baseline",
        ),
        pytest.param(
            'dataset = "digits"',
            "",
            "t.toml: top level: missing key 'dataset', which a family is trained and judged on; "
            "add it",
            id="family_without_dataset",
        ),
        pytest.param(
            "[[matrix]]",
            "[inputs]\nseed = 1\n[[matrix]]",
            "t.toml: [inputs]: the inputs of 'simple_cnn' are the images of the data set; "
            "[inputs] is for a model of your own; remove it",
            id="family_with_inputs",
        ),
        pytest.param(
            "[[matrix]]",
            "[budget]\nreplicates = 2\n[[matrix]]",
            "t.toml: [budget]: replicates = 2 is too few for a scenario of the default run; "
            "allowed are 3 and more; raise it or set default = false",
            id="default_with_two_replicates",
        ),
        pytest.param(
            "[[matrix]]",
            "[budget]\nseconds_per_case = 60\ntime_limit_s = 60\n[[matrix]]",
            "t.toml: [budget]: time_limit_s = 60 ends a case within its seconds_per_case = 60; "
            "raise the limit",
            id="limit_below_the_budget",
        ),
        pytest.param(
            '"dense", "grouped"',
            '"dense", "grouped", "grouped@groups=2"',
            "t.toml: [[matrix]] number 1: case simple_cnn+grouped@groups=2/eager-fp32/b1 with "
            "threads = 1 (and 1 more) is already in [[matrix]] number 1; remove it from one",
            id="twice_in_one_matrix_by_a_default",
        ),
        pytest.param(
            "[[matrix]]",
            '[[matrix]]\ntechniques = ["dense"]\nengines = ["eager"]\nbatch_sizes = [32]\n'
            "[[matrix]]",
            "t.toml: [[matrix]] number 2: case simple_cnn+dense/eager-fp32/b32 with threads = 1 is "
            "already in [[matrix]] number 1; remove it from one",
            id="twice_in_two_matrices",
        ),
    ],
)
def test_what_a_family_cannot_combine(
    old: str, new: str, line: str, mistakes: Callable[[str], list[str]]
) -> None:
    assert old in FAMILY
    assert mistakes(FAMILY.replace(old, new, 1)) == [line]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        pytest.param(
            '["onnxruntime"]',
            '["onnxruntime", "eager"]',
            "t.toml: [matrix]: engine 'eager' cannot run an ONNX file; engines that can are "
            "onnxruntime, openvino; take one of those",
            id="engine",
        ),
        pytest.param(
            "dense/onnxruntime-fp32",
            "dense/eager-fp32",
            "t.toml: top level: baseline: engine 'eager' cannot run an ONNX file; engines that "
            "can are onnxruntime, openvino; take one of those",
            id="engine_of_the_baseline",
        ),
        pytest.param(
            '["dense"]',
            '["dense", "prune_structured@ratio=0.5"]',
            "t.toml: [matrix]: techniques: 'prune_structured@ratio=0.5' needs a training recipe, "
            "which an ONNX file does not bring; allowed is dense; remove it",
            id="technique",
        ),
        pytest.param(
            "dense/onnx",
            "half_width/onnx",
            "t.toml: top level: baseline: 'half_width' needs a training recipe, which an ONNX "
            "file does not bring; allowed is dense; remove it",
            id="technique_of_the_baseline",
        ),
        pytest.param(
            "baseline",
            'dataset = "digits"\nbaseline',
            "t.toml: top level: dataset: an ONNX file is not fed the images of a data set; allowed "
            "are random inputs or the arrays of an npz, see [inputs]; remove the key",
            id="dataset",
        ),
    ],
)
def test_what_a_model_of_the_users_own_cannot_combine(
    old: str, new: str, line: str, mistakes: Callable[[str], list[str]]
) -> None:
    assert old in ONNX
    assert mistakes(ONNX.replace(old, new, 1)) == [line]


@pytest.mark.parametrize("variant", ["dense", "dense+dense"])
def test_a_model_may_be_called_as_a_technique_is(
    variant: str, mistakes: Callable[[str], list[str]], tmp_path: Path
) -> None:
    (tmp_path / "dense.onnx").touch()
    text = ONNX.replace("net.onnx", "dense.onnx").replace('"dense/', f'"{variant}/')
    assert mistakes(text) == []


@pytest.mark.parametrize("given", ["", "[inputs]\nsamples = 8", '[inputs]\nnpz = "net.onnx"'])
def test_a_factory_says_nothing_of_its_inputs_and_an_npz_not_enough(
    given: str, mistakes: Callable[[str], list[str]]
) -> None:
    text = ONNX.replace('{ onnx = "net.onnx" }', '{ factory = "nets:build" }')
    (line,) = mistakes(f"{text}{given}")
    assert line == (
        "t.toml: top level: a factory does not say what inputs its module takes; add a table "
        "[inputs.tensors.NAME] with shape and dtype for each, beside npz too"
    )
    tensor = '[inputs.tensors.x]\nshape = ["batch", 3]\ndtype = "float32"'
    assert mistakes(f"{text}{given}\n{tensor}") == []
