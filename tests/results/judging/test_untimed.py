"""Sizes, counts and memory between two runs, and numbers that only one of them has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from results.comparing.compare import compare
from results.judging.change import exit_code
from tests.results.nights import OPENVINO, edited, night, verdicts, with_value, without

if TYPE_CHECKING:
    from collections.abc import Callable

    from results.record import Record


@pytest.mark.parametrize(
    ("name", "value", "n", "verdict"),
    [
        ("params", 21841, None, "larger"),
        ("params", 21839, None, "smaller"),
        ("macs", 481_240, None, "same"),
        ("host_peak_bytes", 312e6 * 1.019, None, "same"),
        ("host_peak_bytes", 312e6 * 1.03, None, "larger"),
        ("host_peak_bytes", 312e6 * 0.9, None, "smaller"),
        ("artifact_bytes", 88_432, None, "new"),
    ],
)
def test_what_has_no_noise_needs_no_statistics(
    name: str, value: float, n: int | None, verdict: str
) -> None:
    head = edited(night(), OPENVINO, with_value(name, value, n))
    assert verdicts(compare(night(), head), name)[OPENVINO] == verdict


@pytest.mark.parametrize(("margin", "verdict"), [(0.02, "larger"), (0.05, "same")])
def test_memory_is_judged_by_the_wider_margin_of_its_scenario(margin: float, verdict: str) -> None:
    base = replace(night(), memory_margins={"digits-cnn": margin})
    head = edited(night(), OPENVINO, with_value("host_peak_bytes", 312e6 * 1.03))
    for one, other in ((base, head), (replace(base, memory_margins={}), head)):
        wider = verdict if one is base else "larger"
        assert verdicts(compare(one, other), "host_peak_bytes")[OPENVINO] == wider


@pytest.mark.parametrize(
    ("peak", "files", "verdict", "ratio"),
    [
        pytest.param(368e6, 133e6, "same", 1.0, id="more_of_the_libraries_is_resident"),
        pytest.param(242.7e6, 7e6, "same", 1.003, id="less_of_them_is"),
        pytest.param(317e6, 77e6, "larger", 240 / 235, id="the_rest_grew_by_more_than_the_margin"),
        pytest.param(312e6, 82e6, "smaller", 230 / 235, id="the_rest_shrank"),
    ],
)
def test_resident_files_of_libraries_are_no_change_of_memory(
    peak: float, files: float, verdict: str, ratio: float
) -> None:
    base = edited(night(), OPENVINO, with_value("host_library_bytes", 77e6))
    head = edited(night(), OPENVINO, with_value("host_peak_bytes", peak))
    head = edited(head, OPENVINO, with_value("host_library_bytes", files))
    changes = compare(base, head)
    (found,) = (c for c in changes if (c.case, c.metric) == (OPENVINO, "host_peak_bytes"))
    assert found.verdict == verdict
    assert found.ratio == pytest.approx(ratio, abs=1e-3)
    rest = f"235,000,000, then {peak - files:,.0f}"
    assert found.why == f"{rest}, beside 77,000,000, then {files:,.0f} of libraries' files"
    assert not [c for c in changes if c.metric == "host_library_bytes"]


@pytest.mark.parametrize("which", ["base", "head"])
def test_where_a_run_does_not_know_the_files_of_libraries_the_whole_is_compared(which: str) -> None:
    base, head = night(), edited(night(), OPENVINO, with_value("host_peak_bytes", 368e6))
    knowing = with_value("host_library_bytes", 77e6)
    if which == "base":
        base = edited(base, OPENVINO, knowing)
    else:
        head = edited(head, OPENVINO, knowing)
    changes = compare(base, head)
    (found,) = (c for c in changes if (c.case, c.metric) == (OPENVINO, "host_peak_bytes"))
    assert found.verdict == "larger"
    assert found.why == "312,000,000, then 368,000,000, libraries' files included"


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [(2e6, 2e6 * 1.01, "same"), (2e6, 3e6, "larger"), (0.0, 3e6, "larger"), (3e6, 0.0, "smaller")],
)
@pytest.mark.parametrize("name", ["engine_scratch_bytes", "engine_weights_bytes"])
def test_what_an_engine_takes_of_a_device_is_judged_as_memory_is(
    name: str, before: float, after: float, verdict: str
) -> None:
    base, head = (edited(night(), OPENVINO, with_value(name, size)) for size in (before, after))
    assert verdicts(compare(base, head), name)[OPENVINO] == verdict


def trains(record: Record) -> Record:
    return replace(record, facts={**record.facts, "task": "training"})


@pytest.mark.parametrize(
    ("task", "before", "after", "verdict"),
    [
        pytest.param("training", 256.6e6, 263.3e6, "same", id="luck"),
        pytest.param("training", 263.3e6, 256.6e6, "same", id="the_other_way_round"),
        pytest.param("training", 256.6e6, 265.1e6, "larger", id="more_than_luck"),
        pytest.param("training", 265.1e6, 256.6e6, "smaller", id="less_than_luck"),
        pytest.param("training", 700e6, 713e6, "same", id="the_margin_is_wider"),
        pytest.param("training", 700e6, 715e6, "larger", id="more_than_the_margin"),
        pytest.param("inference", 256.6e6, 263.3e6, "larger", id="no_training"),
    ],
)
def test_a_few_huge_pages_more_are_no_change_of_a_training(
    task: str, before: float, after: float, verdict: str
) -> None:
    base, head = (
        edited(night(), OPENVINO, with_value("host_peak_bytes", size)) for size in (before, after)
    )
    if task == "training":
        base, head = (edited(run, OPENVINO, trains) for run in (base, head))
    assert verdicts(compare(base, head), "host_peak_bytes")[OPENVINO] == verdict


def test_of_a_device_a_training_has_no_such_luck() -> None:
    sizes = (50e6, 55e6)
    name = "device_peak_bytes"
    base, head = (edited(night(), OPENVINO, with_value(name, size)) for size in sizes)
    base, head = (edited(run, OPENVINO, trains) for run in (base, head))
    assert verdicts(compare(base, head), name)[OPENVINO] == "larger"


def counted(how: str) -> Callable[[Record], Record]:
    return lambda record: replace(record, facts={**record.facts, "device_memory": how})


@pytest.mark.parametrize(("way", "verdict"), [("without inputs", "incomparable"), ("", "smaller")])
def test_memory_of_a_device_that_was_counted_in_two_ways_is_not_compared(
    way: str, verdict: str
) -> None:
    """Runs from before had in it what the bench itself had there."""
    name, most = "device_peak_bytes", 163e6
    base, head = (edited(night(), OPENVINO, with_value(name, size)) for size in (most, 38e6))
    base, head = (edited(run, OPENVINO, counted(how)) for run, how in ((base, ""), (head, way)))
    found = compare(base, head)
    assert verdicts(found, name)[OPENVINO] == verdict
    assert verdicts(found, "host_peak_bytes")[OPENVINO] == "same"
    assert verdicts(found, "latency")[OPENVINO] == "same"


def test_a_number_that_is_no_longer_measured_is_missing() -> None:
    changes = compare(night(), edited(night(), OPENVINO, without("accuracy")))
    assert verdicts(changes, "accuracy")[OPENVINO] == "missing"
    assert exit_code(changes) == 1
