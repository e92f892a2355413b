from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn

from bench.preparation.artifact import Artifact, RecipeFields
from bench.runtimes import torch_session
from bench.runtimes.torch_session import FactoryError
from bench.workers.session import EngineError, Unavailable
from bench.workers.target import Target
from models import files
from tests.bench import graphs
from tests.bench.fake_cuda import FakeCuda
from tests.bench.runs import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# In a process of its own: a session enters inference mode for good.
IN_A_WORKER = """
import sys
import numpy as np
import torch
from bench.workers.target import Target
from bench.runtimes.torch_session import TorchSession

target = Target(precision="fp32", device="cpu", batch_size=2, threads=1)
module = torch.nn.Bilinear(2, 3, 4)
module.register_forward_hook(lambda _m, _i, y: {"b": [y], "a": (y + 1, None, 5)})
session = TorchSession(module, module, target)
batch = {"x": np.ones((2, 2), np.float32), "y": np.ones((2, 3), np.float32)}
assert not session.asynchronous
assert session.facts["precision"] == "float32"
call = session.bind(batch)
batch["x"][:] = 0.0  # the arrays' memory is shared: nothing is copied at a call
first, second = session.outputs(batch)
assert np.array_equal(first + 1, second), (first, second)
assert call()["b"][0].is_inference()
assert not call()["b"][0].requires_grad
session.synchronize()
sys.stdout.write("fine")
"""


def target(precision: str = "fp32", device: str = "cpu") -> Target:
    threads = torch.get_num_threads()  # so that loading here changes nothing for other tests
    return Target(precision=precision, device=device, batch_size=1, threads=threads)


@pytest.fixture(autouse=True)
def _default_arithmetic() -> Iterator[None]:
    """Loading says of a whole process how float32 is multiplied."""
    yield
    torch.set_float32_matmul_precision("highest")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder with a module of factories, forgotten afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "beads_of_a_user", raising=False)
    graphs.write_factories(tmp_path)
    return str(tmp_path)


def from_factory(name: str, folder: str) -> nn.Module:
    try:
        return torch_session.from_factory(f"beads_of_a_user:{name}", folder)
    finally:
        sys.modules.pop("beads_of_a_user", None)


def test_a_factory_is_found_beside_the_scenario_and_its_module_is_in_evaluation_mode(
    folder: str,
) -> None:
    module = from_factory("build", folder)
    assert type(module).__name__ == "Beads"
    assert not module.training


def test_every_worker_gets_the_same_random_weights(folder: str) -> None:
    first = from_factory("build", folder)
    torch.rand(3)
    second = from_factory("build", folder)
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_class_is_as_good_as_a_function(folder: str) -> None:
    assert isinstance(from_factory("Beads", folder), nn.Module)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("raises", "raised ValueError: the beads fell off"),
        ("number", "returned a int; it must return a torch.nn.Module"),
        ("no_such", "raised AttributeError: .*no_such"),
    ],
)
def test_a_factory_that_gives_no_module_is_an_error(folder: str, name: str, said: str) -> None:
    with pytest.raises(FactoryError, match=f"factory 'beads_of_a_user:{name}' {said}"):
        from_factory(name, folder)


def test_a_factory_whose_module_is_not_there_is_an_error(folder: str) -> None:
    with pytest.raises(FactoryError, match="raised ModuleNotFoundError"):
        torch_session.from_factory("no_such_module:build", folder)


def test_a_model_that_is_not_in_float32_is_an_error(folder: str) -> None:
    artifact = Artifact(path=folder, factory="beads_of_a_user:half", inputs="", facts={})
    words = r"'embedding.weight' of the model is float16: .* given in float32; .* precisions = "
    with pytest.raises(EngineError, match=words):
        torch_session.build_module(artifact)


def test_weights_are_loaded_into_the_module_of_their_recipe() -> None:
    weights = files.SHIPPED / "digits" / "simple_cnn+half_width.safetensors"
    recipe = RecipeFields(family="simple_cnn", techniques=("half_width",), dataset="digits")
    artifact = Artifact(path=str(weights), recipe=recipe, inputs="", facts={})
    module = torch_session.load_module(artifact, target())
    assert not module.training
    assert {parameter.dtype for parameter in module.parameters()} == {torch.float32}
    in_bf16 = torch_session.load_module(artifact, target("bf16"))
    assert {parameter.dtype for parameter in in_bf16.parameters()} == {torch.bfloat16}
    with torch.no_grad():
        outputs = in_bf16(torch.ones(2, 1, 28, 28))
    assert outputs.dtype == torch.float32  # inputs and outputs stay what the others have


