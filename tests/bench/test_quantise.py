from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime

from bench.inputs import InputSet
from bench.quantise import quantise
from tests.bench import graphs

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def run(file: Path, x: NDArray[np.float32]) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (outputs,) = session.run(None, {"x": x})
    found: NDArray[np.float32] = outputs
    return found


def test_weights_and_activations_are_quantised_and_nearly_the_same_comes_out(
    tmp_path: Path,
) -> None:
    source, file = tmp_path / "source.onnx", tmp_path / "int8.onnx"
    graphs.write_linear(source)
    x = np.random.default_rng(0).uniform(-1, 1, (50, 3)).astype(np.float32)
    x[:, 0], x[:, 1] = -1.0, 1.0  # NNCF takes the mean of the samples' ranges
    x[0] = 0.0, 0.1, 0.05  # alone it would give a range that cuts all the others
    calibration = InputSet(
        arrays={"x": x}, batch_axes={"x": 0}, labels=None, sha256="", kind="random"
    )
    before = source.read_bytes()
    quantise(source, calibration, file)
    graph = onnx.load(file).graph
    kinds = [node.op_type for node in graph.node]
    assert (kinds.count("QuantizeLinear"), kinds.count("DequantizeLinear")) == (1, 2)
    assert onnx.TensorProto.INT8 in {tensor.data_type for tensor in graph.initializer}
    assert source.read_bytes() == before
    outputs, wanted = run(file, x), run(source, x)
    assert 0 < np.max(np.abs(outputs - wanted)) < 0.1
