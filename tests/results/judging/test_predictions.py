"""Predictions of each image come back as they were, in little space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from results.judging import predictions
from results.record import RecordError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Made = tuple[NDArray[np.int64], NDArray[np.bool_]]

samples = st.integers(0, 50).flatmap(
    lambda n: st.tuples(
        arrays(np.int64, n, elements=st.integers(0, 2**31 - 1)), arrays(np.bool_, n)
    )
)


@given(samples)
def test_they_come_back(made: Made) -> None:
    classes, right = made
    text = predictions.encode(classes, right)
    np.testing.assert_array_equal(predictions.classes(text), classes)
    np.testing.assert_array_equal(predictions.right(text), right)


def test_ten_thousand_images_take_a_few_kilobytes() -> None:
    random = np.random.default_rng(0)
    classes, right = random.integers(0, 10, 10_000), random.random(10_000) < 0.9
    assert len(predictions.encode(classes, right)) < 12_000


@given(samples)
def test_nothing_disagrees_with_itself(made: Made) -> None:
    text = predictions.encode(*made)
    assert predictions.disagreements(text, text) == (0, 0)


def test_images_that_one_alone_got_right_are_counted() -> None:
    classes = np.arange(6)
    first = predictions.encode(classes, np.array([1, 1, 1, 1, 0, 0], np.bool_))
    second = predictions.encode(classes, np.array([1, 0, 0, 0, 1, 0], np.bool_))
    assert predictions.disagreements(first, second) == (3, 1)


def test_different_numbers_of_images_are_not_compared() -> None:
    texts = [predictions.encode(np.arange(n), np.ones(n, np.bool_)) for n in (3, 4)]
    assert predictions.disagreements(*texts) is None


@pytest.mark.parametrize("text", ["", "%", "AAAA", "eJwDAAAAAAE"])
def test_what_is_no_such_text_is_an_error_that_says_so(text: str) -> None:
    with pytest.raises(RecordError, match=r"record\.predictions: expected base64 of zlib"):
        predictions.right(text)
