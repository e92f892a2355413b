"""Operators that ONNX Runtime does not have, by its own errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnxruntime
import pytest
from onnx import TensorProto, helper

from bench.runtimes import ort_operators
from bench.workers.session import Unavailable
from tests.bench import graphs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "domain", "said"),
    [
        ("Foo", "my", "my.Foo"),
        ("Foo", "", "Foo"),
        ("TreeEnsembleX", "ai.onnx.ml", "ai.onnx.ml.TreeEnsembleX"),
    ],
)
def test_an_operator_that_it_does_not_have_is_named(
    tmp_path: Path, name: str, domain: str, said: str
) -> None:
    file = tmp_path / "foo.onnx"
    node = helper.make_node(name, ["x"], ["y"], domain=domain)
    graphs.write(file, [("x", TensorProto.FLOAT, ("N", 3))], [node], {})
    with pytest.raises(Exception, match=name) as caught:
        onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    with pytest.raises(Unavailable, match=rf"^ONNX Runtime has no operator {said}$"):
        ort_operators.check_known(caught.value)


def test_any_other_error_is_none_of_its_business() -> None:
    ort_operators.check_known(RuntimeError("the file is damaged"))
