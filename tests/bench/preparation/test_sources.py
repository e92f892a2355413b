from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper

from bench.preparation import cache, sources, torch_program
from bench.preparation.inputs import InputSet
from bench.preparation.prepare import prepare
from bench.preparation.user_inputs import InputsError
from bench.runtimes.torch_session import FactoryError, from_factory
from bench.workers.remote import Skipped
from bench.workers.session import Unavailable
from models.data import digits, imagenet_shape
from models.zoo import random_forest
from scenarios.scenario import Technique, TensorSpec
from tests.bench import graphs
from tests.bench.real import serve
from tests.bench.runs import planned

if TYPE_CHECKING:
    from bench.case import Case
    from bench.measuring.fidelity import Outputs
    from tests.bench.real import Real

FACTORY, EXPORTED = 'factory = "beads_of_a_user:build"', 'exported = "beads.pt2"'
TENSORS = graphs.BEADS[graphs.BEADS.index("[inputs.tensors.ids]") : graphs.BEADS.index("[matrix]")]


@pytest.fixture(autouse=True)
def _forget_factories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "beads_of_a_user", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's folder: a module of factories, and an ONNX file."""
    graphs.write_factories(tmp_path)
    graphs.write_linear(tmp_path / "linear.onnx")
    return tmp_path


def silent(_what: str, _share: float) -> None:
    """Nobody is told."""


def outputs(real: Real, cases: list[Case]) -> dict[str, Outputs]:
    return {case.engine: serve(real.machine, case, prepare(case, silent))[1] for case in cases}


def export_beads(folder: Path) -> None:
    specs = {
        "ids": TensorSpec(shape=("batch", 5), dtype="int64", low=0, high=9),
        "weights": TensorSpec(shape=("batch", 5), dtype="float32", low=None, high=None),
        "scale": TensorSpec(shape=(1,), dtype="float32", low=None, high=None),
    }
    module = from_factory("beads_of_a_user:build", str(folder))
    torch.export.save(torch_program.program(module, specs), folder / "beads.pt2")


def test_a_factory_with_several_inputs_runs_the_same_on_every_engine(
    real: Real, folder: Path
) -> None:
    found = outputs(real, planned(folder, text=graphs.BEADS))
    assert set(found) == {"eager", "onnxruntime", "openvino"}
    for each in found.values():
        assert each.shape == (12, 3)  # of five at a time: the last batch is filled up
        np.testing.assert_allclose(each, found["eager"], atol=1e-4)


def test_an_exported_program_says_its_inputs_and_runs_the_same_on_every_engine(
    real: Real, folder: Path
) -> None:
    export_beads(folder)
    cases = planned(folder, (FACTORY, EXPORTED), (TENSORS, ""), text=graphs.BEADS)
    found = outputs(real, cases)
    assert set(found) == {"eager", "onnxruntime", "openvino"}
    for each in found.values():
        np.testing.assert_allclose(each, found["eager"], atol=1e-4)


def test_an_onnx_file_is_used_as_it_is(real: Real, folder: Path) -> None:
    cases = planned(folder, text=graphs.LINEAR)
    artifact = prepare(cases[0], silent)
    assert artifact.file == folder / "linear.onnx"
    assert (artifact.params, artifact.nonzero_params, artifact.macs) == (8, 5, None)
    inputs = InputSet.load(Path(artifact.inputs))
    wanted = np.asarray(inputs.arrays["x"]) @ graphs.WEIGHT + graphs.BIAS
    for each in outputs(real, cases).values():
        np.testing.assert_allclose(each, wanted, atol=1e-5)


def test_an_onnx_file_whose_weights_lie_beside_it_is_both(real: Real, folder: Path) -> None:
    beside = graphs.write_linear_beside(folder / "linear.onnx")
    cases = planned(folder, text=graphs.LINEAR)
    artifact = prepare(cases[0], silent)
    assert artifact.size_bytes == artifact.file.stat().st_size + beside.stat().st_size
    assert sources.source(cases[0], silent).artifact.size_bytes == artifact.size_bytes
    inputs = InputSet.load(Path(artifact.inputs))
    wanted = np.asarray(inputs.arrays["x"]) @ graphs.WEIGHT + graphs.BIAS
    for each in outputs(real, cases).values():
        np.testing.assert_allclose(each, wanted, atol=1e-5)


