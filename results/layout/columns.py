"""The columns of a comparison table: what each says, and which give way where space is short.

What stays is what a reader chooses by: how much faster, in how much memory, at what accuracy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from results.judging import limit, seeds
from results.layout import report, versus

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from results.judging.row import Row
    from results.layout.report import Unit


NAMELESS = report.Unit(name="", size=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; its unit is chosen per group, so that all rows of a group share it."""

    name: str  # how it is called where it is left out
    header: str  # lines divided by "\n"; "{unit}" becomes the group's unit
    cell: Callable[[Row, Unit], str]
    align: Literal["left", "decimal"] = "decimal"
    units: tuple[Unit, ...] = (NAMELESS,)
    metric: str | None = None  # whose values choose the unit
    # Narrow tables lose the lowest first, and those of one number together; None stays.
    leaves: int | None = None
    beside: str = ""  # the column that has its ratio
    alone: Callable[[Row], str] | None = None  # the cell where that one has left

    def among(self, names: Collection[str]) -> Column:
        """The column as it is beside the columns of these names."""
        if self.alone is None or self.beside in names:
            return self
        alone = self.alone
        return replace(self, cell=lambda row, _: alone(row), alone=None)

    def unit(self, rows: Sequence[Row]) -> Unit:
        """The unit that all of these rows show; nameless where none of them has a value."""
        values = [row.record.value(self.metric) for row in rows] if self.metric else []
        known = [value for value in values if value is not None]
        return report.unit_for(known, self.units) if known else NAMELESS


def of_metric(
    metric: str, header: str, name: str, units: tuple[Unit, ...] = (), leaves: int | None = None
) -> Column:
    """The column of one metric's values, in the unit that its group chooses among `units`."""
    return Column(
        name=name,
        header=header,
        cell=lambda row, unit: report.scaled(row.record.value(metric), unit),
        units=units or (NAMELESS,),
        metric=metric,
        leaves=leaves,
    )


PROMISE = 7  # leaves: what was promised says nothing without what was realised
BESIDE_DEVICE = 8  # leaves: the host's memory, where the device's is the scarce one
# What scenarios ask for whose names begin like this: columns that leave later than elsewhere.
ASKED: Mapping[str, Mapping[str, int | None]] = {
    "cold-start": {"ready vs baseline": None, "ready": 99, "host memory": 98},
    "memory": {"size": 99},
}
VARIANT = Column(
    name="variant",
    header="variant",
    cell=lambda row, _: row.variant,
    align="left",
)
READY_DEFINITION = (
    "Ready: loading the artifact and the first inference or step, median over processes. Against "
    "the baseline it is judged replicate by replicate: the medians need not divide to that ratio."
)
READY = (
    of_metric("ready_s", "ready\n({unit})", "ready", report.SECONDS, leaves=2),
    Column(
        name="ready vs baseline",
        header="ready\nvs baseline",
        cell=lambda row, _: versus.ready(row),
        align="left",
        leaves=2,
    ),
)
COLUMNS = (
    VARIANT,
    Column(
        name="engine",
        header="engine,\nprecision",
        cell=lambda row, _: f"{row.record.case.engine} {row.record.case.precision}",
        align="left",
    ),
    Column(
        name="latency",
        header="p50\n({unit})",
        cell=lambda row, unit: report.latency(row.record, unit),
        units=report.SECONDS,
        metric="latency_p50_s",
        leaves=14,
    ),
    Column(
        name="vs baseline",
        header="vs baseline",
        cell=lambda row, _: versus.time(row),
        align="left",
        beside="time ratio",
        alone=versus.time_alone,
    ),
    Column(
        name="time ratio",
        header="time ratio\n(95 % interval)",
        cell=lambda row, _: report.time_ratio(row),
        align="left",
        leaves=10,
    ),
    of_metric("throughput_per_s", "samples\nper s", "throughput", leaves=9),
    of_metric("host_peak_bytes", "memory\n({unit})", "host memory", report.BYTES),
    of_metric("device_peak_bytes", "device\n({unit})", "device memory", report.BYTES),
    of_metric("build_s", "build\n({unit})", "build time", report.SECONDS, leaves=1),
    of_metric("artifact_bytes", "size\n({unit})", "size", report.BYTES, leaves=11),
    of_metric("macs", "MACs\n({unit})", "MACs", report.COUNTS, leaves=3),
    Column(
        name="of limit",
        header="of limit",
        cell=lambda row, _: report.share(limit.of_limit(row.record)),
        leaves=4,
    ),
    Column(
        name="energy",
        header="J per\n1000",
        cell=lambda row, _: report.per_thousand(row.record.value("energy_j_per_sample")),
        leaves=5,
    ),
    Column(
        name="promised",
        header="promised",
        cell=lambda row, _: report.share(row.promise.promised) if row.promise else "",
        leaves=PROMISE,
    ),
    Column(
        name="realised",
        header="realised",
        cell=lambda row, _: report.realised(row),
        leaves=PROMISE,
    ),
    Column(
        name="realised / promised",
        header="realised /\npromised",
        cell=lambda row, _: report.share(row.promise.quotient) if row.promise else "",
        leaves=PROMISE,
    ),
    Column(
        name="accuracy",
        header="top-1\n(%)",
        cell=lambda row, _: report.accuracy(row.record),
        leaves=13,
    ),
    Column(
        name="accuracy change",
        header="change\n(points)",
        cell=lambda row, _: report.accuracy_change(row),
        leaves=12,
    ),
    Column(
        name="accuracy verdict",
        header="accuracy",
        cell=lambda row, _: row.accuracy.name if row.accuracy else "",
        align="left",
    ),
    *READY,
    Column(
        name=seeds.NAME,
        header=f"{seeds.NAME}\n(%)",
        cell=lambda row, _: report.over_seeds(row.record),
        align="left",
        leaves=0,
    ),
)


def columns(rows: Sequence[Row]) -> list[Column]:
    """Those of a scenario: what it asks for stays, or leaves last."""
    scenario = rows[0].record.case.scenario
    leaves = dict(next((its for name, its in ASKED.items() if scenario.startswith(name)), {}))
    if any(row.record.value("device_peak_bytes") is not None for row in rows):
        leaves["host memory"] = BESIDE_DEVICE
    return [replace(each, leaves=leaves.get(each.name, each.leaves)) for each in COLUMNS]
