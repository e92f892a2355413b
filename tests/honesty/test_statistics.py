"""Traps of judging: luck that looks like change, tails from too few, unpaired accuracies."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats as scipy_stats

from results.comparing.compare import compare
from results.judging import predictions, stats
from results.judging.verdict import verdicts
from results.record import Block
from results.store import Run
from tests.results.made_up import case, quantity, record

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

ALPHA = 0.05
TRIES = 100
REPLICATES = 5
ROUNDS = 8
DURATIONS = 6
LUCK = 0.03  # by how much processes of the same code differ: layout, clocks, neighbours
NOISE = 0.01  # of one iteration


def process(random: Generator) -> NDArray[np.float64]:
    """Durations of one process, shape (ROUNDS, DURATIONS): its luck is in all of them."""
    luck = random.normal(0.0, LUCK)
    durations: NDArray[np.float64] = np.exp(luck + random.normal(0.0, NOISE, (ROUNDS, DURATIONS)))
    return durations


def blocks(processes: list[NDArray[np.float64]]) -> list[Block]:
    return [
        Block(
            replicate=replicate,
            round=turn,
            position=0,
            iterations=DURATIONS,
            durations_s=tuple(durations),
        )
        for replicate, rounds in enumerate(processes)
        for turn, durations in enumerate(rounds.tolist())
    ]


def differ(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """The naive test: each iteration counts as an independent sample."""
    return bool(scipy_stats.mannwhitneyu(one.ravel(), other.ravel()).pvalue < ALPHA)


def alarms(random: Generator) -> tuple[bool, bool, bool]:
    """Whether identical code is called changed: by one process a side, by pooled ones, by us."""
    before = [process(random) for _ in range(REPLICATES)]
    after = [process(random) for _ in range(REPLICATES)]
    ratio = stats.ratio(blocks(after), blocks(before))
    (verdict,) = verdicts([ratio], 0.0)  # without the margin, which would hide a bad test
    return (
        differ(before[0], after[0]),
        differ(np.array(before), np.array(after)),
        verdict.name in {"faster", "slower"},
    )


def test_iterations_share_the_luck_of_their_process() -> None:
    """Trap: all models in one process, or iterations of processes pooled as if independent."""
    random = np.random.default_rng(20)
    one_process, pooled, ours = np.mean([alarms(random) for _ in range(TRIES)], axis=0)
    assert one_process > 0.7  # of identical pairs called changed, at a nominal 5 %
    assert pooled > 0.5
    assert ours < 0.08  # 5 %, and what luck allows in 100 tries


def test_a_real_change_is_still_found_among_lucky_and_unlucky_processes() -> None:
    random = np.random.default_rng(21)
    pairs = [(process(random), process(random) * 1.15) for _ in range(REPLICATES)]
    ratio = stats.ratio(blocks([b for _, b in pairs]), blocks([a for a, _ in pairs]))
    assert verdicts([ratio], 0.01)[0].name == "slower"


CONTROLS = 4  # of one scenario


def doubts(random: Generator) -> tuple[bool, bool]:
    """Whether one of some identical copies is called changed: each by itself, and among them."""
    pairs = [
        [(process(random), process(random)) for _ in range(REPLICATES)] for _ in range(CONTROLS)
    ]
    ratios = [stats.ratio(blocks([b for _, b in p]), blocks([a for a, _ in p])) for p in pairs]
    alone = any(verdicts([ratio], 0.0)[0].name != "inconclusive" for ratio in ratios)
    among = verdicts(ratios, 0.0, stats.bonferroni)
    return alone, any(verdict.name != "inconclusive" for verdict in among)


def test_sound_controls_are_not_doubted_the_oftener_the_more_there_are() -> None:
    """Trap: one false alarm in twenty, each of which would void all verdicts of its group."""
    random = np.random.default_rng(24)
    alone, among = np.mean([doubts(random) for _ in range(TRIES)], axis=0)
    assert alone > 0.1  # at a nominal 5 % each
    assert among < 0.08


def test_a_p99_of_too_few_is_only_their_maximum_and_is_withheld() -> None:
    """Trap: a percentile from too few samples."""
    random = np.random.default_rng(22)
    p99 = math.exp(scipy_stats.norm.ppf(0.99))
    naive = [np.percentile(random.lognormal(size=50), 99) for _ in range(TRIES)]
    assert np.mean(np.array(naive) < p99) > 0.5  # more often below the real one than not
    assert stats.percentile(random.lognormal(size=50).tolist(), 0.99) is None
    assert stats.percentile_interval(random.lognormal(size=50).tolist(), 0.99) is None
    assert stats.least_samples(0.99) == 662


def test_a_p99_of_enough_comes_with_an_interval_that_holds_the_real_one() -> None:
    random = np.random.default_rng(23)
    p99 = math.exp(scipy_stats.norm.ppf(0.99))
    held = []
    for _ in range(TRIES):
        values = random.lognormal(size=stats.least_samples(0.99)).tolist()
        interval = stats.percentile_interval(values, 0.99)
        assert interval is not None
        held.append(interval[0] <= p99 <= interval[1])
    assert np.mean(held) > 0.92


IMAGES = 10_000
WRONG_BEFORE, LOST, GAINED = 1_000, 60, 140  # two networks that disagree on 2 % of the images


def two_networks() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    before = np.arange(IMAGES) >= WRONG_BEFORE
    after = before.copy()
    after[:GAINED] = True
    after[-LOST:] = False
    return before, after


def independent_p(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> float:
    """The naive test: two shares of two different sets of images."""
    pooled = (before.mean() + after.mean()) / 2
    error = math.sqrt(2 * pooled * (1 - pooled) / IMAGES)
    return float(2 * scipy_stats.norm.sf(abs(after.mean() - before.mean()) / error))


def test_accuracies_on_the_same_images_are_paired() -> None:
    """Trap: accuracy compared as two independent numbers."""
    before, after = two_networks()
    assert independent_p(before, after) > ALPHA  # 90.0 and 90.8 %: called no difference
    assert stats.mcnemar(LOST, GAINED) < 1e-6
    independent, paired = math.sqrt(0.07 * 0.93 / IMAGES), math.sqrt(0.02 / IMAGES)
    assert (round(100 * independent, 2), round(100 * paired, 2)) == (0.26, 0.14)  # points


def test_two_stored_runs_are_compared_image_by_image() -> None:
    def run(right: NDArray[np.bool_]) -> Run:
        share = quantity("accuracy", float(right.mean()), n=IMAGES)
        classes = np.zeros(IMAGES, np.int64)
        kept = predictions.encode(classes, right)
        return Run(records=(replace(record(case(baseline=True), [share]), predictions=kept),))

    before, after = two_networks()
    for base, head, verdict in ((before, after, "better"), (after, before, "wrong")):
        (change,) = (c for c in compare(run(base), run(head)) if c.metric == "accuracy")
        assert change.verdict == verdict
