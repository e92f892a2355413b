"""python -m models train: its options, and what it says."""

from __future__ import annotations

import functools
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from models import progress
from models.campaign import Campaign, reporter, warn
from models.data import cache_folder, check_cache, datasets
from models.errors import ModelError
from models.files import SHIPPED, check_writable, copy, file_in, shipped_recipes
from models.obtaining import check_own, find, obtain, remake
from models.possible import why_not
from models.progress import Overall
from models.recipe import Recipe
from models.techniques import kind, techniques
from models.variants import in_order, variants
from models.work import work
from models.zoo import families

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

OK, FAILED, INTERRUPTED = 0, 1, 130  # 130 as shells have it: 128 + SIGINT
DESCRIPTION = """Train weights and store them with how they were made. With --all nothing is made
that is shipped or kept from before, and what was interrupted goes on: the same command again."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "train",
        help="train weights and store them with how they were made",
        description=DESCRIPTION,
        epilog=f"Data sets: {', '.join(datasets())}. Families: {', '.join(families())}. "
        f"Techniques: {', '.join(_with_weights())}, with options as in grouped@groups=2; several "
        'compose from left to right, apart or joined by "+".',
    )
    parser.add_argument("dataset", nargs="?")
    parser.add_argument("family", nargs="?")
    parser.add_argument("technique", nargs="*")
    parser.add_argument(
        "--all", action="store_true", help="obtain everything that the shipped scenarios need"
    )
    parser.add_argument(
        "--shipped", action="store_true", help="make everything anew that models/weights holds"
    )
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FOLDER",
        help="default: models/weights; with --all the cache, and "
        "what is not shipped is copied to it",
    )
    parser.set_defaults(run=run)


def _with_weights() -> list[str]:
    """Techniques that there can be weights of, or that use those of others."""
    return [name for name in techniques() if kind(name) != "training"]


def run(asked: argparse.Namespace) -> int:
    """Make what is asked for; the exit status."""
    named = [asked.dataset, asked.family, *asked.technique]
    if asked.all + asked.shipped + any(named) != 1 or (any(named) and not asked.technique):
        msg = (
            "give a data set, a family and its techniques, such as `digits simple_cnn dense`, or "
            "--all or --shipped alone"
        )
        raise ModelError(msg)
    if asked.all:
        return _obtain_all(asked.to)
    # Parents, which have a step less, come first: the others are fine-tuned from them.
    recipes = sorted(shipped_recipes(), key=lambda recipe: len(recipe.steps))
    if any(named):
        recipes = [named_recipe(asked)]
    return _remake(recipes, asked.to or SHIPPED)


def named_recipe(asked: argparse.Namespace) -> Recipe:
    """Of a data set, a family and techniques, which may be joined by "+" as tables write them.

    Raises:
        ModelError: there can be no such network; said before what it starts from is trained.
    """
    techniques = tuple("+".join(asked.technique).split("+"))
    recipe = Recipe(family=asked.family, techniques=techniques, dataset=asked.dataset)
    if reason := why_not(recipe):
        msg = f"{recipe.title} cannot be trained: {reason}"
        raise ModelError(msg)
    return recipe


def _remake(recipes: list[Recipe], folder: Path) -> int:
    """Make these anew; before them what they are made from, as far as that is not there."""
    for recipe in recipes:
        check_own(recipe)  # before anything is trained for it
    _check_kept(recipes, folder)
    anew = {recipe.key for recipe in recipes}
    is_there = functools.cache(_is_there)  # looking reads files
    found = in_order(recipes, lambda one: one.key not in anew and is_there(one))
    # What is there is no work: counted, it made the time to go several times too long.
    needed = [one for one in found if one.key not in anew and not is_there(one)]
    queue = [*needed, *recipes]
    overall, display = Overall({one.key: work(one) for one in queue}), progress.display()
    for recipe in queue:
        report = reporter(recipe, queue, overall, display)
        try:
            with closing(display):
                if recipe in needed:
                    obtain(recipe, cache_folder(), report)
                    continue
                weights = remake(recipe, folder, report)
        except KeyboardInterrupt:
            sys.stderr.write(_interrupted(recipe))
            return INTERRUPTED
        sys.stdout.write(f"{weights.path}: {weights.reached}\n")
        warn(recipe, weights)
    return OK


def _check_kept(recipes: Iterable[Recipe], folder: Path | None) -> None:
    """Find out before anything is trained that it can be kept, there and in the cache."""
    check_cache()
    if folder:
        for parent in sorted({file_in(folder, recipe).parent for recipe in recipes}):
            check_writable(parent, "name another folder with --to")


def _is_there(recipe: Recipe) -> bool:
    return find(recipe, cache_folder()) is not None


def _interrupted(recipe: Recipe) -> str:
    parent = find(recipe.parent, cache_folder()) if recipe.parent else None
    start = f" What it starts from is kept: {parent.path}." if parent else ""
    return (
        f"Interrupted: of {recipe.name} nothing was written, and an earlier file of it is as it "
        f"was.{start} Weights reported above are finished and kept. The same command goes on where "
        "this one was, or at most a minute before.\n"
    )


def _obtain_all(folder: Path | None) -> int:
    """What the shipped scenarios need, into the cache, and copied to `folder` if there is one."""
    wanted = variants()
    _check_kept(wanted, folder)
    display = progress.display()
    campaign = Campaign(wanted, cache_folder(), display)
    status = carried_out(campaign, display)
    if folder and status != INTERRUPTED:
        _copy(campaign, folder)
    return status


def carried_out(campaign: Campaign, display: progress.Display) -> int:
    """Run it and say what failed, or what an interruption leaves; the exit status."""
    try:
        with closing(display):
            campaign.run()
    except KeyboardInterrupt:
        sys.stderr.write(_given_up(campaign))
        return INTERRUPTED
    if campaign.failed:
        sys.stderr.write(f"{len(campaign.failed)} of {len(campaign.queue)} failed:\n")
        sys.stderr.writelines(f"  {key}: {why}\n" for key, why in campaign.failed.items())
    return FAILED if campaign.failed else OK


def _given_up(campaign: Campaign) -> str:
    return (
        f"Interrupted: {len(campaign.obtained)} of {len(campaign.queue)} are shipped or kept in "
        f"{cache_folder()}. The same command goes on, with what was under way at most a minute "
        "before here.\n"
    )


def _copy(campaign: Campaign, folder: Path) -> None:
    """Children first: once a parent is shipped, what is kept of its children counts as old."""
    for recipe in reversed(campaign.queue):
        weights = campaign.obtained.get(recipe.key)
        if weights and not weights.shipped:
            copy(weights, file_in(folder, recipe))
