"""Random forest: a hundred trees on the pixels, by scikit-learn; no network, and no torch."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from models.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from models.data import Dataset

INPUT_SHAPE = (1, 28, 28)
TREES, AT_ONCE = 100, 10  # at once: between two words of progress
DEPTH = 12  # at most: deeper trees gain a point of accuracy and triple the file
INPUT, FLAT, SCORES = "input", "pixels", "probabilities"


def fit(dataset: Dataset, seed: int, report: Callable[[float], None]) -> bytes:
    """The trained forest as an ONNX file: images (batch, 1, 28, 28) to probabilities (batch, 10).

    `report` gets the share that is done, from 0 to 1. The trees do not depend on how many cores
    grow them.
    """
    from sklearn.ensemble import RandomForestClassifier

    if not find_spec("skl2onnx"):  # before the minute that the trees take
        msg = "random_forest: skl2onnx, which exports it, is not installed; pip install skl2onnx"
        raise ModelError(msg)
    forest = RandomForestClassifier(
        AT_ONCE,
        max_depth=DEPTH,
        random_state=seed,
        n_jobs=len(os.sched_getaffinity(0)),
        warm_start=True,  # a later fit adds trees, the same as if all were grown at once
    )
    pixels = dataset.train_images.reshape(len(dataset.train_images), -1)
    for trees in range(AT_ONCE, TREES + 1, AT_ONCE):
        forest.set_params(n_estimators=trees).fit(pixels, dataset.train_labels)
        report(trees / TREES)
    content: bytes = _for_images(_converted(forest, pixels.shape[1])).SerializeToString()
    return content


def _converted(forest: Any, features: int) -> Any:  # noqa: ANN401 - these libraries are untyped
    """The forest as ONNX, with its probabilities as one table."""
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    flat = [(FLAT, FloatTensorType([None, features]))]
    return to_onnx(forest, initial_types=flat, options={id(forest): {"zipmap": False}})


def _for_images(model: Any) -> Any:  # noqa: ANN401 - onnx is imported late
    """The same model on images, its scores the only output; what leads to nothing is left out."""
    from onnx import TensorProto, helper

    graph = model.graph
    image = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", *INPUT_SHAPE])
    scores = helper.make_tensor_value_info(SCORES, TensorProto.FLOAT, ["batch", 10])
    nodes = [helper.make_node("Flatten", [INPUT], [FLAT], axis=1)]
    wanted = {SCORES}
    for node in reversed(graph.node):
        if wanted & set(node.output):
            nodes.insert(1, node)
            wanted |= set(node.input)
    constants = [tensor for tensor in graph.initializer if tensor.name in wanted]
    made = helper.make_graph(nodes, graph.name, [image], [scores], constants)
    return helper.make_model(
        made,
        opset_imports=model.opset_import,
        ir_version=model.ir_version,
        producer_name="skl2onnx",
    )
