"""The statistics of a run: percentiles, the level of a block, ratios between cases, correction.

Inside one process iterations share its luck, so they never serve as independent samples of a
comparison: a block is reduced to its level, neighbouring blocks to a log ratio, a replicate (one
process) to one number, and only those numbers enter a test.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats as scipy_stats

from results.gpu_state import held_down_alone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from results.record import Block

CONFIDENCE = 0.95  # of every interval
PERCENTILE_CONFIDENCE = 0.99  # that a percentile's next-to-last value lies beyond it


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Time of a case over time of its baseline; below 1 is faster."""

    value: float
    low: float | None  # 95 % interval, None with one replicate
    high: float | None
    p_value: float | None  # of "the ratio is 1", two-sided, None with one replicate
    replicates: int
    replicate_ratios: tuple[float, ...] = ()  # one per process; empty if only the interval is known
    freedom: float | None = None  # degrees of it, where they are not replicates - 1
    held_down: int = 0  # above 0: the case's clock was, its baseline's was not; below: the reverse


def least_samples(p: float) -> int:
    """How many values the percentile p needs: p50 11, p90 64, p95 130, p99 662, p99.9 6636.

    With that many, the second most extreme value lies beyond the true percentile with 99 %
    confidence (binomial order statistics), the rule of MLPerf LoadGen's early stopping for one
    query over the limit. For p below 0.5 the other tail decides.

    >>> least_samples(0.9)
    64
    """
    tail = min(p, 1.0 - p)
    if math.isnan(p) or tail <= 0.0:
        msg = f"percentile {p!r}: expected a fraction between 0 and 1, both excluded"
        raise ValueError(msg)
    counts = np.arange(2, math.ceil(7.0 / tail) + 10)  # the rule ends near 6.64 / tail
    enough = scipy_stats.binom.cdf(1, counts, tail) <= 1.0 - PERCENTILE_CONFIDENCE
    return int(counts[np.argmax(enough)])


def percentile(values: Sequence[float], p: float) -> float | None:
    """Nearest-rank percentile (Hyndman & Fan 1996, type 1), or None with too few values.

    >>> percentile([float(i) for i in range(1, 12)], 0.5)
    6.0
    """
    if len(values) < least_samples(p):
        return None
    return float(np.quantile(values, p, method="inverted_cdf"))


def percentile_interval(values: Sequence[float], p: float) -> tuple[float, float] | None:
    """Distribution-free 95 % interval of a percentile, or None with too few values.

    Order statistics whose ranks hold the central 95 % of a binomial distribution (Conover 1999,
    section 3.2). It takes the values as independent. Within one process they are not, so it
    describes that process and decides nothing.
    """
    count = len(values)
    if count < least_samples(p):
        return None
    tail = (1.0 - CONFIDENCE) / 2.0
    low = int(scipy_stats.binom.ppf(tail, count, p))  # ranks from 1
    high = int(scipy_stats.binom.ppf(1.0 - tail, count, p)) + 1
    ordered = np.sort(values)
    return float(ordered[low - 1]), float(ordered[high - 1])


