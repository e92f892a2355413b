"""Which recipes can have a network."""

from __future__ import annotations

import pytest

from models import families, why_not
from models.possible import architecture
from models.zoo import Architecture
from tests.models.made import recipe


@pytest.mark.parametrize("family", families())
def test_every_family_can_be_had_as_it_is(family: str) -> None:
    assert why_not(recipe("dense", family=family)) is None


def test_a_technique_that_asks_for_what_a_family_lacks_is_the_reason() -> None:
    reason = why_not(recipe("half_width", "grouped", family="mlp"))
    assert reason == "mlp has no convolution to group"
    assert why_not(recipe("half_width", "prune_structured", family="mlp")) is None


def test_architecture_techniques_add_up_from_left_to_right() -> None:
    built = architecture(recipe("half_width", "grouped@groups=4", "tied", family="resnet20"))
    assert built == Architecture(width=0.5, groups=4, tied=True)
