"""Many recipes: each obtained once, and a failure stops only what needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models import making, obtain
from models.campaign import Campaign
from models.making import Made
from models.obtaining import remake
from tests.models.made import recipe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from models import Recipe, Weights


class Shown:
    """A display that keeps what it is shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, float, tuple[str, float] | None]] = []

    def show(self, label: str, share: float, total: tuple[str, float] | None = None) -> None:
        self.shown.append((label, share, total))

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, nothing_shipped: Path) -> set[str]:
    """Names of recipes whose training fails; that of the others is a moment's work."""
    assert not nothing_shipped.exists()
    failing: set[str] = set()

    def make(
        made: Recipe, _parent: Weights | None, report: Callable[[float], None], **_: object
    ) -> Made:
        if made.name in failing:
            msg = "out of memory"
            raise RuntimeError(msg)
        report(0.0)
        report(1.0)
        return Made(content=made.name.encode(), how={"accuracy": 0.25, "duration_s": 7.2})

    monkeypatch.setattr(making, "make", make)
    return failing


@pytest.mark.usefixtures("broken")
def test_each_is_shipped_or_kept_or_trained_and_has_a_line(
    cache: Path, nothing_shipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    remake(recipe("half_width"), nothing_shipped)
    obtain(recipe("grouped"), cache)
    wanted = ["half_width", "grouped", "prune_structured"]
    shown = Shown()
    campaign = Campaign([recipe(name) for name in wanted], cache, shown)
    campaign.run()
    assert capsys.readouterr().out.splitlines() == [
        f"{came}  digits/simple_cnn+{name}: accuracy 0.2500, made in 7 s"
        for came, name in [
            ("shipped", "half_width"),
            ("kept   ", "grouped"),
            ("trained", "dense"),
            ("trained", "prune_structured"),
        ]
    ]
    assert not campaign.failed
    label, share, total = shown.shown[-1]
    assert (label, share) == ("fine-tuning simple_cnn+prune_structured on digits", 1.0)
    assert total is not None
    assert total[0].startswith("4 of 4, about ")
    assert total[1] == 1.0


def test_a_failure_is_said_and_stops_only_what_needs_it(
    cache: Path, broken: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    broken.add("simple_cnn+dense")
    campaign = Campaign([recipe("prune_structured"), recipe("half_width")], cache, Shown())
    campaign.run()
    child = "it is made from digits/simple_cnn+dense, which failed"
    assert capsys.readouterr().out.splitlines() == [
        "failed   digits/simple_cnn+dense: out of memory",
        f"failed   digits/simple_cnn+prune_structured: {child}",
        "trained  digits/simple_cnn+half_width: accuracy 0.2500, made in 7 s",
    ]
    assert len(campaign.failed) == 2


@pytest.mark.usefixtures("broken")
def test_a_damaged_shipped_file_is_a_failure_when_its_turn_comes(
    cache: Path, nothing_shipped: Path
) -> None:
    remake(recipe("dense"), nothing_shipped).path.write_bytes(b"other")
    campaign = Campaign([recipe("dense"), recipe("half_width")], cache, Shown())
    campaign.run()
    (reason,) = campaign.failed.values()
    assert "git checkout models/weights" in reason
    assert len(campaign.obtained) == 1
