"""Names of recipes and techniques, and what they resolve to."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ModelError, Recipe, techniques
from models.recipe import parse
from tests.models.made import recipe

amounts = st.floats(min_value=0.001, max_value=0.999)
steps = st.one_of(
    amounts.map(lambda x: f"prune_unstructured@amount={x},method=l1,scope=layer"),
    st.tuples(amounts, st.integers(1, 64)).map(
        lambda x: f"prune_structured@importance=l2,ratio={x[0]},round_to={x[1]},scope=layer,steps=1"
    ),
    st.integers(2, 64).map(lambda x: f"grouped@groups={x}"),
    st.sampled_from(["dense", "half_width"]),
)


@given(steps)
def test_a_complete_technique_reads_back_as_written(text: str) -> None:
    assert str(parse(text)) == text


@given(st.text())
def test_any_text_parses_or_is_a_model_error(text: str) -> None:
    with contextlib.suppress(ModelError):
        assert parse(text).name in techniques()


@given(st.sampled_from(["prune_structured", "grouped", "prune_unstructured"]), st.text())
def test_any_options_parse_or_are_a_model_error(name: str, options: str) -> None:
    with contextlib.suppress(ModelError):
        assert parse(f"{name}@{options}").name == name


def test_a_name_repeats_the_techniques_as_written() -> None:
    made = recipe("half_width", "prune_structured@ratio=0.5")
    assert made.name == "simple_cnn+half_width+prune_structured@ratio=0.5"


@pytest.mark.parametrize(
    "spelling",
    [
        ("prune_structured",),
        ("prune_structured@ratio=0.5",),
        ("prune_structured@ratio=0.50",),
        ("prune_structured@round_to=8",),
        ("prune_structured@round_to=8,ratio=0.5",),
        ("dense", "prune_structured"),
        ("prune_structured", "dense"),
    ],
    ids="+".join,
)
def test_all_spellings_of_the_same_weights_share_a_key(spelling: tuple[str, ...]) -> None:
    assert recipe(*spelling).key == (
        "digits+simple_cnn+prune_structured@importance=l2,ratio=0.5,round_to=8,scope=layer,steps=1"
    )


@pytest.mark.parametrize(
    ("techniques", "trained", "parent", "teacher"),
    [
        (("distill",), ("distill",), None, "resnet8"),
        (("half_width", "distill"), ("half_width", "distill"), None, "resnet8"),
        (("distill@teacher=resnet20",), ("distill@teacher=resnet20",), None, "resnet20"),
        (
            ("prune_structured", "distill"),
            ("prune_structured", "distill"),
            ("dense",),
            "resnet8",
        ),
        (("distill", "prune_structured"), ("distill", "prune_structured"), ("distill",), None),
        (
            ("half_width", "distill", "prune_structured", "dense", "distill"),
            ("half_width", "distill", "prune_structured", "dense", "distill"),
            ("half_width", "distill"),
            "resnet8",
        ),
        (("channels_last",), ("dense",), None, None),
        (("channels_last", "dense"), ("dense",), None, None),
        (("one_cycle",), ("dense",), None, None),
        (("one_cycle", "half_width", "channels_last", "loader"), ("half_width",), None, None),
        (
            ("prune_unstructured", "masked", "channels_last"),
            ("prune_unstructured",),
            ("dense",),
            None,
        ),
    ],
)
def test_teachers_teach_what_is_left_of_them_and_deployment_shares_its_weights(
    techniques: tuple[str, ...],
    trained: tuple[str, ...],
    parent: tuple[str, ...] | None,
    teacher: str | None,
) -> None:
    made = recipe(*techniques)
    assert made.trained == recipe(*trained)
    assert made.key == recipe(*trained).key
    assert made.parent == (recipe(*parent) if parent else None)
    assert made.teacher == (recipe("dense", family=teacher) if teacher else None)


def test_different_weights_have_different_keys() -> None:
    made = [
        recipe("dense"),
        recipe("half_width"),
        recipe("prune_structured@ratio=0.4"),
        recipe("dense", family="resnet8"),
        recipe("dense", dataset="fashion_mnist"),
        recipe("half_width", "prune_structured"),
        recipe("distill"),
        recipe("distill@teacher=resnet20"),
        recipe("distill@alpha=0.5"),
        recipe("half_width", "distill"),
    ]
    assert len({each.key for each in made}) == len(made)


@pytest.mark.parametrize(
    ("techniques", "parent"),
    [
        (("dense",), None),
        (("half_width", "grouped"), None),
        (("half_width", "dense"), None),
        (("prune_structured",), ("dense",)),
        (("dense", "prune_structured", "dense"), ("dense",)),
        (("half_width", "prune_structured"), ("half_width",)),
        (
            ("half_width", "prune_structured", "prune_unstructured"),
            ("half_width", "prune_structured"),
        ),
    ],
)
def test_a_pruned_recipe_starts_from_all_before_its_last_step(
    techniques: tuple[str, ...], parent: tuple[str, ...] | None
) -> None:
    assert recipe(*techniques).parent == (recipe(*parent) if parent else None)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("simple_cn", ("dense",), "digits"), "family 'simple_cn'.*did you mean 'simple_cnn'"),
        (("simple_cnn", ("dense",), "mnist"), "data set 'mnist'; known are digits, fashion_mnist"),
        (("simple_cnn", ("prune",), "digits"), "technique 'prune'; techniques are .*dense, "),
        (("simple_cnn", (), "digits"), "no techniques; use 'dense'"),
        (
            ("simple_cnn", ("prune_unstructured", "half_width"), "digits"),
            "half_width comes after prune_unstructured.*put half_width first",
        ),
        (
            ("simple_cnn", ("distill", "grouped"), "digits"),
            "grouped comes after distill.*put grouped first",
        ),
        (
            ("simple_cnn", ("distill", "dense", "distill@teacher=resnet20"), "digits"),
            "distill comes after distill, and there is one teacher at a time",
        ),
        (
            ("simple_cnn", ("channels_last", "prune_structured"), "digits"),
            "prune_structured comes after channels_last.*put channels_last last",
        ),
        (
            ("simple_cnn", ("channels_last", "distill"), "digits"),
            "distill comes after channels_last.*put channels_last last",
        ),
        (
            ("simple_cnn", ("distill@teacher=resnet80",), "digits"),
            "unknown teacher of distill 'resnet80'.*did you mean 'resnet8",
        ),
    ],
)
def test_a_wrong_recipe_says_what_is_known(
    names: tuple[str, tuple[str, ...], str], message: str
) -> None:
    family, techniques, dataset = names
    with pytest.raises(ModelError, match=message):
        Recipe(family=family, techniques=techniques, dataset=dataset)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("grouped@group=2", "option of grouped 'group'; known are groups; did you mean 'groups'"),
        ("dense@amount=2", "option of dense 'amount'; known are none"),
        ("grouped@groups=2.5", "'2.5', but must be a whole number, such as 2"),
        ("grouped@groups=", "'', but must be a whole number"),
        ("prune_unstructured@amount=lots", "'lots', but must be a number, such as 0.8"),
        ("grouped@groups=2,groups=4", "an option is given twice"),
        ("grouped@", "unknown option of grouped ''"),
        ("../data/digits", "unknown technique"),
    ],
)
def test_a_wrong_option_says_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        parse(text)
