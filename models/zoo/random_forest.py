"""Random forest: a hundred trees on the pixels, by scikit-learn; no network, and no torch.

One that was tuned grows on means over squares of pixels, the features that its search saw.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from models.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from models.data import Dataset

INPUT_SHAPE = (1, 28, 28)
OWN: Mapping[str, Any] = {
    "n_estimators": 100,
    "max_depth": 12,  # at most: deeper trees gain a point of accuracy and triple the file
    "min_samples_split": 2,
}
AT_ONCE = 10  # trees between two words of progress
SIDE = 4  # pixels; the digits were scanned at 8 by 8, so little of them is lost
INPUT, MEANS, FLAT, SCORES = "input", "means", "pixels", "probabilities"


def fit(
    dataset: Dataset,
    seed: int,
    report: Callable[[float], None],
    found: Mapping[str, Any] | None = None,
) -> bytes:
    """The trained forest as an ONNX file: images (batch, 1, 28, 28) to probabilities (batch, 10).

    `report` gets the share that is done, from 0 to 1. The trees do not depend on how many cores
    grow them. `found` is what a search found: scikit-learn's arguments, as OWN has them.
    """
    from sklearn.ensemble import RandomForestClassifier

    if not find_spec("skl2onnx"):  # before the minute that the trees take
        msg = "random_forest: skl2onnx, which exports it, is not installed; pip install skl2onnx"
        raise ModelError(msg)
    plan = dict(found or OWN)
    trees = plan.pop("n_estimators")
    forest = RandomForestClassifier(
        **plan,
        random_state=seed,
        n_jobs=len(os.sched_getaffinity(0)),
        warm_start=True,  # a later fit adds trees, the same as if all were grown at once
    )
    side = SIDE if found else 1
    pixels = features(dataset.train_images, side)
    for grown in [*range(AT_ONCE, trees, AT_ONCE), trees]:
        forest.set_params(n_estimators=grown).fit(pixels, dataset.train_labels)
        report(grown / trees)
    content: bytes = _for_images(_converted(forest, pixels.shape[1]), side).SerializeToString()
    return content


def features(images: NDArray[np.float32], side: int = SIDE) -> NDArray[np.float32]:
    """Means over squares of so many pixels, as rows (n, height // side * width // side)."""
    count, _, height, width = images.shape
    squares = images.reshape(count, height // side, side, width // side, side)
    means: NDArray[np.float32] = squares.mean(axis=(2, 4)).reshape(count, -1)
    return means


def _converted(forest: Any, features: int) -> Any:  # noqa: ANN401 - these libraries are untyped
    """The forest as ONNX, with its probabilities as one table."""
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    flat = [(FLAT, FloatTensorType([None, features]))]
    return to_onnx(forest, initial_types=flat, options={id(forest): {"zipmap": False}})


def _for_images(model: Any, side: int) -> Any:  # noqa: ANN401 - onnx is imported late
    """The same model on images, its scores the only output; what leads to nothing is left out."""
    from onnx import TensorProto, helper

    graph = model.graph
    image = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", *INPUT_SHAPE])
    scores = helper.make_tensor_value_info(SCORES, TensorProto.FLOAT, ["batch", 10])
    squares = {"kernel_shape": [side, side], "strides": [side, side]}
    pooled = [helper.make_node("AveragePool", [INPUT], [MEANS], **squares)] if side > 1 else []
    flat = helper.make_node("Flatten", [MEANS if pooled else INPUT], [FLAT], axis=1)
    trees: list[Any] = []
    wanted = {SCORES}
    for node in reversed(graph.node):
        if wanted & set(node.output):
            trees.insert(0, node)
            wanted |= set(node.input)
    constants = [tensor for tensor in graph.initializer if tensor.name in wanted]
    made = helper.make_graph([*pooled, flat, *trees], graph.name, [image], [scores], constants)
    return helper.make_model(
        made,
        opset_imports=model.opset_import,
        ir_version=model.ir_version,
        producer_name="skl2onnx",
    )
