"""Sizes, counts and memory between two runs, and numbers that only one of them has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from results.comparing.change import exit_code
from results.comparing.compare import compare
from tests.results.nights import OPENVINO, edited, night, verdicts, with_value, without


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
    ("before", "after", "verdict"),
    [(2e6, 2e6 * 1.01, "same"), (2e6, 3e6, "larger"), (0.0, 3e6, "larger"), (3e6, 0.0, "smaller")],
)
@pytest.mark.parametrize("name", ["engine_scratch_bytes", "engine_weights_bytes"])
def test_what_an_engine_takes_of_a_device_is_judged_as_memory_is(
    name: str, before: float, after: float, verdict: str
) -> None:
    base, head = (edited(night(), OPENVINO, with_value(name, size)) for size in (before, after))
    assert verdicts(compare(base, head), name)[OPENVINO] == verdict


def test_a_number_that_is_no_longer_measured_is_missing() -> None:
    changes = compare(night(), edited(night(), OPENVINO, without("accuracy")))
    assert verdicts(changes, "accuracy")[OPENVINO] == "missing"
    assert exit_code(changes) == 1
