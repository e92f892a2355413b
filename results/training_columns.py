"""The columns of a training scenario's table: steps, and what they come to."""

from __future__ import annotations

from dataclasses import replace

from results import report
from results.columns import COLUMNS, READY, Column, of_metric

AS_INFERENCE = (
    "variant",
    "engine",
    "precision",
    "latency",
    "vs baseline",
    "time ratio",
    "throughput",
    "host memory",
    "device memory",
    "MACs",
)


def _shared(column: Column) -> Column:
    """The column as it is for inference; what is timed is a step."""
    return replace(column, header="step p50\n({unit})") if column.name == "latency" else column


def _percent(metric: str, header: str, leaves: int) -> Column:
    return Column(
        name=header.replace("\n", " ").removesuffix(" (%)"),
        header=header,
        cell=lambda row, _: report.percent(row.record, metric),
        leaves=leaves,
    )


TRAINING_COLUMNS = (
    *(_shared(each) for each in COLUMNS if each.name in AS_INFERENCE),
    _percent("data_wait_share", "data wait\n(%)", leaves=5),
    Column(
        name="samples to target",
        header="to target\n(samples)",
        cell=lambda row, unit: report.samples_to_target(row.record, unit),
        leaves=12,
    ),
    of_metric("target_s", "to target\n({unit})", "time to target", report.SECONDS, leaves=13),
    Column(
        name="time to target vs baseline",
        header="time to target\nvs baseline",
        cell=lambda row, _: report.target_versus(row),
        align="left",
        leaves=16,
    ),
    Column(
        name="target ratio",
        header="target ratio\n(95 % interval)",
        cell=lambda row, _: report.target_ratio(row),
        align="left",
        leaves=15,
    ),
    _percent("accuracy_at_time", "at its\ntime (%)", leaves=7),
    _percent("accuracy", "test\n(%)", leaves=14),
    *READY,
)