def block_level(block: Block) -> float:
    """Mean of the faster half of a block's durations, in seconds.

    What disturbs a shared machine only ever adds time, so the slower half holds most of the noise
    and says little of the code. A midmean (Tukey 1977) keeps a quarter of the values from there,
    and replicates of compiled code spread more by it. A lower quantile is quieter still, but blind
    to code that is slower in fewer than three calls of four; this sees what slows more than half.
    """
    ordered = sorted(block.durations_s)
    return fmean(ordered[: (len(ordered) + 1) // 2])


def ratio(case: Sequence[Block], baseline: Sequence[Block]) -> Ratio | None:
    """Ratio of case over baseline from the blocks of the rounds that both ran; None without any.

    Pairs on a log scale: the two blocks of one round ran within the same fraction of a second, so
    what slows the machine for longer slows both. A replicate's summary is the median of its pairs.
    Over replicates: the mean of the summaries with Student's t interval at one degree of freedom
    fewer than replicates (the two-level design of Kalibera & Jones 2013, reduced to its upper
    level, whose spread already holds the noise of the blocks below).

    Chosen by simulation of 16 rounds of 3 and 12 workers under drift, bursts, heavy tails and clock
    changes. Median against midmean and Hodges-Lehmann: worst loss 19 % against the best of them
    where noise is white, while the others lose 62 and 96 % where bursts and clock changes meet.
    Interpolating the baseline between rounds was left out: it gains 12 % under pure drift and
    loses up to 110 % elsewhere, because one disturbed block then spoils two pairs.
    """
    held_down = held_down_alone(case, baseline)
    return _over_replicates(list(_logs(case, baseline).values()), held_down)


def ratio_through(
    case: Sequence[Block], other: Sequence[Block], baseline: Sequence[Block]
) -> Ratio | None:
    """Ratio of case over other, each over the baseline of its own rounds; None without any.

    A round holds the baseline and a few cases, so most blocks of two cases have the baseline in
    common and not a round. Each replicate has one log ratio of either to the baseline, as `ratio`
    makes it, and their difference is what enters the t interval: the luck of the baseline's process
    leaves it again, and so does what slowed the machine. Over 24 pairs of a shipped scenario the
    median half width was 0.7 %; 2.3 % from the few rounds that both ran; 1.1 % by Welch's t on the
    two ratios, which takes them for independent.
    """
    of_case, of_other = _logs(case, baseline), _logs(other, baseline)
    shared = sorted(of_case.keys() & of_other.keys())
    logs = [of_case[number] - of_other[number] for number in shared]
    return _over_replicates(logs, held_down_alone(case, other))


def ratio_of_processes(case: Mapping[int, float], baseline: Mapping[int, float]) -> Ratio | None:
    """Ratio of what each process gave but once, such as its start, by replicate; None without any.

    The two processes of one replicate started within the same minute.
    """
    shared = sorted(case.keys() & baseline.keys())
    return _over_replicates([math.log(case[number] / baseline[number]) for number in shared])


def ratio_from_interval(value: float, low: float, high: float, replicates: int) -> Ratio:
    """The Ratio whose interval was stored and whose blocks were not; needs two replicates."""
    half_width = (math.log(high) - math.log(low)) / 2.0
    error = half_width / _student_t(replicates - 1)
    return Ratio(
        value=value,
        low=low,
        high=high,
        p_value=_p_value(math.log(value), error, replicates - 1),
        replicates=replicates,
    )


def log_error(ratio: Ratio) -> float | None:
    """Standard error of the ratio's logarithm, or None with one replicate."""
    if ratio.low is None or ratio.high is None:
        return None
    half_width = (math.log(ratio.high) - math.log(ratio.low)) / 2.0
    return half_width / _student_t(ratio.freedom or ratio.replicates - 1)


def between(base: Ratio, head: Ratio) -> Ratio | None:
    """Ratio of two runs' ratios, head over base, or None where one has no interval.

    Welch's t (1947) on the logarithms of the replicates: the runs are independent, and neither need
    vary as much as the other nor have as many replicates.
    """
    base_error, head_error = log_error(base), log_error(head)
    if base_error is None or head_error is None:
        return None
    center = math.log(head.value) - math.log(base.value)
    error = math.hypot(base_error, head_error)
    freedom = float(min(base.replicates, head.replicates) - 1)
    if error > 0.0:  # Welch & Satterthwaite
        parts = ((base_error / error) ** 4, base), ((head_error / error) ** 4, head)
        freedom = 1.0 / sum(part / (ratio.replicates - 1) for part, ratio in parts)
    found = from_logs(center, error, freedom, min(base.replicates, head.replicates))
    return replace(found, held_down=head.held_down - base.held_down)


def from_logs(center: float, error: float, freedom: float, replicates: int) -> Ratio:
    """The Ratio of a mean logarithm with its standard error at so many degrees of freedom."""
    half_width = _student_t(freedom) * error
    return Ratio(
        value=math.exp(center),
        low=math.exp(center - half_width),
        high=math.exp(center + half_width),
        p_value=_p_value(center, error, freedom),
        replicates=replicates,
        freedom=freedom,
    )


def half_width_factor(replicates: int, alpha: float = 1.0 - CONFIDENCE) -> float:
    """Half the interval's width over the sample deviation between replicates, on a log scale."""
    return _student_t(replicates - 1, alpha) / math.sqrt(replicates)


def spread(blocks: Sequence[Block]) -> float | None:
    """Relative sample standard deviation between replicates, None with fewer than two.

    Of the logarithm of each replicate's median block level: 0.01 says that processes of the same
    code differ by about 1 %. Unlike the range it does not grow with the number of replicates.
    """
    levels_by_replicate: dict[int, list[float]] = {}
    for (replicate, _round), level in _levels(blocks).items():
        levels_by_replicate.setdefault(replicate, []).append(level)
    medians = [math.log(np.median(levels)) for levels in levels_by_replicate.values()]
    return float(np.std(medians, ddof=1)) if len(medians) > 1 else None


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values of Benjamini & Hochberg 1995: at most q of those below q are false."""
    if not p_values:
        return []
    return [float(p) for p in scipy_stats.false_discovery_control(p_values, method="bh")]


def bonferroni(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values with which no more than q of all families have one false below q."""
    return [min(1.0, p * len(p_values)) for p in p_values]


def mcnemar(only_first_right: int, only_second_right: int) -> float:
    """Two-sided p of "both are right equally often", from the same images (McNemar 1947), exact.

    Images that both or neither got right say nothing. Each of the others is a fair coin if the two
    are equally good: a binomial test. Comparing two accuracies as if they came from different
    images, one would take the spread of the images for a spread of the difference.

    >>> mcnemar(0, 6)
    0.03125
    """
    tosses = only_first_right + only_second_right
    if tosses == 0:
        return 1.0
    return float(scipy_stats.binomtest(only_first_right, tosses).pvalue)


def _levels(blocks: Iterable[Block]) -> dict[tuple[int, int], float]:
    """Level of each turn; a turn without a positive duration has none, as it has no logarithm."""
    levels = {(b.replicate, b.round): block_level(b) for b in blocks if b.durations_s}
    return {turn: level for turn, level in levels.items() if level > 0.0}


def _logs(case: Sequence[Block], baseline: Sequence[Block]) -> dict[int, float]:
    """By replicate: the median log ratio of the rounds that both ran."""
    case_levels, baseline_levels = _levels(case), _levels(baseline)
    by_replicate: dict[int, list[float]] = {}
    for turn in sorted(case_levels.keys() & baseline_levels.keys()):
        pair = math.log(case_levels[turn] / baseline_levels[turn])
        by_replicate.setdefault(turn[0], []).append(pair)
    return {number: float(np.median(logs)) for number, logs in by_replicate.items()}


def _over_replicates(logs: Sequence[float], held_down: int = 0) -> Ratio | None:
    """Mean and Student's t interval (Student 1908) of one logarithm per replicate, if any."""
    if not (count := len(logs)):
        return None
    center = float(np.mean(logs))
    ratios = tuple(math.exp(each) for each in logs)
    if count == 1:
        return Ratio(
            value=ratios[0],
            low=None,
            high=None,
            p_value=None,
            replicates=1,
            replicate_ratios=ratios,
            held_down=held_down,
        )
    error = float(scipy_stats.sem(logs))
    half_width = _student_t(count - 1) * error
    return Ratio(
        value=math.exp(center),
        low=math.exp(center - half_width),
        high=math.exp(center + half_width),
        p_value=_p_value(center, error, count - 1),
        replicates=count,
        replicate_ratios=ratios,
        held_down=held_down,
    )


def _p_value(center: float, error: float, freedom: float) -> float:
    """Two-sided p of "the mean logarithm is 0"; without any spread only exact equality is 1."""
    if error == 0.0:
        return 1.0 if center == 0.0 else 0.0
    return float(2.0 * scipy_stats.t.sf(abs(center) / error, freedom))


def _student_t(freedom: float, alpha: float = 1.0 - CONFIDENCE) -> float:
    return float(scipy_stats.t.ppf(1.0 - alpha / 2.0, freedom))
