"""Weights for a recipe: shipped with the suite, kept from before, or made now and kept."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from models.data import cache_folder
from models.errors import ModelError
from models.files import SHIPPED, Weights, file_in, locked, read, shipped_file, write
from models.techniques import code_of, function, has
from models.zoo import suffix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from models.recipe import Recipe

    Report = Callable[[str, float], None]  # what is being done, and the share that is done

HERE = Path(__file__).parent


def obtain(recipe: Recipe, cache_dir: Path, report: Report | None = None) -> Weights:
    """The recipe's weights; trained into `cache_dir` if they are neither shipped nor kept there.

    Several processes may ask at once: one trains, the others wait for it.
    """
    say = report or _silent
    recipe = recipe.trained
    if found := find(recipe, cache_dir):
        return found
    path = _cached(recipe, cache_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path.with_suffix(".lock"), lambda: say(f"waiting for {recipe.name}", 0.0)):
        return _kept(path) or _made(recipe, path, cache_dir, say)


def find(recipe: Recipe, cache_dir: Path) -> Weights | None:
    """The recipe's weights if they are shipped or kept in `cache_dir`; nothing is trained."""
    recipe = recipe.trained
    if shipped := shipped_file(recipe):
        return read(shipped, shipped=True)
    return _kept(_cached(recipe, cache_dir))


def remake(recipe: Recipe, folder: Path = SHIPPED, report: Report | None = None) -> Weights:
    """The recipe's weights made anew, as files to ship."""
    check_own(recipe)
    return _made(recipe, file_in(folder, recipe), cache_folder(), report or _silent)


def check_own(recipe: Recipe) -> None:
    """ModelError if the recipe's weights are those of another one."""
    if recipe.trained != recipe:
        msg = (
            f"{recipe.name} has no weights of its own: some of its techniques only say how a "
            f"network is held, or how training scenarios train it; make {recipe.trained.name}"
        )
        raise ModelError(msg)


def content_key(recipe: Recipe) -> str:
    """sha256 of all that decides the weights: names, options, and the code that makes them."""
    files = [
        HERE / "blocks.py",
        HERE / "making.py",
        HERE / "possible.py",
        HERE / "teaching.py",
        HERE / "training.py",
        HERE / "transformer.py",
        HERE / "views.py",
        HERE / "data" / f"{recipe.dataset}.py",
        HERE / "zoo" / f"{recipe.family}.py",
        *sorted({file for step in recipe.trained.steps for file in code_of(step.name)}),
        *_read_by_techniques(recipe),
    ]
    digest = hashlib.sha256(recipe.key.encode())
    for file in files:
        digest.update(file.read_bytes())
    for other in recipe.made_from:
        shipped = shipped_file(other)
        digest.update(shipped.read_bytes() if shipped else content_key(other).encode())
    return digest.hexdigest()


def _read_by_techniques(recipe: Recipe) -> Iterator[Path]:
    for step in recipe.trained.steps:
        if has(step.name, "reads"):
            yield from function(step.name, "reads")(**step.options)


def _made(recipe: Recipe, path: Path, cache_dir: Path, report: Report) -> Weights:
    from models.checkpoint import Checkpoint  # late: a cached run needs no training code
    from models.making import make
    from models.teaching import ask
    from models.training import surroundings
    from models.work import asking_share

    parent = obtain(recipe.parent, cache_dir, report) if recipe.parent else None
    teacher = obtain(recipe.teacher, cache_dir, report) if recipe.teacher else None
    taught, asking = None, asking_share(recipe)
    if recipe.teacher and teacher:
        lesson = f"asking {recipe.teacher.name} to teach {recipe.name}"
        taught = ask(recipe, teacher, cache_dir, lambda share: report(lesson, share * asking))
    verb = "fine-tuning" if parent else "training"
    label = f"{verb} {recipe.name}" + (f", seed {recipe.seed}" if recipe.seed else "")
    key = f"{content_key(recipe)} {surroundings()}"
    checkpoint = Checkpoint(_unfinished(recipe, cache_dir), key)
    made = make(
        recipe,
        parent,
        lambda share: report(label, asking + share * (1 - asking)),
        taught=taught,
        checkpoint=checkpoint,
    )
    write(path, made.content, made.how)
    checkpoint.remove()
    return read(path, shipped=path.is_relative_to(SHIPPED))


def _cached(recipe: Recipe, cache_dir: Path) -> Path:
    """Where the weights are kept, under whatever spelling of the name, or are to be."""
    folder, end = cache_dir / "weights", f"-{content_key(recipe)[:16]}{suffix(recipe.family)}"
    return min(folder.glob(f"*{end}"), default=folder / f"{recipe.name}{end}")


def _unfinished(recipe: Recipe, cache_dir: Path) -> Path:
    """One file whatever the content key, so that what has become useless is written over."""
    return cache_dir / "unfinished" / recipe.dataset / f"{recipe.name}-seed{recipe.seed}.pt"


def _kept(path: Path) -> Weights | None:
    try:
        return read(path, shipped=False)
    except ModelError:  # absent or damaged: either way it is made anew
        return None


def _silent(_label: str, _share: float) -> None:
    pass
