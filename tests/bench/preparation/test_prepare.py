from __future__ import annotations

import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest

from bench.preparation import cache, onnx_file
from bench.preparation.inputs import InputSet
from bench.preparation.prepare import ON_ITS_SAMPLES, prepare
from bench.preparation.quantise import CALIBRATION_SAMPLES
from bench.preparation.sources import source
from models.data import data_file
from scenarios.scenario import Technique
from tests.bench import graphs
from tests.bench.graphs import BIAS, WEIGHT, write_linear, write_linear_beside, write_two_inputs
from tests.bench.runs import edit_digits, planned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.case import Case
    from bench.preparation.artifact import Artifact
    from tests.bench.real import Real


def silent(_what: str, _share: float) -> None:
    """Nobody is told."""


def operators(artifact: Artifact) -> set[str]:
    return {node.op_type for node in onnx.load(artifact.file).graph.node}


def test_a_module_is_prepared_as_weights_and_their_recipe(real: Real) -> None:
    artifact = real.artifact("eager-fp32")
    assert artifact.file.suffix == ".safetensors"
    assert artifact.recipe == {
        "family": "simple_cnn",
        "techniques": ("dense",),
        "dataset": "digits",
    }
    assert artifact.facts["weights"] == "shipped"
    assert artifact.size_bytes == artifact.file.stat().st_size


def test_what_the_network_holds_and_costs_is_counted(real: Real) -> None:
    for name in ("eager-fp32", "openvino-fp32", "openvino-int8"):
        artifact = real.artifact(name)
        assert artifact.params == artifact.nonzero_params == 21_840
        assert artifact.macs == 10 * 24 * 24 * 25 + 20 * 8 * 8 * 250 + 320 * 50 + 50 * 10


def test_engines_of_onnx_files_share_one(real: Real) -> None:
    artifact = real.artifact("onnxruntime-fp32")
    assert artifact.path == real.artifact("openvino-fp32").path
    assert artifact.recipe is None
    assert "QuantizeLinear" not in operators(artifact)
    assert artifact.size_bytes == artifact.file.stat().st_size


def test_engines_of_modules_share_weights(real: Real) -> None:
    assert real.artifact("eager-bf16") == real.artifact("eager-fp32")


def test_int8_is_a_quantised_file_of_its_own(real: Real) -> None:
    artifact = real.artifact("openvino-int8")
    assert {"QuantizeLinear", "DequantizeLinear"} <= operators(artifact)
    assert artifact.path != real.artifact("onnxruntime-int8").path
    assert "nncf" in artifact.facts["quantised"]
    assert "onnxruntime" in real.artifact("onnxruntime-int8").facts["quantised"]
    assert f"{CALIBRATION_SAMPLES} samples" in artifact.facts["quantised"]
    assert artifact.notes == ()
    assert artifact.size_bytes is not None
    assert artifact.size_bytes < (real.artifact("openvino-fp32").size_bytes or 0)


