"""Obtaining many recipes one after another: what they are made from first, on after a failure."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from models.data import doubt
from models.errors import ModelError
from models.obtaining import find, obtain
from models.progress import Overall, duration
from models.variants import in_order
from models.work import work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from models.files import Weights
    from models.obtaining import Report
    from models.progress import Display
    from models.recipe import Recipe


class Campaign:
    """A list of recipes, with what became of each so far; it can be given up at any time."""

    def __init__(
        self,
        recipes: Iterable[Recipe],
        cache_dir: Path,
        display: Display,
        then: Callable[[Recipe, Weights], None] | None = None,
    ) -> None:
        """`then` is told of each that was obtained, at once."""
        self._cache_dir = cache_dir
        self._display = display
        self._then = then
        self.queue = in_order(recipes, self._is_there)
        self.obtained: dict[str, Weights] = {}  # by key
        self.failed: dict[str, str] = {}  # the reasons, by key

    def run(self) -> None:
        """Obtain all of them, with a line to standard output for each."""
        missing = [recipe for recipe in self.queue if not self._is_there(recipe)]
        overall = Overall({recipe.key: work(recipe) for recipe in missing})
        for recipe in self.queue:
            try:
                line = self._obtained(recipe, overall)
            except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
                self.failed[recipe.key] = str(error) or repr(error)
                line = f"failed   {recipe.title}: {self.failed[recipe.key]}"
            self._display.close()
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
            if weights := self.obtained.get(recipe.key):
                warn(recipe, weights)

    def _obtained(self, recipe: Recipe, overall: Overall) -> str:
        weights = find(recipe, self._cache_dir)
        came = "trained" if weights is None else "shipped" if weights.shipped else "kept"
        if weights is None:
            for needed in recipe.made_from:
                if needed.key in self.failed:
                    msg = f"it is made from {needed.title}, which failed"
                    raise ModelError(msg)
            report = reporter(recipe, self.queue, overall, self._display)
            weights = obtain(recipe, self._cache_dir, report)
        self.obtained[recipe.key] = weights
        if self._then:
            self._then(recipe, weights)
        spent = duration(float(weights.how.get("duration_s", 0.0)))
        return f"{came:7}  {recipe.title}: {weights.reached}, made in {spent}"

    def _is_there(self, recipe: Recipe) -> bool:
        try:
            return find(recipe, self._cache_dir) is not None
        except ModelError:  # a shipped file is damaged: said when its turn comes
            return True


def warn(recipe: Recipe, weights: Weights) -> None:
    """Say so, to standard error, where an accuracy is too good to be true."""
    if weights.accuracy and (doubted := doubt(recipe.dataset, weights.accuracy)):
        sys.stderr.write(f"warning: {recipe.title}: {doubted}\n")


def reporter(recipe: Recipe, queue: Sequence[Recipe], overall: Overall, display: Display) -> Report:
    """Shows how far one recipe of a queue is, and the time to go of the whole queue."""
    number = queue.index(recipe) + 1

    def report(label: str, share: float) -> None:
        overall.told(recipe.key, share)
        rest_s = overall.to_go_s()
        to_go = f", about {duration(rest_s)} to go" if rest_s is not None else ""
        total = f"{number} of {len(queue)}{to_go}"
        display.show(f"{label} on {recipe.dataset}", share, (total, overall.share))

    return report
