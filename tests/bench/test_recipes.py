from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench import recipes
from scenarios import ScenarioError
from tests.bench import graphs
from tests.bench.runs import planned

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ('"dense/eager', '"prune_structured@ratio=7/eager'),
            r"two-engines\.toml: top level: baseline: .*ratio",
        ),
        (('["dense",', '["grouped@groups=0",'), r"two-engines\.toml: \[matrix\]: techniques: .*0"),
    ],
)
def test_a_value_that_makes_no_sense_is_an_error_with_its_key(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    recipes.check(planned(tmp_path)[0].scenario)
    (case, *_) = planned(tmp_path, change)
    with pytest.raises(ScenarioError, match=said):
        recipes.check(case.scenario)


def test_all_mistakes_are_told_at_once_each_once(tmp_path: Path) -> None:
    wrong = (
        ('model = "simple_cnn"', 'models = ["simple_cnn", "resnet8"]'),
        ('"dense/eager', '"simple_cnn+dense/eager'),
        ('["dense", "half_width"]', '["prune_structured@ratio=7", "dense", "grouped@groups=0"]'),
    )
    with pytest.raises(ScenarioError) as raised:
        recipes.check(planned(tmp_path, *wrong)[0].scenario)
    first, second = str(raised.value).splitlines()
    assert "two-engines.toml: [matrix]: techniques: " in first
    assert ("ratio" in first, "groups" in second) == (True, True)


def test_a_model_of_the_users_own_has_no_recipe(tmp_path: Path) -> None:
    graphs.write_linear(tmp_path / "linear.onnx")
    recipes.check(planned(tmp_path, text=graphs.LINEAR)[0].scenario)
