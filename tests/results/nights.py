"""Two nights of one suite: the same three cases on machines of different speed, some slowed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from results.store import Run
from tests.results.made_up import blocks, case, quantity, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from results.judging.change import Change
    from results.record import Quantity, Record


BASELINE = "digits-cnn/simple_cnn+dense/eager-fp32/b1"
OPENVINO = "digits-cnn/simple_cnn+dense/openvino-fp32/b1"
GROUPED = "digits-cnn/simple_cnn+grouped/eager-fp32/b1"
SECONDS = {BASELINE: 1e-3, OPENVINO: 0.25e-3, GROUPED: 1.2e-3}
YARDSTICK_S = 2e-3
LUCK = ((1.0, 1.001, 0.999, 1.0005, 0.9995), (1.0005, 0.9995, 1.001, 0.999, 1.0))
EXACT = {"params": 21840.0, "macs": 481_240.0, "host_peak_bytes": 312e6}

ENVIRONMENT = {
    "cpu_model": "AMD EPYC 9R14",
    "gpu": None,
    "driver": None,
    "huge_pages": "madvise",
    "measurement": 1,
    "python": "3.11.7",
    "libraries": {"torch": "2.13.0", "openvino": "2026.4"},
}


def night(
    *,
    machine: float = 1.0,
    slowed: dict[str, float] | None = None,
    luck: int = 0,
    replicates: int = 5,
    number: int = 1,
) -> Run:
    """A run on a machine of this relative slowness, with some cases slowed by a factor."""
    times = slowed or {}
    factors, even = LUCK[luck][:replicates], (1.0,) * replicates
    keys = (case(baseline=True), case("dense", "openvino-fp32"), case("grouped"))
    return Run(
        path=Path(f"000{number}_{str(number) * 40}_2026112{number}_000000.json"),
        records=tuple(
            record(
                key,
                [
                    *(quantity(name, value) for name, value in EXACT.items()),
                    quantity("accuracy", 0.97, n=600),
                ],
                blocks(
                    machine * SECONDS[key.id] * times.get(key.id, 1.0),
                    even if key.is_baseline else factors,
                ),
                facts={"clock": "wall", "threads": "1"},
                yardstick_blocks=blocks(machine * YARDSTICK_S, LUCK[1 - luck][:replicates])
                if key.is_baseline
                else (),
            )
            for key in keys
        ),
        environment=ENVIRONMENT,
    )


def edited(run: Run, which: str, edit: Callable[[Record], Record]) -> Run:
    """The run with one record changed."""
    return replace(run, records=tuple(edit(r) if r.case.id == which else r for r in run.records))


def with_value(name: str, value: float, n: int | None = None) -> Callable[[Record], Record]:
    """Set one metric of a record."""

    def edit(old: Record) -> Record:
        kept: tuple[Quantity, ...] = tuple(q for q in old.quantities if q.metric.name != name)
        return replace(old, quantities=(*kept, quantity(name, value, n=n)))

    return edit


def without(name: str) -> Callable[[Record], Record]:
    """Take one metric away from a record."""
    return lambda old: replace(
        old, quantities=tuple(q for q in old.quantities if q.metric.name != name)
    )


def failed(old: Record) -> Record:
    """The record of a case that could not be measured."""
    return record(old.case, status="failed", reason="timed out after 120 s")


def verdicts(changes: list[Change], metric: str = "latency") -> dict[str, str]:
    return {change.case: change.verdict for change in changes if change.metric == metric}


SAME = dict.fromkeys((BASELINE, OPENVINO, GROUPED), "same")
