"""Accuracies of other seeds: stored beside the weights, summed up, compared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from models import spread
from models.files import read, write
from models.seeds import accuracies, add, difference

if TYPE_CHECKING:
    from pathlib import Path

    from models import Weights


@pytest.fixture
def weights(tmp_path: Path) -> Weights:
    path = tmp_path / "net.safetensors"
    write(path, b"tensors", {"accuracy": 0.91, "seed": 0})
    return read(path, shipped=False)


def test_weights_know_their_own_seed(weights: Weights) -> None:
    assert accuracies(weights) == {0: 0.91}
    assert spread(weights) == "1"


def test_weights_that_were_never_tested_have_no_seeds(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    write(path, b"tensors", {"seed": 0})
    assert spread(read(path, shipped=False)) == "none"


def test_another_seed_is_written_beside_what_was_known(weights: Weights) -> None:
    add(weights, 2, 0.93)
    add(weights, 1, 0.92)
    assert accuracies(weights) == {0: 0.91, 1: 0.92, 2: 0.93}
    assert spread(weights) == "3: 92.0 ± 1.0 %"
    stored = json.loads(weights.path.with_suffix(".json").read_text())
    assert stored["seeds"] == {"0": 0.91, "1": 0.92, "2": 0.93}
    assert read(weights.path, shipped=False) == weights


def test_the_interval_is_welchs() -> None:
    found = difference([0.90, 0.91, 0.92], [0.88, 0.89, 0.87])
    assert found is not None
    # By hand: the standard error is 0.01 * sqrt(2 / 3), t at 4 degrees of freedom is 2.776.
    assert found.mean == pytest.approx(0.03)
    assert found.low == pytest.approx(0.03 - 2.776 * 0.008165, abs=1e-5)
    assert found.high == pytest.approx(0.03 + 2.776 * 0.008165, abs=1e-5)


def test_where_nothing_varies_there_is_no_interval() -> None:
    assert difference([0.9], [0.8, 0.81]) is None
    assert difference([0.9, 0.9], [0.8, 0.8]) is None
    assert difference([0.9, 0.9], [0.8, 0.81]) is not None
