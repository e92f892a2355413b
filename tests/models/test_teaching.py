"""Students of a teacher: what they are trained on, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn
from torch.nn import functional

from models import build, obtain
from models.data import data_file
from models.errors import ImpossibleError
from models.files import Weights
from models.making import make
from models.possible import training
from models.teaching import Taught, ask, framed, lesson
from models.techniques import distill
from models.training import Course, seeded, train
from models.views import drawn, seen
from models.zoo import Architecture, assemble
from tests.models.made import STILL, recipe

if TYPE_CHECKING:
    from models.recipe import Recipe

NOBODY = Weights(path=Path(), sha256="", shipped=False, accuracy=0.0, how={})


def pupil_and_teacher(folder: Path) -> tuple[Recipe, Weights]:
    """A student and its teacher, with random weights."""
    from tests.models.test_building import saved

    with seeded(0):
        path = saved(assemble("resnet8", Architecture()), folder / "weights")
    return recipe("half_width", "distill@teacher=resnet8"), replace(NOBODY, path=path)


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
        answers, taught, torch.tensor(5.0), teacher="resnet8", temperature=2.0, alpha=0.25, times=1
    )
    torch.testing.assert_close(loss, 0.25 * 4 * divergence + 0.75 * 5.0)


def test_a_student_learns_the_teachers_answers_rather_than_wrong_labels() -> None:
    images = torch.eye(4).reshape(4, 1, 2, 2).repeat(8, 1, 1, 1)
    labels = torch.zeros(32, dtype=torch.int64)  # all wrong but one in four

    taught = Taught(teacher=NOBODY, answers=9.0 * images.flatten(1)[None].half(), plan=STILL)
    told = lesson(recipe("half_width", "distill@temperature=1,alpha=1"), taught)
    with seeded(0):
        student = nn.Sequential(nn.Flatten(), nn.Linear(4, 4))
        long = replace(STILL, epochs=100, learning_rate=0.3, weight_decay=0.0)
        train(student, (images, labels), Course(training=long, report=lambda _: None), told)
    assert student(images).argmax(1).tolist() == [0, 1, 2, 3] * 8


def test_without_a_teacher_there_is_no_lesson(tmp_path: Path) -> None:
    taught = Taught(teacher=NOBODY, answers=torch.zeros(1, 1, 10), plan=STILL)
    assert lesson(recipe("half_width"), taught) is None
    with pytest.raises(ImpossibleError, match="simple_cnn\\+half_width has no teacher"):
        ask(recipe("half_width"), NOBODY, tmp_path, lambda _: None)


def test_nobody_is_asked_about_images_without_labels(tmp_path: Path) -> None:
    unlabelled = replace(
        recipe("half_width", "distill@teacher=resnet50", family="resnet50"),
        dataset="imagenet_shape",
    )
    with pytest.raises(ImpossibleError, match="nobody learns from it"):
        ask(unlabelled, NOBODY, tmp_path, lambda _: None)


@pytest.mark.usefixtures("quick")
def test_a_teacher_is_asked_once_about_every_view_of_every_image(tmp_path: Path) -> None:
    made, weights = pupil_and_teacher(tmp_path)
    reported: list[float] = []
    taught = ask(made, weights, tmp_path, reported.append)
    plan = training(made)
    assert plan is not None
    images = torch.from_numpy(data_file("digits").load().train_images)
    assert taught.answers.shape == (9, len(images), 10)
    assert reported[-1] == 1.0
    assert len(reported) == 9
    teacher = build(recipe("dense", family="resnet8"), weights.path)
    framed_images = torch.nn.functional.pad(images, [10] * 4, value=float(images.min()))
    with seeded(3), torch.inference_mode():
        chosen, views = torch.randperm(len(images))[:64], drawn(64, plan)
        wanted = teacher(seen(framed_images[chosen], views, plan))
    said = taught.answers[views.number(plan), chosen].float()
    torch.testing.assert_close(said, wanted, rtol=0.05, atol=0.05)  # bf16 here, where it is native


@pytest.mark.usefixtures("quick")
def test_what_was_asked_before_a_kill_is_not_asked_again(
    tmp_path: Path,
) -> None:
    made, weights = pupil_and_teacher(tmp_path)

    def killed(share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(made, weights, tmp_path, killed)
    kept = sorted((tmp_path / "answers").rglob("*.npy"))
    assert len(kept) == 5
    times = {path: path.stat().st_mtime_ns for path in kept}
    first, again = (ask(made, weights, tmp_path, lambda _: None) for _ in range(2))
    assert {path: path.stat().st_mtime_ns for path in kept} == times
    assert torch.equal(first.answers, again.answers)


@pytest.mark.usefixtures("quick", "nothing_shipped")
def test_the_same_student_is_made_of_the_same_bytes(cache: Path) -> None:
    made = recipe("half_width", "distill@teacher=simple_cnn")
    teacher = obtain(recipe("dense"), cache)
    taught = [ask(made, teacher, cache / name, lambda _: None) for name in ("one", "other")]
    first, again = (make(made, None, lambda _: None, taught=each) for each in taught)
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
