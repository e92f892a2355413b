"""What a GPU's clock, held down on one side alone, leaves of the verdicts of a run and of two."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from results.comparing.compare import compare
from results.judging import stats
from results.judging.rows import rows
from results.judging.work import time_ratio
from tests.results.made_up import at_clock, blocks
from tests.results.nights import BASELINE, GROUPED, OPENVINO, SECONDS, edited, night, verdicts

if TYPE_CHECKING:
    from results.record import Record

POWER = "power cap (software)"
COLD, OTHER = blocks(2e-3), blocks(1e-3)
HOT, OTHER_HOT = at_clock(COLD, POWER), at_clock(OTHER, POWER)


def held_down(old: Record) -> Record:
    return replace(old, blocks=at_clock(old.blocks, POWER))


def test_a_ratio_knows_whose_clock_was_held_down() -> None:
    for case, baseline, alone in (
        (HOT, OTHER, 1),
        (COLD, OTHER_HOT, -1),
        (HOT, OTHER_HOT, 0),
        (COLD, OTHER, 0),
        (HOT[:4], OTHER, 1),  # one replicate
    ):
        for found in (
            stats.ratio(case, baseline),
            stats.ratio_through(case, baseline, blocks(3e-3)),
        ):
            assert found is not None
            assert found.held_down == alone


def test_a_ratio_over_other_clocks_has_the_same_numbers() -> None:
    hot, cold = stats.ratio(HOT, OTHER), stats.ratio(COLD, OTHER)
    assert hot is not None
    assert replace(hot, held_down=0) == cold


@pytest.mark.parametrize(("base", "head", "alone"), [(0, 1, 1), (1, 0, -1), (1, 1, 0), (-1, 0, 1)])
def test_between_two_runs_what_both_had_cancels(base: int, head: int, alone: int) -> None:
    ratio = stats.ratio(COLD, OTHER)
    assert ratio is not None
    found = stats.between(replace(ratio, held_down=base), replace(ratio, held_down=head))
    assert found is not None
    assert found.held_down == alone


def test_the_time_of_a_step_passes_it_on_to_the_time_to_a_target() -> None:
    step = stats.ratio(HOT, OTHER)
    assert step is not None
    found = time_ratio([1000.0, 1100.0], [1000.0, 1100.0], step)
    assert found is not None
    assert found.held_down == 1


def judged(case: str, made: dict[str, Record]) -> str | None:
    run = night()
    changed = replace(run, records=tuple(made.get(each.case.id, each) for each in run.records))
    (row,) = [row for row in rows(changed) if row.record.case.id == case]
    return row.verdict.name if row.verdict else None


def test_a_case_held_down_alone_is_not_called_slower_but_may_be_faster() -> None:
    known = {each.case.id: each for each in night().records}
    assert SECONDS[OPENVINO] < SECONDS[BASELINE] < SECONDS[GROUPED]
    for hot, grouped, openvino in (
        ([], "slower", "faster"),
        ([GROUPED, OPENVINO], "inconclusive", "faster"),
        ([BASELINE], "slower", "inconclusive"),
        ([BASELINE, GROUPED, OPENVINO], "slower", "faster"),
    ):
        made = {name: held_down(known[name]) for name in hot}
        assert (judged(GROUPED, made), judged(OPENVINO, made)) == (grouped, openvino)


def test_a_night_whose_clock_was_held_down_has_got_no_slower() -> None:
    head = night(slowed={OPENVINO: 1.05}, luck=1)
    assert verdicts(compare(night(), head))[OPENVINO] == "slower"
    changes = compare(night(), edited(head, OPENVINO, held_down))
    assert verdicts(changes)[OPENVINO] == "inconclusive"
    (why,) = [each.why for each in changes if each.verdict == "inconclusive"]
    assert why == (
        "over the baseline: the GPU's clock was held down in most blocks of one side alone; "
        "its notes say why"
    )
