"""The list of networks, and the order in which they can be made."""

from __future__ import annotations

from models.variants import in_order, variants
from tests.models.made import recipe


def test_the_list_is_read_in_its_order() -> None:
    first = variants()[0]
    assert (first.dataset, first.name) == ("digits", "simple_cnn+dense")


def names(*asked: str, there: tuple[str, ...] = ()) -> list[str]:
    recipes = [recipe(*text.split("+")) for text in asked]
    ordered = in_order(recipes, lambda one: "+".join(one.techniques) in there)
    return ["+".join(one.techniques) for one in ordered]


def test_what_something_is_made_from_comes_before_it_and_once() -> None:
    assert names("half_width+prune_structured", "dense", "half_width", "prune_structured") == [
        "half_width",
        "half_width+prune_structured",
        "dense",
        "prune_structured",
    ]


def test_a_teacher_comes_before_its_pupil() -> None:
    pupil = "half_width+distill@teacher=simple_cnn"
    assert names(pupil, "dense") == ["dense", pupil]


def test_what_is_there_needs_nothing_it_was_made_from() -> None:
    assert names("prune_structured", there=("prune_structured",)) == ["prune_structured"]


def test_spellings_of_the_same_are_one() -> None:
    assert names("grouped", "grouped@groups=2") == ["grouped"]