def test_integers_open_axes_and_scalars_of_an_onnx_file_run(real: Real, folder: Path) -> None:
    graphs.write_two_inputs(folder / "linear.onnx")
    tensors = """
[inputs.tensors.ids]
shape = ["batch", 4]
dtype = "int64"
low = 0
high = 2
[matrix]"""
    cases = planned(
        folder, ("[matrix]", tensors), ("sizes = [1]", "sizes = [7]"), text=graphs.LINEAR
    )
    found = outputs(real, cases)
    inputs = InputSet.load(Path(prepare(cases[0], silent).inputs))
    wanted = graphs.WEIGHT[inputs.arrays["ids"]] * np.asarray(inputs.arrays["scale"])
    for each in found.values():
        np.testing.assert_allclose(each, wanted, atol=1e-5)


def test_a_quantised_onnx_file_is_run_in_int8_as_it_is(real: Real, folder: Path) -> None:
    graphs.write_quantised(folder / "linear.onnx")
    int8 = ("[matrix]", '[matrix]\nprecisions = ["int8"]'), ("runtime-fp32", "runtime-int8")
    (case, _) = planned(folder, *int8, text=graphs.LINEAR)
    artifact = prepare(case, silent)
    assert artifact.file == folder / "linear.onnx"
    loaded, found = serve(real.machine, case, artifact)
    assert loaded.facts["precision"] == "i8"
    inputs = np.asarray(InputSet.load(Path(artifact.inputs)).arrays["x"])
    np.testing.assert_allclose(found, inputs @ graphs.WEIGHT, atol=0.3)


def test_weights_in_16_bits_are_noted(folder: Path) -> None:
    file = folder / "linear.onnx"
    halved = [helper.make_node("Cast", ["weight"], ["wide"], to=TensorProto.FLOAT)]
    halved.append(helper.make_node("MatMul", ["x", "wide"], ["y"]))
    weight = graphs.WEIGHT.astype(np.float16)
    graphs.write(file, [("x", TensorProto.FLOAT, ("N", 3))], halved, {"weight": weight})
    artifact = prepare(planned(folder, text=graphs.LINEAR)[0], silent)
    assert "weights in the file are float16, whatever precision is asked for" in artifact.notes


def test_labels_of_an_npz_are_kept_for_accuracy(folder: Path) -> None:
    np.savez(folder / "inputs.npz", x=np.ones((4, 3), np.float32), labels=np.arange(4) % 2)
    given = ("[matrix]", '[inputs]\nnpz = "inputs.npz"\n[matrix]')
    artifact = prepare(planned(folder, given, text=graphs.LINEAR)[0], silent)
    inputs = InputSet.load(Path(artifact.inputs))
    assert inputs.labels is not None
    assert inputs.labels.tolist() == [0, 1, 0, 1]
    assert inputs.kind == "file"
    assert artifact.notes == ()


def test_random_inputs_are_seeded_and_noted(folder: Path) -> None:
    seeds = [("[matrix]", f"[inputs]\nseed = {seed}\n[matrix]") for seed in (1, 1, 2)]
    made = [prepare(planned(folder, seed, text=graphs.LINEAR)[0], silent) for seed in seeds]
    assert made[0].inputs == made[1].inputs != made[2].inputs
    assert made[0].notes == ("random inputs: no accuracy",)


def test_an_npz_that_changed_is_read_again(folder: Path) -> None:
    given = ("[matrix]", '[inputs]\nnpz = "inputs.npz"\n[matrix]')
    found = []
    for value in (1.0, 2.0):
        np.savez(folder / "inputs.npz", x=np.full((4, 3), value, np.float32))
        artifact = prepare(planned(folder, given, text=graphs.LINEAR)[0], silent)
        found.append(InputSet.load(Path(artifact.inputs)).arrays["x"][0, 0])
    assert found == [1.0, 2.0]


def test_an_npz_that_does_not_fit_is_an_error(folder: Path) -> None:
    np.savez(folder / "inputs.npz", x=np.ones((4, 7), np.float32))
    given = ("[matrix]", '[inputs]\nnpz = "inputs.npz"\n[matrix]')
    with pytest.raises(InputsError, match=r"'x' has shape \(4, 7\)"):
        prepare(planned(folder, given, text=graphs.LINEAR)[0], silent)


