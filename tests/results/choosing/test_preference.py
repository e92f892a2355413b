"""Which variant is preferred: by time, then by what is lost otherwise, in any order of rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.choosing.better import Margins
from results.choosing.preference import deciding, preferred
from tests.results.variants import Made, group, names

if TYPE_CHECKING:
    from random import Random


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        pytest.param(Made(right=945), Made(time=0.501), "its accuracy is higher", id="accuracy"),
        pytest.param(Made(right=949, mb=100), Made(kb=90), "its accuracy is higher", id="a_little"),
        pytest.param(Made(kb=10), Made(mb=290), "it needs less memory", id="memory"),
        pytest.param(Made(mb=299), Made(kb=10), "its file is smaller", id="file"),
        pytest.param(
            Made(name="a+b"), Made(name="c", time=0.501), "it has fewer techniques", id="techniques"
        ),
        pytest.param(Made(time=0.501), Made(), "it was faster as measured", id="time"),
        pytest.param(Made(name="b"), Made(name="a"), "its name comes first", id="nothing"),
        pytest.param(Made(time=0.51), Made(), "it is faster", id="faster"),
        pytest.param(
            Made(noise=0.05), Made(time=0.52, right=960), "its accuracy is higher", id="noisy"
        ),
    ],
)
def test_what_cannot_be_told_apart_by_time_is_chosen_by(
    first: Made, second: Made, why: str
) -> None:
    _, *found = group(first, second)
    if second.name == "a":  # which comes first among the rows
        found.reverse()
    assert preferred(found, Margins()) == found[1]
    assert deciding(found[1], found[0], Margins()) == why


def test_zeros_that_buy_nothing_are_not_preferred_for_luck() -> None:
    found = group(Made(time=0.1199, right=945, name="prune_unstructured"), Made(time=0.12))
    assert names([preferred(found, Margins())]) == ["v1"]


def test_no_other_one_is_faster_than_the_preferred_one() -> None:
    """The most accurate one cannot be told from the fastest, but is slower than the second."""
    found = group(Made(time=0.50, noise=0.05), Made(time=0.51), Made(time=0.52, right=960))
    assert names([preferred(found, Margins())]) == ["v0"]


close = st.builds(
    Made,
    time=st.sampled_from([0.5, 0.503, 0.506, 0.52]),
    noise=st.sampled_from([0.001, 0.02]),
    mb=st.sampled_from([98.0, 99.5, 101.0, 300.0]),
    right=st.sampled_from([950, 951, 960]),
    kb=st.sampled_from([10.0, 88.0]),
)


@given(st.lists(close, max_size=5), st.randoms(use_true_random=False))
def test_the_preference_does_not_depend_on_the_order_of_rows(
    variants: list[Made], random: Random
) -> None:
    found = group(*variants)
    shuffled = random.sample(found, len(found))
    assert preferred(shuffled, Margins()) == preferred(found, Margins())


@pytest.mark.parametrize("metric", ["accuracy", "host_peak_bytes", "artifact_bytes"])
def test_what_was_not_measured_is_preferred_to_nothing(metric: str) -> None:
    _, first, known = group(Made(), Made())
    kept = tuple(each for each in first.record.quantities if each.metric.name != metric)
    unknown = replace(first, record=replace(first.record, quantities=kept))
    assert preferred([unknown, known], Margins()) == known
