from __future__ import annotations

from typing import TYPE_CHECKING

from bench import plan
from tests.bench.runs import planned

if TYPE_CHECKING:
    from pathlib import Path

DENSE = "simple_cnn+dense/eager-fp32"
WITHOUT_BASELINE = ('["eager", "onnxruntime"]', '["onnxruntime"]')
BATCHES = ("batch_sizes = [1]", "batch_sizes = [32, 1]\nthreads = [1, 2]")


def names(cases: object) -> list[str]:
    assert isinstance(cases, list | tuple)
    return [case.id.partition("/")[2] for case in cases]


def test_a_matrix_is_a_product_in_the_order_of_the_file(tmp_path: Path) -> None:
    assert names(planned(tmp_path)) == [
        f"{DENSE}/b1",
        "simple_cnn+dense/onnxruntime-fp32/b1",
        "simple_cnn+half_width/eager-fp32/b1",
        "simple_cnn+half_width/onnxruntime-fp32/b1",
    ]


def test_a_baseline_that_no_matrix_lists_is_added_once_a_group(tmp_path: Path) -> None:
    cases = planned(tmp_path, WITHOUT_BASELINE, BATCHES)
    assert names([case for case in cases if case.is_baseline]) == [
        f"{DENSE}/b32",
        f"{DENSE}/b32/t2",
        f"{DENSE}/b1",
        f"{DENSE}/b1/t2",
    ]
    assert len(cases) == 4 + 8


def test_a_baseline_comes_before_its_cases(tmp_path: Path) -> None:
    last = ('["eager", "onnxruntime"]', '["onnxruntime", "eager"]')
    cases = planned(tmp_path, last, BATCHES)
    assert len(cases) == len({case.id for case in cases}) == 16
    for group in plan.groups(cases):
        positions = [cases.index(case) for case in group.cases]
        assert positions[0] == min(positions)


def test_a_group_holds_what_is_compared_and_its_baseline(tmp_path: Path) -> None:
    cases = planned(tmp_path, BATCHES)
    groups = plan.groups(cases)
    assert sorted(names([case for group in groups for case in group.cases])) == sorted(names(cases))
    for group in groups:
        assert group.baseline is group.cases[0]
        assert {case.is_baseline for case in group.cases[1:]} == {False}
        assert {case.group for case in group.cases} == {group.name}


def test_a_group_has_its_baseline_even_if_that_was_not_selected(tmp_path: Path) -> None:
    selected = [case for case in planned(tmp_path) if case.id.endswith("half_width/eager-fp32/b1")]
    (group,) = plan.groups(selected)
    assert names(group.cases) == [f"{DENSE}/b1", "simple_cnn+half_width/eager-fp32/b1"]
    assert group.baseline.is_baseline


def test_nothing_selected_means_no_group() -> None:
    assert plan.groups([]) == []


def test_all_models_of_a_scenario_are_one_group_with_one_baseline(tmp_path: Path) -> None:
    several = ('model = "simple_cnn"', 'models = ["simple_cnn", "resnet8"]')
    baseline = ('"dense/eager-fp32"', '"resnet8+dense/eager-fp32"')
    (group,) = plan.groups(planned(tmp_path, several, baseline))
    assert group.baseline.id.partition("/")[2] == "resnet8+dense/eager-fp32/b1"
    assert {case.model.name for case in group.cases} == {"simple_cnn", "resnet8"}
    assert len(group.cases) == 8
