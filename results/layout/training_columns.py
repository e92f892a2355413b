"""The columns of a training scenario's table: steps, and what they come to.

What stays is the time to the target accuracy, which such a scenario is for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from results.layout import report, versus
from results.layout.columns import COLUMNS, READY, Column, of_metric

if TYPE_CHECKING:
    from collections.abc import Mapping

AS_INFERENCE: Mapping[str, int | None] = {  # and when each leaves
    "variant": None,
    "engine": None,
    "latency": 11,
    "vs baseline": None,
    "time ratio": 7,
    "throughput": 6,
    "host memory": 9,
    "device memory": 10,
    "MACs": 3,
    "energy": 4,  # where there is a counter, which a CPU's is not
}
OF_STEP = {"latency": "step p50\n({unit})", "vs baseline": "step\nvs baseline"}  # headers


def _shared(column: Column) -> Column:
    """The column as it is for inference; what is timed is a step."""
    header = OF_STEP.get(column.name, column.header)
    return replace(column, header=header, leaves=AS_INFERENCE[column.name])


def _over_seeds(metric: str, name: str, leaves: int) -> Column:
    """A mean over seeds with its interval."""
    return Column(
        name=name,
        header=f"{name} (%)\n(95 % interval)",
        cell=lambda row, _: report.percent_interval(row.record, metric),
        align="left",
        leaves=leaves,
    )


TRAINING_COLUMNS = (
    *(_shared(each) for each in COLUMNS if each.name in AS_INFERENCE),
    Column(
        name="data wait",
        header="data wait\n(%)",
        cell=lambda row, _: report.percent(row.record, "data_wait_share"),
        leaves=5,
    ),
    Column(
        name="samples to target",
        header="to target\n(samples)",
        cell=lambda row, unit: report.samples_to_target(row.record, unit),
        leaves=12,
    ),
    of_metric("target_s", "to target\n({unit})", "time to target", report.SECONDS, leaves=14),
    Column(
        name="time to target vs baseline",
        header="time to target\nvs baseline",
        cell=lambda row, _: versus.target(row),
        align="left",
        beside="target ratio",
        alone=versus.target_alone,
    ),
    Column(
        name="target ratio",
        header="target ratio\n(95 % interval)",
        cell=lambda row, _: report.target_ratio(row),
        align="left",
        leaves=13,
    ),
    _over_seeds("accuracy_at_time", "at its time", leaves=8),
    _over_seeds("accuracy", "test", leaves=15),
    *READY,
)