def test_a_file_that_is_quantised_is_not_quantised_again(
    real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.preparation.prepare.is_quantised", lambda _file: True)
    artifact = prepare(real.cases["openvino-int8"], silent)
    assert artifact.path == real.artifact("openvino-fp32").path
    assert artifact.facts["quantised"] == "in the file already"


def test_inputs_are_the_test_images_and_calibration_sees_none_of_them(real: Real) -> None:
    inputs = InputSet.load(Path(real.artifact("eager-fp32").inputs))
    assert inputs.kind == "test images of digits"
    labels = data_file("digits").load().test_labels
    assert inputs.arrays["input"].shape == (len(labels), 1, 28, 28)
    np.testing.assert_array_equal(inputs.labels, labels)
    (folder,) = (
        folder
        for folder in Path(real.artifact("eager-fp32").inputs).parent.iterdir()
        if folder.is_dir() and InputSet.load(folder).kind == "train images of digits"
    )
    train = InputSet.load(folder)
    assert train.samples == CALIBRATION_SAMPLES
    seen = {image.tobytes() for image in np.asarray(train.arrays["input"])}
    assert not seen & {image.tobytes() for image in np.asarray(inputs.arrays["input"])}


def test_images_are_kept_by_the_code_that_normalises_them_and_by_how_many_are_taken(
    real: Real, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = real.cases["eager-fp32"]
    before = source(case, silent)
    assert source(case, silent) == before
    monkeypatch.setattr("bench.preparation.sources.CALIBRATION_SAMPLES", 7)
    fewer = source(case, silent)
    assert InputSet.load(fewer.calibration).samples == 7
    assert fewer.artifact.inputs == before.artifact.inputs
    edit_digits(tmp_path, monkeypatch)
    after = source(case, silent)
    assert after.artifact.inputs != before.artifact.inputs
    assert after.calibration != fewer.calibration


@pytest.mark.parametrize("name", ["eager-fp32", "openvino-fp32", "openvino-int8"])
def test_what_was_prepared_before_is_not_built_again(
    real: Real, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = real.artifact(name)

    def no_building(*_: object) -> None:
        msg = "it was there already"
        raise AssertionError(msg)

    monkeypatch.setattr("bench.preparation.onnx_file.export", no_building)
    monkeypatch.setattr("bench.preparation.prepare.quantise", no_building)
    assert prepare(real.cases[name], silent) == wanted


def test_what_is_built_is_told(real: Real, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real.artifact("openvino-fp32")
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path))
    monkeypatch.setattr(onnx_file, "export", lambda _p, _s, file: write_linear(file))
    monkeypatch.setattr("bench.preparation.prepare.is_quantised", lambda _file: False)
    monkeypatch.setattr(
        "bench.preparation.prepare.quantise", lambda *args: write_two_inputs(args[-1])
    )
    told: list[str] = []
    artifact = prepare(real.cases["openvino-int8"], lambda what, _share: told.append(what))
    assert told == ["exporting to ONNX", "quantising to int8"]
    assert set(onnx_file.read_specs(artifact.file)) == {"ids", "scale"}


def test_other_weights_are_other_files(
    real: Real, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path))
    monkeypatch.setattr(onnx_file, "export", lambda _p, _s, file: write_linear(file))
    cases: Sequence[Case] = [
        replace(real.cases["openvino-fp32"], techniques=(Technique(name=name),))
        for name in ("dense", "half_width")
    ]
    first, second = (prepare(case, silent) for case in cases)
    assert first.path != second.path
    assert first.inputs == second.inputs
    assert (first.params or 0) > (second.params or 0)
    assert cache.file_sha256(first.file) == cache.file_sha256(second.file)  # here both are faked


@pytest.mark.parametrize(
    ("precision", "told", "notes"),
    [
        ("int8", ", 4 samples", [f"int8 was {ON_ITS_SAMPLES}"]),
        ("int8_dynamic", "", []),
        ("fp32", None, []),
    ],
)
def test_what_a_users_model_was_calibrated_on_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    precision: str,
    told: str | None,
    notes: Sequence[str],
) -> None:
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "cache"))
    write_linear(tmp_path / "linear.onnx")
    given = ("[matrix]", '[inputs]\nnpz = "inputs.npz"\n[matrix]')
    values = np.random.default_rng(0).random((4, 3), np.float32)
    for has_labels, said in ((True, notes), (False, [])):
        arrays = {"x": values, "labels": np.arange(4) % 2} if has_labels else {"x": values}
        np.savez(tmp_path / "inputs.npz", **arrays)
        (case, *_) = planned(tmp_path, given, text=graphs.LINEAR)
        artifact = prepare(replace(case, precision=precision), silent)
        assert list(artifact.notes) == said
        ends = artifact.facts.get("quantised", "").partition(version("onnxruntime"))[2]
        assert ends == (told or "")


@pytest.mark.parametrize(
    ("engine", "precision"),
    [("openvino", "int8"), ("onnxruntime", "int8"), ("onnxruntime", "int8_dynamic")],
)
def test_int8_of_weights_beside_a_graph_follows_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str, precision: str
) -> None:
    import onnxruntime

    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "cache"))
    found = []
    for times in (1, 7):
        write_linear_beside(tmp_path / "linear.onnx", times * WEIGHT)
        cases = {case.engine: case for case in planned(tmp_path, text=graphs.LINEAR)}
        found.append(prepare(replace(cases[engine], precision=precision), silent))
    assert found[0].facts["model_sha256"] != found[1].facts["model_sha256"]
    for times, artifact in zip((1, 7), found, strict=True):
        session = onnxruntime.InferenceSession(artifact.file)
        halves = np.eye(3, dtype=np.float32) / 2  # NNCF cuts larger values off
        (rows,) = session.run(None, {"x": halves})
        np.testing.assert_allclose(rows - BIAS, times * WEIGHT / 2, atol=0.1 * times)


def test_inputs_of_another_shape_or_type_are_exported_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the code of the program is the same: its file says what it takes."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "beads_of_a_user", raising=False)
    monkeypatch.setenv("SPEEDPROOF_CACHE", str(tmp_path / "cache"))
    graphs.write_factories(tmp_path)
    own = ('{ onnx = "linear.onnx" }', '{ factory = "beads_of_a_user:AnyNumber" }')
    taken = []
    for size, dtype in ((3, "float32"), (5, "float32"), (5, "int64")):
        table = f'[inputs.tensors.x]\nshape = ["batch", {size}]\ndtype = "{dtype}"\n[matrix]'
        (case, *_) = planned(tmp_path, own, ("[matrix]", table), text=graphs.LINEAR)
        spec = onnx_file.read_specs(prepare(case, silent).file)["x"]
        taken.append((spec.shape[1], spec.dtype))
    assert taken == [(3, "float32"), (5, "float32"), (5, "int64")]
