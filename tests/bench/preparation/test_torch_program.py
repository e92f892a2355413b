from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn

from bench.preparation import torch_program
from bench.preparation.artifact import Counts
from bench.preparation.torch_program import ExportError
from scenarios.scenario import TensorSpec

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor


def spec(*shape: int | str, dtype: str = "float32", low: float | None = None) -> TensorSpec:
    return TensorSpec(shape=shape, dtype=dtype, low=low, high=None)


class Beads(nn.Module):
    """Integers, floats, and an input that is the same for all samples."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embedding = nn.Embedding(10, 4)
        self.linear = nn.Linear(4, 3)

    def forward(self, ids: Tensor, scale: Tensor) -> Tensor:
        result: Tensor = self.linear(self.embedding(ids).sum(1)) * scale
        return result


class AnyNumber(nn.Module):
    """Takes as many inputs as there are."""

    def forward(self, *inputs: Tensor) -> Tensor:
        return torch.stack(inputs).sum(0)


class Stubborn(nn.Module):
    """Decides by the data which way to go, which torch.export refuses."""

    def forward(self, x: Tensor) -> Tensor:
        return x if x.sum().item() > 0 else -x


SPECS = {"ids": spec("batch", 5, dtype="int64", low=1), "scale": spec(1)}


def test_a_program_runs_at_any_batch_size() -> None:
    module = Beads().eval()
    program = torch_program.program(module, SPECS).module()
    for batch_size in (1, 2, 9):
        ids = torch.arange(batch_size * 5).reshape(batch_size, 5) % 10
        scale = torch.tensor([2.0])
        assert torch.equal(program(ids, scale), module(ids, scale))


def test_a_module_may_take_any_number_of_inputs() -> None:
    specs = {"a": spec("batch", 2), "b": spec("batch", 2), "c": spec("batch", 2)}
    program = torch_program.program(AnyNumber(), specs).module()
    ones = torch.ones(7, 2)
    assert torch.equal(program(ones, ones, ones), 3 * ones)


def test_a_module_that_torch_refuses_is_an_error() -> None:
    with pytest.raises(ExportError, match=r"torch\.export failed: "):
        torch_program.program(Stubborn(), {"x": spec("batch", 2)})


def test_inputs_that_do_not_fit_the_module_are_an_error() -> None:
    with pytest.raises(ExportError, match=r"torch\.export failed: "):
        torch_program.program(Beads(), {"ids": spec("batch", 5)})


def test_examples_fit_their_specifications() -> None:
    ids, scale = torch_program.examples(SPECS, 3)
    assert (ids.shape, ids.dtype) == ((3, 5), torch.int64)
    assert (scale.shape, scale.dtype) == ((1,), torch.float32)
    assert set(ids.ravel().tolist()) == {1}  # the least allowed: an index that is surely there
    assert torch.equal(torch_program.examples(SPECS, 3)[1], scale)


@pytest.mark.parametrize("dtype", ["float16", "float64", "int32", "uint8", "bool"])
def test_examples_have_any_type(dtype: str) -> None:
    (one,) = torch_program.examples({"x": spec("batch", 2, dtype=dtype)}, 1)
    assert str(one.dtype) == f"torch.{dtype}"


def test_what_is_saved_is_loaded_and_says_its_inputs(tmp_path: Path) -> None:
    program = torch_program.program(Beads(), SPECS)
    torch.export.save(program, tmp_path / "model.pt2")
    loaded = torch_program.load(tmp_path / "model.pt2")
    assert torch_program.read_specs(loaded) == {
        "ids": spec("batch", 5, dtype="int64"),
        "scale": spec(1),
    }
    assert torch_program.fingerprint(loaded) == torch_program.fingerprint(program)


def test_a_fixed_batch_stays_fixed() -> None:
    program = torch.export.export(Beads(), torch_program.examples(SPECS, 4))
    assert torch_program.read_specs(program)["ids"].shape == (4, 5)


@pytest.mark.parametrize("content", [b"", b"not a program", b"PK\x03\x04"])
def test_a_file_that_is_no_program_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.pt2").write_bytes(content)
    with pytest.raises(ExportError, match=r"model\.pt2: is not a file of torch\.export\.save"):
        torch_program.load(tmp_path / "model.pt2")


def test_the_same_computation_has_the_same_fingerprint() -> None:
    first, again = (torch_program.program(Beads(), SPECS) for _ in range(2))
    assert torch_program.fingerprint(first) == torch_program.fingerprint(again)


def test_other_weights_and_other_code_have_other_fingerprints() -> None:
    module = Beads()
    before = torch_program.fingerprint(torch_program.program(module, SPECS))
    with torch.no_grad():
        module.linear.bias[0] += 1
    other_weights = torch_program.fingerprint(torch_program.program(module, SPECS))
    module.linear = nn.Linear(4, 2)
    other_code = torch_program.fingerprint(torch_program.program(module, SPECS))
    assert len({before, other_weights, other_code}) == 3


class Branches(nn.Module):
    """Has one of two branches, and a constant in 16 bits."""

    scale: Tensor

    def __init__(self, other: float) -> None:
        super().__init__()
        self.other = other
        self.register_buffer("scale", torch.ones(2, dtype=torch.bfloat16))

    def forward(self, x: Tensor) -> Tensor:
        ways = (lambda x: x + self.other, lambda x: x * self.other)
        chosen: Tensor = torch.cond(x.sum() > 0, *ways, (x,))
        return chosen * self.scale


def test_what_a_branch_computes_is_in_the_fingerprint() -> None:
    specs = {"x": spec("batch", 2)}
    found = [torch_program.program(Branches(other), specs) for other in (2.0, 2.0, 3.0)]
    first, again, changed = map(torch_program.fingerprint, found)
    assert first == again != changed


def test_parameters_and_multiplications_of_one_sample_are_counted() -> None:
    module = Beads()
    with torch.no_grad():
        module.linear.bias.zero_()
    assert torch_program.counts(module, SPECS) == Counts(
        params=40 + 12 + 3, nonzero_params=40 + 12, macs=12
    )
    assert np.all(module.linear.bias.detach().numpy() == 0)


def test_of_a_fixed_batch_the_multiplications_are_those_of_one_sample() -> None:
    found = [
        torch_program.counts(nn.Linear(4, 3), {"x": spec(size, 4)}).macs for size in (1, 8, "batch")
    ]
    assert found == [12, 12, 12]
