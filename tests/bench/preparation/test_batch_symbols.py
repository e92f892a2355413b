from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from onnx import TensorProto, helper

from bench.preparation.batch_symbols import batch_symbols
from scenarios.scenario import TensorSpec
from tests.bench.graphs import write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.graphs import Axis


@pytest.mark.parametrize(
    ("axes", "shape", "symbols"),
    [
        pytest.param(("N", 3), ("batch", 3), ("N",), id="first"),
        pytest.param(("T", "N"), (7, "batch"), ("N",), id="another"),
        pytest.param(("N", "N"), ("batch", 5), (), id="of_two_sizes"),
        pytest.param((4, 3), (4, 3), (), id="fixed"),
        pytest.param((None, 3), ("batch", 3), (), id="without_a_name"),
    ],
)
def test_a_symbol_is_the_batchs_if_it_is_of_nothing_else(
    tmp_path: Path, axes: tuple[Axis, ...], shape: tuple[int | str, ...], symbols: tuple[str, ...]
) -> None:
    file = tmp_path / "model.onnx"
    write(file, [("x", TensorProto.FLOAT, axes)], [helper.make_node("Relu", ["x"], ["y"])], {})
    specs = {"x": TensorSpec(shape=shape, dtype="float32", low=None, high=None)}
    assert batch_symbols(file, specs) == symbols
