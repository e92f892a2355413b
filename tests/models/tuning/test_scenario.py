from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from models.data import data_file
from models.errors import ModelError
from models.tuning import scenario

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
summary = "which?"
problem = "random_forest"
dataset = "digits"
searchers = ["grid", "tpe"]
[budget]
fits = 27
[space]
max_depth = [10, 20]
"""


def written(path: Path, text: str) -> str:
    file = path / "mine.toml"
    file.write_text(text)
    return str(file)


@pytest.mark.parametrize("name", scenario.shipped())
def test_every_shipped_scenario_is_valid(name: str) -> None:
    assert scenario.read(name).name == name


def test_a_mark_of_utf_8_at_the_beginning_is_no_part_of_the_scenario(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.lstrip(), encoding="utf-8-sig")
    assert scenario.read(str(file)).summary == "which?"


def test_what_a_scenario_does_not_search_has_its_default(tmp_path: Path) -> None:
    space = scenario.read(written(tmp_path, GOOD)).space
    found = {parameter.name: parameter.choices for parameter in space.parameters}
    assert found == {"n_estimators": (100,), "max_depth": (10, 20), "min_samples_split": (2,)}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("[space]\nmax_depth = [10, 20]", "[space]", "mine.toml: space: it is empty"),
        ("[10, 20]", "[]", r"mine.toml: space.max_depth: must be a list of at least one value"),
        ("[10, 20]", "[10, 10]", "a value is listed twice"),
        ("[10, 20]", "[10, 0]", "max_depth is 0, but must be 1 or more"),
        ("[10, 20]", "[-4, 8]", "mine.toml: space.max_depth: .*max_depth is -4, but must be 1 or"),
        ("[10, 20]", "{ low = 1, high = 2 }", "mine.toml: searchers: max_depth is a range.*'grid'"),
        ("[10, 20]", "{ low = 5, high = 2 }", "low below high"),
        (
            "[10, 20]",
            "{ low = 0.5, high = 4 }",
            "space.max_depth: has whole numbers alone, but low is 0.5",
        ),
        ("[10, 20]", "{ low = 1, high = 4.5 }", "high is 4.5; write whole ones"),
        ("[10, 20]", "{ low = 1, high = inf }", "low below high, of numbers"),
        ("[10, 20]", "{ low = 0, high = 2, log = true }", "true only if low is above 0"),
        ("max_depth =", "max_dept =", "space.max_dept: unknown key.*did you mean 'max_depth'"),
        ('"tpe"', '"tpes"', "searchers: unknown searcher 'tpes'.*did you mean 'tpe'"),
        ('"tpe"', '"tpe_median"', "ends trials early, but random_forest says nothing on its way"),
        ('"random_forest"', '"forest"', "problem: 'forest' is not known; known are .*random_for"),
        ('"digits"', '"digit"', "dataset: 'digit' is not known"),
        (
            '"digits"',
            '"imagenet_shape"',
            "mine.toml: dataset: imagenet_shape has no labels.*digits",
        ),
        ("fits = 27", "", "budget: must be there"),
        ("fits = 27", "fits = 0", "budget.fits: is 0, but must be a number above 0"),
        ("fits = 27", "seconds = nan", "budget.seconds: is nan, but must be a number above 0"),
        ("fits = 27", "seconds = inf", "budget.seconds: is inf, but must be .* below inf"),
        (
            "fits = 27",
            "fits = 27\nseconds = 9.0",
            "budget: has both fits and seconds; keep the one",
        ),
        ("fits = 27", "fit = 27", "budget.fit: unknown key"),
        ("summary", "sumary", "sumary: unknown key"),
        ("summary", "seeds = [0, 0]\nsummary", "seeds: must be a list of different"),
        ("summary", "seeds = [4294967296]\nsummary", "seeds: .* whole numbers below 4294967296"),
        ("summary", "seeds = [-1]\nsummary", "seeds: must be a list of different"),
        ("summary", "folds = 1\nsummary", "folds: must be a whole number from 2 to 20"),
        ("summary", "= 3", "cannot be read as TOML"),
    ],
)
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    with pytest.raises(ModelError, match=said):
        scenario.read(written(tmp_path, GOOD.replace(before, after, 1)))


def test_an_unknown_name_is_answered_with_a_likely_one() -> None:
    with pytest.raises(ModelError, match="did you mean 'digits-forest'"):
        scenario.read("digit-forest")


def test_the_fingerprint_follows_the_space_and_not_the_searchers(tmp_path: Path) -> None:
    one = scenario.read(written(tmp_path, GOOD)).fingerprint("data")
    same = scenario.read(written(tmp_path, GOOD.replace('"grid", ', ""))).fingerprint("data")
    other = scenario.read(written(tmp_path, GOOD.replace("[10, 20]", "[10]"))).fingerprint("data")
    assert one == same != other


def test_all_fits_are_those_of_every_configuration_on_every_fold(tmp_path: Path) -> None:
    assert scenario.read(written(tmp_path, GOOD)).whole_fits == 2 * 3
    endless = GOOD.replace("[10, 20]", "{ low = 1, high = 4 }").replace('"grid", ', "")
    assert scenario.read(written(tmp_path, endless)).whole_fits is None


@pytest.mark.parametrize("problem", ["simple_cnn", "resnet20"])
def test_training_that_is_not_searched_is_that_of_the_data_set(
    tmp_path: Path, problem: str
) -> None:
    network = GOOD.replace("random_forest", problem).replace(
        "max_depth = [10, 20]", "width = [1.0]"
    )
    for dataset in ("digits", "fashion_mnist"):
        text = network.replace('"digits"', f'"{dataset}"')
        space = scenario.read(written(tmp_path, text)).space
        found = {one.name: one.choices for one in space.parameters}
        training = data_file(dataset).TRAINING
        assert training is not None
        wanted = {name: (value,) for name, value in asdict(training).items()}
        assert {name: found[name] for name in wanted} == wanted
