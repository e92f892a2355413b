"""The estimate of what a training costs orders trainings as their times do."""

from __future__ import annotations

import pytest

from models.counting import count
from models.data import digits
from models.work import work
from models.zoo import Architecture, assemble
from tests.models.made import recipe


def test_work_is_epochs_times_images_times_macs() -> None:
    images = len(digits.load().train_images)
    macs = count(assemble("simple_cnn", Architecture()), (1, 28, 28)).macs
    assert work(recipe("dense")) == digits.TRAINING.epochs * images * macs
    ratio = digits.FINE_TUNING.epochs / digits.TRAINING.epochs
    assert work(recipe("prune_structured")) == pytest.approx(ratio * work(recipe("dense")))
    assert work(recipe("half_width")) < 0.5 * work(recipe("dense"))


def test_what_cannot_be_made_is_no_work() -> None:
    assert work(recipe("grouped@groups=7")) == 0.0
