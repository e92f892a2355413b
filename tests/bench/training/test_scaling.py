from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from bench.training.scaling import Part, Scaling, scaling, text
from results.judging.change import exit_code
from results.record import Block

if TYPE_CHECKING:
    from collections.abc import Sequence

LUCK = (1.0, 1.002, 0.998, 1.001, 0.999)  # of the groups of processes


def blocks(level_s: float, replicate: int, rounds: int = 4) -> tuple[Block, ...]:
    """A machine that is twice as slow in each second round, for whoever works then."""
    return tuple(
        Block(
            replicate=replicate,
            round=number,
            position=0,
            iterations=3,
            durations_s=(level_s * (1 + number % 2),) * 3,
        )
        for number in range(rounds)
    )


def parts(ratio: float, luck: Sequence[float] = LUCK) -> list[Part]:
    return [
        Part(
            backend="gloo",
            batch_size=64,
            alone=blocks(0.02, replicate),
            together=blocks(0.02 * ratio * factor, replicate),
        )
        for replicate, factor in enumerate(luck)
    ]


def found(ratio: float, luck: Sequence[float] = LUCK, margin: float = 0.01) -> Scaling:
    return scaling("digits-training/x", 2, "cuda:0", parts(ratio, luck), margin)


@pytest.mark.parametrize(
    ("ratio", "luck", "verdict", "status"),
    [
        pytest.param(0.6, LUCK, "faster", 0, id="faster"),
        pytest.param(1.3, LUCK, "slower", 1, id="slower"),
        pytest.param(1.003, LUCK, "same", 0, id="significant_but_small"),
        pytest.param(0.9, (1.0, 1.4, 0.7, 1.2, 0.8), "inconclusive", 3, id="noisy"),
        pytest.param(0.6, LUCK[:2], "inconclusive", 3, id="too_few_groups"),
    ],
)
def test_several_processes_are_judged_as_cases_are(
    ratio: float, luck: Sequence[float], verdict: str, status: int
) -> None:
    one = found(ratio, luck)
    assert one.verdict.name == verdict
    assert exit_code([one.change]) == status


def test_rounds_of_one_group_have_no_interval() -> None:
    alone = found(0.6, (1.0,))
    assert (alone.ratio.low, alone.verdict.name) == (None, "inconclusive")
    assert "0.600 (no interval), 1 replicate" in text(alone)


def test_the_margin_is_what_counts_as_a_change() -> None:
    assert found(0.97, margin=0.01).verdict.name == "faster"
    assert found(0.97, margin=0.05).verdict.name == "same"


def test_the_public_form_says_what_it_was_made_of() -> None:
    public = found(0.625).as_dict()
    assert public["efficiency"] == pytest.approx(0.8, rel=1e-3)
    assert public["ratio_low"] < public["ratio"] < public["ratio_high"]
    assert (public["replicates"], public["device"], public["margin"]) == (5, "cuda", 0.01)
    assert public["alone_s"] == pytest.approx(0.03)  # between the quiet and the busy rounds


def test_people_read_the_verdict_with_its_reason() -> None:
    lines = text(found(0.6)).splitlines()
    assert lines[0].endswith("2 processes (gloo, cuda) against one alone, 64 samples a step")
    assert lines[1].startswith("verdict     1.67x faster (p < 1e-06, margin 1 %)")
    assert lines[3] == "step        18.0 ms together, 30.0 ms alone"
    assert lines[4] == "efficiency  83%"


def test_a_part_comes_back_from_json() -> None:
    (part,) = parts(0.6, (1.0,))
    assert Part.from_dict(json.loads(json.dumps(asdict(part)))) == part
