"""What may be chosen, as scikit-learn and Optuna draw from it."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import optuna
import pytest

from models.tuning.space import Parameter, Ratios


def share(drawn: list[int], number: int) -> float:
    return drawn.count(number) / len(drawn)


def test_whole_numbers_by_ratios_are_drawn_as_optuna_draws_them() -> None:
    parameter = Parameter(name="trees", low=1.0, high=100.0, log=True, whole=True)
    random, ours = np.random.RandomState(0), cast("Ratios", parameter.random())
    mine = [ours.rvs(random_state=random) for _ in range(4000)]
    sampler = optuna.samplers.RandomSampler(seed=0)
    study, space = optuna.create_study(sampler=sampler), {"trees": parameter.distribution()}
    theirs = [int(study.ask(space).params["trees"]) for _ in range(1000)]
    whole = math.log(100.5 / 0.5)
    for number in (1, 2):
        wanted = math.log((number + 0.5) / (number - 0.5)) / whole
        assert share(mine, number) == pytest.approx(wanted, abs=0.03)
        assert share(theirs, number) == pytest.approx(wanted, abs=0.05)
    assert {type(one) for one in mine} == {int}
    assert (min(mine), max(mine)) == (1, 100)


@pytest.mark.parametrize(("end", "wanted"), [(1, 0.565), (3, 0.173)])
def test_both_ends_have_their_full_share(end: int, wanted: float) -> None:
    """Without the half steps the higher would have 0.10 of three, and the lower 0.33."""
    random, ours = np.random.RandomState(0), Ratios(low=1, high=3)
    drawn = [ours.rvs(random_state=random) for _ in range(4000)]
    assert share(drawn, end) == pytest.approx(wanted, abs=0.03)


def test_whole_numbers_by_differences_are_all_as_likely() -> None:
    parameter = Parameter(name="trees", low=1.0, high=4.0, whole=True)
    drawn = parameter.random().rvs(4000, random_state=0).tolist()  # type: ignore[attr-defined]
    assert [share(drawn, number) for number in (1, 4)] == pytest.approx([0.25, 0.25], abs=0.04)


def test_numbers_are_proposed_by_their_size_however_they_are_listed() -> None:
    batch = Parameter(name="batch_size", choices=(64, 16, 128))
    assert [batch.chosen(rank) for rank in range(3)] == [16, 64, 128]
    assert [batch.proposed(value) for value in (16, 64, 128)] == [0, 1, 2]
