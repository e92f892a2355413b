"""Images as a training sees them: which there are, and which is which."""

from __future__ import annotations

from dataclasses import replace

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.training import seeded
from models.views import all_views, drawn, seen
from tests.models.made import STILL


@settings(max_examples=25)
@given(shift=st.integers(0, 3), mirror=st.booleans(), seed=st.integers(0, 99))
def test_augmented_images_are_shifts_and_mirrors_of_the_originals(
    shift: int,
    mirror: bool,  # noqa: FBT001 - hypothesis passes it by name
    seed: int,
) -> None:
    training = replace(STILL, shift_pixels=shift, mirror=mirror)
    images = torch.full((8, 1, 12, 12), -1.0)
    images[:, 0, 5, 4:7] = torch.tensor([1.0, 2.0, 3.0])
    with seeded(seed):
        results = seen(images, drawn(len(images), training), training)
    assert results.shape == images.shape
    for result in results[:, 0]:
        bright = (result > -1).nonzero().tolist()
        rows, columns = {row for row, _ in bright}, [column for _, column in bright]
        assert len(bright) == 3
        assert rows <= set(range(5 - shift, 5 + shift + 1))
        assert min(columns) >= 4 - shift
        assert max(columns) <= 7 + shift
        values = result[result > -1].tolist()
        assert values == [1, 2, 3] or (mirror and values == [3, 2, 1])


def test_both_directions_and_mirrors_occur() -> None:
    training = replace(STILL, shift_pixels=1, mirror=True)
    images = torch.rand(1, 1, 6, 6).expand(400, 1, 6, 6)
    with seeded(0):
        results = seen(images, drawn(len(images), training), training)
    assert len({tuple(result.flatten().tolist()) for result in results}) == 3 * 3 * 2


@settings(max_examples=25)
@given(shift=st.integers(0, 3), mirror=st.booleans(), seed=st.integers(0, 99))
def test_every_view_drawn_is_the_one_of_its_number(
    shift: int,
    mirror: bool,  # noqa: FBT001 - hypothesis passes it by name
    seed: int,
) -> None:
    training = replace(STILL, shift_pixels=shift, mirror=mirror)
    every = list(all_views(training))
    assert len(every) == (2 * shift + 1) ** 2 * (1 + mirror)
    with seeded(seed):
        images = torch.rand(8, 1, 12, 12)
        views = drawn(8, training)
    shown = torch.stack([seen(images, view, training) for view in every])
    numbers = views.number(training)
    assert torch.equal(seen(images, views, training), shown[numbers, torch.arange(8)])
    assert [int(view.number(training)) for view in every] == list(range(len(every)))
