from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from scenarios.scenario import Technique
from tests.bench.runs import planned

if TYPE_CHECKING:
    from pathlib import Path

    from bench.case import Case

PRUNED = (
    Technique(name="half_width"),
    Technique(name="prune_structured", options=(("ratio", 0.5),)),
)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return planned(tmp_path)[0]


def test_an_id_is_readable(case: Case) -> None:
    assert case.id == "two-engines/simple_cnn+dense/eager-fp32/b1"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"batch_size": 32}, "two-engines/simple_cnn+dense/eager-fp32/b32"),
        ({"threads": 4}, "two-engines/simple_cnn+dense/eager-fp32/b1/t4"),
        ({"device": "cuda:1"}, "two-engines/simple_cnn+dense/eager-fp32/b1/cuda1"),
        (
            {"techniques": PRUNED, "engine": "openvino", "precision": "bf16"},
            "two-engines/simple_cnn+half_width+prune_structured@ratio=0.5/openvino-bf16/b1",
        ),
    ],
)
def test_whatever_tells_cases_apart_is_in_the_id(
    case: Case, changes: dict[str, object], name: str
) -> None:
    changed: Case = replace(case, **changes)  # type: ignore[arg-type]
    assert changed.id == name


def test_cases_are_compared_within_batch_size_threads_and_device(case: Case) -> None:
    assert replace(case, engine="openvino", precision="int8").group == case.group
    for other in (
        replace(case, batch_size=2),
        replace(case, threads=2),
        replace(case, device="cuda:0"),
    ):
        assert other.group != case.group


def test_a_key_holds_names_only(case: Case) -> None:
    key = replace(case, techniques=PRUNED).key()
    assert key.techniques == ("half_width", "prune_structured@ratio=0.5")
    assert (key.scenario, key.model, key.is_baseline) == ("two-engines", "simple_cnn", True)
    assert key.id == replace(case, techniques=PRUNED).id
