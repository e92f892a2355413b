from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from bench.preparation import user_model
from bench.preparation.user_inputs import RANDOM
from scenarios import ScenarioError
from tests.bench import graphs
from tests.bench.runs import planned

if TYPE_CHECKING:
    from pathlib import Path

LINEAR = """
summary = "How fast is the linear layer?"
model = { onnx = "linear.onnx" }
baseline = "dense/onnxruntime-fp32"
[matrix]
techniques = ["dense"]
engines = ["onnxruntime"]
batch_sizes = [1]
"""
ONNX, EXPORTED = 'onnx = "linear.onnx"', 'exported = "linear.onnx"'
ONE_HOT = 'onnx = "./linear.onnx"'


def check(folder: Path, *changes: tuple[str, str], text: str = LINEAR) -> None:
    user_model.check(planned(folder, *changes, text=text)[0].scenario)


def test_a_model_that_fits_its_scenario_is_fine(tmp_path: Path) -> None:
    graphs.write_linear(tmp_path / "linear.onnx")
    check(tmp_path)


def test_without_a_table_inputs_are_as_with_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "linear.onnx").touch()
    (case, *_) = planned(tmp_path, ("[matrix]", "[inputs]\n[matrix]"), text=LINEAR)
    assert case.scenario.inputs == RANDOM


def test_a_fixed_batch_at_its_own_size_is_fine(tmp_path: Path) -> None:
    graphs.write_linear(tmp_path / "linear.onnx", 4, 3)
    check(tmp_path, ("sizes = [1]", "sizes = [4]"))


@pytest.mark.parametrize("sizes", ["[1]", "[4, 8]"])
def test_a_fixed_batch_at_another_size_is_an_error(tmp_path: Path, sizes: str) -> None:
    graphs.write_linear(tmp_path / "linear.onnx", 4, 3)
    with pytest.raises(ScenarioError) as raised:
        check(tmp_path, ("sizes = [1]", f"sizes = {sizes}"))
    for words in ("two-engines.toml", "[matrix]", "'x'", "(4, 3)", "[4]", "symbolic batch axis"):
        assert words in str(raised.value)


INT8 = ("[matrix]", '[matrix]\nprecisions = ["int8"]')
BOTH = ("[matrix]", '[matrix]\nprecisions = ["fp32", "int8"]')
WHILE = ("[matrix]", '[matrix]\nprecisions = ["int8_dynamic"]')
BASE = ("onnxruntime-fp32", "onnxruntime-int8")


def test_a_quantised_file_is_fine_in_int8(tmp_path: Path) -> None:
    graphs.write_quantised(tmp_path / "linear.onnx")
    check(tmp_path, INT8, BASE)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [([], "fp32"), ([BOTH], "fp32"), ([BOTH, BASE], "fp32"), ([WHILE, BASE], "int8_dynamic")],
)
def test_a_quantised_file_in_another_precision_is_an_error(
    tmp_path: Path, changes: list[tuple[str, str]], wrong: str
) -> None:
    graphs.write_quantised(tmp_path / "linear.onnx")
    with pytest.raises(ScenarioError) as raised:
        check(tmp_path, *changes)
    for words in (
        "two-engines.toml",
        "[matrix]",
        "linear.onnx is quantised already",
        f"in {wrong} ",
    ):
        assert words in str(raised.value)
    assert 'precisions = ["int8"] in each matrix and baseline = "dense/onnxruntime-int8"' in str(
        raised.value
    )


MARKED = (
    "[matrix]",
    '[inputs.tensors.x]\nshape = ["batch", 3]\ndtype = "float32"\n[matrix]',
)


def test_a_fixed_batch_that_is_called_the_batch_has_its_own_size_only(tmp_path: Path) -> None:
    graphs.write_linear(tmp_path / "linear.onnx", 4, 3)
    check(tmp_path, MARKED, ("sizes = [1]", "sizes = [4]"))
    with pytest.raises(ScenarioError, match=r"'x' has the fixed shape \(4, 3\); allowed is \[4\]"):
        check(tmp_path, MARKED)


