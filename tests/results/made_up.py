"""Made-up cases, blocks and runs with known truth, for the tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from results.record import Block, CaseKey, Metric, Quantity, Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from results.record import Better, Status

METRICS: Mapping[str, tuple[str, Better]] = {
    "latency_p50_s": ("s", "lower"),
    "latency_p90_s": ("s", "lower"),
    "throughput_per_s": ("1/s", "higher"),
    "params": ("", "lower"),
    "nonzero_params": ("", "lower"),
    "macs": ("", "lower"),
    "artifact_bytes": ("B", "lower"),
    "host_peak_bytes": ("B", "lower"),
    "device_peak_bytes": ("B", "lower"),
    "load_s": ("s", "lower"),
    "accuracy": ("", "higher"),
    "agreement": ("", "higher"),
    "ratio": ("", "lower"),
    "replicate_spread": ("", "lower"),
}


def case(
    variant: str = "dense",
    target: str = "eager-fp32",
    *,
    batch_size: int = 1,
    baseline: bool = False,
    scenario: str = "digits-cnn",
    threads: int = 1,
) -> CaseKey:
    engine, precision = target.rsplit("-", 1)
    return CaseKey(
        id=f"{scenario}/simple_cnn+{variant}/{target}/b{batch_size}",
        scenario=scenario,
        model="simple_cnn",
        techniques=tuple(variant.split("+")),
        engine=engine,
        precision=precision,
        device="cpu",
        batch_size=batch_size,
        threads=threads,
        is_baseline=baseline,
    )


def quantity(
    name: str,
    value: float,
    low: float | None = None,
    high: float | None = None,
    n: int | None = None,
) -> Quantity:
    unit, better = METRICS[name]
    metric = Metric(name=name, unit=unit, better=better)
    return Quantity(metric=metric, value=value, low=low, high=high, n=n)


def blocks(
    level_s: float,
    replicate_factors: Sequence[float] = (1.0, 1.001, 0.999, 1.0005, 0.9995),
    *,
    rounds: int = 4,
    position: int = 0,
) -> tuple[Block, ...]:
    """Blocks of four equal durations: one per round and replicate."""
    return tuple(
        Block(
            replicate=replicate,
            round=turn,
            position=position,
            iterations=4,
            durations_s=(level_s * factor,) * 4,
        )
        for replicate, factor in enumerate(replicate_factors)
        for turn in range(rounds)
    )


def record(
    key: CaseKey,
    quantities: Sequence[Quantity] = (),
    own_blocks: Sequence[Block] = (),
    *,
    status: Status = "measured",
    reason: str | None = None,
    facts: Mapping[str, str] | None = None,
    yardstick_blocks: Sequence[Block] = (),
    notes: Sequence[str] = (),
) -> Record:
    return Record(
        case=key,
        status=status,
        reason=reason,
        quantities=tuple(quantities),
        blocks=tuple(own_blocks),
        facts=facts or {},
        yardstick_blocks=tuple(yardstick_blocks),
        notes=tuple(notes),
    )
