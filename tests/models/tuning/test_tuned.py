"""The file of the best configuration, and the technique that makes a network of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from models import ModelError, obtain, why_not
from models.data import digits
from models.obtaining import content_key
from models.possible import architecture, training
from models.tuning import tuned
from models.tuning.scenario import read as scenario
from models.tuning.scenario import shipped
from models.zoo import Architecture
from tests.models.made import recipe

if TYPE_CHECKING:
    from pathlib import Path

MINE = """
problem = "simple_cnn"
dataset = "digits"
[configuration]
width = 0.5
epochs = 1
batch_size = 400
schedule = "cosine"
[provenance]
test = 0.9
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only tuned configuration."""
    monkeypatch.setattr(tuned, "TUNED", tmp_path)
    file = tmp_path / "mine.toml"
    file.write_text(MINE)
    return file


@pytest.mark.usefixtures("mine")
def test_a_configuration_is_an_architecture_and_a_way_to_train_it() -> None:
    found = recipe("tuned@name=mine")
    assert architecture(found) == Architecture(width=0.5)
    wanted = {"epochs": 1, "batch_size": 400, "schedule": "cosine"}
    assert training(found) == replace(digits.TRAINING, **wanted)  # type: ignore[arg-type]
    narrower = recipe("half_width", "tuned@name=mine")
    assert architecture(narrower) == Architecture(width=0.25)


@pytest.mark.usefixtures("mine")
def test_what_is_made_of_a_tuned_network_is_fine_tuned_as_any_other() -> None:
    assert training(recipe("tuned@name=mine", "prune_structured")) == digits.FINE_TUNING


@pytest.mark.parametrize(("blocks", "built"), [(1, 1), (3, None)])
def test_depth_is_a_number_of_blocks_and_all_of_them_are_the_family_itself(
    mine: Path, blocks: int, built: int | None
) -> None:
    mine.write_text(
        MINE.replace("simple_cnn", "resnet20").replace("width", f"blocks = {blocks}\nwidth")
    )
    found = recipe("tuned@name=mine", family="resnet20")
    assert architecture(found) == Architecture(width=0.5, blocks=built)
    assert why_not(found) is None


@pytest.mark.usefixtures("mine", "nothing_shipped")
def test_a_tuned_network_is_trained_and_says_how(cache: Path) -> None:
    weights = obtain(recipe("tuned@name=mine"), cache)
    found = {key: weights.how[key] for key in ("epochs", "batch_size", "schedule")}
    assert found == {"epochs": "1", "batch_size": "400", "schedule": "cosine"}


def test_another_configuration_of_that_name_is_another_network(mine: Path) -> None:
    before = content_key(recipe("tuned@name=mine"))
    mine.write_text(MINE.replace("0.5", "0.6"))
    assert content_key(recipe("tuned@name=mine")) != before


@pytest.mark.usefixtures("mine")
@pytest.mark.parametrize(
    ("family", "dataset"), [("mlp", "digits"), ("simple_cnn", "fashion_mnist")]
)
def test_it_is_of_its_family_and_data_alone(family: str, dataset: str) -> None:
    reason = why_not(recipe("tuned@name=mine", family=family, dataset=dataset))
    assert reason == f"tuned@name=mine is of simple_cnn on digits, not {family} on {dataset}"


def test_a_name_without_a_file_and_a_damaged_file_are_told(mine: Path) -> None:
    with pytest.raises(ModelError, match=r"no yours.toml in models/tuned or .*; there are mine"):
        recipe("tuned@name=yours")
    for damage in ("[", 'problem = "simple_cnn"', MINE.replace("[configuration]", "[other]")):
        mine.write_text(damage)
        with pytest.raises(ModelError, match=r"mine.toml: not a configuration that a search wrote"):
            recipe("tuned@name=mine")


@pytest.mark.parametrize("name", sorted(path.stem for path in tuned.TUNED.glob("*.toml")))
def test_every_shipped_configuration_is_within_its_scenarios_space(name: str) -> None:
    assert name in shipped()
    space, found = scenario(name).space, tuned.read(name)
    assert (found.problem, found.dataset) == (scenario(name).problem, scenario(name).dataset)
    assert found.configuration.keys() == {one.name for one in space.parameters}
    for one in space.parameters:
        value = found.configuration[one.name]
        assert value in one.choices or one.low <= float(value) <= one.high
