from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scenarios.technique
from scenarios import Technique, Vocabulary
from scenarios.technique import TechniqueError, compose, resolved

FINITE = st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]*", fullmatch=True)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
INTEGERS = st.integers(-(10**18) + 1, 10**18 - 1)
OPTIONS = st.dictionaries(NAMES, st.one_of(st.booleans(), INTEGERS, FINITE, WORDS), max_size=4)


@given(name=NAMES, options=OPTIONS)
def test_what_a_technique_prints_reads_back_as_the_same_technique(
    name: str, options: dict[str, bool | int | float | str]
) -> None:
    written = Technique(name=name, options=tuple(sorted(options.items())))

    (read,) = compose(str(written), {name: options})

    assert read == written
    assert [type(value) for _, value in read.options] == [type(v) for _, v in written.options]


@given(parts=st.lists(st.sampled_from(["half_width", "grouped@groups=4"]), min_size=1))
def test_a_composition_keeps_its_order(parts: list[str]) -> None:
    techniques = compose("+".join(parts), {"half_width": {}, "grouped": {"groups": 2}})
    assert [str(technique) for technique in techniques] == parts


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("dense", "dense"),
        ("prune_structured@round_to=4,ratio=1", "prune_structured@ratio=1.0,round_to=4"),
        ("prune_unstructured@amount=1e-05", "prune_unstructured@amount=1e-05"),
        ("quirky@masked=true,layer=fc.0", "quirky@layer=fc.0,masked=true"),
    ],
)
def test_options_are_sorted_and_take_the_type_of_their_default(
    text: str, canonical: str, words: Vocabulary
) -> None:
    (technique,) = compose(text, words.techniques)
    assert str(technique) == canonical


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(
            "prune_structurd",
            "unknown technique 'prune_structurd'; allowed are dense, grouped, half_width, "
            "prune_structured, prune_unstructured, quirky; did you mean 'prune_structured'?",
            id="misspelt",
        ),
        pytest.param("", "unknown technique ''; allowed are dense", id="empty"),
        pytest.param("half_width+", "unknown technique ''; allowed are dense", id="ends_in_plus"),
        pytest.param(
            "grouped@group=2",
            "unknown option 'group'; options of 'grouped' are groups; did you mean 'groups'?",
            id="misspelt_option",
        ),
        pytest.param(
            "half_width@width=0.5",
            "unknown option 'width'; options of 'half_width' are none; remove it",
            id="no_options_at_all",
        ),
        pytest.param("half_width@", "unknown option ''", id="nothing_after_at"),
        pytest.param(
            "grouped@groups=2.0",
            "option 'groups' of 'grouped' is '2.0'; allowed is a whole number; write for example "
            "'grouped@groups=2'",
            id="fraction_for_a_whole_number",
        ),
        pytest.param(
            "prune_structured@ratio=half",
            "option 'ratio' of 'prune_structured' is 'half'; allowed is a number; write for "
            "example 'prune_structured@ratio=0.5'",
            id="word_for_a_number",
        ),
        pytest.param("prune_structured@ratio=nan", "'nan'; allowed is a number", id="nan"),
        pytest.param("prune_structured@ratio=1e999", "allowed is a number", id="infinite"),
        pytest.param("prune_structured@ratio", "is ''; allowed is a number", id="no_value"),
        pytest.param("quirky@masked=yes", "'yes'; allowed is true or false", id="not_a_flag"),
        pytest.param("quirky@masked=1", "'1'; allowed is true or false", id="one_is_not_true"),
        pytest.param("quirky@layer=a b", "allowed is a word of letters", id="not_a_word"),
        pytest.param(
            "grouped@groups=2,groups=4", "option 'groups' is given twice; give it once", id="twice"
        ),
        pytest.param(
            "dense+half_width",
            "'dense+half_width': 'dense' means no technique; remove it from the composition",
            id="dense_composed",
        ),
    ],
)
def test_a_wrong_technique_says_what_is_allowed(text: str, problem: str, words: Vocabulary) -> None:
    with pytest.raises(TechniqueError) as error:
        compose(text, words.techniques)
    assert problem in str(error.value)


def test_the_order_of_options_makes_no_difference(words: Vocabulary) -> None:
    one = compose("prune_structured@ratio=0.3,round_to=4", words.techniques)
    assert one == compose("prune_structured@round_to=4,ratio=0.3", words.techniques)


def test_resolved_variants_are_equal_when_only_a_default_is_left_out(words: Vocabulary) -> None:
    short, long, other = (
        resolved(compose(text, words.techniques), words.techniques)
        for text in ("grouped", "grouped@groups=2", "grouped@groups=4")
    )
    assert short == long
    assert short != other


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(scenarios.technique).failed == 0
