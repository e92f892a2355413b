"""The engine openvino: what it does beside compiling is no part of the time that loading takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench.engines import openvino
from bench.preparation.artifact import Artifact
from bench.preparation.inputs import InputSet
from bench.workers.session import EngineError
from bench.workers.target import Target
from tests.bench import graphs

if TYPE_CHECKING:
    from pathlib import Path

TARGET = Target(precision="fp32", device="cpu", batch_size=4, threads=1)


@pytest.fixture
def linear(tmp_path: Path) -> Artifact:
    graphs.write_linear(tmp_path / "linear.onnx")
    values = np.ones((9, 3), np.float32)
    InputSet(arrays={"x": values}, batch_axes={"x": 0}, labels=None, sha256="", kind="random").save(
        tmp_path
    )
    return Artifact(path=str(tmp_path / "linear.onnx"), inputs=str(tmp_path), facts={})


def test_loading_reads_nothing_back_and_facts_do(
    linear: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino, "_executed", lambda _compiled: {"bf16"})
    session = openvino.load(linear, TARGET)
    with pytest.raises(EngineError, match=r"asked for fp32, OpenVINO runs .* in bf16"):
        _ = session.facts


def test_the_batch_is_of_one_size_and_none_is_copied_to_know_it(
    linear: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(InputSet, "batch", None)
    session = openvino.load(linear, TARGET)
    (answers,) = session.outputs({"x": np.ones((4, 3), np.float32)})
    assert answers.shape == (4, 2)
    assert session.facts["precision"] == "f32"
