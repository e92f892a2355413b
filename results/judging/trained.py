"""Judges what a training is for: which seeds reach the target, and after how many samples.

Trainings are seeded and deterministic, so a seed that no longer arrives is no luck of the night but
what this version does, on any machine like this one. That another seed might have lost as much
before cannot be told from a handful: five of five and three of five are not significant (Fisher's
exact test, p = 0.44). So the seed counts as lost (`missing`: the base could say after how many
samples it arrives, the head cannot), and nothing is called `wrong`, which takes proof.

How many samples it takes is judged over the seeds that arrive in both versions, by the luck of
seeds: code that only rounds otherwise moves each of them, up or down. The same number for each of
them is the same training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from results.judging import comparability, work
from results.judging.change import Change
from results.judging.target import COARSE, GOAL, SEEDS, samples_of_seeds, samples_per_look
from results.judging.untimed import only_one
from results.judging.verdict import verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from results.judging.change import Name
    from results.judging.correctness import Versions
    from results.judging.stats import Ratio
    from results.judging.verdict import Verdict
    from results.record import Record

REACHED = "seeds_reached"  # metrics of the changes
SAMPLES = "samples_to_target"
METRICS = (REACHED, SAMPLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trained:
    """One case that trains, in both versions."""

    base: Record
    head: Record
    margin: float  # relative

    @property
    def seeds(self) -> int:
        """How many trainings both have, of the seeds 0, 1, 2, ..."""
        return int(min(each.value(SEEDS) or 0 for each in (self.base, self.head)))

    @property
    def arrived(self) -> tuple[dict[int, float], dict[int, float]]:
        """Samples to the target by seed, of the trainings that both have."""
        found = [
            {seed: samples for seed, samples in samples_of_seeds(each).items() if seed < self.seeds}
            for each in (self.base, self.head)
        ]
        return found[0], found[1]

    @property
    def samples(self) -> tuple[list[float], list[float]]:
        """Of the seeds that arrive in both versions."""
        before, after = self.arrived
        both = sorted(before.keys() & after.keys())
        return [before[seed] for seed in both], [after[seed] for seed in both]

    @property
    def looks(self) -> tuple[float, float]:
        """Samples between two looks."""
        return samples_per_look(self.base), samples_per_look(self.head)

    @property
    def ratio(self) -> Ratio | None:
        """Samples of the head over those of the base; None with fewer than two seeds in both."""
        (before, after), looks = self.samples, self.looks
        return work.amount_ratio(after, before, looks[::-1])

    def change(self, metric: str, verdict: Name, why: str, ratio: float | None = None) -> Change:
        case = self.base.case.id
        return Change(case=case, metric=metric, ratio=ratio, verdict=verdict, why=why)


def changes(pairs: Sequence[Versions], margins: Sequence[float]) -> Iterator[Change]:
    """The changes of each of these cases that trains.

    Args:
        pairs: both versions of each case; samples are corrected over all of them.
        margins: of each, relative; fewer or more samples by less are no change.
    """
    trained = [
        _Trained(base=base, head=head, margin=margin)
        for (base, head), margin in zip(pairs, margins, strict=True)
        if base.value(SEEDS) is not None or head.value(SEEDS) is not None
    ]
    reasons = [_why_not(each) for each in trained]
    alike = [each for each, reason in zip(trained, reasons, strict=True) if reason is None]
    judged = iter(verdicts([each.ratio for each in alike], [each.margin for each in alike]))
    for each, reason in zip(trained, reasons, strict=True):
        if reason is not None:
            yield reason
            continue
        yield _reached(each)
        yield from _samples(each, next(judged))


def _why_not(each: _Trained) -> Change | None:
    """Why the versions cannot be held against each other, if they cannot."""
    before, after = each.base.value(SEEDS), each.head.value(SEEDS)
    if before is None or after is None:
        return each.change(REACHED, *only_one(before))
    if unlike := comparability.unlike_facts(each.base, each.head, (GOAL,)):
        return each.change(SAMPLES, "incomparable", "; ".join(unlike))
    return None


def _reached(each: _Trained) -> Change:
    before, after = map(len, each.arrived)
    verdict: Name = "same"
    if after != before:
        verdict = "missing" if after < before else "better"
    why = f"{after} of {each.seeds} seeds reach the target, {before} did"
    if diverged := int(each.head.value("seeds_diverged") or 0):
        why += f"; {diverged} diverged"
    return each.change(REACHED, verdict, why, after / before if before else None)


def _samples(each: _Trained, verdict: Verdict) -> Iterator[Change]:
    """Whether more of them are needed; nothing where no seed arrives in both versions."""
    before, after = each.samples
    if not before:
        return
    seeds = f"{len(before)} seed{'s' if len(before) > 1 else ''}"
    if before == after:
        yield each.change(SAMPLES, "same", f"the same for each of {seeds}", 1.0)
        return
    ratio = each.ratio
    if ratio is None:
        yield each.change(SAMPLES, "inconclusive", f"{seeds} cannot tell luck from change")
        return
    why = f"over {seeds}: {verdict.why}"
    if verdict.name == "inconclusive" and work.is_coarse(ratio, each.samples, each.looks):
        why = COARSE
    yield Change(
        case=each.base.case.id,
        metric=SAMPLES,
        ratio=ratio.value,
        low=ratio.low,
        high=ratio.high,
        verdict=verdict.name,
        why=why,
    )
