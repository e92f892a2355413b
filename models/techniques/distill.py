"""Knowledge distillation: what stands to its left is trained on a larger network's answers too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from models.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from models.data import Training
    from models.techniques import Scalar

# Temperature and alpha as in Tian et al. 2020 (Contrastive Representation Distillation), which
# compares a dozen methods with the one of Hinton et al. 2015 at these values.
OPTIONS: Mapping[str, Scalar] = {
    "teacher": "resnet8",
    "temperature": 4.0,
    "alpha": 0.9,
    "times": 1,
}
REMARK = "distillation changes the accuracy alone: the network is as fast as without it."


def check(*, teacher: str, temperature: float, alpha: float, times: int) -> None:  # noqa: ARG001 - see Recipe
    """The teacher's share must be one, and the temperature more than absolute zero."""
    if not 0 < alpha <= 1:
        msg = (
            f"distill: alpha is {alpha}, but must be the teacher's share of the loss, more than 0 "
            "and at most 1, such as 0.9"
        )
        raise ModelError(msg)
    if not 0 < temperature < float("inf"):
        msg = f"distill: temperature is {temperature}, but must be more than 0, such as 4.0"
        raise ModelError(msg)
    if times < 1:
        msg = f"distill: times is {times}, but must be 1 or more times the data set's epochs"
        raise ModelError(msg)


def teacher(*, teacher: str, temperature: float, alpha: float, times: int) -> str:  # noqa: ARG001 - of the kind
    """The family whose dense network teaches."""
    return teacher


def planned(
    training: Training,
    *,
    teacher: str,  # noqa: ARG001 - of the kind
    temperature: float,  # noqa: ARG001
    alpha: float,  # noqa: ARG001
    times: int,
) -> Training:
    """So many times as long: students go on learning where labels alone have no more to say.

    Beyer et al. 2022, Knowledge distillation: A good teacher is patient and consistent.
    """
    return replace(training, epochs=times * training.epochs)


def loss(  # noqa: PLR0913 - options are arguments
    answers: Tensor,
    taught: Tensor,
    label_loss: Tensor,
    *,
    teacher: str,  # noqa: ARG001 - of the kind
    temperature: float,
    alpha: float,
    times: int,  # noqa: ARG001
) -> Tensor:
    """The labels' loss, mixed with the divergence from the teacher's softened answers.

    Args:
        answers: the student's logits, shape (batch, classes).
        taught: the teacher's logits for the same images.
        label_loss: the loss that the student has without a teacher.
        teacher: the teacher's family.
        temperature: by which both logits are divided. Gradients shrink with its square, which is
            why the divergence is multiplied by that (Hinton et al. 2015, section 2).
        alpha: the teacher's share of the loss.
        times: how long is trained, which is not the loss's.
    """
    from torch.nn import functional

    divergence = functional.kl_div(
        functional.log_softmax(answers / temperature, dim=1),
        functional.log_softmax(taught / temperature, dim=1),
        log_target=True,
        reduction="batchmean",
    )
    return alpha * temperature**2 * divergence + (1 - alpha) * label_loss
