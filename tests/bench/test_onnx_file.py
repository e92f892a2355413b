"""ONNX files that are the same wherever they were exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from bench import onnx_file, torch_program
from bench.user_inputs import BATCH
from scenarios.scenario import TensorSpec

if TYPE_CHECKING:
    from pathlib import Path

SPECS = {"input": TensorSpec(shape=(BATCH, 4), dtype="float32", low=None, high=None)}


class Branching(nn.Module):
    """A graph with graphs in it: a note could hide there."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 3)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        def shifted(batch: torch.Tensor) -> torch.Tensor:
            return batch + 1.0

        def scaled(batch: torch.Tensor) -> torch.Tensor:
            return batch * 2.0

        either: torch.Tensor = torch.cond(batch.sum() > 0, shifted, scaled, (batch,))
        outputs: torch.Tensor = self.linear(either)
        return outputs


def exported(folder: Path, module: nn.Module) -> Path:
    file = folder / "model.onnx"
    onnx_file.export(torch_program.program(module.eval(), SPECS), SPECS, file)
    return file


def test_an_exported_file_holds_no_paths_of_this_machine(tmp_path: Path) -> None:
    content = exported(tmp_path, Branching()).read_bytes()
    assert b".py" not in content
    assert b"pkg.torch" not in content


def test_an_exported_file_computes_what_the_module_does(tmp_path: Path) -> None:
    import onnxruntime

    module = Branching()
    session = onnxruntime.InferenceSession(exported(tmp_path, module))
    for sign in (1.0, -1.0):
        batch = np.full((5, 4), sign, np.float32)
        (outputs,) = session.run(None, {"input": batch})
        expected = module(torch.from_numpy(batch)).detach().numpy()
        np.testing.assert_allclose(outputs, expected, rtol=1e-5)