def test_bf16_leaves_integers_alone(folder: str) -> None:
    artifact = Artifact(path=folder, factory="beads_of_a_user:build", inputs="", facts={})
    module = torch_session.load_module(artifact, target("bf16"))
    sys.modules.pop("beads_of_a_user", None)
    ids = torch.tensor([[1, 2, 3]])
    with torch.no_grad():
        outputs = module(ids, torch.ones(1, 3), torch.ones(1))
    assert (outputs.shape, outputs.dtype) == ((1, 3), torch.float32)


def test_a_torch_export_file_runs_in_bf16_as_well(tmp_path: Path) -> None:
    layers = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 3))
    example = torch.ones(1, 1, 4, 4)
    torch.export.save(torch.export.export(layers.eval(), (example,)), tmp_path / "net.pt2")
    artifact = Artifact(path=str(tmp_path / "net.pt2"), inputs="", facts={})
    module = torch_session.load_module(artifact, target("bf16"))
    assert {parameter.dtype for parameter in module.parameters()} == {torch.bfloat16}
    with torch.no_grad():
        assert torch.allclose(module(example), layers(example), rtol=0.05, atol=0.05)
        assert module(example).dtype == torch.float32


def test_fp32_is_ieee(folder: str) -> None:
    artifact = Artifact(path=folder, factory="beads_of_a_user:build", inputs="", facts={})
    torch_session.load_module(artifact, target())
    sys.modules.pop("beads_of_a_user", None)
    assert torch.get_float32_matmul_precision() == "highest"
    assert not torch.backends.cuda.matmul.allow_tf32


@pytest.fixture
def simple() -> Artifact:
    weights = files.SHIPPED / "digits" / "simple_cnn+half_width.safetensors"
    recipe = RecipeFields(family="simple_cnn", techniques=("half_width",), dataset="digits")
    return Artifact(path=str(weights), recipe=recipe, inputs="", facts={})


@pytest.mark.parametrize(
    ("precision", "dtype", "tf32"),
    [
        ("fp32", torch.float32, "matrix products ieee, convolutions ieee"),
        ("tf32", torch.float32, "matrix products tf32, convolutions tf32"),
        ("bf16", torch.bfloat16, "matrix products ieee, convolutions ieee"),
        ("fp16", torch.float16, "matrix products ieee, convolutions ieee"),
    ],
)
def test_each_precision_of_a_gpu_is_what_it_says(
    simple: Artifact,
    monkeypatch: pytest.MonkeyPatch,
    precision: str,
    dtype: torch.dtype,
    tf32: str,
) -> None:
    FakeCuda(lambda _: 0.0, capability=(9, 0)).patch(monkeypatch)
    wanted = target(precision, device="cuda:0")
    module = torch_session.load_module(simple, wanted)
    assert {parameter.dtype for parameter in module.parameters()} == {dtype}
    session = torch_session.TorchSession(module, module, wanted)
    assert session.facts["tf32"] == tf32
    assert session.facts["precision"] == str(dtype).removeprefix("torch.")
    (scores,) = session.outputs({"input": np.ones((2, 1, 28, 28), np.float32)})
    assert scores.shape == (2, 10)
    assert scores.dtype == np.float32
    session._mode.__exit__(None, None, None)


def test_a_gpu_without_arithmetic_for_a_precision_is_a_skip(
    simple: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeCuda(lambda _: 0.0, capability=(7, 5)).patch(monkeypatch)
    with pytest.raises(Unavailable, match=r"bf16 needs .* 8\.0, Abacus 9000 has 7\.5"):
        torch_session.load_module(simple, target("bf16", device="cuda:0"))


def test_a_build_of_torch_without_cuda_is_a_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(Unavailable, match="sees no CUDA device"):
        torch_session.load_module(Artifact(path="", inputs="", facts={}), target(device="cuda:0"))


def test_a_session_flattens_outputs_shares_inputs_and_keeps_no_gradients() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IN_A_WORKER], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("fine", 0), done.stderr
