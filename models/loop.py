"""How a network is trained: what the techniques of the kind `training` change, one thing each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from models.techniques import function, kind

if TYPE_CHECKING:
    from models.recipe import Recipe

MOMENTUM = 0.9  # of SGD, as usual since Krizhevsky et al. 2012; every loop has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """SGD with momentum on cross-entropy; as it stands here it is the plain one.

    All images lie on the device, the learning rate is constant, and each parameter is updated on
    its own.
    """

    times: int = 1  # a step's samples over the batch size that the scenario gives
    rate_times: float = 1.0  # the learning rate over the one that the scenario gives
    cycle_epochs: int | None = None  # one cycle of the rate over so many; None: it stays
    update: Literal["for_loop", "foreach", "fused"] = "for_loop"  # how parameters are updated
    workers: int | None = None  # processes that fetch batches from the host's memory; None: none do
    accumulate: int = 1  # equal parts of a batch, whose gradients are added
    checkpointing: bool = False  # activations are computed again instead of being kept
    cuda_graph: bool = False  # forward and backward pass are launched as one

    def essence(self, *, by_batch: bool) -> Loop:
        """The loop without what changes no weight but by rounding: equal for the same training.

        Args:
            by_batch: whether a layer's output for a sample depends on the others of its batch, as
                batch norm's does: then parts of a batch, and passing it twice, are not the same.
        """
        plain = replace(self, update="for_loop", workers=None, cuda_graph=False)
        return plain if by_batch else replace(plain, accumulate=1, checkpointing=False)


def loop(recipe: Recipe) -> Loop:
    """What the recipe's training techniques make of the plain loop, from left to right."""
    result = Loop()
    for step in recipe.steps:
        if kind(step.name) == "training":
            result = function(step.name, "training")(result, **step.options)
    return result