def test_a_type_that_contradicts_the_file_is_an_error(tmp_path: Path) -> None:
    graphs.write_linear(tmp_path / "linear.onnx")
    said = r"two-engines\.toml: \[inputs\.tensors\]: input 'x' is float32 in .* and int32 in the sc"
    with pytest.raises(ScenarioError, match=said):
        check(tmp_path, MARKED, ('dtype = "float32"', 'dtype = "int32"'))


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (ONNX, r"array 'x' has shape \(2, 7\)"),
        (EXPORTED, "'labels' .* holds -1"),
        (ONE_HOT, r"'labels' has shape \(2, 4\); allowed is one class .*labels.argmax\(axis=1\)"),
        ('factory = "torch.nn:Identity"', r"array 'x' has shape \(2, 7\)"),
    ],
)
def test_an_npz_that_does_not_fit_is_an_error(tmp_path: Path, model: str, said: str) -> None:
    labels = np.array([-1, 0] if model == EXPORTED else [1, 0])
    labels = np.eye(4)[labels] if model == ONE_HOT else labels
    np.savez(tmp_path / "x.npz", x=np.ones((2, 7), np.float32), labels=labels)
    graphs.write_linear(tmp_path / "linear.onnx")
    if model == EXPORTED:
        shutil.copy(tmp_path / "x.npz", tmp_path / "linear.onnx")  # a zip, as programs are
    given = ("[matrix]", f'[inputs]\nnpz = "x.npz"\n{MARKED[1]}')
    with pytest.raises(ScenarioError, match=rf"two-engines\.toml: \[inputs\]: npz: .*{said}"):
        check(tmp_path, (ONNX, model), given)


def test_a_file_that_is_no_onnx_model_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "linear.onnx").write_text("not a model")
    with pytest.raises(ScenarioError, match=r"two-engines\.toml.*model\.onnx.*not an ONNX model"):
        check(tmp_path)


FLOATS, TEXTS, OPEN = (
    helper.make_tensor_type_proto(kind, ["N"])
    for kind in (TensorProto.FLOAT, TensorProto.STRING, TensorProto.UNDEFINED)
)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (helper.make_sequence_type_proto(FLOATS), "is sequence;"),
        (helper.make_optional_type_proto(FLOATS), "is optional;"),
        (TEXTS, "is tensor of string;"),
        (OPEN, "is tensor;"),
        (onnx.TypeProto(), "is of no type;"),
    ],
)
def test_an_onnx_input_that_is_no_tensor_of_numbers_is_an_error(
    tmp_path: Path, kind: onnx.TypeProto, said: str
) -> None:
    graphs.write_linear(file := tmp_path / "linear.onnx")
    model = onnx.load(file)
    model.graph.input[0].type.CopyFrom(kind)
    onnx.save(model, file)
    words = rf"two-engines\.toml.*model\.onnx: .*linear\.onnx: the input 'x' {said} allowed are"
    with pytest.raises(ScenarioError, match=words):
        check(tmp_path)


def test_an_onnx_model_whose_weights_are_lost_is_an_error(tmp_path: Path) -> None:
    graphs.write_linear_beside(tmp_path / "linear.onnx").unlink()
    words = r"two-engines\.toml.*model\.onnx: .*linear\.onnx: its weights lie in .*onnx\.data, and"
    with pytest.raises(ScenarioError, match=words):
        check(tmp_path)


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ("", "'length'"),
        ('[inputs.tensors.y]\nshape = ["batch"]\ndtype = "int64"', "no input 'y'"),
    ],
)
def test_inputs_that_do_not_fit_the_file_are_an_error(
    tmp_path: Path, tensors: str, said: str
) -> None:
    graphs.write_two_inputs(tmp_path / "linear.onnx")
    with pytest.raises(ScenarioError) as raised:
        check(tmp_path, ("[matrix]", f"{tensors}\n[matrix]"))
    for words in ("two-engines.toml", "[inputs.tensors]", said):
        assert words in str(raised.value)


def test_a_file_that_torch_export_never_wrote_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "linear.onnx").write_text("not a program")
    with pytest.raises(ScenarioError, match=r"model\.exported: .*torch\.export\.save"):
        check(tmp_path, (ONNX, EXPORTED))


def test_a_factory_is_found_beside_the_scenario_without_being_imported(tmp_path: Path) -> None:
    (tmp_path / "beads_of_a_user.py").write_text("raise SystemExit")
    check(tmp_path, text=graphs.BEADS)


def test_a_factory_of_an_installed_package_is_found(tmp_path: Path) -> None:
    check(tmp_path, ("beads_of_a_user:build", "torch.nn:Identity"), text=graphs.BEADS)


def test_a_factory_without_its_module_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"no module 'beads_of_a_user'.*beside the scenario"):
        check(tmp_path, text=graphs.BEADS)


@pytest.mark.parametrize("name", ["bench", "models", "results.nets", "scenarios", "types"])
def test_a_factory_of_a_name_that_means_another_module_is_an_error(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / f"{name}.py").write_text("raise SystemExit")
    with pytest.raises(ScenarioError, match=rf"model\.factory: '{name[:5]}.*rename the module"):
        check(tmp_path, ("beads_of_a_user:build", f"{name}:build"), text=graphs.BEADS)
