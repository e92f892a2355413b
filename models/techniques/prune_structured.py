"""Whole channels removed, by the importance of everything coupled to them (torch-pruning)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.errors import ImpossibleError, ModelError
from models.techniques import at_least, one_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from torch import Tensor, nn

    from models.techniques import Scalar

# Channels that remain are rounded down to a multiple of round_to, which vector units like, but
# never to none: a layer that has too few for that keeps all of them. Of SimpleCNN's 10, 20 and 50,
# ratio 0.5 leaves 10, 8 and 24, and 0.57 of the MACs; with round_to=1, 5, 10 and 25, and 0.33.
OPTIONS: Mapping[str, Scalar] = {
    "ratio": 0.5,
    "round_to": 8,
    "importance": "l2",
    "scope": "layer",
    "steps": 1,
}
IMPORTANCES = ("l1", "l2", "taylor")  # the last: weight times gradient (Molchanov et al. 2019)
NOTHING = (
    "prune_structured: ratio {ratio} with round_to={round_to} removes no channel of this network; "
    "raise ratio or lower round_to"
)
SCOPES = ("layer", "global")  # the ratio of each layer, or of all channels ranked together


def check(*, ratio: float, round_to: int, importance: str, scope: str, steps: int) -> None:
    """A share of the channels must go, and a share must stay."""
    if not 0 < ratio < 1:
        msg = (
            f"prune_structured: ratio is {ratio}, but must be a share of the channels between "
            "0 and 1, such as 0.5"
        )
        raise ModelError(msg)
    at_least("prune_structured: round_to", round_to, 1, OPTIONS["round_to"])
    at_least("prune_structured: steps", steps, 1, OPTIONS["steps"])
    one_of("prune_structured: importance", importance, IMPORTANCES)
    one_of("prune_structured: scope", scope, SCOPES)


def apply(  # noqa: PLR0913 - options are arguments
    module: nn.Module,
    batch: tuple[Tensor, Tensor],
    *,
    ratio: float,
    round_to: int,
    importance: str,
    scope: str,
    steps: int,
) -> Iterator[None]:
    """Remove channels from all layers but the last, whose outputs are the classes.

    In several steps, an equal share of the channels goes before each fine-tuning.
    """
    import torch_pruning
    from torch import nn

    _check_depthwise(module)
    layers = [m for m in module.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    before = sum(p.numel() for p in module.parameters())
    images, labels = batch
    pruner = torch_pruning.pruner.BasePruner(
        module,
        images[:1],
        importance=_importance(importance),
        pruning_ratio=ratio,
        round_to=round_to,
        global_pruning=scope == "global",
        iterative_steps=steps,
        ignored_layers=layers[-1:],
        num_heads=_heads(module),
    )
    for step in range(1, steps + 1):
        if importance == "taylor":
            _gradients(module, images, labels)
        pruner.step()
        module.zero_grad()
        if step == steps and sum(p.numel() for p in module.parameters()) == before:
            raise ModelError(NOTHING.format(ratio=ratio, round_to=round_to))
        yield


def _check_depthwise(module: nn.Module) -> None:
    """ImpossibleError for what torch-pruning takes for groups whose inputs it can remove."""
    from torch import nn

    for layer in module.modules():
        if (
            isinstance(layer, nn.Conv2d)
            and 1 < layer.groups == layer.in_channels < layer.out_channels
        ):
            msg = (
                "prune_structured: torch-pruning cannot prune a depthwise convolution with "
                "several outputs for each input channel"
            )
            raise ImpossibleError(msg)


def _heads(module: nn.Module) -> dict[nn.Module, int]:
    """Of the layers whose outputs are divided among heads, which must stay equally wide."""
    from models.transformer import Attention

    found = [one for one in module.modules() if isinstance(one, Attention)]
    return {layer: one.heads for one in found for layer in (one.query, one.key, one.value)}


def _importance(name: str) -> object:
    from torch_pruning import importance

    if name == "taylor":
        return importance.GroupTaylorImportance()
    return importance.GroupMagnitudeImportance(p=1 if name == "l1" else 2)


def _gradients(module: nn.Module, images: Tensor, labels: Tensor) -> None:
    """The loss's gradient at every weight, which Taylor importance reads."""
    from torch.nn import functional

    functional.cross_entropy(module(images), labels).backward()  # type: ignore[no-untyped-call]


def before_training(module: nn.Module, images: Tensor, **options: Any) -> nn.Module:  # noqa: ANN401 - those of `apply`
    """The shape that pruning finds, to be trained from random weights (Liu et al. 2019).

    Which channels go depends on the weights, how many of each layer does not; but where all
    channels are ranked together, that does too.
    """
    import torch

    if options["scope"] != "layer":
        msg = (
            "prune_structured: with scope=global the shape depends on trained weights, and a "
            "network that is to be trained has none"
        )
        raise ImpossibleError(msg)
    labels = torch.zeros(len(images), dtype=torch.int64)
    for _ in apply(module, (images, labels), **options):
        pass
    return module
