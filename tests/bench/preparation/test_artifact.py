from __future__ import annotations

import json
import pickle
from dataclasses import asdict
from pathlib import Path

import pytest

from bench.preparation.artifact import Artifact, Counts, RecipeFields
from models import Recipe

WEIGHTS = Artifact(
    path="/somewhere/dense.safetensors",
    recipe=RecipeFields(family="simple_cnn", techniques=("dense",), dataset="digits"),
    inputs="/somewhere/inputs",
    facts={"weights": "shipped"},
)


def test_what_was_counted_is_added() -> None:
    counted = WEIGHTS.with_counts(Counts(params=10, nonzero_params=8, macs=100))
    assert (counted.params, counted.nonzero_params, counted.macs) == (10, 8, 100)
    assert (counted.path, counted.recipe, counted.facts) == (
        WEIGHTS.path,
        WEIGHTS.recipe,
        WEIGHTS.facts,
    )


def test_what_could_not_be_counted_stays_absent() -> None:
    assert WEIGHTS.params is None
    assert WEIGHTS.with_counts(Counts(params=10, nonzero_params=8)).macs is None


def test_it_is_plain_data_that_can_be_sent() -> None:
    assert pickle.loads(pickle.dumps(WEIGHTS)) == WEIGHTS  # noqa: S301 - our own bytes
    assert json.loads(json.dumps(asdict(WEIGHTS)))["path"] == WEIGHTS.path


def test_its_recipe_names_a_module() -> None:
    assert WEIGHTS.recipe is not None
    assert Recipe(**WEIGHTS.recipe).name == "simple_cnn+dense"
    assert WEIGHTS.file == Path("/somewhere/dense.safetensors")


def test_it_does_not_change() -> None:
    with pytest.raises(AttributeError):
        WEIGHTS.path = "elsewhere"  # type: ignore[misc]
