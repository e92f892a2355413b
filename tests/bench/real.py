"""The real thing, once for all tests that want it: prepared artifacts and loaded engines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench import registry
from bench.preparation.inputs import InputSet
from bench.preparation.prepare import prepare
from bench.workers.requests import Load, Loaded, Predict
from bench.workers.server_spec import ServerSpec
from bench.workers.target import Target
from tests.bench.runs import planned

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bench.case import Case
    from bench.measuring.fidelity import Outputs
    from bench.preparation.artifact import Artifact
    from bench.workers.machine import Machine

PATIENCE_S = 300.0
# Engines of a CPU that no case of these tests is run on: another one does the same arithmetic.
UNSERVED = {
    "torch_compile-bf16": "as eager-bf16, and compiling takes long",
    "torch_compile_frozen-bf16": "as eager-bf16, and compiling takes long",
}
SERVED = [
    f"{name}-{precision}"
    for name in registry.names("engines")
    if registry.task(name) == "inference" and registry.only_built(name, "cpu") is None
    for precision in sorted(registry.engine(name).PRECISIONS.get("cpu", ()))
    if f"{name}-{precision}" not in UNSERVED
]
HEAD = """
summary = "Does every engine compute the same?"
model = "simple_cnn"
dataset = "digits"
baseline = "dense/eager-fp32"
"""
MATRIX = """
[[matrix]]
techniques = ["dense"]
engines = ["{}"]
precisions = ["{}"]
batch_sizes = [70]
"""
EVERY_ENGINE = HEAD + "".join(MATRIX.format(*name.split("-")) for name in SERVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What a worker said of a case."""

    loaded: Loaded
    outputs: Outputs  # of every test image
    labels: NDArray[np.int64]


class Real:
    """Prepares and loads each case of EVERY_ENGINE when a test asks for it, and only once."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        cases = planned(folder, text=EVERY_ENGINE)
        self.cases = {f"{case.engine}-{case.precision}": case for case in cases}
        self.machine = machine
        self.artifact: Callable[[str], Artifact] = cache(self._artifact)
        self.served: Callable[[str], Served] = cache(self._served)

    def _artifact(self, name: str) -> Artifact:
        return prepare(self.cases[name], lambda _what, _share: None)

    def _served(self, name: str) -> Served:
        case, artifact = self.cases[name], self.artifact(name)
        loaded, outputs = serve(self.machine, case, artifact)
        labels = InputSet.load(Path(artifact.inputs)).labels
        assert labels is not None
        return Served(loaded=loaded, outputs=outputs, labels=labels)


def serve(machine: Machine, case: Case, artifact: Artifact) -> tuple[Loaded, Outputs]:
    """Load an artifact in a worker of the case's engine, and predict everything."""
    fork_server = machine.fork_server(ServerSpec(engine=case.engine, threads=1, replicate=0))
    fork_server.ready()
    worker = fork_server.fork("bench.workers.worker:serve")
    file = machine.folder / f"{case.id.replace('/', ' ')}.npy"
    target = Target(precision=case.precision, device="cpu", batch_size=case.batch_size, threads=1)
    request = Load(engine=case.engine, artifact=artifact, target=target, cores=())
    try:
        loaded: Loaded = worker.ask(request, PATIENCE_S)
        worker.ask(Predict(file=str(file)), PATIENCE_S)
    finally:
        worker.close()
    return loaded, np.load(file)
