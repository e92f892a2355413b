"""The page to start from: what lies in the folder and nothing else, older tables too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from results import index
from results.publish import FOLDER, publish
from tests.results.made_up import whole_run

if TYPE_CHECKING:
    from pathlib import Path

PLACE = "0.1.0/amd-epyc-2c"


def lines(machine: Path) -> list[str]:
    return [each for each in index.page(machine).splitlines() if each.startswith("| [")]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def test_a_line_has_link_question_rows_and_what_came_out(tmp_path: Path) -> None:
    publish(replace(whole_run(), summaries={"digits-cnn": "Which is fastest?"}), tmp_path)
    (line,) = lines(tmp_path / PLACE)
    assert cells(line) == [
        "[digits-cnn](digits-cnn.md)",
        "Which is fastest?",
        "14 cases",
        "8.10x faster at equal accuracy: `dense`, openvino int8, batch size 1",
    ]


def test_an_older_page_without_a_question_is_listed_and_what_is_not_there_is_not(
    tmp_path: Path,
) -> None:
    publish(whole_run(), tmp_path)
    (tmp_path / PLACE / "old-search.md").write_text("# old-search on here\n\nrun 1\n")
    (tmp_path / PLACE / "forest.md").write_text("# forest on here\n")
    (tmp_path / PLACE / "forest.csv").write_text("scenario,searcher\nforest,grid\nforest,tpe\n")
    (tmp_path / PLACE / "lonely.csv").write_text("case\nx\n")
    found = [cells(line) for line in lines(tmp_path / PLACE)]
    assert [each[:3] for each in found] == [
        ["[digits-cnn](digits-cnn.md)", "", "14 cases"],
        ["[forest](forest.md)", "", "2 searchers"],
        ["[old-search](old-search.md)", "", ""],
    ]


def test_publishing_says_it_anew_and_only_once(tmp_path: Path) -> None:
    publish(whole_run(), tmp_path)
    (tmp_path / PLACE / "gone.md").write_text("# gone on here\n")
    assert publish(whole_run(), tmp_path)[-1].what == "wrote"
    (tmp_path / PLACE / "gone.md").unlink()
    assert publish(whole_run(), tmp_path)[-1].what == "wrote"
    assert publish(whole_run(), tmp_path)[-1].what == "unchanged"


def test_every_committed_folder_has_the_page_of_its_tables() -> None:
    folders = {each.parent for each in FOLDER.glob("*/*/*.csv")}
    assert folders
    for machine in folders:
        assert (machine / index.NAME).read_text(encoding="utf-8") == index.page(machine), machine
