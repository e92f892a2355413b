"""Judges what has no clock: sizes and counts, which are exact, memory, and correctness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from results.comparing.change import Change
from results.judging.predictions import disagreements
from results.judging.stats import mcnemar
from results.judging.verdict import ALPHA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from results.comparing.change import Name
    from results.record import Record

EXACT = ("params", "nonzero_params", "macs", "artifact_bytes")  # no noise: any change counts
MEMORY = (
    "host_peak_bytes",
    "device_peak_bytes",
    "engine_scratch_bytes",
    "engine_weights_bytes",
)
MEMORY_MARGIN = 0.02  # relative; for a run that stored none
CORRECTNESS = ("accuracy", "agreement")
# Where the prediction of each image was not kept, McNemar's exact test can only be bounded: five
# images lost and none gained have p = 0.062, six have 0.031. Fewer than six are never significant.
LEAST_IMAGES = 6


def changes(base: Record, head: Record, memory_margin: float = MEMORY_MARGIN) -> Iterator[Change]:
    """One change for each of these metrics that either has; a smaller one of memory is none."""
    for metric in (*EXACT, *MEMORY, *CORRECTNESS):
        before, after = base.value(metric), head.value(metric)
        if before is None and after is None:
            continue
        verdict, why = _judged(base, head, metric, memory_margin)
        yield Change(
            case=base.case.id,
            metric=metric,
            ratio=after / before if before and after is not None else None,
            verdict=verdict,
            why=why,
        )


def _judged(base: Record, head: Record, metric: str, memory_margin: float) -> tuple[Name, str]:
    before, after = base.value(metric), head.value(metric)
    if after is None:
        return "missing", "only the base has this number"
    if before is None:
        return "new", "only the head has this number"
    if metric == "accuracy" and (pairs := _disagreements(base, head)) is not None:
        return _paired(before, after, pairs)
    if metric in CORRECTNESS:
        return _correctness(base, head, metric)
    why = f"{before:,.0f}, then {after:,.0f}"
    margin = memory_margin if metric in MEMORY else 0.0
    if abs(after - before) <= margin * before:
        return "same", why
    return ("larger" if after > before else "smaller"), why


def _disagreements(base: Record, head: Record) -> tuple[int, int] | None:
    """Images that only the base and only the head got right, where both kept what they said."""
    if base.predictions is None or head.predictions is None:
        return None
    return disagreements(base.predictions, head.predictions)


def _paired(before: float, after: float, pairs: tuple[int, int]) -> tuple[Name, str]:
    """By the images themselves: what both runs got right, or both wrong, says nothing."""
    lost, gained = pairs
    p_value = mcnemar(lost, gained)
    why = (
        f"{100 * before:.4g} %, then {100 * after:.4g} %: {lost} images lost, {gained} gained, "
        f"p = {p_value:.2g}"
    )
    if p_value > ALPHA:
        return "same", why
    return ("wrong" if lost > gained else "better"), why


def _correctness(base: Record, head: Record, metric: str) -> tuple[Name, str]:
    """By images: a share of a few hundred of them moves by whole images."""
    before, after = base.quantity(metric), head.quantity(metric)
    if before is None or after is None or before.n != after.n:
        return "incomparable", "not counted over the same number of images"
    change = after.value - before.value
    images = round(abs(change) * after.n) if after.n else LEAST_IMAGES
    why = f"{100 * before.value:.4g} %, then {100 * after.value:.4g} %"
    if after.n:
        why += f": {images} of {after.n} images"
    if change == 0.0 or images < LEAST_IMAGES:
        return "same", why
    return ("wrong" if change < 0.0 else "better"), why
