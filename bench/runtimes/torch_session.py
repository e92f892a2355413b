"""A Session over a torch module, shared by the engines that run one."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import models
from bench.device import tf32
from bench.device.opened import open_device
from bench.device.stopwatch import TorchStopwatch
from bench.preparation import torch_program
from bench.workers.session import EngineError, short_reason

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from bench.preparation.artifact import Artifact
    from bench.workers.session import Batch, Call
    from bench.workers.target import Target


LOWER = {"bf16": "bfloat16", "fp16": "float16"}  # precisions whose weights are converted


class FactoryError(ValueError):
    """The user's factory did not give a module; the text says what happened."""


def load_module(artifact: Artifact, target: Target) -> nn.Module:
    """The artifact's module on the target's device and in its precision, ready to be called.

    Inputs and outputs stay float32 in every precision, as they do in the other engines: the
    conversion to bf16 or fp16 is part of what they cost.

    Raises:
        Unavailable: there is no such device, or it has no arithmetic for the precision.
    """
    import torch

    set_up(target)
    module = build_module(artifact).to(target.device)
    lower = LOWER.get(target.precision)
    return module if lower is None else _in_lower(module, getattr(torch, lower))


def set_up(target: Target) -> None:
    """Threads, arithmetic and device of this process, as the target says.

    Raises:
        Unavailable: there is no such device, or it has no arithmetic for the precision.
    """
    import torch

    torch.set_num_threads(target.threads)
    tf32.allow(tf32=target.precision == "tf32")
    if target.device != "cpu":
        open_device(target.device, target.precision)


def build_module(artifact: Artifact) -> nn.Module:
    """The artifact's module in float32 on the CPU, in evaluation mode.

    Raises:
        EngineError: it is in another precision, which its row would not say.
    """
    if artifact.recipe is not None:
        return models.build(models.Recipe(**artifact.recipe), artifact.file)
    module = (
        torch_program.load(artifact.file).module()
        if artifact.factory is None
        else from_factory(artifact.factory, artifact.path)
    )
    _check_float32(module)
    return module


def _check_float32(module: nn.Module) -> None:
    import torch

    for name, tensor in module.named_parameters():
        if tensor.is_floating_point() and tensor.dtype != torch.float32:
            given = str(tensor.dtype).removeprefix("torch.")
            msg = (
                f"{name!r} of the model is {given}: it has to be given in float32; what it is run "
                'in is written in the scenario, such as precisions = ["bf16"]'
            )
            raise EngineError(msg)


def from_factory(factory: str, folder: str) -> nn.Module:
    """Call "package.module:function", importable from `folder`, and check what it returns.

    Raises:
        FactoryError: it cannot be imported, raises, or returns something else than a module.
    """
    import torch
    from torch import nn

    module_name, _, function = factory.partition(":")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        torch.manual_seed(0)  # every worker and the exporter must get the same random weights
        made = getattr(importlib.import_module(module_name), function)()
    except Exception as error:  # a user's code may raise anything
        msg = f"factory {factory!r} raised {type(error).__name__}: {short_reason(error)}"
        raise FactoryError(msg) from error
    if not isinstance(made, nn.Module):
        given = type(made).__name__
        msg = f"factory {factory!r} returned a {given}; it must return a torch.nn.Module"
        raise FactoryError(msg)
    return made.eval()


def _in_lower(module: nn.Module, dtype: torch.dtype) -> nn.Module:
    import torch
    from torch import nn

    class InLower(nn.Module):
        """Weights and arithmetic in 16 bits, float32 outside."""

        def __init__(self) -> None:
            super().__init__()
            self.inner = module.to(dtype)
            self.training = False  # as the module is; eval() would ask it, and a program refuses

        def forward(self, *inputs: Tensor) -> Any:  # noqa: ANN401 - whatever the module returns
            cast = [x.to(dtype) if x.is_floating_point() else x for x in inputs]
            outputs = self.inner(*cast)
            return torch.utils._pytree.tree_map_only(torch.Tensor, torch.Tensor.float, outputs)  # noqa: SLF001 - no public name

    return InLower()


class TorchSession:
    """Calls a torch callable; inference mode is entered once, for the life of the process."""

    def __init__(self, call: Callable[..., Any], module: nn.Module, target: Target) -> None:
        import torch

        # Entering the mode at every call would be timed with it; it ends with the object.
        self._mode = torch.inference_mode()
        self._mode.__enter__()
        self._call = call
        self._device = target.device
        self.asynchronous = target.device != "cpu"
        self.stopwatch = TorchStopwatch(target.device) if self.asynchronous else None
        dtype = next(
            (str(p.dtype).removeprefix("torch.") for p in module.parameters()), "no parameters"
        )
        self.facts = {
            "provider": f"torch {target.device}",
            "precision": dtype,
            "threads": str(torch.get_num_threads()),
            "boundary": "inputs and outputs as tensors on the device",
        }
        if self.asynchronous:
            self.facts["tf32"] = tf32.told()

    def bind(self, batch: Batch) -> Call:
        """A call on these arrays as tensors, already on the device."""
        import torch

        tensors = [torch.from_numpy(array).to(self._device) for array in batch.values()]
        call = self._call
        if len(tensors) == 1:
            (single,) = tensors
            return lambda: call(single)
        return lambda: call(*tensors)

    def outputs(self, batch: Batch) -> list[NDArray[Any]]:
        """All tensors that the module returns, flattened, on the host."""
        import torch

        result = self.bind(batch)()
        leaves = torch.utils._pytree.tree_leaves(result)  # noqa: SLF001 - no public name
        return [leaf.cpu().numpy() for leaf in leaves if isinstance(leaf, torch.Tensor)]

    def synchronize(self) -> None:
        """Wait for the device; a CPU has nothing to wait for."""
        import torch

        if self.asynchronous:
            torch.cuda.synchronize(self._device)
