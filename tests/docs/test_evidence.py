"""The scripts of docs/evidence: that they start, and how verdicts.py plans, keeps and counts."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.docs.scripts import FOLDER, ROOT, script

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

TABLES = ROOT / "results" / "tables"


@pytest.fixture
def verdicts(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return script("verdicts", monkeypatch)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("int8.py", "usage:"),
        ("overhead.py", "block over bare loop"),
        ("readme.py", "usage:"),
        ("roofline.py", "usage:"),
        ("techniques.py", "usage:"),
        ("tuning.py", "usage:"),
        ("verdicts.py", "usage:"),
    ],
)
def test_each_script_starts(name: str, text: str) -> None:
    started = subprocess.run(
        [sys.executable, str(FOLDER / name), "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 0, started.stderr
    assert text in started.stdout


@pytest.mark.parametrize("name", ["techniques", "readme"])
def test_the_tables_of_a_document_are_those_that_were_published(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = script(name, monkeypatch)
    document = written.DOCUMENT.read_text()
    files = {f"{one}.csv" for one in written.markers.names(document, written.SCRIPT)} - {"*.csv"}
    assert files
    folders = sorted({file.parent for file in TABLES.rglob("*.csv")})
    whole = [each for each in folders if files <= {file.name for file in each.glob("*.csv")}]
    made = [written.text(document, folder) for folder in whole]
    remedy = f"python docs/evidence/{name}.py results/tables/VERSION/MACHINE"
    assert document in made, f"tables were published after it was written; run {remedy}"


def test_the_rows_of_the_readme_have_the_digits_and_units_of_the_table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    readme = script("readme", monkeypatch)
    monkeypatch.setattr(readme, "SHOWN", {"1": [("dense", "eager fp32")], "32": [("dense", "x")]})
    head = (
        "| variant | engine, precision | memory (MB) | p50 ({}) | vs baseline "
        "| time ratio (95 % interval) | top-1 (%) | accuracy |"
    )
    lines = [
        "**batch size 1, 1 thread, cpu**",
        head.format("µs"),
        "| dense | eager fp32 | 312 | 118 | baseline | 1 | 99.5 | |",
        "**batch size 32, 1 thread, cpu**",
        head.format("ms"),
        "| dense | x | 312 | 1.950 | same | 1.000 (0.999 to 1.001) | 99.5 | equal |",
    ]
    (tmp_path / "one.md").write_text("\n".join(lines))
    *_, first, second = readme.table(tmp_path / "one.md").splitlines()
    cells = [[cell.strip() for cell in line.split("|")][3:8] for line in (first, second)]
    assert cells == [
        ["eager fp32", "118 µs", "baseline", "1", "99.5"],
        ["x", "1.950 ms", "same", "1.000 (0.999 to 1.001)", "99.5"],
    ]


def test_the_tables_of_tuning_are_those_of_the_searches_that_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tuning = script("tuning", monkeypatch)
    document = tuning.DOCUMENT.read_text()
    assert tuning.markers.names(document, tuning.SCRIPT)
    assert tuning.text(document) == document


def test_a_search_for_what_to_ship_stands_as_it_was_published(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tuning = script("tuning", monkeypatch)
    monkeypatch.setattr(tuning, "TABLES", tmp_path)
    (tmp_path / "mine-search.md").write_text("# mine-search on x\n\nrun 1\n\n| a |\n\nA note.\n")
    begin = tuning.markers.BEGIN.format(name="mine-search", script=tuning.SCRIPT)
    filled = tuning.text(f"{begin}\nold\n{tuning.markers.END}\n")
    assert filled == f"{begin}\n\nrun 1\n\n| a |\n\nA note.\n\n{tuning.markers.END}\n"


PUBLISHED = """\
case,model,techniques,engine,precision,device,threads,batch_size,is_baseline,ratio,ratio_low,ratio_high,macs,\
artifact_bytes,accuracy,verdict,realised,realised_over_promised,accuracy_verdict
a,small,dense,eager,fp32,cpu,1,1,true,1,1,1,100,10,0.9,,,,
b/twin,small,dense,eager,fp32,cpu,1,1,false,0.9,0.9,0.9,100,10,0.9,same,,,
c,small,half,eager,fp32,cpu,1,1,false,0.6,0.5,0.7,25,5,0.88,faster,0.6,2.4,worse
d,large,dense,eager,fp32,cpu,1,1,false,4,3.9,4.1,400,40,0.95,slower,,,
e,large,half,eager,fp32,cpu,1,1,false,2,1.9,2.1,200,20,0.94,slower,0.5,1,equal
f,forest,dense,onnxruntime,fp32,cpu,1,1,false,3,2.9,3.1,,9,0.8,slower,,,
"""


def test_each_model_has_a_table_and_is_held_against_its_own_dense_network(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    techniques = script("techniques", monkeypatch)
    (tmp_path / "two.csv").write_text(PUBLISHED)
    document = "words <!-- from two.csv, written by docs/evidence/techniques.py: begin -->\nold\n"
    made = techniques.text(f"{document}<!-- end --> more", tmp_path)
    lines = [line for line in made.splitlines() if line.startswith(("| dense", "| half"))]
    assert [" ".join(line.replace("|", " ").split()) for line in lines] == [
        "dense onnxruntime fp32 1 3.000 (2.900 to 3.100) 1.00 80.00 slower",
        "dense eager fp32 1 1.00 4.000 (3.900 to 4.100) 1.00 95.00 slower",
        "half eager fp32 1 0.50 2.000 (1.900 to 2.100) 0.50 1.00 0.50 94.00 -1.00 equal slower",
        "dense eager fp32 1 1.00 1.000 (1.000 to 1.000) 1.00 90.00 the baseline",
        "half eager fp32 1 0.25 0.600 (0.500 to 0.700) 0.60 2.40 0.50 88.00 -2.00 worse faster",
    ]
    assert "large:" in made
    assert "old" not in made


def test_a_begin_without_its_end_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    techniques = script("techniques", monkeypatch)
    begin = "<!-- from two.csv, written by docs/evidence/techniques.py: begin -->"
    with pytest.raises(ValueError, match="expected <!-- end -->"):
        techniques.text(begin, tmp_path)


def test_each_case_gets_identical_pairs_and_the_other_tools_are_spread(
    verdicts: ModuleType,
) -> None:
    planned = list(verdicts.tasks(100, 6, ["one", "two"], 8))
    mine = [task for task in planned if task.tool == verdicts.OURS]
    assert len([task for task in mine if task.slowdown == 0.0]) == 300
    assert {len([t for t in mine if t.slowdown == s]) for s in verdicts.SLOWDOWNS} == {100}
    assert {task.case for task in mine if task.slowdown == 0.0} == set(range(8))
    others = [number for number, task in enumerate(planned) if task.tool == "one"]
    assert len(others) == 12
    assert max(later - one for one, later in zip(others[1::2], others[2::2], strict=False)) < 120


def test_what_was_measured_is_read_back_and_counted(verdicts: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    for slowdown, verdict in [(0.0, "same"), (0.0, "faster"), (0.02, "slower"), (0.02, "same")]:
        row = {"tool": verdicts.OURS, "case": "x", "slowdown": str(slowdown), "verdict": verdict}
        verdicts._append(file, {**row, "seconds": "5.0"})
    verdicts._append(
        file,
        {"tool": "other", "case": "x", "slowdown": "0.05", "verdict": "slower", "seconds": "9"},
    )
    lines = verdicts.table(verdicts._rows(file)).splitlines()
    assert [cell.strip() for cell in lines[2].split("|")[2:-1]] == [
        "5.0",
        "1 of 2",
        "98.7%",
        "1 of 2",
        "",
        "",
    ]
    assert "other" in lines[4]
