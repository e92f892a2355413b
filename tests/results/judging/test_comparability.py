"""What may differ between two runs that are compared, and what may not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from results.comparing.compare import compare
from results.judging.change import exit_code
from results.judging.comparability import UnlikeError
from tests.results.nights import OPENVINO, edited, night

if TYPE_CHECKING:
    from results.record import Record
    from results.store import Run


@pytest.mark.parametrize(
    "fact",
    [
        "clock",
        "boundary",
        "provider",
        "precision",
        "threads",
        "cores",
        "gpu_clocks",
        "data_sha256",
    ],
)
def test_a_case_measured_in_another_way_is_incomparable(fact: str) -> None:
    def other(old: Record) -> Record:
        return replace(old, facts={**old.facts, fact: "other"})

    changes = compare(night(), edited(night(), OPENVINO, other))
    (change,) = [each for each in changes if each.case == OPENVINO]
    assert change.verdict == "incomparable"
    assert change.why.startswith(f"{fact}: ")
    assert change.why.endswith(", then other")
    assert exit_code(changes) == 3


def in_environment(**changed: object) -> Run:
    return replace(night(number=2), environment={**night().environment, **changed})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"measurement": 2}, "measurement: 1, then 2"),
        ({"measurement": None}, "measurement: 1, then none"),
        ({"huge_pages": "always"}, "huge_pages: madvise, then always"),
    ],
)
def test_runs_that_were_measured_in_other_ways_are_refused(
    changed: dict[str, object], said: str
) -> None:
    with pytest.raises(UnlikeError, match=f"{said}; compare runs of one machine, measured in one"):
        compare(night(), in_environment(**changed), ["torch"])


TORCH = {"torch": "2.14.0", "openvino": "2026.4"}


def test_runs_of_other_machines_and_libraries_are_refused_naming_each_difference() -> None:
    head = in_environment(gpu="NVIDIA H100", driver="570.1", python="3.12.1", libraries=TORCH)
    with pytest.raises(UnlikeError) as caught:
        compare(night(), head)
    assert str(caught.value) == (
        "0001 and 0002 are not comparable: gpu: none, then NVIDIA H100; driver: none, then 570.1; "
        "python: 3.11.7, then 3.12.1; torch: 2.13.0, then 2.14.0; compare runs of one machine, "
        "measured in one way"
    )


def test_a_library_that_is_allowed_may_differ_and_no_other() -> None:
    head = in_environment(libraries=TORCH)
    assert exit_code(compare(night(), head, ["torch"])) == 0
    with pytest.raises(UnlikeError, match=r"torch: 2\.13\.0, .*; allow them with --allow NAME"):
        compare(night(), head, ["openvino"])
    fewer = in_environment(libraries={"torch": "2.13.0"})
    with pytest.raises(UnlikeError, match=r"openvino: 2026\.4, then none"):
        compare(night(), fewer)


def test_an_unknown_library_cannot_be_allowed() -> None:
    with pytest.raises(UnlikeError, match="--allow tensorrt: neither run has such a library"):
        compare(night(), night(), ["tensorrt"])


@pytest.mark.parametrize("harmless", [{"load": 9.0}, {"commit": "abc"}, {"governor": "powersave"}])
def test_what_does_not_decide_speed_may_differ(harmless: dict[str, object]) -> None:
    assert exit_code(compare(night(), in_environment(**harmless))) == 0
