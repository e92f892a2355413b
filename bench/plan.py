"""From scenarios to cases, and from cases to the groups that are measured together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from bench.case import Case

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scenarios.scenario import Matrix, Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Cases measured in one interleaved schedule; the baseline is one of them."""

    name: str
    cases: tuple[Case, ...]
    baseline: Case


def cases(scenario: Scenario, device: str) -> list[Case]:
    """Every case of a scenario on a device, the baseline of each group first.

    A baseline that no matrix lists is added: without it there would be no ratio.
    """
    planned = [case for matrix in scenario.matrices for case in _expand(scenario, matrix, device)]
    by_id = {case.id: case for case in planned}
    ordered: dict[str, Case] = {}
    for case in planned:
        baseline = baseline_of(case)
        ordered.setdefault(baseline.id, baseline)
    return list(
        (ordered | {name: case for name, case in by_id.items() if name not in ordered}).values()
    )


def _expand(scenario: Scenario, matrix: Matrix, device: str) -> Iterable[Case]:
    base = scenario.baseline
    for batch_size, threads, model, techniques, engine, precision in product(
        matrix.batch_sizes,
        matrix.threads,
        matrix.models,
        matrix.techniques,
        matrix.engines,
        matrix.precisions,
    ):
        variant = (model, techniques, engine, precision)
        yield Case(
            scenario=scenario,
            model=model,
            techniques=techniques,
            engine=engine,
            precision=precision,
            device=device,
            batch_size=batch_size,
            threads=threads,
            is_baseline=variant == (base.model, base.techniques, base.engine, base.precision),
        )


def baseline_of(case: Case) -> Case:
    """The case that this one is compared with."""
    base = case.scenario.baseline
    return Case(
        scenario=case.scenario,
        model=base.model,
        techniques=base.techniques,
        engine=base.engine,
        precision=base.precision,
        device=case.device,
        batch_size=case.batch_size,
        threads=case.threads,
        is_baseline=True,
    )


def groups(selected: Sequence[Case]) -> list[Group]:
    """The groups of the selected cases, in their order; each contains its baseline."""
    members: dict[str, dict[str, Case]] = {}
    for case in selected:
        baseline = baseline_of(case)
        group = members.setdefault(case.group, {baseline.id: baseline})
        group[case.id] = case
    return [
        Group(name=name, cases=tuple(group.values()), baseline=next(iter(group.values())))
        for name, group in members.items()
    ]
