"""Weights on disk: a safetensors file a recipe, with a JSON file that says how it was made."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import ModelError
from models.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SHIPPED = Path(__file__).parent / "weights"  # weights/<data set>/<recipe name>.safetensors


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A weights file whose hash was checked."""

    path: Path  # of the .safetensors file
    sha256: str
    shipped: bool  # part of the suite, rather than made on this machine
    accuracy: float  # top-1 on the whole test set, in torch fp32; 0 to 1
    how: Mapping[str, str]  # command, seed, epochs, duration_s, torch, ...


def shipped_file(recipe: Recipe) -> Path | None:
    """The shipped file with the recipe's weights, under whatever spelling of its name."""
    for path in sorted((SHIPPED / recipe.dataset).glob("*.safetensors")):
        family, *techniques = path.stem.split("+")
        shipped = Recipe(family=family, techniques=tuple(techniques), dataset=recipe.dataset)
        if shipped.key == recipe.key:
            return path
    return None


def read(path: Path, *, shipped: bool) -> Weights:
    """The checked file; ModelError if it is not as it was written."""
    try:
        how = json.loads(path.with_suffix(".json").read_text())
        accuracy, wanted = float(how.pop("accuracy")), str(how.pop("sha256"))
        found = sha256(path)
    except (OSError, ValueError, KeyError, AttributeError) as error:
        msg = f"{path}: cannot be read with its .json ({error!r}); {_remedy(shipped=shipped)}"
        raise ModelError(msg) from error
    if found != wanted:
        msg = f"{path}: its sha256 is {found}, not {wanted}; {_remedy(shipped=shipped)}"
        raise ModelError(msg)
    texts = {key: str(value) for key, value in how.items()}
    return Weights(path=path, sha256=found, shipped=shipped, accuracy=accuracy, how=texts)


def write(path: Path, content: bytes, how: Mapping[str, str | int | float]) -> None:
    """Both files, each whole or not at all; the JSON last, because without it there is no entry."""
    path.parent.mkdir(parents=True, exist_ok=True)
    described = {"sha256": hashlib.sha256(content).hexdigest(), **how}
    path.with_suffix(".json").unlink(missing_ok=True)
    replace(path, lambda temporary: temporary.write_bytes(content))
    text = json.dumps(described, indent=2) + "\n"
    replace(path.with_suffix(".json"), lambda temporary: temporary.write_text(text))


def replace(path: Path, fill: Callable[[Path], object]) -> None:
    """Fill a temporary file beside `path`, then put it in place; nothing is left if that fails."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        fill(temporary)
        temporary.chmod(0o644)  # mkstemp makes files that only their owner can read
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


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
