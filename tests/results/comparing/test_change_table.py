"""What a comparison looks like for people and for machines."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from results.comparing import change_table
from results.comparing.compare import compare
from results.judging.change import exit_code, worst
from tests.results.made_up import blocks, case, quantity, record
from tests.results.nights import BASELINE, GROUPED, OPENVINO, edited, night, with_value

if TYPE_CHECKING:
    from results.store import Run
    from tests.conftest import Golden


def several_changes() -> tuple[Run, Run]:
    """Something of everything that a comparison can say."""
    extra = record(case("half_width"), [quantity("params", 5544)], blocks(0.7e-3))
    lost = record(case("prune_unstructured@amount=0.8"), [], blocks(1e-3))
    base, head = night(), night(machine=1.2, slowed={OPENVINO: 1.05}, luck=1, number=2)
    head = edited(head, BASELINE, with_value("params", 21_850))
    head = edited(head, GROUPED, with_value("accuracy", 0.90, 600))
    skipped = record(case("grouped", "onnxruntime-fp32"), status="skipped", reason="not installed")
    return (
        replace(base, records=(*base.records, lost, skipped)),
        replace(head, records=(*head.records, extra, skipped)),
    )


@pytest.mark.parametrize("width", [100, 160])
def test_text_looks_like_this(golden: Golden, width: int) -> None:
    base, head = several_changes()
    golden(f"compare_{width}.txt", change_table.text(base, head, compare(base, head), width))


def test_json_looks_like_this(golden: Golden) -> None:
    base, head = several_changes()
    golden("compare.json", change_table.json(base, head, compare(base, head)))


def test_json_has_exactly_these_keys() -> None:
    base, head = several_changes()
    whole = json.loads(change_table.json(base, head, compare(base, head)))
    assert list(whole) == ["base", "head", "changes", "worst"]
    keys = ["case", "metric", "ratio", "low", "high", "verdict", "why"]
    assert all(list(each) == keys for each in whole["changes"])
    assert whole["worst"] == "wrong"


def test_nothing_in_common_is_no_success() -> None:
    empty = replace(night(), records=())
    assert compare(empty, empty) == []
    assert (worst([]), exit_code([])) == (None, 3)
    assert "nothing to compare" in change_table.text(empty, empty, [], 160)


def test_one_case_is_one() -> None:
    base, head = (replace(night(number=n), records=night().records[:1]) for n in (1, 2))
    lines = change_table.text(base, head, compare(base, head), 160).splitlines()
    assert next(line for line in lines if "compared:" in line).startswith("1 case compared: ")
