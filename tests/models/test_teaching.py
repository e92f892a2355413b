"""Students of a teacher: what they are trained on, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn
from torch.nn import functional

from models import build, obtain
from models.data import Training
from models.files import Weights
from models.making import make
from models.teaching import framed, lesson
from models.techniques import distill
from models.training import Course, seeded, train
from models.zoo import Architecture, assemble
from tests.models.made import recipe

if TYPE_CHECKING:
    from pathlib import Path

STILL = Training(
    epochs=20,
    batch_size=16,
    learning_rate=1e-2,
    weight_decay=0.0,
    label_smoothing=0.0,
    shift_pixels=0,
    mirror=False,
)


@pytest.mark.usefixtures("quick", "nothing_shipped")
@pytest.mark.parametrize(
    ("techniques", "family"),
    [
        pytest.param(("half_width", "distill@teacher=deep_cnn"), "simple_cnn", id="of_larger"),
        pytest.param(("prune_structured", "distill@teacher=simple_cnn"), "deep_cnn", id="pruned"),
    ],
)
def test_students_are_made_and_name_their_teacher(
    techniques: tuple[str, ...], family: str, cache: Path
) -> None:
    made = recipe(*techniques, family=family)
    assert made.teacher is not None
    weights, teacher = obtain(made, cache), obtain(made.teacher, cache)
    assert weights.how["teacher"].endswith(teacher.sha256)
    plain = recipe(*made.techniques[:-1], family=family)
    module = build(made, weights.path)
    other = build(plain, obtain(plain, cache).path).state_dict()
    assert {name: value.shape for name, value in module.state_dict().items()} == {
        name: value.shape for name, value in other.items()
    }
    assert not all(torch.equal(value, other[name]) for name, value in module.state_dict().items())


def test_the_loss_is_that_of_hinton() -> None:
    answers, taught = torch.tensor([[1.0, 3.0]]), torch.tensor([[2.0, -2.0]])
    soft, own = (functional.softmax(each / 2, dim=1) for each in (taught, answers))
    divergence = (soft * (soft.log() - own.log())).sum()
    loss = distill.loss(
        answers, taught, torch.tensor(5.0), teacher="resnet8", temperature=2.0, alpha=0.25
    )
    torch.testing.assert_close(loss, 0.25 * 4 * divergence + 0.75 * 5.0)


def test_a_student_learns_the_teachers_answers_rather_than_wrong_labels() -> None:
    images = torch.eye(4).reshape(4, 1, 2, 2).repeat(8, 1, 1, 1)
    labels = torch.zeros(32, dtype=torch.int64)  # all wrong but one in four

    def told(batch: torch.Tensor, answers: torch.Tensor, label_loss: torch.Tensor) -> torch.Tensor:
        taught = 9.0 * batch.flatten(1)
        return distill.loss(
            answers, taught, label_loss, teacher="resnet8", temperature=1.0, alpha=1.0
        )

    with seeded(0):
        student = nn.Sequential(nn.Flatten(), nn.Linear(4, 4))
        long = replace(STILL, epochs=100, learning_rate=0.3)
        train(student, (images, labels), Course(training=long, report=lambda _: None), told)
    assert student(images).argmax(1).tolist() == [0, 1, 2, 3] * 8


def test_a_teacher_is_not_changed_by_its_lessons(tmp_path: Path) -> None:
    from tests.models.test_building import saved

    made = recipe("half_width", "distill@teacher=resnet8")
    assert made.teacher is not None
    path = saved(assemble("resnet8", Architecture()), tmp_path / "weights")
    images = torch.rand(4, 1, 28, 28)
    weights = Weights(path=path, sha256="", shipped=False, accuracy=0.0, how={})
    told = lesson(made, weights, images)
    assert told is not None
    answers = torch.rand(4, 10, requires_grad=True)
    first, again = (told(images, answers, torch.tensor(1.0)) for _ in range(2))
    assert torch.equal(first, again)
    first.backward()  # type: ignore[no-untyped-call]
    assert answers.grad is not None


def test_without_a_teacher_there_is_no_lesson(tmp_path: Path) -> None:
    weights = Weights(path=tmp_path, sha256="", shipped=False, accuracy=0.0, how={})
    assert lesson(recipe("half_width"), weights, torch.rand(1, 1, 28, 28)) is None


@pytest.mark.usefixtures("quick", "nothing_shipped")
def test_the_same_student_is_made_of_the_same_bytes(cache: Path) -> None:
    made = recipe("half_width", "distill@teacher=simple_cnn")
    teacher = obtain(recipe("dense"), cache)
    first, again = (make(made, None, lambda _: None, teacher=teacher) for _ in range(2))
    assert first.content == again.content


@pytest.mark.parametrize("height", [2, 4, 8])
def test_images_are_framed_for_a_larger_or_smaller_teacher(height: int) -> None:
    images = torch.arange(16.0).reshape(1, 1, 4, 4)
    found = framed(images, height, -1.0)
    assert found.shape == (1, 1, height, height)
    if height < 4:
        assert found.flatten().tolist() == [5, 6, 9, 10]
    else:
        assert float(found.sum()) == 120 - (height**2 - 16)
