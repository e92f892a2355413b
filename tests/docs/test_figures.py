"""Figures in sentences: each whose origin is named is the published one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.scripts import ROOT, script

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

OF_TABLES = ("docs/techniques.md", "docs/training.md")  # their sentences repeat published figures


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return script("figures", monkeypatch)


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    file = tmp_path / "0.1" / "here" / "some.csv"
    file.parent.mkdir(parents=True)
    file.write_text("case,ratio,bytes,accuracy\nsome/a,0.055,2000,0.9379\nsome/b,1,21500,\n")
    return tmp_path


def test_every_document_has_the_figures_of_the_published_tables(figures: ModuleType) -> None:
    for document in figures.DOCUMENTS:
        written = document.read_text()
        made = figures.text(written)
        assert written == made, f"{document}: run python docs/evidence/figures.py"


@pytest.mark.parametrize("name", OF_TABLES)
def test_every_comment_of_an_origin_can_be_read(name: str, figures: ModuleType) -> None:
    document = (ROOT / name).read_text()
    assert len(figures.FIGURE.findall(document)) == document.count("<!-- 0.") > 0


@pytest.mark.parametrize(
    ("stale", "right"),
    [
        pytest.param("1.0<!-- 0.1/here: 1/ratio of some/a -->", "18.2", id="inverse"),
        pytest.param("1.0<!-- 0.1/here: bytes of some/b over some/a -->", "10.8", id="quotient"),
        pytest.param("9.99<!-- 0.1/here: accuracy in % of some/a -->", "93.79", id="unit"),
        pytest.param("-1<!-- 0.1/here: ratio of some/b -->", "+1", id="sign"),
        pytest.param("1,000<!-- 0.1/here: bytes of some/b -->", "21,500", id="thousands"),
    ],
)
def test_a_figure_is_written_anew_as_it_was_shown(
    stale: str, right: str, figures: ModuleType, tables: Path
) -> None:
    comment = stale[stale.index("<") :]
    assert figures.text(f"it is {stale} times", tables) == f"it is {right}{comment} times"


@pytest.mark.parametrize(
    "comment",
    ["ratio of none/a", "ratio of some/c", "speed of some/a", "accuracy of some/b"],
)
def test_what_is_not_there_is_told(comment: str, figures: ModuleType, tables: Path) -> None:
    with pytest.raises(ValueError, match="correct the comment"):
        figures.text(f"1<!-- 0.1/here: {comment} -->", tables)
