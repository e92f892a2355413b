"""The fake TensorRT's inspector, which tells what layers of an engine give."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.fake_tensorrt_run import Context, Engine10


class Inspector:
    """Of what depends on shapes it knows nothing before a context has them."""

    execution_context: Context | None = None

    def __init__(self, engine: Engine10) -> None:
        self._engine = engine

    def get_engine_information(self, _format: str) -> str:
        context = self.execution_context
        is_open = bool(self._engine.profile) and (context is None or bool(context.infer_shapes()))
        given = "" if is_open else self._engine.script.layer_type
        outputs = [{"Name": "Half", "Format/Datatype": given}]
        layers = [{"Name": "conv", "Outputs": outputs}, {"Name": "nothing"}, "a name only"]
        return json.dumps({"Layers": layers})
