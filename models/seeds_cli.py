"""python -m models seeds and spread: their options, and what they say."""

from __future__ import annotations

import sys
from dataclasses import replace
from statistics import fmean, stdev
from typing import TYPE_CHECKING

import tabulate

from models import progress, seeds
from models.campaign import Campaign
from models.data import cache_folder, check_cache, data_file
from models.errors import ModelError
from models.files import shipped_recipes
from models.obtaining import find
from models.recipe import Recipe
from models.train_cli import carried_out, named_recipe
from models.variants import variants

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from models.files import Weights

USUAL_COUNT = 3  # the fewest whose spread says anything; each costs a training
LEAST_COUNT = 2
NAMED = 4  # data set, family, and two variants
HEADERS = ("network", "seeds", "mean (%)", "deviation", "least", "most")
SEEDS_DESCRIPTION = """Train a network anew with other seeds, and what it is made from with the
same ones. The accuracies are written into the JSON file beside its weights; the other weights stay
in the cache. Seeds that are known are not trained again."""
SPREAD_DESCRIPTION = """How accuracy varies with the seed, for every network of which more than one
is known, or for two of a family with the difference of their means: is one better, or was it luck?
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare both commands."""
    parser = commands.add_parser(
        "seeds", help="train a network with other seeds too", description=SEEDS_DESCRIPTION
    )
    parser.add_argument("dataset")
    parser.add_argument("family")
    parser.add_argument("technique", nargs="+")
    parser.add_argument(
        "--count", type=int, default=USUAL_COUNT, metavar="N", help="seeds in all: 0 to N - 1"
    )
    parser.set_defaults(run=run_seeds)
    parser = commands.add_parser(
        "spread", help="how accuracy varies with the seed", description=SPREAD_DESCRIPTION
    )
    parser.add_argument(
        "named", nargs="*", metavar="DATASET FAMILY A B", help="two variants of one family"
    )
    parser.set_defaults(run=run_spread)


def run_seeds(asked: argparse.Namespace) -> int:
    """Train with the seeds that are not known yet; the exit status."""
    if asked.count < LEAST_COUNT:
        msg = f"--count is {asked.count}, but must be {LEAST_COUNT} or more, seed 0 included"
        raise ModelError(msg)
    recipe = named_recipe(asked).trained
    if data_file(recipe.dataset).TRAINING is None:
        msg = (
            f"{recipe.dataset} has no labels: its networks stay as random as their seed, and no "
            "accuracy can vary; name a data set with labels"
        )
        raise ModelError(msg)
    check_cache()  # before anything is trained for it
    there = find(recipe, cache_folder())
    known = seeds.accuracies(there) if there else {}
    wanted = [replace(recipe, seed=seed) for seed in range(1, asked.count) if seed not in known]
    display = progress.display()
    campaign = Campaign([recipe, *wanted], cache_folder(), display, _note)
    status = carried_out(campaign, display)
    sys.stdout.write(f"{_table([recipe])}\n")
    return status


def _note(recipe: Recipe, weights: Weights) -> None:
    """Write another seed's accuracy beside the weights that are used, also for parents."""
    original = find(replace(recipe, seed=0), cache_folder()) if recipe.seed else None
    if original and weights.accuracy is not None:
        seeds.add(original, recipe.seed, weights.accuracy)


def run_spread(asked: argparse.Namespace) -> int:
    """Print what is known; the exit status."""
    if not asked.named:
        known = {one.key: one for one in [*shipped_recipes(), *variants()]}
        several = [one for one in known.values() if len(_values(one)) >= LEAST_COUNT]
        sys.stdout.write(f"{_table(several) if several else _none()}\n")
        return 0
    if len(asked.named) != NAMED:
        msg = "give a data set, a family and two variants: `fashion_mnist resnet8 half_width dense`"
        raise ModelError(msg)
    dataset, family, *two = asked.named
    first, second = (
        Recipe(family=family, techniques=tuple(text.split("+")), dataset=dataset) for text in two
    )
    sys.stdout.write(f"{_table([first, second])}\n\n{_compared(first, second)}\n")
    return 0


def _compared(first: Recipe, second: Recipe) -> str:
    names = [" ".join(recipe.techniques) for recipe in (first, second)]
    found = seeds.difference(_values(first), _values(second))
    if found is None:
        few = min((first, second), key=lambda one: len(_values(one)))
        return f"{_unsaid(few)}; train more with `{_more(few)}`"
    low, high = 100 * found.low, 100 * found.high
    verdict = "could be luck" if low <= 0.0 <= high else "more than luck"
    return (
        f"{names[0]} over {names[1]}: {100 * found.mean:+.2f} points, 95 % interval {low:+.2f} to "
        f"{high:+.2f}: {verdict}"
    )


def _unsaid(few: Recipe) -> str:
    """Why nothing can be said of two networks, of which this one has the fewer seeds."""
    if len(_values(few)) < LEAST_COUNT:
        return f"{few.title}: fewer than two seeds are known, so that nothing can be said"
    return (
        "neither varies with the seeds that are known, which leaves no spread to tell luck by, and "
        "so no interval"
    )


def _more(few: Recipe) -> str:
    count = len(_values(few)) + 1
    asked = f" --count {count}" if count > USUAL_COUNT else ""
    return f"python -m models seeds {few.dataset} {few.family} {' '.join(few.techniques)}{asked}"


def _table(recipes: Iterable[Recipe]) -> str:
    cells = [(recipe.title, *_cells(_values(recipe))) for recipe in recipes]
    return tabulate.tabulate(cells, HEADERS, disable_numparse=True)


def _cells(values: Sequence[float]) -> list[str]:
    if not values:
        return ["0", "", "", "", ""]
    deviation = f"{100 * stdev(values):.2f}" if len(values) >= LEAST_COUNT else ""
    mean, least, most = (
        f"{100 * value:.2f}" for value in (fmean(values), min(values), max(values))
    )
    return [str(len(values)), mean, deviation, least, most]


def _values(recipe: Recipe) -> list[float]:
    """Accuracies of all seeds that are known of a recipe; nothing is trained."""
    weights = find(recipe, cache_folder())
    return list(seeds.accuracies(weights).values()) if weights else []


def _none() -> str:
    return (
        "Of no network more than one seed is known; train with more, for example "
        "`python -m models seeds digits simple_cnn dense`"
    )
