"""The digits that scikit-learn carries, resized and split by writer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch.nn import functional

from models import ModelError
from models.data import digits


def test_the_first_1197_train_and_the_last_600_test() -> None:
    data = digits.load()
    labels = load_digits().target
    np.testing.assert_array_equal(data.train_labels, labels[:1197])
    np.testing.assert_array_equal(data.test_labels, labels[-600:])


def test_resizing_is_bilinear_as_in_torch() -> None:
    data = digits.load()
    pixels = torch.from_numpy(load_digits().images[-600:])[:, None] / 16
    resized = functional.interpolate(pixels, (28, 28), mode="bilinear", align_corners=False)
    wanted = (resized - digits.MEAN) / digits.DEVIATION
    np.testing.assert_allclose(data.test_images, wanted.numpy(), atol=1e-6)


def test_other_arrays_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digits, "SHA256", "0" * 64)
    with pytest.raises(ModelError, match=r"digits: scikit-learn's arrays have sha256 1fa4.*000"):
        digits.load()


def test_a_path_is_refused() -> None:
    with pytest.raises(ModelError, match=r"reads no files; leave out the path"):
        digits.load(Path("somewhere"))
