"""docs/techniques.md's line for each technique: what is taken from tables, and from where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.scripts import ROOT, script

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

HEADER = (
    "case,scenario,model,techniques,engine,precision,device,threads,batch_size,is_baseline,"
    "reason,ratio,accuracy,promised,realised"
)
ROWS = """\
a,fashion-x,small,dense,eager,fp32,cpu,1,1,true,,1,0.90,,
b,fashion-x,small,dense,openvino,fp32,cpu,1,1,false,,0.5,0.90,,
c,fashion-x,small,dense,openvino,int8,cpu,1,1,false,,0.2,0.89,,
d,fashion-x,small,half_width,eager,fp32,cpu,1,1,false,,0.6,0.88,0.25,0.6
e,fashion-x,small,half_width,openvino,fp32,cpu,1,1,false,,0.4,0.88,0.25,0.8
f,fashion-x,small,tied,eager,fp32,cpu,1,1,false,small has no blocks,,,,
g,fashion-x,large,dense,eager,fp32,cpu,1,1,false,,4,0.95,,
h,fashion-x,large,half_width,eager,fp32,cpu,1,1,false,,2,0.96,0.3,0.5
i,fashion-x,small,half_width+distill@teacher=large,eager,fp32,cpu,1,1,false,,0.7,0.9,0.25,0.7
"""


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return script("measured", monkeypatch)


@pytest.fixture
def lines(measured: ModuleType, tmp_path: Path) -> dict[str, list[str]]:
    """The cells behind the variant of each line, by its technique."""
    (tmp_path / "fashion-x.csv").write_text(f"{HEADER}\n{ROWS}")
    (tmp_path / "fashion-training.csv").write_text("case\nanother task\n")
    (tmp_path / "digits-forest.csv").write_text("searcher,seeds\ngrid,5\n")
    table = measured.table(tmp_path)
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    return {technique: rest for technique, _variant, *rest in cells}


def test_a_variant_is_held_against_the_dense_network_of_each_model(
    lines: dict[str, list[str]],
) -> None:
    assert lines["`half_width`"] == [
        "0.25 to 0.30",
        "0.50 to 0.80 (3 cells)",
        "-2.00 to +1.00",
        "-2.00 to +1.00",
        "small, large",
        "fashion-x",
    ]


def test_what_was_measured_in_compositions_alone_stands_in_the_shortest(
    lines: dict[str, list[str]],
) -> None:
    assert lines["`distill`"][1] == "0.70 (1 cell)"


def test_what_a_technique_adds_to_others_is_told_against_the_same_without_it(
    lines: dict[str, list[str]],
) -> None:
    dense, student = lines["`distill`"][2:4]
    assert (dense, student) == ("+0.00", "+2.00")
    assert lines["precision `int8`"][3] == ""


def test_a_precision_is_held_against_fp32_on_the_same_engine(lines: dict[str, list[str]]) -> None:
    assert lines["precision `int8`"][:3] == ["", "0.40 (1 cell)", "-1.00"]


def test_what_was_not_measured_says_so_with_the_reason(lines: dict[str, list[str]]) -> None:
    assert lines["`tied`"][1] == "not measured: small has no blocks"
    assert lines["`depthwise`"][1] == "not measured"
    assert lines["precision `bf16`"][1] == "not measured"


def test_the_document_has_a_row_for_every_technique_of_inference(measured: ModuleType) -> None:
    document = (ROOT / "docs" / "techniques.md").read_text()
    first = document.partition("| technique | promises")[2].partition("\n\n")[0]
    named = {name for line in first.splitlines() for name in re.findall(r"`(\w+)", line[:60])}
    assert {"dense", *measured.names(), *measured.PRECISIONS} <= named
