"""`python -m models seeds` and `spread`: what they train, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models import making, obtain, seeds, seeds_cli
from models.__main__ import main
from models.making import Made
from models.obtaining import find, remake
from tests.models.made import recipe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from models import Recipe, Weights

ACCURACY = {"dense": 0.9, "prune_structured": 0.85, "half_width": 0.84}
NAMED = ["digits", "simple_cnn"]


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch, nothing_shipped: Path) -> list[str]:
    """What was trained, without training: each seed is half a point better than the last."""
    assert not nothing_shipped.exists()
    titles: list[str] = []

    def make(
        made: Recipe, parent: Weights | None, report: Callable[[float], None], **_: object
    ) -> Made:
        titles.append(made.title.removeprefix("digits/simple_cnn+"))
        assert parent is None or int(parent.how["seed"]) == made.seed
        report(1.0)
        accuracy = ACCURACY[made.techniques[0]] + 0.005 * made.seed
        how = {"accuracy": accuracy, "seed": made.seed}
        return Made(content=f"{made.title} {accuracy}".encode(), how=how)

    monkeypatch.setattr(making, "make", make)
    return titles


def test_techniques_may_be_joined_as_tables_write_them(trained: list[str]) -> None:
    assert main(["seeds", *NAMED, "half_width+prune_structured", "--count", "2"]) == 0
    assert trained[-1] == "half_width+prune_structured, seed 1"


def test_other_seeds_are_trained_once_with_all_that_they_start_from(
    trained: list[str], nothing_shipped: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = remake(recipe("dense"), nothing_shipped)
    assert main(["seeds", *NAMED, "prune_structured"]) == 0
    assert trained == [
        "dense",
        "prune_structured",
        "dense, seed 1",
        "prune_structured, seed 1",
        "dense, seed 2",
        "prune_structured, seed 2",
    ]
    assert seeds.accuracies(shipped) == pytest.approx({0: 0.9, 1: 0.905, 2: 0.91})
    assert len(list(nothing_shipped.rglob("*.safetensors"))) == 1
    pruned = find(recipe("prune_structured"), cache)
    assert pruned is not None
    assert seeds.spread(pruned) == "3: 85.5 ± 0.5 %"
    *_, row = capsys.readouterr().out.splitlines()
    name = "digits/simple_cnn+prune_structured"
    assert row.split() == [name, "3", "85.50", "0.50", "85.00", "86.00"]
    assert main(["seeds", *NAMED, "dense"]) == 0  # its seeds were trained for what starts from it
    assert main(["seeds", *NAMED, "prune_structured", "--count", "4"]) == 0
    assert trained[6:] == ["dense, seed 3", "prune_structured, seed 3"]


@pytest.mark.usefixtures("trained")
def test_two_variants_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    for technique in ("dense", "prune_structured", "half_width"):
        assert main(["seeds", *NAMED, technique]) == 0
    capsys.readouterr()
    assert main(["spread", *NAMED, "dense", "prune_structured"]) == 0
    said = capsys.readouterr().out
    assert "dense over prune_structured: +5.00 points, 95 % interval +3.87 to +6.13" in said
    assert said.endswith("more than luck\n")
    assert main(["spread", *NAMED, "prune_structured", "half_width"]) == 0
    assert "+1.00 points, 95 % interval -0.13 to +2.13: could be luck" in capsys.readouterr().out


def test_two_that_do_not_vary_are_not_told_apart(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        seeds_cli, "_values", lambda one: [0.99 if one.techniques == ("dense",) else 0.9883] * 3
    )
    assert main(["spread", *NAMED, "dense", "half_width"]) == 0
    said = capsys.readouterr().out
    assert "neither varies with the seeds that are known" in said
    assert "`python -m models seeds digits simple_cnn dense --count 4`" in said
    assert "luck\n" not in said


@pytest.mark.usefixtures("trained")
def test_without_a_second_seed_nothing_is_said(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["spread"]) == 0
    assert "Of no network more than one seed is known" in capsys.readouterr().out
    main(["seeds", *NAMED, "dense"])
    obtain(recipe("half_width"), cache)
    capsys.readouterr()
    assert main(["spread"]) == 0
    first, _, row = capsys.readouterr().out.splitlines()
    assert first.split()[:3] == ["network", "seeds", "mean"]
    assert row.split() == ["digits/simple_cnn+dense", "3", "90.50", "0.50", "90.00", "91.00"]
    assert main(["spread", *NAMED, "dense", "half_width"]) == 0
    assert "python -m models seeds digits simple_cnn half_width" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["seeds", *NAMED, "dense", "--count", "1"], "--count is 1, but must be 2 or more"),
        (["seeds", "digits", "simple_cn", "dense"], "unknown model family"),
        (["spread", "digits"], "give a data set, a family and two variants"),
        (["spread", *NAMED, "dense", "sparse"], "unknown technique 'sparse'"),
    ],
)
def test_a_wrong_request_is_a_message_and_status_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_data_without_labels_is_refused_before_anything_is_trained(
    trained: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["seeds", "imagenet_shape", "resnet50", "dense"]) != 0
    assert "imagenet_shape has no labels" in capsys.readouterr().err
    assert trained == []


def test_a_cache_that_cannot_be_written_is_told_before_anything_is_trained(
    trained: list[str], cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache.write_text("")
    assert main(["seeds", *NAMED, "dense"]) == 2
    assert "cache: the cache cannot be written" in capsys.readouterr().err
    assert trained == []
