"""`python -m models train`: make the trained weights anew, seeded, with a progress bar."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from models import ModelError, Recipe, cache_folder, datasets, families, techniques
from models.files import SHIPPED, shipped_recipes
from models.obtaining import find, remake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models import Weights

OK, USAGE, INTERRUPTED = 0, 2, 130  # as shells have it: 128 + SIGINT


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 2 a wrong request, 130 interrupted."""
    asked = _parser().parse_args(arguments)
    console = Console(stderr=True)
    under_way: Recipe | None = None
    try:
        for recipe in _recipes(asked):
            under_way = recipe
            weights = _train(recipe, asked.to, console)
            sys.stdout.write(f"{weights.path}: accuracy {weights.accuracy:.4f}\n")
    except (ModelError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    except KeyboardInterrupt:
        sys.stderr.write(_interrupted(under_way))
        return INTERRUPTED
    return OK


def _interrupted(recipe: Recipe | None) -> str:
    if recipe is None:
        return "Interrupted before anything was trained.\n"
    parent = find(recipe.parent, cache_folder()) if recipe.parent else None
    start = f" What it starts from is kept: {parent.path}." if parent else ""
    return (
        f"Interrupted: of {recipe.name} nothing was written, and an earlier file of it is as it "
        f"was.{start} Weights reported above are finished and kept.\n"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models", description=__doc__)
    train = parser.add_subparsers(required=True, metavar="train").add_parser(
        "train",
        help="train weights and store them with how they were made",
        epilog=f"Data sets: {', '.join(datasets())}. Families: {', '.join(families())}. "
        f"Techniques: {', '.join(techniques())}, with options as in grouped@groups=2; several "
        "compose from left to right.",
    )
    train.add_argument("dataset", nargs="?")
    train.add_argument("family", nargs="?")
    train.add_argument("technique", nargs="*")
    train.add_argument(
        "--shipped", action="store_true", help="make everything anew that models/weights holds"
    )
    train.add_argument(
        "--to", type=Path, default=SHIPPED, metavar="FOLDER", help="default: models/weights"
    )
    return parser


def _recipes(asked: argparse.Namespace) -> list[Recipe]:
    named = [asked.dataset, asked.family, *asked.technique]
    if asked.shipped and not any(named):
        # Parents, which have a step less, come first: the others are fine-tuned from them.
        return sorted(shipped_recipes(), key=lambda recipe: len(recipe.steps))
    if asked.shipped or not all(named) or not asked.technique:
        msg = (
            "give a data set, a family and its techniques, such as `digits simple_cnn dense`, or "
            "--shipped alone"
        )
        raise ModelError(msg)
    return [Recipe(family=asked.family, techniques=tuple(asked.technique), dataset=asked.dataset)]


def _train(recipe: Recipe, folder: Path, console: Console) -> Weights:
    with Progress(console=console) as progress:
        bar = progress.add_task(recipe.name, total=1.0)
        return remake(
            recipe,
            folder,
            lambda label, share: progress.update(bar, description=label, completed=share),
        )


if __name__ == "__main__":
    sys.exit(main())
