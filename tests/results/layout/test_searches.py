"""Searches in a run: shown, published and exported, also those of runs that hold text alone."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest

from results import cli
from results.layout import searches, table
from results.publish import publish
from results.searches import Searches
from results.store import Run, StoreError, load
from tests.results.made_up import whole_run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Golden

FOUND = Searches(
    headers=("searcher", "seeds", "CV top-1 (%)"),
    cells=(("grid", "2", "89.31 ± 0.38"), ("tpe", "2", "89.21 ± 0.45")),
    rows=(
        {"searcher": "grid", "seeds": 2, "cv": 0.8931, "cv_low": None},
        {"searcher": "tpe", "seeds": 2, "cv": 0.8921, "cv_low": 0.88},
    ),
    notes=("Means over seeds.", "Importance (fANOVA, the 27 trials of grid, seed 0): depth 100%"),
    importance={"searcher": "grid", "seed": 0, "trials": 27, "shares": {"depth": 1.0}},
)
CELLS = Searches(
    of="cell",
    headers=("variant", "time"),
    cells=(("half", "0.5"),),
    rows=({"case": "half", "on_front": True}, {"case": "whole", "on_front": False}),
    notes=("2 of 4 cells measured.",),
    facts={"space": 4, "measured": 2},
)
OLD = "searcher  seeds\n--------  -----\n    grid      2\n\nMeans over seeds.\n"


def searched(**tuning: Searches) -> Run:
    """A run of nothing but searches."""
    return replace(whole_run(), records=(), margins={}, notes=(), tuning=tuning)


def stored(folder: Path, tuning: object, run: Run | None = None) -> Path:
    """A run's file, as pytest-benchmark leaves it."""
    run = run or searched()
    ours = {
        "schema": 1,
        "environment": dict(run.environment),
        "unmeasured": [record.as_dict() for record in run.records],
        "tuning": tuning,
    }
    file = folder / "0003_mine.json"
    file.write_text(json.dumps({"speedproof": ours, "benchmarks": [], "datetime": run.created}))
    return file


def test_what_was_stored_is_read_back(tmp_path: Path) -> None:
    assert load(stored(tmp_path, {"forest": asdict(FOUND)})).tuning == {"forest": FOUND}


def test_a_run_that_holds_text_is_still_shown(tmp_path: Path) -> None:
    run = load(stored(tmp_path, {"forest": OLD}))
    assert OLD.rstrip() in table.text(run, 120)
    assert f"## forest: tuning\n\n```text\n{OLD.rstrip()}\n```\n" in table.markdown(run)
    assert json.loads(table.json(run, []))["tuning"] == {"forest": {"text": OLD}}
    assert "searches of forest" in table.text(run, 120)


@pytest.mark.parametrize("wrong", [[], {"forest": 3}, {"forest": {"rows": 3}}])
def test_what_was_never_stored_is_told_with_its_file(tmp_path: Path, wrong: object) -> None:
    with pytest.raises(StoreError, match=r"0003_mine\.json: .*restore the file"):
        load(stored(tmp_path, wrong))


def test_a_run_of_searches_alone_looks_like_this(golden: Golden) -> None:
    run = searched(forest=FOUND)
    golden("searches.txt", table.text(run, 120))
    golden("searches.md", table.markdown(run))
    golden("searches.csv", searches.csv(run.tuning))


def test_json_has_them_beside_the_cases() -> None:
    whole = json.loads(table.json(searched(forest=FOUND), []))
    assert whole["cases"] == []
    assert whole["tuning"]["forest"]["searchers"][1] == FOUND.rows[1]
    assert whole["tuning"]["forest"]["importance"]["searcher"] == "grid"
    assert "tuning" not in json.loads(table.json(whole_run(), []))


def test_a_search_that_was_cut_short_says_so_below_its_table() -> None:
    run = replace(searched(forest=FOUND), notes=("forest: interrupted: its search tpe",))
    assert "Note: forest: interrupted: its search tpe" in table.markdown(run)


def test_the_csv_of_a_run_is_of_its_cases_or_says_how_to_have_the_searches(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(stored(tmp_path, {"forest": asdict(FOUND)}, whole_run()))
    assert cli.main(["table", file, "--format", "csv"]) == 0
    both = capsys.readouterr()
    assert len(list(csv.DictReader(io.StringIO(both.out)))) == 14
    assert "columns of their own: ask for them by --scenario forest" in both.err

    assert cli.main(["table", file, "--format", "csv", "--scenario", "forest"]) == 0
    alone = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(alone.out)))
    assert [(row["scenario"], row["searcher"], row["cv_low"]) for row in rows] == [
        ("forest", "grid", ""),
        ("forest", "tpe", "0.88"),
    ]
    assert alone.err == ""


def test_a_search_among_cells_shows_its_front_and_keeps_every_cell(tmp_path: Path) -> None:
    run = searched(ship=CELLS)
    assert load(stored(tmp_path, {"ship": asdict(CELLS)})).tuning == {"ship": CELLS}
    assert "2 cells of ship" in table.text(run, 120)
    assert "whole" not in table.text(run, 120)
    assert searches.csv(run.tuning).splitlines() == [
        "scenario,case,on_front",
        "ship,half,true",
        "ship,whole,false",
    ]
    shown = json.loads(table.json(run, []))["tuning"]["ship"]
    assert (shown["cells"], shown["space"], shown["measured"]) == (list(CELLS.rows), 4, 2)
    assert next(each.what for each in publish(run, tmp_path / "tables")) == "wrote 2 cells"


def test_each_tuning_scenario_is_published_as_a_table(tmp_path: Path) -> None:
    run = replace(whole_run(), tuning={"forest": FOUND, "old": Searches(text=OLD)})
    written = {each.path.name: each.what for each in publish(run, tmp_path)}
    assert written == {
        "digits-cnn.csv": "wrote 14 cases",
        "digits-cnn.md": "wrote",
        "forest.csv": "wrote 2 searchers",
        "forest.md": "wrote",
        "old.md": "wrote",
        "environment.json": "wrote",
        "README.md": "wrote",
    }
    folder = tmp_path / "0.1.0/amd-epyc-2c"
    shown = (folder / "forest.md").read_text()
    assert shown.startswith("# forest on amd-epyc-2c\n")
    assert "2 searchers of forest\n" in shown
    assert "|     grid |" in shown
    assert "tuning" not in (folder / "digits-cnn.md").read_text()
    (names,) = json.loads((folder / "environment.json").read_text())["runs"].values()
    assert names["scenarios"] == ["digits-cnn", "forest", "old"]


def test_a_run_of_searches_alone_is_published(tmp_path: Path) -> None:
    assert [each.path.name for each in publish(searched(forest=FOUND), tmp_path)] == [
        "forest.csv",
        "forest.md",
        "environment.json",
        "README.md",
    ]
