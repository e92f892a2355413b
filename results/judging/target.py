"""Time to a target accuracy: the samples it takes, seed by seed, times the time of a sample."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from results.judging.work import is_coarse, time_ratio

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from results.judging.stats import Ratio
    from results.judging.verdict import Verdict
    from results.record import Record

OF_SEED = "samples_to_target_seed_"  # and the seed: metrics of one training that reached it
SEEDS = "training_seeds"  # the metric that says how many trainings there were
LOOK = "samples_per_look"  # the metric that says how often the target is looked for
GOAL = "target"  # the fact that says what is to be reached
TRAINING = ("task", "training")  # the fact by which a record says that its case trains
DEFINITION = (
    "Step: time of as many samples as the baseline's step trains on. To target: samples until the "
    "target accuracy was first seen on held-out training images, geometric mean over seeds. Target "
    "ratio: ratio of these samples times the ratio of step times, without the start; its interval "
    "holds the luck of seeds and of processes, and what may lie between two looks. At its time: "
    "held-out accuracy when the baseline reaches the target, on the mean of its seeds: its later "
    "ones are not there yet; between two looks on a straight line. Test: accuracy of the test "
    "images when training has ended."
)
COARSE = "seeds arrive too few looks apart; more do not help"
DATA_WAIT = "Data wait: share of a step in which its batch is fetched."


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How long a case takes to the target against its baseline."""

    ratio: Ratio | None  # None for the baseline, and where one of the two does not reach it
    why_not: str | None = None  # why there is no ratio
    verdict: Verdict | None = None
    is_coarse: bool = False  # what lies between two looks is most of what is not known

    @property
    def note(self) -> str | None:
        """What a reader has to know of a ratio that is not there, or does not tell."""
        if self.why_not:
            return f"no time to target: {self.why_not}"
        if self.verdict is None or self.verdict.name != "inconclusive":
            return None
        if self.is_coarse:
            return f"time to target inconclusive: {COARSE}"
        return f"time to target inconclusive: {self.verdict.why}, of seeds and of processes"

    @property
    def more(self) -> int | None:
        """How many replicates would settle it, where that is known."""
        return None if self.verdict is None or self.is_coarse else self.verdict.more


def definitions(records: Sequence[Record]) -> Iterator[str]:
    """What the columns of a scenario that trains mean, and what its trainings were to reach."""
    yield DEFINITION
    goals = dict.fromkeys(
        f"Target: {goal}; {seeds:.0f} trainings of each variant, which differ in their seed."
        for record in records
        if (goal := record.facts.get(GOAL)) and (seeds := record.value(SEEDS))
    )
    yield from goals


def is_training(record: Record) -> bool:
    """Whether the case trains; of one that was never prepared nobody knows."""
    return TRAINING in record.facts.items()


def samples_of_seeds(record: Record) -> dict[int, float]:
    """Samples to the target of each training that reached it, by its seed."""
    each = [one for one in record.quantities if one.metric.name.startswith(OF_SEED)]
    return {int(one.metric.name.removeprefix(OF_SEED)): one.value for one in each}


def samples_to_target(record: Record) -> list[float]:
    """Of each training that reached the target, in the order of the seeds."""
    return list(samples_of_seeds(record).values())


def target(record: Record, baseline: Record | None, step: Ratio | None) -> Target | None:
    """Of one case, not judged yet; None of a case that does not train.

    Args:
        record: the case.
        baseline: of its group.
        step: time of a sample over the baseline's.
    """
    if not is_training(record) or record.status != "measured":
        return None
    if why_not := _missed(record, "") or (baseline and _missed_by_baseline(baseline)):
        return Target(ratio=None, why_not=why_not)
    if record.case.is_baseline:
        return Target(ratio=None)
    if baseline is None or step is None:
        return Target(ratio=None, why_not="no step was timed beside the baseline's")
    if record.facts.get("curve") == baseline.facts.get("curve"):
        return Target(ratio=step)  # the same trainings, computed otherwise
    samples = samples_to_target(record), samples_to_target(baseline)
    looks = samples_per_look(record), samples_per_look(baseline)
    ratio = time_ratio(*samples, step, looks)
    return Target(ratio=ratio, is_coarse=ratio is not None and is_coarse(ratio, samples, looks))


def samples_per_look(record: Record) -> float:
    """How many go by between two looks; 0 of older records, which do not say."""
    return record.value(LOOK) or 0.0


def _missed_by_baseline(baseline: Record) -> str | None:
    """The same of the baseline, of which nothing is known if it was not measured."""
    if baseline.status == "measured":
        return _missed(baseline, "the baseline's ")
    return f"the baseline {'' if baseline.status == 'failed' else 'was '}{baseline.status}"


def _missed(record: Record, whose: str) -> str | None:
    """Why not every training of a case has reached the target; None if each has."""
    seeds, reached = int(record.value(SEEDS) or 0), len(samples_to_target(record))
    if seeds and reached == seeds:
        return None
    diverged = int(record.value("seeds_diverged") or 0)
    how = f", {diverged} diverged" if diverged else ""
    return f"{seeds - reached} of {whose}{seeds} seeds never reached it{how}"


def mean_samples(record: Record) -> float | None:
    """Geometric mean over the seeds; None unless each has reached the target."""
    samples = samples_to_target(record)
    if not samples or len(samples) != record.value(SEEDS):
        return None
    return math.exp(sum(map(math.log, samples)) / len(samples))
