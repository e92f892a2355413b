"""Weights on disk: a file a recipe, with a JSON file that says how it was made."""

from __future__ import annotations

import fcntl
import hashlib
import json
import math
import os
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from models.errors import ModelError
from models.recipe import Recipe
from models.zoo import SUFFIXES, suffix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SHIPPED = Path(__file__).parent / "weights"
WAITING_EVERY_S = 10.0  # often enough to see life, rare enough to read
TRY_EVERY_S = 0.1  # nothing that is waited for is made faster than that
SEEDS = "seeds"  # in a JSON file: test accuracy by seed, of training anew; see models/seeds.py


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A weights file whose hash was checked."""

    path: Path  # of the .safetensors file, or of the .onnx file of what is no torch module
    sha256: str
    shipped: bool  # part of the suite, rather than made on this machine
    accuracy: float | None  # top-1 on the whole test set, in fp32; None if it has no labels
    how: Mapping[str, str]  # command, seed, epochs, duration_s, torch, ...

    @property
    def reached(self) -> str:
        """What training came to, in words."""
        if self.accuracy is None:
            return "random weights, as there are no labels to learn"
        return f"accuracy {self.accuracy:.4f}"


def file_in(folder: Path, recipe: Recipe) -> Path:
    """Where a folder keeps the recipe's weights: <data set>/<recipe name>.safetensors or .onnx."""
    return folder / recipe.dataset / f"{recipe.name}{suffix(recipe.family)}"


def shipped_recipes() -> list[Recipe]:
    """The recipe of every shipped file, read from its name."""
    recipes = []
    for path in sorted(p for p in SHIPPED.glob("*/*") if p.suffix in SUFFIXES):
        family, *techniques = path.stem.split("+")
        recipes.append(
            Recipe(family=family, techniques=tuple(techniques), dataset=path.parent.name)
        )
    return recipes


def shipped_file(recipe: Recipe) -> Path | None:
    """The shipped file with the recipe's weights, under whatever spelling of its name."""
    same = (shipped for shipped in shipped_recipes() if shipped.key == recipe.key)
    return next((file_in(SHIPPED, shipped) for shipped in same), None)


def read(path: Path, *, shipped: bool) -> Weights:
    """The checked file; ModelError if it is not as it was written."""
    try:
        how = json.loads(path.with_suffix(".json").read_text())
        accuracy, wanted = how.pop("accuracy", None), str(how.pop("sha256"))
        accuracy = None if accuracy is None else float(accuracy)
        found = sha256(path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        msg = f"{path}: cannot be read with its .json ({error!r}); {_remedy(shipped=shipped)}"
        raise ModelError(msg) from error
    if found != wanted:
        msg = f"{path}: its sha256 is {found}, not {wanted}; {_remedy(shipped=shipped)}"
        raise ModelError(msg)
    texts = {key: str(value) for key, value in how.items() if key != SEEDS}
    return Weights(path=path, sha256=found, shipped=shipped, accuracy=accuracy, how=texts)


def write(path: Path, content: bytes, how: Mapping[str, str | int | float]) -> None:
    """Both files, each whole or not at all; between the two, the hash says that they differ."""
    path.parent.mkdir(parents=True, exist_ok=True)
    described = {"sha256": hashlib.sha256(content).hexdigest(), **how}
    replace(path, content)
    replace(path.with_suffix(".json"), (json.dumps(described, indent=2) + "\n").encode())


def check_writable(folder: Path, remedy: str) -> None:
    """Find out before hours of work that files can be written there, and leave nothing behind.

    Raises:
        ModelError: they cannot, and why; `remedy` says what to do.
    """
    try:
        there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
        with tempfile.TemporaryFile(dir=there):
            return
    except OSError as error:
        msg = f"{folder}: cannot be written ({error.strerror}); {remedy}"
        raise ModelError(msg) from error


def copy(weights: Weights, path: Path) -> None:
    """Both files elsewhere, each whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for end in (weights.path.suffix, ".json"):
        replace(path.with_suffix(end), weights.path.with_suffix(end).read_bytes())


def replace(path: Path, content: bytes) -> None:
    """Write a temporary file beside `path`, then put it in place; nothing is left if that fails."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        temporary.write_bytes(content)
        temporary.chmod(0o644)  # mkstemp makes files that only their owner can read
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def locked(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Alone inside among all processes that lock `path`; while one is before, `waiting` is called.

    Again and again: who waits for hours and says nothing is taken for one that hangs.
    """
    with path.open("w") as file:
        told_s = -math.inf
        while not _gets(file):
            if time.monotonic() - told_s >= WAITING_EVERY_S:
                told_s = time.monotonic()
                waiting()
            time.sleep(TRY_EVERY_S)
        yield  # closing the file lets go of the lock, even if the process is killed


def _gets(file: IO[str]) -> bool:
    """Lock it, unless another process has."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sha256(path: Path) -> str:
    """Of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remedy(*, shipped: bool) -> str:
    return (
        "restore it with `git checkout models/weights`, or remake it with `python -m models train`"
        if shipped
        else "delete it to have it remade"
    )
