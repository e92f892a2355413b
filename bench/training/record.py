"""What the trainings of a case come to: samples to the target, accuracies, and time."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import fmean, stdev
from typing import TYPE_CHECKING

from bench.measuring import latency
from bench.training.interpolation import accuracy_at
from bench.training.source import curves
from results.judging import stats
from results.judging.target import LOOK, OF_SEED, SEEDS
from results.record import Metric, Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.measuring.tally import Tally
    from bench.preparation.artifact import Artifact
    from models.learning import Curve
    from results.record import Better

TARGET_TIME = Metric(name="target_s", unit="s", better="lower")
ACCURACY = Metric(name="accuracy", unit="", better="higher")
ROUNDING = 1e-9  # a geometric mean of equal numbers is not quite that number
AT_TIME = Metric(name="accuracy_at_time", unit="", better="higher")


def quantities(tally: Tally, baseline: Tally, artifact: Artifact) -> Iterator[Quantity]:
    """Yield what is known of a case's trainings; nothing of a case that does not train."""
    if artifact.training is None:
        return
    found, target = curves(artifact), artifact.training["target_accuracy"]
    reached = {seed: each for seed, one in enumerate(found) if (each := one.samples_to(target))}
    for seed, samples in reached.items():
        yield _count(f"{OF_SEED}{seed}", samples, "lower")
    yield _count(SEEDS, len(found), "neither")
    yield _count(LOOK, _widest_look(found), "neither")
    yield _count("seeds_reached", len(reached), "higher")
    yield _count("seeds_diverged", sum(one.diverged for one in found), "lower")
    mean = _geometric_mean(list(reached.values()))
    if mean is not None and len(reached) == len(found):
        sample_s = latency.mean_s(tally.blocks) / tally.case.batch_size
        yield Quantity(metric=TARGET_TIME, value=mean * sample_s, n=len(found))
    images = sum(one.test_images for one in found)
    yield _mean(ACCURACY, [one.test_accuracy for one in found], images)
    yield from _at_time(found, tally, baseline, target)


def _at_time(
    found: Sequence[Curve], tally: Tally, baseline: Tally, target: float
) -> Iterator[Quantity]:
    """What has been learnt when the baseline, on the mean of its seeds, reaches the target."""
    step = 1.0 if tally is baseline else getattr(tally.ratio(baseline), "value", None)
    of_baseline = curves(baseline.artifact) if baseline.artifact else []
    samples = [each for one in of_baseline if (each := one.samples_to(target))]
    mean = _geometric_mean(samples)
    if step is None or mean is None or len(samples) != len(of_baseline):
        return
    by_then = [accuracy_at(one, mean / step * (1.0 + ROUNDING)) for one in found]
    known = [accuracy for accuracy in by_then if accuracy is not None]
    if len(known) == len(found):
        yield _mean(AT_TIME, known, len(known))


def _widest_look(found: Sequence[Curve]) -> int:
    """Samples between two looks: a part of an epoch, rounded up to whole steps."""
    every = (pairwise((0, *one.samples)) for one in found)
    return max(after - before for looks in every for before, after in looks)


def _geometric_mean(values: Sequence[float]) -> float | None:
    return math.exp(fmean(map(math.log, values))) if values else None


def _mean(metric: Metric, values: Sequence[float], n: int) -> Quantity:
    """With Student's t interval over the seeds, cut to what a share can be."""
    center, half_width = fmean(values), stats.half_width_factor(len(values)) * stdev(values)
    low, high = max(0.0, center - half_width), min(1.0, center + half_width)
    return Quantity(metric=metric, value=center, low=low, high=high, n=n)


def _count(name: str, value: float, better: Better) -> Quantity:
    return Quantity(metric=Metric(name=name, unit="", better=better), value=float(value))