@pytest.mark.parametrize(
    ("name", "said"), [("raises", "ValueError: the beads fell off"), ("number", "returned a int")]
)
def test_a_factory_that_fails_is_an_error(folder: Path, name: str, said: str) -> None:
    (case, *_) = planned(folder, (":build", f":{name}"), text=graphs.BEADS)
    with pytest.raises(FactoryError, match=said):
        prepare(case, silent)


def test_a_module_that_cannot_be_exported_fails_where_onnx_is_needed_only(folder: Path) -> None:
    one_input = TENSORS[TENSORS.index("[inputs.tensors.weights]") :].partition("[inputs.tensors.s")
    cases = planned(folder, (":build", ":stubborn"), (TENSORS, one_input[0]), text=graphs.BEADS)
    by_engine = {case.engine: case for case in cases}
    with pytest.raises(torch_program.ExportError):
        prepare(by_engine["openvino"], silent)
    assert prepare(by_engine["eager"], silent).factory == "beads_of_a_user:stubborn"


@pytest.mark.parametrize("kind", [FACTORY, EXPORTED])
def test_a_model_of_one_fixed_batch_size_is_refused_at_another(folder: Path, kind: str) -> None:
    fixed = ('["batch", 5]', "[2, 5]")
    text = graphs.BEADS.replace(*fixed)
    if kind == EXPORTED:
        export_beads(folder)
        program = torch_program.load(folder / "beads.pt2").module()
        examples = (torch.ones(2, 5, dtype=torch.int64), torch.ones(2, 5), torch.ones(1))
        torch.export.save(torch.export.export(program, examples), folder / "beads.pt2")
        text = text.replace(FACTORY, EXPORTED).replace(TENSORS.replace(*fixed), "")
    (case, *_) = planned(folder, text=text)
    assert case.batch_size == 5
    with pytest.raises(ValueError, match="batch"):
        prepare(case, silent)


def test_a_data_set_that_cannot_be_had_is_a_skip_that_says_how_to_get_it(
    real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digits, "missing", lambda: "install scikit-learn")
    with pytest.raises(Unavailable, match="install scikit-learn"):
        sources.source(real.cases["eager-fp32"], silent)


FOREST = """
summary = "How fast are trees?"
model = "random_forest"
dataset = "digits"
baseline = "dense/onnxruntime-fp32"
[matrix]
techniques = ["dense"]
engines = ["onnxruntime", "openvino"]
batch_sizes = [100]
"""


def test_a_forest_runs_where_its_operators_are_known_and_is_a_skip_elsewhere(
    real: Real, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(random_forest, "OWN", {**random_forest.OWN, "n_estimators": 10})
    known, unknown = planned(tmp_path, text=FOREST)
    artifact = prepare(known, silent)
    assert (artifact.path, artifact.recipe, artifact.macs) == (
        prepare(unknown, silent).path,
        None,
        None,
    )
    assert artifact.facts == {
        "weights": "trained here",
        "seeds": "1",
        "model_sha256": cache.file_sha256(artifact.file),
    }
    assert artifact.params is not None
    assert artifact.params > random_forest.OWN["n_estimators"]
    scores = serve(real.machine, known, artifact)[1]
    labels = InputSet.load(Path(artifact.inputs)).labels
    assert np.mean(scores.argmax(1) == labels) > 0.7
    with pytest.raises(Skipped, match=r"OpenVINO has no operator ai\.onnx\.ml\.TreeEnsemble"):
        serve(real.machine, unknown, artifact)


def test_random_weights_are_noted_and_their_images_have_no_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "cache"))
    for name in ("TRAIN", "TEST"):
        monkeypatch.setattr(imagenet_shape, name, 2)
    large = ("simple_cnn", "resnet50"), ('"digits"', '"imagenet_shape"')
    (case, *_) = planned(tmp_path, *large, text=FOREST.replace("random_forest", "simple_cnn"))
    narrow = (Technique(name="quarter_width"),) * 2
    artifact = prepare(replace(case, engine="eager", techniques=narrow), silent)
    assert artifact.notes == ("random weights: latency and memory only",)
    assert artifact.facts == {"weights": "random", "seeds": "none"}
    inputs = InputSet.load(Path(artifact.inputs))
    assert inputs.labels is None
    assert inputs.arrays["input"].shape == (2, 3, 224, 224)
