"""The estimate of what a training costs orders trainings as their times do."""

from __future__ import annotations

import pytest

from models.counting import count
from models.data import digits
from models.work import asking_share, work
from models.zoo import Architecture, assemble
from tests.models.made import recipe


def test_work_is_steps_of_three_passes_over_all_images() -> None:
    images = len(digits.load().train_images)
    macs = count(assemble("simple_cnn", Architecture()), (1, 28, 28)).macs
    assert work(recipe("dense")) == 3 * digits.TRAINING.epochs * images * macs
    ratio = digits.FINE_TUNING.epochs / digits.TRAINING.epochs
    assert work(recipe("prune_structured")) == pytest.approx(ratio * work(recipe("dense")))
    assert work(recipe("half_width")) < 0.5 * work(recipe("dense"))


def test_a_teacher_is_asked_once_about_each_view_however_long_is_trained() -> None:
    images = len(digits.load().train_images)
    macs = count(assemble("resnet8", Architecture()), (1, 28, 28)).macs
    views = (2 * digits.TRAINING.shift_pixels + 1) ** 2 * (1 + digits.TRAINING.mirror)
    once, thrice = (recipe("half_width", f"distill@times={times}") for times in (1, 3))
    alone = work(recipe("half_width"))
    assert work(once) == alone + views * images * macs
    assert work(thrice) - work(once) == 2 * alone
    assert asking_share(once) == 1 - alone / work(once)
    assert asking_share(recipe("half_width")) == asking_share(recipe("grouped@groups=7")) == 0.0


def test_what_cannot_be_made_is_no_work() -> None:
    assert work(recipe("grouped@groups=7")) == 0.0
