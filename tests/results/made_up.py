"""Made-up cases, blocks and runs with known truth, for the tests of this folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from results.gpu_state import GpuState
from results.judging.predictions import encode
from results.record import Block, CaseKey, Metric, Quantity, Record
from results.store import Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from results.record import Better, Status

COMMIT = "1b44aa2770e6ac1ac6f0dbb8ab4b5a24dc2fe331"
EVEN = (1.0,) * 5
IMAGES = 360  # of the test set
METRICS: Mapping[str, tuple[str, Better]] = {
    "latency_p50_s": ("s", "lower"),
    "latency_p90_s": ("s", "lower"),
    "throughput_per_s": ("1/s", "higher"),
    "params": ("", "lower"),
    "nonzero_params": ("", "lower"),
    "macs": ("", "lower"),
    "artifact_bytes": ("B", "lower"),
    "host_peak_bytes": ("B", "lower"),
    "host_library_bytes": ("B", "neither"),
    "device_peak_bytes": ("B", "lower"),
    "engine_scratch_bytes": ("B", "lower"),
    "engine_weights_bytes": ("B", "lower"),
    "load_s": ("s", "lower"),
    "ready_s": ("s", "lower"),
    "ready_ratio": ("", "lower"),
    "accuracy": ("", "higher"),
    "agreement": ("", "higher"),
    "training_seeds": ("", "neither"),
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


def at_clock(given: Sequence[Block], *reasons: str) -> tuple[Block, ...]:
    """The blocks on a GPU whose clock was not higher for these reasons."""
    state = GpuState(
        clock_hz=1.5e9, memory_clock_hz=None, temperature_c=None, power_w=None, reasons=reasons
    )
    return tuple(replace(block, gpu=state) for block in given)


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
    predictions: str | None = None,
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
        predictions=predictions,
    )


def measured(
    key: CaseKey,
    latency_s: float,
    relative: float,
    *,
    accuracy: float = 0.9639,
    factors: Sequence[float] = (1.0, 1.001, 0.999, 1.0005, 0.9995),
    macs: float = 481_240,
    ready: float = 1.0,
    notes: Sequence[str] = (),
) -> Record:
    """A case with everything measured, whose baseline has blocks of 1 ms."""
    return record(
        key,
        [
            quantity("latency_p50_s", latency_s, 0.99 * latency_s, 1.02 * latency_s, 900),
            quantity("latency_p90_s", 1.1 * latency_s, n=900),
            quantity("throughput_per_s", key.batch_size / latency_s),
            quantity("params", 21840),
            quantity("nonzero_params", 21840),
            quantity("macs", macs),
            quantity("artifact_bytes", 88_432),
            quantity("host_peak_bytes", 312_500_000),
            quantity("load_s", 0.21),
            *readiness(key, ready),
            quantity("accuracy", accuracy, n=IMAGES),
            quantity("agreement", 0.9972, n=360),
            quantity("replicate_spread", 0.004),
        ],
        blocks(0.001 * relative, factors),
        facts={"clock": "wall"},
        notes=notes,
        yardstick_blocks=blocks(0.002) if key.is_baseline else (),
        predictions=predicted(round(accuracy * IMAGES)),
    )


def readiness(key: CaseKey, ready: float) -> list[Quantity]:
    """Of a case that takes so many times the baseline's 0.25 s until its first answer."""
    found = [quantity("ready_s", 0.25 * ready, n=5)]
    if not key.is_baseline:
        found += [quantity("ready_ratio", ready, 0.97 * ready, 1.03 * ready, 5)]
    return found


def predicted(first_right: int, images: int = IMAGES) -> str:
    """Predictions of a test set of which so many images, the first ones, are right."""
    return encode(np.zeros(images, dtype=np.int64), np.arange(images) < first_right)


def whole_run() -> Run:
    """Several engines; a skipped and a failed case; too few replicates; a case without blocks."""
    return Run(
        path=Path(f"0003_{COMMIT}_20261124_132700.json"),
        environment={
            "machine": "amd-epyc-2c",
            "cpu_model": "AMD EPYC 9R14",
            "cores": 2,
            "commit": COMMIT,
            "dirty": True,
            "load": [0.4, 0.2, 0.1],
            "suite_version": "0.1.0",
        },
        records=(*_at_batch_size_32(), *_at_batch_size_1()),
        margins={"digits-cnn": 0.01},
        notes=("workers were not pinned: the system does not allow it",),
        created="2026-11-24T13:27:00+00:00",
    )


def _at_batch_size_1() -> list[Record]:
    return [
        measured(case(baseline=True), 123.4e-6, 1.0, factors=EVEN),
        measured(case("dense", "openvino-fp32"), 28.31e-6, 0.231, ready=2.3),
        measured(case("dense", "openvino-int8"), 15.2e-6, 0.1234, accuracy=0.9556, ready=2.31),
        measured(case("dense", "onnxruntime-fp32"), 31.2e-6, 0.25, notes=["not pinned"]),
        measured(case("dense", "torch_compile-fp32"), 119.9e-6, 0.997, notes=["not pinned"]),
        measured(case("prune_unstructured@amount=0.8"), 123.0e-6, 1.002, accuracy=0.9611),
        measured(
            case("prune_structured@ratio=0.5"),
            101.0e-6,
            0.82,
            accuracy=0.9389,
            factors=(1.0, 1.04, 0.9, 1.1, 0.97),
            macs=275_000,
        ),
        measured(case("grouped"), 140.0e-6, 1.13, factors=(1.0, 1.01), macs=320_000),
        record(
            case("grouped", "openvino-fp32"),
            status="skipped",
            reason="openvino is not installed; pip install openvino",
        ),
        record(
            case("half_width", "openvino-bf16"),
            [quantity("params", 5544), quantity("macs", 130_020)],
            status="failed",
            reason="the worker was killed by signal 9 in replicate 2 (out of memory?)",
        ),
        record(case("half_width"), [quantity("latency_p50_s", 90e-6), quantity("ratio", 0.74)]),
    ]


def _at_batch_size_32() -> list[Record]:
    return [
        measured(case(batch_size=32, baseline=True), 1.234e-3, 1.0, factors=EVEN),
        measured(case("dense", "openvino-fp32", batch_size=32), 0.512e-3, 0.41),
        record(
            case("dense", "onnxruntime-fp32", batch_size=32),
            [
                quantity("latency_p50_s", 0.6e-3),
                quantity("ratio", 0.486, 0.479, 0.493, 5),
            ],
            notes=["not pinned"],
        ),
    ]
