"""Which cases of a run are its controls, and the A/A twins among them, which no matrix lists."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from results.judging.controls import HALF_WIDTH, TWIN, UNSTRUCTURED
from results.judging.references import DENSE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.case import Case

SUFFIX = "twin"  # of a twin's id
# The engines that do all the work their module says, and nothing cleverer.
ENGINES = frozenset({"eager", "train_eager"})
BY_TECHNIQUE = {"prune_unstructured": UNSTRUCTURED, "half_width": HALF_WIDTH}


def with_twins(planned: Sequence[Case]) -> list[Case]:
    """The same cases, each baseline that has controls followed by a copy of itself."""
    return [one for case in planned for one in _with_twin(case)]


def _with_twin(case: Case) -> Iterator[Case]:
    yield case
    if case.is_baseline and has_controls(case):
        yield replace(case, twin=SUFFIX, is_baseline=False)


def has_controls(case: Case) -> bool:
    """Whether its group is to have controls: of the default run or on a GPU.

    The twin is added there; the other two are where the scenario has such cases.
    """
    return (case.scenario.default or case.device != "cpu") and _is_plain(case)


def _is_plain(case: Case) -> bool:
    """Whether its baseline is a dense network in eager mode, whose work is known beforehand."""
    base = case.scenario.baseline
    dense = tuple(technique.name for technique in base.techniques) == DENSE
    return dense and base.engine in ENGINES


def control_of(case: Case) -> str | None:
    """Which control a case is, or None: only cases like the baseline but for one thing are.

    Unstructured pruning is one in every scenario that has it; it costs nothing more.
    """
    base = case.scenario.baseline
    own = (case.model, case.engine, case.precision)
    if case.is_baseline or own != (base.model, base.engine, base.precision) or not _is_plain(case):
        return None
    if case.twin == SUFFIX:
        return TWIN
    (name, *more) = (technique.name for technique in case.techniques)
    control = None if more else BY_TECHNIQUE.get(name)
    # A small network at half width launches as many kernels as before, and on a GPU launching is
    # what takes its time.
    narrower_is_faster = case.scenario.default and case.device == "cpu"
    return None if control == HALF_WIDTH and not narrower_is_faster else control
