from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.training.interpolation import accuracy_at
from models.learning import Curve

HAIR = 1e-4  # relative; ratios of steps of equal trainings differ by more


def curve(samples: tuple[int, ...], accuracies: tuple[float, ...]) -> Curve:
    return Curve(
        samples=samples,
        accuracies=accuracies,
        test_accuracy=0.85,
        test_images=600,
        diverged=False,
    )


@pytest.mark.parametrize(
    ("samples", "accuracy"),
    [
        pytest.param(99.9, None, id="before_the_first_look"),
        pytest.param(100, 0.5, id="at_the_first"),
        pytest.param(125, 0.6, id="a_quarter_of_the_way"),
        pytest.param(200, 0.9, id="at_the_second"),
        pytest.param(250, 0.85, id="as_it_gets_worse"),
        pytest.param(1e9, 0.8, id="after_the_last"),
    ],
)
def test_between_two_looks_it_lies_on_their_line(samples: float, accuracy: float | None) -> None:
    found = accuracy_at(curve((100, 200, 300), (0.5, 0.9, 0.8)), samples)
    assert found == (None if accuracy is None else pytest.approx(accuracy))


curves = st.lists(st.floats(0.0, 1.0), min_size=2, max_size=8).map(
    lambda found: curve(tuple(100 * look for look in range(1, len(found) + 1)), tuple(found))
)


@given(curves, st.sampled_from([200.0, 300.0, 400.0]) | st.floats(101.0, 1000.0))
def test_a_hair_sooner_is_a_hair_less_or_more(one: Curve, samples: float) -> None:
    """At a look too, where equal trainings of all seeds may arrive."""
    now, sooner = accuracy_at(one, samples), accuracy_at(one, samples * (1.0 - HAIR))
    assert now is not None
    assert sooner is not None
    steepest = max(abs(after - before) / 100 for before, after in pairwise(one.accuracies))
    assert abs(now - sooner) <= steepest * samples * HAIR + 1e-9


@given(curves, st.floats(100.0, 1000.0))
def test_it_is_never_beyond_what_the_looks_found(one: Curve, samples: float) -> None:
    found = accuracy_at(one, samples)
    assert found is not None
    assert min(one.accuracies) - 1e-12 <= found <= max(one.accuracies) + 1e-12
